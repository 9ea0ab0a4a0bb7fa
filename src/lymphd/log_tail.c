/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Following a log file, see log_tail.h. The bytes before the mark decide, not the name or the inode: an
 * inode is used again, a copy has another. Must never count a line twice, nor pass over one in silence.
 */
#include "lymphd/log_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

void
log_tail_init(struct log_tail *t, char *buf)
{
	*t = (struct log_tail){ .buf = buf };
}

static void
drop_first(struct tail_file *v, unsigned *n, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		close(v[i].fd);
	memmove(v, v + count, (*n - count) * sizeof(*v));
	*n -= count;
}

static void
left_drop(struct log_tail *t, unsigned i)
{
	close(t->left[i].fd);
	memmove(&t->left[i], &t->left[i + 1], (--t->lefts - i) * sizeof(t->left[0]));
}

void
log_tail_free(struct log_tail *t)
{
	while (t->lefts)
		left_drop(t, 0);
	drop_first(t->file, &t->files, t->files);
	drop_first(t->offered, &t->offers, t->offers);
}

void
log_tail_offer(struct log_tail *t, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	for (unsigned i = 0; i < t->offers; i++) {
		if (t->offered[i].dev != st.st_dev || t->offered[i].ino != st.st_ino)
			continue;
		/* Twice in one set, or a set that was broken off: the later word counts. */
		close(t->offered[i].fd);
		memmove(
		    &t->offered[i], &t->offered[i + 1], (--t->offers - i) * sizeof(t->offered[0]));
		break;
	}
	if (t->offers == TAIL_FILES)
		drop_first(t->offered, &t->offers, 1);
	t->offered[t->offers++] = (struct tail_file){ fd, st.st_dev, st.st_ino };
}

