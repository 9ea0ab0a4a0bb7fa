/* SPDX-License-Identifier: BSD-2-Clause */
/* Content-addressed files for large bodies, see body.h. One writer at a time (the judge role), so one
 * temporary name is enough and a crash leaves at most that one behind. */
#include "store/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/whole.h"

#define TEMP "bodies/new"
#define PATH 80 /* bodies/ab/ and 64 digits */

static void
path_of(const uint8_t hash[32], char folder[PATH], char path[PATH])
{
	static const char digits[] = "0123456789abcdef";
	char hex[65];
	for (int i = 0; i < 32; i++) {
		hex[2 * i] = digits[hash[i] >> 4];
		hex[2 * i + 1] = digits[hash[i] & 15];
	}
	hex[64] = '\0';
	snprintf(folder, PATH, "bodies/%.2s", hex);
	snprintf(path, PATH, "bodies/%.2s/%s", hex, hex);
}

int
body_sync(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = fsync(fd) ? -errno : 0;
	close(fd);
	return r;
}

int
body_folder(int dir, const char *path, const char *parent)
{
	if (mkdirat(dir, path, 0700) == 0)
		return body_sync(dir, parent);
	return errno == EEXIST ? 0 : -errno;
}

int
body_put(int dir, const uint8_t hash[32], const void *bytes, size_t n)
{
	char folder[PATH], path[PATH];
	struct stat st;
	path_of(hash, folder, path);
	int r = body_folder(dir, "bodies", ".");
	if (r == 0)
		r = body_folder(dir, folder, "bodies");
	if (r < 0)
		return r;
	/* There already: written whole before it got this name, but its folder may not be synced. */
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == (off_t)n)
		return body_sync(dir, folder);
	int fd = openat(dir, TEMP, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = whole_write(fd, bytes, n);
	if (r == 0 && fsync(fd))
		r = -errno;
	close(fd);
	if (r == 0 && renameat(dir, TEMP, dir, path))
		r = -errno;
	if (r < 0) {
		unlinkat(dir, TEMP, 0);
		return r;
	}
	return body_sync(dir, folder);
}

int
body_drop(int dir, const uint8_t hash[32])
{
	char folder[PATH], path[PATH];
	path_of(hash, folder, path);
	if (unlinkat(dir, path, 0))
		return errno == ENOENT ? 0 : -errno;
	return body_sync(dir, folder);
}

int
body_get(int dir, const uint8_t hash[32], void **ret, size_t *ret_n)
{
	char folder[PATH], path[PATH];
	struct stat st;
	path_of(hash, folder, path);
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		r = -errno;
		close(fd);
		return r;
	}
	size_t size = (size_t)st.st_size, got = 0;
	uint8_t *p = malloc(size + 1);
	if (!p)
		r = -ENOMEM;
	while (r == 0 && got < size) {
		ssize_t n = read(fd, p + got, size - got);
		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (n == 0)
			r = -EIO;
		else if (n > 0)
			got += (size_t)n;
	}
	close(fd);
	if (r < 0) {
		free(p);
		return r;
	}
	*ret = p;
	*ret_n = size;
	return 0;
}
