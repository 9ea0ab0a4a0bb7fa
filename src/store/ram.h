/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the back end in memory share: its rows, and how they are found and put (ram_rows.c). */
#ifndef STORE_RAM_H
#define STORE_RAM_H

#include "base/tree.h"
#include "store/back.h"

/* Tables, in the first byte of a key. Numbers in keys are big-endian, so they sort. */
#define T_FACT   'f' /* seq */
#define T_CASE   'c' /* case, seq */
#define T_CONF   'g' /* seq */
#define T_BODY   'b' /* seq */
#define T_SIG    's' /* seq */
#define T_SEEN   'r' /* owner, id */
#define T_STATE  't' /* kind, key */
#define T_ORDER  'o' /* no */
#define T_EVENT  'e' /* case, seq, i */
#define T_ASIDE  'a' /* no */
#define T_OUT    'q' /* to, no */
#define T_SHELF  'h' /* shelf, name */
#define T_NUMBER 'n' /* name */
#define T_WAS    'w' /* seq of the mark, kind, key; a byte: whether it was there; the blob */

#define KEY_MAX 96

struct row {
	struct tree_node node;
	uint8_t key[KEY_MAX];
	size_t key_len;
	uint8_t *val;
	size_t n;
};

struct undo;

struct ram {
	struct store s;
	struct tree rows;
	struct undo *undo;
	uint64_t seq, asides, outs; /* last used */
	uint64_t kept_seq, kept_asides; /* at begin */
	uint64_t mark, kept_mark;
	uint64_t event_seq;
	uint32_t event_i;
};

/* Heads of values; what follows them is the blob. */
struct fact_head {
	uint64_t case_no;
	msec at;
};

static inline struct ram *
ram_of(const struct store *s)
{
	return (struct ram *)s;
}

struct row ram_key(uint8_t table);
struct row ram_key1(uint8_t table, uint64_t a);
void ram_key_num(struct row *r, uint64_t v);
void ram_key_bytes(struct row *r, const void *p, size_t n);
uint64_t ram_num_at(const struct row *r, size_t at);
struct row *ram_get(const struct ram *m, const struct row *key);
void ram_put(struct ram *m, const struct row *key, const void *head, size_t head_n, const void *p, size_t n,
    bool gone);
/* malloc'ed: head and what follows it, and never NULL. */
uint8_t *ram_copy(const void *head, size_t head_n, const void *p, size_t n);
/* What was put since the last time: taken back, or forgotten. */
void ram_undo(struct ram *m, bool apply);
void ram_rows_init(struct ram *m);
/* The first row at or after key that shares key's first `same` bytes; NULL when there is none. */
struct row *ram_walk(struct ram *m, const struct row *key, size_t same);
struct row *ram_walk_next(struct ram *m, const struct row *at, size_t same);

extern const struct keep_ops ram_keep;
/* Before a row of state changes: as it was at the mark. */
void ram_was(struct ram *m, const struct row *key);

#endif
