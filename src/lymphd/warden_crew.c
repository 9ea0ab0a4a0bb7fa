/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden's children, see warden_crew.h. Must never let a role start twice at once, give a hear
 * role traffic to a judge that is not ready, or count a kill from outside as a crash by a message.
 */
#include "lymphd/warden_crew.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"

#define DELAY_FIRST   200
#define DELAY_TOP     (30 * MSEC_SECOND)
#define GOOD_AFTER    (60 * MSEC_SECOND) /* a life this long forgets the back-off */
#define READY_WITHIN  (60 * MSEC_SECOND)
#define STOP_PATIENCE (5 * MSEC_SECOND)
#define ENV_TOP       32

static void start_role(struct crew *w, enum role_id id);

static msec
delay_top(void)
{
	return clock_span("LYMPH_BACKOFF_TOP_MS", DELAY_TOP);
}

/* Roles get an empty environment; a test build passes its hooks, a sanitizer its options. */
static char **
role_env(void)
{
	static char *env[ENV_TOP + 1];
	unsigned n = 0;
#if defined(LYMPH_TESTHOOKS) || defined(BOX_SANITIZED)
	for (char **e = environ; *e && n < ENV_TOP; e++)
		if (!strncmp(*e, "LYMPH_", 6) || strstr(*e, "SAN_OPTIONS="))
			env[n++] = *e;
#endif
	env[n] = NULL;
	return env;
}

