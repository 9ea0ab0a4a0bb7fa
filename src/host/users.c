/* SPDX-License-Identifier: BSD-2-Clause */
/* Missing users, see users.h. Makes none itself. */
#include "host/users.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* systemd-sysusers knows them by the package's file. */
static bool
by_sysusers(const char *package)
{
	static const char *const folders[] = { "/etc", "/usr/local/lib", "/usr/lib" };
	char path[128];
	bool there = false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/sysusers.d/%s.conf", folders[i], package);
		there |= access(path, F_OK) == 0;
	}
	return there &&
	       (access("/usr/bin/systemd-sysusers", X_OK) == 0 || access("/bin/systemd-sysusers", X_OK) == 0);
}

static void
append(char text[USERS_TEXT], const char *sep, const char *prefix, const char *name)
{
	size_t at = strlen(text);
	snprintf(text + at, USERS_TEXT - at, "%s%s%s", at ? sep : "", prefix, name);
}

size_t
users_missing(const char *prefix, const char *const *names, size_t n, const char *package,
    char who[USERS_TEXT], char command[USERS_TEXT])
{
	char user[64], list[USERS_TEXT] = "";
	size_t missing = 0;
	who[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		snprintf(user, sizeof(user), "%s%s", prefix, names[i]);
		if (getpwnam(user))
			continue;
		append(who, ", ", prefix, names[i]);
		append(list, " ", "", names[i]);
		missing++;
	}
	if (by_sysusers(package))
		snprintf(command, USERS_TEXT, "systemd-sysusers %s.conf", package);
	else
		snprintf(command, USERS_TEXT,
		    "for u in %.300s; do useradd -r -U -M -s /usr/sbin/nologin %s$u; done", list, prefix);
	return missing;
}
