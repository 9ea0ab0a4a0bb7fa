/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports on their way: one file each, the exact bytes, their signature and where they go. A report
 * is written here before it is first sent and removed only when a server has it, so a killed run
 * loses nothing; it is the same bytes and id again, so a server counts it once. An entry in hand is
 * locked: two runs never send it at the same time.
 */
#ifndef LYMPH_QUEUE_H
#define LYMPH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"

#define QUEUE_ENTRIES 1000          /* cap; beyond it nothing is taken in */
#define QUEUE_BYTES   (256u << 20)
#define QUEUE_REFUSED 200           /* kept in refused/; the oldest go */
#define QUEUE_NAME    64
#define QUEUE_TEXT    1024          /* of one header value */

struct queue {
	int dir, refused; /* descriptors of the folders */
	char path[1024];
};

struct queue_entry {
	char name[QUEUE_NAME]; /* "TIME-ID.report": order is age */
	char target[QUEUE_TEXT];
	char signature[QUEUE_TEXT * 2]; /* base64; "" unsigned */
	char about[128];       /* "open-proxy 192.0.2.1" */
	char id[40];
	msec added, not_before;
	unsigned tries;
	const char *body;      /* into buf, or the caller's until queue_add */
	size_t n;
	char *buf;
	int fd;                /* holds the lock; -1: not in hand */
};

/* Opens the queue at path, making it (0700) with its parents. 0 or -errno. */
int queue_open(struct queue *q, const char *path);
void queue_close(struct queue *q);
/* Writes a new entry, name and fd filled, in hand. 0; -EDQUOT: the queue is full; -errno. */
int queue_add(struct queue *q, struct queue_entry *e, const char *id, msec now);
/* Names of all entries, oldest first; malloc'ed. Count or -errno. */
int queue_list(const struct queue *q, char (**ret)[QUEUE_NAME]);
/* Takes an entry in hand. 0; -EAGAIN: another run has it; -ENOENT: gone; -EBADMSG: damaged (in hand
 * all the same, with no body). */
int queue_take(const struct queue *q, const char *name, struct queue_entry *ret);
/* Is it not yet time to try again? */
bool queue_waits(const struct queue_entry *e, msec now);
/* Until when that server asked to be left alone, by any entry; 0: it did not. */
msec queue_hold(const struct queue *q, const char *target, msec now);
/* The server has it: removed for good. */
int queue_done(struct queue *q, struct queue_entry *e);
/* Try again, not before that time. */
int queue_delay(struct queue *q, struct queue_entry *e, msec not_before);
/* Moves it to refused/, with the reason (which is escaped text). */
int queue_refuse(struct queue *q, struct queue_entry *e, const char *reason);
/* Lets go of it. */
void queue_release(struct queue_entry *e);

#endif
