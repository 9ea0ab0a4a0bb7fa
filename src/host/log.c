/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line per event on stderr, see log.h. A line leaves in one write, so that lines of several
 * processes on the same pipe do not mix. Must never print a byte that escape_tty has not seen.
 */
#include "host/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/clock.h"

#define LOG_LINE 2048

static char role[32] = "lymph";
static bool debug, quiet;

void
log_role(const char *name)
{
	snprintf(role, sizeof role, "%s", name);
}

void
log_debug_on(void)
{
	debug = true;
}

void
log_quiet(void)
{
	quiet = true;
}

static void
vlog(const char *grade, const char *fmt, va_list ap)
{
	char raw[LOG_LINE], safe[LOG_LINE], line[LOG_LINE + 64];
	int n = vsnprintf(raw, sizeof raw, fmt, ap);
	if (n < 0)
		return;
	escape_tty(raw, strlen(raw), safe, sizeof safe);
	n = snprintf(line, sizeof line, "%s: %s%s\n", role, grade, safe);
	/* Nowhere to report a failure to report. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

void
log_debug(const char *fmt, ...)
{
	if (!debug)
		return;
	va_list ap;
	va_start(ap, fmt);
	vlog("debug: ", fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	if (quiet)
		return;
	va_list ap;
	va_start(ap, fmt);
	vlog("", fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vlog("warning: ", fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vlog("fatal: ", fmt, ap);
	va_end(ap);
	_exit(70); /* no handlers: the state is not to be trusted */
}

void
fatal_oom(void)
{
	fatal("out of memory");
}

int
log_may(struct log_limit *l, unsigned *skipped)
{
	msec now = clock_mono();
	if (now < l->next) {
		l->held++;
		return 0;
	}
	*skipped = l->held;
	l->held = 0;
	l->next = now + MSEC_MINUTE;
	return 1;
}
