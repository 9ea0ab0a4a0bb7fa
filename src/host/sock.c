/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses to and from the kernel, see sock.h. Must never give one IPv4 address two forms. */
#include "host/sock.h"

#include <string.h>

socklen_t
sock_of(const struct addr *a, uint16_t port, union sock_end *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (a->fam == 4) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(port);
		memcpy(&ret->v4.sin_addr, a->b, 4);
		return sizeof(ret->v4);
	}
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(port);
	memcpy(&ret->v6.sin6_addr, a->b, 16);
	return sizeof(ret->v6);
}

bool
sock_addr(const struct sockaddr *sa, struct addr *ret)
{
	struct addr a = { 0 };
	if (sa->sa_family == AF_INET) {
		a.fam = 4;
		memcpy(a.b, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(six);
		a.fam = mapped ? 4 : 6;
		memcpy(a.b, mapped ? six->s6_addr + 12 : six->s6_addr, mapped ? 4 : 16);
	} else {
		return false;
	}
	*ret = a;
	return true;
}
