/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails that were sent back, each with the time before which nobody wants to see it again: thousands of them
 * stand in a folder and cost no more than a look at their names. Known by a keyed hash of these. It opens
 * nothing and knows no clock; what it forgets is offered too early, and put off again.
 */
#ifndef LYMPHD_WATCH_LATER_H
#define LYMPHD_WATCH_LATER_H

#include <stdint.h>

#include "base/msec.h"

#define LATER_SLOTS (1u << 17) /* remembered at a time */

struct later {
	struct later_row {
		uint64_t who; /* 0: free */
		msec until;
	} *row;
	uint8_t secret[16];
	uint64_t forgotten; /* given up for others before their time */
};

/* Fatal when there is no memory. */
void later_init(struct later *l);
void later_clear(struct later *l);
/* until: any clock that never falls, above 0. In a row of ways that is full the one that is due first goes. */
void later_put(struct later *l, const char *name, msec until, msec now);
/* 0: it was not put off, or is forgotten. */
msec later_until(const struct later *l, const char *name);
void later_drop(struct later *l, const char *name);

#endif
