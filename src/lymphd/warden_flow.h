/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of indicators, for hear-flow, which may open none: read whole, handed over sealed, at its start
 * and whenever the file changes. */
#ifndef LYMPHD_WARDEN_FLOW_H
#define LYMPHD_WARDEN_FLOW_H

#include "lymphd/warden_crew.h"

/* Looks at the file from now on, if the configuration names one. */
void warden_flow_start(struct crew *w);
/* hear-flow is ready, or new: it is told the newest. */
void warden_flow_ready(void);
void warden_flow_stop(void);

#endif
