/* SPDX-License-Identifier: BSD-2-Clause */
/* The roles as numbers, see role.def; and sets of them. */
#ifndef LYMPHD_ROLE_ID_H
#define LYMPHD_ROLE_ID_H

#include "host/chan.h"

enum role_id {
#define ROLE(id, name) ROLE_##id,
#include "lymphd/role.def"
#undef ROLE
	ROLE_N,
};

/* Senders and receivers in msg.def: each role alone, and sets of them. */
enum role_set {
#define ROLE(id, name) WHO_##id = CHAN_ROLE(ROLE_##id),
#include "lymphd/role.def"
#undef ROLE
	WHO_ANY = CHAN_ANY,
	WHO_HEARING = WHO_HEAR_REPORTS | WHO_HEAR_MAIL | WHO_HEAR_LOG | WHO_HEAR_ALERTS, /* hand reports in */
	WHO_READING = WHO_HEAR_MAIL | WHO_HEAR_LOG,                    /* read files of others */
	WHO_ASKING = WHO_HEAR_MAIL | WHO_HEAR_REPORTS | WHO_JUDGE,     /* have signatures verified */
};

#endif
