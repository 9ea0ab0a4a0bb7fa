/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which conscience is in force. Root's file may tighten at once; what it loosens takes two people who are
 * not root, so what was agreed to is kept in the warden's own folder and compared, limit by limit. Must
 * never let a file, a restart or an unreadable copy loosen anything by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/conscience.h"
#include "host/log.h"
#include "host/rootfile.h"
#include "lymphd/warden_keep.h"
#include "lymphd/warden_said.h"
#include "lymphd/warden_word.h"

#define FILE_AGREED "conscience" /* in the warden's folder */
#define RULES_TOP   (4u << 20)
#define LIST_TOP    1000

/* A text and its meaning. */
struct mind {
	char *text;
	size_t n;
	struct conscience *c;
};

static void
mind_free(struct mind *m)
{
	free(m->text);
	conscience_free(m->c);
	memset(m, 0, sizeof(*m));
}

static struct conscience *
mind_new(void)
{
	struct conscience *c = conscience_new();
	if (!c)
		fatal_oom();
	return c;
}

/* Root's file as bytes; the descriptor was found to be root's and alone root's. */
static int
slurp(int fd, struct mind *ret)
{
	size_t n = 0;
	ssize_t got = 0;
	char *text = malloc(RULES_TOP + 1);
	if (!text)
		fatal_oom();
	while (n <= RULES_TOP && (got = pread(fd, text + n, RULES_TOP + 1 - n, (off_t)n)) > 0)
		n += (size_t)got;
	int rc = got < 0 ? -errno : n > RULES_TOP ? -EFBIG : 0;
	if (rc) {
		free(text);
		return rc;
	}
	char *less = realloc(text, n + 1);
	ret->text = less ? less : text;
	ret->n = n;
	return 0;
}

/* Root's file: what is judged here is the text that is kept, and that those who act will read. */
static int
read_file(const struct warden_word *w, struct mind *ret, char *why, size_t size)
{
	const char *path = w->conf->conscience;
	struct mind m = { .c = mind_new() };
	struct conscience *first = mind_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc = -ENOENT;
	snprintf(why, size, "%s", "");
	if (fd < 0)
		snprintf(why, size, "no conscience file %s (%s): nothing can be enforced without it", path,
		    strerror(errno));
	else if ((rc = rootfile_check(path, why, size)) == 0 &&
		 (rc = conscience_read(first, fd, false, path, why, size)) == 0 &&
		 (rc = slurp(fd, &m)) == 0)
		rc = conscience_parse(m.c, m.text, m.n, false, path, why, size);
	if (rc && !why[0])
		snprintf(why, size, "%s: %s", path, strerror(-rc));
	if (fd >= 0)
		close(fd);
	conscience_free(first);
	if (rc)
		mind_free(&m);
	else
		*ret = m;
	return rc;
}

/* --- in words ------------------------------------------------------------------------------------ */

struct words {
	char *buf;
	size_t size;
	unsigned n;
	bool looser; /* which of them */
};

static bool
on_words(bool looser, const char *what, void *arg)
{
	struct words *s = arg;
	if (looser != s->looser)
		return true;
	size_t at = strlen(s->buf);
	/* Two are told, more are counted. */
	if (s->n++ < 2 && at + strlen(what) + 24 < s->size)
		snprintf(s->buf + at, s->size - at, "%s%s", at ? ", " : "", what);
	return s->n < LIST_TOP;
}

/* "entries 10 -> 20, never 192.0.2.1/32 -> gone and 3 more"; "": nothing of that kind. */
static void
tell_differ(const struct conscience *now, const struct conscience *then, bool looser, char *buf, size_t size)
{
	struct words s = { buf, size, 0, looser };
	buf[0] = '\0';
	conscience_differ(now, then, on_words, &s);
	size_t at = strlen(buf);
	if (s.n > 2)
		snprintf(buf + at, size - at, " and %s%u more", s.n < LIST_TOP ? "" : "over ", s.n - 2);
	else if (s.n && !at)
		snprintf(buf, size, "%u limits", s.n);
}

static void
loosens(const struct warden_word *w, const struct conscience *file, char buf[DESK_TEXT])
{
	if (w->agreed)
		tell_differ(w->agreed, file, true, buf, DESK_TEXT);
	else if (w->agreed_bad)
		snprintf(buf, DESK_TEXT, "all of it, for what was agreed before cannot be read");
	else
		buf[0] = '\0';
}

/* --- the agreed copy ----------------------------------------------------------------------------- */

