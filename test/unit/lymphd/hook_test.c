/* SPDX-License-Identifier: BSD-2-Clause */
/* The role hook under a judge and a warden made of cardboard, without its box: what the script is
 * given, in which order, when it is not run at all, and what becomes of one that does not end. The
 * script must be root's: skipped (77) without root. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lymphd/role.h"

#define DONES 256

static char dir[] = "/tmp/lymph-hook-XXXXXX";
static char script[64], said[64];
static struct {
	struct loop *loop;
	struct conf conf;
	struct role_ctx ctx;
	struct chan *judge;
	struct loop_event *dog;
	struct msg_hook_done done[DONES];
	unsigned dones, wait;
} t;

static const char plain[] = "#!/bin/sh\necho \"$# $*\" >>said\ncat >>said\necho >>said\n";

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static const char *
read_said(void)
{
	static char buf[65536 * 2];
	FILE *f = fopen(said, "r");
	size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;
	buf[n] = '\0';
	if (f)
		fclose(f);
	unlink(said);
	return buf;
}

static void
to_role(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	role_hook.message(&t.ctx, ROLE_JUDGE, m);
}

static void
from_role(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	assert_int_equal(m->type, M_HOOK_DONE);
	assert_true(t.dones < DONES);
	t.done[t.dones++] = *(const struct msg_hook_done *)m->body;
	if (t.dones >= t.wait)
		loop_stop(t.loop);
}

static void
on_gone(struct chan *c, void *arg)
{
	(void)c, (void)arg;
	fail_msg("a channel broke");
}

static void
on_dog(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	fail_msg("waited 60 s");
}

static void
on_stop(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	loop_stop(t.loop);
}

static void
run_till(unsigned dones)
{
	t.wait = dones;
	loop_timer_in(t.dog, 60000);
	while (t.dones < dones)
		loop_run(t.loop);
	t.wait = DONES;
	loop_timer_off(t.dog);
}

/* Until the file holds what it should: for what nobody answers. */
static void
run_till_said(const char *want)
{
	struct loop_event *e = loop_timer(t.loop, on_stop, NULL);
	char buf[4096];
	loop_timer_in(t.dog, 60000);
	for (;;) {
		FILE *f = fopen(said, "r");
		size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;
		buf[n] = '\0';
		if (f)
			fclose(f);
		if (strstr(buf, want))
			break;
		loop_timer_in(e, 20);
		loop_run(t.loop);
	}
	loop_drop(e);
	loop_timer_off(t.dog);
}

static void
mode(bool may)
{
	struct msg_mode m = { .may = may };
	struct chan_msg msg = { .type = M_MODE, .body = &m, .fd = -1 };
	role_hook.message(&t.ctx, ROLE_WARDEN, &msg);
}

/* The file and the one of what is protected by command, as the warden hands them over. */
static void
conscience(const char *rules, const char *protect)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct msg_conscience m = { .file = i };
		struct chan_msg msg = { .type = M_CONSCIENCE, .body = &m };
		const char *text = i ? protect : rules;
		assert_int_equal(seal_make("test", text, strlen(text), &msg.fd), 0);
		assert_int_equal(fchmod(msg.fd, 0400), 0);
		role_hook.message(&t.ctx, ROLE_WARDEN, &msg);
	}
}

static struct msg_hook
call(uint64_t no, const char *target, enum rung rung, bool inbound, enum hook_action action)
{
	struct msg_hook m = { .no = no, .action = action };
	m.order.no = no;
	m.order.rung = rung;
	m.order.inbound = inbound;
	m.order.cls = CLASS_OPEN_PROXY;
	m.order.proto = 6;
	m.order.port = 3128;
	m.order.at = 1;
	m.order.expiry = MSEC_HOUR;
	assert_int_equal(prefix_parse(target, strlen(target), &m.order.target), 0);
	return m;
}

static void
tell(struct msg_hook m, const char *json)
{
	assert_int_equal(chan_send(t.judge, M_HOOK, &m, json, strlen(json), -1), 0);
}

