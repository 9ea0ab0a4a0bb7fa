/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conscience's file, line by line. Must never take half a file: one line that is wrong, and what
 * was there before stays whole; must never guess what a line means.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/conscience.h"
#include "act/conscience_own.h"
#include "base/escape.h"
#include "model/params.h"

#define FILE_TOP   (4u << 20)
#define WORDS      4
#define LINE_TOP   1024
#define ENTRIES_TOP 2000000 /* what the hand has memory for */

struct reading {
	struct conscience *c;
	bool protect_only;
	const char *name;
	unsigned line;
	char *why;
	size_t size;
	uint64_t given; /* rows of conscience_numbers this file has said, a bit each */
	char words[LINE_TOP];
	char *word[WORDS];
	unsigned n;
};

#define LIMIT(m) offsetof(struct conscience_limits, m)
#define HOUR(r)  LIMIT(per_hour) + sizeof(int64_t) * (r)
const struct conscience_number conscience_numbers[CONSCIENCE_NUMBERS] = {
	{ "widest4", NULL, 'n', true, 8, 32, LIMIT(widest4), "a prefix length from 8 to 32" },
	{ "widest6", NULL, 'n', true, 16, 128, LIMIT(widest6), "a prefix length from 16 to 128" },
	{ "entries", NULL, 'n', false, 0, ENTRIES_TOP, LIMIT(entries), "a number from 0 to 2000000" },
	{ "longest", NULL, 'd', false, MSEC_SECOND, 400 * MSEC_DAY, LIMIT(longest),
	    "a time from \"1 s\" to \"400 d\"" },
	{ "victims", NULL, 'n', false, 0, 1000, LIMIT(victims), "a number from 0 to 1000" },
	{ "per-hour", "ticket", 'n', false, 0, 10000000, HOUR(RUNG_TICKET), "a number from 0 to 10000000" },
	{ "per-hour", "notify", 'n', false, 0, 10000000, HOUR(RUNG_NOTIFY), "a number from 0 to 10000000" },
	{ "per-hour", "filter", 'n', false, 0, 10000000, HOUR(RUNG_FILTER), "a number from 0 to 10000000" },
	{ "per-hour", "quarantine", 'n', false, 0, 10000000, HOUR(RUNG_QUARANTINE),
	    "a number from 0 to 10000000" },
};
#define MODE_BIT 63

static int __attribute__((format(printf, 2, 3)))
refuse(struct reading *r, const char *fmt, ...)
{
	char text[512], name[128];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	escape_tty(r->name, strlen(r->name), name, sizeof name);
	snprintf(r->why, r->size, "%s:%u: %s", name, r->line, text);
	return -EINVAL;
}

/* A word of the file, fit to be shown. */
static const char *
shown(const char *word, char buf[64])
{
	return escape_tty(word, strlen(word), buf, 64);
}

static int
once(struct reading *r, unsigned bit)
{
	if (r->given >> bit & 1)
		return refuse(r, "said a second time; each rule is given once");
	r->given |= UINT64_C(1) << bit;
	return 0;
}

static int
read_mode(struct reading *r)
{
	int64_t *ceiling = &r->c->limit.ceiling;
	if (r->n == 2 && strcmp(r->word[1], "observe") == 0)
		*ceiling = MODE_OBSERVE;
	else if (r->n == 2 && strcmp(r->word[1], "enforce") == 0)
		*ceiling = MODE_ENFORCE;
	else
		return refuse(r, "mode takes observe or enforce");
	return once(r, MODE_BIT);
}

static int
read_never(struct reading *r)
{
	char low[CONSCIENCE_DOMAIN + 1], buf[64];
	struct prefix p;
	if (r->n != 2)
		return refuse(r, "never takes one address, prefix or domain");
	const char *s = r->word[1];
	size_t n = strlen(s);
	int rc = prefix_parse(s, n, &p);
	if (rc == -EDOM)
		return refuse(r, "\"%s\" has bits set behind its length; give its first address",
		    shown(s, buf));
	/* What looks like an address and is none must not pass as a name. */
	bool like_addr = strpbrk(s, ":/") || strspn(s, "0123456789.") == n;
	if (rc == 0)
		rc = conscience_add_never(r->c, &p);
	else if (like_addr || !conscience_domain_low(s, n, low))
		return refuse(r,
		    "\"%s\" is no address, prefix or domain; \"192.0.2.0/24\", \"2001:db8::/32\", "
		    "\"example.net\" would be",
		    shown(s, buf));
	else
		rc = conscience_add_domain(r->c, low);
	return rc == 0 ? 0 : refuse(r, "out of memory");
}

static int
read_number(struct reading *r, unsigned row)
{
	const struct conscience_number *t = &conscience_numbers[row];
	unsigned at = t->second ? 2 : 1;
	char text[64] = "";
	int64_t v;
	/* "14 d" may be one word or two. */
	if (r->n == at + 1)
		snprintf(text, sizeof text, "%s", r->word[at]);
	else if (r->n == at + 2 && t->kind == 'd')
		snprintf(text, sizeof text, "%s %s", r->word[at], r->word[at + 1]);
	if (!text[0] || param_parse(t->kind, text, &v) < 0 || v < t->min || v > t->max)
		return refuse(r, "%s%s%s takes %s", t->word, t->second ? " " : "",
		    t->second ? t->second : "", t->takes);
	memcpy((char *)&r->c->limit + t->offset, &v, sizeof v);
	return once(r, row);
}

