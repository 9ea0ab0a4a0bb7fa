/* SPDX-License-Identifier: BSD-2-Clause */
/* What warden and self-test must know of the frame: the box a role will get. */
#ifndef LYMPHD_FRAME_H
#define LYMPHD_FRAME_H

#include "lymphd/role.h"

#define ROLE_NOFILE   8192
#define CONF_TEXT_TOP (64u << 20)

void role_box(const struct role *r, const struct conf *conf, uid_t uid, gid_t gid, struct box *ret);

#endif
