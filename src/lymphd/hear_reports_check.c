/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is this a report, is it for us, who signed it? The first code to look at a stranger's bytes, so the
 * black box is told before it does. The cheap questions come first; the signature is last.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "lymphd/hear_reports.h"

int
check_ours(const struct conf *conf, const struct addr *subject, bool is_signed, struct refusal *ret)
{
	/* What somebody signed the judge may send on to whose it is, or tell whose. */
	if (policy_find(conf->policy, subject) || (is_signed && conf_refers(conf)))
		return 0;
	refuse(ret, PROBLEM_NOT_OURS, "source_identifier", "lymph: an address of the networks served");
	ret->names_address = true;
	ret->address = *subject;
	return -1;
}

static int
check_document(const struct conf *conf, const struct xarf *x, msec now, bool is_signed, struct report *r,
    struct refusal *ret)
{
	struct xarf_why why;
	const char *aud = xarf_aud(x);
	if (aud && strcasecmp(aud, conf->name) != 0)
		return refuse(ret, PROBLEM_REPORT, "lymph.aud", "lymph: the name of this server, or absent");
	if (xarf_report(x, r, &why) < 0 || xarf_in_time(x, now, &why) < 0)
		return refuse(ret, PROBLEM_REPORT, why.field, why.rule);
	if (xarf_was_here(x, conf->name) < 0)
		return refuse(ret, PROBLEM_REPORT, "lymph.via", "lymph: not been through this server, nor four others");
	if (check_ours(conf, &r->subject, is_signed, ret) < 0)
		return -1;
	if (r->cls == CLASS_NONE)
		return refuse(ret, PROBLEM_REPORT, "type", "lymph: a category and type this server handles");
	return 0;
}

static int
check_signature(const uint8_t *sig, size_t sig_len, const uint8_t *body, size_t n, struct key *key,
    struct refusal *ret)
{
	const char *rule = "";
	if (sig_len == 0)
		return 0; /* unsigned: taken, and weighs little */
	int rc = sshsig_verify(sig, sig_len, body, n, SSHSIG_NAMESPACE, key, &rule);
	if (rc == 0)
		return 0;
	return refuse(ret, rc == -EBADMSG ? PROBLEM_REPORT : PROBLEM_SIGNATURE, "Lymph-Signature", rule);
}

int
check_report(const struct conf *conf, const uint8_t *sig, size_t sig_len, const uint8_t *body,
    size_t n, msec now, bool pgp, struct msg_report *msg, struct refusal *ret)
{
	struct msg_report m = { .body_len = (uint32_t)n, .sig_len = (uint32_t)sig_len };
	uint8_t digest[32];
	struct xarf *x;
	struct xarf_why why;

	crypto_hash_sha256(digest, body, n);
	if (blackbox_refuses(digest))
		return refuse(ret, PROBLEM_ASIDE, "body", "lymph: must not have crashed a part of us twice");
	blackbox_note(digest);
	int rc = xarf_parse(body, n, &x, &why);
	if (rc == -ENOMEM) {
		refuse(ret, PROBLEM_BUSY, "body", "lymph: memory for it");
	} else if (rc < 0) {
		rc = refuse(ret, PROBLEM_REPORT, why.field, why.rule);
	} else {
		rc = check_document(conf, x, now, sig_len > 0 || pgp, &m.report, ret);
		memcpy(m.report.body_hash, digest, sizeof(digest));
		if (xarf_reply_to(x))
			snprintf(m.reply_to, sizeof(m.reply_to), "%s", xarf_reply_to(x));
		xarf_free(x);
		if (rc == 0)
			rc = check_signature(sig, sig_len, body, n, &m.report.key, ret);
	}
	blackbox_clear();
	if (rc == 0)
		*msg = m;
	return rc < 0 ? -1 : 0;
}
