/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role hear-reports: takes XARF reports over HTTP on sockets the warden opened, checks them and
 * hands them to the judge. A client hears 202 only after the judge has committed; until then the
 * request is kept, and sent again when the judge comes back: the judge tells repeats. Must never
 * open a file or a socket, nor believe anything a client says about where it comes from.
 */
#include "lymphd/hear_reports.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "wire/json.h"

#define PATIENCE (25 * MSEC_SECOND) /* for the judge, before a client is told to come back */

/* Where a request waits: what somebody signed goes before what nobody did. */
static struct handoff *
queue_of(struct intake *in, const struct request *r)
{
	if (r->state == REQUEST_VERIFYING)
		return r->page == PAGE_KEYS ? &in->statement : &in->verify;
	if (r->page == PAGE_READ)
		return &in->reads;
	return r->page == PAGE_OUTCOME ? &in->asked : key_is_zero(&r->msg.report.key) ? &in->crowd : &in->judge;
}

static void
intake_hand(struct intake *in, struct request *r)
{
	r->handed = (struct handed){ .type = M_REPORT, .msg = &r->msg, .tail = r->h.buf,
		.len = r->h.len, .head = r->h.head, .owner = r };
	r->state = REQUEST_HANDED;
	/* There are as many slots as connections, and a connection has one request at a time. */
	if (!handoff_give(queue_of(in, r), &r->handed))
		fatal("more requests than connections");
}

static void
intake_drop(struct intake *in, struct request *r)
{
	handoff_drop(queue_of(in, r), &r->handed);
}

static void
give_up(struct intake *in, struct request *r, enum problem_id id, const char *field, const char *rule,
    const char *instead)
{
	struct refusal why;
	refuse(&why, id, field, rule);
	if (id == PROBLEM_NOT_OURS) {
		snprintf(why.instead, sizeof(why.instead), "%s", instead);
		why.names_address = true;
		why.address = r->msg.report.subject;
	}
	intake_drop(in, r);
	page_refuse(in, r, &why);
}

static void
on_answer(struct intake *in, const struct msg_report_answer *a)
{
	static const struct {
		enum problem_id id;
		const char *field, *rule;
	} rows[ANSWER_N] = {
		[ANSWER_CONFLICT] = { PROBLEM_CONFLICT, "report_id",
		    "lymph: another report of this key has it, with other bytes" },
		[ANSWER_NOT_OURS] = { PROBLEM_NOT_OURS, "source_identifier",
		    "lymph: an address of the networks served" },
		[ANSWER_FULL] = { PROBLEM_FULL, "", "" },
		[ANSWER_ASIDE] = { PROBLEM_ASIDE, "body", "lymph: must not have crashed a part of us twice" },
	};
	struct handed *x = handoff_answered(&in->judge, a->ticket);
	char token[sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	if (!x)
		x = handoff_answered(&in->crowd, a->ticket);
	if (!x)
		return; /* given up meanwhile; the client asks again and hears the same */
	struct request *r = x->owner;
	if (a->answer == ANSWER_ACCEPTED || a->answer == ANSWER_SAME) {
		page_accept(in, r, a->seq, sodium_bin2base64(token, sizeof(token), a->token, sizeof(a->token),
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING));
	} else if (a->answer == ANSWER_REFERRED) {
		page_accept(in, r, 0, NULL);
	} else if (a->answer < ANSWER_N && memchr(a->instead, '\0', sizeof(a->instead))) {
		give_up(in, r, rows[a->answer].id, rows[a->answer].field, rows[a->answer].rule, a->instead);
	} else {
		fatal("the judge answers with a word unknown: %u", a->answer);
	}
}

static void
hear_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct intake *in = c->state;
	if (from == ROLE_JUDGE) {
		switch (m->type) {
		case M_REPORT_ANSWER: on_answer(in, m->body); break;
		case M_OUTCOME: outcome_said(in, m); break;
		case M_READ_ANSWER: read_said(in, m->body, m->tail, m->tail_len, m->fd); break;
		case M_SERVER_KEY: outcome_key(in, m->body); break;
		case M_ROOM: in->admit.unsigned_left = ((const struct msg_room *)m->body)->unsigned_left; break;
		case M_STATEMENT_ANSWER: pgp_stated(in, m->body); break;
		default: break;
		}
	}
	if (from == ROLE_VERIFY && m->type == M_VERIFIED)
		pgp_verified(in, m->body, m->fd);
	if (m->fd >= 0)
		close(m->fd);
}

