/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines to claims, see logclaim.h. A walk over the line yields what may be an address; only when one
 * is ours do the recognisers look, and they look for it again by themselves (logfind.h), so that what is
 * found here too much costs time and accuses nobody. Must never hold more than LOGCLAIM_OPEN claims. */
#include "wire/logclaim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/recog.h"

#define BUCKETS   2048
#define NOBODY    UINT16_MAX
#define TOKEN_MAX 64
#define LINE_ADDRS 8 /* of ours looked at in one line */
#define HALF      (LOGCLAIM_TEXT / 2)
#define LINE_LOOKED (16u << 10) /* of a line that came by itself: who wrote it may want to cost time */
#define LINE_KEPT 2048 /* of one line, with the address in it */

/* Text of the first lines [0, head), of the last ones [HALF, HALF + tail). */
struct gathered {
	struct addr addr;
	enum class_id cls;
	const struct recog_row *row; /* of the first line */
	uint16_t port, far_port;
	uint8_t proto;
	bool exchange, zone_assumed, tail_used;
	msec began, first, event;
	uint32_t count;
	uint64_t lines;
	size_t head, tail;
	char *text; /* HALF, for most need no more; LOGCLAIM_TEXT with a tail */
	uint16_t chain, older, newer;
};

struct logclaim {
	bool (*ours)(const struct addr *a, void *arg);
	void *arg;
	struct recog *recog;
	struct logclaim_counts counts;
	struct gathered open[LOGCLAIM_OPEN];
	uint16_t bucket[BUCKETS], oldest, newest, spare;
	unsigned used;
	char text[LOGCLAIM_TEXT]; /* of the claim that is given out */
};

/* Compiled rows are megabytes and the same for each log of a process, which reads one line at a time. */
static struct recog *shared;
static unsigned users;

static int
share(struct recog **ret)
{
	int rc = users ? 0 : recog_new(CLASS_NONE, &shared);
	if (rc < 0)
		return rc;
	users++;
	*ret = shared;
	return 0;
}

int
logclaim_new(bool (*ours)(const struct addr *a, void *arg), void *arg, struct logclaim **ret)
{
	struct logclaim *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	int rc = share(&l->recog);
	if (rc < 0) {
		free(l);
		return rc;
	}
	l->ours = ours;
	l->arg = arg;
	for (size_t i = 0; i < BUCKETS; i++)
		l->bucket[i] = NOBODY;
	for (uint16_t i = 0; i < LOGCLAIM_OPEN; i++)
		l->open[i].chain = i + 1 < LOGCLAIM_OPEN ? (uint16_t)(i + 1) : NOBODY;
	l->oldest = l->newest = NOBODY;
	*ret = l;
	return 0;
}

void
logclaim_free(struct logclaim *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LOGCLAIM_OPEN; i++)
		free(l->open[i].text);
	if (--users == 0) {
		recog_free(shared);
		shared = NULL;
	}
	free(l);
}

const struct logclaim_counts *
logclaim_counted(const struct logclaim *l)
{
	return &l->counts;
}

/* What an address with its port is made of. */
#define D 1 /* digit */
#define H 2 /* hexadecimal letter */
#define C 4 /* colon */
#define P 8 /* dot */
static const uint8_t kind[256] = { ['0'] = D, D, D, D, D, D, D, D, D, D, ['a'] = H, H, H, H, H, H,
	['A'] = H, H, H, H, H, H, [':'] = C, ['.'] = P };

struct found {
	struct addr addr[LINE_ADDRS];
	unsigned n;
};

static void
found_add(const struct logclaim *l, const char *s, size_t n, struct found *ret)
{
	struct addr a;
	if (ret->n == LINE_ADDRS || addr_parse(s, n, &a) < 0)
		return;
	for (unsigned i = 0; i < ret->n; i++)
		if (addr_eq(&ret->addr[i], &a))
			return;
	if (!l->ours || l->ours(&a, l->arg))
		ret->addr[ret->n++] = a;
}

/* What s may begin with: an address, behind it perhaps a port and the dots and colons of a sentence. No
 * address is as long as TOKEN_MAX. */
static void
found_here(const struct logclaim *l, const char *s, size_t n, struct found *ret)
{
	struct addr a;
	size_t cut;
	if (n > TOKEN_MAX)
		n = TOKEN_MAX;
	for (;; n--) { /* "fe80::" is one, "192.0.2.1::" is followed by words */
		if (addr_parse(s, n, &a) == 0) {
			found_add(l, s, n, ret);
			if (a.fam == 4)
				return;
			break;
		}
		if (n == 0 || (s[n - 1] != '.' && s[n - 1] != ':'))
			break;
	}
	for (cut = n; cut > 0 && kind[(uint8_t)s[cut - 1]] == D; cut--)
		;
	if (cut > 1 && cut < n)
		found_add(l, s, cut - 1, ret);
}

