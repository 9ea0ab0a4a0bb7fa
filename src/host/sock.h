/* SPDX-License-Identifier: BSD-2-Clause */
/* An address and a port as the kernel's sockets have them, there and back. */
#ifndef HOST_SOCK_H
#define HOST_SOCK_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/addr.h"

union sock_end {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* a is one. Returns the length for bind and connect. */
socklen_t sock_of(const struct addr *a, uint16_t port, union sock_end *ret);
/* IPv4 in its one form, also where an IPv6 socket saw it. False: neither family (*ret untouched). */
bool sock_addr(const struct sockaddr *sa, struct addr *ret);

#endif
