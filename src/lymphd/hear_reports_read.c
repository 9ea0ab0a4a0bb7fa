/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GET /v1/cases, /v1/cases/NUMBER and /v1/reports: questions to the judge, which alone knows tokens and what
 * they show. Here the question is read and the page handed out. Must never look at a token, but for its form.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/hear_reports.h"
#include "model/order.h"

#define READING  64   /* questions at a time */
#define PER_HOUR 3600 /* of one network, whatever its tokens allow */
#define ETAG     16   /* bytes of the hash */

/* Decimal, 0 to most. */
static bool
number(const char *s, uint64_t most, uint64_t *ret)
{
	uint64_t v = 0;
	size_t n = strlen(s);
	if (n == 0 || n > 19 || strspn(s, "0123456789") != n)
		return false;
	for (; *s; s++)
		v = v * 10 + (uint64_t)(*s - '0');
	if (v > most)
		return false;
	*ret = v;
	return true;
}

/* What may stand behind the "?", each into its field. False: not what it takes. */

static bool
take_from(struct msg_read *m, const char *s)
{
	return number(s, INT64_MAX, &m->from);
}

static bool
take_limit(struct msg_read *m, const char *s)
{
	uint64_t v;
	if (!number(s, READ_ROWS, &v) || v == 0)
		return false;
	m->limit = (uint32_t)v;
	return true;
}

static bool
take_since(struct msg_read *m, const char *s)
{
	msec t;
	if (msec_parse(s, strlen(s), &t) < 0)
		return false;
	m->since = t;
	return true;
}

static bool
take_state(struct msg_read *m, const char *s)
{
	for (unsigned i = 0; i < CASE_STATE_N; i++)
		if (strcmp(s, case_state_name((enum case_state)i)) == 0) {
			m->state = 1 + i;
			return true;
		}
	return false;
}

static bool
take_class(struct msg_read *m, const char *s)
{
	m->cls = class_by_name(s, strlen(s));
	return m->cls != CLASS_NONE;
}

static bool
take_address(struct msg_read *m, const char *s)
{
	return addr_parse(s, strlen(s), &m->addr) == 0;
}

static bool
take_case(struct msg_read *m, const char *s)
{
	return number(s, INT64_MAX, &m->case_no) && m->case_no > 0;
}

#define OF(what) (1u << (what))
static const struct {
	const char *name;
	unsigned of; /* enum read_what, a bit each */
	bool (*take)(struct msg_read *m, const char *s);
	const char *rule;
} args[] = {
	{ "from", OF(READ_CASES) | OF(READ_REPORTS), take_from, "lymph: the \"next\" of the page before" },
	{ "limit", OF(READ_CASES) | OF(READ_REPORTS), take_limit, "lymph: 1 to 500" },
	{ "since", OF(READ_CASES), take_since, "RFC 3339 5.6: a time, with its zone" },
	{ "state", OF(READ_CASES), take_state, "lymph: the state of a case" },
	{ "class", OF(READ_CASES), take_class, "lymph: a class of abuse" },
	{ "address", OF(READ_CASES) | OF(READ_REPORTS), take_address, "lymph: an address" },
	{ "case", OF(READ_REPORTS), take_case, "lymph: a number of a case" },
};

static int
take_args(struct request *r, struct refusal *why)
{
	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		const char *s = http_query(&r->h, args[i].name);
		if (s && (!(args[i].of >> r->read.what & 1) || !args[i].take(&r->read, s)))
			return refuse(why, PROBLEM_QUERY, args[i].name, args[i].of >> r->read.what & 1
			    ? args[i].rule : "lymph: not for this path");
	}
	return 0;
}

bool
read_url(const char *url, struct msg_read *m)
{
	static const char one[] = "/v1/cases/";
	if (strncmp(url, one, sizeof(one) - 1) == 0) {
		m->what = READ_CASE;
		return take_case(m, url + sizeof(one) - 1);
	}
	m->what = strcmp(url, "/v1/reports") == 0 ? READ_REPORTS : READ_CASES;
	return m->what == READ_REPORTS || strcmp(url, "/v1/cases") == 0;
}

