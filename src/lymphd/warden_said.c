/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden's files, see warden_said.h: few lines of text each, to be read by eye. Root alone writes
 * them, yet each is read with distrust: a file that is not as it was written means observe, and a latch
 * means panic whatever stands in it. Must never take a file's silence for a permission.
 */
#include "lymphd/warden_said.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/warden_keep.h"
#include "lymphd/warden_rules.h"

#define FILE_MODE    "mode"
#define FILE_PANIC   "panic"
#define FILE_PROTECT "protect"
#define FILE_COUNT   "count"
#define SMALL        4096
#define LARGE        (64u << 20)

/* --- one who said something ---------------------------------------------------------------------- */

static int
print_said(char *buf, size_t size, const char *head, const struct word_said *s)
{
	return snprintf(buf, size, "%suid %u\nsecond %u\nat %lld\ntext %s\n", head, s->uid, s->second,
	    (long long)s->at, s->text);
}

static bool
scan_said(const char *s, struct word_said *ret)
{
	struct word_said r = { 0 };
	long long at;
	int n = 0;
	if (sscanf(s, "uid %u\nsecond %u\nat %lld\ntext%n", &r.uid, &r.second, &at, &n) != 3 || !n ||
	    s[n] != ' ')
		return false;
	const char *text = s + n + 1, *end = strchr(text, '\n');
	if (!end || end[1] || (size_t)(end - text) >= sizeof(r.text))
		return false;
	memcpy(r.text, text, (size_t)(end - text));
	r.at = at;
	*ret = r;
	return true;
}

static void
broken(struct warden_word *w, const char *text)
{
	if (!w->broken[0])
		snprintf(w->broken, sizeof(w->broken), "%s", text);
	log_warn("%s", text);
}

static void
load_mode(struct warden_word *w)
{
	char *text = NULL, why[CONF_PATH + 96];
	size_t n;
	w->asked = MODE_OBSERVE;
	int rc = keep_read(w->conf->warden_state, FILE_MODE, SMALL, &text, &n);
	if (rc == -ENOENT)
		return;
	bool enforce = rc == 0 && strncmp(text, "mode enforce\n", 13) == 0;
	bool known = enforce || (rc == 0 && strncmp(text, "mode observe\n", 13) == 0);
	if (!known || !scan_said(text + 13, &w->mode_by)) {
		snprintf(why, sizeof(why), "%s/" FILE_MODE " cannot be read: the mode is observe",
		    w->conf->warden_state);
		broken(w, why);
	} else if (enforce) {
		w->asked = MODE_ENFORCE;
	}
	free(text);
}

int
said_keep_mode(const struct warden_word *w)
{
	char text[SMALL];
	int n = print_said(text, sizeof(text), w->asked == MODE_ENFORCE ? "mode enforce\n" : "mode observe\n",
	    &w->mode_by);
	return keep_write(w->conf->warden_state, FILE_MODE, 0600, text, (size_t)n);
}

static void
load_panic(struct warden_word *w)
{
	char *text = NULL;
	size_t n;
	int rc = keep_read(w->conf->warden_state, FILE_PANIC, SMALL, &text, &n);
	if (rc == -ENOENT)
		return;
	w->panic = true;
	if (rc || !scan_said(text, &w->panic_by))
		snprintf(w->panic_by.text, sizeof(w->panic_by.text), "unknown: the latch cannot be read");
	free(text);
	log_warn("panic is latched (%s): nothing is enforced until lymph resume", w->panic_by.text);
}

int
said_keep_panic(const struct warden_word *w)
{
	char text[SMALL];
	int n = print_said(text, sizeof(text), "", &w->panic_by);
	return keep_write(w->conf->warden_state, FILE_PANIC, 0600, text, (size_t)n);
}

int
said_drop_panic(const struct warden_word *w)
{
	return keep_remove(w->conf->warden_state, FILE_PANIC);
}

/* --- protected by command ------------------------------------------------------------------------ */

