/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The self-test, see selftest.h: starts the whole crew in folders and (where it may) a network of its
 * own, asks the kernel what each role is held by, then lets a twin of each try what a captured role
 * would. Must never touch a running node: no fence, no socket but its own, and it leaves nothing.
 */
#include "lymphd/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/selftest_try.h"
#include "lymphd/warden_crew.h"

#define UID_BASE  64000
#define READY_TOP (60 * MSEC_SECOND)
#define TRIES_TOP 40
#define CANNOT    2

struct selftest {
	char dir[64], inside[CONF_PATH], outside[CONF_PATH], watched[CONF_PATH];
	struct conf *conf; /* the private one */
	struct crew crew;
	bool late;
	struct box_state box[ROLE_N];
	enum try_result result[ROLE_N][TRIES_TOP];
};

static const struct {
	int cap;
	const char *name;
} cap_names[] = { { 0, "chown" }, { 5, "kill" }, { 6, "setgid" }, { 7, "setuid" }, { 8, "setpcap" },
	{ 10, "net_bind_service" }, { 12, "net_admin" } };

static const char *
caps_text(uint64_t caps, char *buf, size_t size)
{
	size_t n = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < sizeof cap_names / sizeof *cap_names; i++) {
		if (!(caps >> cap_names[i].cap & 1))
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", cap_names[i].name);
		caps &= ~(1ull << cap_names[i].cap);
	}
	if (caps)
		snprintf(buf + n, size - n, "%s%#llx", n ? " " : "", (unsigned long long)caps);
	return buf[0] ? buf : "none";
}

/* The crew */

static void
on_late(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct selftest *t = arg;
	t->late = true;
	loop_stop(t->crew.loop);
}

static void
on_changed(struct crew *w, enum role_id id, void *arg)
{
	struct selftest *t = arg;
	bool all = true;
	if (w->role[id].state == CREW_READY)
		t->box[id] = w->role[id].box;
	for (unsigned i = 0; i < ROLE_N; i++)
		all &= !w->role[i].row || w->role[i].state == CREW_READY;
	if (w->stopping ? crew_gone(w) : all)
		loop_stop(w->loop);
}

/* Starts all roles as the warden does, waits till each is ready, stops them. */
static int
run_crew(struct selftest *t)
{
	struct crew *w = &t->crew;
	w->loop = loop_new();
	w->conf = t->conf;
	w->changed = on_changed;
	w->arg = t;
	struct loop_event *late = loop_timer(w->loop, on_late, t);
	loop_timer_in(late, READY_TOP);
	crew_start(w);
	loop_run(w->loop);
	crew_stop(w);
	if (!crew_gone(w))
		loop_run(w->loop);
	loop_drop(late);
	crew_free(w);
	loop_free(w->loop);
	if (t->late)
		fprintf(stderr, "selftest: not every role became ready\n");
	return t->late ? -ETIME : 0;
}

/* Folders open to all, so that only the box can forbid to write there: one, and a Maildir with two mails. */
static int
open_places(struct selftest *t)
{
	static const char *const dirs[] = { "open", "open/mail", "open/mail/new", "open/mail/cur" };
	char path[CONF_PATH + 16];
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		snprintf(path, sizeof path, "%s/%s", t->dir, dirs[i]);
		if (mkdir(path, 0777) < 0 || chmod(path, 0777) < 0)
			return -errno;
	}
	snprintf(t->watched, sizeof t->watched, "%s/open/mail", t->dir);
	for (const char *mail = "xz"; *mail; mail++) {
		snprintf(path, sizeof path, "%s/cur/%c", t->watched, *mail);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		if (fd < 0 || fchmod(fd, 0666) < 0)
			return -errno;
		close(fd);
	}
	return 0;
}

