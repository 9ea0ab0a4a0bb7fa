/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit: what staff did, one JSON line each, append-only, each line with the hash of the one before
 * (SHA-256). The warden writes it in its own folder, out of the judge's reach; anybody who may read the
 * file can verify it. What a chain cannot show is a cut tail: compare its head with one kept elsewhere.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/msec.h"

#define AUDIT_FILE "audit.jsonl"
#define AUDIT_LINE 4096

struct audit_entry {
	uint64_t n;             /* from 1 */
	msec at;
	uint64_t seq;           /* of its fact in the journal; 0: the warden's own */
	uint32_t uid, second;   /* second 0: none */
	uint32_t roles;         /* staff roles of the first, a bit each */
	const char *verb, *text; /* text: any bytes; written as valid UTF-8, cut to fit */
	uint8_t hash[32];
};

struct audit;

/* Opens or creates path (0640, group gid), verifies it from the start, remembers its head. A torn last
 * line (power cut) is cut off and noted as an entry of its own. -EBADMSG: the chain is broken. */
int audit_open(const char *path, unsigned gid, struct audit **ret);
void audit_close(struct audit *a);
/* Appends and fdatasyncs; n, hash are set. 0 or negative errno: then nothing was added. -ESTALE: the
 * file is not as we left it. */
int audit_add(struct audit *a, struct audit_entry *e);
/* The same in two: entries put are on disk once audit_sync says 0. For many at once. */
int audit_put(struct audit *a, struct audit_entry *e);
int audit_sync(struct audit *a);
/* Number of entries, hash of the last, highest journal number. */
void audit_head(const struct audit *a, uint64_t *n, uint8_t hash[32], uint64_t *seq);

/* Lines as they stand, from entry `from` on, at most `most`; *ret: how many. */
int audit_copy(struct audit *a, uint64_t from, uint64_t most, FILE *out, uint64_t *ret);

/* One line, without its newline; prev: the hash of the one before (zero for the first). Prints into
 * buf and sets e->hash; or reads, checks the hash, and puts verb and text into buf. 0 or -EBADMSG with
 * what is wrong (fixed words) in *why. */
size_t audit_print(struct audit_entry *e, const uint8_t prev[32], char buf[AUDIT_LINE]);
int audit_parse(const char *s, size_t n, const uint8_t prev[32], struct audit_entry *ret,
    char buf[AUDIT_LINE], const char **why);

typedef int audit_cb(const struct audit_entry *e, void *arg);
/* Walks a file, checking each line; cb may be NULL; its non-zero return ends the walk. 0; -EBADMSG with
 * "line N: what" in why. *last: the last entry's number and hash (text pointers NULL). */
int audit_walk(const char *path, audit_cb *cb, void *arg, struct audit_entry *last, char *why,
    size_t size);

#endif
