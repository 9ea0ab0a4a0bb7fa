/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may read of cases outside, and to whom reports are sent on: the list, and what the operator says. A
 * token is told once, to who makes it. Must never give anybody more than the networks served here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/escape.h"
#include "lymphd/control.h"
#include "lymphd/edge_grant.h"
#include "wire/xarf.h"

static const char *const kinds[GRANT_KIND_N] = { "token", "subscription" };

static json_t *
grant_json(struct edge *e, const struct grant_held *h)
{
	char scope[GRANT_SCOPE];
	const struct grant *g = &h->g;
	json_t *o = json_new(json_object());
	put_text(o, "name", g->name);
	put_text(o, "kind", kinds[g->kind]);
	put_text(o, "scope", grant_scope_print(g, scope));
	put_text(o, "mail", g->mail);
	put(o, "token", json_boolean(grant_has_token(g)));
	put_time(o, "made", g->made);
	put_int(o, "by", g->uid);
	put_time(o, "until", g->until);
	put(o, "lasts", json_boolean(grant_lasts(g, e->now)));
	put_time(o, "used", h->n.used);
	put_int(o, "asked", h->n.asked);
	put_int(o, "limited", h->n.limited);
	put_int(o, "sent", h->n.sent);
	put_int(o, "again", h->n.again);
	put_int(o, "left", h->n.left);
	return o;
}

static int
arg_kind(struct control_call *k, enum grant_kind *ret)
{
	const char *s = control_arg_text(k, "kind");
	for (unsigned i = 0; s && i < GRANT_KIND_N; i++)
		if (strcmp(s, kinds[i]) == 0) {
			*ret = (enum grant_kind)i;
			return 0;
		}
	return control_refuse(k, -EINVAL, "kind takes token or subscription");
}

int
control_grants(struct control_call *k)
{
	enum grant_kind kind;
	const struct grant_held *h;
	size_t it = 0;
	int r = arg_kind(k, &kind);
	if (r < 0)
		return r;
	edge_now(k->e);
	json_t *list = json_new(json_array());
	while ((h = grants_next(k->e, &it)) != NULL)
		if (h->g.kind == kind)
			push(list, grant_json(k->e, h));
	put(k->answer, "grants", list);
	put_int(k->answer, "denied", read_totals(k->e).denied);
	put_time(k->answer, "now", k->e->now);
	return 0;
}

static int
take_scope(struct control_call *k, struct grant *g)
{
	const json_t *words = json_object_get(k->args, "scope");
	char shown[96];
	for (size_t i = 0; i < json_array_size(words); i++) {
		const char *s = json_string_value(json_array_get(words, i));
		int r = s ? grant_scope_add(g, s) : -EINVAL;
		if (r == -E2BIG)
			return control_refuse(k, r, "a scope holds at most %d prefixes", GRANT_PREFIXES);
		if (r < 0)
			return control_refuse(k, -EINVAL, "\"%s\" is no scope: all, a prefix, a class, reports, "
			    "evidence or inside", s ? escape_tty(s, strlen(s), shown, sizeof(shown)) : "");
	}
	for (unsigned i = 0; i < g->prefixes; i++)
		if (!policy_owns(k->e->c->conf->policy, &g->prefix[i]))
			return control_refuse(k, -EPERM, "%s is not within the networks served here",
			    prefix_print(&g->prefix[i], shown));
	if (g->all == (g->prefixes > 0))
		return control_refuse(k, -EINVAL, "a scope holds prefixes, or all: one of these");
	return 0;
}

/* A subscription is somebody else's: his space alone, and never what is for the house. */
static int
take_subscription(struct control_call *k, struct grant *g, bool token)
{
	const char *mail = control_arg_text(k, "mail");
	if (g->all || g->flags & GRANT_INSIDE)
		return control_refuse(k, -EINVAL, "a subscription is to prefixes, and shows no insides");
	if (!mail && !token)
		return control_refuse(k, -EINVAL, "a subscription takes a mail address, a token, or both");
	if (mail && (strlen(mail) >= GRANT_MAIL || !xarf_mail_address(mail)))
		return control_refuse(k, -EINVAL, "mail takes one plain mail address");
	snprintf(g->mail, sizeof(g->mail), "%s", mail ? mail : "");
	g->flags |= GRANT_REPORTS;
	return 0;
}

static int
take(struct control_call *k, struct grant *g, bool *token)
{
	const char *name = control_arg_text(k, "name");
	enum grant_kind kind;
	int64_t until;
	int r = arg_kind(k, &kind);
	if (r < 0 || (r = control_arg_int(k, "until_ms", MSEC_NEVER, &until)) < 0)
		return r;
	if (!name || !grant_name_ok(name))
		return control_refuse(k, -EINVAL, "a name is letters, digits, \".\", \"_\" and \"-\", at most %d",
		    DESK_NAME - 1);
	if (until <= edge_now(k->e))
		return control_refuse(k, -EINVAL, "its end is over already");
	*g = (struct grant){ .kind = (uint8_t)kind, .until = until, .uid = k->uid };
	snprintf(g->name, sizeof(g->name), "%s", name);
	*token = kind == GRANT_TOKEN || json_is_true(json_object_get(k->args, "token"));
	if ((r = take_scope(k, g)) < 0)
		return r;
	return kind == GRANT_SUBSCRIPTION ? take_subscription(k, g, *token) : 0;
}

int
control_grant_add(struct control_call *k)
{
	struct grant g;
	bool token = false;
	uint8_t secret[READ_TOKEN];
	char text[sodium_base64_ENCODED_LEN(READ_TOKEN, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	int r = take(k, &g, &token);
	if (r < 0)
		return r;
	r = grants_add(k->e, &g, token ? secret : NULL);
	if (r == -EEXIST)
		return control_refuse(k, r, "there is a token or subscription of that name");
	if (r == -E2BIG)
		return control_refuse(k, r, "there are %d tokens and subscriptions already", GRANTS);
	if (r < 0)
		return control_refuse(k, r, "not kept: %s", strerror(-r));
	word_audit(k->e, k->roles);
	put(k->answer, "grant", grant_json(k->e, grants_named(k->e, g.name)));
	put_text(k->answer, "secret", token ? sodium_bin2base64(text, sizeof(text), secret, sizeof(secret),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING) : "");
	sodium_memzero(secret, sizeof(secret));
	return 0;
}

int
control_grant_remove(struct control_call *k)
{
	const char *name = control_arg_text(k, "name");
	enum grant_kind kind;
	int r = arg_kind(k, &kind);
	if (r < 0)
		return r;
	r = name ? grants_remove(k->e, name, kind, k->uid) : -ENOENT;
	if (r == -ENOENT)
		return control_refuse(k, r, "no %s of that name", kinds[kind]);
	if (r < 0)
		return control_refuse(k, r, "not kept: %s", strerror(-r));
	word_audit(k->e, k->roles);
	return 0;
}
