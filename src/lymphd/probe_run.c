/* SPDX-License-Identifier: BSD-2-Clause */
/* One look in work, see probe_run.h. */
#include "lymphd/probe_run.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "host/clock.h"

static void
run_end(struct run *r, enum verdict v, enum look_reason reason)
{
	run_drop(r);
	r->ended = true;
	r->result.verdict = v;
	r->result.reason = reason;
	r->result.ended = clock_real();
}

void
run_begin(struct run *r, struct run_env *env, const struct look *look, msec now)
{
	const struct class_row *row = class_row(look->cls);
	r->env = env;
	r->look = *look;
	r->over = now + RUN_LONGEST;
	r->result = (struct look_result) { .no = look->no, .cls = look->cls, .target = look->target,
		.port = look->port, .vantage = look->vantage, .began = clock_real() };
	r->checks = check_list(look->cls);
	if (look->port)
		r->port[r->ports++].port = look->port;
	else
		while (r->ports < CLASS_PORTS && row->ports[r->ports]) {
			r->port[r->ports].port = row->ports[r->ports];
			r->ports++;
		}
	if (!*r->checks || r->ports == 0)
		run_end(r, VERDICT_INCONCLUSIVE, REASON_NO_CHECK);
	else if (env->conf->canary.addr.fam == 0 || env->conf->canary.ports == 0)
		run_end(r, VERDICT_INCONCLUSIVE, REASON_LOCAL); /* nothing could ever be proven */
}

/* The next check of a port that can name the canary, or NULL. */
static const struct probe_check *
next_check(struct run *r, struct run_port *p)
{
	while (r->checks[p->next] && !check_fits(r->checks[p->next], &r->env->conf->canary.addr))
		p->next++;
	return r->checks[p->next];
}

static void
start_talk(struct run *r, struct conn *c)
{
	struct run_port *p = &r->port[c->port_no];
	const struct probe_check *check = c->first ? next_check(r, p) : c->talk.check;
	const struct conf *conf = r->env->conf;
	struct probe_goal g = { .canary = conf->canary.addr,
		.port = check_port(check, conf->canary.port, conf->canary.ports) };
	randombytes_buf(g.token, sizeof(g.token));
	if (c->first)
		p->next++;
	conn_talk(c, check, &g);
}

/* One more connection to a port; check NULL: the first. 0 or -EAGAIN. */
static int
open_one(struct run *r, struct run_port *p, const struct probe_check *check, msec now)
{
	struct conn *c = NULL;
	for (unsigned i = 0; i < RUN_CONNS && !c; i++)
		if (r->conn[i].state == CONN_NONE)
			c = &r->conn[i];
	if (!c)
		return -EAGAIN;
	int rc = pace_open(&r->env->pace, &r->look.target, now);
	if (rc < 0)
		return rc;
	*c = (struct conn) { .fd = -1, .digest = r->digest, .port_no = (unsigned)(p - r->port),
		.first = !check, .kick = r->env->kick, .arg = r->env->arg };
	c->talk.check = check;
	p->begun = true;
	p->live++;
	p->last = now;
	conn_open(c, r->env->loop, r->env->conf, &r->look.target, p->port, r->look.vantage, now);
	r->result.sockets = (uint16_t)(r->result.sockets + (c->refused == REASON_NONE));
	return 0;
}

/* A connection has ended: note what it found. True when that ends the look. */
static bool
take_done(struct run *r, struct conn *c)
{
	struct run_port *p = &r->port[c->port_no];
	enum probe_method m = c->talk.check ? c->talk.check->method : PROBE_NONE;
	enum found found = c->found;
	c->state = CONN_NONE;
	pace_close(&r->env->pace, &r->look.target);
	p->live--;
	r->result.bytes_in += c->talk.in;
	if (c->refused) {
		run_end(r, VERDICT_INCONCLUSIVE, c->refused);
		return true;
	}
	if (found == FOUND_OPEN) {
		r->result.port = p->port;
		r->result.method = m;
		memcpy(r->token, c->talk.goal.token, sizeof(r->token));
		memcpy(r->secret, c->talk.secret, sizeof(r->secret));
		run_end(r, VERDICT_OPEN, REASON_NONE);
		return true;
	}
	p->of[m] = fold_two(p->of[m], found);
	return false;
}

