/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame every role runs in, see role.h. Until GO it only listens to the warden; then init, the
 * box, READY, start, and the loop. Must never let a peer's message reach the role before the box is
 * shut, and never outlive the warden.
 */
#include "lymphd/frame.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/blackbox.h"

#define FD_WARDEN   3
#define FD_BLACKBOX 4
#define EARLY_FDS   1024

struct frame {
	const struct role *row;
	struct role_ctx ctx;
	struct conf *conf;
	int waiting[ROLE_N];                     /* ends of pairs that came before GO; -1: none */
	struct msg_aside aside[BLACKBOX_ASIDES]; /* that came before GO */
	unsigned asides;
	bool going;
};

/* The groups somebody put a role's user into, so that it may read what is configured. */
static unsigned
groups_of(uid_t uid, gid_t gid, gid_t ret[BOX_GROUPS])
{
	struct passwd *pw = getpwuid(uid);
	int n = BOX_GROUPS;
	if (!pw)
		return 0;
	if (getgrouplist(pw->pw_name, gid, ret, &n) < 0) {
		log_warn("user %s is in more than %d groups: only those count", pw->pw_name, BOX_GROUPS);
		n = BOX_GROUPS;
	}
	/* Never root's. */
	unsigned kept = 0;
	for (int i = 0; i < n; i++)
		if (ret[i])
			ret[kept++] = ret[i];
	return kept;
}

void
role_box(const struct role *r, const struct conf *conf, uid_t uid, gid_t gid, struct box *ret)
{
	static char own[CONF_PATH + 16];
	static struct box_read read[BOX_READS];
	static gid_t groups[BOX_GROUPS];
	if (r->own_dir)
		snprintf(own, sizeof own, "%s/%s", conf->run, r->own_dir);
	*ret = (struct box){
		.name = r->name,
		.uid = uid,
		.gid = gid,
		.promises = r->promises,
		.dir = r->owns_state_dir ? conf->state : r->own_dir ? own : NULL,
		.keep_caps = r->keep_caps,
		.rlimit_as = r->rlimit_as + (r->more_as ? r->more_as(conf) : 0),
		.rlimit_nofile = ROLE_NOFILE,
		.read = read,
		.reads = r->reads ? r->reads(conf, read) : 0,
		.groups = groups,
		.groups_n = r->reads && !conf->uid_base ? groups_of(uid, gid, groups) : 0,
	};
}

static void
on_peer_message(struct chan *c, struct chan_msg *m, void *arg)
{
	struct frame *f = arg;
	f->row->message(&f->ctx, chan_peer(c), m);
}

static void
on_peer_room(struct chan *c, void *arg)
{
	struct frame *f = arg;
	if (f->row->room)
		f->row->room(&f->ctx, chan_peer(c));
}

static void
peer_lose(struct frame *f, enum role_id id)
{
	struct chan *c = f->ctx.peer[id];
	f->ctx.peer[id] = NULL;
	if (f->row->peer_down)
		f->row->peer_down(&f->ctx, id);
	chan_free(c);
}

static void
on_peer_gone(struct chan *c, void *arg)
{
	struct frame *f = arg;
	log_debug("channel to %s is gone", role_name(chan_peer(c)));
	peer_lose(f, chan_peer(c));
}

static void
peer_join(struct frame *f, enum role_id id, int fd)
{
	if (f->ctx.peer[id]) /* the old end was not yet seen closing */
		peer_lose(f, id);
	f->ctx.peer[id] = chan_new(
	    f->ctx.loop, fd, f->row->id, id, msg_table, M_N, on_peer_message, on_peer_gone, f);
	chan_on_room(f->ctx.peer[id], on_peer_room);
	log_debug("channel to %s is there", role_name(id));
	if (f->row->peer_up)
		f->row->peer_up(&f->ctx, id);
}

static void
take_conf(struct frame *f, struct chan_msg *m)
{
	const void *text;
	size_t n;
	char why[512];
	if (f->conf)
		fatal("a second configuration");
	int rc = seal_map(m->fd, CONF_TEXT_TOP, &text, &n);
	if (rc)
		fatal("configuration: %s", strerror(-rc));
	rc = conf_parse("configuration", text, n, &f->conf, why, sizeof why);
	if (rc)
		fatal("configuration: %s", why);
	seal_unmap(text, n);
	f->ctx.conf = f->conf;
}

