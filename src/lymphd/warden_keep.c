/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden's small files, see warden_keep.h. Must never say 0 before what it wrote would survive a
 * power cut, nor follow a link.
 */
#include "lymphd/warden_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/whole.h"

static int
folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
keep_write(const char *dir, const char *name, mode_t mode, const void *bytes, size_t n)
{
	char tmp[64];
	int at = folder(dir);
	if (at < 0)
		return at;
	snprintf(tmp, sizeof(tmp), "%s.new", name);
	unlinkat(at, tmp, 0); /* of a crash: with whatever rights it had */
	int fd = openat(at, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int rc = fd < 0 ? -errno : whole_write(fd, bytes, n);
	if (rc == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	if (rc == 0 && renameat(at, tmp, at, name) < 0)
		rc = -errno;
	if (rc)
		unlinkat(at, tmp, 0);
	else if (fsync(at) < 0)
		rc = -errno;
	close(at);
	return rc;
}

int
keep_read(const char *dir, const char *name, size_t most, char **ret, size_t *ret_n)
{
	struct stat st;
	int at = folder(dir);
	if (at < 0)
		return at;
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int rc = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;
	close(at);
	if (rc == 0 && (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022))
		rc = -EPERM;
	if (rc == 0 && (size_t)st.st_size > most)
		rc = -EFBIG;
	size_t size = rc == 0 ? (size_t)st.st_size : 0, n = 0;
	char *text = malloc(size + 1);
	if (!text)
		rc = -ENOMEM;
	if (rc == 0)
		rc = whole_read(fd, text, size, &n);
	if (fd >= 0)
		close(fd);
	if (rc) {
		free(text);
		return rc;
	}
	text[n] = '\0';
	*ret = text;
	*ret_n = n;
	return 0;
}

int
keep_remove(const char *dir, const char *name)
{
	int at = folder(dir);
	if (at < 0)
		return at;
	int rc = unlinkat(at, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (rc == 0 && fsync(at) < 0)
		rc = -errno;
	close(at);
	return rc;
}
