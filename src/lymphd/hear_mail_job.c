/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a mail to its reports and its tray: who signed it, what it claims, a report for each claim, and
 * when all of them are answered, the mail itself. The black box is told before a stranger's bytes are
 * looked at: a mail that killed this role twice is not looked at any more, and kept as unreadable.
 */
#include "lymphd/hear_mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sodium.h>

#include "base/special.h"
#include "host/clock.h"
#include "host/log.h"
#include "wire/mailout.h"

#define AFTER_MOST (7 * MSEC_DAY) /* that somebody is told to wait */

/* A report on its way. */
struct outgone {
	struct handed handed;
	struct msg_report msg;
	struct job *job;
	size_t n; /* bytes of its body */
};

bool
job_ours(const struct addr *a, void *arg)
{
	const struct desk *d = arg;
	return policy_find(d->c->conf->policy, a) != NULL;
}

bool
job_refers(const struct job *j, const struct addr *a)
{
	const struct identity *who = j->step == JOB_STREAM ? &j->feed : &j->seen.identity;
	return j->d->terms.refers && who->name[0] && j->foreign < DESK_FOREIGN && !addr_is_special(a);
}

/* Reports. */

/* What a claim that names no time of its own is dated by; the same however often the mail comes, for the
 * bytes of its reports must be the same. */
static msec
stable_arrival(const struct job *j)
{
	if (j->signed_by.name[0])
		return j->signed_at;
	if (j->seen_there && j->seen.date > j->arrived - 14 * MSEC_DAY && j->seen.date < j->arrived + MSEC_DAY)
		return j->seen.date < j->arrived ? j->seen.date : j->arrived;
	return j->from == JOB_FILE ? j->arrived : j->arrived - j->arrived % MSEC_DAY;
}

static void
set_source(const struct job *j, struct claim_from *f)
{
	if (j->step == JOB_STREAM) {
		f->identity = j->feed;
		return;
	}
	f->identity = j->seen.identity;
	f->contact = j->seen.from;
}

/* Where its outcome may be sent: to the mailbox of whoever vouches for the mail, and to no other, or anybody
 * could have us write to anybody. A token's or a key's owner says himself. */
static void
set_reply(const struct job *j, struct msg_report *m, const char *asked)
{
	const struct mail_seen *s = &j->seen;
	const char *to = asked ? asked : s->reply_to, *at = strchr(to, '@');
	enum identity_kind kind = identity_kind(&s->identity);
	if (j->step == JOB_STREAM || !s->may_answer || !at || !xarf_mail_address(to))
		return;
	if (kind == IDENTITY_DKIM && strcasecmp(at + 1, strchr(s->identity.name, ':') + 1) != 0)
		return;
	if (kind != IDENTITY_DKIM && kind != IDENTITY_TOKEN && !(kind == IDENTITY_PGP && asked))
		return;
	memcpy(m->reply_to, to, strlen(to) + 1); /* an address is shorter than XARF_REPLY */
	if (mailout_is_id(s->message_id) && strlen(s->message_id) < sizeof(m->reply_mail))
		memcpy(m->reply_mail, s->message_id, strlen(s->message_id) + 1);
}

/* body is taken. A large one goes to the judge as sealed memory: it is put there at once, and not kept
 * here as well. */
static void
go_out(struct job *j, struct outgone *o, const struct identity *who, void *body, size_t n)
{
	struct desk *d = j->d;
	memcpy(o->msg.identity, who->name, sizeof(o->msg.identity));
	memcpy(o->msg.vouch, j->vouch, sizeof(o->msg.vouch));
	o->msg.body_len = (uint32_t)n;
	o->job = j;
	o->n = n;
	o->handed = (struct handed){ .type = M_REPORT, .msg = &o->msg, .tail = body, .len = n, .owner = o };
	if (n > DESK_SEALED && seal_make("report", body, n, &o->handed.fd) == 0) {
		free(body);
		o->handed.tail = NULL;
		o->handed.sealed = true;
	}
	if (!handoff_give(&d->judge, &o->handed))
		fatal("no place for a report");
	d->out += n;
	j->open++;
}

