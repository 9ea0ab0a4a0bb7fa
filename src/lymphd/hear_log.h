/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role hear-log's own parts to each other: hear_log.c (the role, its messages), hear_log_batch.c (lines
 * to claims to reports), hear_log_tail.c (files), hear_log_net.c (syslog sockets). Not for others.
 *
 * Exactly once, for files: lines are read in batches. Before the claims of a batch are handed in, its
 * bounds and its stamp are committed (M_LOG_MARK, to > mark.offset); after all of them are answered, that it
 * is done (to == mark.offset). Whoever dies in between reads the same lines again, and makes of them the
 * same reports with the same ids, which the judge knows.
 */
#ifndef LYMPHD_HEAR_LOG_H
#define LYMPHD_HEAR_LOG_H

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/handoff.h"
#include "lymphd/log_tail.h"
#include "wire/claim.h"
#include "wire/eve.h"
#include "wire/gather.h"
#include "wire/logclaim.h"
#include "wire/syslog.h"

#define LOG_FLUSH_MOST  (60 * MSEC_SECOND) /* a batch is no older than this when it is closed */
#define LOG_FLUSH_QUIET (5 * MSEC_SECOND)  /* nor waits longer than this for more accusations */
#define LOG_OPEN        256                /* accusations gathered at a time, then it is closed */
#define LOG_SLOTS       4096               /* reports not answered, over all logs */
#define LOG_NET_OUT     2048               /* of a syslog socket: more are dropped, and counted */
#define LOG_LINE        (128u << 10)       /* of a line looked at as text */

struct hear_log;
struct log_in;
struct syslog_door; /* hear_log_net.c */

/* A report on its way. */
struct log_out {
	struct log_out *next; /* of its log, oldest first */
	struct handed h;
	struct msg_report m;
	struct log_in *log;
	char *doc;
	bool again; /* refused for want of room: later */
};

enum log_state {
	LOG_ASKING, /* where were we? The judge knows */
	LOG_READING,
	LOG_PLANNING, /* the batch is closed; its bounds are being committed */
	LOG_SENDING,  /* its reports are with the judge */
	LOG_MARKING,  /* all answered; that it is done is being committed */
};

struct log_in {
	struct hear_log *h;
	const struct conf_log *row;
	struct identity identity;
	bool refers; /* what it says of others' addresses may be sent on */
	struct log_state_row *told; /* counters, as the judge hears them */
	enum log_state state;
	/* The batch. */
	struct log_mark from; /* where it begins */
	msec arrived;         /* its stamp: part of every report of it */
	msec opened, last;    /* mono: first line, last accusation; 0 none */
	uint64_t replay;      /* its end, when it is read again; 0: it is new */
	uint64_t serial;      /* of a listener's batches */
	bool full;
	struct log_counts {
		uint64_t lines, accusing;
	} kept; /* up to `from` */
	struct gather *gather;
	struct logclaim *text; /* NULL: this form has none */
	struct log_out *first, **tail_out;
	size_t outs; /* not answered */
	/* Files. */
	struct log_tail tail;
	struct msg_log_mark mark; /* as last said */
	bool unsaid;              /* for want of credit: said when there is some */
	uint64_t offer_no;        /* the FILE that named the log itself last */
	bool stale;               /* have the files offered anew */
	/* The black box: the log, or, when it killed us twice, each line. */
	uint8_t digest[32];
	bool careful;
	struct syslog_door *door;
};

struct hear_log {
	struct role_ctx *c;
	struct log_in *log;
	unsigned logs;
	struct handoff out;
	struct loop_event *turn, *tick;
	char *buf;              /* TAIL_LINE + 1 */
	char line[LOG_LINE];    /* a syslog message as a line */
	struct log_in *reading; /* whose line is in hand */
	struct msg_log_state state;
	struct msg_log_state said;
};

/* hear_log_batch.c */
void batch_init(struct log_in *l);
/* Opens one; arrived: its stamp. */
void batch_open(struct log_in *l, msec arrived);
/* One line in whatever form. Non-zero: the batch is full. */
int batch_line(struct log_in *l, const char *s, size_t n);
/* A syslog message without its frame. */
int batch_syslog(struct log_in *l, const char *s, size_t n);
/* Is it time to close it? */
bool batch_due(const struct log_in *l, msec mono);
/* What was gathered becomes reports. */
void batch_close(struct log_in *l);
/* Hands in what is made and not handed in yet. */
void batch_send(struct log_in *l);
/* The judge's answer. */
void batch_answered(struct hear_log *h, const struct msg_report_answer *a);

/* hear_log_tail.c */
void tail_file(struct hear_log *h, const struct msg_file *m, int fd);
void tail_marked(struct hear_log *h, const struct msg_log_mark *m);
/* Does what can be done now: reads, closes, says marks. True: there is more at once. */
bool tail_turn(struct log_in *l, msec mono);
void tail_judge_up(struct log_in *l);
/* Now and then: who writes on in what was left. */
void tail_late(struct log_in *l);
/* There is credit again. */
void tail_room(struct log_in *l);

/* hear_log_net.c */
void net_init(struct log_in *l, int fd); /* the socket the warden opened for it */
void net_start(struct log_in *l);
void net_turn(struct log_in *l, msec mono);

/* hear_log.c */
void hear_log_soon(struct hear_log *h); /* a turn at once */

#endif
