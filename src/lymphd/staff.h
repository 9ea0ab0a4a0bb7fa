/* SPDX-License-Identifier: BSD-2-Clause */
/* Staff roles: who is at the other end of a Unix socket, and what that person may do. By the kernel's
 * word (SO_PEERCRED, SO_PEERGROUPS), never by the client's. */
#ifndef LYMPHD_STAFF_H
#define LYMPHD_STAFF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"

#define STAFF_BIT(r) (1u << (r))
#define STAFF_ROOT   (1u << 31)
/* Who may use a command: these roles, and those that include them (admin > noc > desk > viewer;
 * privacy > viewer). Root may all. */
#define MAY_VIEW     STAFF_BIT(STAFF_VIEWER)
#define MAY_DESK     STAFF_BIT(STAFF_DESK)
#define MAY_NOC      STAFF_BIT(STAFF_NOC)
#define MAY_ADMIN    STAFF_BIT(STAFF_ADMIN)
#define MAY_AUDIT    (STAFF_BIT(STAFF_ADMIN) | STAFF_BIT(STAFF_PRIVACY))

struct staff_groups {
	gid_t gid[STAFF_N];
	bool has[STAFF_N];
};
/* Looks the groups up (name or number): before the box. Unknown ones are logged and left out. */
void staff_init(const struct conf *c, struct staff_groups *ret);
/* Who is there: *uid, and roles as bits, those included filled in; 0: nobody of ours. */
uint32_t staff_of(const struct staff_groups *g, int fd, uid_t *uid);
/* "desk (group abuse)", for saying what a command takes. Returns buf. */
#define STAFF_TEXT 128
char *staff_needs(const struct conf *c, uint32_t may, char buf[STAFF_TEXT]);

#endif
