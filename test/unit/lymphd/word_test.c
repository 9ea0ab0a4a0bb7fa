/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's word as the warden keeps it: who may say what, two people, what survives a restart, a
 * kill in the middle, a full disk, and files somebody else wrote. No nft: its part is in test/net. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/conscience.h"
#include "host/log.h"
#include "lymphd/staff.h"
#include "lymphd/warden_word.h"
#include "lymphd/word_line.h"

#define ADMIN (MAY_VIEW | MAY_DESK | MAY_NOC | MAY_ADMIN)
#define NOC   (MAY_VIEW | MAY_DESK | MAY_NOC)

static char dir[] = "/tmp/lymph-word-XXXXXX";
static struct conf *conf;
static struct loop *loop;
static struct warden_word w;
static unsigned told;
static int flushed;
static char got[65536]; /* the last answer */

static void
on_changed(struct warden_word *x, void *arg)
{
	(void)x, (void)arg;
	told++;
}

static bool
hand_is_up(struct warden_word *x, void *arg)
{
	(void)x, (void)arg;
	return false;
}

static void
on_flushed(struct warden_word *x, int err, void *arg)
{
	(void)arg;
	FILE *f = fmemopen(got + strlen(got), sizeof(got) - strlen(got), "w");
	warden_answer(x, err, f);
	fclose(f);
	flushed++;
	loop_stop(loop);
}

static bool judge_waits; /* for the audit's answer; else the loop runs for something else */

static void
on_audited(struct warden_word *x, void *arg)
{
	(void)x, (void)arg;
	if (judge_waits)
		loop_stop(loop);
}

static void
start(void)
{
	struct staff_groups g;
	memset(&w, 0, sizeof(w));
	staff_init(conf, &g);
	assert_int_equal(warden_open(&w, conf, &g), 0);
	w.changed = on_changed;
	w.hand_is_up = hand_is_up;
	w.flushed = on_flushed;
	w.audited = on_audited;
	warden_start(&w, loop);
}

static void
restart(void)
{
	warden_close(&w);
	start();
}

static const char *
say(uint32_t uid, uint32_t roles, const char *line)
{
	struct word_caller who = { uid, roles };
	memset(got, 0, sizeof(got));
	FILE *f = fmemopen(got, sizeof(got), "w");
	bool whole = warden_hear(&w, &who, line, strlen(line), f);
	fclose(f);
	if (!whole)
		loop_run(loop);
	return got;
}

static void
put_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

static int
fresh(void **state)
{
	(void)state;
	static const char *const files[] = { "mode", "panic", "protect", "count", "conscience", AUDIT_FILE, NULL };
	char path[128];
	if (getuid() != 0)
		return 0;
	for (int i = 0; files[i]; i++) {
		snprintf(path, sizeof(path), "%s/warden/%s", dir, files[i]);
		unlink(path);
	}
	put_file("conscience", "mode enforce\n", 0644);
	start();
	return 0;
}

static int
done(void **state)
{
	(void)state;
	if (getuid() == 0)
		warden_close(&w);
	return 0;
}

/* Two people agree to the conscience file as it is. */
static void
take(void)
{
	char line[32];
	unsigned no;
	assert_int_equal(sscanf(say(1001, ADMIN, "conscience take why not"), "ok pending m%u", &no), 1);
	snprintf(line, sizeof(line), "approve m%u", no);
	assert_memory_equal(say(1002, ADMIN, line), "ok the conscience is", 20);
}

static void
enforce(void)
{
	char line[32];
	unsigned no;
	assert_int_equal(sscanf(say(1001, ADMIN, "mode enforce go"), "ok pending m%u", &no), 1);
	snprintf(line, sizeof(line), "approve m%u", no);
	assert_string_equal(say(1002, ADMIN, line), "ok enforce\n");
	assert_true(warden_may(&w));
}

#define STARTS(got, with) assert_memory_equal(got, with, strlen(with))

