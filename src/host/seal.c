/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sealed memory, see chan.h: bodies too large for a message. The receiver must never map memory that
 * its sender can still shrink or write.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/chan.h"
#include "host/whole.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

int
seal_make(const char *name, const void *bytes, size_t n, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	int rc = whole_write(fd, bytes, n);
	if (!rc && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		rc = -errno;
	if (rc) {
		close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

int
seal_open(const char *name, size_t n, int *ret_fd, uint8_t **ret)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	void *p = ftruncate(fd, (off_t)n) < 0
	              ? MAP_FAILED
	              : mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	*ret_fd = fd;
	*ret = p;
	return 0;
}

int
seal_shut(int fd, uint8_t *p, size_t room, size_t n, const void **ret)
{
	size_t size;
	munmap(p, room); /* the kernel seals nothing that can still be written by a mapping */
	if (ftruncate(fd, (off_t)n) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return seal_map(fd, n, ret, &size);
}

int
seal_size(int fd, size_t max, size_t *ret_n)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return -EPERM;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < 0)
		return -EPERM;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	*ret_n = (size_t)st.st_size;
	return 0;
}

int
seal_map(int fd, size_t max, const void **ret, size_t *ret_n)
{
	size_t n;
	int rc = seal_size(fd, max, &n);
	const void *p = "";
	if (rc < 0)
		return rc;
	if (n && (p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
		return -errno;
	*ret = p;
	*ret_n = n;
	return 0;
}

void
seal_unmap(const void *p, size_t n)
{
	if (p && n)
		munmap((void *)p, n);
}
