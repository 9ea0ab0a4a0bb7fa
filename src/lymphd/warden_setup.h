/* SPDX-License-Identifier: BSD-2-Clause */
/* What only root can prepare: identities, folders, sockets, and the warden's own diet. */
#ifndef LYMPHD_WARDEN_SETUP_H
#define LYMPHD_WARDEN_SETUP_H

#include <sys/types.h>

#include "conf/conf.h"
#include "lymphd/msg.h"

#define SETUP_NAMED   8 /* sockets the configuration names */
#define SETUP_LISTENS (CONF_PORTS + CONF_ENDS + CONF_LOG_DOORS + SETUP_NAMED + 2)

struct setup_listen {
	int fd;
	enum listen_kind kind;
	enum role_id role; /* who gets it */
};

/* All: 0, or negative errno after a line in the log that says what to do. */
int setup_users(const struct conf *c); /* is there one for each role? */
int setup_identity(const struct conf *c, enum role_id id, uid_t *ret_uid, gid_t *ret_gid);
/* Run folder with its lock (held till the process ends), the state folder, owned by uid, and root's. */
int setup_folders(const struct conf *c, uid_t uid, gid_t gid);
/* The folder a role has for itself in the run folder, if its row names one. */
int setup_own_dir(const struct conf *c, enum role_id id, uid_t uid, gid_t gid);

/* warden_listen.c: the sockets. */
int setup_listens(const struct conf *c, struct setup_listen ret[SETUP_LISTENS], unsigned *ret_n);
/* The warden's own socket: its descriptor, or negative errno. */
int setup_word(const struct conf *c);
void setup_unlink(const struct conf *c);
/* The folders of those Unix sockets the configuration names. Returns how many. */
unsigned setup_named_dirs(const struct conf *c, char ret[SETUP_NAMED][CONF_PATH]);

/* Capabilities the warden may still have, in both the process and its bounding set: all others go. */
#define WARDEN_CAPS_SETUP 0
#define WARDEN_CAPS_RUN   1
void setup_diet(int stage);
/* From here on the warden and all it starts write nothing outside run folder and both state folders. */
void setup_fold(const struct conf *c);
/* What the kernel says of this process now. */
void setup_state(struct box_state *ret);

#endif
