/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings nobody can be accused by: an outbreak, an interface that lets forged sources in. They open
 * no case; the newest of each thing is kept, shown and logged, in memory and in a file of the state
 * folder that is whole or not there. Must never hold more than ALERTS, whoever sends them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"
#include "host/whole.h"
#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"

#define FILE_NAME "alerts"

struct head {
	char magic[12];
	uint32_t each; /* sizeof(struct alert): what another build wrote is not read */
	uint64_t n;
};
static const struct head head_of = { "lymph alert", sizeof(struct alert), 0 };

struct alerts {
	struct alert v[ALERTS]; /* newest first */
	size_t n;
	bool changed;
};

/* The same thing going on, which replaces what was said of it before. */
static bool
same_thing(const struct finding *a, const struct finding *b)
{
	if (a->detector != b->detector)
		return false;
	if (a->detector == DETECT_OUTBREAK)
		return a->proto == b->proto && a->port[0] == b->port[0];
	return a->exporter == b->exporter && a->iface == b->iface;
}

static void
tell(const struct edge *e, const struct finding *f)
{
	static struct log_limit limit[DETECTORS];
	unsigned held;
	char text[FINDING_TEXT];
	const char *where = exporter_name(e, f->exporter);
	if (log_may(&limit[f->detector], &held))
		log_warn("%s%s%s: %s (%u more)", detector_row(f->detector)->title, where ? " at " : "",
		    where ? where : "", finding_print(f, text), held);
}

void
alerts_add(struct edge *e, const struct finding *f)
{
	struct alerts *a = e->alerts;
	struct alert x = { .finding = *f, .first = f->from, .last = f->to, .times = 1 };
	size_t i = 0;
	while (i < a->n && !same_thing(&a->v[i].finding, f))
		i++;
	if (i < a->n) {
		if (a->v[i].last >= f->to)
			return; /* sent again */
		x.first = a->v[i].first;
		x.times = a->v[i].times + 1;
	} else if (a->n < ALERTS) {
		a->n++;
	} else {
		i = ALERTS - 1;
	}
	memmove(&a->v[1], &a->v[0], i * sizeof(a->v[0]));
	a->v[0] = x;
	a->changed = true;
	tell(e, f);
}

size_t
alerts_all(const struct edge *e, const struct alert **ret)
{
	*ret = e->alerts->v;
	return e->alerts->n;
}

bool
alerts_spoofed(const struct edge *e, uint16_t exporter, uint32_t iface, msec now)
{
	for (size_t i = 0; i < e->alerts->n; i++) {
		const struct finding *f = &e->alerts->v[i].finding;
		if (f->detector == DETECT_SPOOF && f->exporter == exporter && f->iface == iface && iface &&
		    f->to > now - MSEC_HOUR)
			return true;
	}
	return false;
}

/* --- the file ------------------------------------------------------------------------------------ */

static const char *
path_of(const struct edge *e, const char *suffix, char buf[CONF_PATH + 16])
{
	snprintf(buf, CONF_PATH + 16, "%s/" FILE_NAME "%s", e->c->conf->state, suffix);
	return buf;
}

static int
write_file(const struct alerts *a, const char *path)
{
	struct head h = head_of;
	h.n = a->n;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int r = whole_write(fd, &h, sizeof(h));
	if (r == 0)
		r = whole_write(fd, a->v, a->n * sizeof(a->v[0]));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	if (fd < 0 || fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

int
alerts_save(struct edge *e)
{
	char path[CONF_PATH + 16], new[CONF_PATH + 16];
	struct alerts *a = e->alerts;
	if (!a->changed)
		return 0;
	int r = write_file(a, path_of(e, ".new", new));
	if (r == 0 && rename(new, path_of(e, "", path)) < 0)
		r = -errno;
	if (r == 0)
		r = sync_folder(e->c->conf->state);
	a->changed = r < 0;
	return r;
}

/* What a build of another layout wrote, or nobody of us, is left alone until the next alert. */
static void
read_file(struct alerts *a, int fd)
{
	struct head h;
	static struct alert v[ALERTS];
	if (read(fd, &h, sizeof(h)) != (ssize_t)sizeof(h) || memcmp(h.magic, head_of.magic, sizeof(h.magic)) != 0 ||
	    h.each != head_of.each || h.n > ALERTS ||
	    read(fd, v, sizeof(v)) != (ssize_t)(h.n * sizeof(v[0])))
		return;
	for (size_t i = 0; i < h.n; i++)
		if (!finding_sane(&v[i].finding))
			return;
	memcpy(a->v, v, h.n * sizeof(v[0]));
	a->n = h.n;
}

void
alerts_start(struct edge *e)
{
	char path[CONF_PATH + 16];
	e->alerts = calloc(1, sizeof(*e->alerts));
	if (!e->alerts)
		fatal_oom();
	int fd = open(path_of(e, "", path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	read_file(e->alerts, fd);
	close(fd);
}
