/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between roles as structs, see msg.def. Both ends are the same binary on the same
 * machine, so structs travel as they are; every enum and length in them is still checked by the
 * receiver, which must treat the sender as captured.
 */
#ifndef LYMPHD_MSG_H
#define LYMPHD_MSG_H

#include "host/box.h"
#include "host/chan.h"
#include "model/fact.h"
#include "model/look.h"

/* Roles in the order they start. */
enum role_id {
	ROLE_WARDEN,
	ROLE_JUDGE,
	ROLE_PROBE,
	ROLE_HEAR_CANARY,
	ROLE_HEAR_REPORTS,
	ROLE_N,
	ROLE_ANY = CHAN_ANY,
};

struct msg_credit {
	uint32_t messages, bytes;
};

struct msg_conf {
	uint64_t generation;
};

enum listen_kind { LISTEN_REPORTS, LISTEN_CANARY, LISTEN_CONTROL };
struct msg_listen {
	uint32_t kind; /* enum listen_kind */
};

struct msg_peer {
	uint32_t role;
};

struct msg_aside {
	uint8_t digest[32];
	uint32_t role; /* whom it killed; judge hears of all, to keep the record */
};

struct msg_go {
	uint32_t uid, gid;
};

struct msg_ready {
	int32_t pid;
	struct box_state box;
};

struct msg_roles {
	struct {
		int32_t pid;
		uint32_t starts, crashes;
		int64_t since; /* msec, wall clock */
		struct box_state box;
		uint8_t up;
	} role[ROLE_N];
	uint8_t fence; /* the probe's kernel fence was read back */
};

/* A report, parsed and its signature verified by hear. The tail: signature blob (sig_len bytes),
 * then the body unless it travels as sealed memory. */
struct msg_report {
	uint64_t ticket; /* hear's number for the waiting request; comes back in the answer */
	struct report report;
	uint32_t body_len, sig_len;
};

enum answer {
	ANSWER_ACCEPTED,  /* committed */
	ANSWER_SAME,      /* committed before: the same answer again */
	ANSWER_CONFLICT,  /* same id, other bytes: 409 */
	ANSWER_NOT_OURS,  /* outside own prefixes */
	ANSWER_FULL,      /* no room on disk: 507 */
	ANSWER_ASIDE,     /* set aside: it crashed a role twice */
	ANSWER_N,
};
struct msg_report_answer {
	uint64_t ticket, seq, case_no;
	uint32_t answer; /* enum answer */
	uint32_t credit_bytes;
};

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

enum msg_type {
#define MSG(name, from, to, st, flags) M_##name,
#include "lymphd/msg.def"
#undef MSG
	M_N,
};
extern const struct chan_row msg_table[M_N];

#endif
