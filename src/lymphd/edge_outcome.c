/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outcomes for reporters, see edge_answers.h. A token is the report's place in the journal and 128 bits
 * of a keyed hash of that place, its id, its key and its bytes: nothing is stored beside the report, a
 * report sent again gets the same token, and who reads the database without the secret beside it learns
 * none. It must never answer differently for an unknown report and a wrong token, nor tell an unproven
 * reporter more than judge/outcome_word.h does.
 */
#include "lymphd/edge_answers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "host/log.h"
#include "judge/outcome_word.h"
#include "lymphd/edge.h"
#include "lymphd/edge_whose.h"
#include "wire/problem.h"
#include "wire/sshsig.h"

#define KEY_FILE "outcome.key"
#define KEY_NEW  "outcome.key.new"
#define KEY_MOST 4096

struct outcomes {
	struct sshsig_secret secret;
	uint8_t tokens[32]; /* made of the secret, for nothing else */
	uint8_t vouch[VOUCH_KEY]; /* likewise */
	struct outcomes_totals totals;
};

/* The key, once made, must be there whatever happens: else tokens given out would be void. */
static int
key_write(int dir, const char *text, size_t n)
{
	int fd = openat(dir, KEY_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ssize_t w = write(fd, text, n);
	int r = w < 0 ? -errno : w != (ssize_t)n ? -ENOSPC : fsync(fd) < 0 ? -errno : 0;
	close(fd);
	if (r == 0 && renameat(dir, KEY_NEW, dir, KEY_FILE) < 0)
		r = -errno;
	return r == 0 && fsync(dir) < 0 ? -errno : r;
}

static int
key_make(int dir, const char *server)
{
	uint8_t seed[32];
	char text[KEY_MOST], comment[CONF_NAME + 16];
	randombytes_buf(seed, sizeof(seed));
	snprintf(comment, sizeof(comment), "lymph %s", server);
	int n = sshsig_secret_print(seed, comment, text, sizeof(text));
	int r = n < 0 ? n : key_write(dir, text, (size_t)n);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(text, sizeof(text));
	return r;
}

static int
key_read(int dir, struct sshsig_secret *ret)
{
	char text[KEY_MOST];
	int fd = openat(dir, KEY_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text));
	int r = n < 0 ? -errno : sshsig_secret_parse(text, (size_t)n, ret);
	close(fd);
	sodium_memzero(text, sizeof(text));
	return r;
}

void
outcomes_start(struct edge *e)
{
	static const char purpose[] = "lymph outcome tokens", vouch[] = "lymph vouch";
	struct outcomes *o = calloc(1, sizeof(*o));
	if (!o)
		fatal_oom();
	int dir = open(e->c->conf->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : key_read(dir, &o->secret);
	if (r == -ENOENT && (r = key_make(dir, e->c->conf->name)) == 0)
		r = key_read(dir, &o->secret);
	if (dir >= 0)
		close(dir);
	if (r < 0)
		fatal("%s/" KEY_FILE ": %s. Without it, a new one is made, and all tokens given so far are void",
		    e->c->conf->state, strerror(-r));
	/* The first half of the secret is the seed. */
	crypto_generichash(o->tokens, sizeof(o->tokens), (const uint8_t *)purpose, sizeof(purpose),
	    o->secret.sk, 32);
	crypto_generichash(o->vouch, sizeof(o->vouch), (const uint8_t *)vouch, sizeof(vouch), o->secret.sk, 32);
	e->outcomes = o;
}

struct key
outcomes_key(const struct edge *e)
{
	struct key k;
	memcpy(k.b, e->outcomes->secret.sk + 32, KEY_BYTES);
	return k;
}

const uint8_t *
outcomes_vouch(const struct edge *e)
{
	return e->outcomes->vouch;
}

struct outcomes_totals
outcomes_totals(const struct edge *e)
{
	return e->outcomes->totals;
}

void
outcomes_up(struct edge *e)
{
	struct msg_server_key m = { .key = outcomes_key(e) };
	chan_send(e->c->peer[ROLE_HEAR_REPORTS], M_SERVER_KEY, &m, NULL, 0, -1);
}

void
outcomes_token(const struct edge *e, uint64_t seq, const struct report *p, uint8_t ret[TOKEN_BYTES])
{
	uint8_t what[8 + sizeof(p->id) + KEY_BYTES + sizeof(p->body_hash)];
	struct writer w = writer_of(what, sizeof(what));
	w64(&w, seq);
	wbytes(&w, p->id, sizeof(p->id));
	wbytes(&w, p->key.b, KEY_BYTES);
	wbytes(&w, p->body_hash, sizeof(p->body_hash));
	memcpy(ret, what, 8);
	crypto_generichash(ret + 8, TOKEN_BYTES - 8, what, sizeof(what), e->outcomes->tokens,
	    sizeof(e->outcomes->tokens));
}

struct found {
	uint64_t seq, case_no;
	struct fact fact;
	bool there;
};

static int
see_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct found *f = arg;
	struct fact fact;
	if (seq != f->seq || fact_decode(bytes, n, &fact) < 0 || fact.kind != FACT_REPORT)
		return 1;
	f->fact = fact;
	f->case_no = case_no;
	f->there = true;
	return 1; /* the first is enough */
}