static void
take_listen(struct frame *f, struct chan_msg *m)
{
	const struct msg_listen *l = m->body;
	if (f->going || f->ctx.listens == ROLE_LISTENS)
		fatal("a listening socket too many");
	f->ctx.listen[f->ctx.listens].fd = m->fd;
	f->ctx.listen[f->ctx.listens++].kind = (enum listen_kind)l->kind;
	m->fd = -1;
}

static void
take_peer(struct frame *f, struct chan_msg *m)
{
	uint32_t id = ((const struct msg_peer *)m->body)->role;
	if (id >= ROLE_N || !(f->row->peers >> id & 1))
		fatal("a channel to role %u, who is no peer", id);
	int fd = m->fd;
	m->fd = -1;
	if (f->going) {
		peer_join(f, id, fd);
		return;
	}
	if (f->waiting[id] >= 0)
		close(f->waiting[id]);
	f->waiting[id] = fd;
}

static void
take_aside(struct frame *f, struct chan_msg *m)
{
	const struct msg_aside *a = m->body;
	blackbox_aside(a->digest);
	if (f->going)
		f->row->message(&f->ctx, ROLE_WARDEN, m);
	else if (f->asides < BLACKBOX_ASIDES)
		f->aside[f->asides++] = *a;
}

/* The fence goes by the identity that opened a socket, so one opened before the box, as root, would
 * pass it. A netlink socket sends nothing out. */
static void
no_early_sockets(const struct frame *f)
{
	for (int fd = FD_BLACKBOX + 1; fd < EARLY_FDS; fd++) {
		int domain = 0;
		socklen_t n = sizeof domain;
		bool handed = false;
		for (unsigned i = 0; i < f->ctx.listens; i++)
			handed |= f->ctx.listen[i].fd == fd;
		if (!handed && !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) &&
		    domain != AF_UNIX && !(domain == AF_NETLINK && f->row->netlink))
			fatal("init opened a socket (descriptor %d) before the box", fd);
	}
}

static void
take_go(struct frame *f, struct chan_msg *m)
{
	const struct msg_go *go = m->body;
	struct role_ctx *c = &f->ctx;
	if (!f->conf || f->going)
		fatal("GO out of order");
	if (f->row->init)
		f->row->init(c);
	no_early_sockets(f);
	struct box b;
	struct msg_ready ready = { .pid = getpid() };
	role_box(f->row, f->conf, go->uid, go->gid, &b);
	box_enter(&b, &ready.box);
	f->going = true;
	if (f->row->start)
		f->row->start(c);
	chan_send(c->warden, M_READY, &ready, NULL, 0, -1);
	for (unsigned i = 0; i < f->asides; i++) {
		struct chan_msg aside = { .type = M_ASIDE, .body = &f->aside[i], .fd = -1 };
		f->row->message(c, ROLE_WARDEN, &aside);
	}
	for (unsigned id = 0; id < ROLE_N; id++)
		if (f->waiting[id] >= 0)
			peer_join(f, id, f->waiting[id]);
}

static void
on_warden(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c;
	struct frame *f = arg;
	switch (m->type) {
	case M_CONF: take_conf(f, m); break;
	case M_LISTEN: take_listen(f, m); break;
	case M_PEER: take_peer(f, m); break;
	case M_ASIDE: take_aside(f, m); break;
	case M_GO: take_go(f, m); break;
	default: f->row->message(&f->ctx, ROLE_WARDEN, m); return; /* takes the descriptor, too */
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
on_warden_gone(struct chan *c, void *arg)
{
	struct frame *f = arg;
	chan_free(c);
	f->ctx.warden = NULL;
	loop_stop(f->ctx.loop);
}

void
role_main(const struct role *r)
{
	struct stat st;
	log_role(r->name);
	/* The box does it again: a change of uid takes it away. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (fstat(FD_WARDEN, &st) < 0 || !S_ISSOCK(st.st_mode))
		fatal("a role is started by the warden, not by hand");
	signal(SIGPIPE, SIG_IGN);
	/* The terminal's Ctrl-C is the warden's to hear; it stops its roles in order. */
	signal(SIGINT, SIG_IGN);
	blackbox_open(FD_BLACKBOX);
	struct frame *f = calloc(1, sizeof *f);
	if (!f)
		fatal_oom();
	f->row = r;
	for (unsigned i = 0; i < ROLE_N; i++)
		f->waiting[i] = -1;
	f->ctx.loop = loop_new();
	f->ctx.warden = chan_new(f->ctx.loop, FD_WARDEN, r->id, ROLE_WARDEN, msg_table, M_N,
	    on_warden, on_warden_gone, f);
	loop_run(f->ctx.loop);
	_exit(0); /* nothing to hand over: what counts was committed */
}
