/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role hear-feed: reads what registries say (RDAP), for the judge, which asks whose an address
 * is. It has no socket and no file: bytes come from fetch, which it tells what to get, and from
 * root's files, which the warden hands over. A file of answers comes first; then the registry that
 * the bootstrap names is asked, at its pace, through at most five redirects. Must never ask twice
 * at once about one address, nor read again what killed it twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <sodium.h>

#include "base/range.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/feed_file.h"
#include "lymphd/feed_pace.h"
#include "lymphd/role.h"
#include "wire/json.h"

#define JOBS       256                /* questions at a time, and so much credit */
#define CREDIT_BYTES (64u << 10)
#define HOPS       5
#define PATIENCE   (10 * MSEC_MINUTE) /* for an answer, turns to wait for included */
#define BOOT_EVERY MSEC_DAY
#define BOOT_AGAIN (5 * MSEC_MINUTE)  /* after a failure */
#define TOLD_EVERY (5 * MSEC_SECOND)
#define FETCH_WAIT (90 * MSEC_SECOND) /* fetch has long given up by then */

struct job {
	TAILQ_ENTRY(job) link;
	uint64_t ticket, fetch; /* fetch: number of the one under way; 0: waits for its turn */
	struct addr addr;       /* fam 0: a bootstrap file, boot */
	unsigned boot, hops, deaths; /* deaths: of fetch, while it had this */
	char url[URL_TEXT];     /* "": waits for the bootstrap */
	msec since, sent;       /* mono */
	bool limited;           /* counted as such */
};

struct feed {
	struct role_ctx *c;
	struct rdap_boot *boot;
	struct feed_file_table *file;
	struct feed_pace pace;
	TAILQ_HEAD(jobs, job) jobs; /* oldest first */
	size_t n;
	uint64_t no;
	msec boot_next[CONF_BOOTS]; /* mono; when a URL's is due */
	unsigned boot_heard;        /* files the warden told of, a bit each */
	bool boot_there;
	struct msg_feed_state state;
	struct loop_event *turn, *tick;
};

static struct feed *feed; /* for callbacks without an argument */

static void pump(struct feed *f);

static void
job_free(struct feed *f, struct job *j)
{
	TAILQ_REMOVE(&f->jobs, j, link);
	f->n -= j->addr.fam != 0;
	free(j);
}

/* --- answers to the judge
 * ------------------------------------------------------------------------ */

static void
answer(struct feed *f, struct job *j, struct msg_whose *a)
{
	struct chan *judge = f->c->peer[ROLE_JUDGE];
	a->ticket = j->ticket;
	a->addr = j->addr;
	if (!a->first.fam)
		a->first = a->last = j->addr;
	f->state.n[FEED_FOUND] += a->told == WHOSE_FOUND;
	f->state.n[FEED_NOBODY] += a->told == WHOSE_NOBODY;
	if (judge) {
		chan_send(judge, M_WHOSE, a, NULL, 0, -1);
		chan_grant(judge, 1, sizeof(struct msg_whose_get));
	}
	job_free(f, j);
}

static void
answer_none(struct feed *f, struct job *j, enum whose_told told)
{
	struct msg_whose a = { .told = told };
	answer(f, j, &a);
}

static void
answer_net(struct feed *f, struct job *j, const struct rdap_net *r, bool by_file)
{
	struct msg_whose a = { .told = r->from == RDAP_NOBODY ? WHOSE_NOBODY : WHOSE_FOUND, .by_file = by_file,
		.by_remark = r->from == RDAP_REMARK, .first = r->first, .last = r->last };
	memcpy(a.mail, r->mail, sizeof(a.mail));
	memcpy(a.name, r->name, sizeof(a.name));
	answer(f, j, &a);
}

/* --- the bootstrap
 * ------------------------------------------------------------------------------- */

static bool
boot_by_url(const struct conf *c, unsigned i)
{
	return c->rdap.bootstrap[i][0] && c->rdap.bootstrap[i][0] != '/';
}

/* Not all is known that will be. */
static bool
boot_coming(const struct feed *f)
{
	const struct job *j;
	for (unsigned i = 0; i < CONF_BOOTS; i++)
		if (f->c->conf->rdap.bootstrap[i][0] == '/' && !(f->boot_heard >> i & 1))
			return true;
	TAILQ_FOREACH(j, &f->jobs, link)
		if (!j->addr.fam)
			return true;
	return false;
}

