/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders in force as decisions for bouncers, for hear_alerts.h. What a bouncer holds is known by value, so a
 * value goes only when no order is about it any more; each time it is told it lives for a lease, and is told
 * anew at half of it: a bouncer that hears nothing more lets go by itself. Without the warden's word that
 * orders may be enforced there is nothing to tell. Must never tell of an own line to a scope without "own", nor
 * of a victim of many lines at all.
 */
#include "lymphd/hear_alerts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/log.h"

#define SHORTER (5 * MSEC_SECOND) /* an end that comes so much earlier is told */

static int
by_value(const void *a, const void *b)
{
	const struct ban *x = a, *y = b;
	int c = prefix_cmp(&x->value, &y->value);
	return c ? c : (x->no > y->no) - (x->no < y->no);
}

/* What may be told of an order: the line; and of a command server it talks to, that. The far side of anything
 * else is somebody's victim. */
static void
add(struct hear_door *h, const struct order *o, msec ends)
{
	const struct policy *ours = h->c->conf->policy;
	if (o->all)
		return;
	h->ban[h->bans++] = (struct ban){ o->target, o->cls, true, o->no, ends };
	if (o->cls == CLASS_C2_CONTACT && o->peer.a.fam && o->peer.len == addr_bits(&o->peer.a) &&
	    !policy_find(ours, &o->peer.a))
		h->ban[h->bans++] = (struct ban){ o->peer, o->cls, false, o->no, ends };
}

void
stream_build(struct hear_door *h)
{
	struct act_now n = { .may = h->may };
	msec now = clock_mono();
	h->bans = 0;
	free(h->ban);
	h->ban = NULL;
	if (!h->may || !h->con || !h->orders)
		return;
	if (!(h->ban = calloc(h->orders * 2, sizeof(*h->ban))))
		fatal_oom();
	for (size_t i = 0; i < h->orders; i++) {
		const struct order *o = &h->order[i].order;
		msec left = h->order[i].left - (now - h->heard);
		/* The judge may be captured: the conscience is asked as hand asks it, but for the hour. */
		if (left <= 0 || (unsigned)o->rung >= RUNG_N || o->rung < RUNG_FILTER || o->all > 1 ||
		    (unsigned)o->cls >= CLASS_N ||
		    conscience_check(h->con, h->c->conf->policy, &n, o, left) != RULE_NONE)
			continue;
		n.entries++;
		n.victims += o->all;
		add(h, o, now + left);
	}
	qsort(h->ban, h->bans, sizeof(*h->ban), by_value);
}

void
stream_orders(struct hear_door *h, const struct msg_door_orders *m, int fd)
{
	const void *p;
	size_t n, size = m->n * sizeof(struct door_order);
	if (m->n > DOOR_ORDERS || seal_map(fd, DOOR_ORDERS * sizeof(struct door_order), &p, &n) < 0)
		return;
	if (n >= size) {
		free(h->order);
		h->order = malloc(size ? size : 1);
		if (!h->order)
			fatal_oom();
		memcpy(h->order, p, size);
		h->orders = m->n;
		h->heard = clock_mono();
	}
	seal_unmap(p, n);
	stream_build(h);
}

/* --- what a request asks for ----------------------------------------------------------------------- */

