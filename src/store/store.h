/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store: the journal of facts, the judge's state, the outbox of orders, report bodies. One
 * transaction holds what one batch of facts changed; nothing is acknowledged before it is committed.
 * Two back ends, one conformance test: store_sqlite (WAL, synchronous=FULL) and store_ram (tests).
 * The store keeps bytes; it does not judge.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/fact.h"
#include "model/order.h"

struct store;

struct store_ops; /* filled by a back end, store/back.h */

/* Opens or creates dir (owned by the caller's uid, mode 0700). flags: STORE_READONLY for replay and
 * inspection: store_begin then holds a snapshot while others write. 0 or negative errno; -ENOTSUP:
 * written by a newer version; -EBADMSG: not a store, or damaged. */
#define STORE_READONLY 1
/* What a role does before its box, so that opening in the box needs nothing from outside the folder
 * (random numbers from /dev). */
void store_sqlite_prepare(void);
int store_sqlite_open(const char *dir, int flags, struct store **ret);
int store_ram_open(struct store **ret);
void store_close(struct store *s);

/* Bytes free for new data on this file system, for refusing early; INT64_MAX if unknown. */
int64_t store_room(const struct store *s);

/* begin ... commit or rollback. Everything below that writes must be inside. A failed write or
 * commit: the caller rolls back and the store is as before. -ENOSPC for a full disk. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Appends to the journal; *seq is its place. case_no 0: none. body: the report's exact bytes and its
 * signature blob; over 64 KiB the body goes to a content-addressed file, fsynced first.
 * What says something of somebody is kept sealed, see store/shred.h. */
struct store_body {
	const void *bytes;
	size_t len;
	const void *sig;
	size_t sig_len;
};
int store_fact(struct store *s, const struct fact *f, const struct store_body *body, uint64_t *seq);
/* Sets the case a fact belongs to (after judge_step has said). */
int store_fact_case(struct store *s, uint64_t seq, uint64_t case_no);
int store_state(struct store *s, int kind, const uint8_t *key, size_t key_len, const void *blob,
    size_t n); /* blob NULL: delete */
int store_order(struct store *s, const struct order *o); /* by number; again: replaces */
/* The outbox: what has to be told outside, at least once and in order (`to` names who: STORE_TO_*).
 * store_out keeps it until store_out_done. *ret: its number, from 1, never used again. */
#define STORE_TO_HOOK 1
struct store_out {
	uint64_t no;
	uint32_t to, action;
	struct order order;
};
int store_out(struct store *s, const struct store_out *o, uint64_t *ret);
int store_out_done(struct store *s, uint32_t to, uint64_t no); /* this and all before it */
struct store_event {
	uint64_t seq, case_no, a;
	msec at;
	uint32_t kind, b;
	q32 q;
};
int store_event(struct store *s, const struct store_event *e);
/* A message that crashed a role twice: kept as bytes, shown, never parsed again. */
struct store_aside {
	uint64_t no;
	msec at;
	char role[16];
	uint8_t digest[32];
	const void *bytes;
	size_t len;
};
int store_aside(struct store *s, const struct store_aside *a);

/* Shelves: what the edge keeps by name beside the journal and the judge, such as the keys of reporters.
 * The same name again replaces; blob NULL takes it away. Names of at most 64 bytes. */
#define SHELF_PGP_KEY   1 /* name: fingerprint, 40 hex digits; see lymphd/edge_pgp.c */
#define SHELF_STATEMENT 2 /* name: a machine key somebody's OpenPGP key admitted */
#define SHELF_ROOM      3 /* what the unsigned take of the disk: lymphd/edge_room.c */
#define SHELF_LOG       5 /* name: a log's; see lymphd/edge_log.c */
/* Mails to the abuse desk, by number (eight bytes, big-endian); see lymphd/edge_mail.c. */
#define SHELF_MAIL        16 /* small: where it lies */
#define SHELF_MAIL_HEAD   17 /* what is known of it */
#define SHELF_MAIL_BODY   18 /* its bytes, a file of its own when they are many; kept sealed, as the head is and
                                what else is said to be: store/shred.h */
#define SHELF_MAIL_DIGEST 19 /* name: SHA-256 of its bytes; its number */
#define SHELF_WISH      20 /* name: number of a fact; who wants to be told of its outcome, sealed as its body is
                              and gone with that: lymphd/edge_reply.c */
#define SHELF_OUTGOING  21 /* of earlier versions, which sent nothing: taken away at the start */
#define SHELF_KEEP      22 /* name: number of a fact, and what it is about: lymphd/edge_scope.c */
#define SHELF_WHOSE     40 /* name: a prefix; whose it is: lymphd/edge_whose.c */
#define SHELF_GRANT     50 /* name: a number; who may read of cases, or is sent reports: lymphd/edge_grant.c */
#define SHELF_FORWARDED 51 /* name: a grant's number, a report's id; when it was sent on: lymphd/edge_forward.c */
#define SHELF_DOOR      60 /* name: kind and name of a machine or bouncer: lymphd/edge_door.c */
/* What leaves by mail, by number (eight bytes, big-endian): lymphd/edge_speak_row.c. */
#define SHELF_SPEAK       70 /* its head, sealed */
#define SHELF_SPEAK_BODY  71 /* its content, until it is over, sealed */
#define SHELF_SPEAK_DEAD  72 /* name: hash of a mailbox held for dead */
#define SHELF_NAME      64

