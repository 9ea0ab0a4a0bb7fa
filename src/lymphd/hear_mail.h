/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of hear-mail: hear_mail.c (the role, files, memory), hear_mail_sock.c (the intake socket),
 * hear_mail_job.c (from a mail to its reports and its tray), hear_mail_sheet.c (tables, row by row). A job
 * is one thing handed in; it is over when the judge has committed all that came of it, or cannot be.
 */
#ifndef LYMPHD_HEAR_MAIL_H
#define LYMPHD_HEAR_MAIL_H

#include "lymphd/handoff.h"
#include "lymphd/hear_reports_quota.h"
#include "wire/claim.h"
#include "wire/mail.h"
#include "wire/sheet.h"

#define DESK_JOBS    64            /* at a time, waiting ones too */
#define DESK_HELD    MAIL_BYTES    /* bytes of mails in memory, all together */
#define DESK_WINDOW  256           /* reports on their way to the judge */
#define DESK_OUT     (2u << 20)    /* bytes of these, then no more are made */
#define DESK_KEPT    32            /* of these places for mails */
#define DESK_FILES   4             /* files role watch may offer at a time */
#define DESK_HEAD    256           /* first line of what comes by the socket */
#define DESK_CHUNK   65536
#define DESK_SEALED  (32u << 10)   /* what is larger is read straight into memory that can be sealed */
#define DESK_UNPACKED (1u << 30)   /* of the tables of one mail */
#define DESK_OVER    (16u << 20)   /* of a mail over MAIL_BYTES that are read, and kept */
#define DESK_NOBODY  5000          /* claims of one mail nobody vouches for: a small one can unpack to a million */
#define DESK_FOREIGN 1000          /* claims about others' addresses of one job that the judge is shown */

enum job_from { JOB_FILE, JOB_SOCKET };
enum job_step {
	JOB_READING, /* its bytes come in, or wait for memory */
	JOB_VERIFY,  /* its signature is with role verify */
	JOB_CLAIMS,  /* reports are made of it and answered */
	JOB_STREAM,  /* a table: rows come in, reports go out */
	JOB_KEEP,    /* the mail itself is with the judge */
	JOB_OVER,
	JOB_TURN,    /* read; the judge is asked whether its source may send that many */
};

struct job {
	struct job *prev, *next;
	struct desk *d;
	enum job_from from;
	enum job_step step;
	int fd;                    /* the file, or the connection; -1: none any more */
	struct loop_event *event;  /* of the connection */
	struct msg_file file;
	/* malloc'ed; or, mem >= 0, mapped: the only copy, which goes to the judge as it is. */
	uint8_t *bytes;
	int mem;
	size_t n, room;            /* read; memory */
	msec arrived, since;       /* wall clock; mono, of its last step forward */
	uint8_t digest[32];        /* SHA-256 of its bytes; of a table: of its name and first bytes */
	uint8_t origin[32];        /* by what its claims are known again: the digest; what of it was signed */
	bool shut, over;           /* sealed; larger than MAIL_BYTES: only its beginning is here */
	bool unverified;           /* signed, and nobody to verify it */
	struct identity signed_by;
	uint8_t vouch[VOUCH_BYTES]; /* verify's, of that */
	msec signed_at;            /* when that signature was made */
	struct handed verify;
	struct msg_verify ask;
	struct mail_signed sig;
	int signed_mem;            /* what sig holds, sealed; -1 */
	struct mail_seen seen;
	bool seen_there;
	size_t next_claim, next_doc, next_sheet;
	struct sheet *sheet;
	uint64_t unpacked;         /* bytes of the sheets before it */
	struct logtime_ref ref;
	/* By the socket: its first line; a table. */
	char head[DESK_HEAD], name[128];
	size_t head_n;
	bool headed, digested;
	uint64_t length, got;      /* bytes it says, bytes that came */
	struct identity feed;
	bool end, fed_end;         /* no more bytes will come; the table has heard so */
	const char *refused;       /* why the table was not read to its end */
	char why[160];             /* the first thing in a mail that was refused, and the rule; "" none */
	/* Reports: on their way; answered. */
	uint32_t open, made, same, not_ours, full, aside, broken;
	uint32_t claimed, foreign; /* claims handed in; of them not ours: they may be sent on */
	bool cut;                  /* there were more, and nobody vouches for them */
	uint32_t cases;
	uint64_t case_no[MAIL_CASES];
	struct handed may, keep;
	struct msg_mail_may turn;
	struct msg_mail mail;
	msec after;                /* FILE_LATER: not before; 0: no time is known */
};

struct desk {
	struct role_ctx *c;
	struct handoff judge, verify;
	struct mail_terms terms;
	struct mail_token token[CONF_TOKENS];
	const char *domain[CONF_DOMAINS];
	struct job *first, *last;  /* oldest first */
	unsigned jobs;
	size_t held, out;          /* bytes of mails; of reports on their way */
	struct loop_event *tick, *turn, *listen;
	struct {
		uint64_t mails, tables, reports, later, refused, unreadable;
	} count, told;
	msec told_at;
};

/* hear_mail.c */
struct job *job_new(struct desk *d, enum job_from from, int fd);
void job_free(struct job *j);
/* Room for n more bytes of a table; false: not now. */
bool job_room(struct job *j, size_t n);
/* Room for a mail of at most n bytes, all of it. 0; -EAGAIN: not now, and no other mail has to go on for it. */
int job_hold(struct job *j, size_t n);
/* Its n bytes are there and change no more. 0, or -errno: then they are gone. */
int job_shut(struct job *j);
/* Have the reports on their way all the room they may take? */
bool desk_full(const struct desk *d);
/* Tells whoever handed it in, and forgets it. why: for people. */
void job_over(struct job *j, enum file_result result, const char *why);
/* All jobs shall see whether they can go on. */
void desk_turn(struct desk *d);

/* hear_mail_job.c: all bytes are there; its turn, a step forward; then what came of what the judge and verify
 * were asked: a report, keep, its turn, a signature. */
void job_whole(struct job *j);
void job_turn(struct job *j);
void job_go(struct job *j);
void job_answered(struct desk *d, const struct msg_report_answer *a);
void job_kept(struct desk *d, const struct msg_mail_answer *a);
void job_may(struct desk *d, const struct msg_mail_may_answer *a);
void job_verified(struct desk *d, const struct msg_verified *v, int fd);
/* A claim on its way: 0, -EAGAIN: no room, offer it again. */
int job_claim(struct job *j, const struct claim *c, const uint8_t origin[32]);
/* What of it is refused, and by which rule: the first such word stands with the mail if nothing in it counts. */
void job_why(struct job *j, const char *what, const char *rule);
bool job_ours(const struct addr *a, void *arg);
/* May what it says of somebody else's address be sent on? */
bool job_refers(const struct job *j, const struct addr *a);

/* hear_mail_sheet.c: the next sheets of a mail; 0 done, -EAGAIN. A table that comes by the socket. */
int sheets_go(struct job *j);
void stream_go(struct job *j);

/* hear_mail_sock.c */
void intake_listen(struct desk *d, int fd);
void intake_tell(struct job *j, enum file_result result, const char *why);
void intake_wake(struct job *j);

#endif
