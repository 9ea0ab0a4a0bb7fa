/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detector of contacts with command servers lends to whoever answers the judge. Not for use
 * outside this folder. */
#ifndef DETECT_C2_H
#define DETECT_C2_H

#include "detect/parts.h"

/* In how many different windows of 5 minutes, of the last 6 hours, a line and a listed server exchanged
 * packets both ways, the line having begun; at most 8. That many are needed to say "active": */
#define C2_WINDOWS 3
unsigned c2_windows(const struct detect *d, uint64_t line);

extern const struct detector_ops c2_ops;

#endif