char *
said_protect_text(const struct warden_word *w, size_t *n)
{
	char buf[PREFIX_TEXT], *text = NULL;
	FILE *f = open_memstream(&text, n);
	if (!f)
		fatal_oom();
	for (size_t i = 0; i < w->protects; i++) {
		const struct word_protect *p = &w->protect[i];
		fprintf(f, "never %s # uid %u at %lld %s\n", prefix_print(&p->prefix, buf), p->by.uid,
		    (long long)p->by.at, p->by.text);
	}
	if (ferror(f) | fclose(f))
		fatal_oom();
	return text;
}

int
said_keep_protect(const struct warden_word *w)
{
	size_t n;
	char *text = said_protect_text(w, &n);
	int rc = keep_write(w->conf->warden_state, FILE_PROTECT, 0600, text, n);
	free(text);
	return rc;
}

static bool
scan_protect(const char *s, size_t n, struct word_protect *ret)
{
	char line[512];
	long long at;
	int to = 0, from = 0;
	struct word_protect p = { 0 };
	if (n >= sizeof(line) || memchr(s, '\0', n))
		return false;
	memcpy(line, s, n);
	line[n] = '\0';
	if (sscanf(line, "never %*s%n # uid %u at %lld%n", &to, &p.by.uid, &at, &from) != 2 || !from ||
	    line[from] != ' ' || prefix_parse(line + 6, (size_t)to - 6, &p.prefix) < 0 ||
	    strlen(line + from + 1) >= sizeof(p.by.text))
		return false;
	strcpy(p.by.text, line + from + 1);
	p.by.at = at;
	*ret = p;
	return true;
}

static void
load_protect(struct warden_word *w)
{
	char *text = NULL, why[CONF_PATH + 128];
	size_t n = 0, lines = 0;
	int rc = keep_read(w->conf->warden_state, FILE_PROTECT, LARGE, &text, &n);
	if (rc == -ENOENT)
		return;
	for (size_t i = 0; rc == 0 && i < n; i++)
		lines += text[i] == '\n';
	w->protect = calloc(lines + 1, sizeof(*w->protect));
	if (!w->protect)
		fatal_oom();
	for (char *s = text, *end; rc == 0 && s < text + n; s = end + 1) {
		end = memchr(s, '\n', n - (size_t)(s - text));
		if (!end || !scan_protect(s, (size_t)(end - s), &w->protect[w->protects]))
			rc = -EINVAL;
		else
			w->protects++;
		if (!end)
			break;
	}
	free(text);
	if (rc == 0)
		return;
	w->protect_bad = true;
	snprintf(why, sizeof(why), "%s/" FILE_PROTECT ":%zu cannot be read: nothing is enforced, for what is "
				   "protected is not known; mend it and restart lymphd",
	    w->conf->warden_state, w->protects + 1);
	broken(w, why);
}

size_t
said_protect_find(const struct warden_word *w, const struct prefix *p)
{
	size_t i = 0;
	while (i < w->protects && prefix_cmp(&w->protect[i].prefix, p) != 0)
		i++;
	return i;
}

/* --- entries in force ---------------------------------------------------------------------------- */

static void
load_count(struct warden_word *w)
{
	char *text = NULL, id[BOOT_ID], then[BOOT_ID];
	unsigned count;
	size_t n;
	int rc = keep_read(w->conf->warden_state, FILE_COUNT, SMALL, &text, &n);
	if (rc == 0 && sscanf(text, "%39s %u", then, &count) == 2 && strcmp(then, boot_id(id)) != 0)
		w->restore = count;
	free(text);
}

int
said_keep_count(const struct warden_word *w)
{
	char text[SMALL], id[BOOT_ID];
	int n = snprintf(text, sizeof(text), "%s %llu\n", boot_id(id), (unsigned long long)w->count);
	return keep_write(w->conf->warden_state, FILE_COUNT, 0600, text, (size_t)n);
}

void
said_load(struct warden_word *w)
{
	load_panic(w);
	load_mode(w);
	load_protect(w);
	load_count(w);
}
