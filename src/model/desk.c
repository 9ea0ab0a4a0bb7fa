/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and canonical encoding of what people decide, see desk.h. A decoder refuses what its encoder
 * could not have written. */
#include "model/desk.h"

#include <string.h>

#include "base/pack.h"
#include "model/order.h"

static const struct desk_verb_row rows[DESK_VERB_N + 1] = {
	[DESK_APPROVE] = { "approve", true, false, DESK_UNDO },
	[DESK_REJECT] = { "reject", true, false, DESK_ALLOW },
	[DESK_UNDO] = { "undo", true, false, DESK_ALLOW },
	[DESK_ALLOW] = { "allow", false, false, DESK_VERB_N },
	[DESK_RELEASE] = { "release", false, false, DESK_ALLOW },
	[DESK_CLOSE] = { "close", false, false, DESK_REOPEN },
	[DESK_REOPEN] = { "reopen", false, false, DESK_CLOSE },
	[DESK_NOTE] = { "note", false, false, DESK_VERB_N },
	[DESK_ASSIGN] = { "assign", false, false, DESK_ASSIGN },
	[DESK_MERGE] = { "merge", false, false, DESK_UNMERGE },
	[DESK_UNMERGE] = { "unmerge", false, false, DESK_MERGE },
	[DESK_SNOOZE] = { "snooze", false, false, DESK_SNOOZE },
	[DESK_MAIL_READ] = { "mail-read", false, true, DESK_VERB_N },
	[DESK_MAIL_DONE] = { "mail-done", false, true, DESK_VERB_N },
	[DESK_MAIL_TO] = { "mail-to", false, true, DESK_VERB_N },
	[DESK_MAIL_HAND_ON] = { "mail-hand-on", false, true, DESK_VERB_N },
	[DESK_TOKEN_ADD] = { "token-add", false, true, DESK_VERB_N },
	[DESK_TOKEN_REVOKE] = { "token-revoke", false, true, DESK_VERB_N },
	[DESK_SUBSCRIBE] = { "subscribe", false, true, DESK_VERB_N },
	[DESK_UNSUBSCRIBE] = { "unsubscribe", false, true, DESK_VERB_N },
	[DESK_DOOR] = { "door", false, true, DESK_VERB_N },
	[DESK_SPEAK_DROP] = { "outgoing-drop", false, true, DESK_VERB_N },
	[DESK_SPEAK_REVIVE] = { "outgoing-revive", false, true, DESK_VERB_N },
	[DESK_VERB_N] = { "none", false, false, DESK_VERB_N },
};

const struct desk_verb_row *
desk_verb_row(enum desk_verb v)
{
	return &rows[(unsigned)v < DESK_VERB_N ? v : DESK_VERB_N];
}

const char *
desk_verb_thing(enum desk_verb v)
{
	static const char *const things[DESK_VERB_N] = {
		[DESK_TOKEN_ADD] = "token",
		[DESK_TOKEN_REVOKE] = "token",
		[DESK_SUBSCRIBE] = "subscription",
		[DESK_UNSUBSCRIBE] = "subscription",
	};
	return (unsigned)v < DESK_VERB_N ? things[v] : NULL;
}

enum desk_verb
desk_verb_by_name(const char *s)
{
	unsigned v = 0;
	while (v < DESK_VERB_N && strcmp(rows[v].name, s) != 0)
		v++;
	return (enum desk_verb)v;
}

const char *
mode_name(enum mode m)
{
	return m == MODE_ENFORCE ? "enforce" : "observe";
}

void
mode_encode(struct writer *w, const struct mode_set *p)
{
	w8(w, p->mode);
	w8(w, p->panic);
	w32(w, p->uid);
	w32(w, p->second);
	wtext(w, p->text, sizeof(p->text));
}

void
mode_decode(struct reader *r, struct mode_set *ret)
{
	ret->mode = r8below(r, MODE_N);
	ret->panic = r8below(r, 2);
	ret->uid = r32(r);
	ret->second = r32(r);
	rtext(r, ret->text, sizeof(ret->text));
}

void
protect_encode(struct writer *w, const struct protect_set *p)
{
	prefix_encode(w, &p->prefix);
	w8(w, p->on);
	w32(w, p->uid);
}

void
protect_decode(struct reader *r, struct protect_set *ret)
{
	prefix_decode(r, &ret->prefix);
	r->bad |= ret->prefix.a.fam == 0;
	ret->on = r8below(r, 2);
	ret->uid = r32(r);
}

void
desk_encode(struct writer *w, const struct desk_act *p)
{
	w8(w, p->verb);
	w8(w, p->as);
	w8(w, p->rungs);
	w64(w, p->target);
	w64(w, p->into);
	w64(w, p->batch);
	w64(w, p->undoes);
	w64(w, (uint64_t)p->until);
	w32(w, p->uid);
	w32(w, p->second);
	wtext(w, p->name, sizeof(p->name));
	wtext(w, p->text, sizeof(p->text));
	w8(w, p->was_as);
	w64(w, (uint64_t)p->was_until);
	wtext(w, p->was_name, sizeof(p->was_name));
}

void
desk_decode(struct reader *r, struct desk_act *ret)
{
	ret->verb = r8below(r, DESK_VERB_N);
	ret->as = r8below(r, CLOSE_AS_N);
	ret->rungs = r8below(r, 1u << RUNG_N);
	ret->target = r64(r);
	ret->into = r64(r);
	ret->batch = r64(r);
	ret->undoes = r64(r);
	ret->until = (msec)r64(r);
	ret->uid = r32(r);
	ret->second = r32(r);
	rtext(r, ret->name, sizeof(ret->name));
	rtext(r, ret->text, sizeof(ret->text));
	ret->was_as = r8below(r, CLOSE_AS_N);
	ret->was_until = (msec)r64(r);
	rtext(r, ret->was_name, sizeof(ret->was_name));
}
