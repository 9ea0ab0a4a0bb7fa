/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of trays, see tray.h. */
#include "model/tray.h"

#include <string.h>

static const struct tray_row rows[TRAY_N] = {
	[TRAY_SEALED] = { "sealed", "sealed", 4 * MSEC_HOUR, false, false, false },
	[TRAY_POLICE] = { "police", "police and courts", 4 * MSEC_HOUR, true, true, true },
	[TRAY_CASE] = { "case", "became a case", 0, true, true, true },
	[TRAY_SECURITY] = { "security", "security, to be read", MSEC_DAY, true, true, true },
	[TRAY_COPYRIGHT] = { "copyright", "copyright", 3 * MSEC_DAY, true, true, true },
	[TRAY_CONTENT] = { "content", "content", MSEC_DAY, true, true, true },
	[TRAY_CUSTOMER] = { "customer", "customer's reply", MSEC_DAY, true, true, true },
	[TRAY_BOUNCE] = { "bounce", "bounce", 0, true, false, false },
	[TRAY_AUTO] = { "auto-reply", "automatic reply", 0, true, false, false },
	[TRAY_MARKETING] = { "marketing", "marketing", 0, true, false, false },
	[TRAY_ELSEWHERE] = { "not-ours", "not our network", 7 * MSEC_DAY, true, true, true },
	[TRAY_UNREADABLE] = { "unreadable", "unreadable", MSEC_DAY, false, true, false },
};

const struct tray_row *
tray_row(enum tray t)
{
	return &rows[(unsigned)t < TRAY_N ? t : TRAY_UNREADABLE];
}

enum tray
tray_by_name(const char *s)
{
	for (int t = 0; t < TRAY_N; t++)
		if (strcmp(rows[t].name, s) == 0)
			return (enum tray)t;
	return TRAY_N;
}
