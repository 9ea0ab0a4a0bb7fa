/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Maildir: what stands in new/ is offered to hear-mail, oldest first, as many at a time as it takes; once
 * it says that a mail is kept, the file goes to cur/. Until then it stays where it is, whoever dies; what was
 * sent back is passed over until its time has come. Must never move what was not kept, nor follow a link.
 */
#include "lymphd/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/watch_later.h"

#define AHEAD   512                /* names known at a time; more wait for the next scan */
#define RESCAN  (60 * MSEC_SECOND) /* whatever inotify says */
#define AGAIN   (30 * MSEC_SECOND) /* before what was sent back is offered again, if it was not said when */
#define SOONEST (5 * MSEC_SECOND)  /* between looks for those whose time has come */
#define SETTLE  MSEC_SECOND        /* for who writes a mail where it is to be found */
#define MANY    1000               /* put off: then not each mail that comes is worth a look at all names */
#define AFTER_MOST (7 * MSEC_DAY)  /* that somebody is told to wait */
#define NAME    256
#define SAME_NAME 100              /* mails of one name in cur/ */

enum offer { OFFER_FREE, OFFER_WAITS, OFFER_OUT, OFFER_NEVER };

struct offer_row {
	enum offer state;
	bool waited;               /* it was put off, until now */
	uint64_t no;
	int64_t modified;
	char name[NAME];
};

static struct {
	struct role_ctx *c;
	int dir_new, dir_cur, notify;
	uint64_t serial;
	bool missing, more;        /* not there; the scan is not at its end */
	bool soon;                 /* a scan is due within SETTLE */
	struct offer_row row[AHEAD];
	DIR *dir;                  /* a scan that goes on, so that those before hide none behind them */
	struct later later;        /* those sent back */
	unsigned put_off, passed;  /* of them, in the last whole scan; in this one so far */
	msec next, due;            /* mono: the first of them; the timer. 0: none */
	struct loop_event *scan;
} w = { .dir_new = -1, .dir_cur = -1, .notify = -1 };

static bool
wanted(const struct conf *c)
{
	return c->intake.maildir[0];
}

static unsigned
reads(const struct conf *c, struct box_read *ret, unsigned most)
{
	if (most < 1)
		return 0;
	ret[0] = (struct box_read){ c->intake.maildir, true };
	return 1;
}

static struct offer_row *
find(const char *name)
{
	for (unsigned i = 0; i < AHEAD; i++)
		if (w.row[i].state != OFFER_FREE && strcmp(w.row[i].name, name) == 0)
			return &w.row[i];
	return NULL;
}

/* Those that cannot be read give way to the ones behind them. */
static struct offer_row *
place(void)
{
	static unsigned last;
	for (unsigned i = 0; i < AHEAD; i++)
		if (w.row[i].state == OFFER_FREE)
			return &w.row[i];
	for (unsigned i = 0; i < AHEAD; i++) {
		struct offer_row *r = &w.row[last++ % AHEAD];
		if (r->state == OFFER_NEVER)
			return r;
	}
	return NULL;
}

