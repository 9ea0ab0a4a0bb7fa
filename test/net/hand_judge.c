/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real warden, frame, box and hand under a judge of cardboard, for what is the hand's business.
 * LYMPH_HJ says what the judge does:
 *	storm	orders 1 ... N come, go and run out as their numbers and the clock say, so that a judge
 *		that was killed knows again what should be; at the end it writes state/desired
 *	load	a list of N orders as fast as hand takes them; says how long until the last is in
 *	twin	N hostile orders, then as many of every message it may send hand, made of noise
 * LYMPH_HJ_WAIT: begins only when the mode lets it. LYMPH_HJ_N, LYMPH_HJ_BASE (clock_boot), LYMPH_HJ_SPAN (ms in which they are born), LYMPH_HJ_SEED.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/role.h"

#define SPAN_FOR_ALL 20000 /* after the last birth: by then what is to end soon has ended */
#define TICK         5

const struct role *__real_role_row(enum role_id id);
const struct role *__wrap_role_row(enum role_id id);

enum told { NOT_TOLD, PUT, DROPPED };

static struct role_ctx *ctx;
static struct role row;
static struct loop_event *timer;
static uint64_t n, span, seed, at, in, refused_n, of_rule[64];
static msec base, began;
static uint8_t *told;
static enum { STORM, LOAD, TWIN } what;
static bool listing, starved, written, loaded, go;

static uint64_t
env(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);
	return s ? strtoull(s, NULL, 10) : otherwise;
}

static uint64_t
hash(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t
dice(uint64_t sides)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return hash(seed) % sides;
}

/* The life of an order, from its number alone. */

static msec
born(uint64_t k)
{
	return base + (msec)(k * span / n);
}

static msec
ends(uint64_t k)
{
	return born(k) + (msec)(hash(k) % 10 < 3 ? 3000 + hash(k) % 12000 : MSEC_HOUR);
}

static msec
dropped_at(uint64_t k)
{
	return what == STORM && hash(k + n) % 10 < 4 ? born(k) + 500 + (msec)(hash(k + n) % 12000) :
						       MSEC_NEVER;
}

static bool
live(uint64_t k, msec now)
{
	return born(k) <= now && now < ends(k) && now < dropped_at(k);
}

/* One in ten stands where one before it stands. */
static uint64_t
place(uint64_t k)
{
	return what == STORM && k > 16 && hash(~k) % 10 == 0 ? k - 1 - hash(k) % 16 : k;
}

static struct order
order(uint64_t k)
{
	uint64_t p = place(k);
	struct order o = { .no = k, .case_no = k, .rung = RUNG_FILTER, .cls = CLASS_OPEN_PROXY,
		.target = { { 4, { 10, (uint8_t)(p >> 16), (uint8_t)(p >> 8), (uint8_t)p } }, 32 },
		.proto = 6, .port = (uint16_t)(1 + (p >> 24) + p % 7), .inbound = 1 };
	return o;
}

static bool
send(enum msg_type type, const void *m)
{
	if (!starved && ctx->peer[ROLE_HAND] &&
	    chan_send(ctx->peer[ROLE_HAND], (uint16_t)type, m, NULL, 0, -1) == 0)
		return true;
	starved = true;
	return false;
}

static bool
send_put(uint64_t k, msec now)
{
	struct msg_order m = { .order = order(k), .left = what == STORM ? ends(k) - now : MSEC_HOUR };
	return send(M_ORDER, &m);
}

/* Storm and load */

static void
list_on(msec now)
{
	struct msg_sync s = { .no = 1 };
	if (at == 0) {
		if (!send(M_SYNC, &s))
			return;
		began = clock_mono();
		at = 1;
	}
	for (; at <= n; at++) {
		if (what == STORM && !live(at, now)) {
			told[at] = born(at) <= now ? DROPPED : NOT_TOLD;
			continue;
		}
		if (!send_put(at, now))
			return;
		told[at] = PUT;
	}
	s.end = 1;
	if (send(M_SYNC, &s))
		listing = false;
}

static void
storm_on(msec now)
{
	for (uint64_t k = 1; k <= n && born(k) <= now && !starved; k++) {
		struct msg_order m = { .order.no = k, .drop = 1 };
		if (told[k] == NOT_TOLD && !live(k, now))
			told[k] = DROPPED;
		else if (told[k] == NOT_TOLD && send_put(k, now))
			told[k] = PUT;
		else if (told[k] == PUT && dropped_at(k) <= now && send(M_ORDER, &m))
			told[k] = DROPPED;
	}
}

