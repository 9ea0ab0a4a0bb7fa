/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenPGP at hear-reports: a detached signature beside a report, a clear-signed text that holds one, and
 * statements that admit machine keys. Role verify is asked and answered in its own time; the request
 * sleeps. A bad signature is refused by its rule; one by a key that is not known here says nothing, and
 * its report is taken as unsigned, with a word in the receipt. Of a clear-signed text only what verify
 * gives back is ever read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/hear_reports.h"
#include "wire/claim.h"
#include "wire/statement.h"

static const char header_name[] = "Lymph-PGP-Signature";

bool
pgp_media(const char *type)
{
	static const char *const known[] = { "text/plain", "application/pgp-signed" };
	for (size_t i = 0; type && i < sizeof(known) / sizeof(*known); i++) {
		size_t n = strlen(known[i]);
		if (strncasecmp(type, known[i], n) == 0 &&
		    (type[n] == '\0' || type[n] == ';' || type[n] == ' '))
			return true;
	}
	return false;
}

int
pgp_header(struct request *r, const char *value, struct refusal *why)
{
	uint8_t *p = calloc(1, PGP_SIG_BYTES);
	uint8_t raw[PGP_SIG_BYTES];
	struct pgp_sigs sigs;
	const char *rule = "RFC 4648 4: base64 of a detached signature";
	size_t n = 0;
	if (!p)
		fatal_oom();
	if (strlen(value) > 2 * PGP_SIG_BYTES ||
	    sodium_base642bin(raw, sizeof(raw), value, strlen(value), " \t", &n, NULL,
	        sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    pgp_sig_read(raw, n, p, &r->pgp_n, &sigs, &rule) < 0) {
		free(p);
		return refuse(why, PROBLEM_REPORT, header_name, rule);
	}
	r->pgp = p;
	return 0;
}

void
pgp_forget(struct request *r)
{
	free(r->pgp);
	r->pgp = NULL;
	r->pgp_n = 0;
}

/* The bytes, and a detached signature behind them: what verify and the judge take. False: no room. */
static bool
append_signature(struct request *r)
{
	if (r->clear)
		return true;
	if (!http_grow(&r->h, r->pgp_n))
		return false;
	memcpy(r->h.buf + r->h.len, r->pgp, r->pgp_n);
	r->h.len += r->pgp_n;
	return true;
}

int
pgp_ask(struct intake *in, struct request *r, struct refusal *why)
{
	r->ask = (struct msg_verify){ .when = clock_real(), .signed_len = (uint32_t)r->h.len,
		.sig_len = (uint32_t)(r->clear ? 0 : r->pgp_n), .clear = r->clear };
	if (!append_signature(r))
		return refuse(why, PROBLEM_BUSY, "", "");
	r->handed = (struct handed){ .type = M_VERIFY, .msg = &r->ask, .tail = r->h.buf, .len = r->h.len,
		.owner = r };
	r->state = REQUEST_VERIFYING;
	return handoff_give(&in->verify, &r->handed) ? 0 : refuse(why, PROBLEM_BUSY, "", "");
}

/* The signature goes before the body, as the judge wants it; n 0: none. */
static bool
arrange(struct request *r, const void *body, size_t body_n, const void *sig, size_t n)
{
	http_forget_body(&r->h);
	if (!http_grow(&r->h, n + body_n))
		return false;
	if (n)
		memcpy(r->h.buf, sig, n);
	memcpy(r->h.buf + n, body, body_n);
	r->h.head = n;
	r->h.len = n + body_n;
	return true;
}

/* A clear-signed text came back: now it is a report like others. 0, or -1 with *why. */
static int
take_text(struct intake *in, struct request *r, bool good, const void *text, size_t n, struct refusal *why)
{
	uint8_t sig[PGP_SIG_BYTES];
	struct pgp_sigs sigs;
	const char *rule;
	size_t sig_n = 0;
	/* Its packets are kept beside the report, as every signature is, if they are no longer than those. */
	if (!good || pgp_clear_read(r->h.buf, r->h.len, sig, &sig_n, &sigs, &rule) < 0 || sig_n > SIG_KEPT)
		sig_n = 0;
	if (!arrange(r, text, n, sig, sig_n))
		return refuse(why, PROBLEM_BUSY, "", "");
	if (check_report(in->c->conf, r->h.buf, 0, r->h.buf + sig_n, n, clock_real(), good, &r->msg, why) < 0)
		return -1;
	r->msg.report.from = r->h.from;
	r->msg.sig_len = (uint32_t)sig_n;
	return 0;
}

static void
take_detached(struct request *r, bool good)
{
	size_t n = r->h.len - r->pgp_n;
	if (!good || r->pgp_n > SIG_KEPT) {
		r->h.len = n;
		return;
	}
	memmove(r->h.buf + r->pgp_n, r->h.buf, n);
	memcpy(r->h.buf, r->pgp, r->pgp_n);
	r->h.head = r->pgp_n;
	r->msg.sig_len = (uint32_t)r->pgp_n;
}

/* Verified, or nobody's: the rest of the way is that of any report. */
static void
go_on(struct intake *in, struct request *r, const struct msg_verified *a, const void *text, size_t n)
{
	struct identity i = { 0 };
	struct refusal why;
	bool good = a->result == PGP_GOOD;
	if (good && !identity_make(IDENTITY_PGP, a->fingerprint, &i))
		return page_refuse_by(in, r, PROBLEM_SIGNATURE, header_name, "RFC 4880 12.2: a fingerprint");
	if (r->clear && !text)
		return page_refuse_by(in, r, PROBLEM_BUSY, "", "");
	if (r->clear && take_text(in, r, good, text, n, &why) < 0)
		return page_refuse(in, r, &why);
	if (!r->clear && check_ours(in->c->conf, &r->msg.report.subject, good, &why) < 0)
		return page_refuse(in, r, &why);
	if (!r->clear)
		take_detached(r, good);
	r->signer_unknown = !good;
	if (good) {
		memcpy(r->msg.identity, i.name, sizeof(r->msg.identity));
		memcpy(r->msg.vouch, a->vouch, sizeof(r->msg.vouch));
		r->msg.report.key = identity_key(&i);
	}
	pgp_forget(r);
	/* Now it is known whose share it takes. */
	r->is_signed = good;
	if (good ? admit_key(in, &r->msg.report.key, r->h.len, &why) < 0
	         : admit_unsigned(in, r, r->h.len, &why) < 0)
		return page_refuse(in, r, &why);
	in->hand(in, r);
}

static bool
sane(const struct msg_verified *a)
{
	return a->result < VERIFIED_N && memchr(a->fingerprint, '\0', sizeof(a->fingerprint)) &&
	    memchr(a->rule, '\0', sizeof(a->rule));
}

void
pgp_verified(struct intake *in, const struct msg_verified *a, int fd)
{
	struct handed *x = handoff_answered(&in->verify, a->ticket);
	const void *text = NULL;
	size_t n = 0;
	if (!x)
		return; /* given up meanwhile */
	struct request *r = x->owner;
	if (fd >= 0 && seal_map(fd, XARF_MAX_BYTES, &text, &n) < 0)
		text = NULL;
	switch (sane(a) ? a->result : PGP_LATER) {
	case PGP_GOOD: /* fall through */
	case PGP_UNKNOWN: go_on(in, r, a, text, n); break;
	case PGP_REFUSED:
		page_refuse_by(in, r, PROBLEM_SIGNATURE, r->clear ? "body" : header_name, a->rule);
		break;
	case PGP_ASIDE: page_refuse_by(in, r, PROBLEM_ASIDE, "body", a->rule); break;
	default: page_refuse_by(in, r, PROBLEM_BUSY, "", ""); break;
	}
	if (text)
		seal_unmap(text, n);
}

/* Statements: the judge has them verified itself, for what they change stays. */

int
pgp_state(struct intake *in, struct request *r, struct refusal *why)
{
	if (!r->clear && r->pgp_n == 0)
		return refuse(why, PROBLEM_SIGNATURE, header_name,
		    "lymph: a statement is signed, detached or as a clear-signed text");
	if (r->h.head == 0)
		return refuse(why, PROBLEM_SIGNATURE, "Lymph-Signature",
		    "lymph: a statement is signed by the machine key it admits, too");
	size_t n = r->h.len - r->h.head;
	if (n > STATEMENT_MAX + (r->clear ? PGP_SIG_TEXT : 0))
		return refuse(why, PROBLEM_LENGTH, "body", "lymph: a statement of at most 4096 bytes");
	r->statement = (struct msg_statement){ .clear = r->clear, .signed_len = (uint32_t)n,
		.sig_len = (uint32_t)(r->clear ? 0 : r->pgp_n), .proof_len = (uint32_t)r->h.head };
	if (!append_signature(r))
		return refuse(why, PROBLEM_BUSY, "", "");
	r->handed = (struct handed){ .type = M_STATEMENT, .msg = &r->statement, .tail = r->h.buf,
		.len = r->h.len, .head = r->h.len, .owner = r };
	r->state = REQUEST_VERIFYING;
	return handoff_give(&in->statement, &r->handed) ? 0 : refuse(why, PROBLEM_BUSY, "", "");
}

void
pgp_stated(struct intake *in, const struct msg_statement_answer *a)
{
	struct handed *x = handoff_answered(&in->statement, a->ticket);
	if (!x)
		return;
	struct request *r = x->owner;
	if (!memchr(a->fingerprint, '\0', sizeof(a->fingerprint)) || !memchr(a->rule, '\0', sizeof(a->rule)) ||
	    !memchr(a->field, '\0', sizeof(a->field)))
		return page_refuse_by(in, r, PROBLEM_BUSY, "", "");
	switch (a->result) {
	case PGP_GOOD: page_admitted(r, a); break;
	case PGP_LATER: page_refuse_by(in, r, PROBLEM_BUSY, "", ""); break;
	case PGP_ASIDE: page_refuse_by(in, r, PROBLEM_ASIDE, "body", a->rule); break;
	case PGP_UNKNOWN: page_refuse_by(in, r, PROBLEM_SIGNATURE, "signature", a->rule); break;
	default:
		page_refuse_by(in, r, strcmp(a->field, "signature") == 0 ? PROBLEM_SIGNATURE : PROBLEM_STATEMENT,
		    a->field, a->rule);
		break;
	}
}

void
pgp_init(struct intake *in)
{
	handoff_init(&in->verify, in->c, ROLE_VERIFY, INTAKE_SLOTS);
	handoff_init(&in->statement, in->c, ROLE_JUDGE, INTAKE_SLOTS);
}
