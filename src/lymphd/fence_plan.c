/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fence as text, see fence_plan.h. Elements are compared as merged ranges, because nft is free to
 * list an interval as prefix or range. Must accept nothing it did not ask for: an unknown object,
 * rule or element is a difference.
 */
#include "lymphd/fence_plan.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"

struct range {
	struct addr lo, hi;
};

struct ranges {
	struct range *r;
	size_t n, room;
	bool oom;
};

static void
ranges_add(struct ranges *s, const struct addr *lo, const struct addr *hi)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct range *r = realloc(s->r, room * sizeof *r);
		if (!r) {
			s->oom = true;
			return;
		}
		s->r = r;
		s->room = room;
	}
	s->r[s->n++] = (struct range){ *lo, *hi };
}

static void
ranges_add_prefix(struct ranges *s, const struct prefix *p)
{
	struct addr hi = prefix_last(p);
	ranges_add(s, &p->a, &hi);
}

static int
by_lo(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return addr_cmp(&x->lo, &y->lo);
}

static void
ranges_merge(struct ranges *s)
{
	size_t out = 0;
	if (s->n)
		qsort(s->r, s->n, sizeof *s->r, by_lo);
	for (size_t i = 0; i < s->n; i++) {
		struct range *last = out ? &s->r[out - 1] : NULL;
		struct addr after = last ? addr_next(&last->hi) : (struct addr){ 0 };
		bool joins =
		    last && last->lo.fam == s->r[i].lo.fam &&
		    (addr_cmp(&s->r[i].lo, &last->hi) <= 0 || addr_eq(&s->r[i].lo, &after));
		if (!joins)
			s->r[out++] = s->r[i];
		else if (addr_cmp(&s->r[i].hi, &last->hi) > 0)
			last->hi = s->r[i].hi;
	}
	s->n = out;
}

static struct ranges
ranges_own(const struct policy *p, uint8_t fam)
{
	struct ranges s = { 0 };
	for (struct lpm_node *n = lpm_first(&p->rows); n; n = lpm_next(&p->rows, n))
		if (n->prefix.a.fam == fam)
			ranges_add_prefix(&s, &n->prefix);
	ranges_merge(&s);
	return s;
}

static void
print_set(const struct policy *p, uint8_t fam, FILE *f)
{
	struct ranges s = ranges_own(p, fam);
	char lo[ADDR_TEXT], hi[ADDR_TEXT];
	fprintf(f, "\tset own%u {\n\t\ttype ipv%u_addr\n\t\tflags interval\n", fam, fam);
	for (size_t i = 0; i < s.n; i++) {
		fprintf(f, "%s%s", i ? ",\n\t\t\t" : "\t\telements = {\n\t\t\t",
		    addr_print(&s.r[i].lo, lo));
		if (!addr_eq(&s.r[i].lo, &s.r[i].hi))
			fprintf(f, "-%s", addr_print(&s.r[i].hi, hi));
	}
	fputs(s.n ? "\n\t\t}\n\t}\n" : "\t}\n", f);
	free(s.r);
}

void
fence_plan_print(const struct policy *p, uint32_t uid, FILE *f)
{
	/* Add, then delete: the file loads whether the table is there or not, in one transaction. */
	fputs("table inet " FENCE_TABLE "\ndelete table inet " FENCE_TABLE
	      "\ntable inet " FENCE_TABLE " {\n",
	    f);
	print_set(p, 4, f);
	print_set(p, 6, f);
	fprintf(f,
	    "\tchain output {\n\t\ttype filter hook output priority 0; policy accept;\n"
	    "\t\tmeta skuid %u ip daddr @own4 accept\n"
	    "\t\tmeta skuid %u ip6 daddr @own6 accept\n"
	    "\t\tmeta skuid %u counter drop\n\t}\n}\n",
	    uid, uid, uid);
}

/* What nft must list, rule by rule; a counter's numbers are cut off before comparing. */
static json_t *
rule_plan(unsigned i, uint32_t uid)
{
	json_t *own = json_pack("{s:{s:s,s:{s:{s:s}},s:I}}", "match", "op", "==", "left", "meta",
	    "key", "skuid", "right", (json_int_t)uid);
	if (i == 2)
		return json_pack("[o,{s:n},{s:n}]", own, "counter", "drop");
	return json_pack("[o,{s:{s:s,s:{s:{s:s,s:s}},s:s}},{s:n}]", own, "match", "op",
	    "==", "left", "payload", "protocol", i ? "ip6" : "ip", "field", "daddr", "right",
	    i ? "@own6" : "@own4", "accept");
}