void
job_why(struct job *j, const char *what, const char *rule)
{
	if (!j->why[0])
		snprintf(j->why, sizeof(j->why), "%.50s: %.100s", what, rule);
}

static void
not_taken(struct job *j, const struct xarf_why *why)
{
	log_debug("a claim makes no report: %s: %s", why->field, why->rule);
	job_why(j, why->field, why->rule);
	j->broken++;
}

int
job_claim(struct job *j, const struct claim *c, const uint8_t origin[32])
{
	struct xarf_why why;
	struct claim_from f = { .arrived = stable_arrival(j), .now = j->arrived };
	size_t n;
	if (j->step != JOB_STREAM && !j->seen.identity.name[0] && j->claimed == DESK_NOBODY) {
		j->cut = true;
		return 0;
	}
	if (desk_full(j->d))
		return -EAGAIN;
	set_source(j, &f);
	memcpy(f.origin, origin, 32);
	struct outgone *o = calloc(1, sizeof(*o));
	if (!o)
		fatal_oom();
	char *body = claim_report(c, &f, &n, &o->msg.report, &why);
	if (!body) {
		not_taken(j, &why);
		free(o);
		return 0;
	}
	j->foreign += !job_ours(&c->subject, j->d);
	j->claimed++;
	set_reply(j, &o->msg, NULL);
	go_out(j, o, &f.identity, body, n);
	return 0;
}

/* A document that was a report already keeps its bytes. 0, -EAGAIN. */
static int
job_doc(struct job *j, struct mail_doc *doc)
{
	struct xarf_why why;
	struct xarf *x;
	if (desk_full(j->d))
		return -EAGAIN;
	struct outgone *o = calloc(1, sizeof(*o));
	if (!o)
		fatal_oom();
	void *body = mail_doc_bytes(doc);
	if (!body)
		fatal_oom();
	bool ours = false; /* what we sent on ourselves is no new report */
	int rc = xarf_parse(body, doc->n, &x, &why);
	if (rc == 0) {
		rc = xarf_report(x, &o->msg.report, &why);
		if (rc == 0)
			rc = xarf_in_time(x, j->arrived, &why);
		ours = xarf_was_here(x, j->d->c->conf->name) < 0;
		set_reply(j, &o->msg, xarf_reply_to(x));
		xarf_free(x);
	}
	if (rc < 0 || ours || o->msg.report.cls == CLASS_NONE) {
		free(body);
		free(o);
		if (rc == -EBADMSG)
			not_taken(j, &why);
		else
			j->not_ours++;
		return 0;
	}
	crypto_hash_sha256(o->msg.report.body_hash, body, doc->n);
	if (j->seen.identity.name[0])
		o->msg.report.key = identity_key(&j->seen.identity);
	go_out(j, o, &j->seen.identity, body, doc->n);
	return 0;
}

void
job_answered(struct desk *d, const struct msg_report_answer *a)
{
	struct handed *x = handoff_answered(&d->judge, a->ticket);
	if (!x || x->type != M_REPORT)
		return;
	struct outgone *o = x->owner;
	struct job *j = o->job;
	d->out -= o->n;
	free((void *)(uintptr_t)o->handed.tail);
	if (o->handed.sealed)
		close(o->handed.fd);
	free(o);
	j->open--;
	j->since = clock_mono();
	j->made += a->answer == ANSWER_ACCEPTED;
	/* Ids come of what was claimed: a conflict is the same claim, dated otherwise. */
	j->same += a->answer == ANSWER_SAME || a->answer == ANSWER_CONFLICT;
	j->not_ours += a->answer == ANSWER_NOT_OURS || a->answer == ANSWER_REFERRED;
	j->full += a->answer == ANSWER_FULL;
	j->aside += a->answer == ANSWER_ASIDE;
	d->count.reports += a->answer == ANSWER_ACCEPTED;
	bool had = a->case_no == 0;
	for (uint32_t i = 0; i < j->cases; i++)
		had |= j->case_no[i] == a->case_no;
	if (!had && j->cases < MAIL_CASES)
		j->case_no[j->cases++] = a->case_no;
	if (j->step == JOB_OVER && j->open == 0)
		job_free(j);
	desk_turn(d); /* there is room again */
}

