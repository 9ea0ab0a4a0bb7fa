/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real mails and feeds, where they are: every one is read, or lies in a tray with a reason. Feeds
 * come as attachments, as their senders would mail them. The samples are nobody's to copy: without
 * them this skips.
 */
#include <ftw.h>

#include <jansson.h>

#include "mail_world.h"

static bool
everybody(const struct addr *a, void *arg)
{
	(void)a;
	(void)arg;
	return true;
}

static unsigned count[TRAY_N], files, tables;

static char *
slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *buf = malloc(1 << 23);
	assert_non_null(f);
	*n = fread(buf, 1, 1 << 23, f);
	fclose(f);
	return buf;
}

static struct mail_seen
read_checked(const char *path, const char *mail, size_t n)
{
	struct mail_seen m = world_read_n(mail, n);
	if (!m.rule[0])
		fail_msg("%s: no reason", path);
	if ((m.tray == TRAY_CASE) != (m.claims + m.docs + m.sheets > 0))
		fail_msg("%s: %s, but %zu claims", path, tray_row(m.tray)->name, m.claims);
	for (size_t i = 0; i < m.claims; i++)
		if (m.claim[i].subject.fam == 0 || m.claim[i].cls == CLASS_NONE)
			fail_msg("%s: a claim about nobody", path);
	count[m.tray]++;
	files++;
	return m;
}

static int
arf(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type != FTW_F || !strstr(path, ".eml"))
		return 0;
	size_t n;
	char *bytes = slurp(path, &n);
	struct mail_seen m = read_checked(path, bytes, n);
	printf("%-12s %-10s %s\n", path + ftw->base, tray_row(m.tray)->name, m.rule);
	mail_seen_free(&m);
	free(bytes);
	return 0;
}

/* The file as it would be mailed, in base64. */
static int
feed(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type != FTW_F || strstr(path, ".license"))
		return 0;
	size_t n, at, room;
	char *bytes = slurp(path, &n);
	room = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL) + 1000;
	char *mail = malloc(room);
	bool json = strstr(path, ".json") != NULL;
	at = (size_t)snprintf(mail, room,
	    "From: feed@source.example\nDate: " WHEN "\nSubject: daily report\nContent-Type: "
	    "%s; name=\"%s\"\nContent-Transfer-Encoding: base64\n\n",
	    json ? "application/json" : "application/octet-stream", path + ftw->base);
	sodium_bin2base64(
	    mail + at, room - at, (uint8_t *)bytes, n, sodium_base64_VARIANT_ORIGINAL);
	struct mail_seen m = read_checked(path, mail, strlen(mail));
	tables += m.sheets > 0;
	if (strstr(path, "/negative/") && (m.claims || (m.tray != TRAY_SEALED && m.tray != TRAY_SECURITY)))
		fail_msg("%s: %s (%s)", path, tray_row(m.tray)->name, m.rule);
	if (strstr(path, "/negative/") && m.tray == TRAY_SECURITY && strncmp(m.rule, "XARF 3: ", 8) != 0)
		fail_msg("%s: refused by no field: %s", path, m.rule);
	if (strstr(path, "/positive/") && strstr(m.rule, ": "))
		fail_msg("%s: %s", path, m.rule);
	mail_seen_free(&m);
	free(mail);
	free(bytes);
	return 0;
}

static void
test_samples(void **state)
{
	(void)state;
	const char *data = getenv("LYMPH_DATA");
	char path[4096];
	world_terms.ours = everybody;
	snprintf(path, sizeof(path), "%s/mail-and-csv/arf/maildir", data ? data : "../shared/data");
	nftw(path, arf, 16, FTW_PHYS);
	if (files == 0) {
		printf("no %s: real mails not read\n", path);
		skip();
	}
	assert_true(count[TRAY_CASE] >= 7);
	snprintf(
	    path, sizeof(path), "%s/mail-and-csv/intelmq-parsers", data ? data : "../shared/data");
	nftw(path, feed, 16, FTW_PHYS);
	static const char *const xarf[] = { "v3/samples", "v4/samples" };
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/xarf/%s", data ? data : "../shared/data", xarf[i]);
		nftw(path, feed, 16, FTW_PHYS);
	}
	printf("%u files, %u tables:", files, tables);
	for (int t = 0; t < TRAY_N; t++)
		printf(" %s %u", tray_row((enum tray)t)->name, count[t]);
	printf("\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_samples) };
	json_object_seed(1);
	return cmocka_run_group_tests(tests, world_up, world_down);
}
