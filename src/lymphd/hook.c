/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hook: runs one script of root's for each order given, withdrawn or expired. The script's
 * arguments are numbers and fixed words made here from the checked struct; what strangers had a hand
 * in is JSON on its standard input. One at a time, in order, each with its time. What it was told to
 * put it withdraws itself when the mode ends, with no help from the judge. Must never run anything
 * in observe or panic but that withdrawal, nor put what touches a line against the conscience, nor run
 * a file that anybody but root could have changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/conscience.h"
#include "base/tree.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/rootfile.h"
#include "lymphd/role.h"

#define WINDOW    64               /* calls taken from the judge at a time ... */
#define BYTES     (1u << 20)       /* ... and bytes */
#define PATIENCE  (30 * MSEC_SECOND)
#define SAID      256              /* bytes of what a script says that are kept */
#define STANDING  100000           /* orders remembered as put; one beyond is not put */
#define NOT_RUN   (-1)
#define STATUS_NO_EXEC 126

/* An order the script was told to put and not yet to take back. */
struct put {
	struct tree_node node;
	struct order order;
};

struct call {
	STAILQ_ENTRY(call) link;
	struct msg_hook m;
	bool own;      /* the role's own withdrawal: nobody waits for an answer */
	uint32_t cost; /* credit to give back */
	size_t n;
	char json[];
};

struct hook {
	struct role_ctx *c;
	char dir[CONF_PATH + 16]; /* where scripts run, and may write */
	bool may;
	struct conscience *con, *next; /* in force; the first file of a pair. NULL: none yet */
	uint64_t hour[RUNG_N];         /* put in this hour */
	msec hour_ends;                /* clock_mono() */
	STAILQ_HEAD(hook_queue, call) queue;
	struct tree puts; /* by order number */
	/* The one at work. */
	struct call *now;
	pid_t pid;        /* also its process group; 0: none runs */
	int out;          /* what it says; -1: closed */
	struct loop_event *out_event, *limit, *child, *turn;
	bool late;
	size_t said_n;
	char said[SAID];
	struct log_limit refused, failed, full, against;
};

static msec
patience(void)
{
	return clock_span("LYMPH_HOOK_MS", PATIENCE);
}

static int
put_cmp(const struct tree_node *a, const struct tree_node *b)
{
	uint64_t x = TREE_ENTRY(a, struct put, node)->order.no;
	uint64_t y = TREE_ENTRY(b, struct put, node)->order.no;
	return (x > y) - (x < y);
}

static struct put *
put_find(struct hook *h, uint64_t no)
{
	struct put key = { .order.no = no };
	return TREE_ENTRY(tree_find(&h->puts, &key.node), struct put, node);
}

static void
put_forget(struct hook *h, uint64_t no)
{
	struct put *p = put_find(h, no);
	if (!p)
		return;
	tree_del(&h->puts, &p->node);
	free(p);
}

static void
put_remember(struct hook *h, const struct order *o)
{
	struct put *p = calloc(1, sizeof(*p));
	if (!p)
		fatal_oom();
	p->order = *o;
	tree_add(&h->puts, &p->node);
}

static const char *
action_name(uint32_t a)
{
	static const char *const names[HOOK_ACTION_N] = { "put", "drop", "expire" };
	return names[a];
}

/* What the order is about, for the script: from all lines, the victim. */
static const struct prefix *
place(const struct order *o)
{
	return o->all ? &o->peer : &o->target;
}

static const char *
direction(const struct order *o)
{
	return o->rung != RUNG_FILTER ? "-" : o->all ? "to-victim" : o->inbound ? "towards" : "from";
}

/* The judge may be captured: nothing it says becomes an argument unchecked. */
static bool
call_sane(const struct msg_hook *m)
{
	const struct prefix *t = &m->order.target;
	bool four = t->a.fam == 4, six = t->a.fam == 6;
	if (m->action >= HOOK_ACTION_N || (unsigned)m->order.rung >= RUNG_N || m->order.inbound > 1 ||
	    m->order.no == 0 || m->order.all > (m->order.rung == RUNG_FILTER) || (!four && !six) || t->len > (four ? 32 : 128))
		return false;
	struct prefix canon = prefix_of(&t->a, t->len);
	return prefix_cmp(&canon, t) == 0;
}