static void
write_desired(msec now)
{
	char path[CONF_PATH + 16], part[CONF_PATH + 16];
	static uint64_t by_place[1 << 22];
	snprintf(path, sizeof path, "%s/desired", ctx->conf->state);
	snprintf(part, sizeof part, "%s/desired.new", ctx->conf->state);
	FILE *f = fopen(part, "w");
	if (!f)
		fatal("%s", path);
	for (uint64_t k = 1; k <= n; k++)
		if (live(k, now))
			by_place[place(k)] = k;
	for (uint64_t p = 1; p <= n; p++) {
		if (!by_place[p])
			continue;
		struct order o = order(by_place[p]);
		fprintf(f, "in4 10.%u.%u.%u 6 %u %llu %lld\n", o.target.a.b[1], o.target.a.b[2],
		    o.target.a.b[3], o.port, (unsigned long long)o.no, (long long)ends(o.no));
	}
	/* Whoever waits for the file must never read half of it. */
	if (fclose(f) || rename(part, path))
		fatal("%s", path);
	written = true;
	log_info("hj: written");
}

/* Twin */

static struct addr
somebody(void)
{
	static const struct addr known[] = { { 4, { 10, 1, 0, 0 } }, { 4, { 10, 2, 0, 0 } },
		{ 4, { 10, 66, 6, 0 } }, { 4, { 192, 0, 2, 0 } }, { 4, { 0 } }, { 4, { 127, 0, 0, 0 } },
		{ 6, { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } }, { 6, { 0x20, 0x01, 0x0d, 0xb8, 0, 0x66 } },
		{ 6, { 0x20, 0x01, 0x0d, 0xb8, 0, 0x99 } }, { 6, { 0xfe, 0x80 } },
		{ 6, { [10] = 0xff, [11] = 0xff, [12] = 10, [13] = 66, [14] = 6 } }, { 9, { 1 } } };
	struct addr a = known[dice(dice(3) ? 8 : sizeof known / sizeof *known)];
	if (dice(8))
		a.b[a.fam == 4 ? 3 : 15] = (uint8_t)dice(256);
	return a;
}

static void
noise(void *to, size_t len)
{
	uint8_t *p = to;
	unsigned style = (unsigned)dice(3);
	memset(p, 0, len);
	for (size_t i = 0; i < len; i++)
		if (style == 0 || (style == 1 && dice(16) == 0))
			p[i] = (uint8_t)dice(256);
}

static bool
twin_order(uint64_t k)
{
	struct msg_order m;
	noise(&m, sizeof m);
	struct order *o = &m.order;
	if (dice(10)) {
		*o = (struct order) { .no = dice(5) ? k : 1 + dice(k), .case_no = k,
			.rung = (enum rung)(dice(4) ? RUNG_FILTER + dice(2) : dice(RUNG_N + 2)),
			.cls = (enum class_id)(dice(8) ? CLASS_BOT : dice(CLASS_N + 3)),
			.proto = (uint8_t)(dice(4) ? 6 : dice(256)),
			.port = (uint16_t)(dice(4) ? 3128 : dice(65536)), .inbound = (uint8_t)dice(2) };
		o->target.a = somebody();
		o->target.len = (uint8_t)(dice(4) ? addr_bits(&o->target.a) : dice(130));
		if (dice(2))
			o->target = prefix_of(&o->target.a, o->target.len);
		if (dice(8) == 0)
			o->peer = prefix_of(&(struct addr){ 4, { 10, 66, 6, 1 } }, (unsigned)dice(33));
		m.left = (int64_t)(dice(8) ? 60000 + dice(3600000) : dice(UINT64_MAX));
		m.drop = dice(12) == 0;
	}
	return send(M_ORDER, &m);
}

static bool
twin_noise(void)
{
	struct msg_order m;
	struct msg_sync s;
	noise(&m, sizeof m);
	noise(&s, sizeof s);
	if (dice(3) == 0)
		return send(M_SYNC, &s);
	if (dice(16) == 0) { /* credit it never earned */
		struct msg_credit c = { (uint32_t)dice(1000), (uint32_t)dice(100000) };
		return send(M_CREDIT, &c);
	}
	return send(M_ORDER, &m);
}

static void
twin_on(void)
{
	for (; at < 2 * n && !starved; at += !starved)
		if (at < n)
			twin_order(at + 1);
		else
			twin_noise();
	if (at == 2 * n) {
		at++;
		log_info("hj: sent all");
	}
}

static void
on_tick(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	(void)arg;
	msec now = clock_boot();
	if (ctx->peer[ROLE_HAND] && !starved && go) {
		if (listing)
			list_on(now);
		else if (what == STORM)
			storm_on(now);
		else if (what == TWIN)
			twin_on();
	}
	if (what == STORM && !written && now > base + (msec)span + SPAN_FOR_ALL && !listing && !starved)
		write_desired(now);
	loop_timer_in(timer, TICK);
}