/* The mail itself. */

/* Tables are read after the mail was sorted: what they hold may say otherwise. */
static void
sort_again(struct job *j)
{
	struct mail_seen *s = &j->seen;
	uint32_t ours = j->made + j->same, others = s->elsewhere + j->not_ours;
	bool words = s->tray == TRAY_SECURITY || s->tray == TRAY_ELSEWHERE || s->tray == TRAY_UNREADABLE;
	if (s->sheets && ours && words) {
		s->tray = TRAY_CASE;
		snprintf(s->rule, sizeof(s->rule), "%u rows of its tables are about our addresses", ours);
	} else if (s->tray == TRAY_CASE && !ours && j->why[0]) {
		s->tray = TRAY_SECURITY;
		snprintf(s->rule, sizeof(s->rule), "refused: %s", j->why);
	} else if (s->tray == TRAY_CASE && !ours && others) {
		s->tray = TRAY_ELSEWHERE;
		snprintf(s->rule, sizeof(s->rule), "all it claims is about addresses not ours");
	} else if (s->tray == TRAY_CASE && !ours) {
		s->tray = TRAY_SECURITY;
		snprintf(s->rule, sizeof(s->rule), "nothing it claims makes a report: a person must read it");
	}
	if (s->tray == TRAY_CASE && j->cut)
		snprintf(s->rule, sizeof(s->rule), "nobody vouches for it, so its first %d claims count", DESK_NOBODY);
}

static void
text(char *to, const char *from)
{
	snprintf(to, MAIL_FIELD, "%s", from);
}

static void
keep(struct job *j)
{
	struct msg_mail *m = &j->mail;
	const struct mail_seen *s = &j->seen;
	if (!j->over)
		sort_again(j);
	size_t n = j->n; /* of one too large to be read that is its beginning, and the digest that of it */
	*m = (struct msg_mail){ .date = s->date, .arrived = j->arrived, .tray = s->tray,
		.claims = j->made + j->same, .elsewhere = s->elsewhere + j->not_ours, .size = (uint32_t)n,
		.cases = j->cases, .may_answer = s->may_answer, .unverified = j->unverified };
	memcpy(m->case_no, j->case_no, sizeof(m->case_no));
	memcpy(m->identity, s->identity.name, sizeof(m->identity));
	memcpy(m->vouch, j->vouch, sizeof(m->vouch));
	crypto_hash_sha256(m->digest, j->bytes ? j->bytes : (const uint8_t *)"", n);
	text(m->rule, s->rule);
	text(m->from, s->from);
	text(m->subject, s->subject);
	text(m->message_id, s->message_id);
	text(m->reply_to, s->reply_to);
	text(m->bounced_id, s->bounced_id);
	text(m->bounced, s->bounced);
	memcpy(m->bounced_status, s->bounced_status, sizeof(m->bounced_status));
	j->keep = (struct handed){ .type = M_MAIL, .msg = m, .tail = j->bytes, .len = n, .owner = j,
		.sealed = j->mem >= 0, .fd = j->mem };
	if (!handoff_give(&j->d->judge, &j->keep)) {
		j->keep = (struct handed){ 0 };
		return; /* next turn */
	}
	j->step = JOB_KEEP;
	j->since = clock_mono();
}

void
job_kept(struct desk *d, const struct msg_mail_answer *a)
{
	struct handed *x = handoff_answered(&d->judge, a->ticket);
	if (!x || x->type != M_MAIL)
		return;
	struct job *j = x->owner;
	if (a->answer == ANSWER_ACCEPTED || a->answer == ANSWER_SAME) {
		d->count.mails++;
		d->count.unreadable += j->seen.tray == TRAY_UNREADABLE;
		job_over(j, FILE_TAKEN, "kept");
	} else {
		job_over(j, FILE_LATER, a->answer == ANSWER_FULL ? "no room for it: see intake { disk }"
								 : "it is not kept");
	}
}

