/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door on the control socket: which machines and bouncers there are, what they did, and who is let in or
 * out. A bouncer's key is in the answer that makes it and nowhere else.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "lymphd/control.h"
#include "lymphd/door_scope.h"
#include "lymphd/edge_door.h"

static const char *const count_names[DOOR_COUNT_N] = { [DOOR_ALERTS] = "alerts", [DOOR_REPORTS] = "reports",
	[DOOR_AGAIN] = "again", [DOOR_ELSEWHERE] = "elsewhere", [DOOR_UNCLEAR] = "unclear", [DOOR_BROKEN] = "broken",
	[DOOR_DECISIONS] = "decisions_refused", [DOOR_COMMANDS] = "commands_refused", [DOOR_FAILURES] = "failed",
	[DOOR_PULLS] = "pulls", [DOOR_GIVEN] = "given" };
static const char *const total_names[DOOR_TOTAL_N] = { [DOOR_REGISTERED] = "registered",
	[DOOR_REFUSED] = "registrations_refused", [DOOR_LOGINS] = "logins", [DOOR_WRONG] = "wrong_secrets" };

static json_t *
row_json(struct control_call *k, const struct door_row *r)
{
	const struct msg_door_seen *s = door_seen_of(k->e, r);
	json_t *o = json_new(json_object());
	char scope[SCOPE_TEXT];
	bool bouncer = r->kind == DOOR_BOUNCER;
	put_text(o, "name", r->name);
	put_text(o, "state", r->approved ? "let in" : "waits");
	put_time(o, "added", r->added);
	if (bouncer)
		put_text(o, "scope", scope_print(&r->scope, scope));
	else
		put_addr(o, "from", &r->from);
	put_time(o, "seen", s ? s->last : 0);
	for (unsigned i = 0; i < DOOR_COUNT_N; i++)
		if (bouncer == (i == DOOR_PULLS || i == DOOR_GIVEN))
			put_int(o, count_names[i], s ? s->n[i] : 0);
	return o;
}

int
control_door(struct control_call *k)
{
	json_t *list[DOOR_KINDS] = { json_new(json_array()), json_new(json_array()) };
	const struct msg_door_counts *c = door_counts(k->e);
	for (const struct door_row *r = door_next(k->e, NULL); r; r = door_next(k->e, r))
		push(list[r->kind], row_json(k, r));
	put_text(k->answer, "listen", k->e->c->conf->alerts);
	put(k->answer, "machines", list[DOOR_MACHINE]);
	put(k->answer, "bouncers", list[DOOR_BOUNCER]);
	for (unsigned i = 0; i < DOOR_TOTAL_N; i++)
		put_int(k->answer, total_names[i], c->n[i]);
	put_int(k->answer, "orders_over", door_over(k->e));
	put_text(k->answer, "mode", control_mode(k->e));
	put_time(k->answer, "now", edge_now(k->e));
	return 0;
}

static int
arg_name(struct control_call *k, char ret[NAME_TEXT])
{
	const char *s = control_arg_text(k, "name");
	if (!s || !door_name(s, ret))
		return control_refuse(k, -EINVAL, "name takes letters, digits, \".\", \"_\" and \"-\", at most %d",
		    DOOR_NAME);
	return 0;
}

static int
failed(struct control_call *k, int r, const char *what, const char *name)
{
	switch (r) {
	case -ENOENT: return control_refuse(k, r, "no %s %s: see lymph door", what, name);
	case -EALREADY: return control_refuse(k, -EEXIST, "%s %s is let in already", what, name);
	case -EEXIST: return control_refuse(k, r, "that name is taken");
	case -E2BIG: return control_refuse(k, r, "so many %ss are let in: remove one", what);
	default: return control_refuse(k, r, "not done: %s", strerror(-r));
	}
}

static int
done(struct control_call *k, enum door_kind kind, const char *name)
{
	const struct door_row *r = door_find(k->e, kind, name);
	word_audit(k->e, k->roles);
	put_text(k->answer, "name", name);
	put(k->answer, kind == DOOR_BOUNCER ? "bouncer" : "machine", r ? row_json(k, r) : json_null());
	return 0;
}

int
control_door_approve(struct control_call *k)
{
	char name[NAME_TEXT];
	const char *org = control_arg_text(k, "org");
	int r = arg_name(k, name);
	if (r < 0)
		return r;
	if (org && strlen(org) >= NAME_TEXT)
		return control_refuse(k, -EINVAL, "org takes at most %d bytes", NAME_TEXT - 1);
	for (const char *p = org; p && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return control_refuse(k, -EINVAL, "org takes plain text");
	r = door_approve(k->e, name, org ? org : "", k->uid);
	return r < 0 ? failed(k, r, "machine", name) : done(k, DOOR_MACHINE, name);
}

int
control_door_remove(struct control_call *k)
{
	char name[NAME_TEXT];
	bool bouncer = json_is_true(json_object_get(k->args, "bouncer"));
	enum door_kind kind = bouncer ? DOOR_BOUNCER : DOOR_MACHINE;
	int r = arg_name(k, name);
	if (r < 0)
		return r;
	r = door_remove(k->e, kind, name, k->uid);
	return r < 0 ? failed(k, r, bouncer ? "bouncer" : "machine", name) : done(k, kind, name);
}

int
control_door_bouncer(struct control_call *k)
{
	char name[NAME_TEXT], key[DOOR_KEY_TEXT], why[256];
	const char *text = control_arg_text(k, "scope");
	struct door_scope scope = { 0 };
	int r = arg_name(k, name);
	if (r < 0)
		return r;
	if (text && scope_parse(text, &scope, why, sizeof(why)) < 0)
		return control_refuse(k, -EINVAL, "%s", why);
	r = door_bouncer(k->e, name, &scope, k->uid, key);
	if (r < 0)
		return failed(k, r, "bouncer", name);
	put_text(k->answer, "key", key);
	sodium_memzero(key, sizeof(key));
	return done(k, DOOR_BOUNCER, name);
}