static void
answer(struct hook *h, const struct call *k, int status)
{
	struct chan *judge = h->c->peer[ROLE_JUDGE];
	struct msg_hook_done d = { .no = k->m.no, .status = status };
	if (k->own || !judge)
		return;
	chan_send(judge, M_HOOK_DONE, &d, NULL, 0, -1);
	chan_grant(judge, 1, k->cost);
}

/* A script may well put an order into force, somewhere else: so what touches a line is asked of the
 * conscience here, too, as if the judge had not. Less exact than hand: the hour begins when it begins. */
static bool
conscience_lets(struct hook *h, const struct order *o)
{
	msec now = clock_mono();
	struct act_now n = { .may = h->may, .entries = h->puts.count };
	unsigned held;
	for (const struct tree_node *p = o->all ? tree_first(&h->puts) : NULL; p; p = tree_next(&h->puts, p))
		n.victims += TREE_ENTRY(p, struct put, node)->order.all;
	if (o->rung < RUNG_FILTER)
		return true;
	if (now >= h->hour_ends) {
		memset(h->hour, 0, sizeof(h->hour));
		h->hour_ends = now + MSEC_HOUR;
	}
	memcpy(n.hour, h->hour, sizeof(n.hour));
	enum act_rule rule = RULE_MODE;
	if (h->con)
		rule = conscience_check(h->con, h->c->conf->policy, &n, o, o->expiry - o->at);
	if (rule == RULE_NONE)
		return true;
	if (log_may(&h->against, &held))
		log_warn("order %llu is not told to the script: %s (%u more not shown)",
		    (unsigned long long)o->no, act_rule_name(rule), held);
	return false;
}

/* Whether a call may run now, by the mode and what was put before. */
static bool
call_may(struct hook *h, const struct call *k)
{
	unsigned held;
	bool known = put_find(h, k->m.order.no) != NULL;
	if (k->m.action != HOOK_PUT)
		return k->own || h->may || known;
	if (!h->may)
		return false;
	if (known)
		return true;
	if (!conscience_lets(h, &k->m.order))
		return false;
	if (h->puts.count < STANDING)
		return true;
	if (log_may(&h->full, &held))
		log_warn("%u orders stand by the hook: no more are put", (unsigned)STANDING);
	return false;
}

/* In the child, after fork: only what is safe there. */
static _Noreturn void
become_script(const char *path, char *const argv[], const char *dir, int in, int out)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	sigset_t none;
	sigemptyset(&none);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (int s = 1; s < NSIG; s++)
		if (s != SIGKILL && s != SIGSTOP)
			signal(s, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || close_range(3, ~0u, 0) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0 || chdir(dir) < 0)
		_exit(STATUS_NO_EXEC);
	execve(path, argv, (char *const *)env);
	_exit(STATUS_NO_EXEC);
}

static void
on_said(int fd, int ready, void *arg)
{
	struct hook *h = arg;
	char buf[4096];
	(void)ready;
	ssize_t n = read(fd, buf, sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_drop(h->out_event);
		h->out_event = NULL;
		return;
	}
	size_t room = sizeof(h->said) - h->said_n;
	size_t take = (size_t)n < room ? (size_t)n : room;
	memcpy(h->said + h->said_n, buf, take);
	h->said_n += take;
}

/* 0: it runs; else why not. */
static int
script_start(struct hook *h, struct call *k)
{
	char target[PREFIX_TEXT];
	const struct order *o = &k->m.order;
	const char *path = h->c->conf->hook;
	const char *argv[] = { path, prefix_print(place(o), target), direction(o),
		rung_name(o->rung), action_name(k->m.action), NULL };
	int in = -1, out[2] = { -1, -1 };
	int rc = seal_make("order", k->json, k->n, &in);
	if (!rc && (lseek(in, 0, SEEK_SET) < 0 || pipe2(out, O_CLOEXEC | O_NONBLOCK) < 0 ||
		       fcntl(out[1], F_SETFL, 0) < 0)) /* the script's end blocks */
		rc = -errno;
	pid_t pid = rc ? -1 : fork();
	if (pid == 0)
		become_script(path, (char *const *)argv, h->dir, in, out[1]);
	if (!rc && pid < 0)
		rc = -errno;
	if (in >= 0)
		close(in);
	if (out[1] >= 0)
		close(out[1]);
	if (rc) {
		if (out[0] >= 0)
			close(out[0]);
		return rc;
	}
	setpgid(pid, pid); /* whoever comes first; killing the group must not miss */
	if (k->m.action == HOOK_PUT && !put_find(h, o->no)) {
		put_remember(h, o);
		h->hour[o->rung]++;
	}
	h->now = k;
	h->pid = pid;
	h->late = false;
	h->said_n = 0;
	h->out = out[0];
	h->out_event = loop_fd(h->c->loop, out[0], LOOP_READ, on_said, h);
	loop_timer_in(h->limit, patience());
	return 0;
}

