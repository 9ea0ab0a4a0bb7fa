/* SPDX-License-Identifier: BSD-2-Clause */
/* Reporters: the list, and what the operator says about one. What is said becomes a fact with the
 * speaker's uid in it; nothing is changed beside the journal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lymphd/control.h"
#include "lymphd/edge_pgp.h"
#include "wire/claim.h"
#include "wire/sshsig.h"

json_t *
control_reporter_json(const struct edge *e, const struct view_reporter *v,
    const struct view_unknown *unknown)
{
	char text[KEY_TEXT], public[128];
	struct key by;
	msec until;
	json_t *o = json_new(json_object()), *families = json_new(json_object());
	put_text(o, "key", key_print(&v->key, text));
	put_text(o, "public", key_print_public(&v->key, public, sizeof(public)));
	put_text(o, "pgp", keys_fingerprint(e, &v->key) ? keys_fingerprint(e, &v->key) : "");
	if (keys_admitted(e, &v->key, &by, &until)) {
		put_text(o, "admitted_by", keys_fingerprint(e, &by) ? keys_fingerprint(e, &by) : "");
		put_time(o, "admitted_until", until);
	}
	put_text(o, "name", v->name);
	put_text(o, "org", v->org);
	put(o, "as", v->as ? json_integer(v->as) : json_null());
	put_text(o, "sender", v->sender);
	put_text(o, "standing", standing_name(v->standing));
	put(o, "pin", v->pinned ? json_real((double)v->pin / (double)Q32_ONE) : json_null());
	json_t *sight = json_new(json_array());
	for (unsigned cls = CLASS_NONE + 1; cls < CLASS_N; cls++)
		if (v->notify_on_sight >> cls & 1)
			push(sight, json_string(class_row((enum class_id)cls)->name));
	put(o, "notify_on_sight", sight);
	put_int(o, "delay_ms", (uint64_t)v->delay);
	put_int(o, "reports", v->reports);
	put_time(o, "first", v->first);
	put_time(o, "last", v->last);
	put_q(o, "trust", v->all_t);
	for (unsigned f = 0; f < FAMILY_N; f++) {
		json_t *fo = json_new(json_object());
		put_q(fo, "trust", v->family[f].t);
		put_q(fo, "a", v->family[f].a);
		put_q(fo, "b", v->family[f].b);
		put_int(fo, "right", v->family[f].right);
		put_int(fo, "wrong", v->family[f].wrong);
		put(fo, "unknown", unknown ? json_integer(unknown->by[f]) : json_null());
		put_int(fo, "lines", v->family[f].lines);
		put(fo, "pooled", json_boolean(v->family[f].pooled));
		put(families, family_name(f), fo);
	}
	put(o, "families", families);
	return o;
}

bool
control_find_key(const struct control_call *k, const struct key *key, struct view_reporter *ret)
{
	return view_reporter_of(k->e->judge, key, edge_now(k->e), ret);
}

/* A fingerprint names nothing one could go straight to, and strangers make as many keys as they like:
 * after WALK_MOST the judge has better work. */
static int
find_fingerprint(struct control_call *k, const char *who, struct view_reporter *ret)
{
	char text[KEY_TEXT];
	struct key key, *after = NULL;
	for (int n = 0; view_reporter_next(k->e->judge, after, edge_now(k->e), ret); n++) {
		if (n == WALK_MOST)
			return control_refuse(k, -E2BIG,
			    "not among the first %d of too many reporters to search for a "
			    "fingerprint: give the public key (\"ssh-ed25519 ...\") or the name",
			    WALK_MOST);
		if (strcmp(key_print(&ret->key, text), who) == 0)
			return 1;
		key = ret->key;
		after = &key;
	}
	return 0;
}

/* A key, or a source that has none of its own ("dkim:example.org"): the key it stands under. */
static bool
key_of(const char *who, struct key *ret)
{
	struct identity i = { 0 };
	if (key_parse(who, strlen(who), ret) == 0)
		return true;
	if (strlen(who) >= sizeof(i.name))
		return false;
	memcpy(i.name, who, strlen(who));
	if (identity_kind(&i) == IDENTITY_NONE)
		return false;
	*ret = identity_key(&i);
	return true;
}

