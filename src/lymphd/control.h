/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the control socket: its commands as a table, and the helpers that build their JSON. Numbers
 * go out raw (probabilities as decimals, times as RFC 3339 and as milliseconds); words for people are
 * the reader's work.
 */
#ifndef LYMPHD_CONTROL_H
#define LYMPHD_CONTROL_H

#include <jansson.h>
#include <sys/types.h>

#include "lymphd/case_json.h"
#include "lymphd/edge.h"

#define PAGE_MOST 1000  /* rows of one answer */
#define WALK_MOST 10000 /* rows looked at for one: the judge has other work */

/* Fills answer, or returns a negative errno with the reason in why; or CONTROL_LATER, and says the rest
 * with control_later() once it knows, in a few seconds. */
#define CONTROL_LATER  1
struct control_call {
	struct edge *e;
	const json_t *args;
	uid_t uid; /* who asks */
	uint32_t roles;
	json_t *answer;
	char *why;
	size_t why_size;
	uint64_t ticket; /* for control_later() */
};
typedef int control_fn(struct control_call *k);

control_fn control_status, control_cases, control_orders, control_protect, control_aside;
control_fn control_reporters, control_reporter_set, control_enrol, control_reporter_remove;
control_fn control_case, control_why;
control_fn control_grants, control_grant_add, control_grant_remove; /* control_grant.c */
control_fn control_plan, control_record, control_outgoing, control_outgoing_act;
control_fn control_exporters, control_top, control_flows, control_memory; /* control_flow.c */
control_fn control_holds, control_hold, control_forget, control_export; /* control_keep.c, control_export.c */
control_fn control_trays, control_tray, control_mail, control_mail_bytes, control_mail_act; /* control_mail.c */
control_fn control_whose; /* control_whose.c, as the next */
json_t *control_whose_json(const struct edge *e); /* for the status; null: nothing is configured */
control_fn control_door, control_door_approve, control_door_remove, control_door_bouncer; /* control_door.c */
control_fn control_desk, control_batch_approve, control_batch_reject, control_batch_undo;
#ifdef LYMPH_TESTHOOKS
control_fn control_inject, control_clock;
#endif

/* A reporter by the operator's name, fingerprint, key, or as a source ("pgp:..."): 1, 0, or refused. */
int control_find_reporter(struct control_call *k, const char *who, struct view_reporter *ret);
/* unknown: NULL when there are too many claims to count them. */
json_t *control_reporter_json(const struct edge *e, const struct view_reporter *v,
    const struct view_unknown *unknown);
/* What is said of one in the arguments: name, org and the numbers. 0, or refused. */
int control_take_reporter(struct control_call *k, struct reporter_set *s);
/* The reporter with this key, at no cost worth a word; false if none. */
bool control_find_key(const struct control_call *k, const struct key *key, struct view_reporter *ret);

/* The answer to the call with that ticket; doc is taken. err below 0: why, and doc is NULL. Who has gone
 * meanwhile gets nothing. */
void control_later(uint64_t ticket, int err, json_t *doc, const char *why);

/* Says why and returns err. */
int control_refuse(struct control_call *k, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Arguments; absent ones give the default. -EINVAL when of another type. */
int control_arg_int(struct control_call *k, const char *name, int64_t def, int64_t *ret);
const char *control_arg_text(const struct control_call *k, const char *name); /* NULL: absent */

/* The operator's mode, as a word. */
const char *control_mode(const struct edge *e);
json_t *control_order_json(struct edge *e, const struct order *o, msec now);
json_t *control_keep_json(const struct edge *e);      /* for the status */
/* control_log.c: for `lymph status`. */
json_t *control_logs_json(const struct edge *e);
json_t *control_trays_json(struct edge *e, msec now); /* for the status, too */
/* Finds the readers of sealed mails; before the box, for it reads /etc/passwd. */
void control_mail_init(const struct conf *c);
json_t *control_telemetry_json(const struct edge *e); /* for the status; null: none is configured */
/* What our own sensor found, from the body of fact seq; NULL: it is none of theirs. */
json_t *control_finding_json(struct edge *e, uint64_t seq);

#endif
