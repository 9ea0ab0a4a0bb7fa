/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a back end of the store fills in. dispatch.c checks what can be checked without knowing the back
 * end (encoding, being inside a transaction) and calls through this table; nothing outside
 * src/store includes this file.
 */
#ifndef STORE_BACK_H
#define STORE_BACK_H

#include "store/store.h"

/* Bodies longer than this are files of their own, in back ends that have files. */
#define STORE_INLINE 65536

struct store {
	const struct store_ops *ops;
	bool writing; /* between begin and commit or rollback */
};

/* A fact as the back end keeps it. report: NULL unless the fact is one. */
struct fact_row {
	msec at;
	enum fact_kind kind;
	const void *blob;
	size_t n;
	const struct report *report;
	const struct store_body *body; /* may be NULL */
};

/* Whose an id is, for find_report: the report's key; of an unsigned one its body hash. */
struct key store_owner(const struct report *p);

struct keep_ops { /* keep.h */
	int (*shred)(struct store *s, uint64_t seq, unsigned what);
	int (*each_body)(struct store *s, uint64_t from, msec before, size_t most, uint64_t *next,
	    store_fact_cb *cb, void *arg);
	int (*order_get)(struct store *s, uint64_t no, struct order *ret);
	int (*case_after)(struct store *s, uint64_t no, uint64_t *ret, msec *first, msec *last);
	int (*case_drop)(struct store *s, uint64_t no);
	int (*aside_strip)(struct store *s, msec before);
	int (*shelve_anew)(struct store *s, int shelf, const void *name, size_t name_n, const void *blob,
	    size_t n);
	int (*shredded)(struct store *s, uint64_t *ret);
	int (*number)(struct store *s, const char *name, uint64_t *ret);
	int (*number_set)(struct store *s, const char *name, uint64_t v);
	int (*mark_set)(struct store *s, uint64_t seq);
	int (*mark)(struct store *s, uint64_t *seq);
	int (*mark_tidy)(struct store *s, size_t most);
	int (*each_marked)(struct store *s, store_state_cb *cb, void *arg);
	int (*fold)(struct store *s);
};

struct store_ops {
	const struct keep_ops *keep;
	void (*close)(struct store *s);
	int64_t (*room)(const struct store *s);
	int (*begin)(struct store *s);
	int (*commit)(struct store *s);
	void (*rollback)(struct store *s);
	int (*fact)(struct store *s, const struct fact_row *row, uint64_t *seq);
	int (*fact_case)(struct store *s, uint64_t seq, uint64_t case_no);
	int (*state)(struct store *s, int kind, const uint8_t *key, size_t key_len, const void *blob,
	    size_t n);
	int (*order)(struct store *s, const struct order *o, const void *blob, size_t n);
	int (*out)(struct store *s, const struct store_out *o, const void *blob, size_t n, uint64_t *no);
	int (*out_done)(struct store *s, uint32_t to, uint64_t no);
	int (*event)(struct store *s, const struct store_event *e);
	int (*aside)(struct store *s, const struct store_aside *a);
	int (*shelve)(struct store *s, int shelf, const void *name, size_t name_n, const void *blob,
	    size_t n);
	int (*shelved)(struct store *s, int shelf, const void *name, size_t name_n, void **blob,
	    size_t *n);
	int (*shelve_from)(struct store *s, int shelf, const void *name, size_t name_n, size_t n,
	    store_read_cb *read, void *arg);
	int (*shelved_part)(struct store *s, int shelf, const void *name, size_t name_n, uint64_t at,
	    void *buf, size_t most, size_t *ret_n, size_t *size);
	int (*each_shelved)(struct store *s, int shelf, store_shelf_cb *cb, void *arg);
	/* owner: store_owner's; zero: what an older version kept of an unsigned one */
	int (*find_report)(struct store *s, const struct key *owner, const uint8_t id[16],
	    struct store_seen *ret);
	int (*last)(struct store *s, uint64_t *seq, msec *at);
	int (*last_conf)(struct store *s, uint64_t *generation, store_fact_cb *cb, void *arg);
	/* case_no 0: all facts; people: of them only FACT_REPORTER, FACT_DESK and FACT_KEEP */
	int (*each_fact)(struct store *s, uint64_t case_no, bool people, uint64_t from_seq,
	    store_fact_cb *cb, void *arg);
	int (*each_state)(struct store *s, store_state_cb *cb, void *arg);
	int (*each_order)(struct store *s, store_order_cb *cb, void *arg);
	int (*each_out)(struct store *s, uint32_t to, uint64_t from, size_t most, store_out_cb *cb,
	    void *arg);
	int (*case_events)(struct store *s, uint64_t case_no, size_t most, store_event_cb *cb,
	    void *arg);
	int (*each_aside)(struct store *s, store_aside_cb *cb, void *arg);
	int (*body)(struct store *s, uint64_t seq, void **bytes, size_t *len, void **sig,
	    size_t *sig_len);
};

#endif
