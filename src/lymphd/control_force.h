/* SPDX-License-Identifier: BSD-2-Clause */
/* When an order was really in force: what the operator's mode was while it stood. */
#ifndef LYMPHD_CONTROL_FORCE_H
#define LYMPHD_CONTROL_FORCE_H

#include "lymphd/control.h"

#define FORCE_CHANGES 1024 /* newest changes of the mode kept */

struct force_modes {
	struct {
		msec at;
		bool on; /* enforce, and no panic */
	} v[FORCE_CHANGES];    /* a ring */
	uint64_t n, looked;
	msec first;            /* the oldest event looked at */
};

/* Reads the journal's newest events of no case. ret: all zero. 0 or negative errno. */
int force_read(struct store *s, struct force_modes *ret);
/* Puts "carrier", "in_force", "in_force_more" and "in_force_note". ended: when it was withdrawn or ran
 * out; 0: no such event. True if it was in force for any time. */
bool force_put(struct control_call *k, json_t *o, const struct order *r, const struct force_modes *m,
    msec ended, msec now);

#endif
