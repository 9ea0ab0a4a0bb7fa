/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The feed of the hook: each order from the ticket up that is given, withdrawn or runs out while lymph
 * enforces, into the store's outbox with the fact that caused it, out of it once hook has answered.
 * Outside enforce nothing enters and nothing is left: hook takes back by itself what it put. It must
 * never tell what is not committed.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/tree.h"
#include "host/log.h"
#include "lymphd/edge.h"

#define ROWS 64 /* read from the outbox at a time */

/* An order the outbox has told, or will tell, hook to put. */
struct told {
	struct tree_node node;
	uint64_t no;
};

/* What the open transaction changed. */
struct change {
	uint64_t no;
	bool added;
};

struct hooked {
	struct tree told;
	struct change *change;
	size_t n, room;
	uint64_t last, staged;  /* newest row committed; of the open transaction ... */
	uint64_t first;         /* ... and its oldest; 0: none */
	uint64_t sent, done, tidied;
	uint64_t failed;
	bool starved;
};

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	uint64_t x = TREE_ENTRY(a, struct told, node)->no, y = TREE_ENTRY(b, struct told, node)->no;
	return (x > y) - (x < y);
}

static struct told *
find(const struct hooked *h, uint64_t no)
{
	struct told key = { .no = no };
	return TREE_ENTRY(tree_find(&h->told, &key.node), struct told, node);
}

static void
set(struct hooked *h, uint64_t no, bool on)
{
	struct told *x = find(h, no);
	if (!on && x) {
		tree_del(&h->told, &x->node);
		free(x);
	} else if (on && !x) {
		if (!(x = calloc(1, sizeof(*x))))
			fatal_oom();
		x->no = no;
		tree_add(&h->told, &x->node);
	}
}

static void
change(struct hooked *h, uint64_t no, bool on)
{
	if (h->n == h->room) {
		size_t room = h->room ? h->room * 2 : 64;
		void *v = reallocarray(h->change, room, sizeof(*h->change));
		if (!v)
			fatal_oom();
		h->change = v;
		h->room = room;
	}
	h->change[h->n++] = (struct change){ no, on };
	set(h, no, on);
}

int
hooked_keep(struct edge *e, const struct order *o, bool ran_out)
{
	struct hooked *h = e->hooked;
	bool stands = !ran_out && !o->would && !o->asked && !o->dropped;
	bool told = find(h, o->no) != NULL;
	struct store_out out = { .to = STORE_TO_HOOK, .order = *o };
	if (!e->c->conf->hook[0] || !word_may(e) || stands == told || o->rung < RUNG_TICKET)
		return 0;
	out.action = stands ? HOOK_PUT : ran_out ? HOOK_EXPIRE : HOOK_DROP;
	int r = store_out(e->store, &out, &h->staged);
	if (r == 0)
		change(h, o->no, stands);
	if (r == 0 && !h->first)
		h->first = h->staged;
	return r;
}

void
hooked_committed(struct edge *e)
{
	struct hooked *h = e->hooked;
	if (h->first && h->done == h->last) /* was empty: numbers need not go on where they ended */
		h->done = h->sent = h->first - 1;
	if (h->staged > h->last)
		h->last = h->staged;
	h->n = 0;
	h->first = 0;
}

void
hooked_aborted(struct edge *e)
{
	struct hooked *h = e->hooked;
	while (h->n) {
		h->n--;
		set(h, h->change[h->n].no, !h->change[h->n].added);
	}
	h->staged = h->last;
	h->first = 0;
}

void
hooked_forget(struct edge *e)
{
	struct hooked *h = e->hooked;
	struct tree_node *n;
	h->done = h->tidied = h->sent = h->last;
	while ((n = h->told.root) != NULL)
		set(h, TREE_ENTRY(n, struct told, node)->no, false);
}

/* --- telling ------------------------------------------------------------------------------------- */

/* Text of the operator's; bytes that are none of UTF-8 are left out. */
static json_t *
text_of(const char *s)
{
	json_t *v = *s ? json_string(s) : NULL;
	return v ? v : json_null();
}