static int
read_words(struct reading *r)
{
	char buf[64];
	if (strcmp(r->word[0], "never") == 0)
		return read_never(r);
	if (r->protect_only)
		return refuse(r, "only `never` lines may stand here, not \"%s\"", shown(r->word[0], buf));
	if (strcmp(r->word[0], "mode") == 0)
		return read_mode(r);
	bool known = false;
	for (unsigned i = 0; i < CONSCIENCE_NUMBERS; i++) {
		const struct conscience_number *t = &conscience_numbers[i];
		if (strcmp(t->word, r->word[0]) != 0)
			continue;
		known = true;
		if (!t->second || (r->n > 1 && strcmp(t->second, r->word[1]) == 0))
			return read_number(r, i);
	}
	if (known)
		return refuse(r, "per-hour takes ticket, notify, filter or quarantine, and a number");
	return refuse(r,
	    "there is no rule \"%s\"; there are mode, never, widest4, widest6, entries, longest, victims, per-hour",
	    shown(r->word[0], buf));
}

static int
read_line(struct reading *r, const char *s, size_t n)
{
	const char *hash = memchr(s, '#', n);
	char *save = NULL;
	if (memchr(s, '\0', n))
		return refuse(r, "a NUL byte; the file is text");
	if (hash)
		n = (size_t)(hash - s);
	if (n >= sizeof r->words)
		return refuse(r, "longer than %u bytes", LINE_TOP - 1);
	memcpy(r->words, s, n);
	r->words[n] = '\0';
	r->n = 0;
	for (char *w = strtok_r(r->words, " \t\r", &save); w; w = strtok_r(NULL, " \t\r", &save)) {
		if (r->n == WORDS)
			return refuse(r, "more words than any rule has");
		r->word[r->n++] = w;
	}
	return r->n ? read_words(r) : 0;
}

/* Moves what was read into c, now that all of it is known to be right. */
static int
adopt(struct conscience *c, const struct conscience *got)
{
	int rc = 0;
	for (const struct prefix *p = NULL; !rc && (p = conscience_never(got, p)) != NULL;)
		rc = conscience_add_never(c, p);
	for (struct tree_node *n = tree_first(&got->domains); n && !rc; n = tree_next(&got->domains, n))
		rc = conscience_add_domain(c, TREE_ENTRY(n, struct conscience_domain, node)->name);
	if (!rc)
		c->limit = got->limit;
	return rc;
}

int
conscience_parse(struct conscience *c, const char *text, size_t n, bool protect_only,
    const char *name, char *why, size_t size)
{
	struct reading *r = calloc(1, sizeof *r);
	int rc = -ENOMEM;
	if (r && (r->c = conscience_new()) != NULL) {
		r->protect_only = protect_only;
		r->name = name;
		r->why = why;
		r->size = size;
		r->c->limit = c->limit;
		rc = 0;
	}
	for (size_t at = 0; at < n && !rc;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - (text + at)) : n - at;
		r->line++;
		rc = read_line(r, text + at, len);
		at += len + 1;
	}
	if (!rc)
		rc = adopt(c, r->c);
	if (rc == -ENOMEM)
		snprintf(why, size, "%s:0: out of memory", name);
	if (r)
		conscience_free(r->c);
	free(r);
	return rc;
}

int
conscience_read(struct conscience *c, int fd, bool protect_only, const char *name, char *why,
    size_t size)
{
	struct stat st;
	const char *wrong = NULL;
	int rc = -EPERM;
	if (fstat(fd, &st) < 0)
		wrong = "cannot be looked at";
	else if (!S_ISREG(st.st_mode))
		wrong = "is no plain file";
	else if (st.st_uid != 0)
		wrong = "has to be root's";
	else if (st.st_mode & 022)
		wrong = "may be written by others than root; chmod go-w would be right";
	else if (st.st_size > FILE_TOP)
		wrong = "is larger than 4 MiB", rc = -EFBIG;
	if (wrong) {
		snprintf(why, size, "%s:0: the file %s", name, wrong);
		return rc;
	}
	/* It may grow meanwhile: what counts is what was read. */
	size_t n = 0, room = (size_t)st.st_size + 1;
	char *text = malloc(room);
	ssize_t got = 0;
	if (!text)
		return -ENOMEM;
	while (n < room && (got = pread(fd, text + n, room - n, (off_t)n)) > 0)
		n += (size_t)got;
	rc = got < 0 ? -errno : n == room ? -EAGAIN : 0;
	if (rc)
		snprintf(why, size, "%s:0: %s", name,
		    rc == -EAGAIN ? "the file changed while it was read" : strerror(-rc));
	else
		rc = conscience_parse(c, text, n, protect_only, name, why, size);
	free(text);
	return rc;
}
