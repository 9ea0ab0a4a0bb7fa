/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ruleset the warden loads once: sets that are empty, and rules that never change. All that comes
 * later is elements. Numbers and fixed words only; must never print a name out of the configuration.
 *
 * A packet of a line nobody has an order about pays for the look-ups and nothing else, so there are as
 * few as may be, and what happens on a hit stands in chains of its own. A hit is counted in a rule
 * before the drop: a full set of counters ends that rule, never the drop.
 */
#include "act/act.h"

#define HITS "65536"

struct half { /* all that differs between the families */
	char n;           /* '4' */
	const char *ip;   /* in expressions */
	const char *type; /* of an address in a set */
	const char *many; /* mask of one address of a prefix in quarantine, for the counters */
	const char *path; /* what tells a sender that its packets are too big */
};

static const struct half halves[2] = {
	{ '4', "ip", "ipv4_addr", "", "icmp type destination-unreachable" },
	{ '6', "ip6", "ipv6_addr", " & ffff:ffff:ffff:ffff::", "icmpv6 type packet-too-big" },
};

static void
set_print(FILE *f, const struct half *h, const char *name, const char *key, const char *flags,
    const char *text)
{
	fprintf(f, "\tset %s%c {\n\t\tcomment \"%s\"\n", name, h->n, text);
	fprintf(f, "\t\ttype %s%s\n\t\tflags %s\n", h->type, key, flags);
}

static void
sets_print(FILE *f, const struct half *h)
{
	static const char place[] = " . inet_proto . inet_service";
	set_print(f, h, "in", place, "timeout", "filter towards a line: line, protocol, its port");
	fprintf(f, "\t}\n");
	set_print(f, h, "out", place, "timeout", "filter from a line: line, protocol, far port");
	fprintf(f, "\t}\n");
	set_print(f, h, "quar", "", "timeout", "lines in quarantine");
	fprintf(f, "\t}\n");
	set_print(f, h, "wide", "", "interval, timeout", "prefixes in quarantine; keep it small");
	fprintf(f, "\t\tsize 8192\n\t}\n");
	set_print(f, h, "victim", place, "interval, timeout", "filter from all lines: victim, protocol, its port");
	fprintf(f, "\t\tsize 1024\n\t}\n");
}

static void
hits_print(FILE *f, const struct half *h)
{
	static const struct {
		const char *name, *key;
	} hits[] = {
		{ "in", " . inet_proto . inet_service" },
		{ "out", " . inet_proto . inet_service" },
		{ "quar", "" },
		{ "wide", "" },
		{ "victim", "" },
	};
	for (size_t i = 0; i < sizeof hits / sizeof *hits; i++)
		fprintf(f,
		    "\tset %s%c_hits {\n"
		    "\t\ttype %s%s\n"
		    "\t\tflags dynamic, timeout\n"
		    "\t\tsize " HITS "\n"
		    "\t\ttimeout 7d\n"
		    "\t}\n",
		    hits[i].name, h->n, h->type, hits[i].key);
}

static bool
inside_another(const struct lpm *l, const struct prefix *p)
{
	for (unsigned len = 0; len < p->len; len++) {
		struct lpm_node key = { .prefix = prefix_of(&p->a, len) };
		if (l->used[p->a.fam == 6][len] && tree_find(&l->tree, &key.node))
			return true;
	}
	return false;
}

/* Overlapping intervals are an error to nft, so what lies inside another is left out. */
static void
reach_print(FILE *f, const struct half *h, const struct lpm *reach)
{
	char text[PREFIX_TEXT];
	bool any = false;
	set_print(f, h, "reach", "", "interval",
	    "always-reach: what a line in quarantine may still talk to");
	for (struct lpm_node *n = lpm_first(reach); n; n = lpm_next(reach, n)) {
		if (n->prefix.a.fam != h->n - '0' || inside_another(reach, &n->prefix))
			continue;
		fprintf(f, any ? ",\n\t\t\t%s" : "\t\telements = {\n\t\t\t%s",
		    prefix_print(&n->prefix, text));
		any = true;
	}
	fprintf(f, any ? "\n\t\t}\n\t}\n" : "\t}\n");
}

