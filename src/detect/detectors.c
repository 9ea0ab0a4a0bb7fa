/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of detectors: one row each, in the order in which they see a flow. */
#include "detect/flood.h"
#include "detect/parts.h"

const struct detector_ops *const detectors[] = {
	&flood_ops,
	&scan_ops,
	&walk_ops,
	&spray_ops,
	&exposed_ops,
	NULL,
};
