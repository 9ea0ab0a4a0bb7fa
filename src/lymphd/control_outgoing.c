/* SPDX-License-Identifier: BSD-2-Clause */
/* The outbox on the control socket: what waits to leave and what left, one mail as it would leave, mailboxes
 * held for dead, and what staff do with them. Strangers' text goes out as it is: it is for the reader to
 * escape it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lymphd/control.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_speak.h"

static json_t *
head_json(const struct speak_head *h)
{
	json_t *o = json_new(json_object());
	put_int(o, "number", h->no);
	put_text(o, "kind", speak_kind_name((enum speak_kind)h->kind));
	put_text(o, "state", speak_state_name((enum speak_state)h->state));
	put_text(o, "to", h->to);
	put_text(o, "url", h->url);
	put_text(o, "subject", h->subject);
	put_time(o, "at", h->at);
	put_time(o, "due", h->state == SPEAK_WAITS ? h->due : 0);
	put_time(o, "done", h->done);
	put_int(o, "tries", h->tries);
	put_int(o, "code", h->code);
	put_text(o, "said", h->said);
	put(o, "with", h->lead ? json_integer((json_int_t)h->lead) : json_null());
	put(o, "case", h->case_no ? json_integer((json_int_t)h->case_no) : json_null());
	put(o, "fact", h->about ? json_integer((json_int_t)h->about) : json_null());
	return o;
}

static int
one(struct control_call *k, uint64_t no)
{
	struct speak_head h;
	struct speak_body b;
	size_t n = 0;
	int r = speak_head(k->e, no, &h);
	if (r < 0)
		return control_refuse(k, r, "no mail %llu leaves, or left in the last days", (unsigned long long)no);
	json_t *o = head_json(&h);
	put_text(o, "message_id", h.message_id);
	put_text(o, "in_reply_to", h.in_reply_to);
	if (speak_body(k->e, no, &b) == 0) {
		char *mail = speak_print(k->e, &h, &b, &n);
		put_text(o, "text", b.text);
		put_text(o, "feedback", b.feedback ? b.feedback : "");
		json_t *attached = b.attached ? json_stringn(b.attached, b.attached_n) : NULL;
		put(o, "attached", attached ? attached : json_null());
		put(o, "raw", mail ? json_new(json_stringn(mail, n)) : json_null());
		free(mail);
		free(b.bytes);
	}
	put(k->answer, "one", o);
	return 0;
}

static int
see_dead(const struct speak_dead *d, void *arg)
{
	json_t *o = json_new(json_object());
	put_text(o, "address", d->address);
	put_time(o, "since", d->since);
	put_time(o, "until", d->until);
	put_int(o, "times", d->times);
	put_text(o, "said", d->said);
	push(arg, o);
	return json_array_size(arg) >= PAGE_MOST;
}

static void
totals(struct control_call *k)
{
	static const char *const modes[] = { "off", "preview", "on" };
	const struct speak_totals t = speak_totals(k->e);
	const struct conf *c = k->e->c->conf;
	json_t *not = json_new(json_object());
	put_text(k->answer, "switch", modes[c->outgoing]);
	put_text(k->answer, "relay", c->mail.relay);
	put(k->answer, "speak", json_boolean(k->e->c->peer[ROLE_SPEAK] != NULL));
	put_int(k->answer, "waiting", t.waiting);
	put_int(k->answer, "seeking", t.seeking);
	put_int(k->answer, "dead_mailboxes", t.dead);
	put_int(k->answer, "wishes", reply_totals(k->e).wishes);
	for (unsigned i = 0; i < SPEAK_NO_N; i++)
		put_int(not, speak_no_name((enum speak_no)i), t.no[i]);
	put(k->answer, "not_laid_up", not);
}

static int
list(struct control_call *k, bool all)
{
	int64_t from, limit;
	int r = control_arg_int(k, "from", 0, &from);
	if (r == 0)
		r = control_arg_int(k, "limit", 200, &limit);
	if (r == 0 && (from < 0 || limit < 1 || limit > PAGE_MOST))
		r = control_refuse(k, -EINVAL, "limit takes 1 to %d, from no negative number", PAGE_MOST);
	if (r < 0)
		return r;
	json_t *v = json_new(json_array()), *next = NULL;
	unsigned looked = 0;
	for (uint64_t no = speak_next(k->e, from > 0 ? (uint64_t)from - 1 : 0); no && !next;
	     no = speak_next(k->e, no)) {
		struct speak_head h;
		bool shown = speak_head(k->e, no, &h) == 0 && (all || h.state == SPEAK_WAITS || h.state == SPEAK_SEEKS);
		if (++looked > WALK_MOST || (shown && json_array_size(v) == (size_t)limit))
			next = json_integer((json_int_t)no);
		else if (shown)
			push(v, head_json(&h));
	}
	put(k->answer, "outgoing", v);
	put(k->answer, "next", next ? next : json_null());
	totals(k);
	return 0;
}

int
control_outgoing(struct control_call *k)
{
	int64_t no;
	const json_t *all = json_object_get(k->args, "all"), *dead = json_object_get(k->args, "dead");
	int r = control_arg_int(k, "mail", 0, &no);
	if (r < 0)
		return r;
	if (no > 0)
		return one(k, (uint64_t)no);
	if (!json_is_true(dead))
		return list(k, json_is_true(all));
	json_t *v = json_new(json_array());
	r = speak_each_dead(k->e, see_dead, v);
	put(k->answer, "dead", v);
	return r < 0 ? control_refuse(k, r, "the store cannot be read: %s", strerror(-r)) : 0;
}

int
control_outgoing_act(struct control_call *k)
{
	const char *text = control_arg_text(k, "text"), *revive = control_arg_text(k, "revive");
	int64_t no;
	int r = control_arg_int(k, "drop", 0, &no);
	if (r < 0)
		return r;
	if (!text || !*text || strlen(text) >= DESK_TEXT)
		return control_refuse(k, -EINVAL, "say why: a text of at most %d bytes", DESK_TEXT - 1);
	if (!revive == (no < 1))
		return control_refuse(k, -EINVAL, "one of the two: a mail to drop, a mailbox to write to again");
	r = revive ? speak_revive(k->e, revive, k->uid, text) : speak_drop(k->e, (uint64_t)no, k->uid, text);
	if (r == -ENOENT)
		return control_refuse(k, r, revive ? "this mailbox is not held for dead" : "no such mail");
	if (r == -EALREADY)
		return control_refuse(k, -EEXIST, "it is over already");
	if (r < 0)
		return control_refuse(k, r, "%s", strerror(-r));
	word_audit(k->e, k->roles);
	put(k->answer, "done", json_true());
	return 0;
}
