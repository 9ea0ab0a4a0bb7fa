/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit file, see audit.h. A line is {"n":..,"at":"..","ms":..,"seq":..,"uid":..,"second":..,
 * "roles":..,"verb":"..","text":"..","prev":"..","hash":".."} in just this form, so that it is read by
 * a dozen lines of code and by any JSON reader; hash is SHA-256 of all that stands before its key.
 * Must never add behind a line that is not whole, nor call an entry written before it is on the disk.
 */
#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MOST 3000 /* bytes of an encoded text */
#define VERB_MOST 64

struct audit {
	char *path;
	int fd;
	off_t end; /* behind the last whole entry */
	uint64_t n, seq;
	uint8_t hash[32];
	off_t *mark; /* where every MARK_EACHth entry begins, for reading from the middle */
	size_t marks;
};
#define MARK_EACH 1000

/* --- one line ------------------------------------------------------------------------------------ */

/* The length of the UTF-8 sequence at s, 0: it is none. */
static size_t
utf8_len(const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : 4;
	if (*s >= 0x80 && (*s < 0xc2 || *s > 0xf4))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A JSON string of any bytes: what is no UTF-8 becomes U+FFFD; cut where the encoding reaches most. */
static size_t
put_string(char *to, const char *from, size_t most)
{
	const unsigned char *s = (const unsigned char *)(from ? from : "");
	size_t at = 0;
	to[at++] = '"';
	while (*s) {
		size_t n = utf8_len(s), room = n ? n : 3;
		if (*s < 0x20 || *s == 0x7f)
			room = 6;
		else if (*s == '"' || *s == '\\')
			room = 2;
		if (at + room > most)
			break;
		if (room == 6)
			at += (size_t)sprintf(to + at, "\\u%04x", *s);
		else if (n == 0)
			memcpy(to + at, "\xef\xbf\xbd", 3), at += 3;
		else if (room == 2 && n == 1)
			to[at++] = '\\', to[at++] = (char)*s;
		else
			memcpy(to + at, s, n), at += n;
		s += n ? n : 1;
	}
	to[at++] = '"';
	return at;
}

static size_t
put_hex(char *to, const uint8_t h[32])
{
	for (int i = 0; i < 32; i++)
		sprintf(to + 2 * i, "%02x", h[i]);
	return 64;
}

size_t
audit_print(struct audit_entry *e, const uint8_t prev[32], char buf[AUDIT_LINE])
{
	char at[MSEC_TEXT];
	size_t n = (size_t)snprintf(buf, AUDIT_LINE,
	    "{\"n\":%llu,\"at\":\"%s\",\"ms\":%lld,\"seq\":%llu,\"uid\":%u,\"second\":%u,\"roles\":%u,"
	    "\"verb\":",
	    (unsigned long long)e->n, msec_print(e->at, at), (long long)e->at,
	    (unsigned long long)e->seq, e->uid, e->second, e->roles);
	n += put_string(buf + n, e->verb, VERB_MOST);
	n += (size_t)sprintf(buf + n, ",\"text\":");
	n += put_string(buf + n, e->text, TEXT_MOST);
	n += (size_t)sprintf(buf + n, ",\"prev\":\"");
	n += put_hex(buf + n, prev);
	n += (size_t)sprintf(buf + n, "\"");
	crypto_hash_sha256(e->hash, (const unsigned char *)buf, n);
	n += (size_t)sprintf(buf + n, ",\"hash\":\"");
	n += put_hex(buf + n, e->hash);
	n += (size_t)sprintf(buf + n, "\"}");
	return n;
}

/* What is left of a line, and whether all was as it has to be so far. */
struct scan {
	const char *s, *end;
	bool bad;
};

static void
want(struct scan *k, const char *word)
{
	size_t n = strlen(word);
	if (!k->bad && (size_t)(k->end - k->s) >= n && memcmp(k->s, word, n) == 0)
		k->s += n;
	else
		k->bad = true;
}

static uint64_t
number(struct scan *k, uint64_t most)
{
	uint64_t v = 0;
	const char *from = k->s;
	while (!k->bad && k->s < k->end && *k->s >= '0' && *k->s <= '9') {
		uint64_t d = (uint64_t)(*k->s++ - '0');
		k->bad = v > most / 10 || (v *= 10) > most - d;
		v += d;
	}
	k->bad |= k->s == from || (*from == '0' && k->s > from + 1);
	return v;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A string as put_string makes it; NULL-safe: on a bad line nothing is read. */
static const char *
string(struct scan *k, char **to)
{
	char *from = *to, *p = from;
	want(k, "\"");
	while (!k->bad && k->s < k->end && *k->s != '"') {
		if (*k->s != '\\') {
			*p++ = *k->s++;
		} else if (k->end - k->s >= 2 && k->s[1] != 'u') {
			*p++ = k->s[1];
			k->s += 2;
		} else if (k->end - k->s >= 6) {
			int hi = hex_digit(k->s[4]), lo = hex_digit(k->s[5]);
			k->bad = hi < 0 || lo < 0;
			if (!k->bad)
				*p++ = (char)(hi << 4 | lo);
			k->s += 6;
		} else {
			k->bad = true;
		}
	}
	want(k, "\"");
	*p++ = '\0';
	*to = p;
	return from;
}

static void
hash_text(struct scan *k, uint8_t ret[32])
{
	for (int i = 0; i < 32 && !k->bad; i++, k->s += 2) {
		int hi = k->end - k->s >= 2 ? hex_digit(k->s[0]) : -1;
		int lo = hi < 0 ? -1 : hex_digit(k->s[1]);
		k->bad = lo < 0;
		if (!k->bad)
			ret[i] = (uint8_t)(hi << 4 | lo);
	}
}

int
audit_parse(const char *s, size_t n, const uint8_t prev[32], struct audit_entry *ret,
    char buf[AUDIT_LINE], const char **why)
{
	struct scan k = { s, s + n, n == 0 || n >= AUDIT_LINE };
	struct audit_entry e = { 0 };
	uint8_t before[32] = { 0 }, said[32] = { 0 };
	char *room = buf;
	want(&k, "{\"n\":");
	e.n = number(&k, UINT64_MAX);
	want(&k, ",\"at\":");
	(void)string(&k, &room);
	want(&k, ",\"ms\":");
	e.at = (msec)number(&k, INT64_MAX);
	want(&k, ",\"seq\":");
	e.seq = number(&k, UINT64_MAX);
	want(&k, ",\"uid\":");
	e.uid = (uint32_t)number(&k, UINT32_MAX);
	want(&k, ",\"second\":");
	e.second = (uint32_t)number(&k, UINT32_MAX);
	want(&k, ",\"roles\":");
	e.roles = (uint32_t)number(&k, UINT32_MAX);
	want(&k, ",\"verb\":");
	e.verb = string(&k, &room);
	want(&k, ",\"text\":");
	e.text = string(&k, &room);
	want(&k, ",\"prev\":\"");
	hash_text(&k, before);
	want(&k, "\"");
	const char *signed_to = k.s;
	want(&k, ",\"hash\":\"");
	hash_text(&k, said);
	want(&k, "\"}");
	*why = "is no entry of an audit";
	if (k.bad || k.s != k.end)
		return -EBADMSG;
	crypto_hash_sha256(e.hash, (const unsigned char *)s, (unsigned long long)(signed_to - s));
	*why = "was changed: its hash is another";
	if (memcmp(e.hash, said, 32) != 0)
		return -EBADMSG;
	*why = "does not follow the line before it";
	if (memcmp(before, prev, 32) != 0)
		return -EBADMSG;
	*ret = e;
	return 0;
}

static int
mark(struct audit *a, uint64_t n, off_t at)
{
	if ((n - 1) % MARK_EACH != 0)
		return 0;
	off_t *more = realloc(a->mark, (a->marks + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	a->mark = more;
	a->mark[a->marks++] = at;
	return 0;
}

/* --- a whole file -------------------------------------------------------------------------------- */

/* Calls cb for each whole line and tells a (or NULL) where they stand. A tail without newline is left out. */
static int
walk(FILE *f, audit_cb *cb, void *arg, struct audit_entry *last, struct audit *a, bool *torn, char *why,
    size_t size)
{
	static const uint8_t zero[32];
	struct audit_entry e, l = { 0 };
	char line[AUDIT_LINE + 2], text[AUDIT_LINE];
	const char *what;
	off_t at = 0;
	uint64_t no = 0;
	int rc = 0;
	*torn = false;
	while (rc == 0 && fgets(line, sizeof(line), f)) {
		size_t n = strlen(line);
		bool whole = n > 0 && line[n - 1] == '\n';
		if (!whole && feof(f)) {
			*torn = true; /* a NUL in it, or a tail: nothing of ours ends so */
			break;
		}
		no++;
		rc = whole ? audit_parse(line, n - 1, l.n ? l.hash : zero, &e, text, &what) : -EBADMSG;
		if (!whole)
			what = "is no entry of an audit";
		if (rc == 0 && e.n != no)
			rc = -EBADMSG, what = "has another number than its place";
		if (rc < 0) {
			snprintf(why, size, "line %llu %s", (unsigned long long)no, what);
			break;
		}
		rc = a ? mark(a, no, at) : 0;
		at += (off_t)n;
		l = e;
		if (a && e.seq > a->seq)
			a->seq = e.seq;
		if (rc == 0 && cb)
			rc = cb(&e, arg);
	}
	if (rc == 0 && ferror(f))
		rc = -EIO;
	l.verb = l.text = NULL;
	if (last)
		*last = l;
	if (a)
		a->end = at;
	return rc;
}

int
audit_walk(const char *path, audit_cb *cb, void *arg, struct audit_entry *last, char *why, size_t size)
{
	bool torn;
	if (size)
		why[0] = '\0';
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	int rc = walk(f, cb, arg, last, NULL, &torn, why, size);
	if (rc == 0 && torn) {
		snprintf(why, size, "the last line has no end: it is being written, or was cut");
		rc = -EBADMSG;
	}
	fclose(f);
	return rc;
}

static int
open_at(struct audit *a, const char *path, unsigned gid)
{
	struct stat st;
	struct audit_entry last;
	char why[128], text[128];
	bool torn = false;
	a->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (a->fd < 0 || fstat(a->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((st.st_mode & 07777) != 0640 && fchmod(a->fd, 0640) < 0)
		return -errno;
	if (st.st_gid != gid && fchown(a->fd, (uid_t)-1, gid) < 0)
		return -errno;
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	int rc = walk(f, NULL, NULL, &last, a, &torn, why, sizeof(why));
	fclose(f);
	if (rc)
		return rc;
	a->n = last.n;
	memcpy(a->hash, last.hash, 32);
	if (!torn)
		return 0;
	/* A power cut. What was being written was answered to nobody. */
	if (ftruncate(a->fd, a->end) < 0)
		return -errno;
	snprintf(text, sizeof(text), "%lld bytes of an unfinished entry were cut off",
	    (long long)(st.st_size - a->end));
	struct audit_entry e = { .at = st.st_mtim.tv_sec * MSEC_SECOND, .verb = "torn", .text = text };
	return audit_add(a, &e);
}

int
audit_open(const char *path, unsigned gid, struct audit **ret)
{
	struct audit *a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->fd = -1;
	a->path = strdup(path);
	int rc = !a->path ? -ENOMEM : sodium_init() < 0 ? -EIO : open_at(a, path, gid);
	if (rc)
		audit_close(a);
	else
		*ret = a;
	return rc;
}

void
audit_close(struct audit *a)
{
	if (!a)
		return;
	if (a->fd >= 0)
		close(a->fd);
	free(a->mark);
	free(a->path);
	free(a);
}

/* Somebody moved the file away, put another there or wrote in it: an entry would be lost on it. */
static bool
is_ours(const struct audit *a)
{
	struct stat here, there;
	return fstat(a->fd, &here) == 0 && lstat(a->path, &there) == 0 && here.st_ino == there.st_ino &&
	       here.st_dev == there.st_dev && here.st_size == a->end;
}

int
audit_put(struct audit *a, struct audit_entry *e)
{
	static const uint8_t zero[32];
	char line[AUDIT_LINE];
	if (!is_ours(a))
		return -ESTALE;
	struct audit_entry now = *e;
	now.n = a->n + 1;
	size_t n = audit_print(&now, a->n ? a->hash : zero, line);
	line[n++] = '\n';
	ssize_t w = write(a->fd, line, n);
	if (w != (ssize_t)n) {
		int rc = w < 0 ? -errno : -ENOSPC;
		/* A part would spoil the next line. If even this fails, the next start mends it. */
		return ftruncate(a->fd, a->end) < 0 ? -EIO : rc;
	}
	if (mark(a, now.n, a->end) < 0)
		return ftruncate(a->fd, a->end) < 0 ? -EIO : -ENOMEM;
	a->end += (off_t)n;
	a->n = now.n;
	memcpy(a->hash, now.hash, 32);
	if (now.seq > a->seq)
		a->seq = now.seq;
	e->n = now.n;
	memcpy(e->hash, now.hash, 32);
	return 0;
}

int
audit_sync(struct audit *a)
{
	return fdatasync(a->fd) < 0 ? -errno : 0;
}

int
audit_add(struct audit *a, struct audit_entry *e)
{
	const struct audit was = *a;
	int rc = audit_put(a, e);
	if (rc)
		return rc;
	rc = audit_sync(a);
	if (rc && ftruncate(a->fd, was.end) == 0) {
		off_t *marks = a->mark;
		*a = was;
		a->mark = marks;
	}
	return rc;
}

void
audit_head(const struct audit *a, uint64_t *n, uint8_t hash[32], uint64_t *seq)
{
	*n = a->n;
	memcpy(hash, a->hash, 32);
	*seq = a->seq;
}

int
audit_copy(struct audit *a, uint64_t from, uint64_t most, FILE *out, uint64_t *ret)
{
	char line[AUDIT_LINE + 2];
	uint64_t done = 0;
	*ret = 0;
	if (from < 1)
		from = 1;
	if (from > a->n)
		return 0;
	FILE *f = fopen(a->path, "re"); /* as it lies there, not as we remember it */
	if (!f)
		return -errno;
	uint64_t no = (from - 1) / MARK_EACH * MARK_EACH + 1;
	int rc = fseeko(f, a->mark[(no - 1) / MARK_EACH], SEEK_SET) < 0 ? -errno : 0;
	while (rc == 0 && no <= a->n && done < most && fgets(line, sizeof(line), f)) {
		if (no++ < from)
			continue;
		fputs(line, out);
		done++;
	}
	fclose(f);
	*ret = done;
	return rc;
}