/* Uids as the real configuration has them; folders and sockets of our own. */
static int
prepare(struct selftest *t, const char *conf_path)
{
	char why[1024], text[2048];
	struct conf *real = NULL;
	int n = snprintf(text, sizeof text,
	    "name = \"selftest.invalid\"\nstate = \"%s/state\"\nrun = \"%s/run\"\n"
	    "warden-state = \"%s/warden\"\nconscience = \"%s/conscience\"\n"
	    "listen = \"unix:%s/reports.sock\"\nmetrics = \"unix:%s/metrics.sock\"\n"
	    "alerts = \"unix:%s/alerts.sock\"\n"
	    "hook = \"/bin/true\"\nuid-base = %d\nhand { actuator = \"nft\" }\n"
	    "telemetry { listen = { \"0.0.0.0:64999\" } subscribers = 1000 }\n"
	    "intake { maildir = \"%s/open/mail\" }\n"
	    "rdap { bootstrap = {\"https://registry.invalid/ipv4.json\"} }\n"
	    "mail { relay = \"127.0.0.1:25\" from = \"abuse@selftest.invalid\" }\n"
	    "log \"selftest\" { file = \"%s/open/log\" }\n",
	    t->dir, t->dir, t->dir, t->dir, t->dir, t->dir, t->dir, UID_BASE, t->dir, t->dir);
	int rc = conf_parse("selftest", text, (size_t)n, &t->conf, why, sizeof why);
	if (!rc && conf_path)
		rc = conf_load(conf_path, &real, why, sizeof why);
	if (rc) {
		fprintf(stderr, "selftest: %s\n", why);
		return rc;
	}
	if (!rc)
		rc = setup_users(real ? real : t->conf);
	for (unsigned id = ROLE_JUDGE; id < ROLE_N && !rc; id++)
		rc = setup_identity(
		    real ? real : t->conf, id, &t->crew.role[id].uid, &t->crew.role[id].gid);
	conf_free(real);
	const struct crew_role *judge = &t->crew.role[ROLE_JUDGE];
	if (!rc)
		rc = setup_folders(t->conf, judge->uid, judge->gid);
	for (unsigned id = ROLE_JUDGE; id < ROLE_N && !rc; id++)
		rc = setup_own_dir(t->conf, id, t->crew.role[id].uid, t->crew.role[id].gid);
	if (!rc)
		rc = setup_listens(t->conf, t->crew.listen, &t->crew.listens);
	if (!rc)
		rc = open_places(t);
	snprintf(t->outside, sizeof t->outside, "%s/open/x", t->dir);
	snprintf(t->inside, sizeof t->inside, "%s/state/x", t->dir);
	return rc;
}

/* What came of it */

static void
print_boxes(const struct selftest *t)
{
	char caps[128];
	printf("%-13s %6s  %-12s %-8s %-16s %s\n", "role", "uid", "no_new_privs", "seccomp",
	    "Landlock", "capabilities");
	for (unsigned id = 0; id < ROLE_N; id++) {
		const struct box_state *b = &t->box[id];
		char landlock[32] = "none";
		if (id && !role_row(id))
			continue;
		if (b->landlock_abi)
			snprintf(landlock, sizeof landlock, "ABI %d, %s", b->landlock_abi,
			    b->landlocked ? "in force" : "NOT in force");
		printf("%-13s %6u  %-12s %-8s %-16s %s\n", role_name(id), b->uid,
		    b->no_new_privs ? "yes" : "NO", b->seccomp_mode == 2 ? "filter" : "none",
		    landlock,
		    caps_text(b->caps_effective | b->caps_permitted | b->caps_bounding, caps,
			sizeof caps));
	}
}

static void
print_tries(const struct selftest *t)
{
	printf("\n%-26s", "attempt");
	for (unsigned id = 0; id < ROLE_N; id++)
		if (!id || role_row(id))
			printf(" %-12s", role_name(id));
	putchar('\n');
	for (unsigned i = 0; i < try_rows_n; i++) {
		printf("%-26s", try_rows[i].name);
		for (unsigned id = 0; id < ROLE_N; id++)
			if (!id || role_row(id))
				printf(" %-12s", try_result_name(t->result[id][i]));
		putchar('\n');
	}
}

