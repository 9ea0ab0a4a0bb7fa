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
	CLOSE_FIXED,     /* probation ended without a relapse; or the desk says so */
	/* The desk's verdicts. */
	CLOSE_FALSE_POSITIVE, /* it was never so: counts against who said it */
	CLOSE_WRONG_LINE,     /* it was so, on another line */
	CLOSE_DUPLICATE,
	CLOSE_NOT_ABUSE,      /* it is so, and nothing is wrong with it: counts as false */
	CLOSE_ACCEPTED,       /* known and accepted: stays closed for reopen_within, whatever is reported */
	CLOSE_APPEALED,       /* the owner objected, and was heard */
	CLOSE_AS_N,
};

/* The widest victim an order for all lines may name, as prefix lengths. */
#define VICTIM4 24
#define VICTIM6 48

struct order {
	uint64_t no, case_no;
	enum rung rung;
	enum class_id cls;
	struct prefix target;  /* the subject */
	struct prefix peer;    /* filter: only to or from these; fam 0: anyone */
	uint8_t all;           /* 1: filter from every own line to peer, the victim of many: target is
	                          0/0 of its family, port may be 0: all. Never without a person */
	uint8_t proto;         /* filter: IP protocol; 0: all */
	uint16_t port;         /* filter: the proven port on the target; 0: all */
	uint8_t inbound;       /* filter: 1 towards the line, 0 from it */
	msec at, expiry;
	q32 score;             /* when it was given */
	bool would;            /* not enforced: observe mode or panic. Shown, not done */
	bool dropped;          /* withdrawn before its expiry */
	bool asked;            /* waits for a person: not given yet. expiry: of the question */
	uint32_t by;           /* the person who approved it; 0: given by rule */
};

const char *case_state_name(enum case_state s);
const char *close_as_name(enum close_as c);
/* CLOSE_AS_N if unknown. */
enum close_as close_as_by_name(const char *s);
#define ORDER_BYTES 128
void order_encode(struct writer *w, const struct order *o);
/* 0 or -EBADMSG. */
int order_decode(const void *p, size_t n, struct order *ret);

#endif
