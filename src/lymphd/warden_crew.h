/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crew: the warden's children. Starts each role, passes it what it needs, connects peers once
 * both are ready, notices deaths, starts again with back-off, sets aside messages that kill.
 */
#ifndef LYMPHD_WARDEN_CREW_H
#define LYMPHD_WARDEN_CREW_H

#include "conf/conf.h"
#include "lymphd/blackbox.h"
#include "lymphd/role.h"
#include "lymphd/warden_setup.h"

enum crew_state { CREW_OFF, CREW_STARTING, CREW_READY };

struct crew_role {
	const struct role *row; /* NULL: not in this build, or not wanted */
	uid_t uid;
	gid_t gid;
	enum crew_state state;
	pid_t pid;               /* 0: none */
	struct chan *chan;
	int blackbox;            /* -1: none */
	unsigned starts, crashes;
	msec born;               /* monotonic */
	msec since;              /* wall clock, of the last change */
	msec delay;              /* before the next start */
	struct loop_event *timer; /* next start, or the limit on becoming ready */
	struct box_state box;
	struct msg_aside aside[BLACKBOX_ASIDES];
	unsigned asides;
};

struct crew {
	struct loop *loop;
	const struct conf *conf;
	int conf_fd;
	bool verbose, stopping;
	msec born; /* wall clock */
	struct crew_role role[ROLE_N];
	struct setup_listen listen[SETUP_LISTENS];
	unsigned listens;
	struct {
		uint8_t role, digest[32];
	} seen[64]; /* crashes with a note */
	unsigned seen_n;
	struct loop_event *child;
	bool (*may_start)(struct crew *w, enum role_id id, void *arg); /* NULL: all may */
	void (*changed)(struct crew *w, enum role_id id, void *arg);
	/* A role is ready, and has no peers yet; what it sends, but READY. Both may be NULL; neither
	 * may free anything of the crew. */
	void (*ready)(struct crew *w, enum role_id id, void *arg);
	void (*message)(struct crew *w, enum role_id id, const struct chan_msg *m, void *arg);
	void *arg;
};

/* conf, loop, listens, uids and call-backs are set by the caller, the rest is zero. */
void crew_start(struct crew *w);
/* Ends all: channels first, so that roles leave by themselves; SIGKILL after patience. changed is
 * called for each; crew_gone tells when none is left. */
void crew_stop(struct crew *w);
void crew_kill(struct crew *w, enum role_id id);
bool crew_gone(const struct crew *w);
/* Tells the judge the state of all. */
void crew_tell(struct crew *w, bool fence);
void crew_free(struct crew *w);

#endif
