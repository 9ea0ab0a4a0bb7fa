/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forgetting, on top of store.h: records are shredded, orders and the stories of old cases thinned out, and
 * a mark says from where on the journal can be replayed. Both back ends keep it (store_test). All that
 * writes must be inside a transaction and does little at a time; whoever drives it comes again.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/store.h"

/* Facts that say nothing of anybody: these are kept as they are, all others sealed (shred.h). */
static inline bool
fact_open(enum fact_kind k)
{
	return k == FACT_CONF || k == FACT_TICK || k == FACT_MODE || k == FACT_PROTECT;
}

#define STORE_FACT 1
#define STORE_BODY 2
/* The record of fact seq: what of it is gone for good once this is committed (STORE_FACT, STORE_BODY, or
 * both). Its keys are destroyed even if the transaction is not committed, for a destroyed key cannot come
 * back: then say it again. The fact keeps its number, time, kind and case, and is in no walk any more; a
 * report shredded is unknown to store_find_report. Returns what of it was there until now, the same bits; or
 * negative errno. */
int store_shred(struct store *s, uint64_t seq, unsigned what);
/* Facts that have a body, in order from seq on and at most `most` of them looked at; ends at a fact stamped
 * `before` or later. *next: where to go on; 0: that was the end. Bytes NULL, n 0: the fact is shredded,
 * its body is not. */
int store_each_body(struct store *s, uint64_t from, msec before, size_t most, uint64_t *next,
    store_fact_cb *cb, void *arg);
/* The order with that number; -ENOENT. */
int store_order_get(struct store *s, uint64_t no, struct order *ret);
/* The next case after no that the store has events or facts of, and the times of its first and last event
 * (0: it has none); *ret 0: none. */
int store_case_after(struct store *s, uint64_t no, uint64_t *ret, msec *first, msec *last);
/* Its events, and which facts were its own. */
int store_case_drop(struct store *s, uint64_t no);
/* What is set aside since before that time keeps its number, role and digest, and loses its bytes. */
int store_aside_strip(struct store *s, msec before);
/* As store_shelve of bytes, but under a new key: what stood there until now cannot be read any more, in no copy
 * made earlier either, even if the transaction is not committed: then there is nothing (-ENOENT, -EBADMSG),
 * and it is to be said again. */
int store_shelve_anew(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n);
/* How many facts cannot be read any more, of all. */
int store_shredded(struct store *s, uint64_t *ret);

/* Numbers with a name, for whoever has to go on where it was. 0 when it was never set. */
int store_number(struct store *s, const char *name, uint64_t *ret);
int store_number_set(struct store *s, const char *name, uint64_t v);

/* The mark: the state as it is now, after fact seq, can be had later; there is one, a new one replaces it.
 * From then on what changes is kept as it was: nothing is copied. *seq 0: none was set. */
int store_mark_set(struct store *s, uint64_t seq);
int store_mark(struct store *s, uint64_t *seq);
/* Lets go of what earlier marks kept, at most `most` rows. 0: nothing is left; 1: come again. */
int store_mark_tidy(struct store *s, size_t most);
/* The state at the mark, as store_each_state. */
int store_each_marked(struct store *s, store_state_cb *cb, void *arg);

/* Outside a transaction: the write-ahead log into the database and cut to nothing, so that no overwritten
 * page stands in it. -EBUSY: somebody reads; come again. */
int store_fold(struct store *s);

#endif
