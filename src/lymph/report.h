/* SPDX-License-Identifier: BSD-2-Clause */
/* lymph report, the parts it passes around: what was asked, what was made of the log, what became of
 * it. One run is one struct run. */
#ifndef LYMPH_REPORT_H
#define LYMPH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lymph/queue.h"
#include "lymph/redact.h"
#include "lymph/report_conf.h"
#include "lymph/report_key.h"
#include "lymph/report_log.h"
#include "lymph/report_send.h"
#include "model/class.h"
#include "wire/xarf.h"

/* Exit status, as the manual page has it. */
enum report_exit {
	REPORT_ACCEPTED = 0,
	REPORT_FAILED = 1,
	REPORT_USAGE = 2,
	REPORT_NOTHING = 3, /* the log does not accuse the address */
	REPORT_QUEUED = 4,
	REPORT_REFUSED = 5,
};

struct report_ask {
	enum class_id cls; /* CLASS_NONE: only --flush */
	struct addr subject;
	uint16_t port;
	const char *time, *sign, *pgp, *to;
	struct redact *redact; /* what is taken out of the log lines; never NULL */
	bool dry, json, flush, status;
	const char *status_of; /* the id asked about; NULL: all */
};

/* What the log came to. */
struct report_made {
	bool given;          /* there was a log */
	enum recog_says uses; /* whose lines are the evidence: SUPPORTS, or NEUTRAL for want of better */
	struct log_found log;
	msec first, last;    /* 0: no time known */
	bool zone_assumed, year_assumed, time_assumed;
	uint16_t port;       /* asked for, or read from the log; 0 */
	uint8_t id[16];
	char id_text[UUID_TEXT];
	char *doc;
	size_t n;
};

struct run {
	struct report_ask ask;
	struct report_conf conf;
	struct report_made made;
	struct signature sig; /* n 0: unsigned */
	char target[REPORT_PATH];
	msec now;
	json_t *json; /* the result, when asked for; else NULL */
};

/* report_make.c: reads the log and builds the document. An exit status; REPORT_ACCEPTED goes on. */
enum report_exit report_make(struct run *r, int log);
void report_made_free(struct report_made *m);

/* report_show.c: for people on stderr, or into r->json. */
void report_show(const struct run *r);
/* Only what the log came to: no report was made of it. */
void report_show_found(const struct run *r);
/* An error or note, printf-like, to stderr or the JSON result. Arguments must be escaped or ours. */
void report_say(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What became of one report; of is "" for this run's own, else what the old one was about. */
void report_show_answer(struct run *r, const char *of, const struct answer *a, enum report_exit x,
    const struct queue *q, msec not_before);

/* report_deliver.c: through the queue to the server. */
enum report_exit report_deliver(struct run *r);
/* Sends what waits; at most max entries. dead: a target already found silent, or NULL. */
enum report_exit report_flush(struct run *r, unsigned max, const char *dead);

/* report_status.c: what became of the reports sent; id NULL: the newest. */
enum report_exit report_status(struct run *r, const char *id);

#endif
