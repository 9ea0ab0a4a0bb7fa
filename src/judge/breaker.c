/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds back any order as it is given, whatever its case: whether the mode lets it be carried, and
 * the breaker that holds quarantines when filters come too fast. It only counts and tells; it never
 * touches an order. */
#include "judge/orders.h"

bool
mode_would(const struct judge *j)
{
	return j->m.mode != MODE_ENFORCE || j->m.panic;
}

/* Trips at once; closes at the end of a whole clock hour with fewer. */
void
breaker_count(struct judge *j, msec now)
{
	uint64_t hour = (uint64_t)(now / MSEC_HOUR);
	j->m.filters = j->m.filter_hour == hour ? j->m.filters + 1 : 1;
	j->m.filter_hour = hour;
	if (!P(j, breaker_filters) || j->m.filters < (uint64_t)P(j, breaker_filters))
		return;
	if (!j->m.breaker_at)
		tell(j, EVENT_BREAKER, 0, 0, 1, 0);
	j->m.breaker_at = ((msec)hour + 2) * MSEC_HOUR;
}

void
breaker_timer(struct judge *j, msec now)
{
	if (!j->m.breaker_at || j->m.breaker_at > now)
		return;
	j->m.breaker_at = 0;
	obj_touch(j, &j->meta);
	tell(j, EVENT_BREAKER, 0, 0, 0, 0);
}