/* Ends that take a message of CHAN_MAX whatever the system's default is. */
static void
pair(int sv[2])
{
	int room = 4 * CHAN_MAX;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) < 0)
		fatal("socketpair: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		setsockopt(sv[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

/* In the child: descriptors 0 to 4 and nothing else. */
static _Noreturn void
become(const struct crew *w, const struct role *r, int sock, int box, pid_t warden)
{
	const char *argv[] = { "lymphd", "--role", r->name, w->verbose ? "-v" : NULL, NULL };
	sigset_t none;
	sigemptyset(&none);
	int null = open("/dev/null", O_RDONLY);
	/* Above the numbers they go to. */
	sock = fcntl(sock, F_DUPFD_CLOEXEC, 16);
	box = fcntl(box, F_DUPFD_CLOEXEC, 16);
	if (null < 0 || sock < 0 || box < 0 || dup2(null, 0) < 0 || dup2(sock, 3) < 0 ||
	    dup2(box, 4) < 0 || close_range(5, ~0u, 0) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(71);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != warden)
		_exit(71);
	execve("/proc/self/exe", (char *const *)argv, role_env());
	_exit(71);
}

static void
role_changed(struct crew *w, enum role_id id)
{
	w->role[id].since = clock_real();
	if (w->changed)
		w->changed(w, id, w->arg);
}

/* A new pair for two roles that are both ready. */
static void
connect_peers(struct crew *w, enum role_id a, enum role_id b)
{
	struct crew_role *ra = &w->role[a], *rb = &w->role[b];
	int sv[2];
	pair(sv);
	struct msg_peer to_a = { .role = b }, to_b = { .role = a };
	/* A send that fails is a death about to be noticed. */
	chan_send(ra->chan, M_PEER, &to_a, NULL, 0, sv[0]);
	chan_send(rb->chan, M_PEER, &to_b, NULL, 0, sv[1]);
	close(sv[0]);
	close(sv[1]);
}

static void
role_ready(struct crew *w, enum role_id id, const struct msg_ready *ready)
{
	struct crew_role *r = &w->role[id];
	if (r->state != CREW_STARTING)
		return;
	r->state = CREW_READY;
	r->box = ready->box;
	loop_timer_off(r->timer);
	log_info("%s is ready (pid %d, uid %u)", r->row->name, (int)r->pid, r->uid);
	if (w->ready)
		w->ready(w, id, w->arg);
	for (unsigned other = 0; other < ROLE_N; other++)
		if (r->row->peers >> other & 1 && other != id && w->role[other].state == CREW_READY)
			connect_peers(w, id, other);
	role_changed(w, id);
}

static void
on_role(struct chan *c, struct chan_msg *m, void *arg)
{
	struct crew *w = arg;
	if (m->type == M_READY)
		role_ready(w, chan_peer(c), m->body);
	else if (w->message && w->role[chan_peer(c)].state == CREW_READY)
		w->message(w, chan_peer(c), m, w->arg);
	if (m->fd >= 0)
		close(m->fd);
}

/* A role that closes its channel, or breaks the table, has to go. */
static void
on_role_gone(struct chan *c, void *arg)
{
	struct crew *w = arg;
	struct crew_role *r = &w->role[chan_peer(c)];
	r->chan = NULL;
	r->state = CREW_OFF; /* dead or dying, even if its end was not yet reaped */
	chan_free(c);
	if (r->pid)
		kill(r->pid, SIGKILL);
}

static void
send_asides(struct crew *w, enum role_id from, struct chan *to)
{
	for (unsigned i = 0; i < w->role[from].asides; i++)
		chan_send(to, M_ASIDE, &w->role[from].aside[i], NULL, 0, -1);
}

/* All a role must have before GO. */
static void
equip(struct crew *w, enum role_id id)
{
	struct crew_role *r = &w->role[id];
	struct msg_conf conf = { .generation = 1 };
	struct msg_go go = { .uid = r->uid, .gid = r->gid };
	chan_send(r->chan, M_CONF, &conf, NULL, 0, w->conf_fd);
	for (unsigned i = 0; i < w->listens; i++) {
		struct msg_listen l = { .kind = w->listen[i].kind };
		if (w->listen[i].role == id)
			chan_send(r->chan, M_LISTEN, &l, NULL, 0, w->listen[i].fd);
	}
	send_asides(w, id, r->chan);
	for (unsigned other = 0; id == ROLE_JUDGE && other < ROLE_N; other++)
		if (other != id)
			send_asides(w, other, r->chan);
	chan_send(r->chan, M_GO, &go, NULL, 0, -1);
}

static void
start_later(struct crew *w, enum role_id id)
{
	struct crew_role *r = &w->role[id];
	msec d = r->delay, top = delay_top();
	r->delay = d ? 2 * d : DELAY_FIRST;
	if (r->delay > top)
		r->delay = top;
	loop_timer_in(r->timer, d);
}

static void
start_role(struct crew *w, enum role_id id)
{
	struct crew_role *r = &w->role[id];
	int sv[2], box = -1;
	if (r->pid || w->stopping)
		return;
	if (w->may_start && !w->may_start(w, id, w->arg)) {
		loop_timer_in(r->timer, DELAY_TOP);
		return;
	}
	pair(sv);
	int rc = blackbox_make(&box);
	if (rc)
		fatal("black box: %s", strerror(-rc));
	pid_t warden = getpid();
	pid_t pid = fork();
	if (pid == 0)
		become(w, r->row, sv[1], box, warden);
	close(sv[1]);
	if (pid < 0) {
		log_warn("cannot fork %s: %s", r->row->name, strerror(errno));
		close(sv[0]);
		close(box);
		start_later(w, id);
		return;
	}
	r->pid = pid;
	r->blackbox = box;
	r->state = CREW_STARTING;
	r->born = clock_mono();
	r->starts++;
	r->chan =
	    chan_new(w->loop, sv[0], ROLE_WARDEN, id, msg_table, M_N, on_role, on_role_gone, w);
	equip(w, id);
	loop_timer_in(r->timer, READY_WITHIN);
	role_changed(w, id);
}

struct timer_arg {
	struct crew *w;
	enum role_id id;
};

static void
on_timer(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct timer_arg *t = arg;
	struct crew_role *r = &t->w->role[t->id];
	if (!r->pid) {
		start_role(t->w, t->id);
	} else {
		log_warn("%s %s", r->row->name,
		    t->w->stopping ? "does not leave" : "did not become ready");
		kill(r->pid, SIGKILL);
	}
}

static bool
is_crash(int status)
{
	static const int signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP };
	if (WIFEXITED(status)) {
		int rc = WEXITSTATUS(status);
#ifdef BOX_SANITIZED
		if (rc == 1) /* a sanitizer's report */
			return true;
#endif
		return rc == 70 || rc == 159;
	}
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (WTERMSIG(status) == signals[i])
			return true;
	return false;
}

/* The second crash on the same message sets it aside. */
static void
remember_crash(struct crew *w, enum role_id id, const uint8_t digest[32])
{
	const unsigned top = sizeof w->seen / sizeof *w->seen;
	struct crew_role *r = &w->role[id];
	unsigned n = w->seen_n < top ? w->seen_n : top, i = 0;
	while (i < n && (w->seen[i].role != id || memcmp(w->seen[i].digest, digest, 32)))
		i++;
	if (i == n) { /* full: the oldest goes */
		i = w->seen_n++ % top;
		w->seen[i].role = (uint8_t)id;
		memcpy(w->seen[i].digest, digest, 32);
		return;
	}
	w->seen[i].role = ROLE_N;
	if (r->asides == BLACKBOX_ASIDES) {
		memmove(r->aside, r->aside + 1, sizeof r->aside - sizeof *r->aside);
		r->asides--;
	}
	struct msg_aside *a = &r->aside[r->asides++];
	*a = (struct msg_aside){ .role = id };
	memcpy(a->digest, digest, 32);
	log_warn("a message killed %s twice: set aside (%02x%02x%02x%02x...)", r->row->name,
	    digest[0], digest[1], digest[2], digest[3]);
	if (id != ROLE_JUDGE && w->role[ROLE_JUDGE].chan)
		chan_send(w->role[ROLE_JUDGE].chan, M_ASIDE, a, NULL, 0, -1);
}

