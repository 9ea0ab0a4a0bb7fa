/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame's and the warden's side of the black box; the role's side is in role.h. */
#ifndef LYMPHD_BLACKBOX_H
#define LYMPHD_BLACKBOX_H

#include <stdbool.h>
#include <stdint.h>

#define BLACKBOX_ASIDES 256 /* messages refused per role at most */

struct blackbox {
	uint8_t digest[32];
	volatile uint8_t noted; /* digest is whole and its message is being handled */
};

/* The warden makes one per start of a role and reads it after a death. */
int blackbox_make(int *ret_fd);
bool blackbox_read(int fd, uint8_t ret[32]);
/* The role maps its own (takes fd), and learns what to refuse. */
void blackbox_open(int fd);
void blackbox_aside(const uint8_t digest[32]);

#endif