int
outcomes_report(struct edge *e, uint64_t seq, struct fact *ret, uint64_t *ret_case)
{
	struct found f = { .seq = seq };
	int r = seq <= INT64_MAX ? store_each_fact(e->store, seq, see_fact, &f) : 0;
	if (r < 0 || !f.there)
		return r < 0 ? r : -ENOENT;
	*ret = f.fact;
	*ret_case = f.case_no;
	return 0;
}

/* The same work is done whatever is there. */
static bool
find(struct edge *e, const struct msg_outcome_get *m, struct found *ret)
{
	struct reader r = reader_of(m->token, sizeof(m->token));
	uint8_t want[TOKEN_BYTES];
	ret->seq = r64(&r);
	ret->there = outcomes_report(e, ret->seq, &ret->fact, &ret->case_no) == 0;
	outcomes_token(e, ret->seq, &ret->fact.report, want);
	bool token = sodium_memcmp(want, m->token, sizeof(want)) == 0;
	return token && ret->there && sodium_memcmp(ret->fact.report.id, m->id, 16) == 0;
}

void
outcomes_text(struct edge *e, uint64_t seq, const uint8_t id[16], const struct outcome_told *t,
    char text[1024], char sig[1024])
{
	uint8_t blob[SSHSIG_MAX];
	struct outcome_doc d = { .seq = seq, .server = e->c->conf->name, .outcome = outcome_word_name(t->word),
		.responsible = t->responsible, .since = t->since, .asked = e->now };
	size_t n = 0;
	memcpy(d.id, id, sizeof(d.id));
	char *s = outcome_print(&d, &n);
	if (!s)
		fatal_oom();
	text[0] = sig[0] = '\0';
	size_t b = n < 1024 ? sshsig_sign(&e->outcomes->secret, s, n, OUTCOME_NAMESPACE, blob) : 0;
	if (b && sodium_base64_ENCODED_LEN(b, sodium_base64_VARIANT_ORIGINAL) <= 1024) {
		memcpy(text, s, n + 1);
		sodium_bin2base64(sig, 1024, blob, b, sodium_base64_VARIANT_ORIGINAL);
	}
	free(s);
}

void
outcomes_mark(const struct edge *e, const void *p, size_t n, uint8_t *ret, size_t ret_n)
{
	static const char purpose[] = "lymph marks";
	uint8_t h[32];
	crypto_generichash_state s;
	crypto_generichash_init(&s, e->outcomes->tokens, sizeof(e->outcomes->tokens), sizeof(h));
	crypto_generichash_update(&s, (const uint8_t *)purpose, sizeof(purpose));
	crypto_generichash_update(&s, p, n);
	crypto_generichash_final(&s, h, sizeof(h));
	memcpy(ret, h, ret_n < sizeof(h) ? ret_n : sizeof(h));
}

void
outcomes_sign(const struct edge *e, const void *p, size_t n, char *ret, size_t size)
{
	uint8_t blob[SSHSIG_MAX];
	size_t b = sshsig_sign(&e->outcomes->secret, p, n, SSHSIG_NAMESPACE, blob);
	ret[0] = '\0';
	if (b && sodium_base64_ENCODED_LEN(b, sodium_base64_VARIANT_ORIGINAL) <= size)
		sodium_bin2base64(ret, size, blob, b, sodium_base64_VARIANT_ORIGINAL);
}

/* text "": there is none. */
static void
answer(struct edge *e, uint64_t ticket, const char *text, const char *sig)
{
	struct chan *hear = e->c->peer[ROLE_HEAR_REPORTS];
	char tail[2048];
	struct msg_outcome m = { .ticket = ticket, .text_len = (uint32_t)strlen(text),
		.sig_len = (uint32_t)strlen(sig) };
	memcpy(tail, text, m.text_len);
	memcpy(tail + m.text_len, sig, m.sig_len);
	if (hear)
		chan_send(hear, M_OUTCOME, &m, tail, m.text_len + m.sig_len, -1);
}

void
outcomes_get(struct edge *e, const struct msg_outcome_get *m)
{
	struct found f = { 0 };
	struct outcome_told told;
	struct chan *hear = e->c->peer[ROLE_HEAR_REPORTS];
	char text[1024] = "", sig[1024] = "";
	msec now = edge_now(e);
	if (!find(e, m, &f)) {
		e->outcomes->totals.denied++;
	} else {
		const struct report *p = &f.fact.report;
		outcome_tell(e->judge, &(struct outcome_ask){ .key = p->key, .cls = p->cls,
		    .subject = p->subject, .port = p->port, .case_no = f.case_no, .arrived = f.fact.at },
		    now, &told);
		if (told.word == WORD_WRONG_NETWORK && !told.coarse)
			whose_instead(e, &p->subject, told.responsible, sizeof(told.responsible));
		outcomes_text(e, f.seq, p->id, &told, text, sig);
		e->outcomes->totals.told++;
	}
	answer(e, m->ticket, text, sig);
	if (hear)
		chan_grant(hear, 1, sizeof(*m));
}
