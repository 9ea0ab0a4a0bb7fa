/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden, see warden.h: prepares, gives up what it no longer needs, minds the crew and the fence,
 * stops all in order. It reads nothing from the network and nothing from roles but READY; it must
 * never start the probe without its fence, nor take the fence away while the probe lives.
 */
#include "lymphd/warden.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/fence.h"
#include "lymphd/warden_crew.h"

#define FENCE_EVERY (60 * MSEC_SECOND)

struct warden {
	struct crew crew;
	struct loop *loop;
	struct conf *conf;
	bool fence;
	struct loop_event *fence_timer, *tell_timer, *term, *intr, *hup;
};

static bool
may_start(struct crew *w, enum role_id id, void *arg)
{
	struct warden *wd = arg;
	if (id != ROLE_PROBE)
		return true;
	wd->fence = fence_load(wd->conf, w->role[ROLE_PROBE].uid);
	if (!wd->fence)
		log_warn("no fence, no probe: nothing will be looked at");
	loop_timer_in(wd->tell_timer, 0);
	return wd->fence;
}

/* Somebody may flush the rules under a running probe. */
static void
on_fence(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct warden *wd = arg;
	if (wd->crew.role[ROLE_PROBE].pid &&
	    !fence_holds(wd->conf, wd->crew.role[ROLE_PROBE].uid)) {
		log_warn("the fence is gone: stopping the probe");
		wd->fence = false;
		crew_kill(&wd->crew, ROLE_PROBE); /* its next start needs a new fence */
		loop_timer_in(wd->tell_timer, 0);
	}
	loop_timer_in(wd->fence_timer, FENCE_EVERY);
}

static void
on_tell(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct warden *wd = arg;
	crew_tell(&wd->crew, wd->fence);
}

static void
on_changed(struct crew *w, enum role_id id, void *arg)
{
	(void)id;
	struct warden *wd = arg;
	if (w->stopping && crew_gone(w))
		loop_stop(wd->loop);
	loop_timer_in(wd->tell_timer, 0); /* many changes, one word */
}

static void
on_term(int signo, int ready, void *arg)
{
	(void)ready;
	struct warden *wd = arg;
	log_info("%s: stopping", signo == SIGTERM ? "SIGTERM" : "SIGINT");
	crew_stop(&wd->crew);
	if (crew_gone(&wd->crew))
		loop_stop(wd->loop);
}

static void
on_hup(int signo, int ready, void *arg)
{
	(void)signo;
	(void)ready;
	(void)arg;
	log_info("SIGHUP: a new configuration needs a restart");
}

static void
on_finding(enum conf_grade g, const char *text, void *arg)
{
	bool *bad = arg;
	if (g == CONF_NOTE)
		log_info("configuration: %s", text);
	else
		log_warn("configuration: %s", text);
	*bad |= g == CONF_ERROR;
}

static int
prepare(struct warden *wd, const char *path)
{
	char why[1024];
	bool bad = false;
	int rc = conf_load(path, &wd->conf, why, sizeof why);
	if (rc) {
		log_warn("%s", why);
		return rc;
	}
	conf_check(wd->conf, on_finding, &bad);
	if (bad)
		return -EINVAL;
	rc = setup_users(wd->conf);
	for (unsigned id = ROLE_JUDGE; id < ROLE_N && !rc; id++)
		rc = setup_identity(wd->conf, id, &wd->crew.role[id].uid, &wd->crew.role[id].gid);
	if (!rc)
		rc = setup_folders(
		    wd->conf, wd->crew.role[ROLE_JUDGE].uid, wd->crew.role[ROLE_JUDGE].gid);
	for (unsigned id = ROLE_JUDGE; id < ROLE_N && !rc; id++)
		rc = setup_own_dir(wd->conf, id, wd->crew.role[id].uid, wd->crew.role[id].gid);
	if (!rc)
		rc = setup_listens(wd->conf, wd->crew.listen, &wd->crew.listens);
	return rc;
}

int
warden_main(const char *conf_path, bool verbose)
{
	static struct warden wd; /* large */
	log_role("warden");
	if (geteuid() != 0) {
		log_warn("lymphd must be started as root: its roles run as users of their own");
		return 1;
	}
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	setup_diet(WARDEN_CAPS_SETUP);
	if (prepare(&wd, conf_path))
		return 1;
	setup_diet(WARDEN_CAPS_RUN);
	setup_fold(wd.conf);

	wd.loop = loop_new();
	wd.crew.loop = wd.loop;
	wd.crew.conf = wd.conf;
	wd.crew.verbose = verbose;
	wd.crew.may_start = may_start;
	wd.crew.changed = on_changed;
	wd.crew.arg = &wd;
	wd.fence_timer = loop_timer(wd.loop, on_fence, &wd);
	wd.tell_timer = loop_timer(wd.loop, on_tell, &wd);
	wd.term = loop_signal(wd.loop, SIGTERM, on_term, &wd);
	wd.intr = loop_signal(wd.loop, SIGINT, on_term, &wd);
	wd.hup = loop_signal(wd.loop, SIGHUP, on_hup, &wd);
	loop_timer_in(wd.fence_timer, FENCE_EVERY);
	crew_start(&wd.crew);
	loop_run(wd.loop);

	fence_remove(wd.conf);
	setup_unlink(wd.conf);
	crew_free(&wd.crew);
	struct loop_event *events[] = { wd.fence_timer, wd.tell_timer, wd.term, wd.intr, wd.hup };
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		loop_drop(events[i]);
	loop_free(wd.loop);
	conf_free(wd.conf);
	log_info("stopped");
	return 0;
}
