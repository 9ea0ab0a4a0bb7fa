/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox of a role: own uid and gid, no capabilities but those named, no new privileges,
 * Landlock (files) and seccomp (system calls; a violation prints the call's name and kills).
 * Promises in the manner of OpenBSD's pledge; which role makes which is a table in lymphd.
 */
#ifndef HOST_BOX_H
#define HOST_BOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/box_calls.h"

/* A folder, or a file, that may be read. */
struct box_read {
	const char *path;
	bool move; /* files in it may be moved to another such, too; none made, none changed */
};
#define BOX_READS  34
#define BOX_GROUPS 16

struct box {
	const char *name;
	uid_t uid;
	gid_t gid;
	unsigned promises;
	const char *dir;     /* the only folder whose files may be touched, or NULL: none at all. With
	                        BOX_EXEC: written; reading and running stay */
	const struct box_read *read; /* what else, with BOX_WATCH; one that is not there is left out, and said */
	unsigned reads;
	const gid_t *groups; /* supplementary, by which its user may read them; at most BOX_GROUPS */
	unsigned groups_n;
	uint64_t keep_caps;  /* bit per capability number; 0: none */
	uint64_t rlimit_as;  /* bytes, 0: unlimited */
	unsigned rlimit_nofile;
};

/* What is in force, read back from the kernel after boxing: for `lymphd selftest`. */
struct box_state {
	uid_t uid;
	gid_t gid;
	uint64_t caps_effective, caps_permitted, caps_bounding;
	int no_new_privs, seccomp_mode; /* 2: filter */
	int landlock_abi;               /* 0: kernel has none */
	bool landlocked;
};

/* Never returns on failure: fatal. Fills *st. Call once, with one thread, after all set-up. */
void box_enter(const struct box *b, struct box_state *st);

/* For a process that must stay root: from here on it and its children write only below these folders
 * (NULL: skipped) and to /dev/null, and may take files away in those of remove_in; reading and running
 * stay. In move_in (NULL: none; one that is not there is left out) files may be moved, for a role that
 * does. The ABI in force, 0: no Landlock. Fatal on failure. */
int box_write_below(const char *const *dirs, unsigned n, const char *const *remove_in, unsigned removes,
    const char *move_in);

#endif
