/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's word, see warden_word.h: who may say what, and in which order it is carried out. What
 * tightens (observe, panic, protect add) is done even where the disk refuses it, and says so; what
 * loosens is written down first, or not done. Must never wait for judge or hand.
 */
#include "lymphd/warden_word.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/staff.h"
#include "lymphd/warden_rules.h"
#include "lymphd/warden_said.h"
#include "lymphd/word_line.h"

#define FLUSH_WITHIN (2 * MSEC_SECOND)
#define AUDIT_PAGE   1000

static msec
pending_within(void)
{
#ifdef LYMPH_TESTHOOKS
	const char *s = getenv("LYMPH_PENDING_MS");
	if (s)
		return strtoll(s, NULL, 10);
#endif
	return WORD_WITHIN;
}

bool
warden_may(const struct warden_word *w)
{
	return w->asked == MODE_ENFORCE && w->ceiling == MODE_ENFORCE && !w->panic && !w->protect_bad;
}

void
warden_mode(const struct warden_word *w, struct msg_mode *ret)
{
	const struct word_said *s = w->panic ? &w->panic_by : &w->mode_by;
	bool enforce = w->asked == MODE_ENFORCE && w->ceiling == MODE_ENFORCE && !w->protect_bad;
	memset(ret, 0, sizeof(*ret));
	ret->no = w->no;
	ret->set.mode = enforce ? MODE_ENFORCE : MODE_OBSERVE; /* never above the ceiling */
	ret->set.panic = w->panic;
	ret->set.uid = s->uid;
	ret->set.second = s->second;
	memcpy(ret->set.text, s->text, sizeof(ret->set.text));
	ret->may = warden_may(w);
	ret->ceiling = (uint8_t)w->ceiling;
	ret->waits = w->waits[0] != '\0';
	ret->since = s->at;
	ret->restore = w->restore;
	ret->release = w->release;
}

/* --- answers ------------------------------------------------------------------------------------- */

static void say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void
say(FILE *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fputc('\n', out);
}

static void
say_io(FILE *out, const char *what, int err)
{
	say(out, "no disk %s: %s; nothing was changed", what,
	    err == -ESTALE ? "the audit was moved or changed by somebody; restart lymphd once you know by whom"
			   : strerror(-err));
}

/* --- what is done -------------------------------------------------------------------------------- */

/* Everybody hears of it; then nothing may be in force where nothing may be enforced. */
static void
tell(struct warden_word *w)
{
	w->no++;
	w->changed(w, w->arg);
}

static void
flush_ended(struct warden_word *w, bool by_hand)
{
	w->flushing = false;
	loop_timer_off(w->flush_timer);
	bool stuck = !by_hand && w->hand_is_up(w, w->arg);
	/* Once it goes on it could put what it was given before: it begins anew, with the word of now. */
	if (stuck && w->hand_kill)
		w->hand_kill(w, w->arg);
	int err = by_hand ? 0 : rules_empty(w->conf);
	if (stuck)
		log_warn("hand did not flush: nft %s", err ? "could not either" : "emptied its table");
	w->flushed(w, err, w->arg);
}

static void
on_flush_late(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	flush_ended(arg, false);
}

/* Hand first, who knows best; where it does not answer, nft. */
static void
flush_begin(struct warden_word *w)
{
	w->flush_no = w->no;
	w->flushing = true;
	if (w->conf->policy->enforcer == ENFORCER_NONE)
		loop_timer_in(w->flush_timer, 0);
	else
		loop_timer_in(w->flush_timer, w->hand_is_up(w, w->arg) ? FLUSH_WITHIN : 0);
}

void
warden_flushed(struct warden_word *w, const struct msg_flushed *m)
{
	if (w->flushing && m->no >= w->flush_no)
		flush_ended(w, m->err == 0);
	else if (m->err && m->no == w->no && !warden_may(w))
		rules_empty(w->conf);
}

void
warden_hand_gone(struct warden_word *w)
{
	if (w->flushing)
		flush_ended(w, false);
}

void
warden_answer(struct warden_word *w, int err, FILE *out)
{
	if (w->panic && err)
		say(out, "no flush panic is latched, but neither nft nor hand took the entries away: "
			 "\"nft delete table inet lymph\" does; see lymphd's log");
	else if (err)
		say(out, "no flush the mode is observe, but neither hand nor nft took the entries away: "
			 "\"lymph panic\", or \"nft delete table inet lymph\"; see lymphd's log");
	else if (w->panic)
		say(out, "ok panic: nothing is in force; lymph resume --reason TEXT lifts it");
	else
		say(out, "ok observe: nothing is in force");
}

