/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Looks of the probe, and what own flows say. */
#ifndef LYMPHD_MSG_LOOK_H
#define LYMPHD_MSG_LOOK_H

#include "detect/detect.h"
#include "model/fact.h"
#include "model/look.h"

struct msg_look {
	struct look look;
};

/* A look's result as probe saw it. For `open` probe only claims: token and the secret that came back
 * through the target; judge's edge joins them with the canary's sighting. */
struct msg_look_done {
	struct look_result result;
	uint8_t token[16], secret[16]; /* zero unless result.verdict is open */
};

struct msg_token_seen {
	uint8_t token[16], secret[16];
	struct addr egress;
	int64_t when;
};

/* no: hear-flow's number for it, never used twice, not even by its next life; it rises. */
struct msg_finding {
	uint64_t no;
	struct finding finding;
};
struct msg_finding_done {
	uint64_t no;    /* this one alone is committed, or known before */
};
struct msg_ask {
	struct ask ask;
};
struct msg_seen {
	uint64_t no, case_no; /* the ask's */
	struct flow_seen seen;
};
struct msg_watch {
	struct prefix subject;
	int64_t until;    /* wall clock */
	uint64_t case_no;
};
#define KEPT_MOST WATCH_RING
struct msg_kept_get {
	uint64_t no;      /* comes back in the answer */
	struct addr addr;
	uint32_t most;    /* 1 to KEPT_MOST */
};
/* Sealed memory: n struct flow, oldest first. */
struct msg_kept {
	uint64_t no;
	uint32_t n;
	uint8_t watched;  /* somebody asked for this line to be kept */
};
/* Sealed memory: struct flow_state, then the arrays, so many of each, in this order. */
struct msg_flow_state {
	uint32_t exporters, ifaces, strangers, top, memory;
};
struct msg_indicators {
	int64_t read;     /* wall clock */
	int32_t err;      /* -errno: the file could not be read; then the memory is empty: keep what you have */
};

#endif
