/* SPDX-License-Identifier: BSD-2-Clause */
/* The audit: whatever byte of it is changed, moved, added or taken away is found; a torn tail is cut
 * off and said; any bytes go in as UTF-8; a full disk leaves the file as it was. */
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
#include <unistd.h>

#include <cmocka.h>

#include "store/audit.h"

#define T0 INT64_C(1795312800000)

static char dir[] = "/tmp/lymph-audit-XXXXXX", path[64], other[64];

static struct audit *
fresh(unsigned entries)
{
	struct audit *a = NULL;
	unlink(path);
	assert_int_equal(audit_open(path, getgid(), &a), 0);
	for (unsigned i = 1; i <= entries; i++) {
		char text[64];
		snprintf(text, sizeof(text), "entry \"%u\" \\ of\nmany", i);
		struct audit_entry e = { .at = T0 + i, .seq = 10 * i, .uid = 1000 + i,
			.second = i % 2, .roles = 7, .verb = "close", .text = text };
		assert_int_equal(audit_add(a, &e), 0);
		assert_int_equal(e.n, i);
	}
	return a;
}

static size_t
slurp(const char *p, char *buf, size_t size)
{
	FILE *f = fopen(p, "r");
	size_t n = fread(buf, 1, size, f);
	fclose(f);
	return n;
}

static void
spill(const char *p, const char *buf, size_t n)
{
	FILE *f = fopen(p, "w");
	assert_int_equal(fwrite(buf, 1, n, f), n);
	fclose(f);
}

static int
count(const struct audit_entry *e, void *arg)
{
	unsigned *n = arg;
	char text[64];
	snprintf(text, sizeof(text), "entry \"%u\" \\ of\nmany", ++*n);
	assert_int_equal(e->n, *n);
	assert_int_equal(e->at, T0 + *n);
	assert_int_equal(e->seq, 10 * *n);
	assert_int_equal(e->uid, 1000 + *n);
	assert_int_equal(e->second, *n % 2);
	assert_int_equal(e->roles, 7);
	assert_string_equal(e->verb, "close");
	assert_string_equal(e->text, text);
	return 0;
}

static void
test_reads_back(void **state)
{
	(void)state;
	struct audit_entry last;
	uint64_t n, seq;
	uint8_t head[32];
	char why[128];
	unsigned seen = 0;
	struct stat st;
	struct audit *a = fresh(5);
	audit_head(a, &n, head, &seq);
	assert_int_equal(n, 5);
	assert_int_equal(seq, 50);
	audit_close(a);
	assert_int_equal(audit_walk(path, count, &seen, &last, why, sizeof(why)), 0);
	assert_int_equal(seen, 5);
	assert_int_equal(last.n, 5);
	assert_memory_equal(last.hash, head, 32);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* Goes on where it stopped. */
	assert_int_equal(audit_open(path, getgid(), &a), 0);
	struct audit_entry e = { .at = T0, .verb = "x", .text = "" };
	assert_int_equal(audit_add(a, &e), 0);
	assert_int_equal(e.n, 6);
	audit_head(a, &n, head, &seq);
	assert_int_equal(seq, 50);
	audit_close(a);
	assert_int_equal(audit_walk(path, NULL, NULL, NULL, why, sizeof(why)), 0);
	assert_int_equal(audit_walk("/nonexistent", NULL, NULL, NULL, why, sizeof(why)), -ENOENT);
}