/* A run of digits, letters a to f, colons and dots. Labels may be glued to it ("addr:192.0.2.1"). */
static void
run(const struct logclaim *l, const char *s, size_t n, bool dotted, struct found *ret)
{
	const char *colon = memchr(s, ':', n), *end = s + n;
	found_here(l, s, n, ret);
	if (colon)
		found_here(l, colon + 1, (size_t)(end - colon - 1), ret);
	for (const char *p = colon; dotted && p; p = memchr(p + 1, ':', (size_t)(end - p - 1)))
		if (p > colon && p + 1 < end && kind[(uint8_t)p[1]] == D)
			found_here(l, p + 1, (size_t)(end - p - 1), ret);
}

/* The addresses of ours that the line may name. */
static void
look(const struct logclaim *l, const char *s, size_t n, struct found *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (!kind[(uint8_t)s[i]])
			continue;
		size_t from = i;
		unsigned colons = 0, dots = 0;
		for (; i < n && kind[(uint8_t)s[i]]; i++) {
			colons += kind[(uint8_t)s[i]] == C;
			dots += kind[(uint8_t)s[i]] == P;
		}
		if ((dots >= 3 || colons >= 2) && i - from >= 3 && i - from <= 3 * TOKEN_MAX)
			run(l, s + from, i - from, dots >= 3, ret);
	}
}

static unsigned
hash(const struct addr *a, enum class_id cls)
{
	uint32_t h = 2166136261u ^ (uint32_t)cls;
	for (size_t i = 0; i < sizeof(a->b); i++)
		h = (h ^ a->b[i]) * 16777619u;
	return (h ^ (h >> 15)) % BUCKETS;
}

/* Gives out the oldest. What cb refuses stays. */
static int
give(struct logclaim *l, claim_cb *cb, void *arg)
{
	struct gathered *g = &l->open[l->oldest];
	struct claim c = { .subject = g->addr, .port = g->port, .far_port = g->far_port, .proto = g->proto,
		.cls = g->cls, .evidence = g->exchange ? EVIDENCE_TEXT : EVIDENCE_WEAK,
		.zone_assumed = g->zone_assumed, .first = g->first, .event = g->event, .count = g->count,
		.text = l->text, .text_n = g->head + g->tail };
	memcpy(l->text, g->text, g->head);
	memcpy(l->text + g->head, g->text + HALF, g->tail);
	snprintf(c.what, sizeof(c.what), "log: %s, %" PRIu64 " line%s", g->row->name, g->lines,
	    g->lines == 1 ? "" : "s");
	int rc = cb(&c, arg);
	if (rc != 0)
		return rc;
	uint16_t no = l->oldest, *p = &l->bucket[hash(&g->addr, g->cls)];
	while (*p != no)
		p = &l->open[*p].chain;
	*p = g->chain;
	l->oldest = g->newer;
	if (l->oldest == NOBODY)
		l->newest = NOBODY;
	else
		l->open[l->oldest].older = NOBODY;
	free(g->text); /* a thousand of them kept for the next log would be megabytes */
	g->text = NULL;
	g->chain = l->spare;
	l->spare = no;
	l->used--;
	return 0;
}

/* The entry of a and cls, made when there is none: there is room. NULL: out of memory. */
static struct gathered *
entry(struct logclaim *l, const struct addr *a, enum class_id cls, msec now)
{
	uint16_t *head = &l->bucket[hash(a, cls)], no;
	for (no = *head; no != NOBODY; no = l->open[no].chain)
		if (l->open[no].cls == cls && addr_eq(&l->open[no].addr, a))
			return &l->open[no];
	struct gathered *g = &l->open[no = l->spare];
	if (!(g->text = malloc(HALF)))
		return NULL;
	l->spare = g->chain;
	*g = (struct gathered){ .addr = *a, .cls = cls, .began = now, .text = g->text,
		.chain = *head, .older = l->newest, .newer = NOBODY };
	*head = no;
	if (l->newest == NOBODY)
		l->oldest = no;
	else
		l->open[l->newest].newer = no;
	l->newest = no;
	l->used++;
	return g;
}

