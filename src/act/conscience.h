/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conscience: what no order may do, whoever gives it. One file of root's and one function, asked
 * by the judge's edge first, and again, last, by whatever acts (hand, later speak). It must not
 * trust the order it is asked about in anything.
 *
 * The file, one rule a line, '#' begins a comment:
 *	mode enforce            # the ceiling: observe or enforce
 *	never 192.0.2.53/32     # address, prefix: as target, around it, inside it, or as a filter's peer
 *	never example.net       # domain and all below it: for what speaks
 *	widest4 32              # shortest prefix length of a target; likewise widest6 56
 *	entries 100000          # orders in force at once
 *	longest 14 d            # longest life of one
 *	victims 16              # filters from all lines at a common victim, at once
 *	per-hour filter 1000    # new orders of a rung in any hour; likewise notify, quarantine ...
 * The file of prefixes protected by command has `never` lines only.
 */
#ifndef ACT_CONSCIENCE_H
#define ACT_CONSCIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model/desk.h"
#include "model/order.h"
#include "model/policy.h"

/* The rule that refuses an order, in the order they are asked. Indexes msg_hand_state.refused. */
enum act_rule {
	RULE_NONE,       /* nothing against it */
	RULE_MODE,       /* observe, or panic */
	RULE_MALFORMED,  /* no target, a rung or class there is none of, a time that is none */
	RULE_NOT_OURS,   /* the target is not (all) own address space */
	RULE_NEVER,      /* never-touch: as target or as peer */
	RULE_WIDTH,      /* wider than allowed; 0/0 always */
	RULE_KIND,       /* quarantine of a critical line or one with an own desk */
	RULE_REACH,      /* quarantine without always-reach */
	RULE_SCOPE,      /* a filter without protocol and port, or with a peer of another family */
	RULE_LONGEST,    /* lives longer than allowed */
	RULE_ENTRIES,    /* as many as may be are in force */
	RULE_HOUR,       /* as many as may be were given in this hour */
	RULE_CARRIER,    /* nothing here can carry it */
	RULE_CLOCK,      /* the clock jumped: new orders wait for a person */
	RULE_VICTIM,     /* a filter from all lines at what is no narrow foreign victim */
	RULE_N,
};
/* "never-touch" ...: one or two words; and a sentence that says what to do. */
const char *act_rule_name(enum act_rule r);
const char *act_rule_text(enum act_rule r);

struct conscience;

struct conscience *conscience_new(void); /* refuses everything: mode ceiling observe */
void conscience_free(struct conscience *c);
/* Reads rules out of fd, from its start, at most 4 MiB. protect_only: `never` lines only. name stands
 * for it in messages. The file must be root's and writable by root alone (-EPERM). Rules add to those
 * there. 0 or negative errno with "name:line: rule" in why; c is then as before. */
int conscience_read(struct conscience *c, int fd, bool protect_only, const char *name, char *why,
    size_t size);
/* The same from memory, without the question whose it is. */
int conscience_parse(struct conscience *c, const char *text, size_t n, bool protect_only,
    const char *name, char *why, size_t size);
enum mode conscience_ceiling(const struct conscience *c);
/* Most orders of this rung in an hour; most at once. */
uint64_t conscience_per_hour(const struct conscience *c, enum rung r);
uint64_t conscience_entries(const struct conscience *c);
/* Never-touch prefixes, in order: *it starts at NULL. NULL at the end. */
const struct prefix *conscience_never(const struct conscience *c, const struct prefix *after);
bool conscience_domain(const struct conscience *c, const char *name); /* may not be touched */

/* Loosening takes two people, so what is looser is found here, limit by limit; more `never` is tighter,
 * and one that stands inside another of `then` is still there. Calls cb for each limit that differs, in
 * words ("entries 1000 -> 100000", "never 192.0.2.0/24 -> gone"), until it says false. */
typedef bool conscience_differ_cb(bool looser, const char *what, void *arg);
void conscience_differ(const struct conscience *now, const struct conscience *then,
    conscience_differ_cb *cb, void *arg);
/* Whether any limit of then is looser than now's; the first of them in what, else "". */
bool conscience_looser(const struct conscience *now, const struct conscience *then, char *what,
    size_t size);
/* Of each limit the tighter one, of `never` all. 0 or -ENOMEM. */
int conscience_tighten(struct conscience *c, const struct conscience *by);
/* As a file of rules, all limits said. */
void conscience_print(const struct conscience *c, FILE *f);

/* What the asker counts itself. */
struct act_now {
	bool may;              /* M_MODE says enforce */
	uint64_t entries;      /* in force now */
	uint64_t victims;      /* of them from all lines */
	uint64_t hour[RUNG_N]; /* given in the last hour */
};
/* RULE_NONE if o may be put, to live for `left` ms. Everything of o is distrusted. Whether anything can
 * carry it (RULE_CARRIER) and whether the clock is right (RULE_CLOCK) is for the asker to know. */
enum act_rule conscience_check(const struct conscience *c, const struct policy *p,
    const struct act_now *n, const struct order *o, msec left);

#endif
