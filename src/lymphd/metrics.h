/* SPDX-License-Identifier: BSD-2-Clause */
/* The text for hear-metrics while it is written: a line that does not fit is left out whole. */
#ifndef LYMPHD_METRICS_H
#define LYMPHD_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct edge;

#define METRICS_MOST (60 * 1024)
struct metrics_text {
	size_t n;
	char s[METRICS_MOST];
};

void metrics_say(struct metrics_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void metrics_head(struct metrics_text *t, const char *name, const char *type, const char *help);
void metrics_gauge(struct metrics_text *t, const char *name, const char *help, uint64_t v);
void metrics_counter(struct metrics_text *t, const char *name, const char *help, uint64_t v);

/* metrics_flow.c: telemetry; nothing where none is configured. */
void metrics_flow(struct metrics_text *t, struct edge *e);
/* metrics_answers.c: shares and outcomes. */
void metrics_answers(struct metrics_text *t, struct edge *e);
/* metrics_door.c: machines and bouncers of CrowdSec. */
void metrics_door(struct metrics_text *t, struct edge *e);
/* metrics_log.c: the same of logs. */
void metrics_log(struct metrics_text *t, struct edge *e);
/* metrics_whose.c: asking registries. */
void metrics_whose(struct metrics_text *t, struct edge *e);

#endif
