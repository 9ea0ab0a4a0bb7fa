/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a file root's, so that nobody else can change what it is or what stands in its place? */
#ifndef HOST_ROOTFILE_H
#define HOST_ROOTFILE_H

#include <stddef.h>

/* path: absolute. Each folder above it and the file itself must be root's and writable by root alone
 * (a sticky folder such as /tmp may be open: what is root's stays), no part a symbolic link, the file
 * regular. 0, or -errno with up to size bytes of why. */
int rootfile_check(const char *path, char *why, size_t size);

#endif
