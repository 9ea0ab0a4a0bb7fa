/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines nobody sorted: which address of ours is accused, of what? For tails, syslog and plain mails,
 * where recog.h, which knows both, cannot be asked. Each line is tokenised for addresses of ours, then the
 * recognisers of all classes look at it; a line that fits two classes goes to the row that comes first.
 * Lines about one address and class are gathered into one claim.
 */
#ifndef WIRE_LOGCLAIM_H
#define WIRE_LOGCLAIM_H

#include "model/claim.h"
#include "wire/logtime.h"

#define LOGCLAIM_OPEN 1024 /* claims gathered at a time; the oldest is given out first */
#define LOGCLAIM_TEXT 8192 /* of lines kept for each: the first and the last */

struct logclaim;

struct logclaim_counts {
	uint64_t lines, ours, accusing, contradicting, neutral, limited;
};

/* Compiles the recognisers, once for all of a process (of one thread): before the box. ours may be NULL:
 * every address (for tests and clients).
 * hint: CLASS_NONE, or what the sender says it is about (an ARF type, a mail's subject): tried first. */
int logclaim_new(bool (*ours)(const struct addr *a, void *arg), void *arg, struct logclaim **ret);
void logclaim_free(struct logclaim *l);
/* One line without its end. Claims pushed out by it go to cb. */
int logclaim_line(struct logclaim *l, const char *s, size_t n, const struct logtime_ref *ref,
    enum class_id hint, claim_cb *cb, void *arg);
/* All that is gathered and began before `before` (data or arrival time as the caller counts). */
int logclaim_flush(struct logclaim *l, msec before, claim_cb *cb, void *arg);
const struct logclaim_counts *logclaim_counted(const struct logclaim *l);

#endif
