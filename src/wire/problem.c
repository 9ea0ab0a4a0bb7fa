/* SPDX-License-Identifier: BSD-2-Clause */
/* Problem documents, see problem.h. Must never be handed a stranger's text. */
#include "wire/problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "wire/sshsig.h"
#include "wire/xarf.h"

static const struct problem_row rows[PROBLEM_N] = {
	[PROBLEM_SIGNATURE] = { 401, "signature", "The signature does not fit the report" },
	[PROBLEM_TOKEN] = { 401, "token", "This takes a token" },
	[PROBLEM_NO_PATH] = { 404, "path", "There is nothing at this path" },
	[PROBLEM_NO_REPORT] = { 404, "no-report", "No such report, or another's" },
	[PROBLEM_METHOD] = { 405, "method", "This method is not for this path" },
	[PROBLEM_CONFLICT] = { 409, "conflict", "Another report has this id" },
	[PROBLEM_LENGTH] = { 413, "too-large", "The report is too large" },
	[PROBLEM_MEDIA] = { 415, "media-type", "A report is application/json" },
	[PROBLEM_NOT_OURS] = { 421, "not-ours", "This address is not in the networks served here" },
	[PROBLEM_REPORT] = { 422, "report", "The report breaks a rule" },
	[PROBLEM_STATEMENT] = { 422, "statement", "The statement breaks a rule" },
	[PROBLEM_ASIDE] = { 422, "set-aside", "The report was set aside" },
	[PROBLEM_QUOTA] = { 429, "quota", "More than this source may send now" },
	[PROBLEM_BUSY] = { 503, "busy", "Not now" },
	[PROBLEM_FULL] = { 507, "full", "No room to keep the report" },
	[PROBLEM_SCOPE] = { 403, "scope", "This token does not show that" },
	[PROBLEM_NO_CASE] = { 404, "no-case", "No such case, or another's" },
	[PROBLEM_QUERY] = { 400, "query", "The question breaks a rule" },
};

const struct problem_row *
problem_row(enum problem_id id)
{
	return &rows[(unsigned)id < PROBLEM_N ? id : PROBLEM_BUSY];
}

static void
put(json_t *o, const char *name, const char *s)
{
	if (s)
		json_object_set_new(o, name, json_string(s));
}

static char *
print(json_t *o, size_t *n)
{
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (s)
		*n = strlen(s);
	return s;
}

char *
problem_print(const struct problem *p, size_t *n)
{
	const struct problem_row *row = problem_row(p->id);
	char type[64], addr[ADDR_TEXT];
	json_t *o = json_object();
	if (!o)
		return NULL;
	snprintf(type, sizeof(type), "urn:lymph:problem:%s", row->type);
	put(o, "type", type);
	put(o, "title", row->title);
	json_object_set_new(o, "status", json_integer(row->status));
	put(o, "detail", p->detail);
	put(o, "field", p->field);
	put(o, "rule", p->rule);
	if (p->address) {
		put(o, "address", addr_print(p->address, addr));
		json_t *list = json_array();
		for (size_t i = 0; i < p->prefix_count; i++)
			json_array_append_new(list, json_string(p->prefixes[i]));
		json_object_set_new(o, "prefixes", list);
		if (p->prefix_more)
			json_object_set_new(o, "prefixes_more", json_integer((json_int_t)p->prefix_more));
		put(o, "responsible", p->instead);
	}
	return print(o, n);
}

/* "L-000123": what people quote; from the report's place in the journal. */
#define REFERENCE_TEXT 28
static char *
reference_print(uint64_t seq, char buf[REFERENCE_TEXT])
{
	snprintf(buf, REFERENCE_TEXT, "L-%06" PRIu64, seq);
	return buf;
}

char *
receipt_print(const uint8_t id[16], uint64_t seq, const char *token, const char *word, size_t *n)
{
	char uuid[UUID_TEXT], ref[REFERENCE_TEXT];
	json_t *o = json_object();
	put(o, "id", uuid_print(id, uuid));
	put(o, "reference", seq ? reference_print(seq, ref) : NULL);
	put(o, "status", seq ? "received" : "referred");
	put(o, "token", token);
	put(o, "signature", word);
	return print(o, n);
}

char *
admitted_print(const struct key *key, msec not_after, const char *by, size_t *n)
{
	char text[KEY_TEXT], until[MSEC_TEXT];
	json_t *o = json_object();
	put(o, "status", "admitted");
	put(o, "key", key_print(key, text));
	put(o, "not_after", msec_print(not_after, until));
	put(o, "signed_by", by);
	return print(o, n);
}

static void
put_time(json_t *o, const char *name, msec t)
{
	char text[MSEC_TEXT];
	if (t)
		put(o, name, msec_print(t, text));
}

char *
outcome_print(const struct outcome_doc *d, size_t *n)
{
	char uuid[UUID_TEXT], ref[REFERENCE_TEXT];
	json_t *o = json_object();
	put(o, "id", uuid_print(d->id, uuid));
	put(o, "reference", reference_print(d->seq, ref));
	put(o, "server", d->server);
	put(o, "outcome", d->outcome);
	put_time(o, "since", d->since);
	put_time(o, "asked", d->asked);
	if (d->responsible[0])
		put(o, "responsible", d->responsible);
	return print(o, n);
}
