/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue on disk, see queue.h. Every change is a new file, synced, then renamed over the old one,
 * then the folder synced: at any moment an entry is there whole or not at all. */
#include "lymph/queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/whole.h"
#include "lymph/report_hook.h"

#define MAGIC    "lymph-queue 1\n"
#define FILE_MAX (24u << 20)

static int
make_dirs(const char *path)
{
	char p[1024];
	if (snprintf(p, sizeof(p), "%s", path) >= (int)sizeof(p))
		return -ENAMETOOLONG;
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0700) < 0 && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	return mkdir(p, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int
queue_open(struct queue *q, const char *path)
{
	int rc = make_dirs(path);
	if (rc < 0)
		return rc;
	if (snprintf(q->path, sizeof(q->path), "%s", path) >= (int)sizeof(q->path))
		return -ENAMETOOLONG;
	q->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->dir < 0)
		return -errno;
	if (mkdirat(q->dir, "refused", 0700) < 0 && errno != EEXIST)
		rc = -errno;
	q->refused = openat(q->dir, "refused", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rc == 0 && q->refused < 0)
		rc = -errno;
	if (rc < 0)
		close(q->dir);
	return rc;
}

void
queue_close(struct queue *q)
{
	close(q->dir);
	close(q->refused);
}

static bool
is_entry(const char *name)
{
	size_t n = strlen(name);
	return n > 7 && n < QUEUE_NAME && name[0] != '.' && strcmp(name + n - 7, ".report") == 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
list_dir(int dirfd, char (**ret)[QUEUE_NAME], uint64_t *bytes)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0, room = 0;
	char(*names)[QUEUE_NAME] = NULL;
	struct stat st;
	if (!d) {
		int rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*bytes = 0;
	for (struct dirent *e; (e = readdir(d));) {
		if (!is_entry(e->d_name))
			continue;
		if (n == room) {
			room = room ? 2 * room : 64;
			void *more = realloc(names, room * sizeof(*names));
			if (!more) {
				free(names);
				closedir(d);
				return -ENOMEM;
			}
			names = more;
		}
		if (fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*bytes += (uint64_t)st.st_size;
		strcpy(names[n++], e->d_name);
	}
	closedir(d);
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	*ret = names;
	return (int)n;
}

int
queue_list(const struct queue *q, char (**ret)[QUEUE_NAME])
{
	uint64_t bytes;
	return list_dir(q->dir, ret, &bytes);
}

/* Writes e as a new file of its name in dir, replacing one that is there. *fd is the new file,
 * locked before anybody can see it. */
static int
put(int dir, const struct queue_entry *e, const char *reason, int *fd)
{
	char temp[QUEUE_NAME + 32], head[4096];
	int n = snprintf(head, sizeof(head),
	    MAGIC "target: %s\nsignature: %s\nabout: %s\nid: %s\nadded: %" PRId64
		  "\nnot-before: %" PRId64 "\ntries: %u\n%s%s%sbytes: %zu\n\n",
	    e->target, e->signature, e->about, e->id, e->added, e->not_before, e->tries,
	    reason ? "refused: " : "", reason ? reason : "", reason ? "\n" : "", e->n);
	if (n < 0 || n >= (int)sizeof(head))
		return -ENAMETOOLONG;
	snprintf(temp, sizeof(temp), ".%s.%d", e->name, (int)getpid());
	int f = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f < 0)
		return -errno;
	int rc = flock(f, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
	if (rc == 0)
		rc = whole_write(f, head, (size_t)n);
	if (rc == 0)
		rc = whole_write(f, e->body, e->n);
	if (rc == 0 && fsync(f) < 0)
		rc = -errno;
	report_hook_stop("written");
	if (rc == 0 && renameat(dir, temp, dir, e->name) < 0)
		rc = -errno;
	if (rc == 0 && fsync(dir) < 0)
		rc = -errno;
	if (rc < 0) {
		(void)unlinkat(dir, temp, 0);
		close(f);
		return rc;
	}
	*fd = f;
	return 0;
}

/* What a killed run left half-written, unless it is being written. */
static void
sweep(const struct queue *q)
{
	int fd = openat(q->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d && fd >= 0)
		close(fd);
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] != '.' || !strstr(e->d_name, ".report."))
			continue;
		int f = openat(q->dir, e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		struct stat st;
		/* Its writer locks it at once; a second's grace covers the moment before. */
		if (f >= 0 && flock(f, LOCK_EX | LOCK_NB) == 0 && fstat(f, &st) == 0 &&
		    st.st_mtime + 60 < time(NULL))
			(void)unlinkat(q->dir, e->d_name, 0);
		if (f >= 0)
			close(f);
	}
	if (d)
		closedir(d);
}

