/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The telemetry side of the judge's edge, see edge.h: what hear-flow found becomes facts, what the judge
 * wants to know of own flows is asked, and what hear-flow says of itself is held for whoever looks.
 * hear-flow is treated as captured: each field is checked before anything is believed or shown.
 */
#ifndef LYMPHD_EDGE_FLOWS_H
#define LYMPHD_EDGE_FLOWS_H

#include <jansson.h>

#include "judge/judge.h"
#include "lymphd/flow_state.h"
#include "lymphd/msg.h"
#include "wire/flow_json.h"

struct edge;

/* All of it: made after the store is open; hear-flow comes and goes, has credit again. */
void telemetry_start(struct edge *e);
void telemetry_up(struct edge *e);
void telemetry_down(struct edge *e);
void telemetry_room(struct edge *e);

/* Events of a case that are not the judge's, above all of enum event_kind: flows of its line were kept
 * with fact a; own flows said something about it in fact a. */
#define EVENT_FLOWS_KEPT 1000
#define EVENT_FLOWS_SAID 1001

/* edge_flow.c: findings and answers, in batches, into the journal. */
struct flows_totals {
	uint64_t by[DETECTORS];    /* findings taken, by detector */
	uint64_t repeats, not_ours, refused; /* had before; of no line of ours; not what it should be */
	uint64_t answers, answers_lost; /* of own flows, kept; that found no room */
	uint64_t spared_bytes;     /* of floods, while an order that would stop them stood */
};
void flows_finding(struct edge *e, const struct msg_finding *m);
/* seen is checked. case_no: the case that asked. */
void flows_answer(struct edge *e, const struct flow_seen *seen, uint64_t case_no);
/* The newest flows of a line, into the journal with its case. text is taken. */
void flows_sample(struct edge *e, const struct flow_seen *seen, uint64_t case_no, char *text);
const struct flows_totals *flows_totals(const struct edge *e);
/* An address, or none where that may be, as this machine writes it. */
bool flows_addr_sane(const struct addr *a, bool may_be_none);
bool flows_prefix_sane(const struct prefix *p);

/* edge_alert.c: findings about no line: an outbreak, an interface that lets forged sources in. The
 * newest of each thing, in a file of the state folder. */
#define ALERTS 64
struct alert {
	struct finding finding;
	msec first, last;
	uint64_t times;
};
void alerts_start(struct edge *e);
void alerts_add(struct edge *e, const struct finding *f);
/* Writes what alerts_add changed. 0 or negative errno. */
int alerts_save(struct edge *e);
/* Newest first. How many; *ret stays good until the next is added. */
size_t alerts_all(const struct edge *e, const struct alert **ret);
/* Whether forged sources came in through that interface within the last hour before now. */
bool alerts_spoofed(const struct edge *e, uint16_t exporter, uint32_t iface, msec now);

/* edge_ask.c: the judge's questions. stage inside the transaction. */
struct asks_totals {
	uint64_t asked, answered, coalesced, lost, dropped; /* lost: no answer came; dropped: no room */
};
void asks_start(struct edge *e);
void asks_stage(struct edge *e, const struct flow_ask *a);
void asks_committed(struct edge *e);
void asks_aborted(struct edge *e);
void asks_up(struct edge *e);
void asks_down(struct edge *e);
void asks_seen(struct edge *e, const struct msg_seen *m);
const struct asks_totals *asks_totals(const struct edge *e);

/* edge_watch.c: whose flows are to be kept, and a sample of them for the case. */
struct watch_totals {
	uint64_t lines, sent, full, samples; /* watched now; M_WATCH sent; not watched for want of room */
};
void watch_start(struct edge *e);
/* What an event means for it; inside the transaction. */
void watch_stage(struct edge *e, const struct event *ev);
void watch_committed(struct edge *e);
void watch_aborted(struct edge *e);
void watch_up(struct edge *e);
void watch_down(struct edge *e);
/* Whether the line of that address is watched, by all the judge's edge knows. */
bool watch_has(const struct edge *e, const struct addr *a);
void watch_totals(const struct edge *e, struct watch_totals *ret);

/* edge_kept.c: asks hear-flow what it keeps of an address; answered within KEPT_PATIENCE. err: 0,
 * -ETIMEDOUT, -EPIPE (it went away) or -EBADMSG. f: only flows of that line. */
#define KEPT_PATIENCE (2 * MSEC_SECOND)
typedef void kept_cb(struct edge *e, void *arg, const struct flow *f, size_t n, bool watched, int err);
void kept_start(struct edge *e);
/* 0, -ENOTCONN (no hear-flow), -EBUSY (too many ask). cb is not called from inside. */
int kept_get(struct edge *e, const struct addr *a, uint32_t most, kept_cb *cb, void *arg);
void kept_answer(struct edge *e, const struct msg_kept *m, int fd); /* takes fd */
void kept_down(struct edge *e);

/* edge_state.c: what hear-flow last said of itself; NULL: nothing, or it is away. */
struct flow_view {
	const struct flow_state *s;
	const struct exporter_seen *exporter;
	const struct iface_seen *iface;
	const struct stranger_seen *stranger;
	const struct top_row *top;
	const struct memory_seen *memory;
	struct msg_flow_state n;
	msec heard; /* clock_mono() */
};
void state_start(struct edge *e);
void state_said(struct edge *e, const struct msg_flow_state *m, int fd); /* takes fd */
void state_down(struct edge *e);
const struct flow_view *state_view(const struct edge *e);

/* flow_json.c: for bodies in the store and for the control socket. Fatal when out of memory. */
json_t *finding_json(const struct finding *f, const char *exporter); /* exporter: its name, or NULL */
json_t *flow_json(const struct flow *f, const char *exporter);
/* The exporter's name by the configuration; NULL: no such row. */
const char *exporter_name(const struct edge *e, uint16_t row);

#endif