/* Opens one; -1: gone, or nothing one may read. */
static int
open_mail(const char *name, struct stat *st)
{
	/* O_NONBLOCK: a fifo somebody put there must not stop us. */
	int fd = openat(w.dir_new, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static void
never(struct offer_row *r, const char *why)
{
	static struct log_limit limit;
	unsigned held;
	if (log_may(&limit, &held))
		log_warn("a file in new/ cannot be read: %s; it stays (%u more)", why, held);
	r->state = OFFER_NEVER;
}

/* It is gone from new/. */
static void
forget(struct offer_row *r)
{
	later_drop(&w.later, r->name);
	r->state = OFFER_FREE;
}

/* False: no room at hear-mail. */
static bool
offer(struct offer_row *r)
{
	struct chan *to = w.c->peer[ROLE_HEAR_MAIL];
	struct stat st;
	if (!to || !chan_may_send(to, sizeof(struct msg_file))) {
		struct msg_file m = { 0 };
		if (to) /* without credit nothing is sent: it only asks to be told of room */
			chan_send(to, M_FILE, &m, NULL, 0, -1);
		return false;
	}
	int fd = open_mail(r->name, &st);
	if (fd < 0) {
		if (errno == ENOENT)
			forget(r); /* somebody else took it */
		else
			never(r, strerror(errno));
		return true;
	}
	struct msg_file m = { .no = ++w.serial, .size = (uint64_t)st.st_size, .inode = st.st_ino,
		.dev = st.st_dev, .kind = FILE_MAIL, .waited = r->waited,
		.modified = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 };
	snprintf(m.name, sizeof(m.name), "%.*s", FILE_TEXT - 1, r->name);
	int rc = chan_send(to, M_FILE, &m, NULL, 0, fd);
	close(fd);
	if (rc)
		return false;
	r->no = m.no;
	r->state = OFFER_OUT;
	return true;
}

static void
offer_all(void)
{
	for (;;) {
		struct offer_row *first = NULL; /* the oldest goes first */
		for (unsigned i = 0; i < AHEAD; i++)
			if (w.row[i].state == OFFER_WAITS &&
			    (!first || w.row[i].modified < first->modified))
				first = &w.row[i];
		if (!first || !offer(first))
			return;
	}
}

static int
open_dir(const char *name)
{
	char path[CONF_PATH + 8];
	snprintf(path, sizeof(path), "%s/%s", w.c->conf->intake.maildir, name);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Both folders, and word of what comes. False: not there yet. */
static bool
open_dirs(void)
{
	char path[CONF_PATH + 8];
	if (w.dir_new >= 0)
		return true;
	int a = open_dir("new"), b = open_dir("cur");
	if (a < 0 || b < 0) {
		if (!w.missing)
			log_warn("%s: %s; no mail is read until its new/ and cur/ are there",
			    w.c->conf->intake.maildir, strerror(errno));
		w.missing = true;
		if (a >= 0)
			close(a);
		if (b >= 0)
			close(b);
		return false;
	}
	w.missing = false;
	w.dir_new = a;
	w.dir_cur = b;
	snprintf(path, sizeof(path), "%s/new", w.c->conf->intake.maildir);
	if (inotify_add_watch(w.notify, path, IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_ONLYDIR) < 0)
		log_warn("%s: %s; it is only looked at every %d s", path, strerror(errno),
		    (int)(RESCAN / MSEC_SECOND));
	return true;
}

static void
timer_in(msec in)
{
	w.due = clock_mono() + in;
	loop_timer_in(w.scan, in);
}

/* Sooner than the timer, if somebody's time comes sooner. */
static void
timer_for(msec until)
{
	msec now = clock_mono(), at = until > now + SOONEST ? until : now + SOONEST;
	if (!w.next || until < w.next)
		w.next = until;
	if (at < w.due)
		timer_in(at - now);
}

/* Is it to be offered? *waited: it was put off, and its time has come. */
static bool
wants(const char *name, msec now, bool *waited)
{
	msec until = later_until(&w.later, name);
	*waited = until != 0;
	if (until <= now)
		return name[0] != '.' && !find(name);
	w.passed++;
	if (!w.next || until < w.next)
		w.next = until;
	return false;
}

static void
scan(void)
{
	msec now = clock_mono();
	if (!w.dir) {
		w.passed = 0;
		w.next = 0;
		int fd = open_dirs() ? openat(w.dir_new, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		w.dir = fd >= 0 ? fdopendir(fd) : NULL;
		if (!w.dir && fd >= 0)
			close(fd);
	}
	struct dirent *e;
	unsigned found = 0;
	while (w.dir) {
		struct stat st;
		if (found == AHEAD / 2) /* the rest when these are gone */
			break;
		if (!(e = readdir(w.dir))) {
			closedir(w.dir);
			w.dir = NULL;
			w.put_off = w.passed;
			break;
		}
		bool waited;
		if (!wants(e->d_name, now, &waited))
			continue;
		if (fstatat(w.dir_new, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		struct offer_row *r = place();
		if (!r)
			break; /* it is found by the next scan */
		found++;
		*r = (struct offer_row){ .state = OFFER_WAITS, .waited = waited,
			.modified = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 };
		snprintf(r->name, sizeof(r->name), "%s", e->d_name);
	}
	w.more = w.dir != NULL;
	offer_all();
}

static void
on_scan(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	w.soon = false;
	scan();
	timer_in(w.more ? AGAIN : RESCAN);
	if (w.next)
		timer_for(w.next);
}

static void
on_notify(int fd, int ready, void *arg)
{
	_Alignas(struct inotify_event) char buf[16384];
	(void)ready, (void)arg;
	ssize_t n;
	bool whole = false, made = false;
	while ((n = read(fd, buf, sizeof(buf))) > 0) /* which one does not matter, and words may be lost: the folder knows */
		for (const char *p = buf; p < buf + n;) {
			const struct inotify_event *ev = (const void *)p;
			whole |= (ev->mask & ~(uint32_t)IN_CREATE) != 0;
			made |= (ev->mask & IN_CREATE) != 0;
			p += sizeof(*ev) + ev->len;
		}
	if (whole && w.put_off < MANY) {
		scan();
	} else if ((whole || made) && !w.soon) { /* linked in from tmp/, as postfix does; or it is still being written */
		w.soon = true;
		timer_in(SETTLE);
	}
}

static void
start(struct role_ctx *c)
{
	w.c = c;
	if (sodium_init() < 0)
		fatal("libsodium does not start");
	later_init(&w.later);
	w.notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w.notify < 0)
		fatal("inotify: %s", strerror(errno));
	loop_fd(c->loop, w.notify, LOOP_READ, on_notify, NULL);
	w.scan = loop_timer(c->loop, on_scan, NULL);
	timer_in(0);
}

static void
room(struct role_ctx *c)
{
	(void)c;
	offer_all();
}

static void
down(struct role_ctx *c)
{
	(void)c;
	for (unsigned i = 0; i < AHEAD; i++)
		if (w.row[i].state == OFFER_OUT)
			w.row[i].state = OFFER_WAITS;
}

/* new/NAME becomes cur/NAME:2, as whoever reads a Maildir expects it; never over one that is there, which has
 * the name of an earlier mail and may be another. */
static int
move_away(const char *name)
{
	char to[NAME + 16];
	const char *info = strstr(name, ":2,");
	int stem = info ? (int)(info - name) : (int)strlen(name), r = -1;
	for (unsigned i = 0; r < 0 && i < SAME_NAME && (i == 0 || errno == EEXIST); i++) {
		if (i == 0)
			snprintf(to, sizeof(to), "%.*s%s", stem, name, info ? info : ":2,");
		else
			snprintf(to, sizeof(to), "%.*s.%u%s", stem, name, i, info ? info : ":2,");
		r = renameat2(w.dir_new, name, w.dir_cur, to, RENAME_NOREPLACE);
	}
	return r;
}

static void
take_away(struct offer_row *r)
{
	if (move_away(r->name) < 0 && errno != ENOENT) {
		static struct log_limit limit;
		unsigned held;
		if (log_may(&limit, &held))
			log_warn("a mail that is kept cannot be moved to cur/: %s; it stays, and counts once "
				 "(%u more)", strerror(errno), held);
		r->state = OFFER_NEVER;
		return;
	}
	forget(r);
}

/* Its place is another's from now on. */
static void
put_off(struct offer_row *r, msec after)
{
	static struct log_limit limit;
	unsigned held;
	uint64_t forgotten = w.later.forgotten;
	msec now = clock_mono(), until = now + (after > 0 && after < AFTER_MOST ? after : after > 0 ? AFTER_MOST : AGAIN);
	later_put(&w.later, r->name, until, now);
	r->state = OFFER_FREE;
	timer_for(until);
	if (w.later.forgotten > forgotten && log_may(&limit, &held))
		log_warn("more mails wait in new/ than can be remembered: some are read before their time (%llu so far, "
			 "%u more)", (unsigned long long)w.later.forgotten, held);
}

static void
done(struct role_ctx *c, const struct msg_file_done *d)
{
	(void)c;
	for (unsigned i = 0; i < AHEAD; i++) {
		struct offer_row *r = &w.row[i];
		if (r->state != OFFER_OUT || r->no != d->no)
			continue;
		if (d->result == FILE_TAKEN) {
			take_away(r);
		} else if (d->result == FILE_LATER) {
			put_off(r, d->after);
		} else {
			never(r, "it was set aside");
		}
	}
	bool waits = false;
	for (unsigned i = 0; i < AHEAD && !waits; i++)
		waits = w.row[i].state == OFFER_WAITS;
	if (!waits && w.more)
		scan();
	else
		offer_all();
}

const struct watch_part watch_mail = {
	.reader = ROLE_HEAR_MAIL,
	.wanted = wanted,
	.reads = reads,
	.start = start,
	.room = room,
	.down = down,
	.done = done,
};
