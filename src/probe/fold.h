/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one connection of a look found, and how the findings of all methods on all ports become one
 * verdict. The order of `enum found` is the rule: the strongest comes first and wins. A proof
 * beats everything; "wants a password" beats doubt; doubt beats every "no", so that no look is
 * called closed while something in it was left undecided.
 */
#ifndef PROBE_FOLD_H
#define PROBE_FOLD_H

#include "model/look.h"

enum found {
	FOUND_NOTHING,   /* not tried */
	FOUND_OPEN,      /* a secret came back */
	FOUND_AUTH,      /* relays only with a password */
	FOUND_ONE_SIDED, /* agreed to relay, or tried and failed, and no secret came back */
	FOUND_FLOOD,     /* more bytes than the cap and none of them an answer */
	FOUND_SLOW,      /* began to speak and did not end in time */
	FOUND_MUTE,      /* connected, then not one byte */
	FOUND_NO_ROOM,   /* we had no room to go on */
	FOUND_LOCAL,     /* our own error */
	FOUND_CLOSED,    /* refused, or spoke and did not relay */
	FOUND_FILTERED,  /* an ICMP error answered */
	FOUND_NO_ANSWER, /* silence before a connection */
	FOUND_N,
};

/* The stronger of two. */
enum found fold_two(enum found a, enum found b);
/*
 * One port: of[method], and of[PROBE_NONE] for what happened before any method could speak. A
 * service that answered one method in words and is mute to another speaks another protocol (a web
 * server waits for the rest of a SOCKS greeting): there mute counts as closed. Mute to all methods
 * is a tarpit and stays in doubt.
 */
enum found fold_port(const enum found of[PROBE_N]);
/* As a look's result; FOUND_NOTHING is our own failure to try. */
void fold_verdict(enum found f, enum verdict *ret_v, enum look_reason *ret_r);

#endif