static void
run_next(struct hook *h)
{
	struct call *k;
	char why[256];
	unsigned held;
	while (!h->pid && (k = STAILQ_FIRST(&h->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&h->queue, link);
		int rc = -EPERM;
		if (call_may(h, k)) {
			rc = rootfile_check(h->c->conf->hook, why, sizeof(why));
			if (!rc && (rc = script_start(h, k)))
				snprintf(why, sizeof(why), "%s", strerror(-rc));
			if (!rc)
				return;
			if (log_may(&h->refused, &held))
				log_warn("the hook is not run: %s", why);
		}
		answer(h, k, NOT_RUN);
		free(k);
	}
}

static void
script_done(struct hook *h, int wait)
{
	unsigned held;
	struct call *k = h->now;
	int status = WIFEXITED(wait) ? WEXITSTATUS(wait) : 128 + WTERMSIG(wait);
	loop_timer_off(h->limit);
	if (h->out_event)
		on_said(h->out, LOOP_READ, h);
	loop_drop(h->out_event);
	h->out_event = NULL;
	close(h->out);
	h->out = -1;
	h->pid = 0;
	h->now = NULL;
	const char *end = memchr(h->said, '\n', h->said_n);
	int said = (int)(end ? (size_t)(end - h->said) : h->said_n); /* the log escapes it */
	if (status == 0)
		log_debug("order %llu %s: %.*s", (unsigned long long)k->m.order.no,
		    action_name(k->m.action), said, h->said);
	else if (log_may(&h->failed, &held))
		log_warn("order %llu %s: %s %d (%u more not shown): %.*s",
		    (unsigned long long)k->m.order.no, action_name(k->m.action),
		    h->late ? "took too long, status" : "status", status, held, said, h->said);
	/* A put that failed may have done half: it stays remembered until it is withdrawn. */
	if (k->m.action != HOOK_PUT)
		put_forget(h, k->m.order.no);
	answer(h, k, status);
	free(k);
}

static void
on_child(int signo, int ready, void *arg)
{
	struct hook *h = arg;
	siginfo_t si = { 0 };
	int status;
	(void)signo, (void)ready;
	if (!h->pid || waitid(P_PID, (id_t)h->pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    si.si_pid != h->pid)
		return;
	/* What it left behind in its group has no business any more. Before the number is given back. */
	kill(-h->pid, SIGKILL);
	if (waitpid(h->pid, &status, 0) == h->pid)
		script_done(h, status);
	run_next(h);
}

static void
on_limit(int fd, int ready, void *arg)
{
	struct hook *h = arg;
	(void)fd, (void)ready;
	if (!h->pid)
		return;
	h->late = true;
	kill(-h->pid, SIGKILL);
	kill(h->pid, SIGKILL);
}

static void
on_next(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	run_next(arg);
}

static void
enqueue(struct hook *h, const struct msg_hook *m, const void *json, size_t n, bool own, uint32_t cost)
{
	struct call *k = malloc(sizeof(*k) + n);
	if (!k)
		fatal_oom();
	*k = (struct call){ .m = *m, .own = own, .cost = cost, .n = n };
	memcpy(k->json, json, n);
	STAILQ_INSERT_TAIL(&h->queue, k, link);
	loop_timer_in(h->turn, 0);
}

/* The mode ended: what was put is withdrawn, whether or not the judge lives to say so. */
static void
withdraw_all(struct hook *h)
{
	char json[256], target[PREFIX_TEXT];
	for (struct tree_node *n = tree_first(&h->puts); n; n = tree_next(&h->puts, n)) {
		const struct order *o = &TREE_ENTRY(n, struct put, node)->order;
		struct msg_hook m = { .order = *o, .action = HOOK_DROP };
		int len = snprintf(json, sizeof(json),
		    "{\"action\":\"drop\",\"order\":%llu,\"case\":%llu,\"target\":\"%s\","
		    "\"rung\":\"%s\",\"direction\":\"%s\",\"why\":\"mode\"}",
		    (unsigned long long)o->no, (unsigned long long)o->case_no,
		    prefix_print(place(o), target), rung_name(o->rung), direction(o));
		enqueue(h, &m, json, (size_t)len, true, 0);
	}
}

static void
take_mode(struct hook *h, const struct msg_mode *m)
{
	bool before = h->may;
	h->may = m->may == 1;
	if (before && !h->may)
		withdraw_all(h);
}

/* Both files anew each time, as hand reads them; what is wrong with one leaves what was in force. */
static void
take_conscience(struct hook *h, struct chan_msg *m)
{
	bool protect = ((const struct msg_conscience *)m->body)->file == CONSCIENCE_PROTECT;
	char why[512];
	if (!protect) {
		conscience_free(h->next);
		h->next = conscience_new();
		if (!h->next)
			fatal_oom();
	}
	if (!h->next)
		return;
	int rc = conscience_read(h->next, m->fd, protect, protect ? "protected" : h->c->conf->conscience,
	    why, sizeof(why));
	if (rc) {
		log_warn("conscience: %s; as before", why);
		conscience_free(h->next);
	} else if (protect) {
		conscience_free(h->con);
		h->con = h->next;
	}
	if (rc || protect)
		h->next = NULL;
}

static void
take_call(struct hook *h, const struct chan_msg *m)
{
	const struct msg_hook *k = m->body;
	uint32_t cost = (uint32_t)(sizeof(*k) + m->tail_len);
	if (call_sane(k)) {
		enqueue(h, k, m->tail, m->tail_len, false, cost);
		return;
	}
	struct call bad = { .m = *k, .cost = cost };
	log_warn("a call that makes no sense: not run");
	answer(h, &bad, NOT_RUN);
}

static void
hook_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct hook *h = c->state;
	if (from == ROLE_WARDEN && m->type == M_CONSCIENCE)
		take_conscience(h, m);
	else if (from == ROLE_WARDEN && m->type == M_MODE)
		take_mode(h, m->body);
	else if (from == ROLE_JUDGE && m->type == M_HOOK)
		take_call(h, m);
	if (m->fd >= 0)
		close(m->fd);
}

static void
hook_up(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_JUDGE)
		chan_grant(c->peer[id], WINDOW, BYTES);
}

