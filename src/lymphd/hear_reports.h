/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of hear-reports, for its files: hear_reports.c (the role and the judge's side),
 * hear_reports_http.c (its paths and answers), hear_reports_admit.c (how much of whom), hear_reports_check.c
 * (is this a report for us?), hear_reports_pgp.c (OpenPGP), hear_reports_outcome.c (what became of it),
 * hear_reports_read.c (cases, for who has a token).
 */
#ifndef LYMPHD_HEAR_REPORTS_H
#define LYMPHD_HEAR_REPORTS_H

#include <stdbool.h>

#include "lymphd/handoff.h"
#include "lymphd/hear_reports_quota.h"
#include "lymphd/http.h"
#include "lymphd/refusal.h"
#include "wire/sshsig.h"
#include "wire/xarf.h"

#define INTAKE_SLOTS    1024          /* connections, and so requests, at a time */
#define INTAKE_HELD     (256u << 20)  /* bytes of bodies held over all of them */
#define INTAKE_SMALL    65536         /* a body up to here finds room whatever larger ones take */
#define INTAKE_LARGE    (INTAKE_HELD - INTAKE_SLOTS * INTAKE_SMALL) /* what those may take */
#define INTAKE_PREFIXES 64            /* named in a refusal; the rest are counted */

struct pages;

enum page_no { PAGE_NONE, PAGE_ABOUT, PAGE_KEY, PAGE_KEYS, PAGE_REPORTS, PAGE_OUTCOME, PAGE_READ };

enum request_state {
	REQUEST_READING,   /* with us */
	REQUEST_VERIFYING, /* asleep: its OpenPGP signature is looked at */
	REQUEST_HANDED,    /* checked, asleep, on its way to the judge and back */
};

struct request {
	struct http_req h;           /* first; its body: the signature, then the report: what follows msg */
	struct handed handed;
	enum page_no page;
	enum request_state state;
	size_t reserved;             /* of what the unsigned may take */
	bool is_signed, counted;     /* has a signature, whosever; counted: among the unsigned */
	bool clear;                  /* the body is a clear-signed text, until it was verified */
	bool signer_unknown;         /* its OpenPGP signature is by no key known here: unsigned */
	uint8_t *pgp;                /* a detached OpenPGP signature, its packets */
	size_t pgp_n;
	struct msg_report msg;
	struct msg_outcome_get get;
	struct msg_read read;
	struct msg_verify ask;
	struct msg_statement statement;
};

static inline struct request *
request_of(struct http_req *q)
{
	return (struct request *)q;
}

struct intake {
	struct role_ctx *c;
	struct handoff judge, crowd;    /* requests handed on: signed; and those nobody signed */
	struct handoff asked;           /* questions about outcomes */
	struct handoff reads;           /* questions about cases */
	struct handoff verify, statement; /* signatures to be looked at; statements */
	struct admit {
		struct quota key, network, reads;
		uint64_t unsigned_left;     /* by the judge's last word, bytes on disk */
		uint64_t unsigned_held;     /* in requests not answered yet */
		unsigned unsigned_n;
		uint64_t share_refused, crowd_refused;
		msec told_at;
	} admit;
	char (*prefix_text)[PREFIX_TEXT];
	const char *prefixes[INTAKE_PREFIXES];
	size_t prefix_count, prefix_more;
	struct pages *pages;
	/* What the pages ask of the judge's side; set by hear_reports.c before pages_init. */
	void (*hand)(struct intake *in, struct request *r); /* takes a checked request; an answer comes later */
	void (*drop)(struct intake *in, struct request *r); /* forgets one whose connection is gone */
	void (*sweep)(struct intake *in, msec now); /* tells who waited too long to come back later */
	struct {
		uint64_t taken, cut, refused[PROBLEM_N]; /* cut: lines that were too slow */
	} count, told;
	msec told_at;
};

/* hear_reports_check.c: body and signature to a message for the judge. 0, or -1 with *ret filled.
 * msg->ticket is the caller's. pgp: somebody signed it with OpenPGP, or says so; who learns that nobody
 * did asks check_ours() again. */
int check_report(const struct conf *conf, const uint8_t *sig, size_t sig_len, const uint8_t *body,
    size_t n, msec now, bool pgp, struct msg_report *msg, struct refusal *ret);
/* Is it about an address of ours, or is what somebody signed of use although it is not? */
int check_ours(const struct conf *conf, const struct addr *subject, bool is_signed, struct refusal *ret);

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
/* What a client brought (RFC 6750 2.1): n bytes into ret; -EACCES: no bearer token at all, -EINVAL: none of
 * that size. auth: the header's value, or NULL. */
int bearer_token(const char *auth, uint8_t *ret, size_t n);
void outcome_init(struct intake *in);
/* Is this the path of a report's outcome? */
bool outcome_url(const char *url, const char **id);
/* PROBLEM_N and *ret filled, or what is wrong. auth: the header's value, or NULL. */
enum problem_id outcome_parse(const char *id, const char *auth, struct msg_outcome_get *ret);
/* Asks the judge; false: too many do. */
bool outcome_ask(struct intake *in, struct request *r);
void outcome_said(struct intake *in, const struct chan_msg *m);
void outcome_key(struct intake *in, const struct msg_server_key *m);

/* hear_reports_read.c */
void read_init(struct intake *in);
/* Is this a path of cases or reports to be read? */
bool read_url(const char *url, struct msg_read *m);
/* The rest of the question, by the head of the request. 0, or -1 with *ret filled. */
int read_begin(struct intake *in, struct request *r, struct refusal *ret);
/* Asks the judge; false: too many do. */
bool read_ask(struct intake *in, struct request *r);
void read_said(struct intake *in, const struct msg_read_answer *a, const void *tail, size_t tail_n,
    int fd); /* fd stays the caller's */

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
void pages_init(struct intake *in);
void pages_start(struct intake *in);
/* Answers to a request; what it was asked by is out of its queue. */
void page_accept(struct intake *in, struct request *r, uint64_t seq, const char *token);
void page_refuse(struct intake *in, struct request *r, const struct refusal *why);
void page_refuse_by(struct intake *in, struct request *r, enum problem_id id, const char *field, const char *rule);
void page_admitted(struct request *r, const struct msg_statement_answer *a);
/* text: n bytes, then the signature, sig_n. */
void page_outcome(struct request *r, const char *text, size_t n, size_t sig_n);
/* What GET /v1/key tells from now on. */
void page_key(struct intake *in, const char *text);

#endif
