/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files handed to roles, see warden_files.h. The warden reads bytes and understands none of them.
 * Must never follow a file to a device or a pipe, nor read without an end.
 */
#include "lymphd/warden_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/whole.h"

#define EVERY (30 * MSEC_SECOND)
#define MOST  (128u << 20) /* bytes of indicators; a million lines take half of it */
#define FILES (2 + CONF_BOOTS)

struct file {
	enum role_id role;
	const char *path;
	uint32_t no;      /* of a feed's: enum feed_file */
	size_t most;
	struct stat seen; /* of what was told last */
	int err;          /* told last */
	bool told;
};

static struct {
	struct crew *w;
	struct loop_event *timer;
	struct file file[FILES];
	unsigned files;
} f;

static msec
every(void)
{
	return clock_span("LYMPH_INDICATORS_MS", EVERY);
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
file_read(const struct file *x, struct stat *st, int *ret_memory)
{
	int fd = open(x->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc = fd < 0 || fstat(fd, st) < 0 ? -errno : !S_ISREG(st->st_mode) ? -EISDIR : 0;
	char *text = NULL;
	size_t n = 0;
	if (!rc && st->st_size > (off_t)x->most)
		rc = -EFBIG;
	if (!rc && !(text = malloc((size_t)st->st_size + 1)))
		rc = -ENOMEM;
	if (!rc)
		rc = whole_read(fd, text, (size_t)st->st_size, &n);
	if (!rc)
		rc = seal_make("lymph-file", text, n, ret_memory);
	free(text);
	if (fd >= 0)
		close(fd);
	return rc;
}

static void
hand_over(const struct file *x, struct chan *to, int err, int memory)
{
	const struct msg_indicators i = { .read = clock_real(), .err = err };
	const struct msg_feed_file b = { .read = i.read, .err = err, .no = x->no };
	if (x->role == ROLE_HEAR_FLOW)
		chan_send(to, M_INDICATORS, &i, NULL, 0, memory);
	else
		chan_send(to, M_FEED_FILE, &b, NULL, 0, memory);
}

static void
tell(struct file *x)
{
	const struct crew_role *r = &f.w->role[x->role];
	struct stat st = { 0 };
	int memory = -1, rc;
	if (r->state != CREW_READY || !r->chan || chan_queued(r->chan))
		return;
	int err = stat(x->path, &st) < 0 ? -errno : 0;
	if (x->told && err == x->err && (err || same(&st, &x->seen)))
		return;
	if (!err)
		err = file_read(x, &st, &memory);
	if (err)
		log_warn("%s: %s", x->path, strerror(-err));
	if (err && (rc = seal_make("lymph-file", "", 0, &memory)) < 0) {
		log_warn("%s: sealed memory: %s", x->path, strerror(-rc));
		return;
	}
	x->told = true;
	x->err = err;
	x->seen = st;
	hand_over(x, r->chan, err, memory);
	close(memory);
}

static void
on_time(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	for (unsigned i = 0; i < f.files; i++)
		tell(&f.file[i]);
	loop_timer_in(f.timer, every());
}

static void
add(enum role_id role, const char *path, uint32_t no, size_t most)
{
	f.file[f.files++] = (struct file){ .role = role, .path = path, .no = no, .most = most };
}

void
warden_files_start(struct crew *w)
{
	const struct conf *c = w->conf;
	if (c->policy->flow_source && c->telemetry.indicators[0])
		add(ROLE_HEAR_FLOW, c->telemetry.indicators, 0, MOST);
	if (c->rdap.cache[0])
		add(ROLE_HEAR_FEED, c->rdap.cache, FEED_CACHE, FEED_CACHE_BYTES);
	for (uint32_t i = 0; i < CONF_BOOTS; i++)
		if (c->rdap.bootstrap[i][0] == '/')
			add(ROLE_HEAR_FEED, c->rdap.bootstrap[i], FEED_BOOT + i, RDAP_BOOT_BYTES);
	if (!f.files)
		return;
	f.w = w;
	f.timer = loop_timer(w->loop, on_time, NULL);
	loop_timer_in(f.timer, every());
}

void
warden_files_ready(enum role_id id)
{
	for (unsigned i = 0; f.w && i < f.files; i++) {
		if (f.file[i].role != id)
			continue;
		f.file[i].told = false;
		tell(&f.file[i]);
	}
}

void
warden_files_stop(void)
{
	loop_drop(f.timer);
	f.timer = NULL;
	f.w = NULL;
	f.files = 0;
}