static void
take_up(struct run *r, struct conn *c, msec now)
{
	struct run_port *p = &r->port[c->port_no];
	if (!p->answered) {
		p->answered = true;
		p->over = now + RUN_PORT;
	}
	if (!r->full && !r->held) {
		r->held = true;
		r->env->held++;
	}
	if (r->held && pace_look(&r->env->pace, now)) {
		r->held = false;
		r->env->held--;
		r->full = true;
	}
	if (r->full)
		start_talk(r, c);
}

/* Starts what may start: first every port's SYN, then methods on ports that answered. */
static void
run_open(struct run *r, msec now)
{
	for (unsigned i = 0; i < r->ports; i++)
		if (!r->port[i].begun && open_one(r, &r->port[i], NULL, now) < 0)
			return;
	for (unsigned i = 0; i < r->ports && r->full; i++) {
		struct run_port *p = &r->port[i];
		const struct probe_check *check = next_check(r, p);
		if (!p->answered || p->ended || !check || now >= p->over)
			continue;
		if (p->live && now < p->last + RUN_APART)
			continue;
		if (open_one(r, p, check, now) < 0)
			return;
		p->next++;
	}
}

/* A port is at its end when nothing is at work on it and nothing is left to ask. */
static void
port_end(struct run *r, struct run_port *p, msec now)
{
	bool late = p->answered && now >= p->over;
	if (p->ended || !p->begun || p->live || (p->answered && !late && next_check(r, p)))
		return;
	p->ended = true;
	/* It took its time before we could ask all; or we had none for it. */
	for (; p->answered && next_check(r, p); p->next++)
		p->of[r->checks[p->next]->method] = r->full ? FOUND_SLOW : FOUND_NO_ROOM;
}

static void
run_fold(struct run *r)
{
	enum verdict v;
	enum look_reason reason;
	enum found all = FOUND_NOTHING;
	for (unsigned i = 0; i < r->ports; i++) {
		const struct run_port *p = &r->port[i];
		enum found left = p->answered ? FOUND_SLOW : FOUND_NO_ROOM;
		all = fold_two(all, p->ended ? fold_port(p->of) : left);
	}
	fold_verdict(all, &v, &reason);
	run_end(r, v, reason);
}

/* How long this connection may go on. A port that has answered one method in words will hardly keep
 * another waiting for its first byte: that one is of another protocol, not worth the whole time. */
static msec
conn_over(const struct run *r, const struct conn *c)
{
	const struct run_port *p = &r->port[c->port_no];
	msec over = p->answered ? p->over : MSEC_NEVER;
	bool words = false;
	for (int m = PROBE_NONE + 1; m < PROBE_N; m++)
		words |= p->of[m] == FOUND_CLOSED || p->of[m] == FOUND_AUTH;
	if (c->state == CONN_TALK && words && c->talk.in == 0 && c->began + RUN_MUTE < over)
		over = c->began + RUN_MUTE;
	return over;
}

bool
run_step(struct run *r, msec now)
{
	bool all = true;
	for (unsigned i = 0; i < RUN_CONNS && !r->ended; i++) {
		struct conn *c = &r->conn[i];
		if (c->state != CONN_NONE)
			conn_tick(c, now, conn_over(r, c));
		if (c->state == CONN_UP)
			take_up(r, c, now);
		if (c->state == CONN_DONE && take_done(r, c))
			return true;
	}
	if (!r->ended)
		run_open(r, now);
	for (unsigned i = 0; i < r->ports && !r->ended; i++) {
		port_end(r, &r->port[i], now);
		all &= r->port[i].ended;
	}
	if (!r->ended && (all || now >= r->over))
		run_fold(r);
	return r->ended;
}

void
run_drop(struct run *r)
{
	for (unsigned i = 0; i < RUN_CONNS; i++) {
		struct conn *c = &r->conn[i];
		if (c->state == CONN_NONE)
			continue;
		r->result.bytes_in += c->talk.in;
		conn_drop(c);
		pace_close(&r->env->pace, &r->look.target);
	}
	if (r->held)
		r->env->held--;
	r->held = false;
}
