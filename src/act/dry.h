/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test does to the dry actuator behind its owner's back. a must come from act_dry_new.
 */
#ifndef ACT_DRY_H
#define ACT_DRY_H

#include "act/act.h"

/* Its time, in place of clock_boot. */
void act_dry_clock(struct act *a, msec (*now)(void *arg), void *arg);
/* The table goes (false: all entries with it), or comes back, empty and not kept. */
void act_dry_table(struct act *a, bool there);
/* One set emptied, its sentinel too, as a person with nft would. */
void act_dry_wipe(struct act *a, enum act_set s);
/* One entry deleted. False: it was not there. */
bool act_dry_lose(struct act *a, const struct act_entry *place);
/* One entry added, as a person would: e->order, put, end as given; left MSEC_NEVER: for ever. */
void act_dry_slip(struct act *a, const struct act_entry *e, msec left);
/* The next put of this place is answered with err; 0: of none. */
void act_dry_fail(struct act *a, const struct act_entry *place, int err);
void act_dry_hit(struct act *a, const struct act_entry *place, uint64_t packets, uint64_t bytes);
/* Entries there now, and how often commit was called, and puts and drops it carried out. */
struct act_dry_count {
	uint64_t entries, commits, puts, replaced, drops;
};
void act_dry_count(struct act *a, struct act_dry_count *ret);

#endif
