/* SPDX-License-Identifier: BSD-2-Clause */
/* The real judge and store with what keeps and forgets, asked as staff ask; and records to be forgotten. */
#ifndef TEST_KEEP_SET_H
#define TEST_KEEP_SET_H

#include <unistd.h>

#include <sodium.h>

#include "judge_set.h"
#include "lymphd/control.h"
#include "lymphd/edge_keep.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/staff.h"

static struct {
	char why[512];
	struct edge *e;
	json_t *doc;
	uid_t uid;
	uint32_t roles;
	uint8_t id;
	const char *more; /* of the configuration */
} t;

static inline struct keep_totals
totals(void)
{
	struct keep_totals k;
	keep_totals(t.e, &k);
	return k;
}

static inline int
ask(control_fn *fn, const char *args)
{
	json_t *a = json_loads(args, 0, NULL);
	assert_non_null(a);
	json_decref(t.doc);
	t.doc = json_object();
	t.why[0] = '\0';
	struct control_call k = { .e = t.e, .args = a, .uid = t.uid, .roles = t.roles, .answer = t.doc,
		.why = t.why, .why_size = sizeof(t.why) };
	int r = fn(&k);
	t.doc = k.answer; /* it may be another */
	json_decref(a);
	return r;
}

static inline void
begin(void)
{
	char text[512];
	snprintf(text, sizeof(text), "prefix \"192.0.2.0/24\" {\n kind = residential\n}\n%s", t.more ? t.more : "");
	set_conf(text);
	t.e = set_edge();
	keys_start(t.e);
	mails_start(t.e);
	keep_start(t.e);
}

static inline int
set_up(void **state)
{
	(void)state;
	setenv("LYMPH_KEEP_MS", "5", 1);
	if (set_dir("forget") < 0)
		return -1;
	begin();
	t.uid = 1001;
	t.roles = STAFF_BIT(STAFF_PRIVACY) | MAY_VIEW;
	t.id = 0;
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	json_decref(t.doc);
	t.doc = NULL;
	t.more = NULL;
	set_end();
	return set_dir_gone();
}

/* A lease of the address to the line, then `count` reports about it by reporter `who`. */
static inline uint64_t
report(uint8_t host, uint8_t who, int count)
{
	uint64_t seq = 0, case_no = 0;
	for (int i = 0; i < count; i++) {
		struct fact f = { .kind = FACT_REPORT };
		char text[128];
		memset(f.report.key.b, who, KEY_BYTES);
		memset(f.report.id, ++t.id, 16);
		f.report.cls = CLASS_OPEN_PROXY;
		f.report.evidence = EVIDENCE_TEXT;
		f.report.subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, host } };
		f.report.port = 3128;
		f.report.event = edge_now(t.e);
		f.report.count = 1;
		snprintf(f.report.sender, sizeof(f.report.sender), "sender-%u.example", who);
		snprintf(text, sizeof(text), "{secret of host %u by %u}", host, who);
		memset(f.report.body_hash, t.id, 32);
		struct store_body b = { text, strlen(text), "sig", 3 };
		assert_int_equal(edge_begin(t.e), 0);
		assert_int_equal(edge_fact(t.e, &f, &b, &case_no, &seq), 0);
		assert_int_equal(edge_commit(t.e), 0);
		edge_settled(t.e);
	}
	assert_true(case_no > 0);
	return case_no;
}

static inline void
lease(uint8_t host, const char *line)
{
	struct fact f = { .kind = FACT_LEASE };
	f.lease.addr = (struct addr){ .fam = 4, .b = { 192, 0, 2, host } };
	snprintf(f.lease.line, sizeof(f.lease.line), "%s", line);
	f.lease.from = 1;
	f.lease.to = MSEC_NEVER;
	assert_int_equal(edge_submit(t.e, &f), 0);
}

static inline bool
there(uint64_t no)
{
	struct view_case v;
	return view_case(t.e->judge, no, edge_now(t.e), &v);
}

struct about {
	uint8_t host, who;
	size_t reports, bodies;
};

static inline int
count_one(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct about *w = arg;
	struct fact f;
	void *b, *g;
	(void)case_no;
	assert_int_equal(fact_decode(p, n, &f), 0);
	if (f.kind != FACT_REPORT || (w->host && f.report.subject.b[3] != w->host) ||
	    (w->who && f.report.key.b[0] != w->who))
		return 0;
	w->reports++;
	if (store_body(t.e->store, seq, &b, &n, &g, &n) == 0) {
		w->bodies++;
		free(b);
		free(g);
	}
	return 0;
}

static inline struct about
count(uint8_t host, uint8_t who)
{
	struct about w = { .host = host, .who = who };
	assert_int_equal(store_each_fact(t.e->store, 0, count_one, &w), 0);
	return w;
}

/* Bytes in any file of the state folder. */
static inline bool
on_disk(const void *p, size_t n)
{
	char cmd[512], hex[128];
	sodium_bin2hex(hex, sizeof(hex), p, n);
	snprintf(cmd, sizeof(cmd), "for f in $(find '%s' -type f); do if od -An -v -tx1 $f | tr -d ' \\n' | grep -q %s; then exit 1;"
	    " fi; done", set.dir, hex);
	return system(cmd) != 0;
}

/* identity: who vouches for it; "" nobody. */
static inline uint64_t
mail_by(enum tray tray, uint64_t case_no, const char *from, const char *identity)
{
	static uint64_t ticket;
	struct msg_mail m = { .ticket = ++ticket, .tray = (uint32_t)tray, .cases = case_no != 0,
		.case_no = { case_no } };
	char text[128];
	snprintf(text, sizeof(text), "From: %s\n\nwords of %s, %llu", from, from, (unsigned long long)ticket);
	snprintf(m.from, sizeof(m.from), "%s", from);
	snprintf(m.identity, sizeof(m.identity), "%s", identity);
	m.size = (uint32_t)strlen(text);
	crypto_hash_sha256(m.digest, (const uint8_t *)text, m.size);
	struct chan_msg msg = { .type = M_MAIL, .body = &m, .tail = (const uint8_t *)text, .tail_len = m.size, .fd = -1 };
	mails_take(t.e, &msg);
	uint64_t no = 0;
	for (const struct mail_row *r = NULL; (r = mails_next(t.e, no, TRAY_N, MAIL_STATE_N));)
		no = r->no;
	return no;
}

static inline uint64_t
mail(enum tray tray, uint64_t case_no, const char *from)
{
	return mail_by(tray, case_no, from, "");
}

static inline bool
written_by(uint64_t no, const char *from)
{
	struct mail_head h;
	char some[16];
	size_t n, size;
	assert_int_equal(mails_head(t.e, no, &h), 0);
	bool body = mails_body(t.e, no, 0, some, sizeof(some), &n, &size) == 0;
	assert_int_equal(body, h.from[0] != '\0');
	return strcmp(h.from, from) == 0;
}

#endif
