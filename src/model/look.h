/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look: one pass over the named port (or the class's port list) by all methods of the class,
 * from one vantage. The judge asks for it, probe does it, the result comes back as a fact.
 */
#ifndef MODEL_LOOK_H
#define MODEL_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"
#include "model/class.h"

enum verdict {
	VERDICT_INCONCLUSIVE, /* could not be decided; reason says why */
	VERDICT_OPEN,         /* proven from two sides: canary saw the token, its secret came back */
	VERDICT_CLOSED,       /* refused, or spoke and did not relay */
	VERDICT_FILTERED,     /* an ICMP error answered */
	VERDICT_NO_ANSWER,    /* silence */
	VERDICT_AUTH,         /* relays only with a password: not open */
	VERDICT_N,
};

enum look_reason {
	REASON_NONE,
	REASON_ONE_SIDED,   /* token seen or secret back, not both */
	REASON_TIMEOUT,     /* spoke too slowly: tarpit, overload */
	REASON_FLOOD,       /* said more than the byte cap */
	REASON_NOT_OURS,    /* refused by a gate: target outside own prefixes */
	REASON_NO_CHECK,    /* no check built for this class */
	REASON_OVERLOAD,    /* probe had no room */
	REASON_SET_ASIDE,   /* the look crashed the probe twice */
	REASON_LOCAL,       /* local error: no socket, no route, no fence */
	REASON_N,
};

/* The wire methods of all classes' checks, for evidence. */
enum probe_method {
	PROBE_NONE,
	PROBE_HTTP_CONNECT,
	PROBE_HTTP_GET,
	PROBE_SOCKS5,
	PROBE_SOCKS4,
	PROBE_SOCKS4A,
	PROBE_N,
};

#define VANTAGES 2 /* 0: the announced probe address, 1: the unannounced one */

/* What probe is asked. */
struct look {
	uint64_t no;      /* ever increasing, unique in one store */
	uint64_t case_no;
	enum class_id cls;
	struct addr target;
	uint16_t port;    /* 0: the class's port list */
	uint8_t vantage;  /* 0 or 1 */
	uint8_t urgent;   /* S >= sure_from: before all others */
	uint64_t score;   /* q32, for the queue's order */
};

/* What came of it. */
struct look_result {
	uint64_t no;
	enum class_id cls;
	struct addr target;
	uint16_t port;    /* the proven port; else the one asked for */
	uint8_t vantage;
	enum verdict verdict;
	enum look_reason reason;
	enum probe_method method; /* the first that proved it */
	struct addr egress;       /* where the canary saw it come from; fam 0: never */
	msec began, ended;
	uint16_t sockets;  /* connections made */
	uint32_t bytes_in; /* bytes read from the target */
};

const char *verdict_name(enum verdict v);
const char *look_reason_name(enum look_reason r);
const char *probe_method_name(enum probe_method m);

#endif
