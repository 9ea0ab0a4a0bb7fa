/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of hear-reports, for its files: hear_reports.c (the role and the judge's side),
 * hear_reports_http.c (requests, limits, answers), hear_reports_from.c (whose), hear_reports_admit.c (how
 * much of whom), hear_reports_check.c (is this a report for us?), hear_reports_outcome.c (what became of it).
 */
#ifndef LYMPHD_HEAR_REPORTS_H
#define LYMPHD_HEAR_REPORTS_H

#include <stdbool.h>

#include "lymphd/handoff.h"
#include "lymphd/hear_reports_quota.h"
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
	REQUEST_VERIFYING, /* suspended: its OpenPGP signature is looked at */
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
	size_t reserved;             /* of what the unsigned may take */
	bool is_signed, counted;     /* has a signature, whosever; counted: among the unsigned */
	bool proxied;                /* came by the Unix socket */
	bool asks;                   /* GET of an outcome: get, not msg */
	struct addr from;            /* who submits; fam 0: local or unknown */
	bool clear;                  /* the body is a clear-signed text, until it was verified */
	bool states;                 /* POST of a statement: ask or statement, not msg */
	bool signer_unknown;         /* its OpenPGP signature is by no key known here: unsigned */
	uint8_t *pgp;                /* a detached OpenPGP signature, its packets */
	size_t pgp_n;
	struct msg_report msg;
	struct msg_outcome_get get;
	struct msg_verify ask;
	struct msg_statement statement;
	struct MHD_Response *answer;
	unsigned status;
};

/* A refusal on its way to the client. field and rule are copies: ours, never a stranger's text. */
struct refusal {
	enum problem_id id;
	char field[64], rule[128];
	msec after;         /* when to come back; 0: not said */
	bool names_address; /* with address and the prefixes served */
	struct addr address;
};

struct intake {
	struct role_ctx *c;
	struct handoff judge, crowd;    /* requests handed on: signed; and those nobody signed */
	struct handoff asked;           /* questions about outcomes */
	struct handoff verify, statement; /* signatures to be looked at; statements */
	struct admit {
		struct quota key, network;
		uint64_t unsigned_left;     /* by the judge's last word, bytes on disk */
		uint64_t unsigned_held;     /* in requests not answered yet */
		unsigned unsigned_n;
		uint64_t share_refused, crowd_refused;
		msec told_at;
	} admit;
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

/* hear_reports_from.c: the address a request counts for. proxied: it came by the Unix socket. */
struct addr http_from(struct MHD_Connection *conn, bool *proxied);

/* hear_reports_admit.c: 0, or -1 with *ret filled. */
void admit_init(struct intake *in);
int admit_network(struct intake *in, const struct addr *from, size_t n, struct refusal *ret);
int admit_unsigned(struct intake *in, struct request *r, size_t n, struct refusal *ret);
int admit_key(struct intake *in, const struct key *key, size_t n, struct refusal *ret);
/* The request is gone. */
void admit_done(struct intake *in, struct request *r);
/* Now and then: the figures, to the judge. */
void admit_tell(struct intake *in, msec now);

/* hear_reports_outcome.c */
void outcome_init(struct intake *in);
/* Is this the path of a report's outcome? */
bool outcome_url(const char *url, const char **id);
/* PROBLEM_N and *ret filled, or what is wrong. auth: the header's value, or NULL. */
enum problem_id outcome_parse(const char *id, const char *auth, struct msg_outcome_get *ret);
/* Asks the judge; false: too many do. */
bool outcome_ask(struct intake *in, struct request *r);
void outcome_said(struct intake *in, const struct chan_msg *m);
void outcome_key(struct intake *in, const struct msg_server_key *m);

/* hear_reports_pgp.c */
#define SIG_KEPT 4096 /* bytes of a signature kept beside its report; a longer one is not */
void pgp_init(struct intake *in);
bool pgp_media(const char *type); /* of a clear-signed text */
/* The header's value into r->pgp. 0, or -1 with *ret filled. */
int pgp_header(struct request *r, const char *value, struct refusal *ret);
void pgp_forget(struct request *r);
/* Asks verify about r, a checked report with its signature or a clear-signed text; the judge about a
 * statement. 0, or -1 with *ret filled; an answer comes later. */
int pgp_ask(struct intake *in, struct request *r, struct refusal *ret);
int pgp_state(struct intake *in, struct request *r, struct refusal *ret);
void pgp_verified(struct intake *in, const struct msg_verified *a, int fd); /* fd stays the caller's */
void pgp_stated(struct intake *in, const struct msg_statement_answer *a);

/* hear_reports_http.c */
bool http_grow(struct intake *in, struct request *r, size_t n); /* room for n more bytes of body */
void http_forget_body(struct intake *in, struct request *r);
void http_admitted(struct intake *in, struct request *r, const struct msg_statement_answer *a);
struct http *http_new(struct intake *in);
void http_start(struct http *h);
/* Resumes a handed request with its answer. */
void http_accept(struct intake *in, struct request *r, uint64_t seq, const char *token);
/* text: n bytes, then the signature, sig_n. */
void http_outcome(struct intake *in, struct request *r, const char *text, size_t n, size_t sig_n);
void http_key(struct intake *in, const char *text);
void http_refuse(struct intake *in, struct request *r, const struct refusal *why);

#endif
