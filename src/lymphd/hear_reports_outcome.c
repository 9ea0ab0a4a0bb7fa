/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GET /v1/reports/ID and GET /v1/key: the first is a question to the judge, which alone knows tokens and
 * answers; the second was told by it. Must never look at a token, but for its form, nor say more about a
 * report that is not there than about one of somebody else's.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "host/log.h"
#include "lymphd/hear_reports.h"
#include "wire/uuid.h"

#define ASKING 256 /* questions at a time: most connections are for reports */

bool
outcome_url(const char *url, const char **id)
{
	static const char path[] = "/v1/reports/";
	if (strncmp(url, path, sizeof(path) - 1) != 0)
		return false;
	*id = url + sizeof(path) - 1;
	return true;
}

int
bearer_token(const char *auth, uint8_t *ret, size_t n)
{
	static const char scheme[] = "Bearer ";
	const char *end;
	size_t got;
	if (!auth || strncasecmp(auth, scheme, sizeof(scheme) - 1) != 0)
		return -EACCES;
	auth += sizeof(scheme) - 1;
	auth += strspn(auth, " ");
	for (const char *p = auth; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return -EINVAL;
	if (sodium_base642bin(ret, n, auth, strlen(auth), NULL, &got, &end,
	        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || got != n || *end)
		return -EINVAL;
	return 0;
}

enum problem_id
outcome_parse(const char *id, const char *auth, struct msg_outcome_get *ret)
{
	struct msg_outcome_get m = { 0 };
	int r = bearer_token(auth, m.token, sizeof(m.token));
	if (r == -EACCES)
		return PROBLEM_TOKEN;
	if (r < 0 || uuid_parse(id, strlen(id), m.id) < 0)
		return PROBLEM_NO_REPORT;
	*ret = m;
	return PROBLEM_N;
}

void
outcome_init(struct intake *in)
{
	handoff_init(&in->asked, in->c, ROLE_JUDGE, ASKING);
}

bool
outcome_ask(struct intake *in, struct request *r)
{
	r->handed = (struct handed){ .type = M_OUTCOME_GET, .msg = &r->get, .owner = r };
	r->state = REQUEST_HANDED;
	return handoff_give(&in->asked, &r->handed);
}

void
outcome_said(struct intake *in, const struct chan_msg *m)
{
	const struct msg_outcome *o = m->body;
	struct refusal none = { .id = PROBLEM_NO_REPORT };
	struct handed *x;
	/* No reason to die, whoever plays the judge: whoever waits is told to come back later. */
	if ((uint64_t)o->text_len + o->sig_len != m->tail_len || o->sig_len >= OUTCOME_MOST)
		return;
	x = handoff_answered(&in->asked, o->ticket);
	if (!x)
		return;
	if (o->text_len == 0)
		page_refuse(in, x->owner, &none);
	else
		page_outcome(x->owner, (const char *)m->tail, o->text_len, o->sig_len);
}

void
outcome_key(struct intake *in, const struct msg_server_key *m)
{
	char text[160];
	key_print_public(&m->key, text, sizeof(text) - 1);
	strcat(text, "\n");
	page_key(in, text);
}
