/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Root's own files, see rootfile.h. Links are refused rather than followed: what a link says must be
 * root's word, too, and so must be every folder on its way. Must never say yes to what another uid
 * could swap between this check and the use.
 */
#include "host/rootfile.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
part_check(const char *s, bool last, char *why, size_t size)
{
	struct stat st;
	if (lstat(s, &st) < 0) {
		int rc = -errno;
		snprintf(why, size, "%s: %s", s, strerror(-rc));
		return rc;
	}
	if (S_ISLNK(st.st_mode)) {
		snprintf(why, size, "%s is a symbolic link: give the path without it", s);
		return -ELOOP;
	}
	if (last ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode)) {
		snprintf(why, size, "%s is no %s", s, last ? "regular file" : "folder");
		return last ? -EINVAL : -ENOTDIR;
	}
	/* Of a sticky folder others may not take away what is root's. */
	bool sticky = !last && st.st_mode & S_ISVTX;
	if (st.st_uid != 0 || (st.st_mode & 022 && !sticky)) {
		snprintf(why, size, "%s belongs to uid %u, mode %o: it must be root's, and writable by "
				    "nobody else", s, st.st_uid, st.st_mode & 07777);
		return -EPERM;
	}
	return 0;
}

int
rootfile_check(const char *path, char *why, size_t size)
{
	char s[PATH_MAX];
	size_t n = strlen(path);
	if (*path != '/' || n >= sizeof(s)) {
		snprintf(why, size, "%.64s is no absolute path", path);
		return -EINVAL;
	}
	int rc = part_check("/", false, why, size);
	for (size_t i = 1; i <= n && !rc; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(s, path, i);
		s[i] = '\0';
		rc = part_check(s, i == n, why, size);
	}
	return rc;
}
