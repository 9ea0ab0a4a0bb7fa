/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Templates of NetFlow v9 and IPFIX, compiled once into what to do with each record. A template is
 * replaced whole or not at all, and forgotten when it was not told again for its lifetime; no
 * definition may make a record of no bytes, or cost more than its exporter's room.
 */
#include <stdlib.h>

#include "wire/flow_op.h"
#include "wire/flowdec_own.h"

enum { ANY_LENGTH = 0xffff }; /* RFC 7011 7 */

void
tmpl_fields(struct reader *r, unsigned n, bool enterprise, struct tmpl_field *f)
{
	for (unsigned i = 0; i < n && !r->bad; i++) {
		struct tmpl_field one = { .id = r16(r) };
		one.len = r16(r);
		if (enterprise && one.id & 0x8000) {
			one.pen = r32(r);
			one.id = one.pen == PEN_SCOPE9 ? 0 : one.id & 0x7fff;
		}
		if (f)
			f[i] = one;
	}
}

static unsigned
bucket_of(const struct stream *of, uint16_t id)
{
	return (unsigned)(((uintptr_t)of >> 6) * 31 + id) % BUCKETS;
}

static size_t
tmpl_size(const struct tmpl *t)
{
	return sizeof(*t) + t->ops * sizeof(t->op[0]);
}

static void
tmpl_drop(struct flowdec *d, struct source *src, struct tmpl **at)
{
	struct tmpl *t = *at;
	*at = t->next;
	src->tmpl_bytes -= tmpl_size(t);
	d->bytes -= tmpl_size(t);
	src->stats.templates--;
	free(t);
}

/* RFC 7011 8.4, RFC 3954 9: over UDP a template dies unless told again. Who tells it rarely is given
 * three times his own interval. */
static bool
tmpl_dead(const struct tmpl *t, msec now)
{
	msec life = 3 * t->interval > TEMPLATE_LIFE ? 3 * t->interval : TEMPLATE_LIFE;
	return now - t->seen > life;
}

static struct tmpl **
tmpl_at(struct msg *m, uint16_t id)
{
	struct tmpl **at = &m->src->bucket[bucket_of(m->s, id)];
	while (*at && ((*at)->of != m->s || (*at)->id != id))
		at = &(*at)->next;
	return at;
}

static struct tmpl *
tmpl_find(struct msg *m, uint16_t id)
{
	struct tmpl **at = tmpl_at(m, id);
	if (*at && tmpl_dead(*at, m->now))
		tmpl_drop(m->d, m->src, at);
	return *at;
}

void
tmpl_free_all(struct flowdec *d, struct source *src, const struct stream *of)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct tmpl **at = &src->bucket[i]; *at;)
			if ((*at)->of == of)
				tmpl_drop(d, src, at);
			else
				at = &(*at)->next;
}

static void
drop_dead(struct msg *m)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct tmpl **at = &m->src->bucket[i]; *at;)
			if (tmpl_dead(*at, m->now))
				tmpl_drop(m->d, m->src, at);
			else
				at = &(*at)->next;
}

/* FNV-1a. A definition made to collide harms its own exporter only. */
static uint64_t
sum_of(const struct tmpl_field *f, unsigned n, bool options)
{
	uint64_t h = 0xcbf29ce484222325u ^ options;
	for (unsigned i = 0; i < n; i++) {
		const uint64_t v = (uint64_t)f[i].pen << 32 | (uint32_t)f[i].id << 16 | f[i].len;
		for (unsigned k = 0; k < 64; k += 8)
			h = (h ^ (v >> k & 255)) * 0x100000001b3u;
	}
	return h;
}

/* What a template's fields come to. */
struct plan {
	const struct ie_row *row[TEMPLATE_FIELDS]; /* NULL: skipped */
	uint64_t has;
	uint32_t len, used;
	bool varies;
};

/* Of the fields that say the same thing one counts: the lowest rank, the first of equals. */
static void
plan_make(const struct tmpl_field *f, unsigned n, struct plan *ret)
{
	uint16_t best[IE_N] = { 0 };
	ret->has = 0;
	ret->len = ret->used = 0;
	ret->varies = false;
	for (unsigned i = 0; i < n; i++) {
		const struct ie_row *row = ie_find(f[i].pen, f[i].id);
		ret->varies |= f[i].len == ANY_LENGTH;
		ret->len += f[i].len == ANY_LENGTH ? 1 : f[i].len;
		ret->row[i] = NULL;
		if (!row || (f[i].len != ANY_LENGTH && !op_fits(row, f[i].len)))
			continue;
		if (ret->has & IE_BIT(row->field)) {
			if (ret->row[best[row->field]]->rank <= row->rank)
				continue;
			ret->row[best[row->field]] = NULL;
			ret->used--;
		}
		ret->has |= IE_BIT(row->field);
		ret->row[i] = row;
		ret->used++;
		best[row->field] = (uint16_t)i;
	}
}

/* Records with room for either family write the second beside the first. */
static uint16_t
place_of(uint8_t field, uint64_t has)
{
	if (field == IE_SRC6 && has & IE_BIT(IE_SRC4))
		return OP_RAW | offsetof(struct ie_raw, src6);
	if (field == IE_DST6 && has & IE_BIT(IE_DST4))
		return OP_RAW | offsetof(struct ie_raw, dst6);
	const struct ie_place *at = &ie_place[field];
	return (uint16_t)(at->off | (at->raw ? OP_RAW : 0));
}

