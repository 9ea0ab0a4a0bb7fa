/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of Suricata's EVE log (one JSON object each): which address of ours does it accuse, of what? One
 * table maps the rule's category and name to a class and to who did it: the one who opened the flow, the
 * one who answers in it, or whoever sent the packet. An IDS can be lied to: what it saw of one direction
 * only, anybody could have sent, and makes weak evidence. Payloads in a line are never looked into.
 */
#ifndef WIRE_EVE_H
#define WIRE_EVE_H

#include "model/claim.h"
#include "wire/logtime.h"

#define EVE_TEXT 4000 /* bytes of a line kept as evidence */

enum eve_says {
	EVE_BROKEN,    /* no JSON object, cut short, a key we need twice, or over a cap */
	EVE_ELSEWHERE, /* neither address is ours */
	EVE_NEUTRAL,   /* accuses nobody, or not us: see *row */
	EVE_ACCUSES,
	EVE_SAYS_N,
};

enum eve_event { EVE_ALERT, EVE_ANOMALY, EVE_DNS, EVE_HTTP, EVE_FLOW, EVE_EVENT_N };

enum eve_who {
	EVE_SOURCE, /* who sent the packet */
	EVE_CLIENT, /* who opened the flow */
	EVE_SERVER, /* who answers in it */
};

/* First row that fits decides. Words are apart by '|', looked for without case; one that begins with '^'
 * must stand at the start. */
struct eve_row {
	enum eve_event event;
	const char *category; /* the whole of it; alternatives apart by '|'; NULL: any */
	const char *words;    /* some of these in the rule's name, or in the event's; NULL: any */
	enum eve_who who;
	enum class_id cls;   /* CLASS_NONE: accuses nobody */
	enum class_id other; /* of the other side, when that is ours; else CLASS_NONE */
	bool attack;         /* the rule's own `target` names the attacked: the other did it */
	const char *name;    /* for people: what it is, or why it accuses nobody */
};
extern const struct eve_row eve_rows[];
extern const size_t eve_row_count;

struct eve_terms {
	bool (*ours)(const struct addr *a, void *arg); /* NULL: every address */
	/* Who else may be accused of what was done to ours, by a rule's alert alone: what else the log tells of
	 * is no attack where we are the one who asked. NULL: nobody. */
	bool (*others)(const struct addr *a, void *arg);
	void *arg;
	struct logtime_ref ref;
};

/* n bytes without the end of the line. EVE_ACCUSES fills *ret (its text points into s; event 0 when the
 * line's time cannot be read). *row: what decided, NULL when no row fits. */
enum eve_says eve_line(const struct eve_terms *t, const char *s, size_t n, struct claim *ret,
    const struct eve_row **row);
/* Does it look like one? Cheap. */
bool eve_is(const char *s, size_t n);

#endif
