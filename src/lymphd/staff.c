/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Staff roles by Unix group, see staff.h. Asks the kernel once per connection, about who connected, so
 * a descriptor handed on gives nobody another's rights. Must never take a client's word for it.
 */
#include "lymphd/staff.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host/log.h"

#define GROUPS 64 /* more than anybody's; others cost a malloc */
#define ALL    (STAFF_ROOT | (STAFF_BIT(STAFF_N) - 1))

static const struct {
	const char *name;
	uint32_t gives; /* itself and those it includes */
} rows[STAFF_N] = {
	[STAFF_VIEWER] = { "viewer", MAY_VIEW },
	[STAFF_DESK] = { "desk", MAY_VIEW | MAY_DESK },
	[STAFF_NOC] = { "noc", MAY_VIEW | MAY_DESK | MAY_NOC },
	[STAFF_ADMIN] = { "admin", MAY_VIEW | MAY_DESK | MAY_NOC | MAY_ADMIN },
	[STAFF_PRIVACY] = { "privacy", MAY_VIEW | STAFF_BIT(STAFF_PRIVACY) },
};

static bool
group_find(const char *s, gid_t *ret)
{
	if (s[strspn(s, "0123456789")] == '\0') {
		unsigned long n = strtoul(s, NULL, 10);
		*ret = (gid_t)n;
		return strlen(s) <= 10 && n < UINT32_MAX;
	}
	struct group *g = getgrnam(s);
	if (g)
		*ret = g->gr_gid;
	return g != NULL;
}

void
staff_init(const struct conf *c, struct staff_groups *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned r = 0; r < STAFF_N; r++) {
		if (!c->staff[r][0])
			continue;
		ret->has[r] = group_find(c->staff[r], &ret->gid[r]);
		if (!ret->has[r])
			log_warn("staff: %s: no group %s here, so nobody has this role: groupadd "
				 "--system %s",
			    rows[r].name, c->staff[r], c->staff[r]);
	}
}

static uint32_t
roles_of(const struct staff_groups *g, gid_t gid)
{
	uint32_t roles = 0;
	for (unsigned r = 0; r < STAFF_N; r++)
		if (g->has[r] && g->gid[r] == gid)
			roles |= rows[r].gives;
	return roles;
}

uint32_t
staff_of(const struct staff_groups *g, int fd, uid_t *uid)
{
	struct ucred who;
	socklen_t n = sizeof(who);
	gid_t few[GROUPS], *many = NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		return 0;
	*uid = who.uid;
	if (who.uid == 0)
		return ALL;
	uint32_t roles = roles_of(g, who.gid);
	n = sizeof(few);
	int rc = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &n);
	if (rc < 0 && errno == ERANGE && (many = malloc(n))) /* n: what it takes */
		rc = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &n);
	for (size_t i = 0; rc == 0 && i < n / sizeof(gid_t); i++)
		roles |= roles_of(g, many ? many[i] : few[i]);
	free(many);
	return roles;
}

char *
staff_needs(const struct conf *c, uint32_t may, char buf[STAFF_TEXT])
{
	size_t at = 0;
	buf[0] = '\0';
	for (unsigned r = 0; r < STAFF_N; r++) {
		if (!(may >> r & 1) || at >= STAFF_TEXT)
			continue;
		const char *group = c->staff[r];
		at += (size_t)snprintf(buf + at, STAFF_TEXT - at, "%s%s (%s%s)", at ? " or " : "",
		    rows[r].name, *group ? "group " : "no group has it: see staff in lymphd.conf",
		    group);
	}
	return buf;
}
