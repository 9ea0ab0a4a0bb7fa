/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging for programs and host code: one line to stderr, "role: text", as journald likes it. All
 * text goes through escape_tty. Floors base, model, wire, detect, judge, probe never log.
 */
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include <stdint.h>

void log_role(const char *name);
void log_debug_on(void);
void log_quiet(void); /* warnings only */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Logs and exits with status 70 (EX_SOFTWARE): broken invariant or out of memory. */
_Noreturn void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal_oom(void);

/* A limiter for one source of repeated errors: true when this one may be logged; *skipped is how
 * many were held back since the last. Allows one a minute. */
struct log_limit {
	int64_t next;
	unsigned held;
};
int log_may(struct log_limit *l, unsigned *skipped);

#endif