static int
keep_agreed(struct warden_word *w, const char *text, size_t n)
{
	return keep_write(w->conf->warden_state, FILE_AGREED, 0600, text, n);
}

/* m is agreed to from now on; it is w's then. */
static void
adopt(struct warden_word *w, struct mind *m)
{
	said_agreed_free(w);
	w->agreed_text = m->text;
	w->agreed_n = m->n;
	w->agreed = m->c;
	w->agreed_bad = false;
	memset(m, 0, sizeof(*m));
}

/* What tightens holds, whatever the disk says. */
static void
adopt_anyway(struct warden_word *w, struct mind *m)
{
	int rc = keep_agreed(w, m->text, m->n);
	w->agreed_unsaved = rc != 0;
	if (rc)
		log_warn("the conscience in force cannot be kept in %s: %s: what is in force holds, but a "
			 "restart would compare with an older one",
		    w->conf->warden_state, strerror(-rc));
	adopt(w, m);
}

void
said_agreed(struct warden_word *w)
{
	char *text = NULL, why[512];
	size_t n = 0;
	struct mind m = { .c = mind_new() };
	int rc = keep_read(w->conf->warden_state, FILE_AGREED, 2 * RULES_TOP, &text, &n);
	m.text = text;
	m.n = n;
	if (rc == 0)
		rc = conscience_parse(m.c, text, n, false, FILE_AGREED, why, sizeof(why));
	w->agreed_bad = rc && rc != -ENOENT;
	if (rc == 0)
		adopt(w, &m);
	mind_free(&m);
}

void
said_agreed_free(struct warden_word *w)
{
	free(w->agreed_text);
	conscience_free(w->agreed);
	w->agreed_text = NULL;
	w->agreed_n = 0;
	w->agreed = NULL;
}

/* --- root's file --------------------------------------------------------------------------------- */

static const struct word_caller root = { 0, 0 };

/* The file loosens nothing: it becomes the agreed copy, comments and all. */
static void
take_tighter(struct warden_word *w, struct mind *file)
{
	char how[DESK_TEXT];
	if (!w->agreed) {
		adopt_anyway(w, file);
		warden_note(w, &root, 0, "conscience",
		    "nothing was agreed before: the file is taken as it stands, its ceiling %s",
		    mode_name(conscience_ceiling(w->agreed)));
		return;
	}
	if (w->agreed_n == file->n && memcmp(w->agreed_text, file->text, file->n) == 0)
		return;
	tell_differ(w->agreed, file->c, false, how, sizeof(how));
	adopt_anyway(w, file);
	warden_note(w, &root, 0, "conscience", "the file is taken: %s", how[0] ? how : "it says the same");
}

static char *
print_rules(const struct conscience *c, size_t *n)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n);
	if (!f)
		fatal_oom();
	conscience_print(c, f);
	if (ferror(f) | fclose(f))
		fatal_oom();
	return text;
}

/* The file loosens something: what it tightens holds, limit by limit; the rest waits. -EFBIG: both
 * together are more than those who act would read. */
static int
take_some(struct warden_word *w, const struct mind *file)
{
	char how[DESK_TEXT], why[256];
	tell_differ(w->agreed, file->c, false, how, sizeof(how));
	if (!how[0])
		return 0;
	struct mind m = { .c = mind_new() };
	struct conscience *both = mind_new();
	if (conscience_parse(both, w->agreed_text, w->agreed_n, false, FILE_AGREED, why, sizeof(why)) < 0 ||
	    conscience_tighten(both, file->c) < 0)
		fatal_oom(); /* it was read before */
	m.text = print_rules(both, &m.n);
	conscience_free(both);
	/* It is read as all will read it. */
	if (m.n > RULES_TOP || conscience_parse(m.c, m.text, m.n, false, FILE_AGREED, why, sizeof(why)) < 0) {
		mind_free(&m);
		return -EFBIG;
	}
	adopt_anyway(w, &m);
	warden_note(w, &root, 0, "conscience", "of a file that waits for two people, what tightens is taken: %s",
	    how);
	return 0;
}

