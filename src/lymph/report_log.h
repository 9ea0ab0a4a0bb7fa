/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a log and keeps what names one address: how many lines support, contradict or say nothing,
 * when, and a bounded piece of the lines themselves. The log may be of any size and hold any bytes. */
#ifndef LYMPH_REPORT_LOG_H
#define LYMPH_REPORT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/logfind.h"
#include "wire/logtime.h"
#include "wire/recog.h"

#define LOG_HALF (32u << 10) /* of evidence: that much of the first lines, that much of the last */
#define LOG_LINE (16u << 10) /* of one line */

struct log_half {
	char *text;
	size_t n, room;
	uint64_t lines;
};

/* The lines that say one thing. */
struct log_pile {
	uint64_t lines, one_way;
	uint64_t timed, zone_assumed, year_assumed; /* lines with a time, and how sure of it */
	msec first, last;
	struct log_half head, tail;
	bool gap; /* lines between head and tail are not kept */
	uint16_t port; /* on the address, of the last line that names one; 0 */
	uint8_t proto; /* 0: not named */
};

struct log_found {
	uint64_t bytes;     /* read; 0: there was no log */
	uint64_t limited;   /* lines that a recogniser gave up on */
	uint64_t *by_row;   /* lines decided by each row of the recognisers */
	struct log_pile pile[RECOG_N];
};

/* 0 or -errno of reading. */
int log_read(int fd, const struct logfind *f, struct recog *r, const struct logtime_ref *ref,
    struct log_found *ret);
/* How long the first line kept is. */
size_t log_first(const struct log_half *h);
void log_free(struct log_found *l);

#endif
