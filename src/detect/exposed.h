/* SPDX-License-Identifier: BSD-2-Clause */
/* Which inbound exchanges a line answered, for asks. */
#ifndef DETECT_EXPOSED_H
#define DETECT_EXPOSED_H

#include "detect/parts.h"

/* Of a line's flow between these ports exchanges are remembered. Sampled and plain web traffic is most of all
 * there is, and tells nothing here. */
static inline bool
exposed_looks(uint16_t port, uint16_t far_port)
{
	return (port < far_port && port < 49152) || far_port >= 1024;
}

/* An inbound exchange on port (0: on any of n ports) was answered within 6 h of `when`, s. *full: others
 * were, so many that one on that port may have been forgotten. */
bool exposed_answered(const struct line *l, const uint16_t *port, int n, uint32_t when, bool *full);

#endif
