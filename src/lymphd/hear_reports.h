/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of hear-reports, for its three files: hear_reports.c (the role and the judge's side),
 * hear_reports_http.c (requests, limits, answers), hear_reports_check.c (is this a report for us?).
 */
#ifndef LYMPHD_HEAR_REPORTS_H
#define LYMPHD_HEAR_REPORTS_H

#include <stdbool.h>

#include "lymphd/handoff.h"
#include "wire/problem.h"
#include "wire/sshsig.h"
#include "wire/xarf.h"

#define INTAKE_SLOTS    1024          /* connections, and so requests, at a time */
#define INTAKE_HELD     (256u << 20)  /* bytes of bodies held over all of them */
#define INTAKE_SMALL    65536         /* a body up to here finds room whatever larger ones take */
#define INTAKE_LARGE    (INTAKE_HELD - INTAKE_SLOTS * INTAKE_SMALL) /* what those may take */
#define INTAKE_PREFIXES 64            /* named in a refusal; the rest are counted */

struct MHD_Connection;
struct MHD_Response;

enum request_state {
	REQUEST_READING,  /* its body is coming in */
	REQUEST_SWALLOW,  /* refused already: the rest is read and dropped, then told */
	REQUEST_HANDED,   /* checked, suspended, on its way to the judge and back */
	REQUEST_ANSWERED, /* resumed: the answer goes out */
};

struct request {
	struct handed handed;
	struct MHD_Connection *conn;
	enum request_state state;
	uint8_t *buf;                /* signature, then body: what follows msg in the message */
	size_t sig_len, len, room;   /* len: with the signature */
	size_t swallowed;
	struct msg_report msg;
	struct MHD_Response *answer;
	unsigned status;
};

/* A refusal on its way to the client. field and rule are copies: ours, never a stranger's text. */
struct refusal {
	enum problem_id id;
	char field[64], rule[128];
	bool names_address; /* with address and the prefixes served */
	struct addr address;
};

struct intake {
	struct role_ctx *c;
	struct handoff judge;           /* requests handed on */
	size_t held;                    /* bytes in bodies */
	char (*prefix_text)[PREFIX_TEXT];
	const char *prefixes[INTAKE_PREFIXES];
	size_t prefix_count, prefix_more;
	struct http *http;
	/* What the HTTP side asks of the judge's side; set by hear_reports.c before http_new. */
	void (*hand)(struct intake *in, struct request *r); /* takes a checked request; an answer comes later */
	void (*drop)(struct intake *in, struct request *r); /* forgets one whose connection is gone */
	void (*sweep)(struct intake *in, msec now); /* tells who waited too long to come back later */
	struct {
		uint64_t taken, cut, refused[PROBLEM_N]; /* cut: lines that were too slow */
	} count, told;
	msec told_at;
};

/* hear_reports_check.c: body and signature to a message for the judge. 0, or -1 with *ret filled.
 * msg->ticket is the caller's. */
int check_report(const struct conf *conf, const uint8_t *sig, size_t sig_len, const uint8_t *body,
    size_t n, msec now, struct msg_report *msg, struct refusal *ret);

/* hear_reports_http.c */
struct http *http_new(struct intake *in);
void http_start(struct http *h);
/* Resumes a handed request with its answer. */
void http_accept(struct intake *in, struct request *r, uint64_t seq);
void http_refuse(struct intake *in, struct request *r, const struct refusal *why);

#endif
