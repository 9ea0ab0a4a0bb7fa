/* SPDX-License-Identifier: BSD-2-Clause */
/* lymphd.conf(5) tells exactly the options there are: its middle is made from the option rows, and
 * this test compares. GOLDEN_UPDATE=1 writes it anew. Argument: the page. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/rows.h"
#include "model/params.h"

#define BEGIN ".\\\" options begin"
#define END   ".\\\" options end"

static const char *page;

/* Sentences on lines of their own, quotes as mdoc wants them. */
static void
words(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '"')
			fputs("\\(dq", f);
		else if (s[0] == '.' && s[1] == ' ' && s[2])
			fputs(".\n", f), s++;
		else
			fputc(*s, f);
	}
}

static void
text(FILE *f, const char *s)
{
	words(f, s);
	fputc('\n', f);
}

static void
row(FILE *f, const struct opt_row *r)
{
	char def[256];
	fprintf(f, ".It Ic %s No = Ar %s\n", r->name, r->type->name);
	text(f, r->doc);
	if (r->def && *r->def) {
		snprintf(def, sizeof(def), "Default: %s.", r->def);
		text(f, def);
	}
	if (strcmp(r->type->name, "number") == 0)
		fprintf(f, "From %lld to %lld.\n", (long long)r->min, (long long)r->max);
}

static void
params(FILE *f)
{
	char v[OPT_PARAM_TEXT];
	for (size_t i = 0; i < param_count; i++) {
		const struct param_row *r = &param_rows[i];
		fprintf(f, ".It Ic %s No = Ar %s\n%c%s.\n", r->name,
		    r->kind == 'q'   ? "fraction"
		    : r->kind == 'd' ? "time"
				     : "number",
		    toupper((unsigned char)r->doc[0]), r->doc + 1);
		fprintf(f, "Default: %s;", opt_param_print(r->kind, r->def, v));
		fprintf(f, " from %s", opt_param_print(r->kind, r->min, v));
		fprintf(f, " to %s.\n", opt_param_print(r->kind, r->max, v));
	}
}

static char *
made(void)
{
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);
	for (enum opt_in in = IN_TOP; in < IN_N; in++) {
		const struct opt_section *sec = &opt_sections[in];
		if (in == IN_TOP)
			fputs(".Ss Options outside sections\n", f);
		else
			fprintf(f, ".Ss %s ", sec->name);
		if (sec->title)
			words(f, sec->title);
		if (in != IN_TOP)
			fprintf(f, "%s{ ... }\n", sec->title ? " " : "");
		if (sec->doc)
			text(f, sec->doc);
		if (in == IN_JUDGE)
			fputs("A time is written as \\(dq14 d\\(dq, \\(dq6 h\\(dq, \\(dq10 "
			      "min\\(dq, \\(dq30 s\\(dq or "
			      "\\(dq900 ms\\(dq.\n",
			    f);
		fputs(".Bl -tag -width Ds\n", f);
		for (size_t i = 0; i < opt_count; i++)
			if (opt_rows[i].in == in)
				row(f, &opt_rows[i]);
		if (in == IN_JUDGE)
			params(f);
		fputs(".El\n", f);
	}
	fclose(f);
	return s;
}

static void
test_page(void **state)
{
	(void)state;
	char *have = calloc(1, 1 << 20), *want = made();
	FILE *f = fopen(page, "r");
	assert_non_null(f);
	assert_true(fread(have, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	char *begin = strstr(have, BEGIN), *end = strstr(have, END);
	assert_true(begin && end);
	begin = strchr(begin, '\n') + 1;
	if (getenv("GOLDEN_UPDATE")) {
		char *tail = strdup(end);
		f = fopen(page, "w");
		fprintf(f, "%.*s%s%s", (int)(begin - have), have, want, tail);
		fclose(f);
		free(tail);
	} else if (strlen(want) != (size_t)(end - begin) ||
		   memcmp(begin, want, strlen(want)) != 0) {
		fail_msg(
		    "%s does not tell the options there are; run this test with GOLDEN_UPDATE=1",
		    page);
	}
	free(have);
	free(want);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_page) };
	page = argc > 1 ? argv[1] : "man/lymphd.conf.5";
	return cmocka_run_group_tests_name("man", tests, NULL, NULL);
}
