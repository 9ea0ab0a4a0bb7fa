/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of hear-alerts, for its files: hear_alerts.c (the role, the judge's and the warden's word),
 * hear_alerts_http.c (who asks for what, and may), hear_alerts_push.c (alerts to reports),
 * hear_alerts_stream.c (orders to decisions).
 */
#ifndef LYMPHD_HEAR_ALERTS_H
#define LYMPHD_HEAR_ALERTS_H

#include "act/conscience.h"
#include "host/clock.h"
#include "lymphd/door_scope.h"
#include "lymphd/handoff.h"
#include "lymphd/hear_reports_quota.h"
#include "lymphd/http.h"
#include "wire/alert.h"

#define DOOR_SLOTS   256         /* connections */
#define DOOR_HELD    (96u << 20) /* bytes of bodies over all of them */
#define DOOR_SMALL   (64u << 10)
#define DOOR_PUSH    (16u << 20) /* of one push */
#define DOOR_OUT     1024        /* reports on their way to the judge */
#define DOOR_EACH    256         /* of them of one push */
#define DOOR_SESSION MSEC_HOUR   /* a login lasts */

/* What a bouncer was told, by value. */
struct given {
	struct prefix value;
	enum class_id cls;
	uint64_t no;   /* of the order, the oldest */
	msec ends;     /* clock_mono(): of the order */
	msec until;    /* ... of what the bouncer was told */
};

/* Who may come, and what it did. */
struct member {
	struct door_row row;
	struct msg_door_seen seen;
	bool changed;          /* since the judge was told */
	bool began;            /* a bouncer that has its list */
	struct given *given;   /* by value */
	size_t given_n;
};

/* An order in force as the conscience let it pass. */
struct ban {
	struct prefix value;
	enum class_id cls;
	bool own;
	uint64_t no;
	msec ends;
};

struct way;
struct push;
struct visit {
	struct http_req r; /* first */
	const struct way *way;
	char name[NAME_TEXT]; /* of who asks, once it is known; by then: */
	enum door_kind kind;
	bool head;
	unsigned refused;    /* 0, or the answer when the body is through, and */
	const char *why;
	/* A registration. */
	struct handed handed;
	struct msg_door_register reg;
	/* A push. */
	struct push *first;  /* reports on their way */
	unsigned outs;
	size_t at, alerts;   /* read so far: bytes, alerts; of them nothing but decisions: */
	size_t orders;
	bool pushing, full;  /* full: the judge has no room */
	struct visit *next;  /* of those that push */
};

struct hear_door {
	struct role_ctx *c;
	struct http *http;
	struct member *member;
	size_t members;
	bool listed;         /* the judge has said who may come */
	uint8_t secret[32];  /* sessions are signed with it; a life long */
	struct handoff reports, registers;
	struct visit *pushing;
	struct quota key, network;
	struct msg_door_counts counts, said;
	struct loop_event *tick;
	char *text;          /* CLAIM_TEXT bytes */
	/* The word of the warden, the orders of the judge. */
	bool may;
	struct conscience *con, *next;
	struct door_order *order;
	size_t orders;
	msec heard;          /* clock_mono() of the orders */
	struct ban *ban;     /* by value */
	size_t bans;
};

/* hear_alerts.c */
struct member *door_member(struct hear_door *h, enum door_kind kind, const char *name);
void door_count(struct hear_door *h, enum door_kind kind, const char *name, enum door_count what, uint64_t n);

/* hear_alerts_http.c */
void door_http_init(struct hear_door *h);
void door_registered(struct hear_door *h, const struct msg_door_answer *a);
/* {"message": ...}, as the agents and bouncers expect it; words of ours. */
void door_say(struct visit *v, unsigned status, const char *message);

/* hear_alerts_push.c: a whole body; what the judge says of a report; who is gone; each second. */
void push_begin(struct hear_door *h, struct visit *v);
void push_answered(struct hear_door *h, const struct msg_report_answer *a);
void push_drop(struct hear_door *h, struct visit *v);
void push_sweep(struct hear_door *h, msec now);
/* There is room again. */
void push_all(struct hear_door *h);

/* hear_alerts_stream.c */
void stream_orders(struct hear_door *h, const struct msg_door_orders *m, int fd); /* fd stays the caller's */
/* The word changed: what may be told is found anew. */
void stream_build(struct hear_door *h);
/* Which of them a request asks for, beyond its scope: "" all. Strangers' text. */
struct stream_want {
	const char *scopes, *origins, *with, *without; /* lists of words, NULL: not said */
};
/* What is new and what is gone for this bouncer, as JSON (malloc); startup: it begins anew. */
char *stream_pull(struct hear_door *h, struct member *b, bool startup, const struct stream_want *w, size_t *n);
/* Decisions about one address or prefix (fam 0: all), as JSON. */
char *stream_ask(struct hear_door *h, struct member *b, const struct prefix *about, const struct stream_want *w,
    size_t *n);

#endif
