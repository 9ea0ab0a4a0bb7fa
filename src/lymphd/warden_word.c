/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's word, see warden_word.h: who may say what, and in which order it is carried out; what
 * follows of it is in warden_effect.c, what takes two people in warden_two.c. What tightens (observe,
 * panic, protect add) is done even where the disk refuses it, and says so; what loosens is written down
 * first, or not done. Must never wait for judge or hand.
 */
#include "lymphd/warden_word.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/staff.h"
#include "lymphd/warden_rules.h"
#include "lymphd/warden_said.h"
#include "lymphd/word_line.h"

#define AUDIT_PAGE 1000

/* --- what is done -------------------------------------------------------------------------------- */

static bool
do_observe(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	w->asked = MODE_OBSERVE;
	word_said_by(&w->mode_by, who, 0, l->text);
	int rc = word_keep_mode(w);
	if (rc)
		word_say(out, "warning: observe holds, but could not be written down (%s): a restart of lymphd "
			 "would forget it; free some room and say it again",
		    strerror(-rc));
	word_tell(w);
	if (warden_note(w, who, 0, "mode", "observe: %s", l->text))
		word_say(out, "warning: the audit could not be written; see lymphd's log");
	word_flush(w);
	return false;
}

static bool
do_panic(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	msec from = clock_mono();
	bool again = w->panic;
	w->panic = true;
	if (!again)
		word_said_by(&w->panic_by, who, 0, l->text);
	int latch = said_keep_panic(w), nft = rules_drop(w->conf);
	msec took = clock_mono() - from;
	word_tell(w);
	if (latch) {
		log_warn("PANIC IS NOT LATCHED: %s: a restart would lift it", strerror(-latch));
		word_say(out, "warning: the latch could not be written (%s): a restart of lymphd would LIFT THE "
			 "PANIC; free some room and say it again, or do not let lymphd start",
		    strerror(-latch));
	}
	if (warden_note(w, who, 0, "panic", "%s%s (%lld ms)", l->text, nft ? " [nft failed]" : "", (long long)took))
		word_say(out, "warning: the audit could not be written; see lymphd's log");
	if (nft) { /* hand was told: maybe it can */
		word_flush(w);
		return false;
	}
	warden_answer(w, 0, out);
	return true;
}

static bool
do_resume(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	int rc = warden_note(w, who, 0, "resume", "%s", l->text);
	if (rc == 0)
		rc = said_drop_panic(w);
	if (rc) {
		word_say_io(out, "this could not be written down", rc);
		return true;
	}
	bool was = w->panic;
	w->panic = false;
	memset(&w->panic_by, 0, sizeof(w->panic_by));
	w->release++;
	said_conscience(w);
	rc = rules_load(w->conf);
	word_tell(w);
	if (rc)
		word_say(out, "no nft the table could not be loaded, so nothing is enforced: see lymphd's log");
	else
		word_say(out, "ok %s; the mode is %s", was ? "panic is lifted" : "what was held is let go",
		    mode_name(warden_may(w) ? MODE_ENFORCE : MODE_OBSERVE));
	return true;
}

/* --- never-touch by command ---------------------------------------------------------------------- */

static void
do_protect(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	char text[PREFIX_TEXT];
	prefix_print(&l->prefix, text);
	if (said_protect_find(w, &l->prefix) < w->protects) {
		word_say(out, "ok %s is protected already", text);
		return;
	}
	if (w->protect_bad || w->protects == WORD_PROTECTS) {
		word_say(out, "no full %s", w->protect_bad ? w->broken : "so many are too many: use prefixes");
		return;
	}
	struct word_protect *more = realloc(w->protect, (w->protects + 1) * sizeof(*more));
	if (!more)
		fatal_oom();
	w->protect = more;
	more[w->protects].prefix = l->prefix;
	word_said_by(&more[w->protects++].by, who, 0, l->text);
	int rc = said_keep_protect(w);
	if (rc)
		word_say(out, "warning: this holds, but could not be written down (%s): a restart of lymphd "
			 "would forget it; free some room, then add it again after",
		    strerror(-rc));
	word_tell(w);
	if (warden_note(w, who, 0, "protect", "add %s: %s", text, l->text))
		word_say(out, "warning: the audit could not be written; see lymphd's log");
	word_say(out, "ok %s is never touched from now on", text);
}

static void
list_protect(const struct warden_word *w, FILE *out)
{
	char text[PREFIX_TEXT], at[MSEC_TEXT];
	for (size_t i = 0; i < w->protects; i++) {
		const struct word_protect *p = &w->protect[i];
		word_say(out, "%s uid %u at %s reason %s", prefix_print(&p->prefix, text), p->by.uid,
		    msec_print(p->by.at, at), p->by.text);
	}
	word_say(out, "ok %zu", w->protects);
}

