/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role verify: OpenPGP signatures, for the roles that hear and for the judge's key store. The only
 * place where a library in C++ reads a stranger's bytes, so it has nothing: no file, no socket, no other
 * rights, a bound on memory and on CPU time. It keeps no key: the judge gives it one for each signature.
 * Must never answer "good" for a key it was not just given, nor work on what crashed it twice.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/pgp_gate.h"
#include "lymphd/role.h"
#include "model/identity.h"

#define PEERS    3                  /* who asks */
#define EACH     16                 /* questions one of them may have here */
#define WAITS    (PEERS * EACH)
#define CREDIT_BYTES (64u << 10)
#define PATIENCE (10 * MSEC_SECOND) /* for the judge to give the key */
#define LAIN     (14 * MSEC_DAY)    /* how long a mail may have waited to be read */
#define CPU_MOST 20                 /* seconds of CPU for one question, then it is a crash */

struct wait {
	bool used;
	enum role_id from;
	uint64_t no;              /* ours, for the judge */
	struct msg_verify ask;
	uint32_t cost;
	const uint8_t *map;       /* the sealed memory: bytes, then signature */
	size_t map_n;
	uint8_t digest[32];
	uint8_t sig[PGP_SIG_BYTES];
	size_t sig_n;
	struct msg_pgp_key_get get;
	msec since;
};

struct verify {
	struct role_ctx *c;
	struct wait wait[WAITS];
	uint8_t vouch[VOUCH_KEY]; /* zero until the judge has said it: such a vouch is good for nothing */
	uint64_t no;
	struct loop_event *sweep;
};

/* A library that does not come back dies as one that crashes does: with the message in its black box. */
static void
on_alarm(int signo)
{
	(void)signo;
	abort();
}

static void
work_begin(const struct wait *w)
{
	static const struct itimerval most = { .it_value.tv_sec = CPU_MOST };
	blackbox_note(w->digest);
	setitimer(ITIMER_VIRTUAL, &most, NULL);
}

static void
work_end(void)
{
	static const struct itimerval off;
	setitimer(ITIMER_VIRTUAL, &off, NULL);
	blackbox_clear();
}

static void
drop(struct wait *w)
{
	if (w->map)
		seal_unmap(w->map, w->map_n);
	memset(w, 0, sizeof(*w));
}

/* Answers, with text in sealed memory if there is any, and gives the credit back. */
static void
answer(struct verify *v, struct wait *w, struct msg_verified *a, const void *text, size_t n)
{
	struct chan *to = v->c->peer[w->from];
	int fd = -1;
	a->ticket = w->ask.ticket;
	if (to && text && seal_make("signed", text, n, &fd) < 0) {
		*a = (struct msg_verified){ .ticket = a->ticket, .result = PGP_LATER };
		snprintf(a->rule, sizeof(a->rule), "lymph: memory for it");
	}
	if (to) {
		chan_send(to, M_VERIFIED, a, NULL, 0, fd);
		chan_grant(to, 1, w->cost);
	}
	if (fd >= 0)
		close(fd);
	drop(w);
}

static void
answer_rule(struct verify *v, struct wait *w, enum pgp_result result, const char *rule)
{
	struct msg_verified a = { .result = result };
	snprintf(a.rule, sizeof(a.rule), "%s", rule);
	answer(v, w, &a, NULL, 0);
}

/* No key of ours: the text of a clear-signed one is handed back all the same, as nobody's. */
static void
answer_unknown(struct verify *v, struct wait *w)
{
	struct msg_verified a = { .result = PGP_UNKNOWN };
	snprintf(a.rule, sizeof(a.rule), "lymph: a signature by an enrolled key");
	char *text = w->ask.clear ? malloc(w->ask.signed_len + 1) : NULL;
	size_t n = text ? pgp_clear_text(w->map, w->ask.signed_len, text) : 0;
	answer(v, w, &a, text, n);
	free(text);
}

/* The word "good" in a form that whoever asked can hand on: about what was signed, or what is left of it when
 * dashes are taken out. */
