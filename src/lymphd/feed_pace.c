/* SPDX-License-Identifier: BSD-2-Clause */
/* The pace of questions, see feed_pace.h. A redirect may name any server, so rows are given up
 * for others, the longest unused first; what bounds those who make up names is the bucket for
 * all. */
#include "lymphd/feed_pace.h"

#include <string.h>

#define WHOLE 1000 /* one question */

static void
refill(struct feed_server *s, uint32_t per_minute, msec now)
{
	int64_t most = (int64_t)per_minute * WHOLE, gone = now - s->at;
	int64_t more = gone > 0 ? (gone >= MSEC_MINUTE ? MSEC_MINUTE : gone) * most / MSEC_MINUTE : 0;
	if (!more)
		return; /* what is less than a part counts next time */
	s->credit = s->credit + more > most ? most : s->credit + more;
	s->at = now;
}

void
feed_pace_init(struct feed_pace *p, uint32_t per_minute, msec now)
{
	memset(p, 0, sizeof(*p));
	p->per_minute = per_minute;
	p->all.credit = (int64_t)per_minute * FEED_PACE_ALL * WHOLE;
	p->all.at = now;
}

static struct feed_server *
find(struct feed_pace *p, const struct url *u, msec now)
{
	struct feed_server *old = &p->server[0];
	for (size_t i = 0; i < FEED_PACE_SERVERS; i++) {
		struct feed_server *s = &p->server[i];
		if (s->port == u->port && strcmp(s->host, u->host) == 0)
			return s;
		if (old->host[0] && (!s->host[0] || s->used < old->used))
			old = s;
	}
	p->forgotten += old->host[0] != '\0';
	*old = (struct feed_server){ .port = u->port, .credit = (int64_t)p->per_minute * WHOLE, .at = now,
		.used = now };
	memcpy(old->host, u->host, sizeof(old->host));
	return old;
}

static msec
lacks(const struct feed_server *s, uint32_t per_minute)
{
	return s->credit >= WHOLE ? 0 : (WHOLE - s->credit) * MSEC_MINUTE / ((int64_t)per_minute * WHOLE) + 1;
}

msec
feed_pace_take(struct feed_pace *p, const struct url *u, msec now)
{
	struct feed_server *s = find(p, u, now);
	uint32_t all = p->per_minute * FEED_PACE_ALL;
	refill(s, p->per_minute, now);
	refill(&p->all, all, now);
	if (now < s->pause)
		return s->pause;
	msec mine = lacks(s, p->per_minute), ours = lacks(&p->all, all);
	if (mine || ours)
		return now + (mine > ours ? mine : ours);
	s->credit -= WHOLE;
	p->all.credit -= WHOLE;
	s->used = now;
	return 0;
}

void
feed_pace_fine(struct feed_pace *p, const struct url *u, msec now)
{
	find(p, u, now)->fails = 0;
}

void
feed_pace_failed(struct feed_pace *p, const struct url *u, uint32_t retry_after, msec now)
{
	struct feed_server *s = find(p, u, now);
	msec pause = MSEC_MINUTE << (s->fails < 6 ? s->fails : 6);
	if ((msec)retry_after * MSEC_SECOND > pause)
		pause = (msec)retry_after * MSEC_SECOND;
	s->fails++;
	s->pause = now + (pause > MSEC_HOUR ? MSEC_HOUR : pause);
}
