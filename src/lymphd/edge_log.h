/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs at the judge's edge, see edge.h: where each log was read up to is kept beside the journal,
 * committed before hear-log is told so; what it says of itself is held for whoever looks. hear-log is
 * treated as captured: it can lose its own place, and nothing else.
 */
#ifndef LYMPHD_EDGE_LOG_H
#define LYMPHD_EDGE_LOG_H

#include "lymphd/msg.h"

struct edge;

void logs_start(struct edge *e);
void logs_up(struct edge *e); /* hear-log came: a mark for each log, and one */
void logs_mark(struct edge *e, const struct msg_log_mark *m);
void logs_said(struct edge *e, const struct msg_log_state *m);
void logs_down(struct edge *e);
/* As said last, in the order of the configuration; how many. *heard: since hear-log came. */
size_t logs_all(const struct edge *e, const struct log_state_row **ret, bool *heard);

#endif
