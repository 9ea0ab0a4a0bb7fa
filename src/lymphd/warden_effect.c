/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What follows of the operator's word: whether anything may be enforced, who hears of it, that nothing is
 * in force where nothing may be, and with what the warden begins and ends. Must never wait for hand.
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

#define FLUSH_WITHIN (2 * MSEC_SECOND)

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

void
word_say(FILE *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fputc('\n', out);
}

void
word_say_io(FILE *out, const char *what, int err)
{
	word_say(out, "no disk %s: %s; nothing was changed", what,
	    err == -ESTALE ? "the audit was moved or changed by somebody; restart lymphd once you know by whom"
			   : strerror(-err));
}

/* --- what follows -------------------------------------------------------------------------------- */

/* Everybody hears of it; then nothing may be in force where nothing may be enforced. */
void
word_tell(struct warden_word *w)
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
void
word_flush(struct warden_word *w)
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
		word_say(out, "no flush panic is latched, but neither nft nor hand took the entries away: "
			 "\"nft delete table inet lymph\" does; see lymphd's log");
	else if (err)
		word_say(out, "no flush the mode is observe, but neither hand nor nft took the entries away: "
			 "\"lymph panic\", or \"nft delete table inet lymph\"; see lymphd's log");
	else if (w->panic)
		word_say(out, "ok panic: nothing is in force; lymph resume --reason TEXT lifts it");
	else
		word_say(out, "ok observe: nothing is in force");
}

/* Said anew, the mode is known again. */
int
word_keep_mode(struct warden_word *w)
{
	int rc = said_keep_mode(w);
	if (rc == 0 && !w->protect_bad)
		w->broken[0] = '\0';
	return rc;
}

void
word_said_by(struct word_said *s, const struct word_caller *who, uint32_t second, const char *text)
{
	memset(s, 0, sizeof(*s));
	s->uid = who->uid;
	s->second = second;
	s->at = clock_real();
	snprintf(s->text, sizeof(s->text), "%s", text);
}

/* What is in force by w->ceiling and the rest, after it was another; may: whether anything was. */
void
word_take_effect(struct warden_word *w, bool may)
{
	if (!may && warden_may(w))
		rules_load(w->conf);
	word_tell(w);
	if (may && !warden_may(w))
		word_flush(w);
}

void
warden_reload(struct warden_word *w)
{
	bool may = warden_may(w);
	said_conscience(w);
	log_info("the conscience was read again: the mode's ceiling is %s", mode_name(w->ceiling));
	word_take_effect(w, may);
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

int
warden_open(struct warden_word *w, const struct conf *conf, const struct staff_groups *g)
{
	w->conf = conf;
	warden_audit_open(w, g->has[STAFF_PRIVACY] ? g->gid[STAFF_PRIVACY]
			 : g->has[STAFF_ADMIN] ? g->gid[STAFF_ADMIN]
					       : 0);
	said_load(w);
	said_agreed(w);
	said_conscience(w);
	return 0;
}

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
