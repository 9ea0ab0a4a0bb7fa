/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge's parts to each other. One file per block below; none is for use outside this folder.
 */
#ifndef JUDGE_PARTS_H
#define JUDGE_PARTS_H

#include "judge/state.h"

/* objects.c: memory, kept objects, effects. */
void *judge_alloc(struct judge *j, size_t n);
char *judge_text(struct judge *j, const char *s);
struct obj *obj_find(const struct judge *j, int kind, const void *key, size_t n);
void obj_add(struct judge *j, struct obj *o, int kind, const void *key, size_t n);
void obj_touch(struct judge *j, struct obj *o);
void obj_drop(struct judge *j, struct obj *o); /* freed by the next judge_dirty() */
void obj_free(struct obj *o);
void key_of_no(uint64_t no, uint8_t key[8]);
struct kase *case_by_no(const struct judge *j, uint64_t no);
void tell(struct judge *j, enum event_kind kind, uint64_t case_no, uint64_t a, uint32_t b, q32 q);
struct effect *effect_add(struct judge *j, enum effect_kind kind);

/* index.c: orders of the indexes. */
void index_init(struct judge *j);
struct kase *index_case(const struct judge *j, const struct case_key *key);

/* codec.c: kept objects as bytes. */
#define BLOB_MOST (64 * 1024)
size_t codec_encode(const struct judge *j, const struct obj *o, void *buf, size_t n);
int codec_decode(struct judge *j, int kind, const uint8_t *key, size_t key_len, const void *blob,
    size_t n);

/* rank.c: who is to be believed. */
struct reporter *rank_reporter(struct judge *j, const struct key *key, msec now); /* makes one */
void rank_seen(struct judge *j, struct reporter *r, const struct report *p, msec now);
void rank_set(struct judge *j, const struct reporter_set *s, msec now);
void rank_resolve(const struct judge *j, const struct kase *c);
void rank_stale(struct judge *j, struct reporter *r);
void rank_named(struct judge *j, struct reporter *r); /* into the index of names */
struct beta rank_beta(const struct judge *j, const struct reporter *r, enum family f, msec now);
void rank_start(const struct judge *j, const struct reporter *r, q32 *a, q32 *b);
q32 rank_trust_all(const struct judge *j, const struct reporter *r, msec now);
q32 rank_trust(const struct judge *j, const struct reporter *r, enum family f, msec now);
bool rank_pooled(const struct judge *j, const struct reporter *r, enum family f, msec now);
void rank_add(struct judge *j, struct reporter *r, enum family f, q32 a, q32 b, msec now);
void rank_canary(struct judge *j, const struct canary_hit *h, msec now);

/* outcome.c: what a check teaches. */
void outcome_true(struct judge *j, struct kase *c, msec now);
/* The earliest event somebody would be wrong about; MSEC_NEVER: nobody. */
msec outcome_suspect(const struct judge *j, const struct kase *c, const struct slot *s, msec now);
void outcome_false(struct judge *j, struct kase *c, const struct slot *s, msec now);
/* Own flows covered a canary from `from` on and saw nothing of an exchange. */
void outcome_canary(struct judge *j, struct kase *c, const struct addr *a, uint16_t port, msec from,
    msec now);
void outcome_verdict(struct judge *j, struct kase *c, msec now); /* the desk says: false */
void outcome_take_back(struct judge *j, struct kase *c, msec now); /* it does not say so any more */

/* weigh.c: the score. */
struct weight {
	const struct claim *claim; /* NULL: the own probe */
	q32 t, e, d, w; /* d: see weigh_decay */
	bool pooled, weak;
	uint32_t group; /* index of the group's first member */
};
struct tally {
	q32 score, pool, pool_raw, weak, weak_raw;
	uint32_t pool_keys, pool_reports, groups, n;
	uint32_t networks;    /* groups with a proven network operator among them */
	uint32_t proven;      /* groups out of the pool, own sensors apart, with more than one-way evidence */
	uint32_t solid;       /* groups, own sensors too, with more than one-way evidence */
	const struct claim *lead; /* strongest that is not our own; whose cap an order uses */
	bool on_sight;
	struct weight v[CLAIMS + 1];
};
q32 weigh_claim(const struct judge *j, const struct kase *c, const struct claim *a, msec now);
/* weigh: what decisions need; weigh_full: every pool member too. The same score. */
void weigh(const struct judge *j, const struct kase *c, msec now, struct tally *ret);
void weigh_full(const struct judge *j, const struct kase *c, msec now, struct tally *ret);
q32 weigh_score(const struct judge *j, const struct kase *c, msec now);
q32 weigh_decay(const struct kase *c, const struct claim *a, msec now);
bool claims_linked(const struct claim *a, const struct claim *b);
/* When the score falls below `limit` by decay alone, at most `most` from now; to the minute. */
msec weigh_until(const struct judge *j, const struct kase *c, msec now, q32 limit, msec most);

/* claims.c: what is said in a case. home: the case it was said about, when merged; else 0. */
struct claim *claim_join(struct judge *j, struct kase *c, const struct report *p,
    struct reporter *who, uint64_t home, msec event, msec now); /* NULL: the case is full */
