/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alerts as CrowdSec's agents push them (its local API, v1: a JSON array) into claims. An agent says which
 * scenario was seen from which address, with the events that led to it; that becomes a claim by a table.
 * What it has decided about that address is counted and dropped: machines report, they do not judge. Pure;
 * all of it is hostile text.
 */
#ifndef WIRE_ALERT_H
#define WIRE_ALERT_H

#include "model/claim.h"
#include "wire/json.h"

#define ALERT_MOST     (1u << 20) /* bytes of one alert; a larger one is left out and counted */
#define ALERT_DEPTH    12
#define ALERT_VALUES   20000      /* of one alert */
#define ALERT_EVENTS   50         /* of one alert that go along as evidence */
#define ALERT_SCENARIO 64

/* What becomes of one. */
enum alert_fate {
	ALERT_ACCUSES,    /* there is a claim */
	ALERT_NO_ADDRESS, /* its scope is a range, a user, a session ... */
	ALERT_NO_CLASS,   /* a scenario no row is about, or one that accuses nobody */
	ALERT_ORDER,      /* nothing but decisions: a person's, or a list's */
	ALERT_SIMULATED,  /* the machine itself says it only tries */
	ALERT_BROKEN,     /* a field is missing or of another kind, or it is too large */
	ALERT_FATE_N,
};

struct alert {
	enum alert_fate fate;
	uint32_t decisions;            /* that came with it, and are dropped */
	char scenario[ALERT_SCENARIO]; /* letters, digits and "/._-:" of it; '?' for others */
	struct claim claim;            /* if it accuses; text is valid until the next call */
};

/* A scenario by name: the class it accuses of, CLASS_NONE, and what that proves. Upper case as lower. */
struct alert_row {
	const char *words; /* "a|b": one of them is in the name */
	enum class_id cls; /* CLASS_NONE: known, and accuses nobody */
	enum evidence evidence;
	bool two_way;      /* such a log line needs an exchange both ways */
};
const struct alert_row *alert_row_of(const char *scenario); /* NULL: none */

/* Splits the array at p, n bytes, which json_scan said yes to. *at is 0 at the start; on return the next
 * element, in place, and *at behind it. False: there are no more. */
bool alert_next(const char *p, size_t n, size_t *at, const char **ret, size_t *ret_n);
/* One element. now: what times without a year are read against. text, of CLAIM_TEXT bytes, holds the
 * evidence. Always fills *ret. */
void alert_read(const char *p, size_t n, msec now, char *text, struct alert *ret);

#endif