void
job_go(struct job *j)
{
	uint8_t origin[32];
	struct {
		uint8_t digest[32];
		uint64_t no;
	} from = { .no = j->next_claim };
	memcpy(from.digest, j->origin, 32);
	for (; j->next_claim < j->seen.claims; j->next_claim++) {
		from.no = j->next_claim;
		crypto_hash_sha256(origin, (const uint8_t *)&from, sizeof(from));
		if (job_claim(j, &j->seen.claim[j->next_claim], origin) < 0)
			return;
		j->since = clock_mono();
	}
	for (; j->next_doc < j->seen.docs; j->next_doc++) {
		if (job_doc(j, &j->seen.doc[j->next_doc]) < 0)
			return;
		j->since = clock_mono();
	}
	if (sheets_go(j) < 0 || j->open)
		return;
	if (j->full) {
		job_over(j, FILE_LATER, "no room for its reports");
		return;
	}
	keep(j);
}

/* Reading. */

static void
unreadable(struct job *j, const char *rule)
{
	memset(&j->seen, 0, sizeof(j->seen));
	j->seen.tray = TRAY_UNREADABLE;
	snprintf(j->seen.rule, sizeof(j->seen.rule), "%s", rule);
	memcpy(j->seen.digest, j->digest, 32);
}

/* Its beginning was read to see whom it is from; what must not be looked at, and what a law waits for, is
 * seen there. Half a claim is none. */
static void
too_large(struct job *j)
{
	j->next_claim = j->seen.claims;
	j->next_doc = j->seen.docs;
	j->next_sheet = j->seen.sheets;
	if (j->seen.tray == TRAY_SEALED || j->seen.tray == TRAY_POLICE)
		return;
	j->seen.tray = TRAY_UNREADABLE;
	snprintf(j->seen.rule, sizeof(j->seen.rule), "larger than %u MiB", MAIL_BYTES >> 20);
}

static void
read_it(struct job *j)
{
	struct mail_terms t = j->d->terms;
	t.arrived = j->arrived;
	t.signed_by = j->signed_by;
	t.signed_at = j->signed_at;
	if (blackbox_refuses(j->digest)) {
		unreadable(j, "it crashed the reader twice: not looked at again");
	} else {
		blackbox_note(j->digest);
		int rc = mail_read(j->bytes ? j->bytes : (const uint8_t *)"", j->n, &t, &j->seen);
		blackbox_clear();
		if (rc < 0) {
			job_over(j, FILE_LATER, "no memory to read it");
			return;
		}
		j->seen_there = true;
	}
	if (j->over)
		too_large(j);
	j->step = JOB_TURN;
	job_turn(j);
}

/* Whom the operator gave a name, or handed in himself, is not asked about. */
void
job_turn(struct job *j)
{
	enum identity_kind kind = identity_kind(&j->seen.identity);
	const struct conf *c = j->d->c->conf;
	if (j->may.in)
		return;
	if (!(kind == IDENTITY_DKIM ? c->intake.mails_per_domain : kind == IDENTITY_NONE ? c->intake.mails_unvouched : 0)) {
		j->step = JOB_CLAIMS;
		job_go(j);
		return;
	}
	j->turn = (struct msg_mail_may){ .size = (uint32_t)j->n,
		.turn = j->from == JOB_SOCKET ? QUOTA_PASSES : j->file.waited ? QUOTA_WAITED : QUOTA_COMES };
	memcpy(j->turn.digest, j->digest, sizeof(j->turn.digest));
	memcpy(j->turn.identity, j->seen.identity.name, sizeof(j->turn.identity));
	j->may = (struct handed){ .type = M_MAIL_MAY, .msg = &j->turn, .owner = j };
	if (!handoff_give(&j->d->judge, &j->may))
		j->may = (struct handed){ 0 }; /* next turn */
}