static ssize_t
read_at(int fd, void *buf, size_t n, uint64_t offset)
{
	size_t got = 0;
	while (got < n) {
		ssize_t r = pread(fd, (char *)buf + got, n - got, (off_t)(offset + got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

/* What stands before offset: 0, or -EIO when the file is shorter. */
static int
hash_at(int fd, uint64_t offset, uint8_t ret[32])
{
	uint8_t buf[TAIL_HASH];
	size_t n = offset < sizeof(buf) ? (size_t)offset : sizeof(buf);
	memset(ret, 0, 32);
	if (n == 0)
		return 0;
	if (read_at(fd, buf, n, offset - n) != (ssize_t)n)
		return -EIO;
	crypto_hash_sha256(ret, buf, n);
	return 0;
}

static bool
same_file(const struct tail_file *f, const struct log_mark *m)
{
	return f->dev == m->dev && f->ino == m->ino;
}

/* Is the mark in this file? At its very start only the inode can say so. */
static bool
fits(const struct tail_file *f, const struct log_mark *m)
{
	uint8_t hash[32];
	if (m->offset == 0)
		return same_file(f, m);
	return hash_at(f->fd, m->offset, hash) == 0 && memcmp(hash, m->hash, sizeof(hash)) == 0;
}

/* The file itself before any copy of it; of copies the newest. -1: none. */
static int
find(const struct tail_file *v, unsigned n, const struct log_mark *m)
{
	for (unsigned i = n; i-- > 0;)
		if (same_file(&v[i], m) && fits(&v[i], m))
			return (int)i;
	for (unsigned i = n; i-- > 0;)
		if (fits(&v[i], m))
			return (int)i;
	return -1;
}

/* Where to begin when the mark is nowhere: with the file it was in, if that was cut in place (what stands
 * beside it may be a copy of what we read); else with the first written to after the mark was true. The
 * newest at the latest. */
static unsigned
first_since(const struct tail_file *v, unsigned n, const struct log_mark *m)
{
	struct stat st;
	for (unsigned i = 0; i < n; i++)
		if (same_file(&v[i], m))
			return i;
	for (unsigned i = 0; i + 1 < n; i++)
		if (fstat(v[i].fd, &st) == 0 &&
		    st.st_mtim.tv_sec * MSEC_SECOND + st.st_mtim.tv_nsec / 1000000 > m->at)
			return i;
	return n - 1;
}

static void
begin(struct log_tail *t)
{
	t->seek = 0;
	t->pos = (struct log_mark){ 0 };
	if (t->files) {
		t->pos.dev = t->file[0].dev;
		t->pos.ino = t->file[0].ino;
	}
}

/* The offers become the files, from the first-th on. */
static void
adopt(struct log_tail *t, unsigned first)
{
	drop_first(t->offered, &t->offers, first);
	drop_first(t->file, &t->files, t->files);
	memcpy(t->file, t->offered, t->offers * sizeof(t->file[0]));
	t->files = t->offers;
	t->offers = 0;
}

/* Our file is in none of the offers any more, but still open: it is finished first. */
static void
keep_ours(struct log_tail *t, const struct log_mark *m)
{
	unsigned first = first_since(t->offered, t->offers, m);
	drop_first(t->offered, &t->offers, first);
	if (t->offers == TAIL_FILES)
		drop_first(t->offered, &t->offers, 1);
	for (unsigned i = 1; i < t->files; i++)
		close(t->file[i].fd);
	memcpy(t->file + 1, t->offered, t->offers * sizeof(t->file[0]));
	t->files = t->offers + 1;
	t->offers = 0;
}

static bool
nothing(const struct log_mark *m)
{
	return m->dev == 0 && m->ino == 0 && m->offset == 0;
}

bool
log_tail_settle(struct log_tail *t, const struct log_mark *from)
{
	struct log_mark m = from ? *from : t->pos;
	bool open = !from && t->files && fits(&t->file[0], &m);
	if (t->offers == 0)
		return false;
	if (nothing(&m)) {
		adopt(t, t->offers - 1);
		begin(t);
		return false;
	}
	int at = find(t->offered, t->offers, &m);
	if (at < 0 && open) {
		keep_ours(t, &m);
		return false;
	}
	if (at >= 0) {
		adopt(t, (unsigned)at);
		begin(t);
		t->pos.offset = m.offset;
		t->pos.at = m.at;
		memcpy(t->pos.hash, m.hash, sizeof(m.hash));
		return false;
	}
	adopt(t, first_since(t->offered, t->offers, &m));
	begin(t);
	t->gaps++;
	return true;
}

static void
moved(struct log_tail *t, msec now)
{
	t->pos.at = now;
	if (hash_at(t->file[0].fd, t->pos.offset, t->pos.hash) < 0)
		memset(
		    t->pos.hash, 0xff, sizeof(t->pos.hash)); /* cut meanwhile: no file fits that */
}

/* At the end of a part: is it all there will be? */
static bool
finished(const struct log_tail *t, msec now)
{
	struct stat st, next;
	if (t->files < 2 || fstat(t->file[0].fd, &st) < 0 || fstat(t->file[1].fd, &next) < 0)
		return false;
	msec quiet = now - (st.st_mtim.tv_sec * MSEC_SECOND + st.st_mtim.tv_nsec / 1000000);
	return quiet >= TAIL_QUIET && (next.st_size > 0 || t->files > 2);
}

struct reading {
	struct log_tail *t;
	uint64_t limit, stop; /* stop: no line begins behind it */
	tail_line_cb *cb;
	void *arg;
	bool stopped;
};

/* Gives the whole lines of a buffer that begins at pos.offset; returns the bytes taken. */
static size_t
give_lines(struct reading *r, size_t n)
{
	struct log_tail *t = r->t;
	size_t at = 0;
	while (at < n && !r->stopped) {
		char *end = memchr(t->buf + at, '\n', n - at);
		if (!end)
			break;
		size_t len = (size_t)(end - t->buf) - at;
		t->lines++;
		r->stopped =
		    r->cb(t->buf + at, len && end[-1] == '\r' ? len - 1 : len, r->arg) != 0;
		at += len + 1;
		t->pos.offset += len + 1;
		if (t->pos.offset >= r->stop)
			r->stopped = true;
	}
	return at;
}

/* Goes on looking for the end of a line that is too long to be held. */
static void
skip_long(struct log_tail *t)
{
	if (t->seek < t->pos.offset + TAIL_LINE)
		t->seek = t->pos.offset + TAIL_LINE;
	ssize_t n = read_at(t->file[0].fd, t->buf, TAIL_LINE, t->seek);
	char *end = n > 0 ? memchr(t->buf, '\n', (size_t)n) : NULL;
	if (!end) {
		t->seek += n > 0 ? (uint64_t)n : 0;
		return;
	}
	t->pos.offset = t->seek + (uint64_t)(end - t->buf) + 1;
	t->seek = 0;
	t->lines++;
	t->too_long++;
}

/* A line too long to be held that never ends: the part is finished. */
static void
long_last(struct log_tail *t)
{
	t->pos.offset = t->seek;
	t->seek = 0;
	t->lines++;
	t->too_long++;
}

/* The last line of a finished part may have no end. */
static void
last_line(struct reading *r, size_t n)
{
	struct log_tail *t = r->t;
	if (n > TAIL_LINE)
		t->too_long++;
	else
		r->cb(t->buf, n, r->arg);
	t->lines++;
	t->pos.offset += n;
}

enum tail_end
log_tail_read(
    struct log_tail *t, msec now, size_t most, uint64_t limit, tail_line_cb *cb, void *arg)
{
	struct reading r = { t, limit, t->pos.offset + most, cb, arg, false };
	uint64_t from = t->pos.offset, looked = 0;
	enum tail_end end = TAIL_WAIT;
	struct stat st;
	if (t->files == 0)
		return TAIL_NONE;
	if (fstat(t->file[0].fd, &st) < 0 || (uint64_t)st.st_size < t->pos.offset ||
	    !fits(&t->file[0], &t->pos))
		return TAIL_CUT;
	if (limit && limit < r.stop)
		r.stop = limit;
	if (limit && t->pos.offset >= limit)
		return TAIL_STOPPED;
	for (;;) {
		ssize_t n = t->seek ? TAIL_LINE + 1
				    : read_at(t->file[0].fd, t->buf, TAIL_LINE + 1, t->pos.offset);
		if (n < 0)
			return TAIL_CUT;
		size_t took = t->seek ? 0 : give_lines(&r, (size_t)n);
		if (r.stopped) {
			end = TAIL_STOPPED;
			break;
		}
		if (took)
			continue;
		if ((size_t)n > TAIL_LINE) {
			if (looked > most) {
				end =
				    TAIL_STOPPED; /* of a line without end the others need not wait */
				break;
			}
			looked += TAIL_LINE;
			uint64_t seek = t->seek, at = t->pos.offset;
			skip_long(t);
			if (t->seek != seek || t->pos.offset != at)
				continue;
			n = 0;
		}
		if (!finished(t, now))
			break;
		if (t->seek)
			long_last(t);
		else if (n)
			last_line(&r, (size_t)n);
		end = TAIL_NEXT;
		break;
	}
	if (t->pos.offset != from)
		moved(t, now);
	return end;
}

void
log_tail_next(struct log_tail *t, msec now)
{
	if (t->files < 2)
		return;
	if (t->lefts == TAIL_LEFT)
		left_drop(t, 0);
	t->left[t->lefts++] = (struct tail_left){ .fd = t->file[0].fd, .end = t->pos.offset, .since = now };
	memmove(t->file, t->file + 1, --t->files * sizeof(t->file[0]));
	begin(t);
}

/* The lines themselves are not read any more: where one was is a place in one file, and what follows it is
 * being read already. */
bool
log_tail_late(struct log_tail *t, msec now)
{
	bool gap = false;
	for (unsigned i = 0; i < t->lefts;) {
		struct tail_left *l = &t->left[i];
		struct stat st;
		bool there = fstat(l->fd, &st) == 0 && (uint64_t)st.st_size >= l->end; /* else it was emptied */
		if (there && (uint64_t)st.st_size > l->end) {
			gap |= !l->grew;
			t->gaps += !l->grew;
			l->grew = true;
			l->end = (uint64_t)st.st_size;
			l->since = now;
		}
		if (there && now - l->since < TAIL_IDLE)
			i++;
		else
			left_drop(t, i);
	}
	return gap;
}

void
log_tail_mark(const struct log_tail *t, msec now, struct log_mark *ret)
{
	*ret = t->pos;
	ret->at = now;
}

uint64_t
log_tail_left(const struct log_tail *t)
{
	uint64_t left = 0;
	struct stat st;
	for (unsigned i = 0; i < t->files; i++)
		if (fstat(t->file[i].fd, &st) == 0)
			left += (uint64_t)st.st_size;
	return left > t->pos.offset ? left - t->pos.offset : 0;
}
