/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of detectors: one row each, in the order in which they see a flow. */
#include "detect/c2.h"
#include "detect/flood.h"
#include "detect/parts.h"
#include "detect/population.h"

const struct detector_ops *const detectors[] = {
	&population_ops, /* before flood: what it claims is counted once */
	&flood_ops,
	&scan_ops,
	&walk_ops,
	&spray_ops,
	&exposed_ops,
	&c2_ops,
	&spoof_ops,
	&outbreak_ops,
	&idle_ops,
	&relay_ops,
	NULL,
};