/* What waited for it finds its registry now, or learns that there is none. */
static void
boot_settle(struct feed *f)
{
	struct job *j, *next;
	for (j = TAILQ_FIRST(&f->jobs); j; j = next) {
		next = TAILQ_NEXT(j, link);
		if (!j->addr.fam || j->url[0])
			continue;
		const char *base = rdap_boot_find(f->boot, &j->addr);
		if (base && rdap_ask(base, &j->addr, j->url) == 0)
			continue;
		f->state.n[FEED_NO_REGISTRY]++;
		answer_none(f, j, f->boot_there ? WHOSE_NOBODY : WHOSE_FAILED);
	}
}

static void
boot_due(struct feed *f, msec now)
{
	for (unsigned i = 0; i < CONF_BOOTS; i++) {
		if (!boot_by_url(f->c->conf, i) || f->boot_next[i] > now)
			continue;
		struct job *j = calloc(1, sizeof(*j));
		if (!j)
			fatal_oom();
		j->boot = i;
		j->since = now;
		snprintf(j->url, sizeof(j->url), "%s", f->c->conf->rdap.bootstrap[i]);
		f->boot_next[i] = now + BOOT_AGAIN;
		TAILQ_INSERT_HEAD(&f->jobs, j, link);
	}
}

static void
wrong(struct feed *f, const char *what, const char *rule)
{
	static struct log_limit limit;
	unsigned held;
	f->state.n[FEED_BAD]++;
	snprintf(f->state.wrong, sizeof(f->state.wrong), "%s", rule);
	if (log_may(&limit, &held))
		log_warn("%s: not what was expected: %s (%u more not shown)", what, rule, held);
}

/* --- bytes
 * --------------------------------------------------------------------------------------- */

/* 0: may be read; noted in the black box until read_end. */
static int
read_begin(const void *p, size_t n)
{
	uint8_t digest[32];
	crypto_hash_sha256(digest, p, n);
	if (blackbox_refuses(digest)) {
		feed->state.n[FEED_ASIDE]++;
		return -EPERM;
	}
	blackbox_note(digest);
	return 0;
}

static void
read_end(void)
{
	blackbox_clear();
}

static int
boot_take(struct feed *f, const char *what, const void *p, size_t n)
{
	char rule[RDAP_RULE] = "lymph: must not have crashed a part of us twice";
	int r = read_begin(p, n);
	if (r == 0) {
		r = rdap_boot_read(f->boot, p, n, rule);
		read_end();
	}
	if (r == -ENOMEM)
		fatal_oom();
	if (r < 0) {
		wrong(f, what, rule);
		return r;
	}
	f->boot_there = true;
	f->state.boot_rows = rdap_boot_rows(f->boot);
	f->state.boot_read = clock_real();
	return 0;
}

static void
take_file(struct feed *f, struct chan_msg *m)
{
	const struct msg_feed_file *b = m->body;
	const struct conf *c = f->c->conf;
	size_t most = b->no == FEED_CACHE ? FEED_CACHE_BYTES : RDAP_BOOT_BYTES, n;
	const void *p;
	if (b->no > FEED_BOOT + CONF_BOOTS - 1)
		return;
	if (b->no != FEED_CACHE)
		f->boot_heard |= 1u << (b->no - FEED_BOOT);
	if (b->err || seal_map(m->fd, most, &p, &n) < 0)
		return;
	if (b->no == FEED_CACHE) {
		uint64_t bad = 0;
		struct feed_file_table *t = feed_file_read(p, n, &bad, read_begin, read_end);
		if (!t)
			fatal_oom();
		feed_file_free(f->file);
		f->file = t;
		f->state.cache_rows = feed_file_rows(t);
		f->state.cache_bad = bad;
		if (bad)
			log_warn("%s: %llu lines are no RDAP answers, or too many", c->rdap.cache,
			    (unsigned long long)bad);
	} else {
		boot_take(f, c->rdap.bootstrap[b->no - FEED_BOOT], p, n);
	}
	seal_unmap(p, n);
}

/* --- questions
 * ----------------------------------------------------------------------------------- */

static void
fail(struct feed *f, struct job *j)
{
	if (j->addr.fam) {
		answer_none(f, j, WHOSE_FAILED);
		return;
	}
	job_free(f, j);
	if (!boot_coming(f))
		boot_settle(f);
}

static void
on_turn(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	pump(arg);
}

