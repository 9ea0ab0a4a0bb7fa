/* SPDX-License-Identifier: BSD-2-Clause */
/* The only place that reads clocks. */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include "base/msec.h"

msec clock_real(void); /* wall clock */
msec clock_mono(void); /* since some start, never jumps */
msec clock_boot(void); /* since the machine started, sleep included; never jumps */
int64_t clock_micro(void); /* as clock_mono, in microseconds, for measuring */
/* How long to wait: usual, ms; in a build with test hooks what the environment says under that name. */
msec clock_span(const char *name, msec usual);
#ifdef LYMPH_TESTHOOKS
void clock_jump(msec by); /* the wall clock of this process, from now on */
#endif

#endif