/* Said anew, the mode is known again. */
static int
keep_mode(struct warden_word *w)
{
	int rc = said_keep_mode(w);
	if (rc == 0 && !w->protect_bad)
		w->broken[0] = '\0';
	return rc;
}

static void
said(struct word_said *s, const struct word_caller *who, uint32_t second, const char *text)
{
	memset(s, 0, sizeof(*s));
	s->uid = who->uid;
	s->second = second;
	s->at = clock_real();
	snprintf(s->text, sizeof(s->text), "%s", text);
}

static bool
do_observe(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	w->asked = MODE_OBSERVE;
	said(&w->mode_by, who, 0, l->text);
	int rc = keep_mode(w);
	if (rc)
		say(out, "warning: observe holds, but could not be written down (%s): a restart of lymphd "
			 "would forget it; free some room and say it again",
		    strerror(-rc));
	tell(w);
	if (warden_note(w, who, 0, "mode", "observe: %s", l->text))
		say(out, "warning: the audit could not be written; see lymphd's log");
	flush_begin(w);
	return false;
}

static bool
do_panic(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	msec from = clock_mono();
	bool again = w->panic;
	w->panic = true;
	if (!again)
		said(&w->panic_by, who, 0, l->text);
	int latch = said_keep_panic(w), nft = rules_drop(w->conf);
	msec took = clock_mono() - from;
	tell(w);
	if (latch) {
		log_warn("PANIC IS NOT LATCHED: %s: a restart would lift it", strerror(-latch));
		say(out, "warning: the latch could not be written (%s): a restart of lymphd would LIFT THE "
			 "PANIC; free some room and say it again, or do not let lymphd start",
		    strerror(-latch));
	}
	if (warden_note(w, who, 0, "panic", "%s%s (%lld ms)", l->text, nft ? " [nft failed]" : "", (long long)took))
		say(out, "warning: the audit could not be written; see lymphd's log");
	if (nft) { /* hand was told: maybe it can */
		flush_begin(w);
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
		say_io(out, "this could not be written down", rc);
		return true;
	}
	bool was = w->panic;
	w->panic = false;
	memset(&w->panic_by, 0, sizeof(w->panic_by));
	w->release++;
	said_conscience(w);
	rc = rules_load(w->conf);
	tell(w);
	if (rc)
		say(out, "no nft the table could not be loaded, so nothing is enforced: see lymphd's log");
	else
		say(out, "ok %s; the mode is %s", was ? "panic is lifted" : "what was held is let go",
		    mode_name(warden_may(w) ? MODE_ENFORCE : MODE_OBSERVE));
	return true;
}

/* --- two people ---------------------------------------------------------------------------------- */

static void
pending_expire(struct warden_word *w)
{
	for (unsigned i = 0; i < WORD_PENDING; i++)
		if (w->pending[i].no && clock_boot() >= w->pending[i].until)
			memset(&w->pending[i], 0, sizeof(w->pending[i]));
}

/* file: root's, where that is what is asked for. */
static void
ask_second(struct warden_word *w, const struct word_caller *who, const struct word_line *l, enum word_two what,
    const struct said_file *file, FILE *out)
{
	static const char *const asks[] = { "mode enforce", "protect del ", "conscience: " };
	struct word_pending *p = NULL;
	char prefix[PREFIX_TEXT];
	if (who->uid == 0) {
		say(out, "no two-people this takes two people, and root is none: one admin asks, another "
			 "approves");
		return;
	}
	for (unsigned i = 0; i < WORD_PENDING && !p; i++)
		if (!w->pending[i].no)
			p = &w->pending[i];
	if (!p) {
		say(out, "no busy %u things wait already: approve or reject one", WORD_PENDING);
		return;
	}
	*p = (struct word_pending){ .no = ++w->pending_no, .what = what, .prefix = l->prefix, .uid = who->uid, .roles = who->roles, .at = clock_boot(),
		.until = clock_boot() + pending_within(), .asked = clock_real() };
	memcpy(p->text, l->text, sizeof(p->text));
	snprintf(p->about, sizeof(p->about), "%s%s", asks[what],
	    what == TWO_PROTECT	    ? prefix_print(&l->prefix, prefix)
	    : what == TWO_CONSCIENCE ? file->loosens
				     : "");
	if (what == TWO_CONSCIENCE)
		memcpy(p->hash, file->hash, sizeof(p->hash));
	warden_note(w, who, 0, "ask", "m%u: %s: %s", p->no, p->about, l->text);
	say(out, "ok pending m%u", p->no);
}

