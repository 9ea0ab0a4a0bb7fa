/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One alert to a claim, see alert.h. The evidence is the scenario's own line and one line an event, made of
 * its keys and values as text. Nothing of what the agent decided is looked at but how much of it there is.
 */
#include "wire/alert.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/claim.h"
#include "wire/logtime.h"

#define KEYS  32  /* of one event */
#define VALUE 256 /* bytes of a value */

bool
alert_next(const char *p, size_t n, size_t *at, const char **ret, size_t *ret_n)
{
	unsigned depth = 0;
	size_t i = *at, from;
	bool quoted = false;
	if (i == 0) {
		const char *open = memchr(p, '[', n);
		i = open ? (size_t)(open - p) + 1 : n;
	}
	while (i < n && strchr(" \t\r\n,", p[i]))
		i++;
	if (i >= n || p[i] == ']')
		return false;
	for (from = i; i < n; i++) {
		if (quoted) {
			quoted = p[i] != '"';
			i += p[i] == '\\'; /* what follows is no end */
			continue;
		}
		if (depth == 0 && (p[i] == ',' || p[i] == ']'))
			break;
		quoted = p[i] == '"';
		depth += p[i] == '{' || p[i] == '[';
		depth -= p[i] == '}' || p[i] == ']';
	}
	*ret = p + from;
	*ret_n = (i < n ? i : n) - from;
	*at = i < n ? i : n;
	return true;
}

static const char *
text_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v) ? json_string_value(v) : NULL;
}

static void
plain(const char *s, char *ret, size_t size)
{
	size_t n = 0;
	for (; *s && n + 1 < size; s++) {
		bool good = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    strchr("/._-:", *s);
		ret[n++] = good ? *s : '?';
	}
	ret[n] = '\0';
}

/* A time as Go's programs write it: RFC 3339, or as it prints itself. 0: none. */
static msec
time_of(const json_t *o, const char *key, msec now)
{
	const char *s = text_of(o, key);
	const struct logtime_ref ref = { .now = now };
	struct logtime t;
	msec v;
	if (!s)
		return 0;
	if (msec_parse(s, strlen(s), &v) == 0)
		return v > 0 ? v : 0;
	return logtime_find(&ref, s, strlen(s), &t) == 0 && t.at > 0 ? t.at : 0;
}

struct lines {
	char *s;
	size_t n;
};

static void
add(struct lines *l, const char *s)
{
	char clean[VALUE];
	size_t n = claim_clean(s, strlen(s), clean, sizeof(clean));
	if (l->n + n > CLAIM_TEXT)
		n = 0;
	memcpy(l->s + l->n, clean, n);
	l->n += n;
}

static void
add_event(struct lines *l, const json_t *event)
{
	const json_t *meta = json_object_get(event, "meta"), *m;
	const char *at = text_of(event, "timestamp");
	size_t i;
	add(l, at ? at : "-");
	json_array_foreach(meta, i, m)
	{
		const char *key = text_of(m, "key"), *value = text_of(m, "value");
		if (i == KEYS)
			break;
		if (!key || !value || !*value)
			continue;
		add(l, " ");
		add(l, key);
		add(l, "=");
		add(l, value);
	}
	if (l->n < CLAIM_TEXT)
		l->s[l->n++] = '\n';
}

/* Only lines that are whole. */
static void
evidence(const json_t *o, const struct alert *a, char *text, struct claim *c)
{
	struct lines l = { .s = text };
	const json_t *events = json_object_get(o, "events"), *e;
	const char *version = text_of(o, "scenario_version");
	size_t i, whole;
	add(&l, "scenario ");
	add(&l, a->scenario);
	add(&l, version && *version ? " " : "");
	add(&l, version ? version : "");
	l.s[l.n++] = '\n';
	json_array_foreach(events, i, e)
	{
		whole = l.n;
		if (i == ALERT_EVENTS)
			break;
		add_event(&l, e);
		if (l.n >= CLAIM_TEXT - VALUE) {
			l.n = whole;
			break;
		}
	}
	c->text = text;
	c->text_n = l.n;
}

static enum alert_fate
claim_of(const json_t *o, msec now, char *text, struct alert *a)
{
	const json_t *source = json_object_get(o, "source"), *events = json_object_get(o, "events");
	const json_t *count = json_object_get(o, "events_count");
	const char *scope = text_of(source, "scope"), *value = text_of(source, "value");
	const struct alert_row *row = alert_row_of(a->scenario);
	struct claim *c = &a->claim;
	if (json_is_true(json_object_get(o, "simulated")))
		return ALERT_SIMULATED;
	if (a->decisions && json_array_size(events) == 0)
		return ALERT_ORDER;
	if (!scope || !value)
		return ALERT_BROKEN;
	if (strcasecmp(scope, "ip") != 0 || addr_parse(value, strlen(value), &c->subject) < 0)
		return ALERT_NO_ADDRESS;
	if (!row || row->cls == CLASS_NONE)
		return ALERT_NO_CLASS;
	c->cls = row->cls;
	c->evidence = row->evidence;
	c->two_way_claim = row->two_way;
	c->proto = row->two_way ? 6 : 0;
	c->first = time_of(o, "start_at", now);
	c->event = time_of(o, "stop_at", now);
	if (!c->event)
		c->event = c->first;
	if (!c->event) /* pushed again it has to be the same report */
		return ALERT_BROKEN;
	if (!c->first || c->first > c->event)
		c->first = c->event;
	json_int_t n = json_is_integer(count) ? json_integer_value(count) : 1;
	c->count = n < 1 ? 1 : n > 1000000 ? 1000000 : (uint32_t)n;
	snprintf(c->what, sizeof(c->what), "CrowdSec scenario %s", a->scenario);
	evidence(o, a, text, c);
	return ALERT_ACCUSES;
}

void
alert_read(const char *p, size_t n, msec now, char *text, struct alert *ret)
{
	struct alert a = { .fate = ALERT_BROKEN };
	struct json_why why;
	json_t *o = NULL;
	if (n <= ALERT_MOST && json_read(p, n, ALERT_DEPTH, ALERT_VALUES, &o, &why) == 0 && json_is_object(o)) {
		const char *scenario = text_of(o, "scenario");
		size_t decisions = json_array_size(json_object_get(o, "decisions"));
		a.decisions = decisions > 1000000 ? 1000000 : (uint32_t)decisions;
		if (scenario) {
			plain(scenario, a.scenario, sizeof(a.scenario));
			a.fate = claim_of(o, now, text, &a);
		}
	}
	json_decref(o);
	*ret = a;
}
