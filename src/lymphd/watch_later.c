/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of eight ways, see watch_later.h. Must never make a name wait that was not put off: that takes a hash of
 * 64 bits that is another's, too. */
#include "lymphd/watch_later.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "host/log.h"

#define WAYS 8

void
later_init(struct later *l)
{
	*l = (struct later){ 0 };
	l->row = calloc(LATER_SLOTS, sizeof(*l->row));
	if (!l->row)
		fatal_oom();
	randombytes_buf(l->secret, sizeof(l->secret));
}

void
later_clear(struct later *l)
{
	free(l->row);
	*l = (struct later){ 0 };
}

/* Its row of ways; *who: its hash. */
static struct later_row *
ways(const struct later *l, const char *name, uint64_t *who)
{
	_Static_assert(sizeof(l->secret) == crypto_shorthash_KEYBYTES, "SipHash-2-4");
	uint64_t h;
	crypto_shorthash((unsigned char *)&h, (const unsigned char *)name, strlen(name), l->secret);
	*who = h ? h : 1;
	return l->row + h % (LATER_SLOTS / WAYS) * WAYS;
}

static struct later_row *
find(const struct later *l, const char *name)
{
	uint64_t who;
	struct later_row *row = ways(l, name, &who);
	for (struct later_row *r = row; r < row + WAYS; r++)
		if (r->who == who)
			return r;
	return NULL;
}

void
later_put(struct later *l, const char *name, msec until, msec now)
{
	uint64_t who;
	struct later_row *row = ways(l, name, &who), *to = find(l, name);
	if (!to) {
		to = row;
		for (struct later_row *r = row; r < row + WAYS; r++)
			if (r->until < to->until) /* free: 0 */
				to = r;
		l->forgotten += to->who && to->until > now;
	}
	*to = (struct later_row){ .who = who, .until = until };
}

msec
later_until(const struct later *l, const char *name)
{
	const struct later_row *r = find(l, name);
	return r ? r->until : 0;
}

void
later_drop(struct later *l, const char *name)
{
	struct later_row *r = find(l, name);
	if (r)
		*r = (struct later_row){ 0 };
}
