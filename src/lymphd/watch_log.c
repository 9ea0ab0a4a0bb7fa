/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log files, for role watch: each is looked at every second; when it is another than before, or shorter,
 * or hear-log asks, it is offered with all rotated parts that stand beside it, oldest first. Which of them
 * is to be read where is hear-log's to find out. Must never open what is no regular file, nor follow a link
 * that somebody else's name leads to.
 */
#include "lymphd/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/log_tail.h"

#define LOOK MSEC_SECOND

struct part {
	char name[NAME_MAX + 1];
	struct timespec changed;
};

static struct {
	struct role_ctx *c;
	struct loop_event *look;
	uint64_t serial;
	struct watched {
		const struct conf_log *row;
		int dir;           /* its folder; -1: not there yet */
		uint64_t dev, ino; /* as offered last; 0: never, or asked for again */
		int64_t size;      /* at the last look */
		uint64_t no;
		bool missing; /* said so */
	} log[CONF_LOGS];
	unsigned logs;
} w;

static bool
wanted(const struct conf *c)
{
	for (unsigned i = 0; i < c->logs; i++)
		if (c->log[i].file[0])
			return true;
	return false;
}

/* The folder of a file, and its name there. */
static const char *
split(const char *path, char folder[CONF_PATH])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == path ? 1 : (size_t)(slash - path);
	memcpy(folder, path, n);
	folder[n] = '\0';
	return slash + 1;
}

static unsigned
reads(const struct conf *c, struct box_read *ret, unsigned most)
{
	static char folder[CONF_LOGS][CONF_PATH];
	unsigned n = 0;
	for (unsigned i = 0; i < c->logs && n < most; i++) {
		if (!c->log[i].file[0])
			continue;
		split(c->log[i].file, folder[i]);
		ret[n++] = (struct box_read){ folder[i], false };
	}
	return n;
}

static int
by_change(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	if (x->changed.tv_sec != y->changed.tv_sec)
		return x->changed.tv_sec < y->changed.tv_sec ? -1 : 1;
	if (x->changed.tv_nsec != y->changed.tv_nsec)
		return x->changed.tv_nsec < y->changed.tv_nsec ? -1 : 1;
	return strcmp(y->name, x->name); /* log.2 before log.1 */
}

/* Compressed parts are of no use: what was in them was read before, or is gone. */
static bool
is_part(const char *name, const char *log)
{
	static const char *const packed[] = { ".gz", ".xz", ".bz2", ".zst" };
	size_t n = strlen(log), len = strlen(name);
	const char *dot = strrchr(log, '.');
	/* Also "eve-20261122.json" of "eve.json", as logrotate's dateext with extension makes it. */
	size_t stem = dot ? (size_t)(dot - log) : n;
	bool ours = strncmp(name, log, n) == 0 && name[n] && strchr(".-_", name[n]);
	bool dated = dot && dot > log && len > n && strncmp(name, log, stem) == 0 &&
		     strchr("-_", name[stem]) && strcmp(name + len - strlen(dot), dot) == 0;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (len > strlen(packed[i]) &&
		    strcmp(name + len - strlen(packed[i]), packed[i]) == 0)
			return false;
	return ours || dated;
}

