/* SPDX-License-Identifier: BSD-2-Clause */
/* See desk_pick.h. */
#include "lymph/desk_pick.h"

#include <string.h>

#include "base/addr.h"

#define DIGITS 18
#define LINE   256

bool
pick_number(const char *s, int64_t *ret)
{
	int64_t v = 0;
	size_t n = strlen(s);
	if (n == 0 || n > DIGITS)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (*s - '0');
	}
	if (v == 0)
		return false;
	*ret = v;
	return true;
}

static bool
has(const json_t *list, int64_t v)
{
	size_t i;
	const json_t *o;
	json_array_foreach(list, i, o)
		if (json_integer_value(o) == v)
			return true;
	return false;
}

static int
add(json_t *list, int64_t v, char why[PICK_WHY])
{
	if (has(list, v))
		return 0;
	if (json_array_size(list) == PICK_MOST) {
		snprintf(why, PICK_WHY, "more than %d numbers at once: take --filter, or do it in parts",
		    PICK_MOST);
		return -1;
	}
	json_array_append_new(list, json_integer(v));
	return 0;
}

int
pick_words(json_t *list, const char *const *words, int n, char why[PICK_WHY])
{
	int64_t v;
	for (int i = 0; i < n; i++) {
		if (!pick_number(words[i], &v)) {
			snprintf(why, PICK_WHY, "\"%.100s\" is no number", words[i]);
			return -1;
		}
		if (add(list, v, why) < 0)
			return -1;
	}
	return 0;
}

/* The next line without its end: its length, -1: none left, -2: too long or with a NUL in it. */
static int
next_line(FILE *f, char line[LINE])
{
	int n = 0, c = getc(f);
	if (c == EOF)
		return -1;
	for (; c != EOF && c != '\n'; c = getc(f)) {
		if (n == LINE - 1 || c == '\0')
			return -2;
		line[n++] = (char)c;
	}
	line[n] = '\0';
	return n;
}

/* Without comment and blanks. */
static char *
bare(char *line)
{
	line[strcspn(line, "#")] = '\0';
	char *word = line + strspn(line, " \t\r");
	size_t n = strlen(word);
	while (n && strchr(" \t\r", word[n - 1]))
		word[--n] = '\0';
	return word;
}

int
pick_lines(json_t *list, FILE *f, char why[PICK_WHY])
{
	char line[LINE];
	int64_t v;
	int n;
	for (unsigned no = 1; (n = next_line(f, line)) != -1; no++) {
		if (n == -2) {
			snprintf(why, PICK_WHY, "line %u is too long, or no text", no);
			return -1;
		}
		const char *word = bare(line);
		if (!*word)
			continue;
		if (!pick_number(word, &v)) {
			snprintf(why, PICK_WHY, "line %u: \"%.100s\" is no number", no, word);
			return -1;
		}
		if (add(list, v, why) < 0)
			return -1;
	}
	if (ferror(f)) {
		snprintf(why, PICK_WHY, "standard input cannot be read");
		return -1;
	}
	return 0;
}

static int
put_value(json_t *filter, const char *key, const char *value, char why[PICK_WHY])
{
	struct prefix p;
	json_t *v;
	if (strcmp(key, "snoozed") == 0) {
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
			snprintf(why, PICK_WHY, "snoozed takes yes or no");
			return -1;
		}
		v = json_boolean(*value == 'y');
	} else if (strcmp(key, "prefix") == 0 && prefix_parse(value, strlen(value), &p) < 0) {
		snprintf(why, PICK_WHY, "\"%.100s\" is no prefix", value);
		return -1;
	} else if (!*value && strcmp(key, "assignee") != 0) {
		snprintf(why, PICK_WHY, "%s= lacks a value", key);
		return -1;
	} else if (!(v = json_string(value))) {
		snprintf(why, PICK_WHY, "a filter is not UTF-8");
		return -1;
	}
	json_object_set_new(filter, key, v);
	return 0;
}

int
pick_filter(json_t *filter, const char *text, char why[PICK_WHY])
{
	static const char *const keys[] = { "state", "class", "line", "prefix", "assignee", "rung",
		"snoozed" };
	size_t n = strcspn(text, "=");
	if (!text[n]) {
		snprintf(why, PICK_WHY, "--filter takes KEY=VALUE; keys are " PICK_KEYS);
		return -1;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strlen(keys[i]) != n || memcmp(keys[i], text, n) != 0)
			continue;
		if (json_object_get(filter, keys[i])) {
			snprintf(why, PICK_WHY, "two filters by %s: one selects nothing of the other",
			    keys[i]);
			return -1;
		}
		return put_value(filter, keys[i], text + n + 1, why);
	}
	snprintf(why, PICK_WHY, "no filter by \"%.*s\"; keys are " PICK_KEYS, (int)(n < 60 ? n : 60), text);
	return -1;
}
