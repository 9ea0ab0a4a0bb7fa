/* SPDX-License-Identifier: BSD-2-Clause */
/* The warden's socket: who speaks, line in, lines out; see warden_word.h. */
#ifndef LYMPHD_WARDEN_SOCK_H
#define LYMPHD_WARDEN_SOCK_H

#include "lymphd/staff.h"
#include "lymphd/warden_word.h"

/* Serves the listening fd. The word's flushed call-back has to come to sock_flushed. */
void sock_start(struct loop *l, int fd, const struct staff_groups *staff, struct warden_word *w);
void sock_flushed(int err);
void sock_stop(void);

#endif