int
queue_add(struct queue *q, struct queue_entry *e, const char *id, msec now)
{
	char(*names)[QUEUE_NAME] = NULL;
	uint64_t bytes = 0;
	/* One at a time, or the cap means little. */
	int lock = openat(q->dir, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		return -errno;
	int rc = flock(lock, LOCK_EX) < 0 ? -errno : 0;
	if (rc == 0) {
		sweep(q);
		rc = list_dir(q->dir, &names, &bytes);
		free(names);
	}
	if (rc >= 0)
		rc = rc >= QUEUE_ENTRIES || bytes + e->n > QUEUE_BYTES ? -EDQUOT : 0;
	if (rc == 0) {
		snprintf(e->name, sizeof(e->name), "%013" PRId64 "-%.36s.report", now, id);
		snprintf(e->id, sizeof(e->id), "%.36s", id);
		e->added = now;
		rc = put(q->dir, e, NULL, &e->fd);
	}
	close(lock);
	return rc;
}

static bool
header(const char *line, const char *key, char *ret, size_t size)
{
	size_t k = strlen(key);
	if (strncmp(line, key, k) != 0 || strncmp(line + k, ": ", 2) != 0)
		return false;
	if (size > 0 && (size_t)snprintf(ret, size, "%s", line + k + 2) >= size)
		ret[0] = '\0';
	return true;
}

/* Header lines up to the empty one, then the body. */
static int
parse(struct queue_entry *e, size_t n)
{
	char *p = e->buf, num[32] = "";
	size_t bytes = SIZE_MAX;
	if (n < sizeof(MAGIC) || memcmp(p, MAGIC, sizeof(MAGIC) - 1) != 0)
		return -EBADMSG;
	for (p += sizeof(MAGIC) - 1;;) {
		char *nl = memchr(p, '\n', n - (size_t)(p - e->buf));
		if (!nl)
			return -EBADMSG;
		*nl = '\0';
		if (nl == p)
			break;
		(void)(header(p, "target", e->target, sizeof(e->target)) ||
		       header(p, "signature", e->signature, sizeof(e->signature)) ||
		       header(p, "about", e->about, sizeof(e->about)) ||
		       header(p, "id", e->id, sizeof(e->id)));
		if (header(p, "added", num, sizeof(num)))
			e->added = strtoll(num, NULL, 10);
		if (header(p, "not-before", num, sizeof(num)))
			e->not_before = strtoll(num, NULL, 10);
		if (header(p, "tries", num, sizeof(num)))
			e->tries = (unsigned)strtoul(num, NULL, 10);
		if (header(p, "bytes", num, sizeof(num)))
			bytes = strtoull(num, NULL, 10);
		p = nl + 1;
	}
	e->body = p + 1;
	e->n = n - (size_t)(e->body - e->buf);
	return e->n == bytes && e->target[0] ? 0 : -EBADMSG;
}

static int
slurp(int fd, struct queue_entry *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_MAX)
		return -EBADMSG;
	size_t n = (size_t)st.st_size, at = 0;
	e->buf = calloc(1, n + 1);
	if (!e->buf)
		return -ENOMEM;
	while (at < n) {
		ssize_t got = pread(fd, e->buf + at, n - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		at += (size_t)got;
	}
	return parse(e, n);
}

int
queue_take(const struct queue *q, const char *name, struct queue_entry *ret)
{
	struct queue_entry e = { .fd = -1 };
	struct stat st;
	snprintf(e.name, sizeof(e.name), "%s", name);
	e.fd = openat(q->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (e.fd < 0)
		return -errno;
	if (flock(e.fd, LOCK_EX | LOCK_NB) < 0 || fstat(e.fd, &st) < 0) {
		int rc = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		close(e.fd);
		return rc;
	}
	/* Sent or replaced by another run between our open and our lock. */
	if (st.st_nlink == 0) {
		close(e.fd);
		return -ENOENT;
	}
	int rc = slurp(e.fd, &e);
	if (rc == -EBADMSG) {
		e.body = NULL;
		e.n = 0;
	} else if (rc < 0) {
		queue_release(&e);
		return rc;
	}
	*ret = e;
	return rc;
}

msec
queue_hold(const struct queue *q, const char *target, msec now)
{
	char(*names)[QUEUE_NAME] = NULL;
	struct queue_entry e;
	msec until = 0;
	int n = queue_list(q, &names);
	for (int i = 0; i < n; i++) {
		int rc = queue_take(q, names[i], &e);
		if (rc < 0 && rc != -EBADMSG)
			continue;
		if (rc == 0 && strcmp(e.target, target) == 0 && queue_waits(&e, now) &&
		    e.not_before > until)
			until = e.not_before;
		queue_release(&e);
	}
	free(names);
	return until;
}

bool
queue_waits(const struct queue_entry *e, msec now)
{
	/* A clock that jumped must not hold it for ever: servers ask for a day at most. */
	return e->not_before > now && e->not_before <= now + MSEC_DAY;
}

void
queue_release(struct queue_entry *e)
{
	if (e->fd >= 0)
		close(e->fd);
	free(e->buf);
	e->fd = -1;
	e->buf = NULL;
}

int
queue_done(struct queue *q, struct queue_entry *e)
{
	int rc = unlinkat(q->dir, e->name, 0) < 0 ? -errno : 0;
	if (rc == 0 && fsync(q->dir) < 0)
		rc = -errno;
	queue_release(e);
	return rc;
}

int
queue_delay(struct queue *q, struct queue_entry *e, msec not_before)
{
	int fd;
	e->not_before = not_before;
	e->tries++;
	int rc = put(q->dir, e, NULL, &fd);
	if (rc == 0)
		close(fd);
	queue_release(e);
	return rc;
}

int
queue_refuse(struct queue *q, struct queue_entry *e, const char *reason)
{
	char(*names)[QUEUE_NAME] = NULL;
	uint64_t bytes;
	int fd, rc = 0;
	if (e->body) {
		rc = put(q->refused, e, reason, &fd);
		if (rc == 0)
			close(fd);
		if (rc == 0)
			rc = unlinkat(q->dir, e->name, 0) < 0 ? -errno : 0;
	} else { /* damaged: nothing to write anew */
		rc = renameat(q->dir, e->name, q->refused, e->name) < 0 ? -errno : 0;
	}
	if (rc == 0 && fsync(q->dir) < 0)
		rc = -errno;
	int n = list_dir(q->refused, &names, &bytes);
	for (int i = 0; i + QUEUE_REFUSED < n; i++)
		(void)unlinkat(q->refused, names[i], 0);
	free(names);
	queue_release(e);
	return rc;
}