int
read_begin(struct intake *in, struct request *r, struct refusal *why)
{
	struct prefix net = quota_network(&r->h.from);
	msec after = net.len ? quota_take(&in->admit.reads, &net, sizeof(net), 1, clock_mono()) : 0;
	if (after) {
		refuse(why, PROBLEM_QUOTA, "address", "lymph: at most 3600 questions an hour from one network");
		why->after = after;
		return -1;
	}
	if (bearer_token(http_header(&r->h, "Authorization"), r->read.token, READ_TOKEN) < 0)
		return refuse(why, PROBLEM_TOKEN, "Authorization", "RFC 6750 2.1: Bearer, and a token of ours");
	return take_args(r, why);
}

bool
read_ask(struct intake *in, struct request *r)
{
	r->handed = (struct handed){ .type = M_READ, .msg = &r->read, .owner = r };
	r->state = REQUEST_HANDED;
	return handoff_give(&in->reads, &r->handed);
}

/* RFC 9110 8.8.3: the same page has the same bytes. */
static void
tell(struct request *r, const char *text, size_t n)
{
	uint8_t hash[ETAG];
	char tag[2 * ETAG + 3] = "\"";
	const char *has = http_header(&r->h, "If-None-Match");
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)text, n, NULL, 0);
	sodium_bin2hex(tag + 1, sizeof(tag) - 1, hash, sizeof(hash));
	strcat(tag, "\"");
	if (has && strstr(has, tag)) {
		http_answer(&r->h, 304, NULL, NULL, 0);
	} else {
		char *copy = malloc(n + 1);
		if (!copy)
			fatal_oom();
		memcpy(copy, text, n);
		http_answer(&r->h, 200, "application/json", copy, n);
	}
	http_answer_header(&r->h, "ETag", tag);
	http_answer_header(&r->h, "Cache-Control", "private, no-cache");
}

static const struct {
	enum problem_id id;
	const char *field, *rule;
} refusals[READ_RESULT_N] = {
	[READ_OK] = { PROBLEM_BUSY, "", "" }, /* a page that is not what it says */
	[READ_DENIED] = { PROBLEM_TOKEN, "Authorization", "lymph: a token that was given out and holds" },
	[READ_SCOPE] = { PROBLEM_SCOPE, "Authorization", "lymph: a token with \"reports\" in its scope" },
	[READ_NONE] = { PROBLEM_NO_CASE, "", "" },
	[READ_BUSY] = { PROBLEM_BUSY, "", "" },
};

void
read_said(struct intake *in, const struct msg_read_answer *a, const void *tail, size_t tail_n, int fd)
{
	struct refusal why;
	const void *text = tail, *map = NULL;
	size_t n = tail_n;
	struct handed *x = a->result < READ_RESULT_N ? handoff_answered(&in->reads, a->ticket) : NULL;
	if (!x)
		return;
	if (fd >= 0 && seal_map(fd, READ_MOST, &map, &n) == 0)
		text = map;
	if (a->result == READ_OK && n && n == a->n && (fd < 0 || map)) {
		tell(x->owner, text, n);
	} else {
		refuse(&why, refusals[a->result].id, refusals[a->result].field, refusals[a->result].rule);
		if (a->result == READ_BUSY && a->after > 0) {
			refuse(&why, PROBLEM_QUOTA, "Authorization", "lymph: 5 questions a second with one token");
			why.after = a->after < MSEC_HOUR ? a->after : MSEC_HOUR;
		}
		page_refuse(in, x->owner, &why);
	}
	if (map)
		seal_unmap(map, n);
}

void
read_init(struct intake *in)
{
	handoff_init(&in->reads, in->c, ROLE_JUDGE, READING);
	quota_init(&in->admit.reads, PER_HOUR);
}
