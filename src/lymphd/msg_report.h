/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Reports, and what those who made them hear. */
#ifndef LYMPHD_MSG_REPORT_H
#define LYMPHD_MSG_REPORT_H

#include "model/fact.h"
#include "wire/xarf.h"
#include "lymphd/vouch.h"

#define TOKEN_BYTES 24 /* what the bearer token of a report is: see edge_outcome.c */
struct msg_outcome_get {
	uint64_t ticket;
	uint8_t id[16];     /* of the report */
	uint8_t token[TOKEN_BYTES];
};
/* The tail: JSON, then its signature in base64. Both empty: no such report, or not its token. */
#define OUTCOME_MOST 4096
struct msg_outcome {
	uint64_t ticket;
	uint32_t text_len, sig_len;
};
struct msg_server_key {
	struct key key;
};
struct msg_room {
	uint64_t unsigned_left; /* bytes */
};
/* Since hear-reports started. */
enum hear_count { HEAR_TAKEN, HEAR_CUT, HEAR_BY_KEY, HEAR_BY_NETWORK, HEAR_BY_SHARE, HEAR_BY_CROWD,
	HEAR_FORGOTTEN, HEAR_COUNT_N };
struct msg_hear_counts {
	uint64_t n[HEAR_COUNT_N]; /* taken; slow lines cut; refused, by the share of a key, of a network, of
	                             the unsigned on disk, of them at a time; buckets given up for others */
};

/* A report, parsed and its signature verified by hear. The tail: signature blob (sig_len bytes),
 * then the body unless it travels as sealed memory. */
#define REPLY_MAIL 160
struct msg_report {
	uint64_t ticket; /* hear's number for the waiting request; comes back in the answer */
	struct report report;
	uint32_t body_len, sig_len;
	char identity[NAME_TEXT]; /* who vouches, without a machine key: then the key is identity_key's;
	                             "" nobody, or who signed with that key (model/identity.h) */
	char reply_to[XARF_REPLY]; /* a mail address the outcome is asked to be sent to; "" none */
	uint8_t vouch[VOUCH_BYTES]; /* verify's, for a "pgp:" identity */
	char reply_mail[REPLY_MAIL]; /* the Message-ID of the mail it came in, with its <>; "" none */
};

enum answer {
	ANSWER_ACCEPTED,  /* committed */
	ANSWER_SAME,      /* committed before: the same answer again */
	ANSWER_CONFLICT,  /* same id, other bytes: 409 */
	ANSWER_NOT_OURS,  /* outside own prefixes */
	ANSWER_FULL,      /* no room on disk: 507 */
	ANSWER_ASIDE,     /* set aside: it crashed a role twice */
	ANSWER_REFERRED,  /* not ours: sent on to whose it is */
	ANSWER_N,
};
#define INSTEAD 128 /* a mail address, or a peer's URL */
struct msg_report_answer {
	uint64_t ticket, seq, case_no;
	uint32_t answer; /* enum answer */
	uint32_t credit_bytes;
	char instead[INSTEAD];      /* NOT_OURS, to who is proven: where to turn; "" not known */
	uint8_t token[TOKEN_BYTES]; /* ACCEPTED and SAME: asks for the outcome later; the same each time */
};

#endif
