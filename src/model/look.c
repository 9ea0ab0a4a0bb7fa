/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of what a look can come to, see look.h. */
#include "model/look.h"

static const char *const verdicts[VERDICT_N] = { "inconclusive", "open", "closed", "filtered",
	"no-answer", "auth-required" };
static const char *const reasons[REASON_N] = { "", "one-sided", "timeout", "flood", "not-ours",
	"no-check", "overload", "set-aside", "local" };
static const char *const methods[PROBE_N] = { "", "http-connect", "http-get", "socks5", "socks4",
	"socks4a" };

const char *
verdict_name(enum verdict v)
{
	return (unsigned)v < VERDICT_N ? verdicts[v] : "inconclusive";
}

const char *
look_reason_name(enum look_reason r)
{
	return (unsigned)r < REASON_N ? reasons[r] : "";
}

const char *
probe_method_name(enum probe_method m)
{
	return (unsigned)m < PROBE_N ? methods[m] : "";
}