static bool
listed(const char *list, const char *word)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		if (n == strlen(word) && strncasecmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* Is one of the words of list in s? */
static bool
any_in(const char *list, const char *s)
{
	char word[64];
	while (*list) {
		size_t n = strcspn(list, ",");
		if (n && n < sizeof(word)) {
			memcpy(word, list, n);
			word[n] = '\0';
			if (strcasestr(s, word))
				return true;
		}
		list += n + (list[n] == ',');
	}
	return false;
}

static bool
whole(const struct prefix *p)
{
	return p->len == addr_bits(&p->a);
}

static bool
wanted(const struct stream_want *w, const struct prefix *value, enum class_id cls)
{
	char scenario[64];
	snprintf(scenario, sizeof(scenario), "lymph/%s", class_row(cls)->name);
	if (w->scopes && *w->scopes && !listed(w->scopes, whole(value) ? "ip" : "range"))
		return false;
	if (w->origins && *w->origins && !listed(w->origins, "lymph"))
		return false;
	if (w->with && *w->with && !any_in(w->with, scenario))
		return false;
	return !(w->without && *w->without && any_in(w->without, scenario));
}

/* All a bouncer shall hold now, by value; malloc'ed. */
static struct given *
current(const struct hear_door *h, const struct member *b, const struct stream_want *w, size_t *n)
{
	msec now = clock_mono(), lease = now + h->c->conf->lease;
	struct given *v = calloc(h->bans + 1, sizeof(*v));
	if (!v)
		fatal_oom();
	*n = 0;
	for (size_t i = 0; i < h->bans; i++) {
		const struct ban *x = &h->ban[i];
		struct given *last = *n ? &v[*n - 1] : NULL;
		if (x->ends <= now || !scope_lets(&b->row.scope, &x->value, x->own, x->cls) ||
		    !wanted(w, &x->value, x->cls))
			continue;
		if (last && prefix_cmp(&last->value, &x->value) == 0) {
			last->ends = x->ends > last->ends ? x->ends : last->ends;
		} else {
			v[*n] = (struct given){ x->value, x->cls, x->no, x->ends, 0 };
			last = &v[(*n)++];
		}
		last->until = last->ends < lease ? last->ends : lease;
	}
	return v;
}

/* --- telling ---------------------------------------------------------------------------------------- */

static void
say(FILE *f, unsigned *said, const struct given *g, msec life)
{
	char text[PREFIX_TEXT];
	const char *name = class_row(g->cls)->name;
	bool ip = whole(&g->value);
	fprintf(f, "%s{\"id\":%" PRIu64 ",\"origin\":\"lymph\",\"type\":\"ban\",\"scope\":\"%s\",\"value\":\"%s\","
	    "\"duration\":\"%lld.%03llds\",\"scenario\":\"lymph/%s\"}", (*said)++ ? "," : "[", g->no & INT64_MAX,
	    ip ? "Ip" : "Range", ip ? addr_print(&g->value.a, text) : prefix_print(&g->value, text),
	    (long long)(life / MSEC_SECOND), (long long)(life % MSEC_SECOND), name ? name : "none");
}

static void
say_end(FILE *f, unsigned said)
{
	fputs(said ? "]" : "null", f); /* as the original says of none */
}

static char *
close_text(FILE *f, char **text)
{
	if (fclose(f) != 0 || !*text)
		fatal_oom();
	return *text;
}

/* Walks what it holds and what it shall hold side by side: fn for each value; NULL: not there. */
static void
side_by_side(struct given *old, size_t old_n, struct given *now, size_t now_n,
    void (*fn)(struct given *old, struct given *now, void *arg), void *arg)
{
	size_t i = 0, k = 0;
	while (i < old_n || k < now_n) {
		int c = i == old_n ? 1 : k == now_n ? -1 : prefix_cmp(&old[i].value, &now[k].value);
		fn(c <= 0 ? &old[i] : NULL, c >= 0 ? &now[k] : NULL, arg);
		i += c <= 0;
		k += c >= 0;
	}
}

struct telling {
	FILE *f;
	msec now, half;
	unsigned said, all;
	bool gone; /* which of the two lists */
};

static void
tell(struct given *old, struct given *now, void *arg)
{
	struct telling *t = arg;
	/* It is let live on before its half is over: taken away and put again, for nft and ipset keep the end an
	 * entry first had. */
	bool again = old && now && ((now->until > old->until && old->until - t->now < t->half) ||
	    now->until + SHORTER < old->until);
	if (old && now && !again) {
		now->until = old->until;
		return;
	}
	if (t->gone && old)
		say(t->f, &t->said, old, 0);
	if (!t->gone && now)
		say(t->f, &t->said, now, now->until - t->now);
}

char *
stream_pull(struct hear_door *h, struct member *b, bool startup, const struct stream_want *w, size_t *n)
{
	struct telling t = { .now = clock_mono(), .half = h->c->conf->lease / 2 };
	char *text = NULL;
	size_t now_n;
	struct given *now = current(h, b, w, &now_n);
	if (startup || !b->began) {
		free(b->given);
		b->given = NULL;
		b->given_n = 0;
	}
	if (!startup && !b->began) {
		/* It holds what a life of ours before told it, nobody knows since when: all of it anew. */
		b->given = calloc(now_n + 1, sizeof(*b->given));
		if (!b->given)
			fatal_oom();
		memcpy(b->given, now, now_n * sizeof(*now));
		b->given_n = now_n;
		for (size_t i = 0; i < now_n; i++)
			b->given[i].until = 0;
	}
	b->began = true;
	t.f = open_memstream(&text, n);
	if (!t.f)
		fatal_oom();
	fputs("{\"new\":", t.f);
	side_by_side(b->given, b->given_n, now, now_n, tell, &t);
	say_end(t.f, t.said);
	door_count(h, DOOR_BOUNCER, b->row.name, DOOR_GIVEN, t.said);
	fputs(",\"deleted\":", t.f);
	t.said = 0;
	t.gone = true;
	side_by_side(b->given, b->given_n, now, now_n, tell, &t);
	say_end(t.f, t.said);
	fputs("}", t.f);
	free(b->given);
	b->given = now;
	b->given_n = now_n;
	return close_text(t.f, &text);
}

char *
stream_ask(struct hear_door *h, struct member *b, const struct prefix *about, const struct stream_want *w, size_t *n)
{
	char *text = NULL;
	unsigned said = 0;
	size_t now_n;
	struct given *now = current(h, b, w, &now_n);
	msec at = clock_mono();
	FILE *f = open_memstream(&text, n);
	if (!f)
		fatal_oom();
	for (size_t i = 0; i < now_n; i++)
		if (!about->a.fam || (about->len >= now[i].value.len && prefix_has(&now[i].value, &about->a)))
			say(f, &said, &now[i], now[i].until - at);
	say_end(f, said);
	free(now);
	return close_text(f, &text);
}
