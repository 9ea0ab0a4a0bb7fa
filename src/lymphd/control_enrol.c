/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enrolment of organisations and network operators: an OpenPGP key goes to role verify, which says whose
 * it is and whether it may sign; only then it is kept and its reporter ranked, and the fingerprint is told
 * back to be compared with a card or a call. Removal takes key, rank and name away.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lymphd/control.h"
#include "lymphd/edge_pgp.h"
#include "wire/base64.h"
#include "wire/claim.h"

#define ENROLMENTS 8 /* on their way through verify */

static struct enrolment {
	bool used;
	uint64_t ticket;
	uint32_t roles;
	struct reporter_set s;
} pending[ENROLMENTS];

static void
later(uint64_t ticket, int err, const char *why)
{
	control_later(ticket, err, NULL, why);
}

/* What the operator said of this reporter before, and did not say anew, stays. */
static void
keep_old(const struct edge *e, struct reporter_set *s, bool *known)
{
	struct view_reporter old;
	*known = view_reporter_of(e->judge, &s->key, e->now, &old) && old.name[0];
	if (!*known)
		return;
	s->pinned = old.pinned;
	s->pin = old.pin;
	s->notify_on_sight = old.notify_on_sight;
	s->as = s->as ? s->as : old.as;
	s->delay = s->delay ? s->delay : old.delay;
}

static void
looked(struct edge *e, void *arg, const struct msg_verified *a, const void *key, size_t n)
{
	struct enrolment *p = arg;
	struct enrolment was = *p;
	struct view_reporter v;
	struct identity i = { 0 };
	bool known;
	p->used = false;
	if (!a || a->result == PGP_LATER || (a->result == PGP_GOOD && !key))
		return later(was.ticket, -ENOTCONN, "the role that looks at keys is not there: try again");
	if (a->result != PGP_GOOD)
		return later(was.ticket, -EINVAL, a->rule);
	if (!identity_make(IDENTITY_PGP, a->fingerprint, &i))
		return later(was.ticket, -EINVAL, "a key of version 4");
	was.s.key = identity_key(&i);
	if (view_reporter_named(e->judge, was.s.name, edge_now(e), &v) && key_cmp(&v.key, &was.s.key) != 0)
		return later(was.ticket, -EEXIST, "that name is another reporter's");
	keep_old(e, &was.s, &known);
	int r = keys_enrol(e, a, key, n, &was.s);
	if (r == -EEXIST)
		return later(was.ticket, r, "a key id of it is that of another reporter's key");
	if (r == -EDQUOT)
		return later(was.ticket, -E2BIG, "too many OpenPGP keys are enrolled");
	if (r < 0)
		return later(was.ticket, r, strerror(-r));
	word_audit(e, was.roles);
	keys_follow(e, &was.s.key);
	json_t *doc = json_new(json_object());
	put_text(doc, "fingerprint", a->fingerprint);
	put(doc, "was_known", json_boolean(known));
	if (view_reporter_of(e->judge, &was.s.key, edge_now(e), &v))
		put(doc, "reporter", control_reporter_json(e, &v, NULL));
	control_later(was.ticket, 0, doc, "");
}

int
control_enrol(struct control_call *k)
{
	static uint8_t file[BASE64_ROOM(65536)];
	const char *text = control_arg_text(k, "pgp");
	struct enrolment *p = NULL;
	size_t n = 0;
	int r;
	for (size_t i = 0; i < ENROLMENTS && !p; i++)
		if (!pending[i].used)
			p = &pending[i];
	if (!p)
		return control_refuse(k, -EBUSY, "too many enrol at once: try again");
	*p = (struct enrolment){ .ticket = k->ticket, .roles = k->roles };
	p->s.uid = k->uid;
	p->s.standing = STANDING_ORG;
	if ((r = control_take_reporter(k, &p->s)) < 0)
		return r;
	if (!p->s.name[0])
		return control_refuse(k, -EINVAL, "name is missing");
	if (!p->s.org[0])
		memcpy(p->s.org, p->s.name, NAME_TEXT);
	if (!text || strlen(text) > 65536 || base64_decode(text, strlen(text), file, &n) < 0 || n == 0)
		return control_refuse(k, -EINVAL, "pgp is missing: a public key, base64");
	r = keys_look(k->e, file, n, looked, p);
	if (r < 0)
		return control_refuse(k, r, "the role that looks at keys is not there: try again");
	p->used = true;
	return CONTROL_LATER;
}

int
control_reporter_remove(struct control_call *k)
{
	const char *who = control_arg_text(k, "key");
	struct view_reporter v;
	int known = who && *who ? control_find_reporter(k, who, &v) : 0;
	if (known <= 0)
		return known < 0 ? known : control_refuse(k, -ENOENT, "no reporter of that name or key");
	if (v.standing == STANDING_OWN)
		return control_refuse(k, -EINVAL, "own sensors are not reporters to remove");
	struct reporter_set s = { .key = v.key, .uid = k->uid };
	struct fact f = { .kind = FACT_REPORTER, .reporter = s };
	bool pgp = keys_fingerprint(k->e, &v.key) != NULL;
	put_text(k->answer, "name", v.name);
	put_text(k->answer, "fingerprint", pgp ? keys_fingerprint(k->e, &v.key) : "");
	int r = pgp ? keys_remove(k->e, &s) : edge_submit(k->e, &f);
	if (r < 0)
		return control_refuse(k, r, "not kept: %s", strerror(-r));
	word_audit(k->e, k->roles);
	return 0;
}