static void
role_died(struct crew *w, enum role_id id, int status)
{
	struct crew_role *r = &w->role[id];
	uint8_t digest[32];
	if (!w->stopping) {
		r->crashes++;
		if (WIFSIGNALED(status))
			log_warn("%s (pid %d) died: signal %d", r->row->name, (int)r->pid,
			    WTERMSIG(status));
		else
			log_warn("%s (pid %d) left: status %d", r->row->name, (int)r->pid,
			    WEXITSTATUS(status));
		if (is_crash(status) && blackbox_read(r->blackbox, digest))
			remember_crash(w, id, digest);
	}
	chan_free(r->chan);
	r->chan = NULL;
	close(r->blackbox);
	r->blackbox = -1;
	r->pid = 0;
	r->state = CREW_OFF;
	memset(&r->box, 0, sizeof r->box);
	loop_timer_off(r->timer);
	if (clock_mono() - r->born >= GOOD_AFTER)
		r->delay = 0;
	if (!w->stopping)
		start_later(w, id);
	role_changed(w, id);
}

static void
on_child(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct crew *w = arg;
	/* One by one, not any child: nft has its own waiter. */
	for (unsigned id = 0; id < ROLE_N; id++) {
		int status;
		if (w->role[id].pid &&
		    waitpid(w->role[id].pid, &status, WNOHANG) == w->role[id].pid)
			role_died(w, id, status);
	}
}

void
crew_start(struct crew *w)
{
	static struct timer_arg args[ROLE_N];
	int rc = seal_make("lymph-conf", w->conf->text, strlen(w->conf->text), &w->conf_fd);
	if (rc)
		fatal("sealed configuration: %s", strerror(-rc));
	w->born = clock_real();
	w->child = loop_signal(w->loop, SIGCHLD, on_child, w);
	for (unsigned id = 0; id < ROLE_N; id++) {
		struct crew_role *r = &w->role[id];
		r->row = role_row(id);
		r->blackbox = -1;
		if (r->row && r->row->wanted && !r->row->wanted(w->conf))
			r->row = NULL;
		if (!r->row)
			continue;
		args[id] = (struct timer_arg){ w, id };
		r->timer = loop_timer(w->loop, on_timer, &args[id]);
		start_role(w, id);
	}
}

void
crew_kill(struct crew *w, enum role_id id)
{
	if (w->role[id].pid)
		kill(w->role[id].pid, SIGKILL);
}

void
crew_stop(struct crew *w)
{
	w->stopping = true;
	for (unsigned id = 0; id < ROLE_N; id++) {
		struct crew_role *r = &w->role[id];
		if (!r->row)
			continue;
		chan_free(r->chan);
		r->chan = NULL;
		loop_timer_off(r->timer);
		if (r->pid)
			loop_timer_in(r->timer, STOP_PATIENCE);
	}
}

bool
crew_gone(const struct crew *w)
{
	for (unsigned id = 0; id < ROLE_N; id++)
		if (w->role[id].pid)
			return false;
	return true;
}

void
crew_tell(struct crew *w, bool fence)
{
	struct msg_roles m;
	/* While stopping, a role may still be ready and its channel gone. */
	if (!w->role[ROLE_JUDGE].chan || w->role[ROLE_JUDGE].state != CREW_READY)
		return;
	memset(&m, 0, sizeof m);
	m.fence = fence;
	m.role[ROLE_WARDEN].pid = getpid();
	m.role[ROLE_WARDEN].starts = m.role[ROLE_WARDEN].up = m.role[ROLE_WARDEN].wanted = 1;
	m.role[ROLE_WARDEN].since = w->born;
	setup_state(&m.role[ROLE_WARDEN].box);
	for (unsigned id = ROLE_JUDGE; id < ROLE_N; id++) {
		const struct crew_role *r = &w->role[id];
		m.role[id].pid = r->pid;
		m.role[id].starts = r->starts;
		m.role[id].crashes = r->crashes;
		m.role[id].since = r->since;
		m.role[id].box = r->box;
		m.role[id].up = r->state == CREW_READY;
		m.role[id].wanted = r->row != NULL;
	}
	chan_send(w->role[ROLE_JUDGE].chan, M_ROLES, &m, NULL, 0, -1);
}

void
crew_free(struct crew *w)
{
	for (unsigned id = 0; id < ROLE_N; id++)
		loop_drop(w->role[id].timer);
	loop_drop(w->child);
	close(w->conf_fd);
}
