/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the warden writes down for others: the judge's entries of the audit, many with one fdatasync, and
 * how many entries hand has in force. Both senders may be captured: what one can make the warden write is
 * bounded. Must never tell the judge that an entry is kept before it is on the disk.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/warden_said.h"
#include "lymphd/warden_word.h"

#define SYNC_AFTER   20   /* ms in which entries gather */
#define BUDGET       20000 /* entries at once */
#define BUDGET_MS    100   /* for each one more */
#define BEHIND_AFTER (10 * MSEC_SECOND)
#define COUNT_EVERY  (10 * MSEC_SECOND)
#define RESTORE_FOR  (10 * MSEC_MINUTE)

static void
on_sync(int fd, int ready, void *arg)
{
	struct warden_word *w = arg;
	(void)fd, (void)ready;
	int rc = w->audit_dirty ? audit_sync(w->audit) : 0;
	if (rc) {
		log_warn("the audit cannot be written: %s", strerror(-rc));
		loop_timer_in(w->audit_timer, BEHIND_AFTER);
		return;
	}
	w->audit_dirty = false;
	if (w->audit_behind) /* till what was lost has come again */
		loop_timer_in(w->audit_timer, BEHIND_AFTER);
	w->audited(w, w->arg);
}

/* The judge sends each fact once, and when told so all behind the last one written. One that is lost here
 * must not be overtaken, so none is taken until that one has come again. */
static void
behind(struct warden_word *w, uint64_t seq, const char *why)
{
	static struct log_limit limit;
	unsigned held;
	if (log_may(&limit, &held))
		log_warn("the audit is behind: %s", why);
	w->audit_behind = true;
	w->audit_lost = seq;
	loop_timer_in(w->audit_timer, BEHIND_AFTER);
}

static bool
may_write(struct warden_word *w)
{
	msec now = clock_mono();
	unsigned more = (unsigned)((now - w->audit_since) / BUDGET_MS);
	if (w->audit_since == 0 || more >= BUDGET)
		w->audit_budget = BUDGET, w->audit_since = now;
	else if (more) {
		w->audit_budget = w->audit_budget + more > BUDGET ? BUDGET : w->audit_budget + more;
		w->audit_since += more * BUDGET_MS;
	}
	return w->audit_budget > 0;
}

void
warden_audit(struct warden_word *w, const struct msg_audit *m, const uint8_t *text, size_t n)
{
	char verb[sizeof(m->verb) + 1], copy[2048];
	uint64_t have, seq;
	uint8_t head[32];
	if (!w->audit || (w->audit_behind && m->seq > w->audit_lost))
		return;
	audit_head(w->audit, &have, head, &seq);
	if (!w->audit_timer)
		w->audit_timer = loop_timer(w->loop, on_sync, w);
	if (m->seq <= seq) { /* again */
		loop_timer_in(w->audit_timer, SYNC_AFTER);
		return;
	}
	if (!may_write(w)) {
		behind(w, m->seq, "the judge sends more than people can do");
		return;
	}
	n = n < sizeof(copy) - 1 ? n : sizeof(copy) - 1;
	memcpy(copy, text, n);
	copy[n] = '\0';
	memcpy(verb, m->verb, sizeof(m->verb));
	verb[sizeof(m->verb)] = '\0';
	struct audit_entry e = { .at = clock_real(), .seq = m->seq, .uid = m->uid, .second = m->second,
		.roles = m->roles, .verb = verb, .text = copy };
	int rc = audit_put(w->audit, &e);
	if (rc) {
		behind(w, m->seq, strerror(-rc));
		return;
	}
	w->audit_behind = false;
	w->audit_budget--;
	if (!w->audit_dirty)
		loop_timer_in(w->audit_timer, SYNC_AFTER);
	w->audit_dirty = true;
}

int
warden_note(struct warden_word *w, const struct word_caller *who, uint32_t second, const char *verb, const char *fmt, ...)
{
	char text[3 * DESK_TEXT];
	struct audit_entry e = { .at = clock_real(), .uid = who->uid, .second = second,
		.roles = who->roles, .verb = verb, .text = text };
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_info("uid %u%s: %s: %s", who->uid, second ? " and a second person" : "", verb, text);
	int rc = w->audit ? audit_add(w->audit, &e) : -EBADF;
	if (rc)
		log_warn("the audit cannot be written: %s", rc == -ESTALE ? "SOMEBODY MOVED OR CHANGED IT"
									  : strerror(-rc));
	else if (w->audited) /* `lymph status` shows the head */
		w->audited(w, w->arg);
	return rc;
}

void
warden_judge_up(struct warden_word *w)
{
	w->audit_behind = false;
	w->audited(w, w->arg);
}

void
warden_audited(const struct warden_word *w, struct msg_audited *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (w->audit)
		audit_head(w->audit, &ret->n, ret->head, &ret->seq);
	ret->again = w->audit_behind;
}

/* What is written down is for the next start of the machine: what came back after this one first has to
 * be all there, or have had its time. */
void
warden_hand_state(struct warden_word *w, const struct msg_hand_state *m)
{
	msec now = clock_boot();
	if (w->restore && (m->actual >= w->restore || now - w->born > RESTORE_FOR))
		w->restore = 0;
	if (w->restore || m->actual == w->count || (w->count_kept && now - w->count_kept < COUNT_EVERY))
		return;
	w->count = m->actual;
	w->count_kept = now;
	int rc = said_keep_count(w);
	static struct log_limit limit;
	unsigned held;
	if (rc && log_may(&limit, &held))
		log_warn("cannot note how many entries are in force: %s", strerror(-rc));
}

/* The audit is opened first thing: it is the admins' or the privacy officer's to read. */
void
warden_audit_open(struct warden_word *w, gid_t gid)
{
	char path[CONF_PATH + 16], aside[CONF_PATH + 64], why[256] = "";
	snprintf(path, sizeof(path), "%s/" AUDIT_FILE, w->conf->warden_state);
	int rc = audit_open(path, gid, &w->audit);
	if (rc == -EBADMSG) {
		audit_walk(path, NULL, NULL, NULL, why, sizeof(why));
		snprintf(aside, sizeof(aside), "%s.broken-%lld", path, (long long)clock_real());
		log_warn("%s: %s: SOMEBODY CHANGED IT, or the disk lost it; it is kept as %s", path, why,
		    aside);
		rc = rename(path, aside) < 0 ? -errno : audit_open(path, gid, &w->audit);
		struct audit_entry e = { .at = clock_real(), .verb = "broken", .text = why };
		if (rc == 0)
			rc = audit_add(w->audit, &e);
	}
	if (rc)
		log_warn("%s: %s: nothing that loosens can be said until it can be written", path,
		    strerror(-rc));
}
