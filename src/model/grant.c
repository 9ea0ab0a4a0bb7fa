/* SPDX-License-Identifier: BSD-2-Clause */
/* Grants: scope as words, canonical encoding, see grant.h. A decoder refuses what its encoder could not have
 * written: a grant that reads as wider than it was would show strangers what is not theirs. */
#include "model/grant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/pack.h"

static const struct {
	const char *word;
	uint8_t flags; /* evidence is evidence of reports */
} flag_words[] = {
	{ "reports", GRANT_REPORTS },
	{ "evidence", GRANT_REPORTS | GRANT_EVIDENCE },
	{ "inside", GRANT_INSIDE },
};
#define FLAG_WORDS (sizeof(flag_words) / sizeof(flag_words[0]))

void
grant_encode(struct writer *w, const struct grant *g)
{
	w8(w, 1);
	w64(w, g->no);
	wtext(w, g->name, sizeof(g->name));
	w8(w, g->kind);
	w8(w, g->flags);
	w32(w, g->classes);
	w8(w, g->all);
	w8(w, g->prefixes);
	for (unsigned i = 0; i < g->prefixes; i++)
		prefix_encode(w, &g->prefix[i]);
	wbytes(w, g->token, sizeof(g->token));
	wtext(w, g->mail, sizeof(g->mail));
	w64(w, (uint64_t)g->made);
	w64(w, (uint64_t)g->until);
	w32(w, g->uid);
	w64(w, g->since);
}

int
grant_decode(const void *p, size_t n, struct grant *ret)
{
	struct reader r = reader_of(p, n);
	struct grant g = { 0 };
	r.bad |= r8(&r) != 1;
	g.no = r64(&r);
	rtext(&r, g.name, sizeof(g.name));
	g.kind = r8below(&r, GRANT_KIND_N);
	g.flags = r8below(&r, GRANT_FLAGS + 1);
	g.classes = r32(&r);
	g.all = r8below(&r, 2);
	g.prefixes = r8below(&r, GRANT_PREFIXES + 1);
	for (unsigned i = 0; i < g.prefixes && !r.bad; i++) {
		prefix_decode(&r, &g.prefix[i]);
		r.bad |= g.prefix[i].a.fam == 0;
	}
	rbytes(&r, g.token, sizeof(g.token));
	rtext(&r, g.mail, sizeof(g.mail));
	g.made = (msec)r64(&r);
	g.until = (msec)r64(&r);
	g.uid = r32(&r);
	g.since = r64(&r);
	if (!reader_done(&r) || !grant_name_ok(g.name) || (g.all == (g.prefixes > 0)) ||
	    g.classes >> CLASS_N || (g.classes & 1u << CLASS_NONE))
		return -EBADMSG;
	*ret = g;
	return 0;
}

bool
grant_name_ok(const char *s)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strspn(s, good);
	return n > 0 && n < DESK_NAME && s[n] == '\0' && s[0] != '-';
}

bool
grant_has_token(const struct grant *g)
{
	static const uint8_t none[GRANT_HASH];
	return memcmp(g->token, none, sizeof(none)) != 0;
}

static int
add_prefix(struct grant *g, const struct prefix *p)
{
	for (unsigned i = 0; i < g->prefixes; i++)
		if (prefix_cmp(&g->prefix[i], p) == 0)
			return 0;
	if (g->prefixes == GRANT_PREFIXES)
		return -E2BIG;
	g->prefix[g->prefixes++] = *p;
	return 0;
}

int
grant_scope_add(struct grant *g, const char *word)
{
	struct prefix p;
	size_t n = strlen(word);
	enum class_id cls = class_by_name(word, n);
	if (strcmp(word, "all") == 0) {
		g->all = true;
		return 0;
	}
	for (size_t i = 0; i < FLAG_WORDS; i++)
		if (strcmp(word, flag_words[i].word) == 0) {
			g->flags |= flag_words[i].flags;
			return 0;
		}
	if (cls != CLASS_NONE) {
		g->classes |= 1u << cls;
		return 0;
	}
	int r = prefix_parse(word, n, &p);
	return r < 0 ? r : add_prefix(g, &p);
}

static void
say(char buf[GRANT_SCOPE], const char *word)
{
	size_t n = strlen(buf);
	snprintf(buf + n, GRANT_SCOPE - n, "%s%s", n ? " " : "", word);
}

char *
grant_scope_print(const struct grant *g, char buf[GRANT_SCOPE])
{
	char text[PREFIX_TEXT];
	uint8_t left = g->flags;
	buf[0] = '\0';
	if (g->all)
		say(buf, "all");
	for (unsigned i = 0; i < g->prefixes; i++)
		say(buf, prefix_print(&g->prefix[i], text));
	for (unsigned cls = CLASS_NONE + 1; cls < CLASS_N; cls++)
		if (g->classes >> cls & 1)
			say(buf, class_row((enum class_id)cls)->name);
	for (size_t i = FLAG_WORDS; i-- > 0;) /* evidence includes reports */
		if ((left & flag_words[i].flags) == flag_words[i].flags && flag_words[i].flags) {
			say(buf, flag_words[i].word);
			left &= (uint8_t)~flag_words[i].flags;
		}
	return buf;
}

bool
grant_covers(const struct grant *g, const struct addr *a, enum class_id cls)
{
	bool in = g->all;
	for (unsigned i = 0; i < g->prefixes && !in; i++)
		in = prefix_has(&g->prefix[i], a);
	return in && (!g->classes || g->classes >> cls & 1);
}

bool
grant_lasts(const struct grant *g, msec now)
{
	return now < g->until;
}