/* In the order of who goes first. */
static void
pump(struct intake *in)
{
	handoff_pump(&in->judge);
	handoff_pump(&in->asked);
	handoff_pump(&in->reads);
	handoff_pump(&in->crowd);
	handoff_pump(&in->statement);
	handoff_pump(&in->verify);
}

static void
hear_peer_up(struct role_ctx *c, enum role_id id)
{
	(void)id;
	pump(c->state);
}

static void
hear_peer_down(struct role_ctx *c, enum role_id id)
{
	struct intake *in = c->state;
	if (id == ROLE_JUDGE)
		for (unsigned i = 0; i < 5; i++)
			handoff_down((struct handoff *[]){ &in->judge, &in->asked, &in->reads, &in->crowd,
			    &in->statement }[i]);
	if (id == ROLE_VERIFY)
		handoff_down(&in->verify);
}

static void
hear_room(struct role_ctx *c, enum role_id id)
{
	(void)id;
	pump(c->state);
}

/* What came in, for people: at most a line a minute, none when nothing came. */
static void
tell_counts(struct intake *in, msec now)
{
	char why[256] = "";
	uint64_t refused = 0;
	if (now - in->told_at < MSEC_MINUTE || memcmp(&in->count, &in->told, sizeof(in->count)) == 0)
		return;
	for (unsigned i = 0; i < PROBLEM_N; i++) {
		uint64_t n = in->count.refused[i] - in->told.refused[i];
		size_t at = strlen(why);
		refused += n;
		if (n)
			snprintf(why + at, sizeof(why) - at, ", %s %" PRIu64, problem_row(i)->type, n);
	}
	log_info("%" PRIu64 " reports taken, %" PRIu64 " refused%s, %" PRIu64 " slow or idle lines cut",
	    in->count.taken - in->told.taken, refused, why, in->count.cut - in->told.cut);
	in->told = in->count;
	in->told_at = now;
}

static void
intake_sweep(struct intake *in, msec now)
{
	struct handoff *all[] = { &in->judge, &in->asked, &in->reads, &in->crowd, &in->statement, &in->verify };
	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		while (all[i]->first && now - all[i]->first->since > PATIENCE)
			give_up(in, all[i]->first->owner, PROBLEM_BUSY, "", "", "");
	pump(in); /* what waits for memory has nobody to call it */
	tell_counts(in, now);
	admit_tell(in, now);
}

static void
list_prefixes(struct intake *in, const struct policy *p)
{
	in->prefix_text = calloc(INTAKE_PREFIXES, sizeof(*in->prefix_text));
	if (!in->prefix_text)
		fatal_oom();
	for (const struct lpm_node *n = lpm_first(&p->rows); n; n = lpm_next(&p->rows, n)) {
		if (in->prefix_count == INTAKE_PREFIXES) {
			in->prefix_more++;
			continue;
		}
		prefix_print(&n->prefix, in->prefix_text[in->prefix_count]);
		in->prefixes[in->prefix_count] = in->prefix_text[in->prefix_count];
		in->prefix_count++;
	}
}

static void
hear_init(struct role_ctx *c)
{
	struct intake *in = calloc(1, sizeof(*in));
	struct tm tm;
	time_t t = 0;
	if (!in)
		fatal_oom();
	if (sodium_init() < 0)
		fatal("libsodium does not start");
	json_warm();
	gmtime_r(&t, &tm); /* reads the zone file once, for the Date header */
	in->c = c;
	c->state = in;
	handoff_init(&in->judge, c, ROLE_JUDGE, INTAKE_SLOTS);
	handoff_init(&in->crowd, c, ROLE_JUDGE, INTAKE_SLOTS);
	in->crowd.before = &in->judge;
	in->crowd.serial = UINT64_C(1) << 40;
	outcome_init(in);
	read_init(in);
	pgp_init(in);
	admit_init(in);
	list_prefixes(in, c->conf->policy);
	in->hand = intake_hand;
	in->drop = intake_drop;
	in->sweep = intake_sweep;
	pages_init(in);
}

static void
hear_start(struct role_ctx *c)
{
	pages_start(c->state);
}

const struct role role_hear_reports = {
	.id = ROLE_HEAR_REPORTS,
	.name = "hear-reports",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.rlimit_as = (uint64_t)1 << 30,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_VERIFY,
	.init = hear_init,
	.start = hear_start,
	.message = hear_message,
	.peer_up = hear_peer_up,
	.peer_down = hear_peer_down,
	.room = hear_room,
};
