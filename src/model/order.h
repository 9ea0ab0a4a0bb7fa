/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What leaves the judge: cases are about (line or subject, class); orders ask for something to be
 * done about them, each with a scope and an end. In observe mode every order is a "would".
 */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/msec.h"
#include "base/q32.h"
#include "model/class.h"

enum case_state {
	CASE_OPEN,
	CASE_WATCHED,
	CASE_ACTED,
	CASE_RECHECK,
	CASE_PROBATION,
	CASE_CLOSED,
	CASE_STATE_N,
};

enum close_as {
	CLOSE_NONE,
	CLOSE_NOT_FOUND, /* closed from both vantages before anything was done */
	CLOSE_FADED,     /* weight decayed, nothing verified */
	CLOSE_FIXED,     /* probation ended without a relapse */
	CLOSE_AS_N,
};

struct order {
	uint64_t no, case_no;
	enum rung rung;
	enum class_id cls;
	struct prefix target;  /* the subject */
	uint8_t proto;         /* filter: IP protocol; 0: all */
	uint16_t port;         /* filter: the proven port on the target; 0: all */
	uint8_t inbound;       /* filter: 1 towards the line, 0 from it */
	msec at, expiry;
	q32 score;             /* when it was given */
	bool would;            /* observe mode: shown, not done */
	bool dropped;          /* withdrawn before its expiry */
};

const char *case_state_name(enum case_state s);
const char *close_as_name(enum close_as c);
#define ORDER_BYTES 96
void order_encode(struct writer *w, const struct order *o);
/* 0 or -EBADMSG. */
int order_decode(const void *p, size_t n, struct order *ret);

#endif