static void
compile(struct tmpl *t, const struct tmpl_field *f, unsigned n, const struct plan *plan)
{
	uint32_t off = 0, ops = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct ie_row *row = plan->row[i];
		if (row || t->varies) {
			struct op *o = &t->op[ops++];
			o->off = (uint16_t)off;
			o->len = f[i].len;
			o->kind = row ? op_kind(row, f[i].len) : OP_SKIP;
			o->size = row ? ie_place[row->field].size : 0;
			o->dst = row ? place_of(row->field, plan->has) : 0;
		}
		off += f[i].len;
	}
}

#define HAS(...) (has_of((const uint8_t[]){ __VA_ARGS__, IE_N }))
static uint64_t
has_of(const uint8_t *f)
{
	uint64_t r = 0;
	for (; *f < IE_N; f++)
		r |= IE_BIT(*f);
	return r;
}

static enum tmpl_use
use_of(uint64_t has, bool options, enum flow_format format)
{
	const uint64_t four = HAS(IE_SRC4, IE_DST4), six = HAS(IE_SRC6, IE_DST6);
	const uint64_t up = HAS(IE_FIRST_UP, IE_LAST_UP), ms = HAS(IE_FIRST, IE_LAST);
	const uint64_t counts = HAS(IE_PACKETS, IE_BYTES);
	const uint64_t simple = HAS(IE_PROTO, IE_FLAGS, IE_SPORT, IE_DPORT, IE_IN, IE_OUT) | counts;
	if (options)
		return USE_OPTIONS;
	if (has & HAS(IE_FRAME, IE_IP))
		return USE_FLOWS;
	if (!(has & (four | six)) || !(has & (counts | HAS(IE_R_PACKETS, IE_R_BYTES))))
		return USE_NONE; /* an event, or not about addresses */
	uint64_t rest = has & ~simple;
	if (!(has & IE_BIT(IE_PACKETS)))
		return USE_FLOWS;
	if (format == FORMAT_NF9 && (rest == (four | up) || rest == (six | up)))
		return USE_UPTIME;
	return rest == (four | ms) || rest == (six | ms) ? USE_MSEC : USE_FLOWS;
}

static struct tmpl *
tmpl_make(struct msg *m, uint16_t id, const struct tmpl_field *f, unsigned n, bool options,
    const struct plan *plan)
{
	unsigned ops = plan->varies ? n : plan->used;
	const uint64_t four = HAS(IE_SRC4, IE_DST4), six = HAS(IE_SRC6, IE_DST6);
	size_t size = sizeof(struct tmpl) + ops * sizeof(struct op);
	if (m->src->tmpl_bytes + size > TEMPLATE_BYTES)
		drop_dead(m);
	struct tmpl *t = source_alloc(m, size, &m->src->tmpl_bytes, TEMPLATE_BYTES);
	if (!t)
		return NULL;
	t->of = m->s;
	t->seen = m->now;
	t->id = id;
	t->len = (uint16_t)plan->len;
	t->varies = plan->varies;
	t->has = plan->has;
	t->use = (uint8_t)use_of(plan->has, options, m->s->format);
	t->fam = plan->has & four ? plan->has & six ? 0 : 4 : plan->has & six ? 6 : 0;
	t->ops = (uint16_t)ops;
	compile(t, f, n, plan);
	return t;
}

void
tmpl_put(struct msg *m, uint16_t id, const struct tmpl_field *f, unsigned n, bool options)
{
	struct tmpl *t, **at = tmpl_at(m, id);
	struct plan plan;
	uint64_t sum = sum_of(f, n, options);
	if (*at && (*at)->sum == sum) {
		t = *at;
		t->interval = m->now - t->seen > t->interval ? m->now - t->seen : t->interval;
		t->seen = m->now;
		return;
	}
	plan_make(f, n, &plan);
	if (plan.len == 0)
		msg_fault(m, "RFC 7011 3.4.1: a template whose records have no bytes");
	if (plan.len > UINT16_MAX)
		msg_fault(m, "RFC 7011 3.3.1: a template whose records are longer than any set");
	if (plan.len == 0 || plan.len > UINT16_MAX)
		return;
	size_t old = *at ? tmpl_size(*at) : 0;
	m->src->tmpl_bytes -= old; /* its successor may have its room */
	t = tmpl_make(m, id, f, n, options, &plan);
	m->src->tmpl_bytes += old;
	if (!t)
		return;
	t->sum = sum;
	at = tmpl_at(m, id);
	if (*at)
		tmpl_drop(m->d, m->src, at);
	at = &m->src->bucket[bucket_of(m->s, id)];
	t->next = *at;
	*at = t;
	m->src->stats.templates++;
	held_release(m, t);
}

void
data_set(struct msg *m, uint16_t id, const uint8_t *p, size_t n)
{
	const struct tmpl *t = tmpl_find(m, id);
	if (t)
		set_decode(m, t, p, n);
	else
		held_put(m, id, p, n);
}