static int
set_up(void **state)
{
	int sv[2];
	(void)state;
	memset(&t, 0, sizeof(t));
	t.wait = DONES;
	static const char text[] = "name = \"test.example\"\n"
				   "hand { always-reach = { \"192.0.2.250/32\" } }\n"
				   "prefix \"192.0.2.0/24\" { kind = \"residential\" }\n"
				   "prefix \"2001:db8::/32\" { kind = \"residential\" }\n";
	static struct conf *parsed;
	char why[256];
	if (!parsed)
		assert_int_equal(conf_parse("test", text, sizeof(text) - 1, &parsed, why, sizeof(why)), 0);
	t.conf = *parsed;
	snprintf(t.conf.run, sizeof(t.conf.run), "%s", dir);
	snprintf(t.conf.hook, sizeof(t.conf.hook), "%s", script);
	write_file(script, plain, 0755);
	unlink(said);
	static struct loop *loop; /* one, for it has the signals */
	if (!loop)
		loop = loop_new();
	t.loop = loop;
	t.dog = loop_timer(t.loop, on_dog, NULL);
	t.ctx = (struct role_ctx){ .loop = t.loop, .conf = &t.conf };
	role_hook.start(&t.ctx);
	conscience("mode enforce\n", "");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv), 0);
	t.ctx.peer[ROLE_JUDGE] =
	    chan_new(t.loop, sv[0], ROLE_HOOK, ROLE_JUDGE, msg_table, M_N, to_role, on_gone, NULL);
	t.judge =
	    chan_new(t.loop, sv[1], ROLE_JUDGE, ROLE_HOOK, msg_table, M_N, from_role, on_gone, NULL);
	role_hook.peer_up(&t.ctx, ROLE_JUDGE);
	struct loop_event *e = loop_timer(t.loop, on_stop, NULL);
	while (!chan_may_send(t.judge, sizeof(struct msg_hook))) { /* until the credit is here */
		loop_timer_in(e, 5);
		loop_run(t.loop);
	}
	loop_drop(e);
	return 0;
}

/* A role ends with its process: what it holds stays to be found here. */
static void *volatile kept[32];
static unsigned kept_n;

static int
tear_down(void **state)
{
	(void)state;
	kept[kept_n++ % 32] = t.ctx.state;
	role_hook.peer_down(&t.ctx, ROLE_JUDGE);
	chan_free(t.ctx.peer[ROLE_JUDGE]);
	chan_free(t.judge);
	loop_drop(t.dog);
	return 0;
}

static void
is_done(unsigned i, uint64_t no, int status)
{
	assert_int_equal(t.done[i].no, no);
	assert_int_equal(t.done[i].status, status);
}

static void
arguments_are_exact(void **state)
{
	static const char hostile[] = "{\"owner\":\"$(reboot) `id` \\u0000 '; rm -rf / \\n\xc3\xa4\"}";
	(void)state;
	mode(true);
	tell(call(1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), hostile);
	tell(call(2, "192.0.2.7/32", RUNG_FILTER, false, HOOK_PUT), "{}");
	tell(call(3, "2001:db8::/56", RUNG_QUARANTINE, true, HOOK_PUT), "");
	tell(call(1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_DROP), "{}");
	tell(call(3, "2001:db8::/56", RUNG_QUARANTINE, true, HOOK_EXPIRE), "{}");
	run_till(5);
	char want[1024];
	snprintf(want, sizeof(want),
	    "4 192.0.2.7/32 towards filter put\n%s\n4 192.0.2.7/32 from filter put\n{}\n"
	    "4 2001:db8::/56 - quarantine put\n\n4 192.0.2.7/32 towards filter drop\n{}\n"
	    "4 2001:db8::/56 - quarantine expire\n{}\n",
	    hostile);
	assert_string_equal(read_said(), want);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(t.done[i].status, 0);
}