static void
filter_print(FILE *f, const struct half *h, const char *name, const char *end, const char *rest)
{
	fprintf(f,
	    "\tchain %s%c_hit {\n"
	    "\t\tupdate @%s%c_hits { %s %s%s counter }\n"
	    "\t\tdrop\n"
	    "\t}\n",
	    name, h->n, name, h->n, h->ip, end, rest);
}

/* The walled garden. What may pass returns: the packet may still be somebody else's case. */
static void
garden_print(FILE *f, const struct half *h, const char *name, const char *mask)
{
	for (int to = 0; to < 2; to++) {
		fprintf(f, "\tchain %s%c_%s {\n", name, h->n, to ? "to" : "from");
		fprintf(f, "\t\t%s %s @reach%c return\n", h->ip, to ? "saddr" : "daddr", h->n);
		if (to)
			fprintf(f, "\t\t%s return # path MTU\n", h->path);
		fprintf(f, "\t\tupdate @%s%c_hits { %s %s%s counter }\n", name, h->n, h->ip,
		    to ? "daddr" : "saddr", mask);
		fprintf(f, "\t\tdrop\n\t}\n");
	}
}

static void
lookups_print(FILE *f, const struct half *h)
{
	static const struct {
		const char *end, *rest, *set, *go, *then;
	} rules[] = {
		{ "daddr", " . meta l4proto . th dport", "in", "goto", "hit" },
		{ "saddr", " . meta l4proto . th dport", "out", "goto", "hit" },
		{ "saddr", "", "quar", "jump", "from" },
		{ "daddr", "", "quar", "jump", "to" },
		{ "saddr", "", "wide", "jump", "from" },
		{ "daddr", "", "wide", "jump", "to" },
		{ "daddr", " . meta l4proto . th dport", "victim", "goto", "hit" },
	};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		fprintf(f, "\t\t%s %s%s @%s%c ", h->ip, rules[i].end, rules[i].rest, rules[i].set, h->n);
		fprintf(f, "%s %s%c_%s\n", rules[i].go, rules[i].set, h->n, rules[i].then);
	}
}

void
act_ruleset_print(const struct policy *p, FILE *f)
{
	fprintf(f,
	    "# lymph's ruleset, written by lymphd at each start: a change made here is lost.\n"
	    "# Sets are filled and emptied by lymphd; each element ends by itself. `lymph panic`, or\n"
	    "# `nft delete table inet " ACT_TABLE "`, ends all of it. A set flushed by hand stays so\n"
	    "# until `lymph resume`: the element of zeros that lymphd keeps in it is how it knows.\n"
	    "table inet " ACT_TABLE "\n"
	    "delete table inet " ACT_TABLE "\n"
	    "table inet " ACT_TABLE " {\n");
	for (int i = 0; i < 2; i++) {
		sets_print(f, &halves[i]);
		reach_print(f, &halves[i], &p->reach);
	}
	fprintf(f, "\n\t# Packets dropped, by place; what was not hit for a week is forgotten.\n");
	for (int i = 0; i < 2; i++)
		hits_print(f, &halves[i]);
	fprintf(f, "\n\t# Counted first: when the counters are full, the drop still stands.\n");
	for (int i = 0; i < 2; i++) {
		filter_print(f, &halves[i], "in", "daddr", " . meta l4proto . th dport");
		filter_print(f, &halves[i], "out", "saddr", " . meta l4proto . th dport");
		filter_print(f, &halves[i], "victim", "daddr", "");
		garden_print(f, &halves[i], "quar", "");
		garden_print(f, &halves[i], "wide", halves[i].many);
	}
	fprintf(f, "\n\tchain forward6 {\n");
	lookups_print(f, &halves[1]);
	fprintf(f, "\t}\n\n\t# Every forwarded packet: seven look-ups, and on its way.\n"
		   "\tchain forward {\n"
		   "\t\ttype filter hook forward priority filter - 10; policy accept;\n"
		   "\t\tmeta nfproto ipv6 goto forward6\n");
	lookups_print(f, &halves[0]);
	fprintf(f, "\t}\n}\n");
}
