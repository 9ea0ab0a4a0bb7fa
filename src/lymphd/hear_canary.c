/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hear-canary: the far end of the two-sided proof. Whoever fetches /TOKEN here gets a secret
 * made for that fetch, and the judge hears of both before the answer leaves, so that a secret that
 * comes back through a target is always one the judge has heard of. Anybody on the Internet may
 * come: each visitor has little time, few bytes and few connections, a full house sends the oldest
 * away, and one source can tell the judge only so much. Must never act on what a visitor says beyond that.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/sock.h"
#include "lymphd/role.h"
#include "probe/canary.h"
#include "probe/pace.h"

#define VISITORS   256             /* at a time; the oldest goes when one more comes */
#define PER_SOURCE 16              /* of them from one address (IPv6: /64) */
#define STAY       (5 * MSEC_SECOND)
#define SOURCES    1024            /* sources remembered; the longest idle is forgotten */
#define TELL_RATE  2               /* tokens told to the judge per second and source ... */
#define TELL_BURST 20              /* ... after so many */
#define ALL_RATE   100             /* and by all foreign sources, and as many by all of ours */
#define AFTER      (16 * 1024)     /* bytes taken after the answer before we hang up */

struct caller {
	struct tree_node node;
	TAILQ_ENTRY(caller) idle;
	struct prefix net;
	struct bucket tell;
	unsigned visitors;
};

struct visitor {
	TAILQ_ENTRY(visitor) link; /* oldest first; all stay equally long, so also soonest first */
	struct canary *house;
	struct caller *source;
	struct loop_event *event;
	struct addr from;
	int fd;
	msec until;
	size_t n;
	bool answered;
	uint8_t buf[CANARY_REQUEST];
};

struct canary {
	struct role_ctx *c;
	struct tree sources;
	TAILQ_HEAD(canary_idle, caller) idle;
	TAILQ_HEAD(canary_in, visitor) in;
	unsigned visitors;
	struct bucket all[2]; /* foreign sources; own ones: a flood from elsewhere shall not hide a relay */
	struct loop_event *tick;
	struct log_limit limit, crowd;
	uint64_t seen, untold, turned; /* tokens; of them not told; visitors sent away */
};

static int
source_cmp(const struct tree_node *a, const struct tree_node *b)
{
	return prefix_cmp(&TREE_ENTRY(a, struct caller, node)->net,
	    &TREE_ENTRY(b, struct caller, node)->net);
}

static struct caller *
source_get(struct canary *h, const struct addr *a, msec now)
{
	struct caller key = { .net = prefix_of(a, a->fam == 6 ? 64 : 32) };
	struct caller *s = TREE_ENTRY(tree_find(&h->sources, &key.node), struct caller, node);
	if (s)
		return s;
	if (h->sources.count >= SOURCES) { /* there are fewer visitors than sources: one is idle */
		s = TAILQ_FIRST(&h->idle);
		TAILQ_REMOVE(&h->idle, s, idle);
		tree_del(&h->sources, &s->node);
	} else if (!(s = malloc(sizeof(*s)))) {
		fatal_oom();
	}
	*s = key;
	bucket_init(&s->tell, TELL_RATE, TELL_BURST, now);
	tree_add(&h->sources, &s->node);
	TAILQ_INSERT_TAIL(&h->idle, s, idle);
	return s;
}

static void
visitor_out(struct visitor *v)
{
	struct canary *h = v->house;
	loop_drop(v->event);
	close(v->fd);
	if (--v->source->visitors == 0)
		TAILQ_INSERT_TAIL(&h->idle, v->source, idle);
	TAILQ_REMOVE(&h->in, v, link);
	h->visitors--;
	free(v);
}

/* The judge first, the visitor after: a secret is never out before it is known. */
static void
tell_judge(struct visitor *v, const uint8_t token[CANARY_TOKEN], const uint8_t secret[CANARY_TOKEN])
{
	struct canary *h = v->house;
	struct chan *judge = h->c->peer[ROLE_JUDGE];
	struct msg_token_seen seen = { .egress = v->from, .when = clock_real() };
	msec now = clock_mono();
	unsigned held;
	memcpy(seen.token, token, CANARY_TOKEN);
	memcpy(seen.secret, secret, CANARY_TOKEN);
	h->seen++;
	struct bucket *all = &h->all[policy_find(h->c->conf->policy, &v->from) != NULL];
	bool may = bucket_has(&v->source->tell, now) && bucket_has(all, now);
	if (may && judge && chan_send(judge, M_TOKEN_SEEN, &seen, NULL, 0, -1) == 0) {
		bucket_take(&v->source->tell);
		bucket_take(all);
		return;
	}
	h->untold++;
	if (log_may(&h->limit, &held))
		log_warn("%llu of %llu fetched tokens could not be told to the judge (%s)",
		    (unsigned long long)h->untold, (unsigned long long)h->seen,
		    !may ? "too many at once" : judge ? "no credit" : "judge is away");
}

