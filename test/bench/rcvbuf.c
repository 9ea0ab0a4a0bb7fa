/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into other collectors in a bench, so that all have the same receive buffer: each UDP socket
 * gets RCVBUF bytes (the kernel doubles it) and keeps them. Needs CAP_NET_ADMIN. Does nothing else.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>

int
socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	int fd = real(domain, type, protocol);
	const char *want = getenv("RCVBUF");
	int n = want ? atoi(want) : 0;
	int (*set)(int, int, int, const void *, socklen_t) =
	    (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
	if (fd >= 0 && n > 0 && (type & 0xf) == SOCK_DGRAM && (domain == AF_INET || domain == AF_INET6))
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof(n));
	return fd;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	int (*real)(int, int, int, const void *, socklen_t) =
	    (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
	return level == SOL_SOCKET && name == SO_RCVBUF && getenv("RCVBUF") ? 0 : real(fd, level, name, value, n);
}
