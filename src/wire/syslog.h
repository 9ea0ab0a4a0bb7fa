/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Syslog messages: RFC 5424 and what came before it (RFC 3164, BSD and its many dialects), and how they
 * follow each other in a stream (RFC 6587: octet counting, or an end of line). Nothing in a syslog
 * message proves who wrote it; the parts of one point into the bytes it was read from. All lengths are
 * capped; a message over a cap is cut at its end and counted.
 */
#ifndef WIRE_SYSLOG_H
#define WIRE_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/logtime.h"

#define SYSLOG_MESSAGE  65536 /* of one message; RFC 5424 6.1 asks for 480, recommends 2048 */
#define SYSLOG_ELEMENTS 64    /* of structured data, and as many parameters in each */

struct syslog_part {
	const char *s; /* not ended; NULL: absent or "-" */
	size_t n;
};

struct syslog_msg {
	bool modern;                /* RFC 5424 */
	uint8_t facility, severity; /* 0..23, 0..7; without PRI as RFC 3164 4.3.3 says: 1 and 5 */
	bool pri;                   /* it had one */
	msec at;                    /* 0: no stamp that can be read */
	bool zone_assumed, year_assumed;
	struct syslog_part stamp, host, app, procid, msgid;
	struct syslog_part data; /* structured data as it came, brackets and all; checked */
	struct syslog_part text; /* the message; a byte order mark before it is gone. Never NULL */
};

/* One message, without its frame. 0; -EBADMSG with *rule: it promises RFC 5424 and breaks it. Older forms
 * have no rules to break: what is no header is text. */
int syslog_parse(const char *s, size_t n, const struct logtime_ref *ref, struct syslog_msg *ret,
    const char **rule);
/* As a line of a log file: "STAMP HOST APP[PROCID]: TEXT", what recognisers know. Cut when buf is full; not
 * ended. Returns its length. */
size_t syslog_line(const struct syslog_msg *m, char *buf, size_t size);

/* A stream of them. */
struct syslog_stream {
	size_t at, n;  /* bytes held; at: taken of them, 0 between calls */
	size_t skip;   /* of a counted message over the cap, still to come */
	bool drop;     /* to the end of this line: it was over the cap */
	uint64_t over; /* messages cut */
	char held[SYSLOG_MESSAGE];
};
/* Non-zero ends the reading and is returned. */
typedef int syslog_cb(const char *s, size_t n, void *arg);
/* The next bytes; each whole message goes to cb without its frame, empty ones are left out. How a message
 * is framed is seen for each anew: digits, a blank and "<" begin a counted one (RFC 6587 3.4.1), all else
 * ends with LF or NUL (3.4.2), a CR before it is dropped. 0, or what cb said. */
int syslog_feed(struct syslog_stream *st, const void *bytes, size_t n, syslog_cb *cb, void *arg);
/* The connection is closed: what is held was the last message, if it was not a counted one cut short. */
int syslog_end(struct syslog_stream *st, syslog_cb *cb, void *arg);

#endif