void
job_may(struct desk *d, const struct msg_mail_may_answer *a)
{
	char why[128];
	struct handed *x = handoff_answered(&d->judge, a->ticket);
	if (!x || x->type != M_MAIL_MAY)
		return;
	struct job *j = x->owner;
	j->since = clock_mono();
	if (a->after <= 0) {
		j->step = JOB_CLAIMS;
		job_go(j);
		return;
	}
	j->after = a->after < AFTER_MOST ? a->after : AFTER_MOST;
	snprintf(why, sizeof(why), "%s: not before %lld s", j->seen.identity.name[0]
	    ? "its domain has sent an hour's share of mails" : "too many mails this hour that nobody vouches for",
	    (long long)((j->after + 999) / 1000));
	job_over(j, FILE_LATER, why);
}

/* Is there, or will be, somebody who verifies? */
static bool
verifier(const struct desk *d)
{
	const struct role *r = role_row(ROLE_VERIFY);
	return r && (!r->wanted || r->wanted(d->c->conf));
}

/* The signature, if there is one, on its way. False: nothing to wait for. */
static bool
ask(struct job *j)
{
	if (blackbox_refuses(j->digest) || j->over || j->n == 0)
		return false;
	blackbox_note(j->digest);
	int rc = mail_signed_find(j->bytes, j->n, &j->sig);
	blackbox_clear();
	j->unverified = rc == -EFBIG;
	if (rc < 0 || j->sig.form == MAIL_SIG_NONE)
		return false;
	if (!verifier(j->d)) {
		j->unverified = true;
		return false;
	}
	j->ask = (struct msg_verify){ .when = j->arrived, .signed_len = (uint32_t)j->sig.n,
		.sig_len = (uint32_t)j->sig.sig_n, .clear = j->sig.form == MAIL_SIG_CLEAR };
	size_t n = j->sig.n + j->sig.sig_n;
	if (seal_make("signed", j->sig.bytes, n, &j->signed_mem) < 0) {
		job_over(j, FILE_LATER, "no memory to have its signature verified");
		return true;
	}
	mail_signed_free(&j->sig);
	j->verify = (struct handed){ .type = M_VERIFY, .msg = &j->ask, .len = n, .owner = j, .sealed = true,
		.fd = j->signed_mem };
	j->step = JOB_VERIFY;
	if (!handoff_give(&j->d->verify, &j->verify))
		fatal("no place for a signature");
	return true;
}

/* Signed by somebody we know. A clear-signed text comes back as verify read it: what it is wrapped in
 * anybody may change. mail_read takes it out of the mail itself. */
static int
is_signed(struct job *j, const struct msg_verified *v, int fd)
{
	const void *map;
	size_t n;
	if (!memchr(v->fingerprint, '\0', sizeof(v->fingerprint)) || v->when < 0 ||
	    !identity_make(IDENTITY_PGP, v->fingerprint, &j->signed_by)) {
		log_warn("verify names a key that is none");
		return 0;
	}
	j->signed_at = v->when;
	int r = seal_map(fd >= 0 ? fd : j->signed_mem, MAIL_BYTES, &map, &n);
	if (r < 0)
		return r;
	mail_signed_digest(&j->signed_by, map, fd >= 0 ? n : j->ask.signed_len, j->origin);
	seal_unmap(map, n);
	return 0;
}

void
job_verified(struct desk *d, const struct msg_verified *v, int fd)
{
	struct handed *x = handoff_answered(&d->verify, v->ticket);
	if (!x)
		return;
	struct job *j = x->owner;
	int r = v->result == VERIFIED_GOOD ? is_signed(j, v, fd) : 0;
	close(j->signed_mem);
	j->signed_mem = -1;
	if (v->result == VERIFIED_LATER || r < 0) {
		job_over(j, FILE_LATER, "its signature cannot be verified now");
		return;
	}
	memcpy(j->vouch, v->vouch, sizeof(j->vouch));
	j->since = clock_mono();
	read_it(j);
}

void
job_whole(struct job *j)
{
	j->since = clock_mono();
	if (job_shut(j) < 0) {
		job_over(j, FILE_LATER, "no memory to hold it");
		return;
	}
	crypto_hash_sha256(j->digest, j->bytes ? j->bytes : (const uint8_t *)"", j->n);
	memcpy(j->origin, j->digest, sizeof(j->origin));
	j->digested = true;
	if (!ask(j))
		read_it(j);
}
