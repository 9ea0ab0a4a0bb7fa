/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A push of alerts, for hear_alerts.h: read one at a time, so many reports on their way at once, and told to
 * the machine as taken when the judge has committed all of them. A machine that hears anything else pushes all
 * of it again: the same alert makes the same report, which counts once. An alert that killed us is passed over
 * alone.
 */
#include "lymphd/hear_alerts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "host/log.h"
#include "wire/claim.h"

#define PATIENCE (25 * MSEC_SECOND) /* for the judge */
#define VALUES   2000000            /* of JSON in one push */

struct push {
	struct push *next;
	struct visit *visit;
	struct handed handed;
	struct msg_report m;
	char *doc;
};

static void
leave(struct hear_door *h, struct visit *v)
{
	struct visit **at = &h->pushing;
	while (*at && *at != v)
		at = &(*at)->next;
	if (*at)
		*at = v->next;
	v->pushing = false;
}

static void
forget(struct visit *v, struct push *p)
{
	struct push **at = &v->first;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	v->outs--;
	free(p->doc);
	free(p);
}

void
push_drop(struct hear_door *h, struct visit *v)
{
	while (v->first) {
		handoff_drop(&h->reports, &v->first->handed);
		forget(v, v->first);
	}
	if (v->pushing)
		leave(h, v);
}

/* An alert is known by all that goes into its report. */
static void
origin_of(const struct visit *v, const struct alert *a, uint8_t ret[32])
{
	crypto_hash_sha256_state s;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)"lymph alert", 12);
	crypto_hash_sha256_update(&s, (const uint8_t *)v->name, sizeof(v->name));
	crypto_hash_sha256_update(&s, (const uint8_t *)&a->claim.first, sizeof(a->claim.first));
	crypto_hash_sha256_update(&s, (const uint8_t *)a->claim.text, a->claim.text_n);
	crypto_hash_sha256_final(&s, ret);
}

/* False: no room on the way. */
static bool
hand(struct hear_door *h, struct visit *v, const struct alert *a)
{
	struct claim_from from = { .arrived = a->claim.event, .org = h->c->conf->name };
	struct xarf_why why;
	size_t n;
	struct push *p = calloc(1, sizeof(*p));
	if (!p)
		fatal_oom();
	identity_make(IDENTITY_MACHINE, v->name, &from.identity);
	origin_of(v, a, from.origin);
	p->visit = v;
	p->doc = claim_report(&a->claim, &from, &n, &p->m.report, &why);
	if (!p->doc) {
		static struct log_limit limit;
		unsigned held;
		if (log_may(&limit, &held))
			log_warn("no report can be made of an alert: %s: %s (%u more)", why.field, why.rule, held);
		door_count(h, DOOR_MACHINE, v->name, DOOR_BROKEN, 1);
		free(p);
		return true;
	}
	p->m.body_len = (uint32_t)n;
	memcpy(p->m.identity, from.identity.name, sizeof(p->m.identity));
	p->handed = (struct handed){ .type = M_REPORT, .msg = &p->m, .tail = (const uint8_t *)p->doc, .len = n,
		.owner = p };
	if (!handoff_give(&h->reports, &p->handed)) {
		free(p->doc);
		free(p);
		return false;
	}
	p->next = v->first;
	v->first = p;
	v->outs++;
	return true;
}

#ifdef LYMPH_TESTHOOKS
static void
maybe_die(const char *s, size_t n)
{
	static const char word[] = "crash-hear-alerts.test";
	if (memmem(s, n, word, sizeof(word) - 1))
		abort();
}
#endif

/* False: not now. */
static bool
take(struct hear_door *h, struct visit *v, const char *s, size_t n)
{
	static const enum door_count counts[ALERT_FATE_N] = { [ALERT_NO_ADDRESS] = DOOR_UNCLEAR,
		[ALERT_NO_CLASS] = DOOR_UNCLEAR, [ALERT_ORDER] = DOOR_UNCLEAR, [ALERT_SIMULATED] = DOOR_UNCLEAR,
		[ALERT_BROKEN] = DOOR_BROKEN };
	uint8_t digest[32];
	struct alert a = { .fate = ALERT_BROKEN };
	crypto_hash_sha256(digest, (const uint8_t *)s, n);
	if (!blackbox_refuses(digest)) {
		blackbox_note(digest);
#ifdef LYMPH_TESTHOOKS
		maybe_die(s, n);
#endif
		alert_read(s, n, clock_real(), h->text, &a);
	}
	bool accuses = a.fate == ALERT_ACCUSES, ours = accuses && policy_find(h->c->conf->policy, &a.claim.subject);
	bool taken = !ours || hand(h, v, &a);
	blackbox_clear();
	if (!taken)
		return false;
	v->orders += a.fate == ALERT_ORDER;
	door_count(h, DOOR_MACHINE, v->name, DOOR_ALERTS, 1);
	door_count(h, DOOR_MACHINE, v->name, DOOR_DECISIONS, a.decisions);
	if (!accuses)
		door_count(h, DOOR_MACHINE, v->name, counts[a.fate], 1);
	else if (!ours)
		door_count(h, DOOR_MACHINE, v->name, DOOR_ELSEWHERE, 1);
	return true;
}

