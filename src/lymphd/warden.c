/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden, see warden.h: prepares, gives up what it no longer needs, minds the crew, the fence and
 * the operator's word, stops all in order. It reads nothing from the network, from roles but few fixed
 * messages; it must never start the probe without its fence, nor take the fence away while the probe
 * lives, nor let a role have peers before it knows the mode.
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
#include "lymphd/staff.h"
#include "lymphd/warden_crew.h"
#include "lymphd/warden_files.h"
#include "lymphd/warden_sock.h"
#include "lymphd/warden_word.h"

#define FENCE_EVERY (60 * MSEC_SECOND)
#define WORD_EVERY  20 /* ms: between two looks whether a role reads again */

struct warden {
	struct crew crew;
	struct loop *loop;
	struct conf *conf;
	struct warden_word word;
	struct staff_groups staff;
	int sock;
	bool fence;
	uint32_t unheard; /* roles with words before them they have not read, a bit each */
	struct loop_event *fence_timer, *tell_timer, *word_timer, *term, *intr, *hup;
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

/* What those who act, and the judge, have to know of the operator's word. */
static void
tell_word(struct warden *wd, enum role_id id)
{
	const struct crew_role *r = &wd->crew.role[id];
	struct msg_mode mode;
	wd->unheard &= ~(1u << id);
	if (r->state != CREW_READY || !r->chan)
		return;
	/* However often the word changes meanwhile, who does not read is told the newest when it does:
	 * each comes with descriptors of ours. */
	if (chan_queued(r->chan)) {
		wd->unheard |= 1u << id;
		loop_timer_in(wd->word_timer, WORD_EVERY);
		return;
	}
	for (uint32_t file = CONSCIENCE_FILE; file <= CONSCIENCE_PROTECT; file++) {
		struct msg_conscience m = { .file = file };
		int fd, rc = warden_conscience_fd(&wd->word, (enum conscience_file)file, &fd);
		if (rc)
			fatal("conscience: %s", strerror(-rc));
		chan_send(r->chan, M_CONSCIENCE, &m, NULL, 0, fd);
		close(fd);
	}
	warden_mode(&wd->word, &mode);
	chan_send(r->chan, M_MODE, &mode, NULL, 0, -1);
}

static void
on_word(struct warden_word *w, void *arg)
{
	static const enum role_id who[] = { ROLE_HAND, ROLE_HOOK, ROLE_HEAR_ALERTS, ROLE_JUDGE, ROLE_SPEAK };
	(void)w;
	for (size_t i = 0; i < sizeof who / sizeof *who; i++)
		tell_word(arg, who[i]);
}

static void
on_unheard(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct warden *wd = arg;
	uint32_t who = wd->unheard;
	for (unsigned id = 0; id < ROLE_N; id++)
		if (who >> id & 1)
			tell_word(wd, (enum role_id)id);
}

static bool
hand_is_up(struct warden_word *w, void *arg)
{
	struct warden *wd = arg;
	(void)w;
	return wd->crew.role[ROLE_HAND].state == CREW_READY;
}

static void
hand_kill(struct warden_word *w, void *arg)
{
	struct warden *wd = arg;
	(void)w;
	crew_kill(&wd->crew, ROLE_HAND);
}

static void
on_flushed(struct warden_word *w, int err, void *arg)
{
	(void)w;
	(void)arg;
	sock_flushed(err);
}

static void
on_audited(struct warden_word *w, void *arg)
{
	struct warden *wd = arg;
	const struct crew_role *judge = &wd->crew.role[ROLE_JUDGE];
	struct msg_audited m;
	warden_audited(w, &m);
	if (judge->state == CREW_READY && judge->chan)
		chan_send(judge->chan, M_AUDITED, &m, NULL, 0, -1);
}

static void
on_ready(struct crew *w, enum role_id id, void *arg)
{
	struct warden *wd = arg;
	(void)w;
	warden_files_ready(id);
	if (id != ROLE_JUDGE && id != ROLE_HAND && id != ROLE_HOOK && id != ROLE_HEAR_ALERTS && id != ROLE_SPEAK)
		return;
	tell_word(wd, id);
	if (id == ROLE_JUDGE)
		warden_judge_up(&wd->word);
}

static void
on_message(struct crew *w, enum role_id id, const struct chan_msg *m, void *arg)
{
	struct warden *wd = arg;
	(void)w;
	(void)id; /* the message table has checked who may send what */
	switch (m->type) {
	case M_AUDIT: warden_audit(&wd->word, m->body, m->tail, m->tail_len); break;
	case M_FLUSHED: warden_flushed(&wd->word, m->body); break;
	case M_HAND_STATE: warden_hand_state(&wd->word, m->body); break;
	default: break;
	}
}

static void
on_changed(struct crew *w, enum role_id id, void *arg)
{
	struct warden *wd = arg;
	if (id == ROLE_HAND && !w->stopping && w->role[id].state == CREW_OFF)
		warden_hand_gone(&wd->word);
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
	struct warden *wd = arg;
	log_info("SIGHUP: reading the conscience again; a new lymphd.conf needs a restart");
	warden_reload(&wd->word);
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
	if (!rc && (wd->sock = setup_word(wd->conf)) < 0)
		rc = wd->sock;
	if (!rc) {
		staff_init(wd->conf, &wd->staff);
		rc = warden_open(&wd->word, wd->conf, &wd->staff);
	}
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
	if (prepare(&wd, conf_path)) {
		log_warn("lymphd does not start; what stands above says why, \"lymph check -c %s\" all of it",
		    conf_path);
		return 1;
	}
	setup_diet(WARDEN_CAPS_RUN);
	setup_fold(wd.conf);

	wd.loop = loop_new();
	wd.crew.loop = wd.loop;
	wd.crew.conf = wd.conf;
	wd.crew.verbose = verbose;
	wd.crew.may_start = may_start;
	wd.crew.changed = on_changed;
	wd.crew.ready = on_ready;
	wd.crew.message = on_message;
	wd.crew.arg = &wd;
	wd.fence_timer = loop_timer(wd.loop, on_fence, &wd);
	wd.tell_timer = loop_timer(wd.loop, on_tell, &wd);
	wd.word_timer = loop_timer(wd.loop, on_unheard, &wd);
	wd.term = loop_signal(wd.loop, SIGTERM, on_term, &wd);
	wd.intr = loop_signal(wd.loop, SIGINT, on_term, &wd);
	wd.hup = loop_signal(wd.loop, SIGHUP, on_hup, &wd);
	wd.word.changed = on_word;
	wd.word.hand_is_up = hand_is_up;
	wd.word.hand_kill = hand_kill;
	wd.word.flushed = on_flushed;
	wd.word.audited = on_audited;
	wd.word.arg = &wd;
	loop_timer_in(wd.fence_timer, FENCE_EVERY);
	warden_start(&wd.word, wd.loop);
	sock_start(wd.loop, wd.sock, &wd.staff, &wd.word);
	warden_files_start(&wd.crew);
	crew_start(&wd.crew);
	loop_run(wd.loop);

	fence_remove(wd.conf);
	sock_stop();
	warden_files_stop();
	warden_close(&wd.word);
	setup_unlink(wd.conf);
	crew_free(&wd.crew);
	struct loop_event *events[] = { wd.fence_timer, wd.tell_timer, wd.word_timer, wd.term, wd.intr,
		wd.hup };
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		loop_drop(events[i]);
	loop_free(wd.loop);
	conf_free(wd.conf);
	log_info("stopped");
	return 0;
}
