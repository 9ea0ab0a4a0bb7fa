/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hear-reports serves over HTTP: its paths, what of a request is refused by its head, and the words
 * of all answers. A request that is complete and in order sleeps until the judge's answer. Must never echo
 * what a client sent.
 */
#include "lymphd/hear_reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "host/clock.h"
#include "host/log.h"
#include "wire/statement.h"

#define RETRY_AFTER "10"

struct pages {
	struct http *http;
	char *about, *key; /* key NULL: not told yet */
};

/* Answers. */

static void
answer_text(struct request *r, unsigned status, const char *type, const char *text, size_t n)
{
	char *copy = malloc(n + 1);
	if (!copy)
		fatal_oom();
	memcpy(copy, text, n);
	http_answer(&r->h, status, type, copy, n);
}

/* RFC 9110 15.5.2: a 401 must say how. */
static const char *
challenge(enum problem_id id)
{
	return id == PROBLEM_TOKEN ? "Bearer realm=\"lymph\""
	                           : "Lymph-Signature namespace=\"" SSHSIG_NAMESPACE "\"";
}

void
page_refuse(struct intake *in, struct request *r, const struct refusal *why)
{
	struct problem p = { .id = why->id };
	char detail[256];
	size_t n = 0;
	unsigned status = problem_row(why->id)->status;
	if (why->field[0]) {
		p.field = why->field;
		p.rule = why->rule;
		snprintf(detail, sizeof(detail), "%s: %s", why->field, why->rule);
		p.detail = detail;
	}
	if (why->names_address) {
		p.address = &why->address;
		p.prefixes = in->prefixes;
		p.prefix_count = in->prefix_count;
		p.prefix_more = in->prefix_more;
		p.instead = why->instead[0] ? why->instead : NULL;
	}
	in->count.refused[why->id]++;
	char *text = problem_print(&p, &n);
	if (!text)
		fatal_oom();
	http_answer(&r->h, status, "application/problem+json", text, n);
	if (why->after) {
		snprintf(detail, sizeof(detail), "%" PRId64, (why->after + MSEC_SECOND - 1) / MSEC_SECOND);
		http_answer_header(&r->h, "Retry-After", detail);
	} else if (status == 503) {
		http_answer_header(&r->h, "Retry-After", RETRY_AFTER);
	}
	if (status == 401)
		http_answer_header(&r->h, "WWW-Authenticate", challenge(why->id));
}

void
page_refuse_by(struct intake *in, struct request *r, enum problem_id id, const char *field, const char *rule)
{
	struct refusal why;
	refuse(&why, id, field, rule);
	page_refuse(in, r, &why);
}

void
page_accept(struct intake *in, struct request *r, uint64_t seq, const char *token)
{
	size_t n = 0;
	in->count.taken++;
	char *text = receipt_print(r->msg.report.id, seq, token,
	    r->signer_unknown ? "by a key that is not known here: taken as unsigned" : NULL, &n);
	if (!text)
		fatal_oom();
	http_answer(&r->h, 202, "application/json", text, n);
}

void
page_outcome(struct request *r, const char *text, size_t n, size_t sig_n)
{
	char sig[OUTCOME_MOST];
	memcpy(sig, text + n, sig_n);
	sig[sig_n] = '\0';
	answer_text(r, 200, "application/json", text, n);
	http_answer_header(&r->h, "Lymph-Signature", sig);
	http_answer_header(&r->h, "Cache-Control", "no-store");
}

void
page_admitted(struct request *r, const struct msg_statement_answer *a)
{
	size_t n = 0;
	char *text = admitted_print(&a->key, a->not_after, a->fingerprint, &n);
	if (!text)
		fatal_oom();
	http_answer(&r->h, 200, "application/json", text, n);
}

/* Requests. */