static void
test_roles(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		uint32_t may; /* the one role that is just enough */
	} rows[] = {
		{ "status", STAFF_VIEWER }, { "protect list", STAFF_VIEWER },
		{ "mode observe x", STAFF_NOC }, { "panic x", STAFF_NOC }, { "resume x", STAFF_NOC },
		{ "protect add 192.0.2.1 x", STAFF_NOC }, { "mode enforce x", STAFF_ADMIN },
		{ "approve m9", STAFF_ADMIN }, { "reject m9", STAFF_ADMIN },
		{ "protect del 192.0.2.1 x", STAFF_ADMIN }, { "conscience", STAFF_VIEWER },
		{ "conscience take x", STAFF_ADMIN },
	};
	if (getuid() != 0)
		skip();
	static const uint32_t gives[] = { MAY_VIEW, MAY_VIEW | MAY_DESK, NOC, ADMIN };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint32_t r = 0; r <= STAFF_ADMIN; r++) {
			bool refused = strncmp(say(1000, gives[r], rows[i].line), "no not-allowed", 14) == 0;
			assert_int_equal(refused, r < rows[i].may);
		}
	STARTS(say(1000, NOC, "audit"), "no not-allowed");
	STARTS(say(1000, MAY_VIEW | STAFF_BIT(STAFF_PRIVACY), "audit"), "{\"n\":1,");
	STARTS(say(1000, ADMIN, "audit 100000"), "ok 0");
	STARTS(say(1000, NOC, "resume"), "no bad-request say why");
	STARTS(say(1000, ADMIN, "mode off"), "no bad-request");
	STARTS(say(1000, ADMIN, "panic \x1b[31m"), "no bad-request");
	assert_false(w.panic);
}

static void
test_two_people(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	STARTS(say(0, ADMIN | STAFF_ROOT, "mode enforce x"), "no two-people");
	STARTS(say(1001, ADMIN, "mode enforce x"), "ok pending m1");
	STARTS(say(1001, ADMIN, "approve m1"), "no two-people");
	STARTS(say(0, ADMIN | STAFF_ROOT, "approve m1"), "no two-people");
	STARTS(say(1002, NOC, "approve m1"), "no not-allowed");
	STARTS(say(1002, ADMIN, "approve m2"), "no not-found");
	assert_false(warden_may(&w));
	STARTS(say(1002, ADMIN, "approve m1"), "ok enforce");
	assert_true(warden_may(&w));
	STARTS(say(1002, ADMIN, "approve m1"), "no not-found");
	assert_int_equal(w.mode_by.uid, 1001);
	assert_int_equal(w.mode_by.second, 1002);
	/* Rejected, and what is reused then is another. */
	STARTS(say(1001, NOC, "protect add 192.0.2.53 dns"), "ok 192.0.2.53/32");
	STARTS(say(1001, ADMIN, "protect del 192.0.2.53"), "ok pending m2");
	STARTS(say(1001, ADMIN, "reject m2"), "ok m2");
	STARTS(say(1002, ADMIN, "approve m2"), "no not-found");
	assert_int_equal(w.protects, 1);
	STARTS(say(1001, ADMIN, "protect del 192.0.2.54"), "no not-found");
	/* As many as may wait, and no more. */
	for (int i = 0; i < WORD_PENDING; i++)
		STARTS(say(1001, ADMIN, "protect del 192.0.2.53"), "ok pending");
	STARTS(say(1001, ADMIN, "protect del 192.0.2.53"), "no busy");
	STARTS(say(1002, ADMIN, "approve m3"), "ok 192.0.2.53/32");
	STARTS(say(1002, ADMIN, "approve m4"), "no not-found it is not protected");
	/* A restart forgets them, never runs them. */
	restart();
	STARTS(say(1002, ADMIN, "approve m5"), "no not-found");
}

static void
test_expires(void **state)
{
	(void)state;
#ifndef LYMPH_TESTHOOKS
	skip();
#endif
	if (getuid() != 0)
		skip();
	setenv("LYMPH_PENDING_MS", "0", 1);
	STARTS(say(1001, ADMIN, "mode enforce x"), "ok pending m1");
	STARTS(say(1002, ADMIN, "approve m1"), "no not-found");
	unsetenv("LYMPH_PENDING_MS");
	assert_false(warden_may(&w));
}

