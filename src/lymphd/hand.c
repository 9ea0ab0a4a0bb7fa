/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hand: carries orders out. It listens to the warden (conscience, mode) and to the judge, whom it
 * distrusts in every field: what may stand in the kernel is the conscience's to say (act/ledger.c),
 * what an order lasts is the clock's that no one sets. Must never put anything without the mode and
 * both conscience files, nor read the wall clock, nor touch a table, a chain or a rule.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/ledger.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/role.h"

#define CAP_NET_ADMIN_BIT 12
#define WINDOW      8192              /* orders taken from the judge at a time */
#define TOGETHER    4096              /* carried out together at most ... */
#define PATIENCE    20                /* ... or what came within so many ms */
#define STATE_EVERY (3 * MSEC_SECOND) /* between two reports of how it stands */
#define STATE_SOON  200               /* ... after a change */
#define RARELY      10                /* a comparison takes a tenth of the time at most */
#define QUEUE_TOP   (16u << 20)       /* bytes the judge lets lie: nothing that is said again anyway */

struct hand {
	struct role_ctx *c;
	struct act *act;
	struct ledger *ledger;
	struct conscience *next; /* the first file of a pair is read; NULL: was not, or could not be */
	struct msg_mode mode;
	bool told;             /* there was an M_MODE */
	struct loop_event *turn, *compare, *state;
	bool turning, soon, more;
	msec turn_began;
	uint32_t taken, taken_bytes; /* credit to give back when this turn is carried out */
	uint32_t held;         /* as last logged */
	bool table;
	msec compare_from;     /* when the comparison began that runs, or ran last */
	msec compared;         /* clock_mono(); 0: not yet */
	struct msg_hits hits;
	struct log_limit refused, failed;
};

static void
turn_soon(struct hand *h)
{
	if (!h->turning) {
		loop_timer_in(h->turn, 0);
		h->turn_began = clock_mono();
	}
	h->turning = h->more = true;
}

static void
state_soon(struct hand *h)
{
	if (!h->soon)
		loop_timer_in(h->state, STATE_SOON);
	h->soon = true;
}

/* What is heard of orders */

static void
answer(struct hand *h, uint64_t order, enum done done, enum act_rule rule, int err)
{
	struct msg_order_done m = { .order = order, .done = done, .rule = rule, .err = err };
	if (h->c->peer[ROLE_JUDGE])
		chan_send(h->c->peer[ROLE_JUDGE], M_ORDER_DONE, &m, NULL, 0, -1);
	state_soon(h);
}

static msec
on_now(void *arg)
{
	(void)arg;
	return clock_boot();
}

static void
on_in(uint64_t order, void *arg)
{
	answer(arg, order, DONE_IN, RULE_NONE, 0);
}

static void
on_gone(uint64_t order, void *arg)
{
	answer(arg, order, DONE_GONE, RULE_NONE, 0);
}

static void
on_refused(uint64_t order, enum act_rule rule, void *arg)
{
	struct hand *h = arg;
	unsigned held;
	answer(h, order, DONE_REFUSED, rule, 0);
	if (log_may(&h->refused, &held))
		log_warn("order %llu refused: %s (%u more not told)", (unsigned long long)order,
		    act_rule_name(rule), held);
}

static void
on_held(uint64_t order, void *arg)
{
	answer(arg, order, DONE_HELD, RULE_NONE, 0);
}

static void
on_failed(uint64_t order, int err, void *arg)
{
	struct hand *h = arg;
	unsigned held;
	answer(h, order, DONE_FAILED, RULE_NONE, err);
	if (log_may(&h->failed, &held))
		log_warn("order %llu failed: %s (%u more not told)", (unsigned long long)order,
		    strerror(-err), held);
}

static void
on_strange(uint64_t order, void *arg)
{
	struct hand *h = arg;
	struct msg_strange m = { .order = order };
	struct chan *judge = h->c->peer[ROLE_JUDGE];
	if (judge && chan_queued(judge) < QUEUE_TOP)
		chan_send(judge, M_STRANGE, &m, NULL, 0, -1);
}

static void
hits_send(struct hand *h)
{
	struct chan *judge = h->c->peer[ROLE_JUDGE];
	if (h->hits.n && judge && chan_queued(judge) < QUEUE_TOP)
		chan_send(judge, M_HITS, &h->hits, NULL, 0, -1);
	h->hits.n = 0;
}

static void
on_hit(uint64_t order, uint64_t packets, uint64_t bytes, void *arg)
{
	struct hand *h = arg;
	h->hits.hit[h->hits.n].order = order;
	h->hits.hit[h->hits.n].packets = packets;
	h->hits.hit[h->hits.n].bytes = bytes;
	if (++h->hits.n == HITS_EACH)
		hits_send(h);
	turn_soon(h);
}

/* How it stands */