static void
visitor_answer(struct visitor *v, enum canary_want want, const uint8_t token[CANARY_TOKEN])
{
	char answer[CANARY_ANSWER];
	uint8_t secret[CANARY_TOKEN] = { 0 };
	if (want == CANARY_SIGHT) {
		randombytes_buf(secret, sizeof(secret));
		tell_judge(v, token, secret);
	}
	size_t n = canary_answer(want, secret, v->house->c->conf->name, answer);
	/* It fits the empty buffer of a socket; if not, this visitor is not served. */
	if (n == 0 || send(v->fd, answer, n, MSG_NOSIGNAL) != (ssize_t)n) {
		visitor_out(v);
		return;
	}
	/* Closing with bytes unread would reset the answer away: wait for the other end. */
	shutdown(v->fd, SHUT_WR);
	v->answered = true;
	v->n = 0;
}

static void
on_visitor(int fd, int ready, void *arg)
{
	struct visitor *v = arg;
	uint8_t token[CANARY_TOKEN], digest[32];
	(void)ready;
	size_t at = v->answered ? 0 : v->n;
	ssize_t n = recv(fd, v->buf + at, sizeof(v->buf) - at, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		visitor_out(v);
		return;
	}
	v->n += (size_t)n;
	if (v->answered) {
		if (v->n > AFTER)
			visitor_out(v);
		return;
	}
	crypto_generichash(digest, sizeof(digest), v->buf, v->n, NULL, 0);
	if (blackbox_refuses(digest)) {
		visitor_out(v);
		return;
	}
	blackbox_note(digest);
	enum canary_want want = canary_parse(v->buf, v->n, token);
	if (want == CANARY_BROKEN)
		visitor_out(v);
	else if (want != CANARY_MORE)
		visitor_answer(v, want, token);
	blackbox_clear();
}

static void
turn_away(struct canary *h)
{
	unsigned held;
	h->turned++;
	if (log_may(&h->crowd, &held))
		log_warn("crowded: %llu visitors sent away so far", (unsigned long long)h->turned);
}

static void
visitor_in(struct canary *h, int fd, const struct addr *from)
{
	msec now = clock_mono();
	struct caller *s = source_get(h, from, now);
	if (s->visitors >= PER_SOURCE) {
		close(fd);
		turn_away(h);
		return;
	}
	/* First, so that the oldest's leaving cannot make s the one to be forgotten. */
	if (s->visitors++ == 0)
		TAILQ_REMOVE(&h->idle, s, idle);
	if (h->visitors >= VISITORS) {
		visitor_out(TAILQ_FIRST(&h->in));
		turn_away(h);
	}
	struct visitor *v = malloc(sizeof(*v));
	if (!v)
		fatal_oom();
	*v = (struct visitor) { .house = h, .source = s, .from = *from, .fd = fd,
		.until = now + STAY };
	v->event = loop_fd(h->c->loop, fd, LOOP_READ, on_visitor, v);
	TAILQ_INSERT_TAIL(&h->in, v, link);
	if (h->visitors++ == 0)
		loop_timer_in(h->tick, STAY);
}

static void
on_listen(int fd, int ready, void *arg)
{
	struct canary *h = arg;
	(void)ready;
	for (int i = 0; i < 16; i++) { /* the others shall have their turn */
		struct sockaddr_storage ss = { 0 };
		socklen_t n = sizeof(ss);
		struct addr from;
		int in = accept4(fd, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (in < 0)
			return;
		if (sock_addr((const struct sockaddr *)&ss, &from))
			visitor_in(h, in, &from);
		else
			close(in);
	}
}

static void
on_tick(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct canary *h = arg;
	struct visitor *v;
	msec now = clock_mono();
	while ((v = TAILQ_FIRST(&h->in)) != NULL && v->until <= now)
		visitor_out(v);
	if (v)
		loop_timer_in(h->tick, v->until - now);
}

static void
canary_init(struct role_ctx *c)
{
	uint8_t warm[16];
	if (sodium_init() < 0)
		fatal("no random numbers");
	randombytes_buf(warm, sizeof(warm)); /* before the box */
	struct canary *h = calloc(1, sizeof(*h));
	if (!h)
		fatal_oom();
	h->c = c;
	tree_init(&h->sources, source_cmp);
	TAILQ_INIT(&h->idle);
	TAILQ_INIT(&h->in);
	for (int own = 0; own < 2; own++)
		bucket_init(&h->all[own], ALL_RATE, 2 * ALL_RATE, clock_mono());
	c->state = h;
}

static void
canary_start(struct role_ctx *c)
{
	struct canary *h = c->state;
	h->tick = loop_timer(c->loop, on_tick, h);
	for (unsigned i = 0; i < c->listens; i++)
		if (c->listen[i].kind == LISTEN_CANARY)
			loop_fd(c->loop, c->listen[i].fd, LOOP_READ, on_listen, h);
}

static void
canary_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	(void)c; /* nobody tells the canary anything */
	(void)from;
	(void)m;
}

const struct role role_hear_canary = {
	.id = ROLE_HEAR_CANARY,
	.name = "hear-canary",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.rlimit_as = UINT64_C(512) << 20,
	.peers = 1u << ROLE_JUDGE,
	.init = canary_init,
	.start = canary_start,
	.message = canary_message,
};
