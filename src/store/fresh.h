/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newest entries of `seen`, in memory, until there are enough to be worth writing in order: report
 * ids are random, so each one written alone touches a page of its own. Nothing depends on this set
 * after a crash: the facts it came from are in the journal, and it is made again from them.
 */
#ifndef STORE_FRESH_H
#define STORE_FRESH_H

#include <stddef.h>
#include <stdint.h>

#include "base/tree.h"

struct fresh_entry {
	struct tree_node node;
	uint8_t id[16];
	uint64_t head, seq;
};

struct fresh {
	struct tree tree;
	struct fresh_entry **v; /* in order of arrival */
	size_t n, room, kept;   /* kept: entries whose transaction was committed */
};

void fresh_init(struct fresh *f);
/* 0 or -ENOMEM. */
int fresh_add(struct fresh *f, const uint8_t id[16], uint64_t head, uint64_t seq);
/* That one is not seen any more, committed or not. */
void fresh_drop(struct fresh *f, const uint8_t id[16], uint64_t seq);
/* All so far are committed; or: those since the last fresh_keep never happened. */
void fresh_keep(struct fresh *f);
void fresh_undo(struct fresh *f);
/* Everything was written elsewhere, or the end. */
void fresh_clear(struct fresh *f);
/* Entries in order of id, head, seq: the first at or after the given one (seq 0: any), the next. */
struct fresh_entry *fresh_from(const struct fresh *f, const uint8_t id[16], uint64_t head);
struct fresh_entry *fresh_next(const struct fresh *f, const struct fresh_entry *e);

#endif
