/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, writing and sending to the last byte, see whole.h. Must never take a part for the whole. */
#include "host/whole.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int
whole_read(int fd, void *p, size_t n, size_t *ret_n)
{
	size_t at = 0;
	while (at < n) {
		ssize_t r = read(fd, (char *)p + at, n - at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		at += (size_t)r;
	}
	*ret_n = at;
	return 0;
}

int
whole_write(int fd, const void *p, size_t n)
{
	const char *at = p;
	while (n > 0) {
		ssize_t w = write(fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

int
whole_send(int fd, const void *p, size_t n, size_t *at)
{
	while (*at < n) {
		ssize_t w = send(fd, (const char *)p + *at, n - *at, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		*at += (size_t)w;
	}
	return 0;
}
