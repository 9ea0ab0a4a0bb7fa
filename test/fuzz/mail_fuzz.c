/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails, read by who knows all keys and by who knows none; what is found for a signature; and XARF
 * v3. The first byte says which, the rest is the mail. Reading twice gives the same; nothing costs
 * more than the caps allow; claims about others are those that somebody vouches for, and none is made of a
 * sealed mail.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/special.h"
#include "wire/logclaim.h"
#include "wire/mail.h"
#include "wire/mail_mime.h"
#include "wire/xarf_v3.h"

#include "../wire/mail_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->fam == 4 && a->b[0] == 192;
}

static bool
same(const struct mail_seen *a, const struct mail_seen *b)
{
	return a->tray == b->tray && strcmp(a->rule, b->rule) == 0 && a->claims == b->claims &&
	       a->docs == b->docs && a->sheets == b->sheets && a->may_answer == b->may_answer &&
	       strcmp(a->subject, b->subject) == 0 &&
	       strcmp(a->identity.name, b->identity.name) == 0;
}

static void
check(const struct mail_seen *m)
{
	bool goes_on = m->foreign && m->foreign == m->claims && (m->tray == TRAY_ELSEWHERE || m->tray == TRAY_SECURITY);
	size_t foreign = 0;
	if ((unsigned)m->tray >= TRAY_N || !m->rule[0] ||
	    (m->tray != TRAY_CASE && (m->docs || (!goes_on && (m->claims || m->sheets)))))
		abort();
	if (m->tray == TRAY_SEALED && m->subject[0])
		abort();
	for (size_t i = 0; i < m->claims; i++)
		if (m->claim[i].cls == CLASS_NONE || m->claim[i].count == 0 || m->claim[i].text_n > CLAIM_TEXT)
			abort();
	for (size_t i = 0; i < m->claims; i++) {
		bool others = !ours(&m->claim[i].subject, NULL);
		foreign += others;
		if (others && (addr_is_special(&m->claim[i].subject) || m->claim[i].text_n > MAIL_FOREIGN_TEXT))
			abort();
	}
	if (foreign != m->foreign || foreign > MAIL_FOREIGN || (foreign && !m->identity.name[0]))
		abort();
	for (const char *s = m->subject; *s; s++)
		if ((unsigned char)*s < ' ')
			abort();
	json_t *o = mail_json(m);
	if (!o)
		abort();
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const domains[] = { "example.net" };
	static struct mail_token tokens[1];
	static struct mail_terms t = { .authserv_id = "mx.example.net",
		.domains = domains,
		.domain_count = 1,
		.tokens = tokens,
		.token_count = 1,
		.ours = ours,
		.refers = true,
		.arrived = 1795312800000 };
	struct mail_seen a, b;
	struct mail_signed s;
	struct mime mime;
	const char *rule;
	if (n == 0)
		return 0;
	if (!t.logs) {
		mail_warm();
		json_object_seed(1);
		strcpy(tokens[0].name, "acme");
		crypto_hash_sha256(tokens[0].hash, (const uint8_t *)"s3cret", 6);
		if (sodium_init() < 0 || logclaim_new(NULL, NULL, &t.logs) < 0)
			abort();
	}
	uint8_t how = *p++;
	void *in = malloc(--n ? n : 1); /* exactly: an over-read is seen */
	memcpy(in, p, n);
	if (how == '3') {
		struct xarf3 x;
		struct xarf_why why = { "", "" };
		int rc = xarf3_read(in, n, &x, &why);
		if (rc == 0 ? !x.rule : !why.rule[0])
			abort();
		xarf3_free(&x);
	}
	memset(&t.signed_by, 0, sizeof(t.signed_by));
	if (how == 's')
		identity_make(
		    IDENTITY_PGP, "0123456789abcdef0123456789abcdef01234567", &t.signed_by);
	if (mail_read(in, n, &t, &a) == 0) {
		check(&a);
		if (mail_read(in, n, &t, &b) != 0 || !same(&a, &b))
			abort();
		mail_seen_free(&a);
		mail_seen_free(&b);
	}
	if (mail_signed_find(in, n, &s) == 0)
		mail_signed_free(&s);
	mime_walk((struct mime_span){ in, n }, MAIL_PARTS, MAIL_DEPTH, &mime, &rule);
	if (mime.parts > MAIL_PARTS || mime.cost.looked > (uint64_t)(n + 1) * (MAIL_DEPTH + 2))
		abort();
	mime_free(&mime);
	free(in);
	return 0;
}
