/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of floods, relays and idle sessions keep about a line. All zero is a line never seen. */
#ifndef DETECT_FLOOD_STATE_H
#define DETECT_FLOOD_STATE_H

#include <stdint.h>

/* In every line: at most 72 bytes. */
struct flood_state {
	uint8_t room[72];
};

/* In a suspect: at most 1 KiB. */
struct flood_suspect {
	uint8_t room[64];
};

#endif