static void
print_json(const struct selftest *t, bool ok)
{
	json_t *roles = json_array();
	for (unsigned id = 0; id < ROLE_N; id++) {
		const struct box_state *b = &t->box[id];
		if (id && !role_row(id))
			continue;
		json_t *r = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:b,s:i,s:i,s:b}", "role",
		    role_name(id), "uid", (json_int_t)b->uid, "gid", (json_int_t)b->gid,
		    "caps_effective", (json_int_t)b->caps_effective, "caps_permitted",
		    (json_int_t)b->caps_permitted, "caps_bounding", (json_int_t)b->caps_bounding,
		    "no_new_privs", b->no_new_privs, "seccomp", b->seccomp_mode, "landlock_abi",
		    b->landlock_abi, "landlocked", b->landlocked);
		json_t *tries = json_object();
		for (unsigned i = 0; i < try_rows_n; i++)
			json_object_set_new(tries, try_rows[i].name,
			    json_string(try_result_name(t->result[id][i])));
		json_object_set_new(r, "attempts", tries);
		json_array_append_new(roles, r);
	}
	json_t *o = json_pack("{s:b,s:o}", "ok", ok, "roles", roles);
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static bool
boxes_good(const struct selftest *t)
{
	bool ok = true;
	for (unsigned id = ROLE_JUDGE; id < ROLE_N; id++) {
		const struct box_state *b = &t->box[id];
		if (role_row(id))
			ok &= b->uid != 0 && b->no_new_privs && b->seccomp_mode == 2 &&
			      b->landlocked &&
			      !((b->caps_effective | b->caps_permitted | b->caps_bounding) &
				  ~role_row(id)->keep_caps);
	}
	return ok;
}

/* The warden's own bounds, from a twin: this process keeps out of them, so that what holds a role's
 * twin is the role's box and not its parent's. */
static int
warden_state(struct selftest *t)
{
	struct box_state *st =
	    mmap(NULL, sizeof *st, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = st == MAP_FAILED ? -1 : fork();
	if (pid == 0) {
		setup_fold(t->conf);
		setup_state(st);
		_exit(0);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	t->box[ROLE_WARDEN] = *st;
	munmap(st, sizeof *st);
	return 0;
}

static int
run(const char *conf_path, bool json, const char *dir)
{
	static struct selftest t;
	snprintf(t.dir, sizeof t.dir, "%s", dir);
	if (try_rows_n > TRIES_TOP)
		fatal("too many attempts for the table");
	if (unshare(CLONE_NEWNET) < 0)
		fprintf(stderr, "selftest: no network of its own: %s; nothing is sent anyway\n",
		    strerror(errno));
	setup_diet(WARDEN_CAPS_SETUP);
	if (prepare(&t, conf_path))
		return CANNOT;
	setup_diet(WARDEN_CAPS_RUN);
	if (run_crew(&t) || warden_state(&t))
		return CANNOT;

	unsigned tries = 0, bad = 0;
	const struct try_place place = { t.inside, t.outside, t.watched };
	for (unsigned i = 0; i < try_rows_n; i++) {
		t.result[ROLE_WARDEN][i] = try_warden(&try_rows[i], t.conf, &place);
		tries += t.result[ROLE_WARDEN][i] != TRY_DUTY;
		bad += t.result[ROLE_WARDEN][i] > TRY_DUTY;
	}
	for (unsigned id = ROLE_JUDGE; id < ROLE_N; id++) {
		struct box b;
		if (!role_row(id))
			continue;
		role_box(role_row(id), t.conf, t.crew.role[id].uid, t.crew.role[id].gid, &b);
		for (unsigned i = 0; i < try_rows_n; i++, tries++) {
			t.result[id][i] = try_one(&try_rows[i], &b, &place);
			bad += t.result[id][i] > TRY_DUTY;
		}
	}
	bool ok = !bad && boxes_good(&t);
	if (json) {
		print_json(&t, ok);
	} else {
		print_boxes(&t);
		print_tries(&t);
		printf("\n%u attempts: %s\n", tries,
		    ok ? "all held, but for what a role says it needs" : "NOT all held");
	}
	conf_free(t.conf);
	return !ok;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int
selftest_main(const char *conf_path, bool json)
{
	char dir[] = "/tmp/lymph-selftest-XXXXXX";
	int status;
	log_role("selftest");
	log_quiet();
	if (geteuid() != 0) {
		fprintf(stderr, "lymphd: selftest needs root: it enters the box of every role\n");
		return CANNOT;
	}
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0) {
		fprintf(stderr, "selftest: %s: %s\n", dir, strerror(errno));
		return CANNOT;
	}
	/* A child does it all and gives its rights away; this process keeps those to clean up. */
	pid_t pid = fork();
	if (pid == 0) {
		int rc = run(conf_path, json, dir);
		fflush(NULL);
		_exit(rc);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* The judge's folder, back to us: inside a unit root has no right to enter it. */
	char state[64];
	snprintf(state, sizeof state, "%s/state", dir);
	if (chown(state, 0, 0) < 0 && errno != ENOENT)
		fprintf(stderr, "selftest: %s: %s\n", state, strerror(errno));
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : CANNOT;
}