#define LATE (20 * MSEC_SECOND)

static void
on_done(const struct msg_order_done *m)
{
	msec now = clock_boot();
	if (m->done == DONE_REFUSED) {
		refused_n++;
		of_rule[m->rule & 63]++;
	}
	/* The word of it may have waited long on a busy machine; a second life would be told, too. */
	if (what == STORM && m->done == DONE_IN && m->order <= n && ends(m->order) + LATE < now)
		log_warn("hj: LATE: order %llu", (unsigned long long)m->order);
	if (what == STORM && m->done == DONE_REFUSED)
		log_warn("hj: REFUSED: order %llu by rule %u", (unsigned long long)m->order, m->rule);
	if (m->done != DONE_IN || what != LOAD || loaded)
		return;
	if (++in == n) {
		loaded = true;
		log_info("hj: loaded %llu in %lld ms", (unsigned long long)n,
		    (long long)(clock_mono() - began));
	}
}

static void
on_strange(uint64_t no)
{
	msec now = clock_boot();
	if (what != STORM || no == 0 || no > n)
		return;
	if (told[no] == PUT && live(no, now))
		told[no] = NOT_TOLD;
	else if (dropped_at(no) <= now)
		told[no] = PUT; /* to be dropped again */
}

static void
hj_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	(void)c;
	if (m->fd >= 0)
		close(m->fd);
	if (from == ROLE_WARDEN && m->type == M_MODE)
		go |= ((const struct msg_mode *)m->body)->may;
	if (from != ROLE_HAND)
		return;
	if (m->type == M_ORDER_DONE)
		on_done(m->body);
	else if (m->type == M_STRANGE)
		on_strange(((const struct msg_strange *)m->body)->order);
	else if (m->type == M_HAND_STATE) {
		const struct msg_hand_state *s = m->body;
		static uint32_t mode_no;
		if (s->mode_no != mode_no && what != TWIN) { /* it forgot, or will have to be told */
			listing = true;
			at = 0;
		}
		mode_no = s->mode_no;
		log_info("hj: desired %llu actual %llu missing %llu extra %llu repaired %llu held %x table %u "
			 "refused never %llu hour %llu",
		    (unsigned long long)s->desired, (unsigned long long)s->actual,
		    (unsigned long long)s->missing, (unsigned long long)s->extra,
		    (unsigned long long)s->repaired, s->held, s->table, (unsigned long long)s->refused[4],
		    (unsigned long long)s->refused[11]);
	}
}

static void
hj_up(struct role_ctx *c, enum role_id id)
{
	(void)c;
	if (id != ROLE_HAND)
		return;
	starved = false;
	listing = what != TWIN;
	at = what == TWIN ? at : 0;
	in = 0;
}

static void
hj_down(struct role_ctx *c, enum role_id id)
{
	(void)c;
	starved |= id == ROLE_HAND;
}

static void
hj_room(struct role_ctx *c, enum role_id id)
{
	(void)c;
	(void)id;
	starved = false;
	loop_timer_in(timer, 0);
}

static void
hj_start(struct role_ctx *c)
{
	ctx = c;
	go = !getenv("LYMPH_HJ_WAIT");
	const char *s = getenv("LYMPH_HJ");
	what = s && !strcmp(s, "load") ? LOAD : s && !strcmp(s, "twin") ? TWIN : STORM;
	n = env("LYMPH_HJ_N", 1000);
	span = env("LYMPH_HJ_SPAN", 20000);
	base = (msec)env("LYMPH_HJ_BASE", (uint64_t)clock_boot());
	seed = env("LYMPH_HJ_SEED", (uint64_t)base) | 1;
	told = calloc(n + 1, 1);
	if (!told)
		fatal_oom();
	timer = loop_timer(c->loop, on_tick, NULL);
	loop_timer_in(timer, TICK);
}

static void
hj_init(struct role_ctx *c)
{
	(void)c;
}

/* All of lymphd asks here who a role is: the judge is ours, and there is nobody but it and hand. */
const struct role *
__wrap_role_row(enum role_id id)
{
	if (id == ROLE_HAND)
		return __real_role_row(id);
	if (id != ROLE_JUDGE)
		return NULL;
	row = *__real_role_row(id);
	row.init = hj_init;
	row.start = hj_start;
	row.message = hj_message;
	row.peer_up = hj_up;
	row.peer_down = hj_down;
	row.room = hj_room;
	return &row;
}