/* Every byte of the file, each in three ways; each line taken away, doubled, swapped. */
static void
test_tamper(void **state)
{
	(void)state;
	static char good[16384], bad[16384];
	char why[128], want[32];
	struct audit *a = fresh(4), *b = NULL;
	audit_close(a);
	size_t n = slurp(path, good, sizeof(good)), line = 1;
	for (size_t i = 0; i < n; i++) {
		for (unsigned how = 0; how < 3; how++) {
			memcpy(bad, good, n);
			bad[i] = how == 0 ? (char)(bad[i] ^ 1) : how == 1 ? '\0' : '\n';
			if (bad[i] == good[i])
				continue;
			spill(other, bad, n);
			assert_int_equal(audit_walk(other, NULL, NULL, NULL, why, sizeof(why)), -EBADMSG);
			snprintf(want, sizeof(want), "line %zu ", line);
			if (i < n - 1) /* the last newline: an unfinished line */
				assert_non_null(strstr(why, want));
			if (i < n - 1 && how == 0)
				assert_int_equal(audit_open(other, getgid(), &b), -EBADMSG);
		}
		line += good[i] == '\n';
	}
	char *second = strchr(good, '\n') + 1, *third = strchr(second, '\n') + 1;
	size_t l1 = (size_t)(second - good), l2 = (size_t)(third - second);
	spill(other, second, n - l1); /* first taken away */
	assert_int_equal(audit_walk(other, NULL, NULL, NULL, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(why, "line 1 "));
	memcpy(bad, good, l1);
	memcpy(bad + l1, third, n - l1 - l2); /* second taken away */
	spill(other, bad, n - l2);
	assert_int_equal(audit_walk(other, NULL, NULL, NULL, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(why, "line 2 does not follow"));
	memcpy(bad, good, l1);
	memcpy(bad + l1, good, l1); /* first doubled */
	spill(other, bad, 2 * l1);
	assert_int_equal(audit_walk(other, NULL, NULL, NULL, why, sizeof(why)), -EBADMSG);
	spill(other, good, l1 + l2); /* a cut tail: only a head kept elsewhere shows it */
	assert_int_equal(audit_walk(other, NULL, NULL, NULL, why, sizeof(why)), 0);
}

static void
test_torn(void **state)
{
	(void)state;
	static char good[16384];
	char why[128];
	struct audit *a = fresh(3);
	struct audit_entry last;
	audit_close(a);
	size_t n = slurp(path, good, sizeof(good)), from = n - 1;
	while (good[from - 1] != '\n')
		from--;
	for (size_t cut = from + 1; cut < n; cut += 17) {
		spill(path, good, cut);
		assert_int_equal(audit_walk(path, NULL, NULL, NULL, why, sizeof(why)), -EBADMSG);
		assert_int_equal(audit_open(path, getgid(), &a), 0);
		audit_close(a);
		assert_int_equal(audit_walk(path, NULL, NULL, &last, why, sizeof(why)), 0);
		assert_int_equal(last.n, 3); /* in the third's place: a note that it was cut off */
	}
}

static void
test_any_bytes(void **state)
{
	(void)state;
	static char big[8000];
	static const char *const texts[] = { "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
		"a\xe2\x82", "\x01\x1f\x7f\x1b[31m", "\xe2\x80\xae\xf0\x9f\x90\x9b", "", NULL };
	char line[AUDIT_LINE], text[AUDIT_LINE], why[128];
	const uint8_t zero[32] = { 0 };
	const char *what;
	memset(big, '\x01', sizeof(big) - 1);
	struct audit *a = fresh(0);
	for (int i = 0; i < 9; i++) {
		struct audit_entry e = { .n = 1, .at = T0, .verb = big, .text = i < 8 ? texts[i] : big };
		struct audit_entry r;
		size_t n = audit_print(&e, zero, line);
		assert_true(n < AUDIT_LINE);
		for (size_t k = 0; k < n; k++)
			assert_true((unsigned char)line[k] >= 0x20 && line[k] != 0x7f);
		assert_int_equal(audit_parse(line, n, zero, &r, text, &what), 0);
		assert_int_equal(audit_add(a, &e), 0);
	}
	struct audit_entry e = { .n = 1, .text = "a\xff" "b" }, r;
	size_t n = audit_print(&e, zero, line);
	assert_int_equal(audit_parse(line, n, zero, &r, text, &what), 0);
	assert_string_equal(r.text, "a\xef\xbf\xbd" "b");
	audit_close(a);
	assert_int_equal(audit_walk(path, NULL, NULL, NULL, why, sizeof(why)), 0);
}

/* As a full disk: a file may grow no further, in the middle of a line. */
static void
test_full(void **state)
{
	(void)state;
	char why[128];
	struct rlimit was, now;
	struct stat before, after;
	struct audit *a = fresh(3);
	struct audit_entry e = { .at = T0, .verb = "v", .text = "t" }, last;
	uint64_t n, seq;
	uint8_t head[32];
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)before.st_size + 40;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	int rc = audit_add(a, &e), rc2 = audit_add(a, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(rc < 0 && rc2 < 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	audit_head(a, &n, head, &seq);
	assert_int_equal(n, 3);
	assert_int_equal(audit_add(a, &e), 0);
	assert_int_equal(e.n, 4);
	audit_close(a);
	assert_int_equal(audit_walk(path, NULL, NULL, &last, why, sizeof(why)), 0);
	assert_int_equal(last.n, 4);
}

/* Moved away, replaced, written into: no entry is put where nobody would find it. */
static void
test_moved(void **state)
{
	(void)state;
	struct audit_entry e = { .at = T0, .verb = "v", .text = "t" };
	struct audit *a = fresh(2);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(audit_add(a, &e), -ESTALE);
	spill(path, "", 0);
	assert_int_equal(audit_add(a, &e), -ESTALE);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(audit_add(a, &e), 0);
	FILE *f = fopen(path, "a");
	fputs("x", f);
	fclose(f);
	assert_int_equal(audit_add(a, &e), -ESTALE);
	audit_close(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reads_back),
		cmocka_unit_test(test_tamper), cmocka_unit_test(test_torn),
		cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_full),
		cmocka_unit_test(test_moved) };
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/audit", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	unlink(other);
	rmdir(dir);
	return rc;
}