/* The name of what is shelved by number: eight bytes, the highest first, so that a walk goes by number. */
struct shelf_no {
	uint8_t b[8];
};

static inline struct shelf_no
shelf_no(uint64_t no)
{
	struct shelf_no n;
	for (int i = 0; i < 8; i++)
		n.b[i] = (uint8_t)(no >> (56 - 8 * i));
	return n;
}

/* False: no such name. */
static inline bool
shelf_no_of(const void *name, size_t n, uint64_t *ret)
{
	uint64_t no = 0;
	for (size_t i = 0; n == 8 && i < n; i++)
		no = no << 8 | ((const uint8_t *)name)[i];
	if (n == 8)
		*ret = no;
	return n == 8;
}

int store_shelve(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n);
/* What is too large to be in memory for that: n bytes, read in order, a piece at a time. What read says is
 * returned. On SHELF_MAIL_BODY only. */
typedef int store_read_cb(void *arg, uint64_t at, void *buf, size_t n);
int store_shelve_from(struct store *s, int shelf, const void *name, size_t name_n, size_t n,
    store_read_cb *read, void *arg);
/* Of that, at most `most` bytes from `at` on. *size: all of it. -ENOENT; -EBADMSG: damaged. */
int store_shelved_part(struct store *s, int shelf, const void *name, size_t name_n, uint64_t at, void *buf,
    size_t most, size_t *ret_n, size_t *size);
/* malloc'ed into *blob. -ENOENT. */
int store_shelved(struct store *s, int shelf, const void *name, size_t name_n, void **blob, size_t *n);

/* Has this reporter sent this id before? 0 and *ret = its seq and body hash, or -ENOENT. The unsigned are
 * nobody, so what one of them calls his own blocks no other: such a report is known by its bytes, too. */
struct store_seen {
	uint64_t seq, case_no;
	uint8_t body_hash[32];
};
int store_find_report(struct store *s, const struct report *p, struct store_seen *ret);

/* The newest fact's place and stamp; 0 and 0 when there is none. */
int store_last(struct store *s, uint64_t *seq, msec *at);

/* Walks; a callback's non-zero return ends the walk and is returned. Bytes are valid inside only. Facts
 * that were shredded (keep.h) are in none. */
typedef int store_fact_cb(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg);
int store_each_fact(struct store *s, uint64_t from_seq, store_fact_cb *cb, void *arg);
/* Of those only what staff said: FACT_REPORTER, FACT_DESK and FACT_KEEP. */
int store_people_facts(struct store *s, uint64_t from_seq, store_fact_cb *cb, void *arg);
/* The configuration in force: calls cb once with the newest FACT_CONF, or not at all.
 * *generation: how many there are. */
int store_last_conf(struct store *s, uint64_t *generation, store_fact_cb *cb, void *arg);
/* Facts of one case from seq on, oldest first. */
int store_case_facts(struct store *s, uint64_t case_no, uint64_t from_seq, store_fact_cb *cb, void *arg);
typedef int store_state_cb(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n,
    void *arg);
int store_each_state(struct store *s, store_state_cb *cb, void *arg);
typedef int store_order_cb(const struct order *o, void *arg);
int store_each_order(struct store *s, store_order_cb *cb, void *arg);
typedef int store_out_cb(const struct store_out *o, void *arg);
/* Oldest first, from number `from` on, at most `most`. */
int store_each_out(struct store *s, uint32_t to, uint64_t from, size_t most, store_out_cb *cb,
    void *arg);
typedef int store_event_cb(const struct store_event *e, void *arg);
/* The newest `most` events of a case (0: all), oldest first. case_no 0: events of no case. */
int store_case_events(struct store *s, uint64_t case_no, size_t most, store_event_cb *cb, void *arg);
typedef int store_shelf_cb(const void *name, size_t name_n, const void *blob, size_t n, void *arg);
/* In the order of names. Of what is kept sealed and cannot be read any more, blob NULL and n 0. */
int store_each_shelved(struct store *s, int shelf, store_shelf_cb *cb, void *arg);
typedef int store_aside_cb(const struct store_aside *a, void *arg);
int store_each_aside(struct store *s, store_aside_cb *cb, void *arg);
/* The exact bytes of a report: malloc'ed into ret (caller frees both). -ENOENT: none; -ENODATA: its key is
 * destroyed (keep.h). */
int store_body(struct store *s, uint64_t seq, void **bytes, size_t *len, void **sig, size_t *sig_len);

#endif