static bool
rule_matches(json_t *rule, unsigned i, uint32_t uid)
{
	json_t *expr = json_object_get(rule, "expr"), *e;
	size_t k;
	if (i > 2 || !json_is_array(expr))
		return false;
	json_array_foreach(expr, k, e)
	{
		if (json_object_get(e, "counter"))
			json_object_set_new(e, "counter", json_null());
	}
	json_t *want = rule_plan(i, uid);
	bool same = want && json_equal(expr, want);
	json_decref(want);
	return same;
}

static bool
text_is(json_t *o, const char *key, const char *want)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s && !strcmp(s, want);
}

static bool
chain_matches(json_t *c)
{
	return text_is(c, "name", "output") && text_is(c, "type", "filter") &&
	       text_is(c, "hook", "output") && text_is(c, "policy", "accept") &&
	       json_is_integer(json_object_get(c, "prio")) &&
	       json_integer_value(json_object_get(c, "prio")) == 0;
}

static bool
json_addr(json_t *j, struct addr *ret)
{
	const char *s = json_string_value(j);
	return s && !addr_parse(s, strlen(s), ret);
}

static bool
element_add(json_t *e, struct ranges *s)
{
	struct addr lo, hi;
	json_t *range = json_object_get(e, "range"), *prefix = json_object_get(e, "prefix");
	if (json_addr(e, &lo)) {
		ranges_add(s, &lo, &lo);
	} else if (range && json_addr(json_array_get(range, 0), &lo) &&
		   json_addr(json_array_get(range, 1), &hi)) {
		ranges_add(s, &lo, &hi);
	} else if (prefix && json_addr(json_object_get(prefix, "addr"), &lo)) {
		json_int_t len = json_integer_value(json_object_get(prefix, "len"));
		if (len < 0 || len > addr_bits(&lo))
			return false;
		struct prefix p = prefix_of(&lo, (unsigned)len);
		ranges_add_prefix(s, &p);
	} else {
		return false;
	}
	return true;
}

static bool
set_matches(json_t *set, const struct policy *p)
{
	uint8_t fam = text_is(set, "name", "own4") ? 4 : 6;
	if (!text_is(set, "name", fam == 4 ? "own4" : "own6") ||
	    !text_is(set, "type", fam == 4 ? "ipv4_addr" : "ipv6_addr"))
		return false;
	struct ranges got = { 0 }, want = ranges_own(p, fam);
	json_t *e;
	size_t i;
	bool same = true;
	json_array_foreach(json_object_get(set, "elem"), i, e) same = same && element_add(e, &got);
	ranges_merge(&got);
	same = same && !got.oom && !want.oom && got.n == want.n;
	for (i = 0; same && i < got.n; i++)
		same = addr_eq(&got.r[i].lo, &want.r[i].lo) && addr_eq(&got.r[i].hi, &want.r[i].hi);
	free(got.r);
	free(want.r);
	return same;
}

int
fence_plan_compare(
    const struct policy *p, uint32_t uid, const char *json, size_t n, const char **why)
{
	json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL), *e, *o;
	unsigned rules = 0, chains = 0, sets = 0;
	const char *bad = NULL;
	size_t i;
	json_array_foreach(json_object_get(root, "nftables"), i, e)
	{
		if (json_object_get(e, "metainfo") || json_object_get(e, "table"))
			continue;
		if ((o = json_object_get(e, "set"))) {
			sets++;
			if (!set_matches(o, p))
				bad = "a set is not the plan's";
		} else if ((o = json_object_get(e, "chain"))) {
			chains++;
			if (!chain_matches(o))
				bad = "a chain is not the plan's";
		} else if ((o = json_object_get(e, "rule"))) {
			if (!rule_matches(o, rules++, uid))
				bad = "a rule is not the plan's";
		} else {
			bad = "an object that is not the plan's";
		}
	}
	json_decref(root);
	if (!bad && (rules != 3 || chains != 1 || sets != 2))
		bad = "something is missing";
	if (!bad)
		return 0;
	*why = bad;
	return -EBADMSG;
}