/* The judge that comes back tells again all that was not answered. */
static void
hook_down(struct role_ctx *c, enum role_id id)
{
	struct hook *h = c->state;
	struct hook_queue own = STAILQ_HEAD_INITIALIZER(own);
	struct call *k;
	if (id != ROLE_JUDGE)
		return;
	while ((k = STAILQ_FIRST(&h->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&h->queue, link);
		if (k->own)
			STAILQ_INSERT_TAIL(&own, k, link);
		else
			free(k);
	}
	STAILQ_CONCAT(&h->queue, &own);
	if (h->now)
		h->now->own = true; /* nobody to answer; it ends all the same */
}

static void
hook_start(struct role_ctx *c)
{
	struct hook *h = calloc(1, sizeof(*h));
	if (!h)
		fatal_oom();
	h->c = c;
	h->out = -1;
	c->state = h;
	STAILQ_INIT(&h->queue);
	tree_init(&h->puts, put_cmp);
	snprintf(h->dir, sizeof(h->dir), "%s/%s", c->conf->run, role_hook.own_dir);
	h->child = loop_signal(c->loop, SIGCHLD, on_child, h);
	h->limit = loop_timer(c->loop, on_limit, h);
	h->turn = loop_timer(c->loop, on_next, h);
	umask(077);
}

static bool
hook_wanted(const struct conf *c)
{
	return c->hook[0];
}

const struct role role_hook = {
	.id = ROLE_HOOK,
	.name = "hook",
	.promises = BOX_EXEC,
	.own_dir = "hook",
	.peers = 1u << ROLE_JUDGE,
	.wanted = hook_wanted,
	.start = hook_start,
	.message = hook_message,
	.peer_up = hook_up,
	.peer_down = hook_down,
};