static void
test_ceiling(void **state)
{
	(void)state;
	char path[128];
	struct msg_mode m;
	if (getuid() != 0)
		skip();
	snprintf(path, sizeof(path), "%s/conscience", dir);
	STARTS(say(1001, ADMIN, "mode enforce x"), "ok pending m1");
	/* Each between the asking and the answer. */
	put_file("conscience", "mode observe\n", 0644);
	STARTS(say(1002, ADMIN, "approve m1"), "no ceiling");
	/* Root alone put it down, but does not put it up again. */
	put_file("conscience", "mode enforce\n", 0644);
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling observe is the ceiling in force");
	take();
	put_file("conscience", "mode enforce\nnever 192.0.2.1/24\n", 0644);
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling ");
	assert_non_null(strstr(got, "conscience:2: "));
	put_file("conscience", "mode enforce\n", 0666);
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling ");
	unlink(path);
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling no conscience file");
	/* Root's own bytes, but where others may put theirs: by a link, in a folder of theirs. */
	assert_int_equal(symlink("/proc/self/mounts", path), 0);
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling ");
	assert_non_null(strstr(got, "symbolic link"));
	unlink(path);
	put_file("conscience", "mode enforce\n", 0644);
	assert_int_equal(chmod(dir, 0777), 0);
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling ");
	assert_non_null(strstr(got, "writable by nobody else"));
	assert_int_equal(chmod(dir, 0700), 0);
	enforce();
	/* Lowered under a mode that is in force. */
	unsigned before = told;
	put_file("conscience", "mode observe\n", 0644);
	warden_reload(&w);
	loop_run(loop);
	assert_false(warden_may(&w));
	assert_true(told > before);
	warden_mode(&w, &m);
	assert_int_equal(m.set.mode, MODE_OBSERVE);
	assert_int_equal(m.may, 0);
	/* And raised again, by two: what people said holds. */
	put_file("conscience", "mode enforce\n", 0644);
	warden_reload(&w);
	assert_false(warden_may(&w));
	take();
	assert_true(warden_may(&w));
	/* The same where an admin asks before root sent SIGHUP: everybody hears of it at once. */
	put_file("conscience", "mode what\n", 0644);
	warden_reload(&w);
	loop_run(loop);
	assert_false(warden_may(&w));
	put_file("conscience", "mode enforce\n", 0644);
	before = told;
	STARTS(say(1001, ADMIN, "mode enforce x"), "ok enforce: two people");
	assert_true(warden_may(&w));
	assert_true(told > before);
	/* Who acts reads what was judged, though the file is another by now. */
	put_file("conscience", "mode observe\n", 0644);
	char why[128];
	int fd;
	struct conscience *c = conscience_new();
	assert_int_equal(warden_conscience_fd(&w, CONSCIENCE_FILE, &fd), 0);
	assert_int_equal(conscience_read(c, fd, false, "c", why, sizeof(why)), 0);
	assert_int_equal(conscience_ceiling(c), MODE_ENFORCE);
	close(fd);
	STARTS(say(1000, NOC, "protect add 192.0.2.0/28 why # not"), "ok");
	assert_int_equal(warden_conscience_fd(&w, CONSCIENCE_PROTECT, &fd), 0);
	assert_int_equal(conscience_read(c, fd, true, "c", why, sizeof(why)), 0);
	assert_non_null(conscience_never(c, NULL));
	close(fd);
	conscience_free(c);
}

/* What those who act are handed. */
static struct conscience *
handed(void)
{
	char why[128];
	int fd;
	struct conscience *c = conscience_new();
	assert_int_equal(warden_conscience_fd(&w, CONSCIENCE_FILE, &fd), 0);
	assert_int_equal(conscience_read(c, fd, false, "c", why, sizeof(why)), 0);
	close(fd);
	return c;
}

/* Entries, and how many prefixes are never touched. */
static void
assert_force(uint64_t entries, unsigned nevers)
{
	struct conscience *c = handed();
	unsigned n = 0;
	for (const struct prefix *p = NULL; (p = conscience_never(c, p)) != NULL;)
		n++;
	assert_int_equal(conscience_entries(c), entries);
	assert_int_equal(n, nevers);
	conscience_free(c);
}

