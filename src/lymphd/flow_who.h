/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose datagram is this? The exporters of the configuration by address and port, found by one hash; and
 * of those who are none the newest few, for whoever wonders why their router is not heard. A stranger
 * can neither grow this nor slow it down.
 */
#ifndef LYMPHD_FLOW_WHO_H
#define LYMPHD_FLOW_WHO_H

#include "lymphd/flow_state.h"

struct flow_who;

/* sights must outlive it. NULL: out of memory. */
struct flow_who *who_new(const struct sights *sights);
void who_free(struct flow_who *w);
/* As sights_who: the exporter's row, -ENOENT. */
int who_find(const struct flow_who *w, const struct addr *a, uint16_t port);
/* One datagram of a stranger. */
void who_stranger(struct flow_who *w, const struct addr *a, uint16_t port, msec now);
/* Newest first; most at least FLOW_STRANGERS. How many. */
size_t who_strangers(const struct flow_who *w, struct stranger_seen *ret);

#endif
