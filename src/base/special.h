/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses no network of the public Internet owns: private, loopback, link-local, multicast and
 * other special purposes (RFC 6890 and its registry). */
#ifndef BASE_SPECIAL_H
#define BASE_SPECIAL_H

#include "base/addr.h"

/* True also for "no address". Documentation and benchmark prefixes are not among them: no
 * traffic goes there, and examples need some. IPv4 addresses embedded in IPv6 (RFC 6052's
 * well-known prefix, 6to4, Teredo) are, for what is meant by them depends on who translates. */
bool addr_is_special(const struct addr *a);

#endif
