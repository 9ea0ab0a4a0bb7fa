/* SPDX-License-Identifier: BSD-2-Clause */
/* Test hooks of lymph report; nothing in a build that is installed. LYMPH_TEST_STOP names the place
 * where the process kills itself, LYMPH_TEST_NOW (ms) is the time, LYMPH_TEST_ID the report's id. */
#ifndef LYMPH_REPORT_HOOK_H
#define LYMPH_REPORT_HOOK_H

#include <stddef.h>

#ifdef LYMPH_TESTHOOKS
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static inline void
report_hook_stop(const char *place)
{
	const char *s = getenv("LYMPH_TEST_STOP");
	if (s && strcmp(s, place) == 0)
		raise(SIGKILL);
}

static inline const char *
report_hook(const char *name)
{
	return getenv(name);
}
#else
static inline void
report_hook_stop(const char *place)
{
	(void)place;
}

static inline const char *
report_hook(const char *name)
{
	(void)name;
	return NULL;
}
#endif

#endif
