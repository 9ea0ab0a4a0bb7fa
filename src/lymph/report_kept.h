/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reporter keeps of reports a server has: id, token and where, so that he can ask what became of
 * them; and the servers' keys, as first seen. Two text files in the user's state folder, 0600; the oldest
 * entries go.
 */
#ifndef LYMPH_REPORT_KEPT_H
#define LYMPH_REPORT_KEPT_H

#include "base/msec.h"
#include "lymph/report_conf.h"
#include "model/fact.h"

#define KEPT_MOST 1000 /* entries; of late up to twice as many */

struct kept {
	msec sent;
	char id[40], token[72], target[REPORT_PATH], about[128];
};

/* 0 or -errno. Texts with a blank or control character in them, but for about, are refused: -EINVAL. */
int kept_add(const struct kept *k);
/* Newest first; malloc'ed. The number, 0 too when there is no such file, or -errno. */
int kept_list(struct kept **ret);
/* The key of a server: 0, or -ENOENT: never seen. */
int kept_key(const char *target, struct key *ret);
int kept_key_add(const char *target, const struct key *k);

#endif
