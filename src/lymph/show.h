/* SPDX-License-Identifier: BSD-2-Clause */
/* What lymphd said, for people: each takes the JSON of the control socket and nothing else, so that
 * it can be tested on fixed documents. */
#ifndef LYMPH_SHOW_H
#define LYMPH_SHOW_H

#include "lymph/out.h"

typedef void show_fn(const json_t *doc, const struct out *o);
show_fn show_status;   /* show_status.c */
show_fn show_cases, show_orders, show_reporters, show_protect, show_aside, show_outgoing;
show_fn show_plan, show_preview, show_done; /* show_desk.c */
show_fn show_record;   /* record.c */
show_fn show_why;      /* why.c */
show_fn show_case;     /* the same with timelines */
show_fn show_timeline; /* timeline.c; of one case, not of a document */

show_fn show_door, show_door_done; /* show_door.c */
show_fn show_trays, show_tray, show_mail; /* show_mail.c */
show_fn show_exporters, show_top, show_flows, show_memory; /* show_flow.c, as the next three */
/* Of the status; x may be null. */
void show_telemetry(const json_t *x, const struct out *o, int label);
/* Of a case: what own sensors and own flows say. One thing they said. */
void show_own_flows(const json_t *c, const struct out *o);
const char *show_flow_said(const json_t *said);

show_fn show_whose; /* show_whose.c, as the next */
/* Of the status; x may be null. */
void show_whose_state(const json_t *x, const struct out *o, int label);

/* Who reported: a line of a score, or a report. */
const char *show_who(const json_t *line);

/* "observe". */
const char *show_mode(const json_t *doc);
/* "192.0.2.1:3128" of a case. */
const char *show_address(const json_t *c);
/* "tcp/23" of an order or a scope; NULL: all. */
const char *show_port(const json_t *r);
/* "uid 1001", "root"; "a rule" for null. */
const char *show_person(const json_t *o, const char *key);
/* Where the next page of that command begins, if there is one. */
void show_more(const json_t *doc, const struct out *o, const char *cmd);

/* What is against an order, as "refused by the conscience: never-touch (...)"; NULL: nothing. */
const char *show_against(const json_t *order);

/* "filter tcp/3128 towards 192.0.2.1"; the other with "would " before it where that is all. */
const char *show_measure(const json_t *order);
const char *show_order_words(const json_t *order);

#endif
