/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Follows one log file through its rotations: by rename, by copy and truncate, while we watch and while
 * we are away. A mark says how far it was read and what stood there; where the mark's bytes are found
 * again, reading goes on, whatever the file is called now. Where they are not, lines may be missing: that
 * is a gap, and counted. So is it when a program writes on into a part that was finished: that is kept open
 * until nobody has written to it for long. It opens nothing: files are offered to it, open, and it owns them.
 */
#ifndef LYMPHD_LOG_TAIL_H
#define LYMPHD_LOG_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"

#define TAIL_LINE  (1u << 20)        /* a longer line is left out, and counted */
#define TAIL_FILES 32                /* a log and its rotated parts */
#define TAIL_QUIET (5 * MSEC_SECOND) /* a rotated part nobody wrote to for this long is finished */
#define TAIL_LEFT  4                 /* finished parts watched for who writes on */
#define TAIL_IDLE  (30 * MSEC_MINUTE) /* until nobody did for so long */

/* How far. All zero: nothing was read ever. */
struct log_mark {
	uint64_t dev, ino, offset;
	msec at; /* wall clock: when it was true */
	uint8_t hash
	    [32]; /* SHA-256 of the bytes before offset, at most TAIL_HASH of them; 0 at offset 0 */
};
#define TAIL_HASH 1024

enum tail_end {
	TAIL_STOPPED, /* the callback said so, or `most` bytes or the limit were reached: there may be more */
	TAIL_WAIT, /* all there is was read */
	TAIL_NEXT, /* this part is finished: log_tail_next() */
	TAIL_CUT,  /* it is no longer what it was: have it offered anew */
	TAIL_NONE, /* no file */
};

struct log_tail {
	struct tail_file {
		int fd;
		uint64_t dev, ino;
	} file[TAIL_FILES], offered[TAIL_FILES]; /* [0] is being read; the newest is last */
	unsigned files, offers;
	struct tail_left {
		int fd;
		uint64_t end; /* so far it was read */
		msec since;   /* when it was left, or grew */
		bool grew;    /* counted as a gap */
	} left[TAIL_LEFT]; /* oldest first */
	unsigned lefts;
	struct log_mark pos; /* of file[0] */
	uint64_t seek;       /* inside a line too long: looked at up to here */
	uint64_t lines, gaps, too_long;
	char *buf; /* the caller's, TAIL_LINE + 1 bytes, shared by all */
};

void log_tail_init(struct log_tail *t, char *buf);
void log_tail_free(struct log_tail *t);
/* Offers one part of the log, oldest first. Takes fd. */
void log_tail_offer(struct log_tail *t, int fd);
/* All parts were offered, the log itself last: finds the one to go on with. from: NULL, go on where we are;
 * else a mark kept elsewhere (all zero: the log itself, from its start). True: a gap was counted. */
bool log_tail_settle(struct log_tail *t, const struct log_mark *from);

/* One line without its end. Non-zero: stop behind it. */
typedef int tail_line_cb(const char *s, size_t n, void *arg);
/* Reads whole lines up to `most` bytes, or up to offset `limit` (0: none). now: wall clock. */
enum tail_end log_tail_read(
    struct log_tail *t, msec now, size_t most, uint64_t limit, tail_line_cb *cb, void *arg);
/* After TAIL_NEXT: on to the next part. */
void log_tail_next(struct log_tail *t, msec now);
/* Now and then: did somebody write on in a part that was left? True: a gap was counted, once for each part. */
bool log_tail_late(struct log_tail *t, msec now);
/* Where we are. */
void log_tail_mark(const struct log_tail *t, msec now, struct log_mark *ret);
/* Bytes not read yet, in all parts. */
uint64_t log_tail_left(const struct log_tail *t);

#endif