/* The alerts' numbers, as the agent expects them: how many there are is what it looks at. */
static void
answer(struct visit *v)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	if (!f)
		fatal_oom();
	for (size_t i = 0; i < v->alerts; i++)
		fprintf(f, "%s\"%zu\"", i ? "," : "[", i + 1);
	fputs(v->alerts ? "]" : "[]", f);
	if (fclose(f) != 0)
		fatal_oom();
	http_answer(&v->r, 201, "application/json", text, n);
}

static void
go(struct hear_door *h, struct visit *v)
{
	const char *body = (const char *)v->r.buf, *s;
	size_t n, at = v->at;
	bool more = true;
	while (v->outs < DOOR_EACH && !v->full && (more = alert_next(body, v->r.len, &at, &s, &n))) {
		if (!take(h, v, s, n))
			return; /* room comes with answers to others */
		v->at = at;
		v->alerts++;
	}
	if (v->outs || (more && !v->full))
		return;
	leave(h, v);
	if (v->full)
		door_say(v, 507, "no room on disk: push it again later");
	else if (v->alerts && v->orders == v->alerts) /* no agent does so: a person at cscli, who shall see it */
		door_say(v, 403, "machines report here: they do not decide");
	else
		answer(v);
}

void
push_all(struct hear_door *h)
{
	struct visit *next;
	for (struct visit *v = h->pushing; v; v = next) {
		next = v->next;
		if (v->outs < DOOR_EACH / 2)
			go(h, v);
	}
}

void
push_begin(struct hear_door *h, struct visit *v)
{
	struct json_why why;
	const char *p = (const char *)v->r.buf;
	size_t n = v->r.len;
	bool array = p && json_scan(p, n, ALERT_DEPTH + 1, VALUES, &why) == 0;
	for (; array && n && strchr(" \t\r\n", *p); p++)
		n--;
	if (!array || *p != '[') { /* a text of JSON is more than blanks */
		door_count(h, DOOR_MACHINE, v->name, DOOR_BROKEN, 1);
		door_say(v, 400, "alerts come as a JSON array");
		return;
	}
	msec after = quota_take(&h->key, v->name, strlen(v->name), quota_units(v->r.len), clock_mono());
	if (after) {
		door_say(v, 429, "this machine has sent its share of the hour: push it again later");
		return;
	}
	v->pushing = true;
	v->next = h->pushing;
	h->pushing = v;
	go(h, v);
	if (v->pushing)
		http_sleep(&v->r);
}

void
push_answered(struct hear_door *h, const struct msg_report_answer *a)
{
	static const enum door_count counts[ANSWER_N] = { [ANSWER_ACCEPTED] = DOOR_REPORTS,
		[ANSWER_SAME] = DOOR_AGAIN, [ANSWER_NOT_OURS] = DOOR_ELSEWHERE, [ANSWER_REFERRED] = DOOR_ELSEWHERE,
		[ANSWER_CONFLICT] = DOOR_FAILURES, [ANSWER_ASIDE] = DOOR_FAILURES };
	struct handed *x = handoff_answered(&h->reports, a->ticket);
	if (!x)
		return;
	struct push *p = x->owner;
	struct visit *v = p->visit;
	if (a->answer == ANSWER_FULL)
		v->full = true;
	else
		door_count(h, DOOR_MACHINE, v->name, a->answer < ANSWER_N ? counts[a->answer] : DOOR_FAILURES, 1);
	forget(v, p);
	go(h, v);
	push_all(h);
}

void
push_sweep(struct hear_door *h, msec now)
{
	while (h->reports.first && now - h->reports.first->since > PATIENCE) {
		struct push *p = h->reports.first->owner;
		struct visit *v = p->visit;
		push_drop(h, v);
		door_say(v, 503, "not now: push it again");
	}
	handoff_pump(&h->reports); /* what waits for memory has nobody to call it */
}
