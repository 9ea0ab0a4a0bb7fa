/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections `peer`: from a title and the values read to a row of the configuration. */
#ifndef CONF_PEERS_H
#define CONF_PEERS_H

#include "conf/conf.h"

/* Checks and appends. 0, or -1 with what is wrong in rule. */
int peers_add(struct conf *c, const char *title, const struct conf_peer *row, char *rule, size_t size);
/* Whose a is: the peer with the longest prefix around it, into *ret_prefix (may be NULL) that
 * prefix; NULL: no peer's. */
const struct conf_peer *peers_find(const struct conf *c, const struct addr *a, struct prefix *ret_prefix);

#endif