void
said_conscience(struct warden_word *w)
{
	struct mind file = { 0 };
	char waited[sizeof(w->waits)];
	memcpy(waited, w->waits, sizeof(waited));
	w->agreed_holds = false;
	w->ceiling = MODE_OBSERVE;
	w->wrong[0] = w->waits[0] = '\0';
	int rc = read_file(w, &file, w->wrong, sizeof(w->wrong));
	if (rc) {
		if (w->asked == MODE_ENFORCE || rc != -ENOENT)
			log_warn("%s: the mode's ceiling is observe", w->wrong);
		else
			log_info("%s", w->wrong);
		return;
	}
	loosens(w, file.c, w->waits);
	if (w->waits[0] && strcmp(w->waits, waited) != 0)
		log_warn("%s loosens what is in force (%s): that waits for two people, lymph conscience take; "
			 "what it tightens holds",
		    w->conf->conscience, w->waits);
	if (w->agreed_bad) {
		snprintf(w->wrong, sizeof(w->wrong),
		    "%s/" FILE_AGREED ", the conscience agreed to, cannot be read: nothing is enforced; two "
		    "admins agree anew with lymph conscience take",
		    w->conf->warden_state);
		log_warn("%s", w->wrong);
		mind_free(&file);
		return;
	}
	if (w->agreed_unsaved && keep_agreed(w, w->agreed_text, w->agreed_n) == 0)
		w->agreed_unsaved = false;
	if (w->waits[0])
		rc = take_some(w, &file);
	else
		take_tighter(w, &file);
	mind_free(&file);
	if (rc) {
		snprintf(w->wrong, sizeof(w->wrong), "%s and what was agreed before are over 4 MiB together: "
						     "nothing is enforced; write fewer, shorter prefixes",
		    w->conf->conscience);
		log_warn("%s", w->wrong);
		return;
	}
	w->agreed_holds = true;
	w->ceiling = conscience_ceiling(w->agreed);
}

/* --- two people ---------------------------------------------------------------------------------- */

static void
hash(const struct mind *m, uint8_t ret[WORD_HASH])
{
	crypto_hash_sha256(ret, (const unsigned char *)m->text, m->n);
}

int
said_look(const struct warden_word *w, struct said_file *ret, char *why, size_t size)
{
	struct mind file = { 0 };
	if (read_file(w, &file, why, size))
		return -EINVAL;
	hash(&file, ret->hash);
	loosens(w, file.c, ret->loosens);
	mind_free(&file);
	return 0;
}

int
said_take(struct warden_word *w, const struct word_pending *p, uint32_t second, char *why, size_t size)
{
	struct mind file = { 0 };
	const struct word_caller first = { p->uid, p->roles };
	uint8_t now[WORD_HASH];
	if (read_file(w, &file, why, size))
		return -EINVAL;
	why[0] = '\0';
	hash(&file, now);
	if (memcmp(now, p->hash, WORD_HASH) != 0) {
		snprintf(why, size, "%s is another than was asked for: ask again", w->conf->conscience);
		mind_free(&file);
		return -ESTALE;
	}
	int rc = warden_note(w, &first, second, "conscience", "take: %s: %s", p->about, p->text);
	if (rc == 0 && (rc = keep_agreed(w, file.text, file.n)) != 0)
		warden_note(w, &first, second, "conscience", "take could not be written: not done");
	if (rc == 0) {
		w->agreed_unsaved = false;
		adopt(w, &file);
	}
	mind_free(&file);
	return rc;
}

/* --- looking ------------------------------------------------------------------------------------- */

struct list {
	FILE *out;
	unsigned n;
};

static bool
on_differ(bool looser, const char *what, void *arg)
{
	struct list *l = arg;
	if (l->n++ == LIST_TOP)
		fputs("more and more\n", l->out);
	else
		fprintf(l->out, "%s %s\n", looser ? "looser" : "tighter", what);
	return l->n <= LIST_TOP;
}

static void
list_rules(const struct conscience *c, FILE *out)
{
	size_t n;
	unsigned lines = 0;
	char *text = print_rules(c, &n);
	for (char *s = text, *end; lines < LIST_TOP && (end = strchr(s, '\n')) != NULL; s = end + 1, lines++)
		fprintf(out, "rule %.*s\n", (int)(end - s), s);
	if (lines == LIST_TOP)
		fputs("rule # and more: see the files\n", out);
	free(text);
}

void
said_conscience_list(const struct warden_word *w, FILE *out)
{
	struct mind file = { 0 };
	char why[512];
	fprintf(out, "file %s\n", w->conf->conscience);
	if (read_file(w, &file, why, sizeof(why)))
		fprintf(out, "wrong %s\n", why);
	else if (w->agreed_bad)
		fprintf(out, "wrong %s\n", w->wrong);
	else if (w->agreed)
		conscience_differ(w->agreed, file.c, on_differ, &(struct list){ out, 0 });
	mind_free(&file);
	if (w->agreed_holds)
		list_rules(w->agreed, out);
}
