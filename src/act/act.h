/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Actuators: what can carry an order out. Each holds entries that end by themselves; put and drop are
 * queued and carried out by commit, and what counts is what list reads back. An actuator knows no
 * conscience and no case: who calls it has asked both.
 */
#ifndef ACT_ACT_H
#define ACT_ACT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/msec.h"
#include "model/order.h"
#include "model/policy.h"

/* The sets of entries, one each, IPv4 then IPv6. */
enum act_set {
	SET_IN4, SET_IN6,       /* filter towards: target . protocol . port on the target */
	SET_OUT4, SET_OUT6,     /* filter from: target . protocol . port on the other side */
	SET_QUAR4, SET_QUAR6,   /* quarantine of single addresses */
	SET_WIDE4, SET_WIDE6,   /* quarantine of prefixes; the small interval sets */
	SET_VICTIM4, SET_VICTIM6, /* filter from all lines: the victim . protocol . its port or all */
	SET_N,
};
const char *act_set_name(enum act_set s); /* "in4": its name in the ruleset, too */

/* One order as an actuator holds it. Two entries with one (set, target, proto, port) are one place:
 * the later put takes it. */
struct act_entry {
	uint64_t order;
	uint8_t set;            /* enum act_set */
	uint8_t rung;
	uint8_t proto;
	uint16_t port;
	struct prefix target;   /* SET_VICTIM: the victim */
	msec put, end;          /* clock_boot(): when first put, when it has to be gone */
};

/* The place and times of an order; false: no actuator of this kind can carry it (a filter without
 * port, with a peer, of a prefix; another rung). put and end stay zero. */
bool act_entry_of(const struct order *o, struct act_entry *ret);
/* The other way: what an entry stands for, as far as a conscience has to know; its class is not kept. */
void act_order_of(const struct act_entry *e, struct order *ret);
/* Entries of s are filters; else quarantines. */
bool act_set_filters(enum act_set s);
int act_entry_cmp(const struct act_entry *a, const struct act_entry *b); /* by place */
/* Who carries it: "nft", "dry", "hook" (told, nothing enforced), "desk" (tickets: the list of cases
 * is it), or NULL: cannot enforce. Both sides of `lymph plan` go by this. */
const char *act_carrier(const struct policy *p, const struct order *o);

struct act;

/* What list found. */
struct act_seen {
	struct act_entry e;     /* order, put, end as written beside the entry; 0 if not ours */
	msec left;              /* until the actuator lets it go by itself; MSEC_NEVER: never */
};
struct act_listed {
	int err;                /* 0, -ENOENT: no table; else the list is not whole */
	uint64_t n;
	bool kept[SET_N];       /* the set's sentinel is there: nobody flushed it */
};
typedef void act_seen_cb(const struct act_seen *s, void *arg);
typedef void act_listed_cb(const struct act_listed *l, void *arg);
/* Of a place since the actuator began to count there: whoever asks knows since when an order has it. */
typedef void act_hit_cb(const struct act_entry *place, uint64_t packets, uint64_t bytes, void *arg);
/* What commit says of each queued change, in order: 0, or what the actuator refused it with. */
typedef void act_done_cb(const struct act_entry *e, bool drop, int err, void *arg);

struct act_ops {
	const char *name;
	/* Queue: e for at most `lease` ms from now (never beyond e->end). replace: it is known to be
	 * there and is deleted first, in the same transaction, for some kernels keep the old time. */
	void (*put)(struct act *a, const struct act_entry *e, msec lease, bool replace);
	void (*drop)(struct act *a, const struct act_entry *e);
	/* Carries the queue out in transactions of at most 4 MiB; a transaction that fails is split
	 * until the culprits stand alone; a drop of what is not there is no error. Reads back up to
	 * ACT_READ_BACK changes one by one. 0, -ENOENT: the table is gone (all failed), or other. */
	int (*commit)(struct act *a, act_done_cb *done, void *arg);
	/* Reads all back, piece by piece from the loop; one list at a time (-EBUSY). Each entry is told
	 * once. listed.err -EINTR: it changed too often meanwhile. The kernel's work grows with the
	 * square of the entries: 0.3 s at 50,000, minutes at a million. */
	int (*list)(struct act *a, act_seen_cb *seen, act_listed_cb *end, void *arg);
	int (*hits)(struct act *a, act_hit_cb *hit, act_listed_cb *end, void *arg);
	/* Marks all sets as kept (the sentinels), or not. */
	int (*keep)(struct act *a, bool on);
	/* Empties all sets, sentinels too, in one transaction; what was counted stays. 0, -ENOENT:
	 * nothing there: as good. */
	int (*flush)(struct act *a);
	void (*free)(struct act *a);
};
#define ACT_READ_BACK 64
struct act {
	const struct act_ops *ops;
};

struct loop;
/* NULL and errno on failure. nft: opens its sockets: before the box. loop may be NULL: then list and
 * hits run to their end inside the call. */
struct act *act_nft_new(struct loop *l);
struct act *act_dry_new(struct loop *l);

#define ACT_TABLE "lymph"
/* The whole ruleset as text for nft, numbers and fixed words only: the table with its sets empty (flags
 * timeout, no default timeout), the chain at forward, always-reach. What was there is replaced. */
void act_ruleset_print(const struct policy *p, FILE *f);

#endif
