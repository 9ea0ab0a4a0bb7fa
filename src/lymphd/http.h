/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP for any role that hears it: requests in, answers out, and the limits between. The role says in a
 * table of calls what it wants of a request; nothing here knows what requests are about.
 */
#ifndef LYMPHD_HTTP_H
#define LYMPHD_HTTP_H

#include <stdbool.h>

#include "base/addr.h"
#include "lymphd/role.h"

struct MHD_Connection;
struct MHD_Response;
struct http;

enum http_state {
	HTTP_READING,  /* its body is coming in */
	HTTP_SWALLOW,  /* answered already: the rest is read and dropped, then told */
	HTTP_ASLEEP,   /* whole; the role answers later */
	HTTP_ANSWERED, /* the answer goes out */
};

/* A request: first member of the role's own struct, which is made and freed here. */
struct http_req {
	struct http *http;
	struct MHD_Connection *conn;
	enum http_state state;
	struct addr from;             /* who asks; fam 0: local or unknown */
	bool proxied;                 /* came by a Unix socket */
	bool get;                     /* GET or HEAD */
	uint64_t length;              /* of the body, as announced; 0: not, or none */
	size_t most;                  /* body allowed, set by begin; 0: a body is dropped unseen */
	/* What the role put in front (http_grow; head says how much, len counts it), then the body. Not
	 * terminated; NULL while empty. */
	uint8_t *buf;
	size_t head, len, room;
	size_t swallowed;
	struct MHD_Response *answer;
	unsigned status;
};

enum http_fault {
	HTTP_TOO_LONG, /* more body than r->most */
	HTTP_BUSY,     /* no room for its body */
};

struct http_ops {
	size_t request_size; /* of the role's struct; zeroed but for what http_req holds */
	/* The head is there; method and url (path alone, decoded) live as long as the request. Sets r->most,
	 * or refuses by http_answer. */
	void (*begin)(void *arg, struct http_req *r, const char *method, const char *url);
	/* n more bytes of body are here: may refuse by http_answer. NULL: all are welcome up to most. */
	void (*more)(void *arg, struct http_req *r, size_t n);
	/* It is whole: http_answer now, or http_sleep and http_answer later. */
	void (*whole)(void *arg, struct http_req *r);
	/* Has to refuse by http_answer, in its own words. */
	void (*fault)(void *arg, struct http_req *r, enum http_fault why);
	/* Answered or its line is gone: forget it. It is freed after. NULL: nothing to forget. */
	void (*done)(void *arg, struct http_req *r);
	/* Each second. NULL: not wanted. */
	void (*sweep)(void *arg, msec now);
};

struct http_limits {
	unsigned slots;   /* connections, and so requests, at a time */
	size_t held;      /* bytes of bodies over all of them; more than slots * small */
	size_t small;     /* a body up to here finds room whatever larger ones take */
	size_t swallow;   /* of a refused body that are let in when a proxy brings it: the longest allowed */
};

/* role init: takes the listening sockets of that kind. ops and limits live on. http_start: role start. */
struct http *http_new(struct role_ctx *c, enum listen_kind kind, const struct http_ops *ops,
    const struct http_limits *limits, void *arg);
void http_start(struct http *h);
/* How many of them there were. */
unsigned http_sockets(const struct http *h);

/* Of a request: a header's value, an argument behind the "?" (decoded; "" when it has no value); NULL:
 * none. A stranger's text. */
const char *http_header(const struct http_req *r, const char *name);
const char *http_query(const struct http_req *r, const char *name);

/* Answers; once per request. Takes text (malloc; NULL: empty), n bytes. type may be NULL without text. A
 * sleeping request wakes. Before the body's end this refuses: the line ends, or, where a proxy or nobody
 * could hear that, the rest is read and dropped first. */
void http_answer(struct http_req *r, unsigned status, const char *type, char *text, size_t n);
/* Right after http_answer, before the role goes back to its loop. */
void http_answer_header(struct http_req *r, const char *name, const char *value);
/* In whole: the answer comes later. */
void http_sleep(struct http_req *r);

/* Room for n more bytes of body; false: more than all together may hold. */
bool http_grow(struct http_req *r, size_t n);
void http_forget_body(struct http_req *r);

/* Lines cut off for being slow or idle, ever. */
uint64_t http_cut(const struct http *h);

#endif
