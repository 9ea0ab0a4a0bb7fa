/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log file through its rotations: each line once, in order, whatever happens to the file and to us; and a
 * gap where lines were cut away. At the end a long walk by dice, against a list of what was written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lymphd/log_tail.h"

#define LATER (INT64_C(1) << 50) /* so late that every file is quiet */

static char dir[] = "/tmp/lymph-tail-XXXXXX", *buf;
static struct log_tail t;
static char got[1 << 16];
static unsigned stop_after;
static msec clock_now = 1000;

static const char *
path(const char *name)
{
	static char p[4][256];
	static unsigned i;
	snprintf(p[++i % 4], 256, "%s/%s", dir, name);
	return p[i % 4];
}

static void
append(const char *name, const char *s)
{
	FILE *f = fopen(path(name), "a");
	assert_non_null(f);
	fputs(s, f);
	fclose(f);
}

/* As watch does: the rotated ones, oldest first, then the log. */
static void
offer(void)
{
	static const char *const names[] = { "log.3", "log.2", "log.1", "log" };
	for (size_t i = 0; i < 4; i++) {
		int fd = open(path(names[i]), O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			log_tail_offer(&t, fd);
	}
}

static int
on_line(const char *s, size_t n, void *arg)
{
	(void)arg;
	size_t at = strlen(got);
	snprintf(got + at, sizeof(got) - at, "%.*s.", (int)(n < 100 ? n : 100), s);
	return stop_after && --stop_after == 0;
}

/* All there is, through all parts. */
static enum tail_end
read_all(msec now)
{
	enum tail_end e;
	while ((e = log_tail_read(&t, now, 1 << 20, 0, on_line, NULL)) == TAIL_NEXT || e == TAIL_STOPPED)
		if (e == TAIL_NEXT)
			log_tail_next(&t, now);
	return e;
}

static void
expect(const char *want)
{
	assert_string_equal(got, want);
	got[0] = '\0';
}

static void
clean(void)
{
	static const char *const names[] = { "log.3", "log.2", "log.1", "log" };
	for (size_t i = 0; i < 4; i++)
		unlink(path(names[i]));
}

static int
fresh(void **state)
{
	(void)state;
	clean();
	log_tail_init(&t, buf);
	got[0] = '\0';
	stop_after = 0;
	return 0;
}

static int
gone(void **state)
{
	(void)state;
	log_tail_free(&t);
	return 0;
}

static void
begin(void)
{
	offer();
	assert_false(log_tail_settle(&t, &(struct log_mark){ 0 }));
}

static void
test_plain(void **state)
{
	(void)state;
	assert_int_equal(log_tail_read(&t, LATER, 100, 0, on_line, NULL), TAIL_NONE);
	append("log", "a\nb\r\nhal");
	begin();
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("a.b.");
	assert_int_equal(log_tail_left(&t), 3);
	append("log", "f\n\n");
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("half..");
	assert_int_equal(t.lines, 4);
	assert_int_equal(log_tail_left(&t), 0);
}

static void
test_bounds(void **state)
{
	(void)state;
	append("log", "one\ntwo\nthree\nfour\n");
	begin();
	stop_after = 1;
	assert_int_equal(log_tail_read(&t, LATER, 1 << 20, 0, on_line, NULL), TAIL_STOPPED);
	expect("one.");
	assert_int_equal(log_tail_read(&t, LATER, 2, 0, on_line, NULL), TAIL_STOPPED);
	expect("two.");
	assert_int_equal(log_tail_read(&t, LATER, 1 << 20, 14, on_line, NULL), TAIL_STOPPED);
	expect("three.");
	assert_int_equal(log_tail_read(&t, LATER, 1 << 20, 14, on_line, NULL), TAIL_STOPPED);
	expect("");
	assert_int_equal(t.pos.offset, 14);
}

/* By rename, as logrotate does and Suricata is told by HUP. */
static void
test_rename(void **state)
{
	(void)state;
	append("log", "a\n");
	begin();
	read_all(LATER);
	append("log", "b\n");
	rename(path("log"), path("log.1"));
	append("log", "");
	offer();
	assert_false(log_tail_settle(&t, NULL));
	append("log.1", "c\n"); /* the writer has not heard of it yet */
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("a.b.c.");
	assert_int_equal(t.files, 2); /* nothing in the new one: the old may still grow */
	append("log.1", "d");
	append("log", "e\n");
	assert_int_equal(read_all(1000), TAIL_WAIT); /* written to just now */
	expect("");
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("d.e.");
	assert_int_equal(t.gaps, 0);
	assert_int_equal(t.files, 1);
}

/* A program that was not told writes on into a part that was finished: its lines are not read, but that is
 * known, once for each part, until nobody did for long. */
static void
test_left(void **state)
{
	(void)state;
	append("log", "a\n");
	begin();
	rename(path("log"), path("log.1"));
	append("log", "b\n");
	offer();
	assert_false(log_tail_settle(&t, NULL));
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("a.b.");
	assert_int_equal(t.lefts, 1);
	assert_false(log_tail_late(&t, LATER));
	append("log.1", "late");
	assert_true(log_tail_late(&t, LATER));
	assert_int_equal(t.gaps, 1);
	append("log.1", " and later\n");
	assert_false(log_tail_late(&t, LATER + TAIL_IDLE - 1));
	assert_int_equal(t.gaps, 1);
	unlink(path("log.1"));
	assert_false(log_tail_late(&t, LATER + 2 * TAIL_IDLE - 2)); /* it grew meanwhile */
	assert_int_equal(t.lefts, 1);
	assert_false(log_tail_late(&t, LATER + 2 * TAIL_IDLE));
	assert_int_equal(t.lefts, 0);
	/* Many of them: the oldest is let go. */
	for (int i = 0; i < TAIL_LEFT + 2; i++) {
		rename(path("log"), path("log.1"));
		append("log", "c\n");
		offer();
		assert_false(log_tail_settle(&t, NULL));
		assert_int_equal(read_all(LATER), TAIL_WAIT);
	}
	assert_int_equal(t.lefts, TAIL_LEFT);
	append("log.1", "late\n");
	append("log", "d\n");
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("c.c.c.c.c.c.d.");
	assert_true(log_tail_late(&t, LATER));
	assert_int_equal(t.gaps, 2);
}

/* By copy and truncate, while we look and while we do not. */
static void
test_copytruncate(void **state)
{
	(void)state;
	append("log", "a\nb\n");
	begin();
	read_all(LATER);
	expect("a.b.");
	append("log", "c\n");
	append("log.1", "a\nb\nc\n");
	assert_int_equal(truncate(path("log"), 0), 0);
	assert_int_equal(read_all(LATER), TAIL_CUT);
	append("log", "a longer line than all those before\n");
	assert_int_equal(read_all(LATER), TAIL_CUT); /* as long as before, and other bytes */
	offer();
	assert_false(log_tail_settle(&t, NULL));
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("c.a longer line than all those before.");
	assert_int_equal(t.gaps, 0);
}

/* The copy is shorter than what we had read: nothing is read twice, but who knows what was lost. */
static void
test_copy_short(void **state)
{
	(void)state;
	append("log", "a\nb\nc\n");
	begin();
	read_all(LATER);
	got[0] = '\0';
	append("log.1", "a\nb\n");
	assert_int_equal(truncate(path("log"), 0), 0);
	append("log", "d\n");
	assert_int_equal(read_all(LATER), TAIL_CUT);
	offer();
	assert_true(log_tail_settle(&t, NULL));
	read_all(LATER);
	expect("d.");
	assert_int_equal(t.gaps, 1);
}

/* A new life with a mark: the same file, renamed twice, cut away, another file with its inode. */
static void
test_mark(void **state)
{
	(void)state;
	struct log_mark m;
	append("log", "a\nb\n");
	begin();
	stop_after = 1;
	log_tail_read(&t, 5000, 1 << 20, 0, on_line, NULL);
	log_tail_mark(&t, 5000, &m);
	expect("a.");
	for (int round = 0; round < 3; round++) {
		log_tail_free(&t);
		log_tail_init(&t, buf);
		if (round == 1) {
			rename(path("log"), path("log.2"));
			append("log.1", "c\n");
			append("log", "d\n");
		} else if (round == 2) {
			assert_int_equal(truncate(path("log.2"), 0), 0);
		}
		offer();
		assert_int_equal(log_tail_settle(&t, &m), round == 2);
		read_all(LATER);
		/* Cut away: from the file that was ours on; what stood behind the mark there is missing. */
		expect(round == 0 ? "b." : round == 1 ? "b.c.d." : "c.d.");
		assert_int_equal(t.gaps, round == 2);
	}
}

/* Ours is gone altogether: what was written since is read, what came before is not read again. */
static void
test_vanished(void **state)
{
	(void)state;
	struct log_mark m;
	const struct timespec old[2] = { { 100, 0 }, { 100, 0 } }, new[2] = { { 9000, 0 }, { 9000, 0 } };
	append("log.2", "long read\n");
	append("log", "a\nb\n");
	begin();
	read_all(LATER);
	log_tail_mark(&t, 5000000, &m);
	expect("a.b.");
	log_tail_free(&t);
	log_tail_init(&t, buf);
	unlink(path("log"));
	append("log.1", "c\n");
	append("log", "d\n");
	utimensat(AT_FDCWD, path("log.2"), old, 0);
	utimensat(AT_FDCWD, path("log.1"), new, 0);
	offer();
	assert_true(log_tail_settle(&t, &m));
	read_all(LATER);
	expect("c.d.");
}

/* The file is taken from under us while we hold it open: it is finished first. */
static void
test_unlinked(void **state)
{
	(void)state;
	append("log", "a\n");
	begin();
	read_all(LATER);
	append("log", "b\n");
	unlink(path("log"));
	append("log", "c\n");
	offer();
	assert_false(log_tail_settle(&t, NULL));
	read_all(LATER);
	expect("a.b.c.");
	assert_int_equal(t.gaps, 0);
}

static void
test_long_line(void **state)
{
	(void)state;
	char *x = malloc(3 * TAIL_LINE);
	append("log", "a\n");
	begin();
	memset(x, 'x', 3 * TAIL_LINE - 1);
	x[3 * TAIL_LINE - 1] = '\0';
	append("log", x);
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	append("log", x);
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	assert_int_equal(t.pos.offset, 2); /* a mark stands at the start of it */
	append("log", "\nb\n");
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("a.b.");
	assert_int_equal(t.too_long, 1);
	/* One that never ends, in a part that is finished: left out, and counted. */
	append("log", x);
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	assert_int_equal(t.too_long, 1);
	rename(path("log"), path("log.1"));
	append("log", "c\n");
	offer();
	assert_false(log_tail_settle(&t, NULL));
	assert_int_equal(read_all(LATER), TAIL_WAIT);
	expect("c.");
	assert_int_equal(t.too_long, 2);
	assert_int_equal(t.gaps, 0);
	free(x);
}

/* Dice. */

static uint64_t seed;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static unsigned written, seen;

static int
next_line(const char *s, size_t n, void *arg)
{
	char want[32];
	(void)arg;
	snprintf(want, sizeof(want), "line %u", ++seen);
	if (n != strlen(want) || memcmp(s, want, n) != 0)
		fail_msg("\"%.*s\" where \"%s\" was due", (int)n, s, want);
	return rnd(8) == 0;
}

static void
write_some(void)
{
	char s[32];
	for (uint32_t i = rnd(5); i > 0; i--) {
		snprintf(s, sizeof(s), "line %u\n", ++written);
		append("log", s);
	}
}

static void
rotate(bool copy)
{
	char command[1024];
	rename(path("log.2"), path("log.3"));
	rename(path("log.1"), path("log.2"));
	if (copy) {
		snprintf(command, sizeof(command), "cp %s %s", path("log"), path("log.1"));
		assert_int_equal(system(command), 0);
		assert_int_equal(truncate(path("log"), 0), 0);
	} else {
		rename(path("log"), path("log.1"));
		append("log", "");
	}
}

static void
test_dice(void **state)
{
	(void)state;
	struct log_mark m = { 0 };
	for (seed = 1; seed < 40; seed += 2) {
		unsigned rotated = 0, at_mark = 0;
		uint64_t start = seed;
		clean();
		written = seen = 0;
		memset(&m, 0, sizeof(m));
		append("log", "");
		log_tail_init(&t, buf);
		offer();
		log_tail_settle(&t, &m);
		for (int step = 0; step < 300; step++) {
			uint32_t what = rnd(10);
			if (what < 4)
				write_some();
			else if (what < 7) {
				enum tail_end e = log_tail_read(&t, LATER, 1 + rnd(50), 0, next_line, NULL);
				if (e == TAIL_NEXT)
					log_tail_next(&t, LATER);
				else if (e == TAIL_CUT) {
					offer();
					assert_false(log_tail_settle(&t, NULL));
				}
				rotated = t.files <= 1 && e == TAIL_WAIT ? 0 : rotated;
			} else if (what == 7 && rotated < 2) {
				write_some();
				if (t.pos.offset) { /* where nothing was read, only the inode can tell */
					rotate(rnd(2));
					rotated++;
					offer();
					assert_false(log_tail_settle(&t, NULL));
				}
			} else if (what == 8 && t.pos.offset) {
				log_tail_mark(&t, clock_now, &m);
				at_mark = seen;
			} else if (what == 9 && m.offset && rotated == 0) { /* killed: back to the mark */
				log_tail_free(&t);
				log_tail_init(&t, buf);
				offer();
				if (log_tail_settle(&t, &m)) { /* rotated out of reach since */
					seen = 0;
					break;
				}
				seen = at_mark;
			}
		}
		if (seen) {
			enum tail_end e;
			while ((e = log_tail_read(&t, LATER, 1 << 20, 0, next_line, NULL)) != TAIL_WAIT) {
				if (e == TAIL_CUT) {
					offer();
					assert_false(log_tail_settle(&t, NULL));
				} else if (e == TAIL_NEXT) {
					log_tail_next(&t, LATER);
				}
			}
			assert_int_equal(seen, written);
			assert_int_equal(t.gaps, 0);
		}
		log_tail_free(&t);
		seed = start;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, fresh, gone),
		cmocka_unit_test_setup_teardown(test_bounds, fresh, gone),
		cmocka_unit_test_setup_teardown(test_rename, fresh, gone),
		cmocka_unit_test_setup_teardown(test_left, fresh, gone),
		cmocka_unit_test_setup_teardown(test_copytruncate, fresh, gone),
		cmocka_unit_test_setup_teardown(test_copy_short, fresh, gone),
		cmocka_unit_test_setup_teardown(test_mark, fresh, gone),
		cmocka_unit_test_setup_teardown(test_vanished, fresh, gone),
		cmocka_unit_test_setup_teardown(test_unlinked, fresh, gone),
		cmocka_unit_test_setup_teardown(test_long_line, fresh, gone),
		cmocka_unit_test(test_dice),
	};
	if (!mkdtemp(dir) || !(buf = malloc(TAIL_LINE + 1)))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	clean();
	rmdir(dir);
	free(buf);
	return failed;
}