/* Sends off what may be sent; when is the next turn? */
static void
pump(struct feed *f)
{
	struct chan *fetch = f->c->peer[ROLE_FETCH];
	msec now = clock_mono(), again = now + MSEC_MINUTE;
	struct job *j, *next;
	for (j = TAILQ_FIRST(&f->jobs); j; j = next) {
		struct url u;
		next = TAILQ_NEXT(j, link);
		if (now - j->since > PATIENCE || j->deaths > 1 || (j->fetch && now - j->sent > FETCH_WAIT)) {
			fail(f, j);
			/* The bootstrap's failure may have ended others. */
			next = TAILQ_FIRST(&f->jobs);
			continue;
		}
		if (!j->url[0] || j->fetch || !fetch)
			continue;
		if (!chan_may_send(fetch, sizeof(struct msg_fetch))) {
			again = now + MSEC_SECOND;
			break;
		}
		msec then = url_split(j->url, &u) < 0 ? 0 : feed_pace_take(&f->pace, &u, now);
		if (then) {
			f->state.n[FEED_LIMITED] += !j->limited;
			j->limited = true;
			again = then < again ? then : again;
			continue;
		}
		struct msg_fetch m = { .no = ++f->no, .most = j->addr.fam ? RDAP_BYTES : RDAP_BOOT_BYTES };
		memcpy(m.url, j->url, sizeof(m.url));
		if (chan_send(fetch, M_FETCH, &m, NULL, 0, -1) < 0)
			continue;
		f->state.n[FEED_FETCHES]++;
		j->fetch = f->no;
		j->sent = now;
	}
	if (!TAILQ_EMPTY(&f->jobs))
		loop_timer_in(f->turn, again > now ? again - now : 0);
}

static void
take_question(struct feed *f, const struct msg_whose_get *m)
{
	struct rdap_net r;
	struct job *j = calloc(1, sizeof(*j));
	if (!j)
		fatal_oom();
	*j = (struct job){ .ticket = m->ticket, .addr = m->addr, .since = clock_mono() };
	TAILQ_INSERT_TAIL(&f->jobs, j, link);
	f->n += j->addr.fam != 0;
	f->state.n[FEED_ASKED]++;
	if ((j->addr.fam != 4 && j->addr.fam != 6) || f->n > JOBS) {
		answer_none(f, j, WHOSE_FAILED);
	} else if (feed_file_find(f->file, &j->addr, &r)) {
		f->state.n[FEED_BY_FILE]++;
		answer_net(f, j, &r, true);
	} else if (!f->c->conf->rdap.bootstrap[0][0]) {
		answer_none(f, j, WHOSE_NOBODY);
	} else {
		boot_due(f, j->since);
		if (!boot_coming(f))
			boot_settle(f);
	}
	pump(f);
}

/* Somewhere else: RFC 7480 5.2, or a link in an answer without a contact. */
static void
follow(struct feed *f, struct job *j, const char *to)
{
	struct url u;
	if (++j->hops > HOPS || url_split(to, &u) < 0 || strcmp(to, j->url) == 0) {
		wrong(f, j->url, j->hops > HOPS ? "lymph: at most 5 redirects" : "RFC 7480 5.2: another URL");
		fail(f, j);
		return;
	}
	f->state.n[FEED_REDIRECTS]++;
	memcpy(j->url, to, strlen(to) + 1);
	j->fetch = 0;
}

static void
take_answer(struct feed *f, struct job *j, const void *p, size_t n)
{
	char rule[RDAP_RULE] = "lymph: must not have crashed a part of us twice";
	struct rdap_net r;
	int rc = read_begin(p, n);
	if (rc == 0) {
		rc = rdap_read(p, n, &r, rule);
		read_end();
	}
	if (rc == 0 && !range_has(&r.first, &r.last, &j->addr)) {
		snprintf(rule, sizeof(rule), "RFC 9082 3.1.1: a range that holds the address");
		rc = -EBADMSG;
	}
	if (rc == -ENOENT) {
		answer_none(f, j, WHOSE_NOBODY);
	} else if (rc < 0) {
		wrong(f, j->url, rule);
		fail(f, j);
	} else if (r.from == RDAP_NOBODY && r.related[0] && j->hops < HOPS && strcmp(r.related, j->url) != 0) {
		follow(f, j, r.related);
	} else {
		answer_net(f, j, &r, false);
	}
}

static void
take_boot(struct feed *f, struct job *j, const void *p, size_t n)
{
	if (boot_take(f, j->url, p, n) == 0)
		f->boot_next[j->boot] = clock_mono() + BOOT_EVERY;
	job_free(f, j);
	if (!boot_coming(f))
		boot_settle(f);
}

static void
take_body(struct feed *f, struct job *j, int fd)
{
	const void *p;
	size_t n;
	if (fd < 0 || seal_map(fd, RDAP_BOOT_BYTES, &p, &n) < 0) {
		fail(f, j);
		return;
	}
	if (n == 0)
		fail(f, j);
	else if (j->addr.fam)
		take_answer(f, j, p, n);
	else
		take_boot(f, j, p, n);
	seal_unmap(p, n);
}