static void
say_held(struct hand *h, const struct ledger_state *s)
{
	uint32_t fresh = s->held & ~h->held;
	if (h->mode.may != 1) /* in observe no table is needed */
		return;
	if (s->compared && !s->table && h->table)
		log_warn("the table is gone: nothing is enforced, and nothing is repaired until "
			 "`lymph resume --reason`");
	else
		for (unsigned i = 0; s->table && i < SET_N; i++)
			if (fresh >> i & 1)
				log_warn("set %s was emptied by somebody: held as it is until `lymph "
					 "resume --reason`",
				    act_set_name((enum act_set)i));
	h->held = s->held;
	h->table = s->table;
}

static void
state_send(struct hand *h)
{
	struct msg_hand_state m = { .mode_no = (uint32_t)h->mode.no };
	struct ledger_state s;
	ledger_state(h->ledger, clock_boot(), &s);
	say_held(h, &s);
	m.desired = s.desired;
	m.actual = s.actual;
	m.missing = s.missing;
	m.extra = s.extra;
	m.repaired = s.repaired;
	m.reasserted = s.reasserted;
	m.held = s.held;
	m.table = s.table;
	m.compared = s.compared ? h->compared : 0;
	memcpy(m.refused, s.refused, sizeof s.refused);
	memcpy(m.hour, s.hour, sizeof m.hour);
	chan_send(h->c->warden, M_HAND_STATE, &m, NULL, 0, -1);
	struct chan *judge = h->c->peer[ROLE_JUDGE];
	if (judge && chan_queued(judge) < QUEUE_TOP)
		chan_send(judge, M_HAND_STATE, &m, NULL, 0, -1);
}
_Static_assert(sizeof((struct msg_hand_state *)0)->refused / sizeof(uint64_t) >= RULE_N,
    "every rule has its counter");

/* Often enough that an entry is met between half a lease and a quarter. */
static msec
between(const struct conf *c)
{
	return c->reconcile < c->lease / 4 ? c->reconcile : c->lease / 4;
}

/* A list of very many takes long: then rarely enough that it is not all the hand does. */
static void
on_compared(void *arg)
{
	struct hand *h = arg;
	h->compared = clock_mono();
	msec pause = RARELY * (h->compared - h->compare_from);
	pause = pause < h->c->conf->lease / 4 ? pause : h->c->conf->lease / 4;
	if (pause > between(h->c->conf))
		loop_timer_in(h->compare, pause);
	state_send(h);
}

static const struct ledger_cb callbacks = {
	.now = on_now,
	.in = on_in,
	.gone = on_gone,
	.refused = on_refused,
	.held = on_held,
	.failed = on_failed,
	.strange = on_strange,
	.hit = on_hit,
	.compared = on_compared,
};

/* Turns */

/* What comes without a pause is carried out together, for a transaction costs more than an order. One
 * alone waits for one empty turn of the loop. Credit goes back only then, so that a judge in a hurry
 * is never further ahead than a window. */
static void
on_turn(int fd, int ready, void *arg)
{
	struct hand *h = arg;
	(void)fd;
	(void)ready;
	if (h->more && h->taken < TOGETHER && clock_mono() - h->turn_began < PATIENCE) {
		h->more = false;
		loop_timer_in(h->turn, 0);
		return;
	}
	h->turning = h->more = false;
	ledger_commit(h->ledger, clock_boot());
	if (h->taken && h->c->peer[ROLE_JUDGE])
		chan_grant(h->c->peer[ROLE_JUDGE], h->taken, h->taken_bytes);
	h->taken = h->taken_bytes = 0;
	hits_send(h);
}

static void
on_state(int fd, int ready, void *arg)
{
	struct hand *h = arg;
	(void)fd;
	(void)ready;
	h->soon = false;
	ledger_commit(h->ledger, clock_boot()); /* what ran out meanwhile */
	state_send(h);
	loop_timer_in(h->state, STATE_EVERY);
}

static void
on_compare(int fd, int ready, void *arg)
{
	struct hand *h = arg;
	(void)fd;
	(void)ready;
	int rc = ledger_compare(h->ledger, clock_boot());
	h->compare_from = rc ? h->compare_from : clock_mono();
	if (rc && rc != -EBUSY)
		log_warn("cannot read back what is in force: %s", strerror(-rc));
	loop_timer_in(h->compare, between(h->c->conf));
}

/* The warden */

/* Both files anew each time; what is wrong with one leaves what was in force. */
static void
take_conscience(struct hand *h, struct chan_msg *m)
{
	const struct msg_conscience *mc = m->body;
	bool protect = mc->file == CONSCIENCE_PROTECT;
	char why[512];
	if (!protect) {
		conscience_free(h->next);
		h->next = conscience_new();
		if (!h->next)
			fatal_oom();
	}
	if (!h->next || mc->file > CONSCIENCE_PROTECT)
		return;
	int rc = conscience_read(h->next, m->fd, protect, protect ? "protected" : h->c->conf->conscience,
	    why, sizeof why);
	if (rc) {
		log_warn("conscience: %s; as before", why);
		conscience_free(h->next);
		h->next = NULL;
	} else if (protect) {
		ledger_conscience(h->ledger, h->next, clock_boot());
		h->next = NULL;
		state_soon(h);
	}
}