static int
keep(struct gathered *g, const char *s, size_t n)
{
	if (n > LINE_KEPT) {
		struct logfind f;
		struct logfind_hit hit = { 0 };
		if (logfind_init(&f, &g->addr) == 0 && logfind_next(&f, s, n, 0, &hit) == 1 &&
		    hit.at > LINE_KEPT / 2) {
			s += hit.at - LINE_KEPT / 2;
			n -= hit.at - LINE_KEPT / 2;
		}
		n = n < LINE_KEPT ? n : LINE_KEPT;
	}
	if (!g->tail_used && g->head + n + 1 <= HALF) {
		memcpy(g->text + g->head, s, n);
		g->head += n;
		g->text[g->head++] = '\n';
		return 0;
	}
	if (!g->tail_used) {
		char *more = realloc(g->text, LOGCLAIM_TEXT);
		if (!more)
			return -ENOMEM;
		g->text = more;
	}
	g->tail_used = true;
	char *tail = g->text + HALF;
	size_t cut = 0;
	while (g->tail - cut + n + 1 > HALF)
		cut = (size_t)((char *)memchr(tail + cut, '\n', g->tail - cut) - tail) + 1;
	memmove(tail, tail + cut, g->tail - cut);
	g->tail -= cut;
	memcpy(tail + g->tail, s, n);
	g->tail += n;
	tail[g->tail++] = '\n';
	return 0;
}

static int
add(struct gathered *g, const struct recog_found *f, const struct logtime *t, const char *s, size_t n)
{
	if (!g->row)
		g->row = f->row;
	if (f->port)
		g->port = f->port;
	if (f->far_port)
		g->far_port = f->far_port;
	if (f->proto)
		g->proto = f->proto;
	g->exchange |= !(f->row->flags & RECOG_ONE_WAY);
	g->count = g->count + f->count < g->count ? UINT32_MAX : g->count + f->count;
	g->lines++;
	if (t) {
		g->first = g->first && g->first < t->at ? g->first : t->at;
		g->event = g->event > t->at ? g->event : t->at;
		g->zone_assumed |= t->zone_assumed;
	}
	return keep(g, s, n);
}

/* The class a supporting row stands for. */
static enum class_id
class_of(const struct recog_row *row, enum class_id hint)
{
	if (hint != CLASS_NONE && (row->of & RECOG_OF(hint)))
		return hint;
	return (enum class_id)__builtin_ctz(row->of);
}

struct judged {
	struct recog_found found;
	enum class_id cls;
	const struct addr *addr;
};

/* What the line says of one address: first in the matter it is said to be about, then in all. */
static enum recog_says
judge(struct logclaim *l, const struct addr *a, enum class_id hint, const char *s, size_t n,
    struct judged *ret)
{
	struct logfind f;
	ret->addr = a;
	ret->found.says = RECOG_NEUTRAL;
	if (logfind_init(&f, a) < 0)
		return RECOG_NEUTRAL;
	if (hint != CLASS_NONE && recog_judge(l->recog, hint, &f, s, n, &ret->found) == RECOG_SUPPORTS) {
		ret->cls = hint;
		return RECOG_SUPPORTS;
	}
	if (recog_judge(l->recog, CLASS_NONE, &f, s, n, &ret->found) == RECOG_SUPPORTS)
		ret->cls = class_of(ret->found.row, hint);
	return ret->found.says;
}

int
logclaim_line(struct logclaim *l, const char *s, size_t n, const struct logtime_ref *ref,
    enum class_id hint, claim_cb *cb, void *arg)
{
	struct found f = { .n = 0 };
	struct judged j[LINE_ADDRS + 1];
	struct logtime t;
	unsigned says[RECOG_N] = { 0 }, accused = 0;
	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	if (n > LINE_LOOKED)
		n = LINE_LOOKED;
	look(l, s, n, &f);
	uint64_t limited = recog_limited(l->recog);
	for (unsigned i = 0; i < f.n; i++) {
		enum recog_says x = judge(l, &f.addr[i], hint, s, n, &j[accused]);
		accused += x == RECOG_SUPPORTS;
		says[x]++;
	}
	/* Room first: a claim that cannot be given out leaves the line for another call. */
	while (l->used + accused > LOGCLAIM_OPEN) {
		int rc = give(l, cb, arg);
		if (rc != 0)
			return rc;
	}
	l->counts.lines++;
	l->counts.ours += f.n > 0;
	l->counts.accusing += accused > 0;
	l->counts.contradicting += !accused && says[RECOG_CONTRADICTS];
	l->counts.neutral += f.n && !accused && !says[RECOG_CONTRADICTS];
	l->counts.limited += recog_limited(l->recog) > limited;
	bool timed = accused && logtime_find(ref, s, n, &t) == 0;
	for (unsigned i = 0; i < accused; i++) {
		struct gathered *g = entry(l, j[i].addr, j[i].cls, ref->now);
		if (!g || add(g, &j[i].found, timed ? &t : NULL, s, n) < 0)
			return -ENOMEM;
	}
	return 0;
}

int
logclaim_flush(struct logclaim *l, msec before, claim_cb *cb, void *arg)
{
	while (l->oldest != NOBODY && l->open[l->oldest].began < before) {
		int rc = give(l, cb, arg);
		if (rc != 0)
			return rc;
	}
	return 0;
}