/* Why the mode cannot be enforce now; false: it can. */
static bool
cannot_enforce(struct warden_word *w, FILE *out)
{
	said_conscience(w);
	if (w->panic)
		say(out, "no panic panic is latched: lymph resume --reason TEXT first");
	else if (w->protect_bad)
		say(out, "no ceiling %s", w->broken);
	else if (w->ceiling != MODE_ENFORCE)
		say(out, "no ceiling %s", w->wrong[0]	? w->wrong
					  : w->waits[0] ? "observe is the ceiling in force; what the "
							  "conscience file loosens takes two people: "
							  "lymph conscience take"
						       : "the conscience file allows observe only: a line "
							 "\"mode enforce\" in it would allow more");
	else
		return false;
	return true;
}

/* Two people said so, and root's file, just read again, is there and right again. */
static void
enforce_again(struct warden_word *w, FILE *out)
{
	int rc = rules_load(w->conf);
	tell(w);
	if (rc)
		say(out, "no nft the mode is enforce, but its table could not be loaded: see lymphd's log");
	else
		say(out, "ok enforce: two people said so before, and the conscience allows it again");
}

static void
do_enforce(struct warden_word *w, const struct word_pending *p, const struct word_caller *second, FILE *out)
{
	struct word_caller first = { p->uid, p->roles };
	if (cannot_enforce(w, out))
		return;
	int rc = warden_note(w, &first, second->uid, "mode", "enforce: %s", p->text);
	const enum mode mode_was = w->asked;
	const struct word_said by_was = w->mode_by;
	w->asked = MODE_ENFORCE;
	said(&w->mode_by, &first, second->uid, p->text);
	if (rc == 0 && (rc = keep_mode(w)) != 0)
		warden_note(w, &first, second->uid, "mode", "enforce could not be written: not done");
	if (rc) {
		w->asked = mode_was;
		w->mode_by = by_was;
		say_io(out, "this could not be written down", rc);
		return;
	}
	rc = rules_load(w->conf);
	tell(w);
	if (rc)
		say(out, "no nft the mode is enforce, but its table could not be loaded: see lymphd's log");
	else
		say(out, "ok enforce");
}

/* What is in force by w->ceiling and the rest, after it was another; may: whether anything was. */
static void
take_effect(struct warden_word *w, bool may)
{
	if (!may && warden_may(w))
		rules_load(w->conf);
	tell(w);
	if (may && !warden_may(w))
		flush_begin(w);
}

static void
ask_take(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	struct said_file file;
	char why[512];
	if (said_look(w, &file, why, sizeof(why))) {
		say(out, "no conscience %s", why);
	} else if (file.loosens[0]) {
		ask_second(w, who, l, TWO_CONSCIENCE, &file, out);
	} else {
		warden_reload(w);
		say(out, "ok the conscience file loosens nothing: it is in force");
	}
}

static void
do_take(struct warden_word *w, const struct word_pending *p, const struct word_caller *second, FILE *out)
{
	char why[512];
	bool may = warden_may(w);
	int rc = said_take(w, p, second->uid, why, sizeof(why));
	if (rc == -EINVAL && why[0])
		say(out, "no conscience %s", why);
	else if (rc == -ESTALE && why[0])
		say(out, "no changed %s", why);
	else if (rc)
		say_io(out, "this could not be written down", rc);
	if (rc)
		return;
	said_conscience(w);
	take_effect(w, may);
	say(out, "ok the conscience is what the file says; the mode's ceiling is %s", mode_name(w->ceiling));
}

static size_t
protect_find(const struct warden_word *w, const struct prefix *p)
{
	size_t i = 0;
	while (i < w->protects && prefix_cmp(&w->protect[i].prefix, p) != 0)
		i++;
	return i;
}

static void
do_unprotect(struct warden_word *w, const struct word_pending *p, const struct word_caller *second, FILE *out)
{
	char text[PREFIX_TEXT];
	struct word_caller first = { p->uid, p->roles };
	size_t i = protect_find(w, &p->prefix);
	if (i == w->protects) {
		say(out, "no not-found it is not protected by command any more");
		return;
	}
	prefix_print(&p->prefix, text);
	int rc = warden_note(w, &first, second->uid, "protect", "del %s: %s", text, p->text);
	const struct word_protect was = w->protect[i];
	w->protect[i] = w->protect[--w->protects];
	if (rc == 0 && (rc = said_keep_protect(w)) != 0)
		warden_note(w, &first, second->uid, "protect", "del %s could not be written: not done", text);
	if (rc) {
		w->protect[w->protects++] = w->protect[i];
		w->protect[i] = was;
		say_io(out, "this could not be written down", rc);
		return;
	}
	tell(w);
	say(out, "ok %s is protected no more", text);
}

