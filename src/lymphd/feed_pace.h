/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often which registry may be asked: a bucket for each server, by host and port, one for all
 * together, and a pause for who said "later" or does not answer. Tables of fixed size; time is an
 * argument.
 */
#ifndef LYMPHD_FEED_PACE_H
#define LYMPHD_FEED_PACE_H

#include "base/msec.h"
#include "wire/url.h"

#define FEED_PACE_SERVERS 64
#define FEED_PACE_ALL     6  /* all together as much as so many servers */

struct feed_pace {
	uint32_t per_minute;
	struct feed_server {
		char host[URL_HOST]; /* "" free */
		uint16_t port;
		uint32_t fails;      /* in a row */
		int64_t credit;      /* milli-questions */
		msec at, pause, used;
	} server[FEED_PACE_SERVERS], all;
	uint64_t forgotten;      /* rows given up for others */
};

void feed_pace_init(struct feed_pace *p, uint32_t per_minute, msec now);
/* May its server be asked now? Takes a question off if so. 0: yes; else when to ask again. */
msec feed_pace_take(struct feed_pace *p, const struct url *u, msec now);
/* What came of it: fine, or not (each failure in a row doubles the pause, from a minute to an
 * hour), or it said when to come again, in seconds (a minute at least, an hour at most). */
void feed_pace_fine(struct feed_pace *p, const struct url *u, msec now);
void feed_pace_failed(struct feed_pace *p, const struct url *u, uint32_t retry_after, msec now);

#endif
