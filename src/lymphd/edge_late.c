/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge's clock, and how late it is for what has to end. The judge's clock stands still while the wall clock is behind the
 * journal's last stamp; an order must not live longer for that, whoever dies and comes back meanwhile. So
 * a note says which moment of this start of the machine a stamp was made at. A lost note is no harm but
 * in such an hour. Must never change the judge's clock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"

#define NOTE_EACH MSEC_SECOND
#define NOTE      96

void
late_init(struct edge *e)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (!f || !fgets(e->boot_id, sizeof(e->boot_id), f))
		e->boot_id[0] = '\0';
	e->boot_id[strcspn(e->boot_id, "\n")] = '\0';
	if (f)
		fclose(f);
}

void
late_open(struct edge *e)
{
	char path[CONF_PATH + 16], text[NOTE + 1] = "", id[sizeof(e->boot_id)];
	long long now, at;
	msec boot = clock_boot();
	e->stamped = boot;
	e->noted = boot - NOTE_EACH;
	snprintf(path, sizeof(path), "%s/clock", e->c->conf->state);
	e->note_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (e->note_fd < 0) {
		log_warn("%s: %s", path, strerror(errno));
		return;
	}
	ssize_t n = pread(e->note_fd, text, NOTE, 0);
	if (n <= 0 || sscanf(text, "%39s %lld %lld", id, &now, &at) != 3 || !e->boot_id[0] ||
	    strcmp(id, e->boot_id) != 0 || at > boot)
		return;
	msec then = at + (e->now - now);
	e->stamped = then < boot ? then : boot;
}

static void
late_stamped(struct edge *e)
{
	char text[NOTE + 1];
	e->stamped = clock_boot();
	if (e->note_fd < 0 || e->stamped - e->noted < NOTE_EACH)
		return;
	e->noted = e->stamped;
	snprintf(text, sizeof(text), "%-40s %20lld %20lld\n", e->boot_id[0] ? e->boot_id : "-",
	    (long long)e->now, (long long)e->stamped);
	if (pwrite(e->note_fd, text, strlen(text), 0) < 0)
		e->noted += MSEC_MINUTE; /* a full disk: not each second */
}

msec
edge_now(struct edge *e)
{
	msec t = clock_real();
	if (t > e->now) {
		e->now = t;
		late_stamped(e);
	}
	return e->now;
}

msec
late_now(struct edge *e)
{
	msec now = edge_now(e), still = clock_boot() - e->stamped;
	return now + (still > 0 ? still : 0);
}
