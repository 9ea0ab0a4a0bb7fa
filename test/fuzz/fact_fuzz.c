/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal's decoder, and the judge behind it: a run of facts, each with its length in front. What
 * decodes must encode to the same bytes, and the judge must take any well-formed fact. */
#include <stdlib.h>
#include <string.h>

#include "judge/judge.h"
#include "judge/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct policy *
make_policy(void)
{
	static const struct {
		const char *prefix;
		enum line_kind kind;
	} rows[] = { { "0.0.0.0/1", KIND_RESIDENTIAL }, { "128.0.0.0/1", KIND_DYNAMIC },
		{ "::/0", KIND_RESIDENTIAL } };
	struct policy *p = policy_new();
	for (size_t i = 0; p && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kind_row *k = kind_row(rows[i].kind);
		struct policy_row row = { .kind = rows[i].kind, .probe = true, .notify = true,
			.top = k->top };
		if (prefix_parse(rows[i].prefix, strlen(rows[i].prefix), &row.lpm.prefix) < 0 ||
		    policy_add(p, &row) < 0)
			abort();
	}
	if (!p)
		abort();
	struct prefix reach = { .a = { .fam = 4, .b = { 192, 0, 2, 53 } }, .len = 32 };
	if (policy_reach(p, &reach) < 0)
		abort();
	p->params.quarantine_groups = 1;
	p->params.quarantine_from = Q32(90, 100);
	p->params.breaker_filters = 3;
	p->vantages = 2;
	p->flow_source = true;
	return p;
}

static void
take(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	if (judge_restore(arg, kind, key, key_len, blob, n) < 0)
		abort();
}

/* Everything can be looked at, and what was kept can be taken up again. */
static void
look(struct judge *j, const struct policy *p, msec now)
{
	struct view_case v;
	struct view_gate g[RUNG_N];
	struct view_desk d, again;
	struct order o;
	uint32_t missing;
	bool standing;
	uint64_t no = 0, n = 0;
	while (view_case_next(j, &no, now, &v)) {
		view_gates(j, v.no, now, g);
		view_mergeable(j, v.no, v.merged_into ? v.merged_into : 1);
	}
	for (no = 0; view_standing_next(j, &no, &o); n++)
		if (!view_order(j, o.no, &o, &standing) || !standing ||
		    (view_approvable(j, o.no, now, &missing) && !o.asked))
			abort();
	view_desk(j, &d);
	if (d.standing != n)
		abort();
	struct judge *next = judge_new(abort);
	judge_each(j, take, next);
	if (judge_restored(next, p, now) < 0)
		abort();
	view_desk(next, &again);
	if (memcmp(&d, &again, sizeof(d)) != 0)
		abort();
	judge_free(next);
}

static void
one(struct judge *j, const uint8_t *p, size_t n, uint64_t seq, struct effects *out)
{
	struct fact f;
	uint8_t again[4096];
	uint64_t no;
	uint8_t *exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, p, n);
	if (fact_decode(exact, n, &f) == 0 && f.kind != FACT_CONF) {
		struct writer w = writer_of(again, sizeof(again));
		fact_encode(&w, &f);
		if (w.bad || (exact[0] == again[0] &&
		    (writer_len(&w) != n || memcmp(again, exact, n) != 0)))
			abort(); /* an older version comes back as ours */
		f.seq = seq;
		effects_clear(out);
		judge_step(j, &f, out, &no);
	}
	free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct policy *p = make_policy();
	struct judge *j = judge_new(abort);
	struct effects out = { 0 };
	struct fact conf = { .kind = FACT_CONF, .at = 1700000000000, .conf.policy = p };
	uint64_t seq = 1, no = 0;
	judge_step(j, &conf, &out, &no);
	for (; n >= 2; seq++) {
		size_t len = (size_t)data[0] << 8 | data[1];
		data += 2;
		n -= 2;
		len = len < n ? len : n;
		one(j, data, len, seq, &out);
		data += len;
		n -= len;
	}
	look(j, p, conf.at);
	judge_free(j);
	effects_free(&out);
	policy_free(p);
	return 0;
}