/* The claims of one key become those of another, without address and sender. True: there were some. */
bool claims_alias(struct kase *c, const struct key *key, const struct key *alias);
struct kase *merge_root(const struct judge *j, struct kase *c);
/* 0; -EALREADY (merged), -EXDEV (another class), -ELOOP (itself, or merged into it). */
int merge_refused(const struct judge *j, struct kase *c, struct kase *into);
struct kase *merge_claims(struct judge *j, struct kase *c, struct kase *into, msec now); /* root */
void unmerge_claims(struct judge *j, struct kase *c, msec now);

/* lines.c: whose address it was, and what own flows saw. */
bool line_of(const struct judge *j, const struct addr *a, msec when, char line[LINE_TEXT]);
void line_lease(struct judge *j, const struct lease_seen *l);
void line_answered(struct judge *j, const struct flow_seen *f, msec when);
bool line_answers(const struct judge *j, const struct addr *a, uint16_t port, msec when);
uint64_t line_id(const struct kase *c);

/* flows.c: what own flows are asked, and what follows from what they say. */
void flows_ask(struct judge *j, struct kase *c, const struct addr *a, uint16_t port, msec when);
void flows_seen(struct judge *j, const struct flow_seen *f, msec now);
bool flows_check(const struct judge *j, const struct kase *c); /* they can recheck it */
void flows_recheck(struct judge *j, struct kase *c, msec now);
bool flows_active(const struct kase *c, msec now);
/* Four looks said closed: nobody is wrong until flows that covered the line agree. */
void flows_confirm(struct judge *j, struct kase *c, struct slot *s, msec now);
void flows_timer(struct judge *j, struct kase *c, msec now);
msec flows_due(const struct kase *c);

/* turns.c: whose look is next. */
void turns_own(struct judge *j, struct slot *s, uint32_t as, const struct key *key);
void turns_begin(struct judge *j, struct slot *s); /* a new cycle: behind its owner's others */
void turns_index(struct judge *j, struct slot *s, bool in);
void turns_served(struct judge *j, struct slot *s); /* its look is done; before it goes out */
struct walk *turns_walk(struct judge *j); /* room for one */
void turns_free(struct judge *j);
#define NET_OF(a) ((a)->fam == 4 ? 24u : 48u)

/* deadline.c: where a case stands, when it is due. */
void case_state(struct judge *j, struct kase *c, enum case_state s);
void case_due(struct judge *j, struct kase *c); /* after any change of a deadline */
bool look_busy(const struct kase *c);

/* cases.c: life of a case. */
uint64_t case_report(struct judge *j, const struct report *p, msec now);
uint64_t case_look(struct judge *j, const struct look_result *r, msec now);
msec case_time(msec t, msec now); /* what others call a time, within reason */
void case_about(struct judge *j, struct kase *c, const struct addr *a);
void case_verified(struct judge *j, struct kase *c, enum method m, msec now);
void case_contested(struct judge *j, struct kase *c, const struct slot *s, const struct tally *t,
    msec now);
void case_unsure(struct judge *j, struct kase *c, msec now);
void case_probation(struct judge *j, struct kase *c, msec now);
/* NULL: there are as many as may be. */
struct kase *case_new(struct judge *j, const struct case_key *key, msec now);
void case_forget(struct judge *j, struct kase *c);
void case_close(struct judge *j, struct kase *c, enum close_as as, msec now);
void case_reopen(struct judge *j, struct kase *c, msec now);
bool case_recheck(struct judge *j, struct kase *c, msec now); /* false: nothing to look at */
/* What counts in it has changed: weighed anew, and looked at where the newest report points. */
void case_stir(struct judge *j, struct kase *c, bool force, msec now);
void case_timer(struct judge *j, struct kase *c, msec now);

/* looks.c: when to look. */
bool look_checkable(const struct kase *c); /* by class: can be verified */
/* By a probe of a, here. */
bool look_possible(const struct judge *j, const struct kase *c, const struct addr *a);
/* proven: who names the port is out of the pool. */
struct slot *look_slot(struct judge *j, struct kase *c, const struct addr *a, uint16_t port,
    bool proven);
/* Begins a cycle; not forced: joins one that runs or ended within look_fresh. True, of these two: the
 * cycle ended at once, without a look. */
bool look_begin(struct judge *j, struct kase *c, struct slot *s, bool force, q32 score, msec now);
enum look_end {
	LOOK_UNASKED, /* answered already, or of a case that is gone */
	LOOK_GOES_ON, /* another look of the cycle follows */
	LOOK_ENDED,   /* the cycle ended without finding it open */
	LOOK_OPEN,
};
enum look_end look_done(struct judge *j, const struct look_result *r, msec now, struct kase **of,
    struct slot **at);
bool look_retry(struct judge *j, struct kase *c, struct slot *s, msec now);
struct slot *look_proven(struct kase *c); /* the port a recheck looks at; NULL: none */
void look_rescore(struct judge *j, struct kase *c, q32 score);
void look_index(struct judge *j, struct slot *s, bool in);

#endif