static void
vouch_for(const struct verify *v, const struct wait *w, const void *text, size_t n, struct msg_verified *a)
{
	static const uint8_t unknown[VOUCH_KEY];
	struct identity i = { 0 };
	uint8_t hash[32];
	if (a->result != PGP_GOOD || !identity_make(IDENTITY_PGP, a->fingerprint, &i) ||
	    memcmp(v->vouch, unknown, sizeof(unknown)) == 0)
		return;
	crypto_hash_sha256(hash, text ? text : w->map, text ? n : w->ask.signed_len);
	vouch_make(v->vouch, w->from, i.name, w->from == ROLE_HEAR_REPORTS ? hash : NULL, clock_real(), a->vouch);
}

static void
see_key(struct verify *v, struct wait *w)
{
	static uint8_t packets[PGP_KEY_BYTES];
	struct msg_verified a = { .result = PGP_REFUSED };
	struct pgp_seen seen = { 0 };
	const char *rule = "";
	size_t n = 0;
	int r = pgp_key_read(w->map, w->ask.signed_len, packets, &n, &rule);
	if (r == 0)
		pgp_key_see(packets, n, clock_real(), &seen);
	work_end();
	if (r < 0)
		return answer_rule(v, w, PGP_REFUSED, rule);
	a.result = seen.result;
	a.ids = seen.n;
	memcpy(a.id, seen.id, sizeof(a.id));
	memcpy(a.fingerprint, seen.fingerprint, sizeof(a.fingerprint));
	memcpy(a.rule, seen.rule, sizeof(a.rule));
	answer(v, w, &a, seen.result == PGP_GOOD ? seen.key : NULL, seen.key_n);
	free(seen.key);
}

static void
ask_judge(struct verify *v, struct wait *w)
{
	if (v->c->peer[ROLE_JUDGE])
		chan_send(v->c->peer[ROLE_JUDGE], M_PGP_KEY_GET, &w->get, NULL, 0, -1);
}

/* Whose signature is it? */
static void
see_signature(struct verify *v, struct wait *w)
{
	struct pgp_sigs sigs;
	const char *rule = "";
	int r = w->ask.clear
	            ? pgp_clear_read(w->map, w->ask.signed_len, w->sig, &w->sig_n, &sigs, &rule)
	            : pgp_sig_read(w->map + w->ask.signed_len, w->ask.sig_len, w->sig, &w->sig_n, &sigs, &rule);
	work_end();
	if (r < 0)
		return answer_rule(v, w, PGP_REFUSED, rule);
	w->get.ticket = w->no;
	for (unsigned i = 0; i < sigs.n; i++)
		if (sigs.sig[i].has_id)
			memcpy(w->get.id[w->get.n++], sigs.sig[i].id, PGP_ID);
	if (w->get.n == 0)
		return answer_unknown(v, w);
	ask_judge(v, w);
}

static void
take_key(struct verify *v, const struct msg_pgp_key *k, const void *key, size_t n)
{
	struct wait *w = NULL;
	struct pgp_answer got;
	for (size_t i = 0; i < WAITS && !w; i++)
		if (v->wait[i].used && v->wait[i].no == k->ticket)
			w = &v->wait[i];
	if (!w)
		return; /* given up meanwhile */
	if (k->found != 1)
		return answer_unknown(v, w);
	/* Who asks says when it came, for a mail may have lain; within reason. */
	msec now = clock_real(), arrived = w->ask.when;
	if (arrived > now || arrived < now - LAIN)
		arrived = now;
	work_begin(w);
	pgp_verify(w->ask.clear ? PGP_CLEAR : PGP_DETACHED, key, n, w->map, w->ask.signed_len, w->sig, w->sig_n,
	    now, arrived, &got);
	work_end();
	if (got.result == PGP_UNKNOWN)
		return answer_unknown(v, w);
	struct msg_verified a = { .result = got.result, .when = got.when };
	memcpy(a.fingerprint, got.fingerprint, sizeof(a.fingerprint));
	memcpy(a.rule, got.rule, sizeof(a.rule));
	vouch_for(v, w, got.text, got.text_n, &a);
	answer(v, w, &a, got.text, got.text_n);
	free(got.text);
}

