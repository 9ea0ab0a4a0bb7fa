/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections `prefix`: from a title and the values read to a row of the policy. */
#ifndef CONF_PREFIXES_H
#define CONF_PREFIXES_H

#include "conf/conf.h"

/* Which options stood there; the others are as the kind says. */
struct prefix_given {
	bool probe, notify, top, delegated;
};
/* Checks, completes and adds. 0, or -1 with what is wrong in rule, which begins with a colon or goes on
 * behind the title. */
int prefixes_add(struct conf *c, const char *title, struct policy_row *row, const struct prefix_given *g,
    char *rule, size_t size);

#endif
