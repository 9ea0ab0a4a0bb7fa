/* SPDX-License-Identifier: BSD-2-Clause */
/* A desk for the tests of mails: whose addresses are ours, what the operator said. Mails are
 * written here, none is anybody's. */
#ifndef TEST_MAIL_WORLD_H
#define TEST_MAIL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "wire/logclaim.h"
#include "wire/mail.h"

#define ARRIVED 1795312800000 /* 2026-11-22T02:00:00Z */
#define WHEN    "Sun, 22 Nov 2026 01:00:00 +0000"

static inline bool
world_ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->fam == 4 && a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 2;
}

static const char *const world_domains[] = { "example.net" };
static struct mail_token world_tokens[2];
static struct mail_terms world_terms = { .authserv_id = "mx.example.net",
	.domains = world_domains,
	.domain_count = 1,
	.tokens = world_tokens,
	.token_count = 2,
	.ours = world_ours,
	.arrived = ARRIVED };

static inline int
world_up(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return -1;
	mail_warm();
	strcpy(world_tokens[0].name, "acme");
	crypto_hash_sha256(world_tokens[0].hash, (const uint8_t *)"s3cret", 6);
	strcpy(world_tokens[1].name, "other");
	crypto_hash_sha256(world_tokens[1].hash, (const uint8_t *)"word", 4);
	return logclaim_new(NULL, NULL, &world_terms.logs);
}

static inline int
world_down(void **state)
{
	(void)state;
	logclaim_free(world_terms.logs);
	return 0;
}

/* The caller frees. In a buffer of its very size, so that an over-read is seen. */
static inline struct mail_seen
world_read_n(const char *mail, size_t n)
{
	struct mail_seen m;
	char *copy = malloc(n ? n : 1);
	memcpy(copy, mail, n);
	memset(&m, 0xee, sizeof(m));
	assert_int_equal(mail_read(copy, n, &world_terms, &m), 0);
	free(copy);
	return m;
}

static inline struct mail_seen
world_read(const char *mail)
{
	return world_read_n(mail, strlen(mail));
}

#endif