static bool
is_source(const char *name)
{
	struct identity i = { 0 };
	snprintf(i.name, sizeof(i.name), "%s", name);
	return identity_kind(&i) != IDENTITY_NONE;
}

int
control_find_reporter(struct control_call *k, const char *who, struct view_reporter *ret)
{
	struct key key;
	if (key_of(who, &key))
		return control_find_key(k, &key, ret);
	if (view_reporter_named(k->e->judge, who, edge_now(k->e), ret))
		return 1;
	return strncmp(who, "SHA256:", 7) == 0 ? find_fingerprint(k, who, ret) : 0;
}

int
control_reporters(struct control_call *k)
{
	const char *from = control_arg_text(k, "from");
	int64_t limit;
	struct key key, *after = NULL;
	struct view_reporter v;
	struct view_unknown unknown[PAGE_MOST] = { 0 };
	size_t n = 0;
	msec now = edge_now(k->e);
	int r = control_arg_int(k, "limit", 200, &limit);
	if (r < 0)
		return r;
	if (limit < 1 || limit > PAGE_MOST)
		return control_refuse(k, -EINVAL, "limit takes 1 to %d", PAGE_MOST);
	if (from && key_parse(from, strlen(from), &key) < 0)
		return control_refuse(k, -EINVAL, "from takes the key the last page ended with");
	after = from ? &key : NULL;
	json_t *list = json_new(json_array()), *next = json_null();
	while (n < (size_t)limit && view_reporter_next(k->e->judge, after, now, &v)) {
		unknown[n++].key = key = v.key;
		after = &key;
	}
	if (n == (size_t)limit && view_reporter_next(k->e->judge, after, now, &v)) {
		char public[128];
		next = json_string(key_print_public(after, public, sizeof(public)));
	}
	bool counted = view_unknown(k->e->judge, unknown, n);
	for (size_t i = 0; i < n; i++)
		if (control_find_key(k, &unknown[i].key, &v))
			push(list, control_reporter_json(k->e, &v, counted ? &unknown[i] : NULL));
	put(k->answer, "reporters", list);
	put(k->answer, "next", next);
	put_time(k->answer, "now", now);
	return 0;
}

/* A text argument into a field of NAME_TEXT; the old one stays when it is absent. */
static int
take_name(struct control_call *k, const char *arg, char field[NAME_TEXT])
{
	const char *s = control_arg_text(k, arg);
	if (!s)
		return json_object_get(k->args, arg)
			   ? control_refuse(k, -EINVAL, "%s takes a text", arg)
			   : 0;
	if (strlen(s) >= NAME_TEXT)
		return control_refuse(k, -EINVAL, "%s takes at most %d bytes", arg, NAME_TEXT - 1);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return control_refuse(k, -EINVAL, "%s takes plain text", arg);
	memset(field, 0, NAME_TEXT);
	memcpy(field, s, strlen(s));
	return 0;
}

/* The classes a list of names stands for, a bit each. */
static int
classes(struct control_call *k, const json_t *names, uint32_t *ret)
{
	uint32_t mask = 0;
	if (!json_is_array(names))
		return control_refuse(k, -EINVAL, "notify_on_sight takes a list of classes");
	for (size_t i = 0; i < json_array_size(names); i++) {
		const json_t *v = json_array_get(names, i);
		const char *s = json_string_value(v);
		enum class_id cls = s ? class_by_name(s, json_string_length(v)) : CLASS_NONE;
		if (cls == CLASS_NONE)
			return control_refuse(k, -EINVAL, "notify_on_sight: no such class");
		mask |= 1u << cls;
	}
	*ret = mask;
	return 0;
}

