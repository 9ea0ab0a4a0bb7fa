/* SPDX-License-Identifier: BSD-2-Clause */
/* System users that whoever installs has to make: which are missing, and what to type. */
#ifndef HOST_USERS_H
#define HOST_USERS_H

#include <stddef.h>

#define USERS_TEXT 512

/* How many of the users PREFIX-NAME this machine lacks. If any: which, and the one command that makes
 * those. package: whose sysusers.d file would name them, if it is installed. */
size_t users_missing(const char *prefix, const char *const *names, size_t n, const char *package,
    char who[USERS_TEXT], char command[USERS_TEXT]);

#endif