static void
take_question(struct verify *v, enum role_id from, struct chan_msg *m)
{
	const struct msg_verify *ask = m->body;
	struct wait *w = NULL;
	const void *map;
	for (size_t i = 0; i < WAITS && !w; i++)
		if (!v->wait[i].used)
			w = &v->wait[i];
	if (!w) { /* beyond its credit: whoever asks so is captured, and no question of the others' suffers */
		struct msg_verified a = { .ticket = ask->ticket, .result = PGP_LATER };
		chan_send(v->c->peer[from], M_VERIFIED, &a, NULL, 0, -1);
		return;
	}
	*w = (struct wait){ .used = true, .from = from, .no = ++v->no, .ask = *ask,
		.cost = sizeof(*ask), .since = clock_mono() };
	if (seal_map(m->fd, VERIFY_BYTES, &map, &w->map_n) < 0)
		return answer_rule(v, w, PGP_REFUSED, "lymph: bytes and signature, of at most 64 MiB");
	w->map = map;
	if ((uint64_t)ask->signed_len + ask->sig_len != w->map_n || ((ask->clear || ask->key) && ask->sig_len))
		return answer_rule(v, w, PGP_REFUSED, "lymph: bytes and signature, as long as they say");
	crypto_hash_sha256(w->digest, w->map, w->map_n);
	if (blackbox_refuses(w->digest))
		return answer_rule(v, w, PGP_ASIDE, "lymph: must not have crashed a part of us twice");
	work_begin(w);
	if (ask->key)
		see_key(v, w);
	else
		see_signature(v, w);
}

static void
on_sweep(int fd, int ready, void *arg)
{
	struct verify *v = arg;
	msec now = clock_mono();
	(void)fd, (void)ready;
	for (size_t i = 0; i < WAITS; i++)
		if (v->wait[i].used && now - v->wait[i].since > PATIENCE)
			answer_rule(v, &v->wait[i], PGP_LATER, "lymph: the key store answers");
	loop_timer_in(v->sweep, MSEC_SECOND);
}

static void
init(struct role_ctx *c)
{
	struct verify *v = calloc(1, sizeof(*v));
	if (!v || sodium_init() < 0)
		fatal_oom();
	v->c = c;
	c->state = v;
	pgp_warm();
	signal(SIGVTALRM, on_alarm);
}

static void
start(struct role_ctx *c)
{
	struct verify *v = c->state;
	v->sweep = loop_timer(c->loop, on_sweep, v);
	loop_timer_in(v->sweep, MSEC_SECOND);
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	if (m->type == M_VERIFY)
		take_question(c->state, from, m);
	else if (m->type == M_PGP_KEY)
		take_key(c->state, m->body, m->tail, m->tail_len);
	else if (m->type == M_VOUCH_KEY)
		memcpy(((struct verify *)c->state)->vouch, m->body, VOUCH_KEY);
	if (m->fd >= 0)
		close(m->fd);
}

static void
peer_up(struct role_ctx *c, enum role_id id)
{
	struct verify *v = c->state;
	chan_grant(c->peer[id], EACH, CREDIT_BYTES);
	for (size_t i = 0; id == ROLE_JUDGE && i < WAITS; i++)
		if (v->wait[i].used && v->wait[i].get.n)
			ask_judge(v, &v->wait[i]);
}

static void
peer_down(struct role_ctx *c, enum role_id id)
{
	struct verify *v = c->state;
	for (size_t i = 0; i < WAITS; i++)
		if (v->wait[i].used && v->wait[i].from == id)
			drop(&v->wait[i]);
}

const struct role role_verify = {
	.id = ROLE_VERIFY,
	.name = "verify",
	.promises = BOX_CHAN | BOX_ALARM,
	.rlimit_as = (uint64_t)1 << 30,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_HEAR_REPORTS | 1u << ROLE_HEAR_MAIL,
	.init = init,
	.start = start,
	.message = message,
	.peer_up = peer_up,
	.peer_down = peer_down,
};