static void
settle(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	struct word_pending *p = NULL, done;
	for (unsigned i = 0; i < WORD_PENDING; i++)
		if (w->pending[i].no && w->pending[i].no == l->n)
			p = &w->pending[i];
	if (!p) {
		say(out, "no not-found nothing waits as m%llu: what is not approved within 15 min is "
			 "forgotten; lymph mode shows what waits",
		    (unsigned long long)l->n);
		return;
	}
	done = *p;
	if (l->verb == WORD_REJECT) {
		memset(p, 0, sizeof(*p));
		warden_note(w, who, 0, "reject", "m%u", done.no);
		say(out, "ok m%u is rejected", done.no);
		return;
	}
	if (who->uid == 0 || who->uid == done.uid) {
		say(out, "no two-people %s: another admin has to approve m%u",
		    who->uid ? "you asked for it yourself" : "root is no second person", done.no);
		return;
	}
	memset(p, 0, sizeof(*p));
	if (done.what == TWO_PROTECT)
		do_unprotect(w, &done, who, out);
	else if (done.what == TWO_CONSCIENCE)
		do_take(w, &done, who, out);
	else
		do_enforce(w, &done, who, out);
}

/* --- never-touch by command ---------------------------------------------------------------------- */

static void
do_protect(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	char text[PREFIX_TEXT];
	prefix_print(&l->prefix, text);
	if (protect_find(w, &l->prefix) < w->protects) {
		say(out, "ok %s is protected already", text);
		return;
	}
	if (w->protect_bad || w->protects == WORD_PROTECTS) {
		say(out, "no full %s", w->protect_bad ? w->broken : "so many are too many: use prefixes");
		return;
	}
	struct word_protect *more = realloc(w->protect, (w->protects + 1) * sizeof(*more));
	if (!more)
		fatal_oom();
	w->protect = more;
	more[w->protects].prefix = l->prefix;
	said(&more[w->protects++].by, who, 0, l->text);
	int rc = said_keep_protect(w);
	if (rc)
		say(out, "warning: this holds, but could not be written down (%s): a restart of lymphd "
			 "would forget it; free some room, then add it again after",
		    strerror(-rc));
	tell(w);
	if (warden_note(w, who, 0, "protect", "add %s: %s", text, l->text))
		say(out, "warning: the audit could not be written; see lymphd's log");
	say(out, "ok %s is never touched from now on", text);
}

static void
list_protect(const struct warden_word *w, FILE *out)
{
	char text[PREFIX_TEXT], at[MSEC_TEXT];
	for (size_t i = 0; i < w->protects; i++) {
		const struct word_protect *p = &w->protect[i];
		say(out, "%s uid %u at %s reason %s", prefix_print(&p->prefix, text), p->by.uid,
		    msec_print(p->by.at, at), p->by.text);
	}
	say(out, "ok %zu", w->protects);
}

/* --- looking ------------------------------------------------------------------------------------- */

static void
status(const struct warden_word *w, FILE *out)
{
	struct msg_audited head;
	say(out, "mode %s", mode_name(warden_may(w) ? MODE_ENFORCE : MODE_OBSERVE));
	say(out, "asked %s", mode_name(w->asked));
	say(out, "ceiling %s", mode_name(w->ceiling));
	say(out, "panic %d", w->panic);
	if (w->mode_by.at)
		say(out, "mode-by %u %u %lld %s", w->mode_by.uid, w->mode_by.second,
		    (long long)w->mode_by.at, w->mode_by.text);
	if (w->panic)
		say(out, "panic-by %u 0 %lld %s", w->panic_by.uid, (long long)w->panic_by.at,
		    w->panic_by.text);
	if (w->wrong[0] || w->broken[0])
		say(out, "wrong %s%s%s", w->broken, w->wrong[0] && w->broken[0] ? "; " : "", w->wrong);
	if (w->waits[0])
		say(out, "conscience %s", w->waits);
	for (unsigned i = 0; i < WORD_PENDING; i++) {
		const struct word_pending *p = &w->pending[i];
		if (p->no)
			say(out, "pending m%u %u %lld %lld %s: %s", p->no, p->uid, (long long)p->asked,
			    (long long)(p->until - clock_boot()), p->about, p->text);
	}
	warden_audited(w, &head);
	fprintf(out, "audit %llu ", (unsigned long long)head.n);
	for (int i = 0; i < 32; i++)
		fprintf(out, "%02x", head.head[i]);
	say(out, "%s", "");
	say(out, "ok");
}

