/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What takes two people: the mode enforce, a prefix no longer protected, a looser conscience. The first
 * asks, another one who is not root approves within 15 min, or it is forgotten. Must never do anything
 * that could not be written down first.
 */
#include "lymphd/warden_word.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "lymphd/warden_rules.h"
#include "lymphd/warden_said.h"
#include "lymphd/word_line.h"

static msec
pending_within(void)
{
	return clock_span("LYMPH_PENDING_MS", WORD_WITHIN);
}

void
two_expire(struct warden_word *w)
{
	for (unsigned i = 0; i < WORD_PENDING; i++)
		if (w->pending[i].no && clock_boot() >= w->pending[i].until)
			memset(&w->pending[i], 0, sizeof(w->pending[i]));
}

void
two_ask(struct warden_word *w, const struct word_caller *who, const struct word_line *l, enum word_two what,
    const struct said_file *file, FILE *out)
{
	static const char *const asks[] = { "mode enforce", "protect del ", "conscience: " };
	struct word_pending *p = NULL;
	char prefix[PREFIX_TEXT];
	if (who->uid == 0) {
		word_say(out, "no two-people this takes two people, and root is none: one admin asks, another "
			 "approves");
		return;
	}
	for (unsigned i = 0; i < WORD_PENDING && !p; i++)
		if (!w->pending[i].no)
			p = &w->pending[i];
	if (!p) {
		word_say(out, "no busy %u things wait already: approve or reject one", WORD_PENDING);
		return;
	}
	*p = (struct word_pending){ .no = ++w->pending_no, .what = what, .prefix = l->prefix,
		.uid = who->uid, .roles = who->roles, .at = clock_boot(),
		.until = clock_boot() + pending_within(), .asked = clock_real() };
	memcpy(p->text, l->text, sizeof(p->text));
	snprintf(p->about, sizeof(p->about), "%s%s", asks[what],
	    what == TWO_PROTECT	    ? prefix_print(&l->prefix, prefix)
	    : what == TWO_CONSCIENCE ? file->loosens
				     : "");
	if (what == TWO_CONSCIENCE)
		memcpy(p->hash, file->hash, sizeof(p->hash));
	warden_note(w, who, 0, "ask", "m%u: %s: %s", p->no, p->about, l->text);
	word_say(out, "ok pending m%u", p->no);
}

/* Why the mode cannot be enforce now; false: it can. */
static bool
cannot_enforce(struct warden_word *w, FILE *out)
{
	said_conscience(w);
	if (w->panic)
		word_say(out, "no panic panic is latched: lymph resume --reason TEXT first");
	else if (w->protect_bad)
		word_say(out, "no ceiling %s", w->broken);
	else if (w->ceiling != MODE_ENFORCE)
		word_say(out, "no ceiling %s", w->wrong[0]	? w->wrong
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
	word_tell(w);
	if (rc)
		word_say(out, "no nft the mode is enforce, but its table could not be loaded: see lymphd's log");
	else
		word_say(out, "ok enforce: two people said so before, and the conscience allows it again");
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
	word_said_by(&w->mode_by, &first, second->uid, p->text);
	if (rc == 0 && (rc = word_keep_mode(w)) != 0)
		warden_note(w, &first, second->uid, "mode", "enforce could not be written: not done");
	if (rc) {
		w->asked = mode_was;
		w->mode_by = by_was;
		word_say_io(out, "this could not be written down", rc);
		return;
	}
	rc = rules_load(w->conf);
	word_tell(w);
	if (rc)
		word_say(out, "no nft the mode is enforce, but its table could not be loaded: see lymphd's log");
	else
		word_say(out, "ok enforce");
}

void
two_take(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	struct said_file file;
	char why[512];
	if (said_look(w, &file, why, sizeof(why))) {
		word_say(out, "no conscience %s", why);
	} else if (file.loosens[0]) {
		two_ask(w, who, l, TWO_CONSCIENCE, &file, out);
	} else {
		warden_reload(w);
		word_say(out, "ok the conscience file loosens nothing: it is in force");
	}
}

static void
do_take(struct warden_word *w, const struct word_pending *p, const struct word_caller *second, FILE *out)
{
	char why[512];
	bool may = warden_may(w);
	int rc = said_take(w, p, second->uid, why, sizeof(why));
	if (rc == -EINVAL && why[0])
		word_say(out, "no conscience %s", why);
	else if (rc == -ESTALE && why[0])
		word_say(out, "no changed %s", why);
	else if (rc)
		word_say_io(out, "this could not be written down", rc);
	if (rc)
		return;
	said_conscience(w);
	word_take_effect(w, may);
	word_say(out, "ok the conscience is what the file says; the mode's ceiling is %s", mode_name(w->ceiling));
}

static void
do_unprotect(struct warden_word *w, const struct word_pending *p, const struct word_caller *second, FILE *out)
{
	char text[PREFIX_TEXT];
	struct word_caller first = { p->uid, p->roles };
	size_t i = said_protect_find(w, &p->prefix);
	if (i == w->protects) {
		word_say(out, "no not-found it is not protected by command any more");
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
		word_say_io(out, "this could not be written down", rc);
		return;
	}
	word_tell(w);
	word_say(out, "ok %s is protected no more", text);
}

void
two_enforce(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	if (w->asked == MODE_ENFORCE && warden_may(w))
		word_say(out, "ok enforce already");
	else if (!cannot_enforce(w, out))
		w->asked == MODE_ENFORCE ? enforce_again(w, out)
					 : two_ask(w, who, l, TWO_MODE, NULL, out);
}

void
two_settle(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out)
{
	struct word_pending *p = NULL, done;
	for (unsigned i = 0; i < WORD_PENDING; i++)
		if (w->pending[i].no && w->pending[i].no == l->n)
			p = &w->pending[i];
	if (!p) {
		word_say(out, "no not-found nothing waits as m%llu: what is not approved within 15 min is "
			 "forgotten; lymph mode shows what waits",
		    (unsigned long long)l->n);
		return;
	}
	done = *p;
	if (l->verb == WORD_REJECT) {
		memset(p, 0, sizeof(*p));
		warden_note(w, who, 0, "reject", "m%u", done.no);
		word_say(out, "ok m%u is rejected", done.no);
		return;
	}
	if (who->uid == 0 || who->uid == done.uid) {
		word_say(out, "no two-people %s: another admin has to approve m%u",
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
