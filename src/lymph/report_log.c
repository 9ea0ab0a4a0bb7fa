/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a log, see report_log.h. Block by block, and only lines that name the address are looked
 * at; must never hold more than one block and the evidence in memory. */
#include "lymph/report_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (1u << 20)

struct scan {
	const struct logfind *f;
	struct recog *r;
	const struct logtime_ref *ref;
	struct log_found *out;
};

static void
half_add(struct log_half *h, const char *line, size_t n)
{
	memcpy(h->text + h->n, line, n);
	h->text[h->n + n] = '\n';
	h->n += n + 1;
	h->lines++;
}

/* Lets go of the oldest lines until n bytes fit. */
static void
half_room(struct log_half *h, size_t n)
{
	size_t cut = 0;
	if (h->n + n <= h->room)
		return;
	/* Half of it at once, so that a long log costs one move per many lines. */
	while (cut < h->n && (h->n - cut + n > h->room / 2 || cut == 0)) {
		const char *nl = memchr(h->text + cut, '\n', h->n - cut);
		cut = (size_t)(nl - h->text) + 1;
		h->lines--;
	}
	memmove(h->text, h->text + cut, h->n - cut);
	h->n -= cut;
}

static int
half_new(struct log_half *h, size_t room)
{
	h->room = room;
	h->text = malloc(room);
	return h->text ? 0 : -ENOMEM;
}

static void
pile_add(struct log_pile *p, const struct logtime_ref *ref, const char *line, size_t n)
{
	struct logtime t;
	p->lines++;
	if (logtime_find(ref, line, n, &t) == 0) {
		if (p->timed == 0 || t.at < p->first)
			p->first = t.at;
		if (p->timed == 0 || t.at > p->last)
			p->last = t.at;
		p->timed++;
		p->zone_assumed += t.zone_assumed;
		p->year_assumed += t.year_assumed;
	}
	if (n > LOG_LINE)
		n = LOG_LINE;
	if (p->tail.lines == 0 && !p->gap && p->head.n + n + 1 <= p->head.room) {
		half_add(&p->head, line, n);
		return;
	}
	uint64_t before = p->tail.lines;
	half_room(&p->tail, n + 1);
	p->gap |= p->tail.lines < before;
	half_add(&p->tail, line, n);
}

/* All lines of a block that name the address. The block ends with a line's end. */
static void
block(const struct scan *s, const char *p, size_t n)
{
	struct logfind_hit hit;
	struct logfind_scan w;
	struct recog_found found;
	logfind_start(&w, s->f, p, n);
	for (size_t at = 0; at < n && logfind_more(&w, at, &hit);) {
		const char *nl = hit.at > at ? memrchr(p + at, '\n', hit.at - at) : NULL;
		size_t from = nl ? (size_t)(nl - p) + 1 : at;
		nl = memchr(p + hit.at, '\n', n - hit.at);
		size_t to = nl ? (size_t)(nl - p) : n, len = to - from;
		if (len > 0 && p[from + len - 1] == '\r')
			len--;
		at = to + 1;
		if (hit.at - from >= RECOG_LINE)
			continue; /* beyond what is read of a line */
		struct log_pile *pile =
		    &s->out->pile[recog_judge(s->r, CLASS_NONE, s->f, p + from, len, &found)];
		if (found.row) {
			s->out->by_row[found.index]++;
			pile->one_way += (found.row->flags & RECOG_ONE_WAY) != 0;
		}
		pile->port = found.port ? found.port : pile->port;
		pile->proto = found.proto ? found.proto : pile->proto;
		pile_add(pile, s->ref, p + from, len);
	}
}

static ssize_t
read_some(int fd, void *p, size_t n)
{
	ssize_t got;
	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static int
scan_all(int fd, const struct scan *s, char *buf)
{
	size_t have = 0;
	bool skipping = false; /* the rest of a line longer than a block */
	for (;;) {
		ssize_t got = read_some(fd, buf + have, BLOCK - have);
		if (got < 0)
			return (int)got;
		s->out->bytes += (uint64_t)got;
		have += (size_t)got;
		if (got == 0 && !skipping)
			block(s, buf, have);
		if (got == 0)
			return 0;
		char *nl = memrchr(buf, '\n', have);
		if (!nl && have < BLOCK)
			continue;
		size_t whole = nl ? (size_t)(nl - buf) + 1 : have, from = 0;
		if (skipping) {
			const char *end = memchr(buf, '\n', whole);
			from = end ? (size_t)(end - buf) + 1 : whole;
		}
		block(s, buf + from, whole - from);
		skipping = !nl;
		memmove(buf, buf + whole, have - whole);
		have -= whole;
	}
}

int
log_read(int fd, const struct logfind *f, struct recog *r, const struct logtime_ref *ref,
    struct log_found *ret)
{
	struct log_found l = { .by_row = calloc(recog_rows_n(), sizeof(*l.by_row)) };
	struct scan s = { f, r, ref, &l };
	char *buf = malloc(BLOCK);
	int rc = buf && l.by_row ? 0 : -ENOMEM;
	for (int i = 0; rc == 0 && i < RECOG_N; i++) {
		rc = half_new(&l.pile[i].head, LOG_HALF);
		if (rc == 0)
			rc = half_new(&l.pile[i].tail, LOG_HALF);
	}
	uint64_t before = recog_limited(r);
	if (rc == 0)
		rc = scan_all(fd, &s, buf);
	free(buf);
	if (rc < 0) {
		log_free(&l);
		return rc;
	}
	l.limited = recog_limited(r) - before;
	*ret = l;
	return 0;
}

void
log_free(struct log_found *l)
{
	free(l->by_row);
	l->by_row = NULL;
	for (int i = 0; i < RECOG_N; i++) {
		free(l->pile[i].head.text);
		free(l->pile[i].tail.text);
		l->pile[i].head.text = l->pile[i].tail.text = NULL;
	}
}

size_t
log_first(const struct log_half *h)
{
	const char *nl = h->n ? memchr(h->text, '\n', h->n) : NULL;
	return nl ? (size_t)(nl - h->text) : 0;
}
