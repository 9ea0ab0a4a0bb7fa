/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two consciences side by side, see conscience.h. Must never call what loosens anything equal or
 * tighter: where it cannot tell at a glance (a prefix now covered by two halves), it is looser.
 */
#include <stdio.h>
#include <string.h>

#include "act/conscience.h"
#include "act/conscience_own.h"
#include "model/params.h"

#define WHAT 384 /* more than a domain and some words */

struct differ {
	conscience_differ_cb *cb;
	void *arg;
};

static int64_t
limit(const struct conscience *c, const struct conscience_number *t)
{
	int64_t v;
	memcpy(&v, (const char *)&c->limit + t->offset, sizeof v);
	return v;
}

static const char *
name(const struct conscience_number *t, char buf[64])
{
	snprintf(buf, 64, "%s%s%s", t->word, t->second ? " " : "", t->second ? t->second : "");
	return buf;
}

/* True: go on. */
static bool
numbers(const struct conscience *now, const struct conscience *then, const struct differ *d)
{
	char what[WHAT], word[64], from[PARAM_TEXT], to[PARAM_TEXT];
	for (unsigned i = 0; i < CONSCIENCE_NUMBERS; i++) {
		const struct conscience_number *t = &conscience_numbers[i];
		int64_t a = limit(now, t), b = limit(then, t);
		if (a == b)
			continue;
		snprintf(what, sizeof what, "%s %s -> %s", name(t, word), param_print(t->kind, a, from),
		    param_print(t->kind, b, to));
		if (!d->cb(t->less ? b < a : b > a, what, d->arg))
			return false;
	}
	return true;
}

/* p, or all around it, is in c. */
static bool
has_prefix(const struct conscience *c, const struct prefix *p)
{
	for (int len = p->len; len >= 0; len--) {
		struct lpm_node key = { .prefix = prefix_of(&p->a, (unsigned)len) };
		if (c->never.used[p->a.fam == 6][len] && tree_find(&c->never.tree, &key.node))
			return true;
	}
	return false;
}

static const char *
domain_name(const struct tree_node *n)
{
	return TREE_ENTRY(n, const struct conscience_domain, node)->name;
}

/* What of a is not in b: looser where a is now's. */
static bool
nevers(const struct conscience *a, const struct conscience *b, bool looser, const struct differ *d)
{
	char what[WHAT], text[PREFIX_TEXT];
	for (const struct prefix *p = NULL; (p = conscience_never(a, p)) != NULL;) {
		if (has_prefix(b, p))
			continue;
		snprintf(what, sizeof what, looser ? "never %s -> gone" : "never %s is new",
		    prefix_print(p, text));
		if (!d->cb(looser, what, d->arg))
			return false;
	}
	for (struct tree_node *n = tree_first(&a->domains); n; n = tree_next(&a->domains, n)) {
		if (conscience_domain(b, domain_name(n)))
			continue;
		snprintf(what, sizeof what, looser ? "never %s -> gone" : "never %s is new",
		    domain_name(n));
		if (!d->cb(looser, what, d->arg))
			return false;
	}
	return true;
}

void
conscience_differ(const struct conscience *now, const struct conscience *then,
    conscience_differ_cb *cb, void *arg)
{
	const struct differ d = { cb, arg };
	enum mode a = conscience_ceiling(now), b = conscience_ceiling(then);
	char what[WHAT];
	snprintf(what, sizeof what, "mode %s -> %s", mode_name(a), mode_name(b));
	if (a != b && !cb(b == MODE_ENFORCE, what, arg))
		return;
	if (numbers(now, then, &d) && nevers(now, then, true, &d))
		nevers(then, now, false, &d);
}

struct first {
	char *what;
	size_t size;
	bool looser;
};

static bool
on_first(bool looser, const char *what, void *arg)
{
	struct first *f = arg;
	if (!looser)
		return true;
	snprintf(f->what, f->size, "%s", what);
	f->looser = true;
	return false;
}

bool
conscience_looser(const struct conscience *now, const struct conscience *then, char *what,
    size_t size)
{
	struct first f = { what, size, false };
	snprintf(what, size, "%s", "");
	conscience_differ(now, then, on_first, &f);
	return f.looser;
}

int
conscience_tighten(struct conscience *c, const struct conscience *by)
{
	int rc = 0;
	for (const struct prefix *p = NULL; !rc && (p = conscience_never(by, p)) != NULL;)
		rc = conscience_add_never(c, p);
	for (struct tree_node *n = tree_first(&by->domains); n && !rc; n = tree_next(&by->domains, n))
		rc = conscience_add_domain(c, domain_name(n));
	if (conscience_ceiling(by) != MODE_ENFORCE)
		c->limit.ceiling = MODE_OBSERVE;
	for (unsigned i = 0; i < CONSCIENCE_NUMBERS; i++) {
		const struct conscience_number *t = &conscience_numbers[i];
		int64_t a = limit(c, t), b = limit(by, t);
		if (t->less ? b > a : b < a)
			memcpy((char *)&c->limit + t->offset, &b, sizeof b);
	}
	return rc;
}

void
conscience_print(const struct conscience *c, FILE *f)
{
	char text[PREFIX_TEXT], word[64], value[PARAM_TEXT];
	fprintf(f, "mode %s\n", mode_name(conscience_ceiling(c)));
	for (unsigned i = 0; i < CONSCIENCE_NUMBERS; i++) {
		const struct conscience_number *t = &conscience_numbers[i];
		fprintf(f, "%s %s\n", name(t, word), param_print(t->kind, limit(c, t), value));
	}
	for (const struct prefix *p = NULL; (p = conscience_never(c, p)) != NULL;)
		fprintf(f, "never %s\n", prefix_print(p, text));
	for (struct tree_node *n = tree_first(&c->domains); n; n = tree_next(&c->domains, n))
		fprintf(f, "never %s\n", domain_name(n));
}