/* --- looking ------------------------------------------------------------------------------------- */

static void
status(const struct warden_word *w, FILE *out)
{
	struct msg_audited head;
	word_say(out, "mode %s", mode_name(warden_may(w) ? MODE_ENFORCE : MODE_OBSERVE));
	word_say(out, "asked %s", mode_name(w->asked));
	word_say(out, "ceiling %s", mode_name(w->ceiling));
	word_say(out, "panic %d", w->panic);
	if (w->mode_by.at)
		word_say(out, "mode-by %u %u %lld %s", w->mode_by.uid, w->mode_by.second,
		    (long long)w->mode_by.at, w->mode_by.text);
	if (w->panic)
		word_say(out, "panic-by %u 0 %lld %s", w->panic_by.uid, (long long)w->panic_by.at,
		    w->panic_by.text);
	if (w->wrong[0] || w->broken[0])
		word_say(out, "wrong %s%s%s", w->broken, w->wrong[0] && w->broken[0] ? "; " : "", w->wrong);
	if (w->waits[0])
		word_say(out, "conscience %s", w->waits);
	for (unsigned i = 0; i < WORD_PENDING; i++) {
		const struct word_pending *p = &w->pending[i];
		if (p->no)
			word_say(out, "pending m%u %u %lld %lld %s: %s", p->no, p->uid, (long long)p->asked,
			    (long long)(p->until - clock_boot()), p->about, p->text);
	}
	warden_audited(w, &head);
	fprintf(out, "audit %llu ", (unsigned long long)head.n);
	for (int i = 0; i < 32; i++)
		fprintf(out, "%02x", head.head[i]);
	word_say(out, "%s", "");
	word_say(out, "ok");
}

static void
list_audit(struct warden_word *w, uint64_t from, FILE *out)
{
	uint64_t n;
	int rc = w->audit ? audit_copy(w->audit, from, AUDIT_PAGE, out, &n) : -EBADF;
	if (rc)
		word_say(out, "no disk the audit cannot be read: %s", strerror(-rc));
	else
		word_say(out, "ok %llu", (unsigned long long)n);
}

/* --- the one door -------------------------------------------------------------------------------- */

static uint32_t
who_may(const struct word_line *l)
{
	switch (l->verb) {
	case WORD_STATUS:
	case WORD_CONSCIENCE:
	case WORD_PROTECT_LIST: return MAY_VIEW;
	case WORD_MODE: return l->mode == MODE_ENFORCE ? MAY_ADMIN : MAY_NOC;
	case WORD_PANIC:
	case WORD_RESUME:
	case WORD_PROTECT_ADD: return MAY_NOC;
	case WORD_AUDIT: return MAY_AUDIT;
	default: return MAY_ADMIN;
	}
}

static bool
do_line(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	switch (l->verb) {
	case WORD_STATUS: status(w, out); return true;
	case WORD_MODE:
		if (l->mode == MODE_OBSERVE)
			return do_observe(w, who, l, out);
		two_enforce(w, who, l, out);
		return true;
	case WORD_APPROVE:
	case WORD_REJECT: two_settle(w, who, l, out); return true;
	case WORD_PANIC: return do_panic(w, who, l, out);
	case WORD_RESUME: return do_resume(w, who, l, out);
	case WORD_PROTECT_ADD: do_protect(w, who, l, out); return true;
	case WORD_PROTECT_DEL:
		if (said_protect_find(w, &l->prefix) == w->protects)
			word_say(out, "no not-found it is not protected by command: lymph protect list tells "
				 "where it stands");
		else
			two_ask(w, who, l, TWO_PROTECT, NULL, out);
		return true;
	case WORD_CONSCIENCE:
		said_conscience_list(w, out);
		word_say(out, "ok");
		return true;
	case WORD_CONSCIENCE_TAKE: two_take(w, who, l, out); return true;
	case WORD_PROTECT_LIST: list_protect(w, out); return true;
	case WORD_AUDIT: list_audit(w, l->n, out); return true;
	default: word_say(out, "no bad-request"); return true;
	}
}

bool
warden_hear(struct warden_word *w, const struct word_caller *who, const char *line, size_t n, FILE *out)
{
	struct word_line l;
	const char *why;
	char needs[STAFF_TEXT];
	two_expire(w);
	if (word_parse(line, n, &l, &why) < 0)
		word_say(out, "no bad-request %s", why);
	else if (!(who->roles & who_may(&l)))
		word_say(out, "no not-allowed this takes root, or staff role %s",
		    staff_needs(w->conf, who_may(&l), needs));
	else
		return do_line(w, who, &l, out);
	return true;
}