static void
surroundings_are_bare(void **state)
{
	(void)state;
	setenv("LD_PRELOAD", "/nowhere.so", 1);
	write_file(script, "#!/bin/sh\n{ env; pwd; ls -l /proc/self/fd | grep -c ' -> '; } >said\n",
	    0755);
	mode(true);
	tell(call(1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	run_till(1);
	unsetenv("LD_PRELOAD");
	const char *s = read_said();
	assert_null(strstr(s, "LD_PRELOAD"));
	assert_non_null(strstr(s, "LC_ALL=C.UTF-8\n"));
	assert_non_null(strstr(s, "PATH=/usr/local/sbin:"));
	assert_non_null(strstr(s, "/hook\n"));
	/* 0, 1, 2 and the listing itself. */
	assert_string_equal(s + strlen(s) - 3, "\n4\n");
}

static void
order_is_kept(void **state)
{
	char want[4096];
	size_t n = 0;
	(void)state;
	write_file(script, "#!/bin/sh\nread -r n; [ $((n % 7)) = 0 ] && sleep 0.05\necho $n >>said\n"
			   "exit $((n % 3))\n", 0755);
	mode(true);
	for (unsigned i = 1; i <= 40; i++) {
		char json[16];
		snprintf(json, sizeof(json), "%u\n", i);
		tell(call(i, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), json);
		n += (size_t)snprintf(want + n, sizeof(want) - n, "%u\n", i);
	}
	run_till(40);
	assert_string_equal(read_said(), want);
	for (unsigned i = 0; i < 40; i++)
		is_done(i, i + 1, (int)(i + 1) % 3);
}

/* JSON of any size a message can hold, to a script that does not read it. */
static void
large_input_blocks_nobody(void **state)
{
	static char json[65000];
	(void)state;
	memset(json, 'x', sizeof(json) - 1);
	mode(true);
	tell(call(1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), json);
	run_till(1);
	assert_int_equal(strlen(read_said()), strlen("4 192.0.2.7/32 towards filter put\n") +
	    sizeof(json));
	write_file(script, "#!/bin/sh\nhead -c 300000 /dev/zero\nexit 3\n", 0755);
	tell(call(2, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), json);
	run_till(2);
	is_done(1, 2, 3);
}

static void
late_ones_are_killed(void **state)
{
#ifndef LYMPH_TESTHOOKS
	skip();
#endif
	(void)state;
	setenv("LYMPH_HOOK_MS", "3000", 1); /* enough to begin, on a busy machine */
	write_file(script, "#!/bin/sh\n[ -e pid ] && exit 0\nsleep 1000 & echo $! >pid\nwait\n", 0755);
	mode(true);
	tell(call(1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	tell(call(2, "192.0.2.8/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	run_till(1);
	is_done(0, 1, 128 + SIGKILL);
	char path[64], pid[16] = "";
	snprintf(path, sizeof(path), "%s/hook/pid", dir);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(pid, sizeof(pid), f));
	fclose(f);
	/* A zombie at most, until its new parent looks. */
	for (int i = 0; i < 600 && !kill(atoi(pid), 0); i++) {
		char state_of[64];
		snprintf(path, sizeof(path), "/proc/%d/stat", atoi(pid));
		f = fopen(path, "r");
		bool dead = !f || !fgets(state_of, sizeof(state_of), f) || strstr(state_of, ") Z");
		if (f)
			fclose(f);
		if (dead)
			break;
		assert_true(i < 599);
		usleep(100000);
	}
	run_till(2);
	is_done(1, 2, 0);
	unsetenv("LYMPH_HOOK_MS");
}

static void
only_roots_file_is_run(void **state)
{
	char wide[64], inner[64], link[64];
	(void)state;
	snprintf(wide, sizeof(wide), "%s/wide", dir);
	snprintf(inner, sizeof(inner), "%s/wide/script", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	mkdir(wide, 0755);
	chmod(wide, 0777);
	write_file(inner, plain, 0755);
	assert_int_equal(symlink(script, link), 0);
	mode(true);
	unsigned n = 0;
	const char *paths[] = { inner, link, dir, "/dev/null", "/nowhere", script, script, script };
	for (unsigned i = 0; i < 8; i++, n++) {
		snprintf(t.conf.hook, sizeof(t.conf.hook), "%s", paths[i]);
		if (i == 5)
			assert_int_equal(chmod(script, 0757), 0);
		if (i == 6)
			assert_int_equal(chmod(script, 0775), 0);
		if (i == 7)
			assert_int_equal(chmod(script, 0755) + chown(script, 64999, 0), 0);
		tell(call(n + 1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), "{}");
		run_till(n + 1);
		is_done(n, n + 1, -1);
	}
	assert_string_equal(read_said(), "");
	assert_int_equal(chown(script, 0, 0), 0);
	tell(call(n + 1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	run_till(n + 1);
	is_done(n, n + 1, 0);
	read_said();
	unlink(inner);
	unlink(link);
	rmdir(wide);
}

static void
observe_runs_nothing(void **state)
{
	(void)state;
	for (unsigned a = 0; a < HOOK_ACTION_N; a++)
		tell(call(a + 1, "192.0.2.7/32", RUNG_FILTER, true, (enum hook_action)a), "{}");
	run_till(3);
	mode(false);
	tell(call(4, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	run_till(4);
	for (unsigned i = 0; i < 4; i++)
		is_done(i, i + 1, -1);
	assert_string_equal(read_said(), "");
}

static void
end_of_mode_withdraws(void **state)
{
	(void)state;
	mode(true);
	tell(call(1, "192.0.2.1/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	tell(call(2, "192.0.2.2/32", RUNG_QUARANTINE, false, HOOK_PUT), "{}");
	tell(call(1, "192.0.2.1/32", RUNG_FILTER, true, HOOK_PUT), "{}"); /* told twice */
	tell(call(1, "192.0.2.1/32", RUNG_FILTER, true, HOOK_DROP), "{}");
	run_till(4);
	read_said();
	mode(false);
	/* Up to the last thing the script writes: what comes after the wait would be the next text. */
	run_till_said("\"why\":\"mode\"}\n");
	const char *s = read_said();
	assert_memory_equal(s, "4 192.0.2.2/32 - quarantine drop\n{", 34);
	assert_null(strstr(s, "192.0.2.1"));
	/* Withdrawn already: once is enough. */
	tell(call(2, "192.0.2.2/32", RUNG_QUARANTINE, false, HOOK_DROP), "{}");
	run_till(5);
	is_done(4, 2, -1);
	assert_string_equal(read_said(), "");
}

static void
nonsense_is_refused(void **state)
{
	struct msg_hook m[6];
	(void)state;
	mode(true);
	for (unsigned i = 0; i < 6; i++)
		m[i] = call(i + 1, "192.0.2.7/32", RUNG_FILTER, true, HOOK_PUT);
	m[0].action = HOOK_ACTION_N;
	m[1].order.rung = RUNG_N;
	m[2].order.target.a.fam = 7;
	m[3].order.target.len = 33;
	m[4].order.target.len = 8; /* host bits */
	m[5].order.inbound = 2;
	for (unsigned i = 0; i < 6; i++)
		tell(m[i], "{}");
	run_till(6);
	for (unsigned i = 0; i < 6; i++)
		is_done(i, i + 1, -1);
	assert_string_equal(read_said(), "");
}

/* What touches a line, and only that, is held to the conscience. */
static void
conscience_is_asked(void **state)
{
	(void)state;
	mode(true);
	conscience("mode enforce\nnever 192.0.2.66/32\nper-hour filter 2\n", "never 192.0.2.77/32\n");
	tell(call(1, "192.0.2.66/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	tell(call(2, "192.0.2.77/32", RUNG_QUARANTINE, false, HOOK_PUT), "{}");
	tell(call(3, "198.51.100.1/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	tell(call(4, "192.0.2.0/24", RUNG_FILTER, true, HOOK_PUT), "{}");
	tell(call(5, "192.0.2.66/32", RUNG_NOTIFY, false, HOOK_PUT), "{}");
	for (unsigned i = 6; i < 10; i++)
		tell(call(i, "192.0.2.8/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	tell(call(6, "192.0.2.8/32", RUNG_FILTER, true, HOOK_PUT), "{}"); /* told twice: known */
	run_till(10);
	static const int want[] = { -1, -1, -1, -1, 0, 0, 0, -1, -1, 0 };
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(t.done[i].status, want[i]);
	read_said();
	/* A file that cannot be read leaves what was in force. */
	conscience("nonsense\n", "");
	tell(call(11, "192.0.2.66/32", RUNG_FILTER, true, HOOK_PUT), "{}");
	run_till(11);
	is_done(10, 11, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(arguments_are_exact, set_up, tear_down),
		cmocka_unit_test_setup_teardown(surroundings_are_bare, set_up, tear_down),
		cmocka_unit_test_setup_teardown(order_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(large_input_blocks_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(late_ones_are_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_roots_file_is_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(observe_runs_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(end_of_mode_withdraws, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conscience_is_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nonsense_is_refused, set_up, tear_down),
	};
	char own[64];
	if (geteuid() != 0)
		return 77;
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		return 1;
	snprintf(script, sizeof(script), "%s/script", dir);
	snprintf(own, sizeof(own), "%s/hook", dir);
	snprintf(said, sizeof(said), "%s/hook/said", dir);
	mkdir(own, 0700);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	char cmd[128];
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd) ? 1 : rc;
}
