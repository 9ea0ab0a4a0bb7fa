/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two-sided proof. Probe claims "open" with a token and the secret that came back through the
 * target; hear-canary tells which token it saw, which secret it gave and to whom. Only the pair makes
 * a verdict: each side alone may be captured or fooled. Both tables are bounded; the oldest goes out.
 */
#ifndef LYMPHD_JOIN_H
#define LYMPHD_JOIN_H

#include "base/tree.h"
#include "lymphd/msg.h"

#define JOIN_CAP  4096              /* of either side */
#define JOIN_WAIT (3 * MSEC_SECOND) /* between the two sides, either order */

struct join_entry {
	struct tree_node node;
	uint8_t pair[32]; /* token, secret */
	msec at; /* monotonic */
	bool used;
	struct look_result result; /* of a claim */
	struct addr egress;        /* of a sighting */
};

struct join_side {
	struct tree by_pair;
	struct join_entry *ring; /* oldest first from tail */
	uint32_t head, tail;     /* counters; place = counter % JOIN_CAP */
	uint64_t evicted;
};

struct join {
	struct join_side claims, sightings;
	uint64_t pairs, one_sided;
};

/* Out of memory: -ENOMEM. */
int join_init(struct join *j);
void join_free(struct join *j);
/* A claim of `open`. True: its sighting is there already, *ret is the joined verdict. */
bool join_claim(struct join *j, msec mono, const struct msg_look_done *d, struct look_result *ret);
/* A sighting. True: it completes a waiting claim, *ret is the joined verdict. */
bool join_sighting(struct join *j, msec mono, const struct msg_token_seen *t, struct look_result *ret);
/* Takes out one claim whose time is over, or that was pushed out, as inconclusive; false: none. */
bool join_over(struct join *j, msec mono, struct look_result *ret);
/* When the next claim's time is over; MSEC_NEVER: none waits. */
msec join_due(const struct join *j);

#endif
