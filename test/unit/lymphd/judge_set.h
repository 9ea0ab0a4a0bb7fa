/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real judge and the real store in a folder of their own, one test's: made, ended, opened again, and
 * its journal replayed. What is asserted is what becomes true within a minute, never when.
 */
#ifndef TEST_JUDGE_SET_H
#define TEST_JUDGE_SET_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/clock.h"
#include "lymph/replay.h"
#include "lymphd/edge.h"

static struct {
	char dir[64];
	struct conf *conf;
	struct role_ctx ctx; /* its state is the edge; NULL: it is dead */
	void *old[64];       /* edges of earlier lives: reachable, as until the end of a process */
	size_t lives;
} set;

const char *
role_name(enum role_id id)
{
	static const char *const names[ROLE_N] = {
#define ROLE(id, name) [ROLE_##id] = name,
#include "lymphd/role.def"
#undef ROLE
	};
	return names[id];
}

static inline struct edge *
edge(void)
{
	return set.ctx.state;
}

static inline void
set_wake(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	loop_stop(arg);
}

static inline void
turn(msec ms)
{
	struct loop_event *ev = loop_timer(set.ctx.loop, set_wake, set.ctx.loop);
	loop_timer_in(ev, ms);
	loop_run(set.ctx.loop);
	loop_drop(ev);
}

/* Turns the loop until cond holds; a minute at most. */
#define UNTIL(cond)                                                                                \
	do {                                                                                       \
		msec end_ = clock_mono() + MSEC_MINUTE;                                            \
		while (!(cond)) {                                                                  \
			assert_true(clock_mono() < end_);                                          \
			turn(2);                                                                   \
		}                                                                                  \
	} while (0)

/* The test's folder; 0, or -1 as a set-up says it. */
static inline int
set_dir(const char *name)
{
	snprintf(set.dir, sizeof(set.dir), "/tmp/lymph-%s-XXXXXX", name);
	return mkdtemp(set.dir) ? 0 : -1;
}

static inline int
set_dir_gone(void)
{
	char cmd[96];
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", set.dir);
	return system(cmd);
}

/* A loop and a configuration: name, state, and what `more` says. */
static inline void
set_conf(const char *more)
{
	char text[1024], why[512];
	int n = snprintf(text, sizeof(text), "name = \"x.example\"\nstate = \"%s/state\"\n%s\n", set.dir, more);
	assert_true(n < (int)sizeof(text));
	if (conf_parse("t", text, strlen(text), &set.conf, why, sizeof(why)) < 0)
		fail_msg("%s", why);
	set.ctx = (struct role_ctx){ .loop = loop_new(), .conf = set.conf };
}

/* An edge without the rest of its role. */
static inline struct edge *
set_edge(void)
{
	struct edge *e = calloc(1, sizeof(*e));
	assert_non_null(e);
	e->c = &set.ctx;
	set.ctx.state = e;
	edge_open(e);
	return e;
}

static inline void
set_end(void)
{
	struct edge *e = edge();
	store_close(e->store);
	judge_free(e->judge);
	effects_free(&e->fx);
	assert_true(set.lives < sizeof(set.old) / sizeof(set.old[0]));
	set.old[set.lives++] = e;
	for (int id = 0; id < ROLE_N; id++)
		chan_free(set.ctx.peer[id]);
	chan_free(set.ctx.warden);
	conf_free(set.conf);
	set.ctx = (struct role_ctx){ 0 };
}

/* The journal, replayed: identical. */
static inline struct replay
replayed(void)
{
	struct store *s;
	struct replay r;
	char dir[96];
	snprintf(dir, sizeof(dir), "%s/state", set.dir);
	assert_int_equal(store_sqlite_open(dir, STORE_READONLY, &s), 0);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(replay_run(s, NULL, NULL, &r), 0);
	store_close(s);
	if (!r.identical)
		fail_msg("replay differs: %s", r.first);
	return r;
}

struct set_counting {
	enum fact_kind kind;
	size_t n;
	uint64_t last;
};

static inline int
set_count_one(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct set_counting *w = arg;
	struct fact f;
	(void)case_no;
	assert_int_equal(fact_decode(p, n, &f), 0);
	if (f.kind == w->kind) {
		w->n++;
		w->last = seq;
	}
	return 0;
}

static inline struct set_counting
set_count(enum fact_kind kind)
{
	struct set_counting w = { .kind = kind };
	assert_int_equal(store_each_fact(edge()->store, 0, set_count_one, &w), 0);
	return w;
}

static inline size_t
count_facts(enum fact_kind kind)
{
	return set_count(kind).n;
}

/* The newest of that kind; 0: there is none. */
static inline uint64_t
last_fact(enum fact_kind kind)
{
	return set_count(kind).last;
}

#endif
