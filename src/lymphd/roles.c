/* SPDX-License-Identifier: BSD-2-Clause */
/* The role table: who there is, by number. What each may do is in its own file's row. */
#include "lymphd/role.h"

static const struct role *const rows[ROLE_N] = {
	[ROLE_JUDGE] = &role_judge,
	[ROLE_PROBE] = &role_probe,
	[ROLE_HEAR_CANARY] = &role_hear_canary,
	[ROLE_HEAR_REPORTS] = &role_hear_reports,
	[ROLE_HAND] = &role_hand,
	[ROLE_HOOK] = &role_hook,
	[ROLE_HEAR_METRICS] = &role_hear_metrics,
	[ROLE_HEAR_FLOW] = &role_hear_flow,
	[ROLE_WATCH] = &role_watch,
	[ROLE_HEAR_MAIL] = &role_hear_mail,
	[ROLE_VERIFY] = &role_verify,
	[ROLE_HEAR_LOG] = &role_hear_log,
	[ROLE_FETCH] = &role_fetch,
	[ROLE_HEAR_FEED] = &role_hear_feed,
	[ROLE_HEAR_ALERTS] = &role_hear_alerts,
	[ROLE_SPEAK] = &role_speak,
};

const struct role *
role_row(enum role_id id)
{
	return id < ROLE_N ? rows[id] : NULL;
}

const char *
role_name(enum role_id id)
{
	static const char *const names[ROLE_N] = {
#define ROLE(id, name) [ROLE_##id] = name,
#include "lymphd/role.def"
#undef ROLE
	};
	return id < ROLE_N ? names[id] : "?";
}
