/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of indicators, see warden_flow.h. The warden reads bytes and understands none of them. Must
 * never follow the file to a device or a pipe, nor read without an end.
 */
#include "lymphd/warden_flow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"

#define EVERY (30 * MSEC_SECOND)
#define MOST  (128u << 20) /* bytes; a million lines take half of it */

static struct {
	struct crew *w;
	struct loop_event *timer;
	struct stat seen; /* of what was told last */
	int err;          /* told last */
	bool told;
} f;

static msec
every(void)
{
#ifdef LYMPH_TESTHOOKS
	const char *s = getenv("LYMPH_INDICATORS_MS");
	if (s)
		return strtoll(s, NULL, 10);
#endif
	return EVERY;
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
read_whole(int fd, char *text, size_t n, size_t *ret)
{
	size_t at = 0;
	while (at < n) {
		ssize_t got = read(fd, text + at, n - at);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		at += got > 0 ? (size_t)got : 0;
	}
	*ret = at;
	return 0;
}

static int
file_read(const char *path, struct stat *st, int *ret_memory)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc = fd < 0 || fstat(fd, st) < 0 ? -errno : !S_ISREG(st->st_mode) ? -EISDIR : 0;
	char *text = NULL;
	size_t n = 0;
	if (!rc && st->st_size > (off_t)MOST)
		rc = -EFBIG;
	if (!rc && !(text = malloc((size_t)st->st_size + 1)))
		rc = -ENOMEM;
	if (!rc)
		rc = read_whole(fd, text, (size_t)st->st_size, &n);
	if (!rc)
		rc = seal_make("lymph-indicators", text, n, ret_memory);
	free(text);
	if (fd >= 0)
		close(fd);
	return rc;
}

static void
tell(void)
{
	const struct crew_role *r = &f.w->role[ROLE_HEAR_FLOW];
	struct msg_indicators m = { .read = clock_real() };
	struct stat st = { 0 };
	int memory = -1;
	const char *path = f.w->conf->telemetry.indicators;
	if (r->state != CREW_READY || !r->chan || chan_queued(r->chan))
		return;
	int err = stat(path, &st) < 0 ? -errno : 0;
	if (f.told && err == f.err && (err || same(&st, &f.seen)))
		return;
	m.err = err ? err : file_read(path, &st, &memory);
	if (m.err)
		log_warn("indicators: %s: %s", path, strerror(-m.err));
	if (m.err && (err = seal_make("lymph-indicators", "", 0, &memory)) < 0) {
		log_warn("indicators: sealed memory: %s", strerror(-err));
		return;
	}
	f.told = true;
	f.err = m.err;
	f.seen = st;
	chan_send(r->chan, M_INDICATORS, &m, NULL, 0, memory);
	close(memory);
}

static void
on_time(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	tell();
	loop_timer_in(f.timer, every());
}

void
warden_flow_start(struct crew *w)
{
	if (!w->conf->policy->flow_source || !w->conf->telemetry.indicators[0])
		return;
	f.w = w;
	f.timer = loop_timer(w->loop, on_time, NULL);
	loop_timer_in(f.timer, every());
}

void
warden_flow_ready(void)
{
	f.told = false;
	if (f.w)
		tell();
}

void
warden_flow_stop(void)
{
	loop_drop(f.timer);
	f.timer = NULL;
	f.w = NULL;
}