/* The newest parts, oldest first. */
static unsigned
parts_of(struct watched *l, const char *log, struct part ret[TAIL_FILES])
{
	unsigned n = 0;
	struct stat st;
	int fd = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		struct part p;
		if (!is_part(e->d_name, log) ||
		    fstatat(l->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		snprintf(p.name, sizeof(p.name), "%s", e->d_name);
		p.changed = st.st_mtim;
		if (n == TAIL_FILES - 1) { /* full: the oldest goes */
			qsort(ret, n, sizeof(*ret), by_change);
			if (by_change(&p, &ret[0]) < 0)
				continue;
			ret[0] = p;
		} else {
			ret[n++] = p;
		}
	}
	closedir(d);
	qsort(ret, n, sizeof(*ret), by_change);
	return n;
}

/* 0, or -EAGAIN: no room there. */
static int
offer(struct watched *l, const char *name, enum file_kind kind)
{
	struct chan *to = w.c->peer[ROLE_HEAR_LOG];
	struct msg_file m = { .no = ++w.serial, .kind = kind };
	struct stat st;
	int fd = openat(l->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		int err = fd < 0 ? errno : EINVAL;
		if (kind == FILE_LOG && !l->missing)
			log_warn("log %s: %s: %s; it is read when it can be", l->row->name,
			    l->row->file, strerror(err));
		l->missing |= kind == FILE_LOG;
		if (fd >= 0)
			close(fd);
		return kind == FILE_LOG ? -err : 0;
	}
	m.size = (uint64_t)st.st_size;
	m.inode = st.st_ino;
	m.dev = st.st_dev;
	m.modified = st.st_mtim.tv_sec * MSEC_SECOND;
	memcpy(m.name, l->row->name, sizeof(l->row->name));
	int rc = chan_send(to, M_FILE, &m, NULL, 0, fd);
	close(fd);
	if (rc == 0 && kind == FILE_LOG) {
		l->dev = m.dev;
		l->ino = m.inode;
		l->size = st.st_size;
		l->no = m.no;
		l->missing = false;
	}
	return rc;
}

static void
offer_all(struct watched *l, const char *name)
{
	static struct part part[TAIL_FILES];
	unsigned n = parts_of(l, name, part);
	/* All or none: half of them would look like a gap. */
	if (!chan_may_send(w.c->peer[ROLE_HEAR_LOG], (n + 1) * sizeof(struct msg_file)))
		return;
	for (unsigned i = 0; i < n; i++)
		if (offer(l, part[i].name, FILE_LOG_OLD) < 0)
			return;
	offer(l, name, FILE_LOG);
}

static void
look_at(struct watched *l)
{
	char folder[CONF_PATH];
	const char *name = split(l->row->file, folder);
	struct stat st;
	if (l->dir < 0)
		l->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0 || fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (!l->missing)
			log_warn("log %s: %s: %s; it is read when it is there", l->row->name,
			    l->row->file, strerror(errno));
		l->missing = true;
		if (l->dir >= 0)
			close(l->dir);
		l->dir = -1;
		return;
	}
	bool same = l->ino && l->dev == st.st_dev && l->ino == st.st_ino && st.st_size >= l->size;
	l->size = st.st_size;
	if (!same)
		offer_all(l, name);
}

static void
on_look(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	for (unsigned i = 0; i < w.logs && w.c->peer[ROLE_HEAR_LOG]; i++)
		look_at(&w.log[i]);
	loop_timer_in(w.look, LOOK);
}

static void
start(struct role_ctx *c)
{
	w.c = c;
	for (unsigned i = 0; i < c->conf->logs; i++)
		if (c->conf->log[i].file[0])
			w.log[w.logs++] = (struct watched){ .row = &c->conf->log[i], .dir = -1 };
	w.look = loop_timer(c->loop, on_look, NULL);
	loop_timer_in(w.look, 0);
}

static void
room(struct role_ctx *c)
{
	(void)c;
	if (w.look)
		loop_timer_in(w.look, 0);
}

/* A new one knows nothing. */
static void
down(struct role_ctx *c)
{
	(void)c;
	for (unsigned i = 0; i < w.logs; i++)
		w.log[i].ino = 0;
}

static void
done(struct role_ctx *c, const struct msg_file_done *d)
{
	(void)c;
	for (unsigned i = 0; i < w.logs; i++)
		if (w.log[i].no == d->no && d->result == FILE_LATER)
			w.log[i].ino = 0;
}

const struct watch_part watch_log = {
	.reader = ROLE_HEAR_LOG,
	.wanted = wanted,
	.reads = reads,
	.start = start,
	.room = room,
	.down = down,
	.done = done,
};
