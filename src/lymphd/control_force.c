/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The times in which an order was in force: it stood, and lymph was in enforce without panic. Made of
 * the journal's changes of mode, and of what the hand says of the order now. What the journal no longer
 * tells is said to be unknown, never guessed; a time is left out rather than claimed. Reads only.
 */
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "lymphd/control_force.h"

#define SPANS 16 /* of one order; more are counted */

static int
see_event(const struct store_event *ev, void *arg)
{
	struct force_modes *m = arg;
	if (m->looked++ == 0)
		m->first = ev->at;
	if (ev->kind != EVENT_MODE)
		return 0;
	m->v[m->n % FORCE_CHANGES].at = ev->at;
	m->v[m->n++ % FORCE_CHANGES].on = ev->b == MODE_ENFORCE;
	return 0;
}

int
force_read(struct store *s, struct force_modes *ret)
{
	return store_case_events(s, 0, WALK_MOST, see_event, ret);
}

struct spans {
	json_t *list;
	uint64_t more;
	msec from; /* of the last one */
	bool open; /* it lasts until now */
};

static void
add(struct spans *s, msec from, msec until, msec now)
{
	if (from >= until)
		return;
	s->from = from;
	s->open = until == now;
	if (json_array_size(s->list) == SPANS) {
		s->more++;
		return;
	}
	json_t *o = json_new(json_object());
	put_time(o, "from", from);
	put_time(o, "until", until);
	put(o, "goes_on", json_boolean(false));
	push(s->list, o);
}

/* From when on the mode is known, and *on: what it was before the first change after that. */
static msec
known_from(const struct force_modes *m, const struct order *r, bool *on)
{
	*on = false; /* a new lymph observes */
	if (m->n > FORCE_CHANGES)
		return m->v[m->n % FORCE_CHANGES].at;
	if (m->looked < WALK_MOST)
		return 0;
	if (m->n)
		return m->v[0].at;
	*on = !r->would; /* no change in all that time: it is as the order says */
	return m->first;
}

static void
collect(const struct force_modes *m, msec from, msec end, msec now, bool on, struct spans *ret)
{
	uint64_t i = m->n > FORCE_CHANGES ? m->n - FORCE_CHANGES : 0;
	msec since = from;
	for (; i < m->n && m->v[i % FORCE_CHANGES].at < end; i++) {
		bool next = m->v[i % FORCE_CHANGES].on;
		msec at = m->v[i % FORCE_CHANGES].at;
		if (on && !next)
			add(ret, since, at, now);
		if (!on && next)
			since = at > from ? at : from;
		on = next;
	}
	if (on)
		add(ret, since, end, now);
}

/* What the hand says now of an order that should be in force; since when, nobody wrote down. */
static bool
against_now(const struct edge *e, const struct order *r, char *text, size_t size)
{
	struct carry_state c;
	orders_state(e, r->no, &c);
	const char *why = c.rule ? act_rule_text(c.rule) : c.err ? strerror(-c.err) : "";
	const char *what = c.state == CARRY_REFUSED ? "refused"
	    : c.state == CARRY_HELD		    ? "held, for a person flushed its set"
	    : c.state == CARRY_WAITING		    ? "waiting"
	    : c.state == CARRY_FAILED		    ? "failed"
						    : NULL;
	if (what)
		snprintf(text, size, "%s%s%s", what, *why ? ": " : "", why);
	return what != NULL;
}

/* Takes away what the hand speaks against. True if it did. */
static bool
minus_now(const struct edge *e, const struct order *r, struct spans *s, char *note, size_t size)
{
	char why[256], t[MSEC_TEXT];
	struct carry_state c;
	size_t n = json_array_size(s->list);
	if (!s->open)
		return false;
	if (!against_now(e, r, why, sizeof(why))) {
		if (!s->more)
			put(json_array_get(s->list, n - 1), "goes_on", json_true());
		orders_state(e, r->no, &c);
		if (c.state != CARRY_IN && c.state != CARRY_ENDED)
			snprintf(note, size, "the hand does not confirm it now");
		return false;
	}
	if (s->more)
		s->more--;
	else
		json_array_remove(s->list, n - 1);
	snprintf(note, size, "not counted from %s on, for now it is %s", msec_print(s->from, t), why);
	return true;
}

bool
force_put(struct control_call *k, json_t *o, const struct order *r, const struct force_modes *m,
    msec ended, msec now)
{
	const char *carrier = act_carrier(k->e->c->conf->policy, r);
	char note[512] = "", t[MSEC_TEXT];
	struct spans s = { .list = NULL };
	bool on;
	put_text(o, "carrier", carrier ? carrier : "");
	if (r->rung < RUNG_FILTER) {
		put(o, "in_force", json_null());
		return false;
	}
	s.list = json_new(json_array());
	msec end = ended ? ended : now, known = known_from(m, r, &on);
	end = end < r->expiry ? end : r->expiry;
	end = end < now ? end : now;
	bool unknown = known > r->at || (r->dropped && !ended);
	if (r->asked) {
		snprintf(note, sizeof(note), "asked for, not given");
	} else if (!carrier) {
		snprintf(note, sizeof(note), "nothing here could carry it out");
	} else if (r->dropped && !ended) {
		snprintf(note, sizeof(note), "not known: the journal's part read here does not tell its end");
	} else {
		collect(m, known > r->at ? known : r->at, end, now, on, &s);
		bool minus = minus_now(k->e, r, &s, note, sizeof(note));
		size_t n = strlen(note);
		if (unknown)
			snprintf(note + n, sizeof(note) - n, "%snot known before %s", n ? "; " : "",
			    msec_print(known < end ? known : end, t));
		else if (json_array_size(s.list) == 0 && !minus)
			snprintf(note, sizeof(note), "lymph observed");
		unknown = unknown || minus;
	}
	bool was = json_array_size(s.list) > 0;
	put(o, "in_force", s.list);
	put_int(o, "in_force_more", s.more);
	put(o, "in_force_known", json_boolean(!unknown));
	put_text(o, "in_force_note", note);
	return was;
}
