/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of scans and exposure keep about a line. All zero is a line never seen. */
#ifndef DETECT_SCAN_STATE_H
#define DETECT_SCAN_STATE_H

#include <stdint.h>

/* In every line. */
struct scan_state {
	uint8_t room[112];
};

/* In a suspect. */
struct scan_suspect {
	uint8_t room[64];
};

#endif