static void
take_fetched(struct feed *f, const struct msg_fetched *m, int fd)
{
	struct job *j;
	struct url u;
	msec now = clock_mono();
	TAILQ_FOREACH(j, &f->jobs, link)
		if (j->fetch == m->no)
			break;
	if (!j || m->no == 0 || m->end >= FETCH_END_N || !memchr(m->redirect, '\0', sizeof(m->redirect)))
		return;
	f->state.ended[m->end]++;
	bool done = m->end == FETCH_DONE, moved = done && m->status >= 300 && m->status < 400;
	bool later = done && (m->status == 429 || m->status == 503);
	if (url_split(j->url, &u) == 0) {
		if (!done || m->status >= 500 || later)
			feed_pace_failed(&f->pace, &u, m->retry_after, now);
		else
			feed_pace_fine(&f->pace, &u, now);
	}
	if (done && m->status == 200)
		take_body(f, j, fd);
	else if (moved && m->redirect[0])
		follow(f, j, m->redirect);
	else if (done && m->status == 404 && j->addr.fam)
		answer_none(f, j, WHOSE_NOBODY);
	else if (later || m->end == FETCH_BUSY)
		j->fetch = 0; /* its turn comes again, if it comes in time */
	else
		fail(f, j);
}

/* --- the role
 * ------------------------------------------------------------------------------------ */

static void
on_tick(int fd, int ready, void *arg)
{
	struct feed *f = arg;
	(void)fd, (void)ready;
	f->state.waiting = f->n;
	if (f->c->peer[ROLE_JUDGE])
		chan_send(f->c->peer[ROLE_JUDGE], M_FEED_STATE, &f->state, NULL, 0, -1);
	loop_timer_in(f->tick, TOLD_EVERY);
}

static void
init(struct role_ctx *c)
{
	feed = calloc(1, sizeof(*feed));
	if (!feed || sodium_init() < 0 || !(feed->boot = rdap_boot_new()))
		fatal_oom();
	json_warm();
	feed->c = c;
	c->state = feed;
}

static void
start(struct role_ctx *c)
{
	struct feed *f = c->state;
	TAILQ_INIT(&f->jobs);
	feed_pace_init(&f->pace, c->conf->rdap.per_minute, clock_mono());
	/* fetch may outlive us: its answers to the one before are no answers to us. */
	f->no = (uint64_t)randombytes_random() << 20;
	f->turn = loop_timer(c->loop, on_turn, f);
	f->tick = loop_timer(c->loop, on_tick, f);
	loop_timer_in(f->tick, 0);
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct feed *f = c->state;
	if (from == ROLE_WARDEN && m->type == M_FEED_FILE) {
		take_file(f, m);
		if (!boot_coming(f))
			boot_settle(f);
		pump(f);
	} else if (from == ROLE_JUDGE && m->type == M_WHOSE_GET) {
		take_question(f, m->body);
	} else if (from == ROLE_FETCH && m->type == M_FETCHED) {
		take_fetched(f, m->body, m->fd);
		pump(f);
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
peer_up(struct role_ctx *c, enum role_id id)
{
	struct feed *f = c->state;
	if (id == ROLE_JUDGE)
		chan_grant(c->peer[id], JOBS, CREDIT_BYTES);
	else
		pump(f);
}

/* Nobody waits any more; or what fetch had is to be asked again. */
static void
peer_down(struct role_ctx *c, enum role_id id)
{
	struct feed *f = c->state;
	struct job *j, *next;
	for (j = TAILQ_FIRST(&f->jobs); j; j = next) {
		next = TAILQ_NEXT(j, link);
		if (id == ROLE_FETCH && j->fetch) {
			j->fetch = 0;
			j->deaths++;
		} else if (id == ROLE_JUDGE && j->addr.fam)
			job_free(f, j);
	}
}

static void
room(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_FETCH)
		pump(c->state);
}

static bool
wanted(const struct conf *c)
{
	return c->rdap.bootstrap[0][0] || c->rdap.cache[0];
}

const struct role role_hear_feed = {
	.id = ROLE_HEAR_FEED,
	.name = "hear-feed",
	.promises = BOX_CHAN,
	.rlimit_as = (uint64_t)1 << 30,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_FETCH,
	.wanted = wanted,
	.init = init,
	.start = start,
	.message = message,
	.peer_up = peer_up,
	.peer_down = peer_down,
	.room = room,
};
