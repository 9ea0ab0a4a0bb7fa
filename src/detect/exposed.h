/* SPDX-License-Identifier: BSD-2-Clause */
/* Which inbound exchanges a line answered, for asks. */
#ifndef DETECT_EXPOSED_H
#define DETECT_EXPOSED_H

#include "detect/parts.h"

/* An inbound exchange on port (0: on any of n ports) was answered within 6 h of `when`, s. *full: others
 * were, so many that one on that port may have been forgotten. */
bool exposed_answered(const struct line *l, const uint16_t *port, int n, uint32_t when, bool *full);

#endif