static void
test_raise(void **state)
{
	(void)state;
	char line[512];
	struct msg_mode m;
	if (getuid() != 0)
		skip();
	put_file("conscience", "mode enforce\nentries 1000\nnever 192.0.2.1\n", 0644);
	warden_reload(&w); /* tighter: at once */
	assert_force(1000, 1);
	enforce();
	/* Looser in one, tighter in another: only the tighter holds, over a restart too. */
	put_file("conscience", "mode enforce\nentries 5000\nnever 192.0.2.2\n", 0644);
	warden_reload(&w);
	assert_force(1000, 2);
	restart();
	assert_force(1000, 2);
	assert_true(warden_may(&w));
	warden_mode(&w, &m);
	assert_int_equal(m.waits, 1);
	assert_non_null(strstr(say(1000, MAY_VIEW, "status"),
	    "\nconscience entries 1000 -> 5000, never 192.0.2.1/32 -> gone\n"));
	say(1000, MAY_VIEW, "conscience");
	assert_non_null(strstr(got, "\nlooser entries 1000 -> 5000\nlooser never 192.0.2.1/32 -> gone\n"));
	assert_non_null(strstr(got, "\nrule entries 1000\n"));
	/* Two people, neither root; and of what was asked for, not what stands there later. */
	STARTS(say(1000, NOC, "conscience take"), "no not-allowed");
	STARTS(say(0, ADMIN | STAFF_ROOT, "conscience take"), "no two-people");
	STARTS(say(1001, ADMIN, "conscience take more"), "ok pending m1");
	assert_non_null(strstr(say(1000, MAY_VIEW, "status"),
	    " conscience: entries 1000 -> 5000, never 192.0.2.1/32 -> gone: more\n"));
	STARTS(say(1001, ADMIN, "approve m1"), "no two-people");
	STARTS(say(0, ADMIN | STAFF_ROOT, "approve m1"), "no two-people");
	put_file("conscience", "mode enforce\nentries 5001\nnever 192.0.2.2\n", 0644);
	STARTS(say(1002, ADMIN, "approve m1"), "no changed ");
	assert_force(1000, 2);
	STARTS(say(1002, ADMIN, "approve m1"), "no not-found");
	STARTS(say(1001, ADMIN, "conscience take more"), "ok pending m2");
	put_file("conscience", "mode enforce\nentries x\n", 0644);
	STARTS(say(1002, ADMIN, "approve m2"), "no conscience ");
	put_file("conscience", "mode enforce\nentries 5000\nnever 192.0.2.2\n", 0644);
	unsigned before = told;
	take();
	assert_true(told > before && warden_may(&w));
	assert_force(5000, 1);
	warden_mode(&w, &m);
	assert_int_equal(m.waits, 0);
	assert_string_equal(w.waits, "");
	restart();
	assert_force(5000, 1);
	assert_non_null(strstr(say(1001, ADMIN, "audit"), "take: conscience: entries 1000 -> 5000"));
	STARTS(say(1001, ADMIN, "conscience take"), "ok the conscience file loosens nothing");
	/* A file that is wrong, or gone, means observe, and leaves no way around. */
	put_file("conscience", "mode what\n", 0644);
	restart();
	assert_false(warden_may(&w));
	put_file("conscience", "mode enforce\n", 0644);
	restart();
	assert_true(warden_may(&w));
	assert_force(5000, 1);
	/* So does a copy nobody can read; two people agree anew. */
	put_file("warden/conscience", "mode enforce\nentries 900000\n", 0666);
	restart();
	assert_false(warden_may(&w));
	assert_non_null(strstr(say(1000, MAY_VIEW, "status"), "the conscience agreed to, cannot be read"));
	snprintf(line, sizeof(line), "%s", say(1001, ADMIN, "mode enforce"));
	STARTS(line, "no ceiling ");
	take();
	assert_true(warden_may(&w));
	assert_force(100000, 0);
}

