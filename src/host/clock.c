/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks, see clock.h. A build with test hooks adds LYMPH_CLOCK_OFFSET_MS to the wall clock, read
 * once at start, so that a scenario can live through days, and can jump (clock_jump); the clocks that
 * never jump are never shifted. Must not be called from a pure floor.
 */
#include "host/clock.h"

#include <stdlib.h>
#include <time.h>

static msec
clock_read(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (msec)t.tv_sec * MSEC_SECOND + t.tv_nsec / 1000000;
}

msec
clock_span(const char *name, msec usual)
{
#ifdef LYMPH_TESTHOOKS
	const char *s = getenv(name);
	if (s)
		return strtoll(s, NULL, 10);
#endif
	(void)name;
	return usual;
}

#ifdef LYMPH_TESTHOOKS
/* Before main, so that a role's later box or a changed environment makes no difference. */
static msec offset;

__attribute__((constructor)) static void
clock_hook(void)
{
	offset = clock_span("LYMPH_CLOCK_OFFSET_MS", 0);
}

void
clock_jump(msec by)
{
	offset += by;
}
#else
#define offset 0
#endif

msec
clock_real(void)
{
	return clock_read(CLOCK_REALTIME) + offset;
}

msec
clock_mono(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

msec
clock_boot(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

int64_t
clock_micro(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
