/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the time stamp of a log line: a ladder of formats from ISO 8601 with its zone down to a
 * syslog line that has neither zone nor year. What was missing is assumed and said so. There is no
 * clock and no zone file here: both come as arguments.
 */
#ifndef WIRE_LOGTIME_H
#define WIRE_LOGTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"

/* What a stamp without zone or year is read against. */
struct logtime_ref {
	msec now; /* a stamp without a year is at most a day after this */
	/* What to take off a local time to get UTC, given that local time; NULL: it is UTC. */
	msec (*zone)(msec local, void *arg);
	void *arg;
};

struct logtime {
	msec at;
	const char *format;   /* name of the row that matched */
	uint8_t confidence;   /* 0..100: how sure the row is that this is a time and which */
	bool zone_assumed;    /* no zone in the stamp */
	bool year_assumed;    /* no year either */
	size_t pos, n;        /* where it stands */
};

/* The stamp of a line: the first one in it, unless a later one agrees with it to within a day's worth of
 * zones and has the zone or the year that it lacks. Only the first 1024 bytes are looked at.
 * 0, or -ENOENT. */
int logtime_find(const struct logtime_ref *ref, const char *s, size_t n, struct logtime *ret);
/* The whole of s is one stamp: 0 or -EINVAL. */
int logtime_parse(const struct logtime_ref *ref, const char *s, size_t n, struct logtime *ret);

#endif
