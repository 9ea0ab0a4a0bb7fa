/* SPDX-License-Identifier: BSD-2-Clause */
/* A judge and an edge of cardboard, for what is said of them at the control socket: two cases about 192.0.2.1 and
 * .7, one order, one reporter, whose name is partner. */
#ifndef TEST_CARD_JUDGE_H
#define TEST_CARD_JUDGE_H

#include "lymphd/edge.h"

#define T0 INT64_C(1795312800000) /* 2026-11-22T02:00:00Z */

struct card {
	struct reporter_set submitted; /* the last */
	unsigned submits;
	struct fact desk[8]; /* what staff said */
	size_t desks, audits;
	unsigned walked; /* steps over the reporters */
	bool flood;      /* of keys: the list has no end */
};
extern struct card card;

#endif
