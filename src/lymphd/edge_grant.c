/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of grants, see edge_grant.h: a copy in memory of a shelf. Must never hold a token, nor change
 * what is in memory before the store has it. */
#include "lymphd/edge_grant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "host/log.h"

#define PACE_EACH  (MSEC_SECOND / 5) /* one question, in the long run ... */
#define PACE_BURST 50                /* ... after so many at once */

struct grants {
	struct grant_held h[GRANTS];
	size_t n;
};

static int
see(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct grants *m = arg;
	struct grant g;
	(void)name, (void)name_n;
	int r = m->n == GRANTS ? -E2BIG : grant_decode(blob, n, &g);
	if (r < 0)
		return r;
	m->h[m->n++] = (struct grant_held){ .g = g };
	return 0;
}

void
grants_start(struct edge *e)
{
	e->grants = calloc(1, sizeof(*e->grants));
	if (!e->grants)
		fatal_oom();
	int r = store_each_shelved(e->store, SHELF_GRANT, see, e->grants);
	if (r < 0)
		fatal("cannot read who may read of cases: %s", strerror(-r));
}

struct grant_held *
grants_next(const struct edge *e, size_t *it)
{
	return *it < e->grants->n ? &e->grants->h[(*it)++] : NULL;
}

struct grant_held *
grants_named(const struct edge *e, const char *name)
{
	struct grants *m = e->grants;
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->h[i].g.name, name) == 0)
			return &m->h[i];
	return NULL;
}

/* All are looked at, whichever it is. */
struct grant_held *
grants_token(struct edge *e, const uint8_t token[READ_TOKEN])
{
	struct grants *m = e->grants;
	struct grant_held *found = NULL;
	uint8_t hash[GRANT_HASH];
	crypto_hash_sha256(hash, token, READ_TOKEN);
	for (size_t i = 0; i < m->n; i++)
		if (grant_has_token(&m->h[i].g) && sodium_memcmp(hash, m->h[i].g.token, sizeof(hash)) == 0)
			found = &m->h[i];
	return found && grant_lasts(&found->g, edge_now(e)) ? found : NULL;
}

/* The virtual scheduling of ITU-T I.371: pace is when the bucket will be full again. */
msec
grants_pace(struct grant_held *h, msec now)
{
	msec full = h->n.pace > now ? h->n.pace : now;
	msec over = full + PACE_EACH - now - PACE_BURST * PACE_EACH;
	if (over > 0)
		return over;
	h->n.pace = full + PACE_EACH;
	return 0;
}

/* The deed as a fact, the row, all or nothing. blob NULL: the row goes. */
static int
keep(struct edge *e, enum desk_verb verb, const struct grant *g, uid_t uid, const void *blob, size_t n)
{
	char scope[GRANT_SCOPE];
	struct shelf_no name = shelf_no(g->no);
	struct desk_act a = { .verb = (uint8_t)verb, .target = g->no, .uid = uid };
	snprintf(a.name, sizeof(a.name), "%s", g->name);
	if (blob)
		snprintf(a.text, sizeof(a.text), "%s%s%.100s", grant_scope_print(g, scope), g->mail[0] ? " to " : "",
		    g->mail);
	int r = edge_said(e, &a, NULL);
	if (r == 0)
		r = store_shelve(e->store, SHELF_GRANT, name.b, sizeof(name.b), blob, n);
	if (r == 0 && blob && g->kind == GRANT_SUBSCRIPTION)
		r = forward_from(e, g->since);
	return edge_finish(e, r);
}

int
grants_add(struct edge *e, struct grant *g, uint8_t secret[READ_TOKEN])
{
	struct grants *m = e->grants;
	uint8_t blob[GRANT_BYTES], made[READ_TOKEN];
	struct writer w = writer_of(blob, sizeof(blob));
	msec at;
	if (grants_named(e, g->name))
		return -EEXIST;
	if (m->n == GRANTS)
		return -E2BIG;
	int r = store_last(e->store, &g->since, &at);
	if (r < 0)
		return r;
	g->no = g->since + 1; /* its fact's: none is used twice */
	g->made = edge_now(e);
	if (secret) {
		randombytes_buf(made, sizeof(made));
		crypto_hash_sha256(g->token, made, sizeof(made));
	}
	grant_encode(&w, g);
	if (w.bad)
		return -E2BIG;
	r = keep(e, g->kind == GRANT_TOKEN ? DESK_TOKEN_ADD : DESK_SUBSCRIBE, g, g->uid, blob, writer_len(&w));
	if (r == 0) {
		m->h[m->n++] = (struct grant_held){ .g = *g };
		if (secret)
			memcpy(secret, made, sizeof(made));
	}
	sodium_memzero(made, sizeof(made));
	return r;
}

int
grants_remove(struct edge *e, const char *name, enum grant_kind kind, uid_t uid)
{
	struct grants *m = e->grants;
	struct grant_held *h = grants_named(e, name);
	if (!h || h->g.kind != kind)
		return -ENOENT;
	int r = keep(e, kind == GRANT_TOKEN ? DESK_TOKEN_REVOKE : DESK_UNSUBSCRIBE, &h->g, uid, NULL, 0);
	if (r < 0)
		return r;
	size_t at = (size_t)(h - m->h);
	m->n--;
	memmove(h, h + 1, (m->n - at) * sizeof(*h));
	return 0;
}