/* Numbers, enumerated words, and what the operator wrote; nothing of a stranger's. Freed by the caller. */
static char *
order_text(const struct edge *e, const struct store_out *s)
{
	static const char *const actions[HOOK_ACTION_N] = { "put", "drop", "expire" };
	const struct order *o = &s->order;
	char target[PREFIX_TEXT], peer[PREFIX_TEXT];
	struct view_case v = { 0 };
	view_case(e->judge, o->case_no, e->now, &v);
	json_t *j = json_pack("{ss, sI, sI, ss, ss, ss, ss, so, si, si, ss, sI, sI, sI, so}",
	    "action", actions[s->action], "order", (json_int_t)o->no, "case", (json_int_t)o->case_no,
	    "rung", rung_name(o->rung), "class", class_row(o->cls)->name,
	    "target", prefix_print(&o->target, target),
	    "peer", o->peer.a.fam ? prefix_print(&o->peer, peer) : "", "line", text_of(v.line),
	    "proto", (int)o->proto, "port", (int)o->port,
	    "direction", o->rung != RUNG_FILTER ? "-" : o->all ? "to-victim" : o->inbound ? "towards" : "from",
	    "at_ms", (json_int_t)o->at, "expiry_ms", (json_int_t)o->expiry, "by", (json_int_t)o->by,
	    "appeal", text_of(e->c->conf->appeal));
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (!text)
		fatal_oom();
	return text;
}

static int
tell(const struct store_out *s, void *arg)
{
	struct edge *e = arg;
	struct hooked *h = e->hooked;
	struct msg_hook m = { .no = s->no, .order = s->order, .action = s->action };
	if (s->action >= HOOK_ACTION_N) {
		h->sent = s->no;
		return 0;
	}
	char *text = order_text(e, s);
	int r = chan_send(e->c->peer[ROLE_HOOK], M_HOOK, &m, text, strlen(text), -1);
	free(text);
	if (r < 0) {
		h->starved = true;
		return 1;
	}
	h->sent = s->no;
	return 0;
}

void
hooked_pump(struct edge *e)
{
	struct hooked *h = e->hooked;
	while (e->c->peer[ROLE_HOOK] && !h->starved && h->sent < h->last && word_may(e)) {
		uint64_t before = h->sent;
		int r = store_each_out(e->store, STORE_TO_HOOK, h->sent + 1, ROWS, tell, e);
		if (r < 0)
			log_warn("the outbox cannot be read: %s", strerror(-r));
		if (r < 0 || h->sent == before)
			return;
	}
}

void
hooked_done(struct edge *e, const struct msg_hook_done *m)
{
	struct hooked *h = e->hooked;
	if (m->no <= h->done || m->no > h->sent) {
		e->broken++;
		return;
	}
	h->failed += m->status != 0;
	h->done = m->no; /* one at a time, in order */
	loop_timer_in(e->tidy, HOOKED_TIDY);
}

uint64_t
hooked_answered(const struct edge *e)
{
	const struct hooked *h = e->hooked;
	return h->tidied < h->done ? h->done : 0;
}

void
hooked_tidied(struct edge *e, uint64_t no)
{
	e->hooked->tidied = no;
}

void
hooked_down(struct edge *e)
{
	e->hooked->sent = e->hooked->done; /* what is not answered is told again */
	e->hooked->starved = false;
}

void
hooked_room(struct edge *e)
{
	e->hooked->starved = false;
	hooked_pump(e);
}

void
hooked_totals(const struct edge *e, uint64_t *length, uint64_t *failed)
{
	*length = e->hooked->last - e->hooked->done;
	*failed = e->hooked->failed;
}

static int
see_row(const struct store_out *s, void *arg)
{
	struct hooked *h = arg;
	if (!h->last)
		h->sent = h->done = h->tidied = s->no - 1;
	h->last = s->no;
	set(h, s->order.no, s->action == HOOK_PUT);
	return 0;
}

void
hooked_start(struct edge *e)
{
	struct hooked *h = calloc(1, sizeof(*h));
	struct order o;
	uint64_t no = 0;
	if (!h)
		fatal_oom();
	e->hooked = h;
	tree_init(&h->told, cmp);
	if (!e->c->conf->hook[0])
		return;
	while (view_standing_next(e->judge, &no, &o))
		if (!o.would && !o.asked && !o.dropped && o.rung >= RUNG_TICKET)
			set(h, o.no, true);
	int r = store_each_out(e->store, STORE_TO_HOOK, 0, SIZE_MAX / 2, see_row, h);
	if (r < 0)
		fatal("cannot read the outbox: %s", strerror(-r));
}