static void
take_mode(struct hand *h, const struct msg_mode *m)
{
	struct msg_flushed done = { .no = m->no };
	bool release = h->told && m->release != h->mode.release;
	done.err = ledger_mode(h->ledger, m->may == 1, m->restore, clock_boot());
	if (release)
		ledger_release(h->ledger, clock_boot());
	h->mode = *m;
	h->told = true;
	if (done.err)
		log_warn("cannot empty the sets: %s", strerror(-done.err));
	chan_send(h->c->warden, M_FLUSHED, &done, NULL, 0, -1);
	state_send(h);
	loop_timer_in(h->compare, 0);
}

/* The judge */

/* The black box knows an order by what it asks for: sent again it is the same. */
static void
order_digest(const struct order *o, uint8_t ret[32])
{
	memset(ret, 0, 32);
	memcpy(ret, &o->no, 8);
	memcpy(ret + 8, o->target.a.b, 16);
	ret[24] = o->target.len;
	ret[25] = o->target.a.fam;
	ret[26] = (uint8_t)o->rung;
	ret[27] = o->proto;
	ret[28] = (uint8_t)o->port;
	ret[29] = (uint8_t)(o->port >> 8);
}

static void
take_order(struct hand *h, const struct msg_order *m)
{
	uint8_t digest[32];
	order_digest(&m->order, digest);
	if (m->drop) {
		ledger_drop(h->ledger, m->order.no, clock_boot());
	} else if (blackbox_refuses(digest)) {
		answer(h, m->order.no, DONE_REFUSED, RULE_MALFORMED, 0);
	} else {
		blackbox_note(digest);
		ledger_put(h->ledger, &m->order, m->left, clock_boot());
		blackbox_clear();
	}
	h->taken++;
	h->taken_bytes += (uint32_t)sizeof *m;
	turn_soon(h);
}

static void
take_sync(struct hand *h, const struct msg_sync *m)
{
	ledger_sync(h->ledger, m->end != 0, clock_boot());
	h->taken++;
	h->taken_bytes += (uint32_t)sizeof *m;
	turn_soon(h);
}

static void
hand_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct hand *h = c->state;
	if (from == ROLE_WARDEN && m->type == M_CONSCIENCE)
		take_conscience(h, m);
	else if (from == ROLE_WARDEN && m->type == M_MODE)
		take_mode(h, m->body);
	else if (from == ROLE_JUDGE && m->type == M_ORDER)
		take_order(h, m->body);
	else if (from == ROLE_JUDGE && m->type == M_SYNC)
		take_sync(h, m->body);
	if (m->fd >= 0)
		close(m->fd);
}

static void
hand_peer_up(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_JUDGE) {
		chan_grant(c->peer[id], WINDOW, WINDOW * (uint32_t)sizeof(struct msg_order));
		state_soon(c->state);
	}
}

/* Without a judge what is in force stays, and is re-asserted to its end. */
static void
hand_peer_down(struct role_ctx *c, enum role_id id)
{
	struct hand *h = c->state;
	if (id == ROLE_JUDGE)
		h->taken = h->taken_bytes = h->hits.n = 0;
}

static void
hand_init(struct role_ctx *c)
{
	const struct policy *p = c->conf->policy;
	struct hand *h = calloc(1, sizeof *h);
	if (!h)
		fatal_oom();
	h->c = c;
	h->table = true; /* so that the first time without one is told */
	h->act = p->enforcer == ENFORCER_NFT ? act_nft_new(c->loop) : act_dry_new(c->loop);
	if (!h->act)
		fatal("actuator %s: %s", enforcer_name((enum enforcer)p->enforcer), strerror(errno));
	h->ledger = ledger_new(h->act, p, c->conf->lease, &callbacks, h);
	c->state = h;
}

static bool
hand_wanted(const struct conf *c)
{
	return c->policy->enforcer != ENFORCER_NONE;
}

static void
hand_start(struct role_ctx *c)
{
	struct hand *h = c->state;
	h->turn = loop_timer(c->loop, on_turn, h);
	h->state = loop_timer(c->loop, on_state, h);
	h->compare = loop_timer(c->loop, on_compare, h); /* begins with the first mode */
	loop_timer_in(h->state, STATE_EVERY);
}

const struct role role_hand = {
	.id = ROLE_HAND,
	.name = "hand",
	.promises = BOX_CHAN,
	.keep_caps = UINT64_C(1) << CAP_NET_ADMIN_BIT,
	.netlink = true,
	.rlimit_as = UINT64_C(2) << 30,
	.peers = 1u << ROLE_JUDGE,
	.wanted = hand_wanted,
	.init = hand_init,
	.start = hand_start,
	.message = hand_message,
	.peer_up = hand_peer_up,
	.peer_down = hand_peer_down,
};
