/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of the judge's edge: the store, the judge as it was at the last commit, what hangs on both,
 * and a changed configuration as the first fact. Must never run under a policy that is not journalled.
 */
#include <errno.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_speak.h"

/* The newest configuration in the journal, parsed, and whether it is the one we run under. */
struct last_conf {
	const struct conf *ours;
	struct conf *then;
	bool found, same;
};

static int
see_conf(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct last_conf *l = arg;
	struct fact f;
	char why[256];
	(void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	l->found = true;
	l->same = f.conf.len == strlen(l->ours->text) && memcmp(f.conf.text, l->ours->text, f.conf.len) == 0;
	if (l->same)
		return 0;
	r = conf_parse("journal", f.conf.text, f.conf.len, &l->then, why, sizeof(why));
	if (r < 0)
		log_warn("fact %llu: %s", (unsigned long long)seq, why);
	return r;
}

static void
open_store(struct edge *e, uint64_t *seq)
{
	int r = store_sqlite_open(e->c->conf->state, 0, &e->store);
	if (r == -ENOTSUP)
		fatal("%s: written by a newer version of lymph", e->c->conf->state);
	if (r == 0)
		r = store_last(e->store, seq, &e->now);
	if (r < 0)
		fatal("%s: cannot open the store: %s", e->c->conf->state, strerror(-r));
	late_open(e);
}

void
edge_open(struct edge *e)
{
	uint64_t seq = 0, generation = 0;
	struct last_conf l = { .ours = e->c->conf };
	open_store(e, &seq);
	int r = store_last_conf(e->store, &generation, see_conf, &l);
	if (r < 0)
		fatal("cannot read the configuration in force from the journal: %s", strerror(-r));
	struct policy *ours = e->c->conf->policy;
	ours->generation = generation + !l.same;
	if (l.then)
		l.then->policy->generation = generation;
	edge_restore(e, !l.found ? NULL : l.same ? ours : l.then->policy);
	word_start(e);
	orders_start(e);
	hooked_start(e);
	outcomes_start(e);
	room_start(e);
	speak_start(e);
	reply_start(e);
	outbox_start(e);
	if (!l.same) {
		struct fact f = { .kind = FACT_CONF };
		f.conf.text = e->c->conf->text;
		f.conf.len = (uint32_t)strlen(e->c->conf->text);
		f.conf.policy = ours;
		r = edge_begin(e);
		if (r == 0)
			r = edge_fact(e, &f, NULL, NULL, NULL);
		if (r == 0)
			r = edge_commit(e);
		if (r < 0)
			fatal("cannot journal the configuration: %s", strerror(-r));
	}
	conf_free(l.then);
	log_info("journal at fact %llu, configuration %llu", (unsigned long long)seq + !l.same,
	    (unsigned long long)ours->generation);
	edge_tick_start(e);
}
