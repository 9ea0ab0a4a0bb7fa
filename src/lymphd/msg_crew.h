/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Between the warden and the roles: how they come up, what is agreed on, the mode and the audit. */
#ifndef LYMPHD_MSG_CREW_H
#define LYMPHD_MSG_CREW_H

#include "host/box.h"
#include "lymphd/role_id.h"
#include "model/fact.h"

struct msg_credit {
	uint32_t messages, bytes;
};

struct msg_conf {
	uint64_t generation;
};

enum listen_kind { LISTEN_REPORTS, LISTEN_CANARY, LISTEN_CONTROL, LISTEN_METRICS,
	LISTEN_FLOW, /* bound datagram sockets, nobody listens there */
	LISTEN_INTAKE, LISTEN_LOG, /* the last: bound datagram sockets, or listening; in order */
	LISTEN_ALERTS };
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
		uint8_t wanted; /* this configuration has it */
	} role[ROLE_N];
	uint8_t fence; /* the probe's kernel fence was read back */
};

/* Which file the descriptor is: the conscience, or the prefixes protected by command. What acts reads
 * both, each time anew; with the second the pair is whole. */
enum conscience_file { CONSCIENCE_FILE, CONSCIENCE_PROTECT };
struct msg_conscience {
	uint32_t file; /* enum conscience_file */
};

/* may: nothing is enforced without it; false in observe, in panic, above the conscience's ceiling. */
struct msg_mode {
	uint64_t no;      /* counts from 1 in a warden's life */
	struct mode_set set;
	uint8_t may;      /* enforce now */
	uint8_t ceiling;  /* enum mode: the conscience's */
	uint8_t waits;    /* 1: root's conscience file loosens something, which waits for two people */
	int64_t since;    /* wall clock */
	uint32_t restore; /* entries there were before the machine started: may come back at once, beyond
	                     the hourly caps */
	uint32_t release; /* counts: raised when a person lifts what was held (a set flushed by hand) */
};

/* The tail: what was done, in words, UTF-8. */
struct msg_audit {
	uint64_t seq;     /* of the fact in the journal; never falls */
	uint32_t uid, second;
	uint32_t roles;   /* staff roles of the first, a bit each */
	char verb[16];
};
struct msg_audited {
	uint64_t seq;     /* highest journal number written down */
	uint64_t n;       /* entries in the audit */
	uint8_t head[32]; /* hash of the last */
	uint8_t again;    /* 1: some could not be written; send again all behind seq */
};

#endif