static int
take_numbers(struct control_call *k, struct reporter_set *s)
{
	const char *standing = control_arg_text(k, "standing"), *pin = control_arg_text(k, "pin");
	const json_t *sight = json_object_get(k->args, "notify_on_sight");
	int64_t cap = k->e->c->conf->policy->params.cap_group;
	char most[Q32_TEXT];
	int r;

	if (standing) {
		enum standing st = standing_by_name(standing);
		if (st == STANDING_N || st == STANDING_OWN)
			return control_refuse(k, -EINVAL, "a rank is key, org or network");
		s->standing = (uint8_t)st;
	}
	if (pin && strcmp(pin, "off") == 0) {
		s->pinned = false;
		s->pin = 0;
	} else if (pin) {
		if (q32_parse(pin, strlen(pin), &s->pin) < 0 || s->pin > (q32)cap)
			return control_refuse(k, -EINVAL, "a pin takes 0 to %s, or off",
			    q32_print((q32)cap, 2, most));
		s->pinned = true;
	}
	if (sight && (r = classes(k, sight, &s->notify_on_sight)) < 0)
		return r;
	if ((r = control_arg_int(k, "delay_ms", s->delay, &s->delay)) < 0)
		return r;
	int64_t as = s->as;
	if ((r = control_arg_int(k, "as", as, &as)) < 0)
		return r;
	if (as < 0 || as > UINT32_MAX)
		return control_refuse(k, -EINVAL, "as takes the number of an AS, or 0");
	s->as = (uint32_t)as;
	if (s->delay < 0 || s->delay > 30 * MSEC_DAY)
		return control_refuse(k, -EINVAL, "a delay takes 0 to 30 days");
	return 0;
}

int
control_take_reporter(struct control_call *k, struct reporter_set *s)
{
	int r = take_name(k, "name", s->name);
	if (r == 0)
		r = take_name(k, "org", s->org);
	return r < 0 ? r : take_numbers(k, s);
}

int
control_reporter_set(struct control_call *k)
{
	const char *who = control_arg_text(k, "key");
	struct view_reporter old, other;
	struct reporter_set s = { .uid = k->uid };
	int r;

	if (!who || !*who)
		return control_refuse(
		    k, -EINVAL, "key is missing: a public key, fingerprint or name");
	int known = control_find_reporter(k, who, &old);
	if (known < 0)
		return known;
	if (known) {
		s.key = old.key;
		memcpy(s.name, old.name, NAME_TEXT);
		memcpy(s.org, old.org, NAME_TEXT);
		s.standing = (uint8_t)old.standing;
		s.pinned = old.pinned;
		s.pin = old.pin;
		s.notify_on_sight = old.notify_on_sight;
		s.delay = old.delay;
		s.as = old.as;
	} else if (key_of(who, &s.key)) {
		struct identity i = { 0 };
		snprintf(i.name, sizeof(i.name), "%s", who);
		enum identity_kind kind = identity_kind(&i);
		if (kind != IDENTITY_NONE) { /* as it would stand there by itself */
			memcpy(s.name, i.name, NAME_TEXT);
			s.standing = (uint8_t)identity_row(kind)->standing;
		}
	} else {
		return control_refuse(k, -ENOENT,
		    "no reporter of that name or fingerprint, and no file here: name its "
		    "public key, a .pub file or \"ssh-ed25519 ...\"; or a source, \"dkim:example.org\"");
	}
	if ((r = control_take_reporter(k, &s)) < 0)
		return r;
	if (key_is_zero(&s.key) || (s.standing == STANDING_OWN && !is_source(s.name)))
		return control_refuse(
		    k, -EINVAL, "own sensors and the unsigned are not reporters to set");
	if (view_reporter_named(k->e->judge, s.name, edge_now(k->e), &other) &&
	    key_cmp(&other.key, &s.key) != 0)
		return control_refuse(k, -EEXIST, "that name is another reporter's");
	struct fact f = { .kind = FACT_REPORTER, .reporter = s };
	if ((r = edge_submit(k->e, &f)) < 0)
		return control_refuse(k, r, "not kept: %s", strerror(-r));
	word_audit(k->e, k->roles);
	keys_follow(k->e, &s.key);
	put(k->answer, "was_known", json_boolean(known));
	struct view_unknown unknown = { .key = s.key };
	bool counted = view_unknown(k->e->judge, &unknown, 1);
	if (control_find_key(k, &s.key, &old))
		put(k->answer, "reporter", control_reporter_json(k->e, &old, counted ? &unknown : NULL));
	return 0;
}