/* More than those who act would read is not in force by halves. */
static void
test_raise_large(void **state)
{
	(void)state;
	enum { LINES = 110000 };
	if (getuid() != 0)
		skip();
	char *text = malloc(LINES * 24 + 64);
	for (int net = 10; net <= 11; net++) {
		size_t n = (size_t)sprintf(text, "mode enforce\nentries %d\n", net);
		for (int i = 0; i < LINES; i++)
			n += (size_t)sprintf(text + n, "never %d.%d.%d.%d\n", net, i >> 16, i >> 8 & 255, i & 255);
		put_file("conscience", text, 0644);
		warden_reload(&w);
		assert_int_equal(w.ceiling, net == 10 ? MODE_ENFORCE : MODE_OBSERVE);
	}
	assert_non_null(strstr(w.wrong, "over 4 MiB together"));
	assert_int_equal(w.agreed_holds, 0);
	put_file("conscience", "mode enforce\nentries 9\nnever 11.0.0.0/8\n", 0644);
	restart();
	assert_int_equal(w.ceiling, MODE_ENFORCE);
	assert_force(9, LINES + 1);
	free(text);
}

/* No room: what tightens holds all the same, what loosens is not done. */
static void
test_raise_full(void **state)
{
	(void)state;
	struct rlimit was, now;
	if (getuid() != 0)
		skip();
	STARTS(say(1001, ADMIN, "conscience take"), "ok");
	put_file("conscience", "mode enforce\nentries 100001\n", 0644);
	STARTS(say(1001, ADMIN, "conscience take"), "ok pending m1");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	now = was;
	now.rlim_cur = 20;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	char first[512];
	snprintf(first, sizeof(first), "%.500s", say(1002, ADMIN, "approve m1"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	STARTS(first, "no disk");
	assert_force(100000, 0);
	put_file("conscience", "mode enforce\nentries 5\n", 0644);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	warden_reload(&w);
	bool unsaved = w.agreed_unsaved;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(unsaved);
	assert_force(5, 0);
	warden_reload(&w);
	assert_false(w.agreed_unsaved);
	put_file("conscience", "mode enforce\n", 0644);
	restart();
	assert_force(5, 0);
}

static void
test_survives(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	enforce();
	STARTS(say(1000, NOC, "protect add 2001:db8::/48 our \xc3\xbc names # and more"), "ok");
	STARTS(say(1000, NOC, "protect add 192.0.2.53"), "ok");
	restart();
	assert_true(warden_may(&w));
	assert_string_equal(w.mode_by.text, "go");
	assert_int_equal(w.protects, 2);
	STARTS(say(1000, MAY_VIEW, "protect list"), "2001:db8::/48 uid 1000 at ");
	assert_non_null(strstr(got, "our \xc3\xbc names # and more\n192.0.2.53/32 uid 1000 at "));
	STARTS(say(1000, NOC, "panic at 3 a.m."), "ok panic");
	assert_false(warden_may(&w));
	restart();
	assert_true(w.panic);
	assert_false(warden_may(&w));
	assert_string_equal(w.panic_by.text, "at 3 a.m.");
	STARTS(say(1001, ADMIN, "mode enforce x"), "no panic");
	STARTS(say(1000, NOC, "panic again"), "ok panic"); /* no harm */
	uint32_t release = w.release;
	STARTS(say(1000, NOC, "resume looked at it"), "ok panic is lifted; the mode is enforce");
	assert_int_equal(w.release, release + 1);
	restart();
	assert_true(warden_may(&w));
	flushed = 0;
	STARTS(say(1000, NOC, "mode observe"), "ok observe");
	assert_int_equal(flushed, 1);
	restart();
	assert_false(warden_may(&w));
}

static void
test_foreign_files(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "mode enforce\n", "mode enforce", "mode enforcex\nuid 1\n",
		"mode enforce\nuid 1\nsecond 2\nat 3\ntext", "mode enforce\nuid x\nsecond 2\nat 3\ntext \n",
		"mode enforce\nuid 1\nsecond 2\nat 3\ntext y\nmore\n" };
	if (getuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_file("warden/mode", bad[i], 0644);
		restart();
		assert_false(warden_may(&w));
		assert_true(w.broken[0]);
	}
	put_file("warden/mode", "mode enforce\nuid 1\nsecond 2\nat 3\ntext y\n", 0666);
	restart();
	assert_false(warden_may(&w)); /* others could have written it */
	put_file("warden/mode", "mode enforce\nuid 1\nsecond 2\nat 3\ntext y\n", 0644);
	restart();
	assert_true(warden_may(&w));
	/* A latch is a latch, whatever stands in it. */
	put_file("warden/panic", "", 0644);
	restart();
	assert_true(w.panic && !warden_may(&w));
	STARTS(say(1000, NOC, "resume looked"), "ok panic is lifted");
	/* What is protected is not known. */
	put_file("warden/protect", "never 192.0.2.1 # uid 1 at 2 x\nnever what # uid 1 at 2 x\n", 0644);
	restart();
	assert_false(warden_may(&w));
	STARTS(say(1001, ADMIN, "mode enforce x"), "no ceiling ");
	assert_non_null(strstr(got, "protect:2 cannot be read"));
	STARTS(say(1000, NOC, "protect add 192.0.2.9"), "no ");
	put_file("warden/protect", "", 0644);
	/* A record somebody changed is kept aside, and a new one says so. */
	put_file("warden/" AUDIT_FILE, "{\"n\":1}\n", 0640);
	restart();
	assert_true(warden_may(&w));
	STARTS(say(1000, ADMIN, "audit"), "{\"n\":1,");
	assert_non_null(strstr(got, "\"verb\":\"broken\""));
}

/* No file may grow past a conscience's size: what tightens holds, what loosens is not done. */
static void
test_full(void **state)
{
	(void)state;
	struct rlimit was, now;
	if (getuid() != 0)
		skip();
	enforce();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	now = was;
	now.rlim_cur = 30;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	say(1000, NOC, "panic");
	char first[512];
	snprintf(first, sizeof(first), "%.500s", got);
	bool panic = w.panic;
	STARTS(say(1000, NOC, "resume x"), "no disk");
	bool still = w.panic;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(panic && still);
	STARTS(first, "warning: the latch could not be written");
	assert_non_null(strstr(first, "\nok panic"));
	/* With room again it is said again, and holds over a restart. */
	STARTS(say(1000, NOC, "panic"), "ok panic");
	restart();
	assert_true(w.panic);
	STARTS(say(1000, NOC, "resume x"), "ok");
	assert_true(warden_may(&w));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	say(1000, NOC, "mode observe");
	snprintf(first, sizeof(first), "%.500s", got);
	bool may = warden_may(&w);
	STARTS(say(1001, ADMIN, "mode enforce x"), "ok pending");
	char *id = strchr(got, 'm'), line[32];
	snprintf(line, sizeof(line), "approve %.10s", id);
	line[strcspn(line, "\n")] = '\0';
	STARTS(say(1002, ADMIN, line), "no disk");
	bool later = warden_may(&w);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_false(may || later);
	STARTS(first, "warning: observe holds");
}

/* kill -9 at any moment: each file is an old or a new one, the record is whole. */
static void
test_killed(void **state)
{
	(void)state;
	char path[128], why[128], line[64];
	size_t before = 0;
	if (getuid() != 0)
		skip();
	warden_close(&w);
	/* On a busy machine a round may come to nothing: then there are more. */
	for (int round = 0; round < 20 || (before <= 20 && round < 2000); round++) {
		pid_t pid = fork();
		if (pid == 0) {
			log_quiet();
			start();
			for (unsigned i = 0;; i++) {
				snprintf(line, sizeof(line), "protect add 198.%u.%u.%u", round & 255,
				    (unsigned)w.protects >> 8 & 255, (unsigned)w.protects & 255);
				say(1000, NOC, line);
				say(1000, NOC, i & 1 ? "panic" : "resume x");
			}
		}
		usleep(5000 + (useconds_t)(round * 3777 % 30000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		start();
		assert_false(w.protect_bad);
		assert_string_equal(w.broken, "");
		assert_true(w.protects >= before);
		before = w.protects;
		warden_close(&w);
	}
	assert_true(before > 20);
	snprintf(path, sizeof(path), "%s/warden/" AUDIT_FILE, dir);
	if (audit_walk(path, NULL, NULL, NULL, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	start();
}

/* The judge's entries: each once, in order, however often it sends them; the answer only after a sync. */
static void
test_judge_audit(void **state)
{
	(void)state;
	struct msg_audit m = { .uid = 1000, .roles = NOC, .verb = "close" };
	struct msg_audited a;
	if (getuid() != 0)
		skip();
	judge_waits = true;
	for (uint64_t seq = 1; seq <= 40; seq++) {
		m.seq = seq / 2 * 3 + 1; /* most come twice */
		warden_audit(&w, &m, (const uint8_t *)"case 7\0as fixed", 15);
	}
	loop_run(loop);
	warden_audited(&w, &a);
	assert_int_equal(a.seq, 61);
	assert_int_equal(a.n, 22); /* and that the conscience was taken */
	m.seq = 5;
	warden_audit(&w, &m, NULL, 0);
	loop_run(loop);
	warden_audited(&w, &a);
	assert_int_equal(a.n, 22); /* and that the conscience was taken */
	judge_waits = false;
	/* A judge that never stops is stopped, and can go on where it was cut off. */
	for (m.seq = 100; m.seq < 40000; m.seq++)
		warden_audit(&w, &m, (const uint8_t *)"x", 1);
	assert_true(w.audit_behind);
	warden_audited(&w, &a);
	assert_true(a.n < 25000 && a.again);
	/* None overtakes the one that was lost; once that came again all goes on. */
	uint64_t n = a.n;
	m.seq = 50000;
	warden_audit(&w, &m, (const uint8_t *)"x", 1);
	w.audit_since = 0; /* time has passed */
	warden_audit(&w, &m, (const uint8_t *)"x", 1);
	warden_audited(&w, &a);
	assert_int_equal(a.n, n);
	m.seq = a.seq + 1;
	warden_audit(&w, &m, (const uint8_t *)"x", 1);
	m.seq = 50000;
	warden_audit(&w, &m, (const uint8_t *)"x", 1);
	warden_audited(&w, &a);
	assert_int_equal(a.n, n + 2);
	assert_false(a.again);
	for (m.seq = 50001; m.seq < 90000 && !w.audit_behind; m.seq++)
		warden_audit(&w, &m, (const uint8_t *)"x", 1);
	STARTS(say(1000, NOC, "panic"), "ok panic"); /* people are not */
	warden_judge_up(&w);
	assert_false(w.audit_behind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_roles, fresh, done),
		cmocka_unit_test_setup_teardown(test_two_people, fresh, done),
		cmocka_unit_test_setup_teardown(test_expires, fresh, done),
		cmocka_unit_test_setup_teardown(test_ceiling, fresh, done),
		cmocka_unit_test_setup_teardown(test_raise, fresh, done),
		cmocka_unit_test_setup_teardown(test_raise_large, fresh, done),
		cmocka_unit_test_setup_teardown(test_raise_full, fresh, done),
		cmocka_unit_test_setup_teardown(test_survives, fresh, done),
		cmocka_unit_test_setup_teardown(test_foreign_files, fresh, done),
		cmocka_unit_test_setup_teardown(test_full, fresh, done),
		cmocka_unit_test_setup_teardown(test_killed, fresh, done),
		cmocka_unit_test_setup_teardown(test_judge_audit, fresh, done) };
	char text[512], why[256], path[128];
	if (!mkdtemp(dir))
		return 1;
	int n = snprintf(text, sizeof(text),
	    "name = \"n\"\nstate = \"%s/state\"\nrun = \"%s\"\nwarden-state = \"%s/warden\"\n"
	    "conscience = \"%s/conscience\"\n", dir, dir, dir, dir);
	snprintf(path, sizeof(path), "%s/warden", dir);
	if (conf_parse("t", text, (size_t)n, &conf, why, sizeof(why)) < 0 || mkdir(path, 0755) < 0)
		return 1;
	log_quiet();
	umask(022);
	loop = loop_new();
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	loop_free(loop);
	conf_free(conf);
	snprintf(text, sizeof(text), "rm -rf %s", dir);
	return system(text) != 0 || rc;
}