static bool
is_json(const char *type)
{
	static const char want[] = "application/json";
	size_t n = sizeof(want) - 1;
	return type && strncasecmp(type, want, n) == 0 &&
	    (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* An SSHSIG goes in front of the body. 0, or -1 with *why. */
static int
take_signature(struct request *r, const char *sig, struct refusal *why)
{
	if (!http_grow(&r->h, SSHSIG_MAX))
		return refuse(why, PROBLEM_BUSY, "", "");
	if (strlen(sig) > 2 * SSHSIG_MAX ||
	    sshsig_dearmor(sig, strlen(sig), r->h.buf, SSHSIG_MAX, &r->h.head) < 0)
		return refuse(why, PROBLEM_REPORT, "Lymph-Signature", "RFC 4648 4: base64 of an SSHSIG blob");
	r->h.len = r->h.head;
	return 0;
}

/* What can be refused by the headers alone; the signature is decoded into r. */
static int
check_headers(struct intake *in, struct request *r, struct refusal *why)
{
	const char *sig = http_header(&r->h, "Lymph-Signature");
	const char *pgp = http_header(&r->h, "Lymph-PGP-Signature");
	const char *type = http_header(&r->h, "Content-Type");
	uint64_t n = r->h.length;
	r->clear = pgp_media(type);
	if (!is_json(type) && !r->clear)
		return refuse(why, PROBLEM_MEDIA, "Content-Type",
		    "lymph: application/json, or text/plain that is clear-signed");
	/* A statement has the machine's beside it. */
	if ((sig && r->page != PAGE_KEYS) + (pgp != NULL) + r->clear > 1)
		return refuse(why, PROBLEM_REPORT, "Lymph-PGP-Signature", "lymph: one signature, not two");
	if (http_header(&r->h, "Content-Encoding"))
		return refuse(why, PROBLEM_MEDIA, "Content-Encoding", "lymph: none");
	if (n > XARF_MAX_BYTES)
		return refuse(why, PROBLEM_LENGTH, "Content-Length", "lymph: at most 22 MB (23068672 bytes)");
	r->is_signed = sig || pgp || r->clear;
	if (admit_network(in, &r->h.from, n, why) < 0 || (!r->is_signed && admit_unsigned(in, r, n, why) < 0) ||
	    (pgp && pgp_header(r, pgp, why) < 0))
		return -1;
	return sig ? take_signature(r, sig, why) : 0;
}

/* The outcome of a report. Asked for when the request is whole. */
static void
begin_outcome(struct intake *in, struct request *r, const char *id)
{
	struct refusal why = { 0 };
	why.id = outcome_parse(id, http_header(&r->h, "Authorization"), &r->get);
	if (admit_network(in, &r->h.from, 0, &why) < 0 || why.id != PROBLEM_N)
		page_refuse(in, r, &why);
}

static void
begin_report(struct intake *in, struct request *r)
{
	struct refusal why;
	r->h.most = r->page == PAGE_KEYS ? STATEMENT_MAX + PGP_SIG_TEXT : XARF_MAX_BYTES;
	if (check_headers(in, r, &why) < 0)
		page_refuse(in, r, &why);
}

static void
begin_read(struct intake *in, struct request *r)
{
	struct refusal why;
	if (read_begin(in, r, &why) < 0)
		page_refuse(in, r, &why);
}

static const struct {
	const char *path;
	enum page_no get, post; /* PAGE_NONE: not there by this method */
} paths[] = {
	{ "/v1/", PAGE_ABOUT, PAGE_NONE },
	{ "/v1/key", PAGE_KEY, PAGE_NONE },
	{ "/v1/keys", PAGE_NONE, PAGE_KEYS },
	{ "/v1/reports", PAGE_READ, PAGE_REPORTS },
	{ "/v1/cases", PAGE_READ, PAGE_NONE },
};

/* The pages at this path. False: there is nothing. */
static bool
pages_at(struct request *r, const char *url, const char **id, enum page_no *get, enum page_no *post)
{
	*post = PAGE_NONE;
	*get = outcome_url(url, id) ? PAGE_OUTCOME : read_url(url, &r->read) ? PAGE_READ : PAGE_NONE;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(url, paths[i].path) == 0) {
			*get = paths[i].get;
			*post = paths[i].post;
		}
	return *get != PAGE_NONE || *post != PAGE_NONE;
}

static void
on_begin(void *arg, struct http_req *q, const char *method, const char *url)
{
	struct intake *in = arg;
	struct request *r = request_of(q);
	enum page_no get, post;
	const char *id;
	if (!pages_at(r, url, &id, &get, &post))
		return page_refuse_by(in, r, PROBLEM_NO_PATH, "path", "lymph: /v1/reports, /v1/reports/ID, "
		    "/v1/cases, /v1/cases/NUMBER, /v1/keys, /v1/key or /v1/");
	r->page = q->get ? get : strcmp(method, "POST") == 0 ? post : PAGE_NONE;
	switch (r->page) {
	case PAGE_NONE:
		page_refuse_by(in, r, PROBLEM_METHOD, "method",
		    !post ? "lymph: GET" : get ? "lymph: GET or POST" : "lymph: POST");
		return http_answer_header(q, "Allow", !post ? "GET, HEAD" : get ? "GET, HEAD, POST" : "POST");
	case PAGE_OUTCOME: return begin_outcome(in, r, id);
	case PAGE_READ: return begin_read(in, r);
	case PAGE_KEYS: /* fall through */
	case PAGE_REPORTS: return begin_report(in, r);
	default: return;
	}
}

static void
on_more(void *arg, struct http_req *q, size_t n)
{
	struct request *r = request_of(q);
	struct refusal why;
	if (r->page == PAGE_REPORTS && !r->is_signed && admit_unsigned(arg, r, q->len + n, &why) < 0)
		page_refuse(arg, r, &why); /* who had not said how long it would be */
}

static void
on_fault(void *arg, struct http_req *q, enum http_fault why)
{
	struct request *r = request_of(q);
	if (why == HTTP_BUSY)
		page_refuse_by(arg, r, PROBLEM_BUSY, "", "");
	else
		page_refuse_by(arg, r, PROBLEM_LENGTH, "body", r->page == PAGE_KEYS
		    ? "lymph: a statement of at most 4096 bytes" : "lymph: at most 22 MB (23068672 bytes)");
}

/* What came is checked as far as it can be without asking. 0, or -1 with *why; *later: the answer to a
 * question about its signature comes first. */
static int
take(struct intake *in, struct request *r, bool *later, struct refusal *why)
{
	/* The body of nothing has no buffer: any address will do. */
	const uint8_t *p = r->h.buf ? r->h.buf : (const uint8_t *)"";
	size_t head = r->h.head;
	*later = true;
	if (r->clear && !pgp_is_clear(p + head, r->h.len - head))
		return refuse(why, PROBLEM_MEDIA, "Content-Type",
		    "lymph: application/json, or a text clear-signed from its first byte on (RFC 4880 7)");
	if (r->page == PAGE_KEYS)
		return pgp_state(in, r, why);
	if (r->clear)
		return pgp_ask(in, r, why);
	if (check_report(in->c->conf, p, head, p + head, r->h.len - head, clock_real(), r->pgp_n > 0, &r->msg, why) < 0)
		return -1;
	r->msg.report.from = r->h.from;
	if (r->pgp_n)
		return pgp_ask(in, r, why);
	*later = false;
	return admit_key(in, &r->msg.report.key, r->h.len, why);
}

static void
whole_report(struct intake *in, struct request *r)
{
	struct refusal why;
	bool later;
	if (take(in, r, &later, &why) < 0) {
		in->drop(in, r);
		return page_refuse(in, r, &why);
	}
	http_sleep(&r->h);
	if (!later)
		in->hand(in, r);
}

static void
on_whole(void *arg, struct http_req *q)
{
	struct intake *in = arg;
	struct request *r = request_of(q);
	const char *key = in->pages->key;
	switch (r->page) {
	case PAGE_ABOUT:
		return answer_text(r, 200, "application/json", in->pages->about, strlen(in->pages->about));
	case PAGE_KEY:
		return key ? answer_text(r, 200, "text/plain", key, strlen(key))
		           : page_refuse_by(in, r, PROBLEM_BUSY, "", "");
	case PAGE_OUTCOME:
		return outcome_ask(in, r) ? http_sleep(q) : page_refuse_by(in, r, PROBLEM_BUSY, "", "");
	case PAGE_READ:
		return read_ask(in, r) ? http_sleep(q) : page_refuse_by(in, r, PROBLEM_BUSY, "", "");
	default: return whole_report(in, r);
	}
}

static void
on_done(void *arg, struct http_req *q)
{
	struct intake *in = arg;
	struct request *r = request_of(q);
	in->drop(in, r);
	admit_done(in, r);
	pgp_forget(r);
}

static void
on_sweep(void *arg, msec now)
{
	struct intake *in = arg;
	in->count.cut = http_cut(in->pages->http);
	in->sweep(in, now);
}

void
page_key(struct intake *in, const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		fatal_oom();
	free(in->pages->key);
	in->pages->key = copy;
}

static char *
about(const struct conf *conf)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:[s], s:s, s:s, s:s, s:s}", "service", "lymph", "name", conf->name,
	    "version", LYMPH_VERSION, "accepts", "XARF 4", "reports", "/v1/reports", "key", "/v1/key",
	    "keys", "/v1/keys", "cases", "/v1/cases");
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text)
		fatal_oom();
	return text;
}

void
pages_init(struct intake *in)
{
	static const struct http_ops ops = { .request_size = sizeof(struct request), .begin = on_begin,
		.more = on_more, .whole = on_whole, .fault = on_fault, .done = on_done, .sweep = on_sweep };
	static const struct http_limits limits = { .slots = INTAKE_SLOTS, .held = INTAKE_HELD,
		.small = INTAKE_SMALL, .swallow = XARF_MAX_BYTES };
	struct pages *p = calloc(1, sizeof(*p));
	if (!p)
		fatal_oom();
	in->pages = p;
	p->about = about(in->c->conf);
	p->http = http_new(in->c, LISTEN_REPORTS, &ops, &limits, in);
	if (http_sockets(p->http) == 0)
		log_warn("no listening socket: no reports will come");
}

void
pages_start(struct intake *in)
{
	http_start(in->pages->http);
}
