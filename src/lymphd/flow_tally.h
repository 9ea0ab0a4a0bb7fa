/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came, by interface and by exporter: counted where flows pass by, for `lymph exporters`. Interfaces
 * are whatever numbers an exporter writes, so their table is finite and each exporter has its share.
 */
#ifndef LYMPHD_FLOW_TALLY_H
#define LYMPHD_FLOW_TALLY_H

#include "lymphd/flow_state.h"

#define TALLY_SHARE 1024 /* interfaces of one exporter at most */

struct flow_tally;

/* sights must outlive it. NULL: out of memory. */
struct flow_tally *tally_new(const struct sights *sights);
void tally_free(struct flow_tally *t);
void tally_flows(struct flow_tally *t, const struct flow *f, size_t n, msec now);
/* At most FLOW_IFACES, by exporter and ifIndex. *cut: some had no room. How many. */
size_t tally_ifaces(struct flow_tally *t, struct iface_seen *ret, bool *cut);

/* Every FLOW_STATE_EVERY: figures as they stand now; the rates come from those of 10 s ago. s: one row an
 * exporter, in the order of sights; NULL stats are zeros. */
void tally_rates(struct flow_tally *t, struct exporter_seen *ret, msec mono);

/* Is so much lost that silence means nothing? Over 5 min, more than one in twenty. drops and datagrams:
 * of the kernel and from it, ever. */
bool tally_lossy(struct flow_tally *t, const struct exporter_seen *e, uint64_t drops,
    uint64_t datagrams, msec mono);

#endif
