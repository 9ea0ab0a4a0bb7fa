/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outward side of the judge's edge, see edge.h: orders to the hand, the feed of the hook, and the
 * operator's word as the warden sends it.
 */
#ifndef LYMPHD_EDGE_OUT_H
#define LYMPHD_EDGE_OUT_H

#include "act/conscience.h"
#include "lymphd/msg.h"

struct edge;

/* Orders: from here to the hand, after the commit, as credit allows; what became of each is kept in
 * memory, for a list of all that stand is given anew whenever hand comes back. */
enum carry {
	CARRY_NONE,    /* not for the hand, or not standing */
	CARRY_TODO,    /* about to be handed over */
	CARRY_WAITING, /* no room now, or the clock jumped: see rule */
	CARRY_SENT,
	CARRY_IN,      /* read back from the kernel */
	CARRY_REFUSED, /* see rule */
	CARRY_HELD,    /* a person flushed its set */
	CARRY_FAILED,  /* see err */
	CARRY_ENDED,   /* out of the kernel before the judge's clock says so */
	CARRY_N,
};
struct carry_state {
	enum carry state;
	enum act_rule rule;
	int err;
	bool counted;  /* the next two are known */
	uint64_t packets, bytes;
};
#define ORDERS_BUCKETS 14
struct orders_totals {
	uint64_t by[CARRY_N];
	uint64_t waiting_by[RULE_N], refused_by[RULE_N];
	struct msg_hand_state hand; /* its last word; all zero while it is away */
	msec heard;                 /* clock_mono() of it; 0: never */
	bool listed;                /* hand has had the list of all */
	uint64_t stray, broken;     /* answers nobody waits for; messages no honest hand sends */
	/* From commit to read back, microseconds: how many took at most bucket_top. */
	uint64_t bucket[ORDERS_BUCKETS], measured, micro_sum;
};
extern const uint32_t orders_bucket_top[ORDERS_BUCKETS]; /* microseconds; the last: no end */
void orders_start(struct edge *e);
/* What a fact did to an order, inside the transaction; ran_out: it is past its expiry. */
void orders_stage(struct edge *e, const struct order *o, bool ran_out);
void orders_committed(struct edge *e);
void orders_aborted(struct edge *e);
/* Hands over what waits. */
void orders_pump(struct edge *e);
void orders_up(struct edge *e);
void orders_down(struct edge *e);
void orders_room(struct edge *e);
/* The warden's word changed. list: all has to be given anew, once hand has heard it, too. */
void orders_word(struct edge *e, bool list);
void orders_done(struct edge *e, const struct msg_order_done *m);
void orders_strange(struct edge *e, const struct msg_strange *m);
void orders_hits(struct edge *e, const struct msg_hits *m);
void orders_hand(struct edge *e, const struct msg_hand_state *m);
void orders_state(const struct edge *e, uint64_t no, struct carry_state *ret);
void orders_totals(const struct edge *e, struct orders_totals *ret);
/* So many percent of the newest orders took at most that, microseconds. */
uint32_t orders_took(const struct edge *e, unsigned percent);
/* What the conscience would say of an order put now, whatever the mode. */
enum act_rule orders_ask(struct edge *e, const struct order *o);

/* The hook: told of orders from the ticket up, in order and at least once, in enforce. */
void hooked_start(struct edge *e);
/* Inside the transaction, like orders_stage. 0 or negative errno. */
int hooked_keep(struct edge *e, const struct order *o, bool ran_out);
void hooked_committed(struct edge *e);
void hooked_aborted(struct edge *e);
void hooked_pump(struct edge *e);
void hooked_down(struct edge *e);
void hooked_room(struct edge *e);
void hooked_done(struct edge *e, const struct msg_hook_done *m);
/* Rows in the outbox; runs that failed. */
void hooked_totals(const struct edge *e, uint64_t *length, uint64_t *failed);
#define HOOKED_TIDY MSEC_SECOND /* between two removals of what is answered */
/* Newest row that is answered and not yet taken out; 0: none. It is taken out; all are. */
uint64_t hooked_answered(const struct edge *e);
void hooked_tidied(struct edge *e, uint64_t no);
void hooked_forget(struct edge *e);

/* edge_door.c: an order changed, or the word on what may be enforced; bouncers are told within a second. */
void door_orders(struct edge *e);

/* edge_outbox.c: takes rows out. Leaving enforce: what was not told is not told; what was told is taken
 * back. */
void outbox_start(struct edge *e);
int outbox_leave(struct edge *e);

/* The operator's word, from the warden. */
void word_start(struct edge *e);
void word_mode(struct edge *e, const struct msg_mode *m);
void word_conscience(struct edge *e, const struct msg_conscience *m, int fd); /* takes fd */
bool word_may(const struct edge *e);  /* enforce, now */
bool word_paused(struct edge *e);     /* the clock jumped: no new orders until a person looked */
const struct conscience *word_conscience_now(const struct edge *e); /* NULL: none yet */
const struct msg_mode *word_mode_now(const struct edge *e);         /* no 0: none yet */
/* edge_audit.c: how far the warden's audit is; staff did something, and it is committed. */
void word_audited(struct edge *e, const struct msg_audited *m);
void word_audit(struct edge *e, uint32_t roles);

/* metrics_text.c: hear-metrics is there: the text is pushed to it from now on. */
void metrics_up(struct edge *e);

#endif
