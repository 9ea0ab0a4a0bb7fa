/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every role of lymphd is: one row of the role table in roles.c. A role is this binary, forked
 * and executed again with its name; descriptor 3 is its channel to the warden, descriptor 4 its black
 * box. The frame (frame.c) receives configuration and sockets, calls init, boxes the process, calls
 * start, then runs the loop; peers come when both sides are ready. A role file holds only what that
 * role does.
 */
#ifndef LYMPHD_ROLE_H
#define LYMPHD_ROLE_H

#include "conf/conf.h"
#include "host/loop.h"
#include "lymphd/msg.h"

#define ROLE_LISTENS 8

struct role_ctx {
	struct loop *loop;
	const struct conf *conf;         /* parsed from what the warden sent */
	struct chan *warden;
	struct chan *peer[ROLE_N];       /* NULL while that role is away */
	struct {
		int fd;
		enum listen_kind kind;
	} listen[ROLE_LISTENS];
	unsigned listens;
	void *state;                     /* the role's own */
};

struct role {
	enum role_id id;
	const char *name;                /* "hear-reports"; also argv */
	unsigned promises;               /* BOX_* */
	bool owns_state_dir;             /* may touch files below the state folder, and only there */
	const char *own_dir;             /* or below this folder in the run folder, made by the warden */
	/* What else it may read: fills at most BOX_READS, returns how many. May be NULL. Its user's groups
	 * count for them. */
	unsigned (*reads)(const struct conf *c, struct box_read *ret);
	uint64_t keep_caps;              /* a bit per capability it cannot do without; 0: none */
	bool netlink;                    /* init may open netlink sockets */
	uint64_t rlimit_as;
	uint64_t (*more_as)(const struct conf *c); /* and so much more by the configuration; may be NULL */
	unsigned peers;                  /* bit per role it has a channel to (symmetric) */
	bool (*wanted)(const struct conf *c); /* does this configuration need it? NULL: always */
	void (*init)(struct role_ctx *c);  /* before the box: charsets, JIT, RNG, big allocations;
	                                      no sockets: the fence goes by who opened one */
	void (*start)(struct role_ctx *c); /* in the box, before the loop */
	void (*message)(struct role_ctx *c, enum role_id from, struct chan_msg *m);
	void (*peer_up)(struct role_ctx *c, enum role_id id);   /* may be NULL; c->peer[id] is set */
	void (*peer_down)(struct role_ctx *c, enum role_id id); /* may be NULL */
	void (*room)(struct role_ctx *c, enum role_id id);      /* may be NULL: credit is back */
};

extern const struct role role_judge, role_probe, role_hear_canary, role_hear_reports, role_hook,
    role_hear_metrics, role_hear_flow, role_hand, role_verify, role_hear_log,
    role_watch, role_hear_mail, role_fetch, role_hear_feed, role_hear_alerts,
    role_speak;
/* By id; NULL for the warden. */
const struct role *role_row(enum role_id id);
const char *role_name(enum role_id id);

/* The black box: before a role handles a message from outside it notes a digest of it; if it dies by
 * a crash the warden reads the note. Twice the same: that message is set aside for good. */
void blackbox_note(const uint8_t digest[32]);
void blackbox_clear(void);
/* True when the warden said to refuse this message. */
bool blackbox_refuses(const uint8_t digest[32]);

/* Runs a role in this process (frame.c); never returns. The warden's M_ASIDE and M_ROLES come to
 * message() with from ROLE_WARDEN. */
_Noreturn void role_main(const struct role *r);

#endif