static void
list_audit(struct warden_word *w, uint64_t from, FILE *out)
{
	uint64_t n;
	int rc = w->audit ? audit_copy(w->audit, from, AUDIT_PAGE, out, &n) : -EBADF;
	if (rc)
		say(out, "no disk the audit cannot be read: %s", strerror(-rc));
	else
		say(out, "ok %llu", (unsigned long long)n);
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
		if (w->asked == MODE_ENFORCE && warden_may(w))
			say(out, "ok enforce already");
		else if (!cannot_enforce(w, out))
			w->asked == MODE_ENFORCE ? enforce_again(w, out)
						 : ask_second(w, who, l, TWO_MODE, NULL, out);
		return true;
	case WORD_APPROVE:
	case WORD_REJECT: settle(w, who, l, out); return true;
	case WORD_PANIC: return do_panic(w, who, l, out);
	case WORD_RESUME: return do_resume(w, who, l, out);
	case WORD_PROTECT_ADD: do_protect(w, who, l, out); return true;
	case WORD_PROTECT_DEL:
		if (protect_find(w, &l->prefix) == w->protects)
			say(out, "no not-found it is not protected by command: lymph protect list tells "
				 "where it stands");
		else
			ask_second(w, who, l, TWO_PROTECT, NULL, out);
		return true;
	case WORD_CONSCIENCE:
		said_conscience_list(w, out);
		say(out, "ok");
		return true;
	case WORD_CONSCIENCE_TAKE: ask_take(w, who, l, out); return true;
	case WORD_PROTECT_LIST: list_protect(w, out); return true;
	case WORD_AUDIT: list_audit(w, l->n, out); return true;
	default: say(out, "no bad-request"); return true;
	}
}

bool
warden_hear(struct warden_word *w, const struct word_caller *who, const char *line, size_t n, FILE *out)
{
	struct word_line l;
	const char *why;
	char needs[STAFF_TEXT];
	pending_expire(w);
	if (word_parse(line, n, &l, &why) < 0)
		say(out, "no bad-request %s", why);
	else if (!(who->roles & who_may(&l)))
		say(out, "no not-allowed this takes root, or staff role %s",
		    staff_needs(w->conf, who_may(&l), needs));
	else
		return do_line(w, who, &l, out);
	return true;
}

void
warden_reload(struct warden_word *w)
{
	bool may = warden_may(w);
	said_conscience(w);
	log_info("the conscience was read again: the mode's ceiling is %s", mode_name(w->ceiling));
	take_effect(w, may);
}

int
warden_conscience_fd(const struct warden_word *w, enum conscience_file file, int *ret)
{
	size_t n = w->agreed_holds ? w->agreed_n : 0;
	char *text = file == CONSCIENCE_PROTECT ? said_protect_text(w, &n) : NULL;
	int rc = seal_make("lymph-conscience", text ? text : n ? w->agreed_text : "", n, ret);
	free(text);
	if (rc == 0 && fchmod(*ret, 0400) < 0) { /* who reads it looks whether it is root's alone */
		rc = -errno;
		close(*ret);
	}
	return rc;
}

/* --- life ---------------------------------------------------------------------------------------- */

void
warden_start(struct warden_word *w, struct loop *l)
{
	w->loop = l;
	w->born = clock_boot();
	w->no = 1;
	w->flush_timer = loop_timer(l, on_flush_late, w);
	if (warden_may(w))
		rules_load(w->conf);
	else if (w->panic)
		rules_drop(w->conf);
	else if (w->conf->policy->enforcer == ENFORCER_NFT)
		rules_empty(w->conf);
	else
		rules_drop(w->conf); /* of an earlier configuration */
}

void
warden_close(struct warden_word *w)
{
	/* In enforce what is in force stays, and ends by itself; else there is nothing to keep. */
	if (!warden_may(w))
		rules_drop(w->conf);
	loop_drop(w->flush_timer);
	loop_drop(w->audit_timer);
	audit_close(w->audit);
	free(w->protect);
	said_agreed_free(w);
}
