/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Mails, files and logs, from those who read them to the judge. */
#ifndef LYMPHD_MSG_MAIL_H
#define LYMPHD_MSG_MAIL_H

#include "conf/conf.h"
#include "lymphd/log_tail.h"
#include "lymphd/msg_report.h"

/* A mail whose claims are all answered, sorted. The tail, or sealed memory: its bytes, size of them.
 * All texts are a stranger's but the rule. */
#define MAIL_FIELD 256
#define MAIL_CASES 8
struct msg_mail {
	uint64_t ticket;
	uint8_t digest[32];           /* SHA-256 of the bytes: the same mail again is known by it */
	int64_t date, arrived;        /* msec; date: of its Date, 0 none */
	uint32_t tray;                /* enum tray */
	uint32_t claims, elsewhere;   /* reports made of it; claims left out, about others' addresses */
	uint32_t size, cases;
	uint64_t case_no[MAIL_CASES]; /* where its reports went, the first ones */
	uint8_t may_answer;
	uint8_t unverified;           /* 1: signed, and nobody was there to verify it */
	char identity[NAME_TEXT];
	char rule[MAIL_FIELD], from[MAIL_FIELD], subject[MAIL_FIELD], message_id[MAIL_FIELD],
	    reply_to[MAIL_FIELD];
	char bounced_id[MAIL_FIELD], bounced[MAIL_FIELD], bounced_status[16]; /* as wire/mail.h has them */
	uint8_t vouch[VOUCH_BYTES];   /* verify's, for a "pgp:" identity */
};
struct msg_mail_answer {
	uint64_t ticket, no; /* no: the mail's, 0 unless kept */
	uint32_t answer;     /* enum answer */
};

/* May a mail of this source be taken now? Asked before its claims are, of those nobody but its domain vouches
 * for. */
struct msg_mail_may {
	uint64_t ticket;
	uint8_t digest[32];
	uint32_t size, turn;      /* turn: enum quota_turn */
	char identity[NAME_TEXT]; /* "dkim:DOMAIN"; "" nobody's */
};
struct msg_mail_may_answer {
	uint64_t ticket;
	int64_t after;            /* msec; 0: now */
};

/* A file to read, open, read-only: the whole of it (mail), or from offset on, as it grows (log). */
enum file_kind { FILE_MAIL,
	FILE_LOG,     /* the log itself, after all its rotated parts */
	FILE_LOG_OLD, /* one of these, oldest first */
	FILE_KIND_N };
#define FILE_TEXT 128
struct msg_file {
	uint64_t no;                      /* comes back */
	uint64_t size, offset, inode, dev;
	int64_t modified;                 /* msec */
	uint32_t kind;                    /* enum file_kind */
	uint32_t waited;                  /* 1: it was sent back until a time, and that has come */
	char name[FILE_TEXT];             /* the mail's, without its folder; the log's, by configuration */
};
enum file_result {
	FILE_TAKEN, /* committed: a mail may go to cur/ */
	FILE_LATER, /* no room, nobody to commit it: offer it again */
	FILE_ASIDE, /* never again: it crashed a role twice, or cannot be read */
	FILE_RESULT_N,
};
struct msg_file_done {
	uint64_t no, offset;
	int64_t after;   /* FILE_LATER: msec, not before; 0: no time is said */
	uint32_t result; /* enum file_result */
};

/* A batch of a log's lines, see hear_log.h. mark: it was read so far, and all claims of that are committed.
 * to > mark.offset: the claims of the lines up to there come next, all with the stamp `arrived`. */
struct msg_log_mark {
	char name[NAME_TEXT];     /* the log's */
	struct log_mark mark;
	uint64_t to;
	int64_t arrived;
	uint64_t lines, accusing, gaps; /* ever, up to the mark */
	int32_t err;              /* in an answer: could not be kept */
	uint32_t ask;             /* 1: tell me */
};
/* Since hear-log started but lines, accusing and gaps, which are ever. */
struct log_state_row {
	char name[NAME_TEXT];
	uint64_t lines, accusing, neutral;
	uint64_t broken;          /* not in the form it should have */
	uint64_t limited;         /* given up: a pattern ran into its limits */
	uint64_t aside;           /* passed over: it killed the role */
	uint64_t too_long, over;  /* left out; cut at the cap */
	uint64_t gaps;            /* times that lines may be missing */
	uint64_t reports, again, failed; /* taken; had before; refused or not to be made */
	uint64_t dropped, refused; /* no room; not in the allow list */
	uint64_t behind;          /* bytes of the file not read yet */
	uint64_t referred, foreign; /* about others' addresses: told them, or waits to be; not */
};
struct msg_log_state {
	uint64_t n;
	struct log_state_row row[CONF_LOGS]; /* in the order of the configuration */
};

#endif
