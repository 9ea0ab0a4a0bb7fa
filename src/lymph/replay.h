/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay: a new judge is fed every fact of the journal and must end with the orders and the state the
 * store holds, byte for byte. Where facts were shredded (store/keep.h) it begins at the mark behind them,
 * with the state as it was there, and says what is missing. It only reads the store.
 */
#ifndef LYMPH_REPLAY_H
#define LYMPH_REPLAY_H

#include "store/store.h"

struct replay {
	uint64_t facts, orders, objects; /* replayed */
	uint64_t mark;    /* begun behind this fact; 0: at the start */
	uint64_t missing; /* facts that were shredded */
	uint64_t old;     /* orders of before the mark: not compared */
	uint8_t hash[32];                /* of all orders, then all state, as replayed */
	bool identical;
	char first[160];                 /* the first difference, in words; ours only */
};

/* Called now and then with how far it is. */
typedef void replay_progress(uint64_t done, uint64_t of, void *arg);

/* 0, also when they differ: see identical. Negative errno with `first` saying why: the journal could
 * not be read. The store must hold a snapshot (store_begin) if others write. */
int replay_run(struct store *s, replay_progress *progress, void *arg, struct replay *ret);

#endif
