/* SPDX-License-Identifier: BSD-2-Clause */
/* What people see, from fixed documents: NAME.json must give NAME.txt (80 columns) to the byte. At any
 * width nothing leaves that a terminal obeys, no line ends in a blank, and tables fit. After a change
 * that is meant: GOLDEN_UPDATE=1 writes the texts anew; read the diff. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lymph/show.h"

static const char *folder;

/* By the beginning of the document's name. */
static const struct {
	const char *name;
	show_fn *fn;
} kinds[] = {
	{ "why", show_why },
	{ "case-", show_case },
	{ "cases", show_cases },
	{ "orders", show_orders },
	{ "aside", show_aside },
	{ "outgoing", show_outgoing },
	{ "reporters", show_reporters },
	{ "protect", show_protect },
	{ "status", show_status },
	{ "plan", show_plan },
	{ "preview", show_preview },
	{ "done", show_done },
	{ "record", show_record },
	{ "exporters", show_exporters },
	{ "whose", show_whose },
	{ "door-key", show_door_done },
	{ "door-machine", show_door_done },
	{ "door", show_door },
	{ "trays", show_trays },
	{ "tray", show_tray },
	{ "mail", show_mail },
	{ "top", show_top },
	{ "flows", show_flows },
	{ "memory", show_memory },
};

static char *
render(const json_t *doc, show_fn *fn, int width, bool bold)
{
	char *text = NULL;
	size_t n = 0;
	struct out o = { open_memstream(&text, &n), width, bold };
	fn(doc, &o);
	fclose(o.f);
	return text;
}

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return strdup("");
	char *buf = calloc(1, 1 << 20);
	size_t n = fread(buf, 1, (1 << 20) - 1, f);
	buf[n] = '\0';
	fclose(f);
	return buf;
}

/* Only what a terminal prints: no control byte but the newline, no C1, no bidi, no zero width. */
static void
check_harmless(const char *name, const char *text, int width)
{
	static const char *const bad[] = { "\xc2\x80", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\xad",
		"\xe2\x80\x8b", "\xe2\x81\xa6", "\xef\xbb\xbf", "\xe2\x80\xa8", "(null)" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strstr(text, bad[i]))
			fail_msg("%s: passes %s through", name, bad[i]);
	while (*text) {
		size_t n = strcspn(text, "\n");
		char line[8192];
		assert_true(text[n] == '\n' && n < sizeof(line));
		memcpy(line, text, n);
		line[n] = '\0';
		for (const char *p = line; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				fail_msg("%s: control byte %02x", name, (unsigned char)*p);
		if (n && line[n - 1] == ' ')
			fail_msg("%s: a blank ends \"%s\"", name, line);
		if (width >= 80 && out_columns(line) > width)
			fail_msg("%s: %d columns in \"%s\"", name, out_columns(line), line);
		text += n + 1;
	}
}

static void
check_one(const char *file)
{
	char path[4096];
	json_error_t err;
	size_t k = 0;
	while (k < sizeof(kinds) / sizeof(kinds[0]) &&
	       strncmp(file, kinds[k].name, strlen(kinds[k].name)) != 0)
		k++;
	assert_true(k < sizeof(kinds) / sizeof(kinds[0]));
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	json_t *doc = json_load_file(path, 0, &err);
	if (!doc)
		fail_msg("%s: %s", path, err.text);
	memcpy(path + strlen(path) - 5, ".txt", 5);
	char *got = render(doc, kinds[k].fn, 80, false), *want = slurp(path);
	if (getenv("GOLDEN_UPDATE")) {
		FILE *f = fopen(path, "wb");
		fputs(got, f);
		fclose(f);
	} else if (strcmp(got, want) != 0) {
		fail_msg("%s: got\n%s", path, got);
	}
	check_harmless(file, got, 80);
	free(got);
	free(want);
	for (int width = 40; width <= 240; width += 25) {
		got = render(doc, kinds[k].fn, width, false);
		check_harmless(file, got, width);
		free(got);
	}
	json_decref(doc);
}

static void
test_golden(void **state)
{
	(void)state;
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;
	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name);
		if (len > 5 && strcmp(e->d_name + len - 5, ".json") == 0) {
			check_one(e->d_name);
			n++;
		}
	}
	closedir(d);
	assert_true(n >= 10);
}

/* A document that lacks everything, or says it in other types, is shown as well as it can be. */
static void
test_poor(void **state)
{
	(void)state;
	static const char *const poor[] = { "{}", "[]",
		"{\"cases\":[{}],\"orders\":[{}],\"reporters\":[{}],"
		"\"protect\":[1],\"aside\":[{}],\"roles\":[{}],\"policy\":{}}",
		"{\"orders\":[1,{},{\"rule\":\"x\",\"carrier\":null}],\"pending\":[1,{}],\"counts\":[],"
		"\"records\":[1,{},{\"evidence\":[1,{}]}],\"targets\":[1,{\"order\":[]}],\"skipped\":[1,{}],"
		"\"mode\":{},\"hand\":{\"held\":[1],\"refused\":{\"x\":1},\"carrier\":\"nft\"},\"audit\":{},"
		"\"case\":{},\"count\":\"x\",\"done\":-1}",
		"{\"orders\":{},\"pending\":\"b\",\"counts\":{\"asked\":1},\"records\":{},\"targets\":[{}],"
		"\"mode\":[],\"hand\":{\"carrier\":\"nft\",\"ratio\":1e300},\"done\":1,\"batch\":1}",
		"{\"cases\":[{\"gates\":[{\"missing\":[1,\"x\"],\"holds\":{}}],\"explained\":{"
		"\"lines\":[[]],"
		"\"pool_reports\":1},\"orders\":[{\"state\":\"in "
		"force\"}],\"looks\":[1],\"not_judged\":[2],\"events\":[1,{},{\"event\":\"report\"},"
		"{\"event\":\"look-done\",\"look\":1},{\"event\":\"credit\",\"fact\":[]}]}]}" };
	for (size_t i = 0; i < sizeof(poor) / sizeof(poor[0]); i++) {
		json_t *doc = json_loads(poor[i], 0, NULL);
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			char *got = render(doc, kinds[k].fn, 80, false);
			check_harmless(poor[i], got, 0);
			free(got);
		}
		json_decref(doc);
	}
}

/* What the last line of `lymph reporters` promises: at 110 columns keys are whole. */
static void
test_keys_whole(void **state)
{
	(void)state;
	char path[4096];
	size_t i;
	const json_t *r;
	snprintf(path, sizeof(path), "%s/reporters.json", folder);
	json_t *doc = json_load_file(path, 0, NULL);
	char *got = render(doc, show_reporters, 110, false);
	json_array_foreach(json_object_get(doc, "reporters"), i, r)
		assert_non_null(strstr(got, json_string_value(json_object_get(r, "key")) + 7));
	assert_true(i > 5);
	assert_null(strstr(got, "COLUMNS"));
	free(got);
	json_decref(doc);
}

static void
test_columns(void **state)
{
	(void)state;
	assert_int_equal(out_columns("abc"), 3);
	assert_int_equal(out_columns("Bäcker"), 6);
	assert_int_equal(out_columns("商店"), 4);
	assert_int_equal(out_columns("e\xcc\x81"), 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_poor),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_keys_whole),
	};
	folder = argc > 1 ? argv[1] : "test/golden/show";
	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
