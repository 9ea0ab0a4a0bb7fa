/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lymphd_twin: the real lymphd, in which a malicious twin plays the role named in LYMPH_TWIN: boxed and
 * connected as the role is, it sends LYMPH_TWIN_N messages of every type the role may send, to everybody
 * it may send to: noise, and noise dressed as what the receiver hopes for. LYMPH_TWIN_SEED repeats a run.
 * It keeps the message table's law, for breaking it only gets a role killed; nothing else is sacred to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/role.h"
#include "wire/claim.h"

#define BURST 16
#define PAUSE 2 /* ms: others of this machine shall live, too */
#define GIFTS 6

const struct role *__real_role_row(enum role_id id);
const struct role *__wrap_role_row(enum role_id id);

static struct role twin;
static struct loop_event *timer;
static struct way {
	unsigned type, to;
} way[M_N * ROLE_N];
static size_t ways;
static uint64_t seed, sent, most = 5000, refused;
static uint64_t of_type[M_N];
static bool speaks; /* it has messages of its own to send */
static int gift[GIFTS]; /* descriptors to hand over */
static _Alignas(8) uint8_t body[CHAN_MAX], tail[CHAN_MAX];

static uint64_t
dice(uint64_t sides)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dull % sides;
}

static void
noise(uint8_t *p, size_t n)
{
	static const uint32_t words[] = { 0, 1, 2, 3, 4, 6, 7, 8, 32, 128, 0x7fffffff, 0xffffffff };
	unsigned style = (unsigned)dice(3);
	memset(p, 0, n);
	for (size_t i = 0; style == 0 && i < n; i++)
		p[i] = (uint8_t)dice(256);
	for (size_t i = 0; style == 1 && i < 1 + n / 16; i++)
		p[dice(n ? n : 1)] = (uint8_t)dice(256);
	for (size_t i = 0; style == 2 && i + 4 <= n; i += 4)
		memcpy(p + i, &words[dice(sizeof(words) / sizeof(*words))], 4);
}

/* Own, protected, or anybody's. */
static struct addr
somebody(void)
{
	static const struct addr known[] = { { 4, { 198, 18, 0, 0 } }, { 4, { 198, 18, 1, 0 } },
		{ 4, { 203, 0, 113, 0 } }, { 4, { 127, 0, 0, 1 } }, { 4, { 192, 0, 2, 1 } },
		{ 6, { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } }, { 6, { 0x20, 0x01, 0x0d, 0xb8, 0, 0x99 } },
		{ 6, { 0xfe, 0x80 } }, { 0, { 0 } }, { 9, { 1 } } };
	struct addr a = known[dice(sizeof(known) / sizeof(*known))];
	if (a.fam == 4)
		a.b[3] = (uint8_t)dice(256);
	else
		a.b[15] = (uint8_t)dice(256);
	return a;
}

static void
dress_order(struct order *o)
{
	o->no = dice(1000);
	o->rung = dice(8) ? (enum rung)dice(RUNG_N) : o->rung;
	o->cls = (enum class_id)dice(CLASS_N);
	o->target.a = somebody();
	o->target.len = (uint8_t)(dice(4) ? addr_bits(&o->target.a) : dice(130));
	o->peer.a.fam = 0;
	o->proto = (uint8_t)(dice(4) ? 6 : dice(256));
	o->port = (uint16_t)(dice(4) ? 3128 : dice(65536));
	o->inbound = dice(8) ? 1 : o->inbound;
	o->would = o->dropped = o->asked = false;
	o->at = clock_real();
	o->expiry = o->at + (msec)dice(1u << 30);
}

static void
dress_finding(struct finding *f)
{
	*f = (struct finding){ .detector = (uint8_t)dice(DETECTORS + 1), .source = (uint8_t)dice(4),
		.proto = 6, .active = 1, .two_way = 1, .flood = (uint8_t)dice(FLOOD_N),
		.port = { 23, 2323 }, .samples = (uint32_t)(8 + dice(1000)),
		.sampling = (uint32_t)(1 + dice(1000)), .distinct = 100, .permille = (uint32_t)dice(1100),
		.lines = (uint32_t)(1 + dice(300)), .pps = dice(1000000), .bps = dice(1u << 30),
		.packets = dice(1u << 30), .bytes = dice(UINT64_MAX), .mean_size = 60,
		.group = dice(4), .to = clock_real() };
	f->from = f->to - (msec)dice(1u << 20);
	f->subject = somebody();
	f->peer.a = somebody();
	f->peer.len = (uint8_t)(dice(4) ? addr_bits(&f->peer.a) : dice(130));
	memset(f->indicator, dice(4) ? 'x' : 0x1b, dice(sizeof(f->indicator)));
}

/* Whoever holds a socket may try to talk by it. */
static void
send_out(const struct role_ctx *c)
{
	for (unsigned i = 0; i < c->listens; i++) {
		struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
		struct iovec iov = { tail, 100 };
		struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1 };
		to.sin_addr.s_addr = htonl(0xcb007101); /* 203.0.113.1 */
		if (sendmsg(c->listen[i].fd, &m, MSG_DONTWAIT) >= 0)
			log_warn("twin: sent a datagram to 203.0.113.1");
	}
}

/* Makes noise look like what the receiver would like to hear. Returns the length of the tail. */
static size_t
dress(enum msg_type type, size_t n)
{
	struct msg_report *r = (struct msg_report *)body;
	struct msg_look_done *d = (struct msg_look_done *)body;
	struct msg_look *l = (struct msg_look *)body;
	struct msg_log_mark *mark = (struct msg_log_mark *)body;
	struct msg_log_state *logs = (struct msg_log_state *)body;
	struct msg_outcome_get *og = (struct msg_outcome_get *)body;
	struct msg_outcome *oc = (struct msg_outcome *)body;
	struct msg_read *rd = (struct msg_read *)body;
	struct msg_read_answer *page = (struct msg_read_answer *)body;
	struct msg_token_seen *t = (struct msg_token_seen *)body;
	struct msg_order *o = (struct msg_order *)body;
	struct msg_order_done *done = (struct msg_order_done *)body;
	struct msg_hook *h = (struct msg_hook *)body;
	struct msg_finding *f = (struct msg_finding *)body;
	struct msg_seen *seen = (struct msg_seen *)body;
	struct msg_kept *kept = (struct msg_kept *)body;
	struct msg_flow_state *fs = (struct msg_flow_state *)body;
	struct msg_ask *ask = (struct msg_ask *)body;
	struct msg_watch *w = (struct msg_watch *)body;
	struct msg_verify *verify = (struct msg_verify *)body;
	struct msg_verified *verified = (struct msg_verified *)body;
	struct msg_pgp_key_get *key_get = (struct msg_pgp_key_get *)body;
	struct msg_statement *statement = (struct msg_statement *)body;
	struct msg_kept_get *get = (struct msg_kept_get *)body;
	struct msg_mail *mail = (struct msg_mail *)body;
	struct msg_mail_may *may = (struct msg_mail_may *)body;
	struct msg_mail_may_answer *turn = (struct msg_mail_may_answer *)body;
	struct msg_speak *speak = (struct msg_speak *)body;
	struct msg_spoken *spoken = (struct msg_spoken *)body;
	struct msg_file *file = (struct msg_file *)body;
	struct msg_whose *whose = (struct msg_whose *)body;
	struct msg_whose_get *whose_get = (struct msg_whose_get *)body;
	struct msg_fetch *fetch = (struct msg_fetch *)body;
	struct msg_fetched *fetched = (struct msg_fetched *)body;
	static const char *const urls[] = { "file:///etc/passwd", "http://127.0.0.1:8411/", "https://198.18.0.1/",
		"https://[fe80::1]/", "https://10.0.0.1:22/", "gopher://127.0.0.1/", "https://localhost/",
		"https://[::ffff:127.0.0.1]:8412/metrics", "https://0x7f.1/", "http://192.0.2.1/" };
	struct msg_file_done *file_done = (struct msg_file_done *)body;
	struct msg_door_register *door = (struct msg_door_register *)body;
	struct msg_door_answer *let = (struct msg_door_answer *)body;
	struct msg_door_seen *came = (struct msg_door_seen *)body;
	struct msg_door_list *rows = (struct msg_door_list *)body;
	struct msg_door_orders *orders = (struct msg_door_orders *)body;
	switch (type) {
	case M_REPORT:
		r->report.cls = CLASS_OPEN_PROXY;
		if (dice(8)) /* most in nobody's name, some in any */
			memset(r->identity, 0, sizeof(r->identity));
		if (twin.id != ROLE_HEAR_REPORTS && dice(8))
			memset(&r->report.key, 0, sizeof(r->report.key));
		r->report.subject = somebody();
		if (twin.id == ROLE_HEAR_MAIL && dice(3) == 0) { /* as somebody whose key verify never saw */
			struct identity id = { 0 };
			identity_make(IDENTITY_PGP, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &id);
			r->report.key = identity_key(&id);
			memcpy(r->identity, id.name, sizeof(r->identity));
			for (int i = 0; i < 8; i++) /* a time that would do */
				r->vouch[i] = (uint8_t)((uint64_t)clock_real() >> (dice(2) ? 8 * i : 56 - 8 * i));
		}
		if (twin.id == ROLE_HEAR_LOG && dice(3)) { /* as whom it may speak, and as others */
			struct identity id;
			identity_make(dice(4) ? IDENTITY_LOG : IDENTITY_FEED, dice(2) ? "eve" : "nobody", &id);
			r->report.key = identity_key(&id);
			memcpy(r->identity, id.name, sizeof(r->identity));
		}
		if (twin.id == ROLE_HEAR_ALERTS && dice(3)) { /* nobody was let in */
			struct identity id;
			identity_make(dice(4) ? IDENTITY_MACHINE : IDENTITY_LOG, dice(2) ? "web" : "eve", &id);
			r->report.key = identity_key(&id);
			memcpy(r->identity, id.name, sizeof(r->identity));
		}
		r->report.evidence = (enum evidence)dice(3);
		r->report.event = clock_real() - (msec)dice(1u << 27);
		r->report.count = (uint32_t)dice(9);
		r->report.port = (uint16_t)(dice(2) ? 3128 : dice(65536));
		r->sig_len = (uint32_t)(dice(2) ? 0 : dice(200));
		r->body_len = (uint32_t)n;
		return n + (dice(4) ? r->sig_len : 0);
	case M_OUTCOME_GET: /* of a report there may be */
		memset(og->token, 0, 8);
		og->token[7] = (uint8_t)dice(256);
		return n;
	case M_OUTCOME:
		oc->text_len = (uint32_t)(dice(2) ? n / 2 : dice(UINT32_MAX));
		oc->sig_len = (uint32_t)(n - n / 2);
		return n;
	case M_READ: /* in nobody's name */
		rd->what = (uint32_t)dice(READ_WHAT_N + 1);
		rd->limit = (uint32_t)dice(600);
		rd->state = rd->cls = 0;
		return n;
	case M_READ_ANSWER:
		page->ticket = dice(4) ? dice(100) : dice(UINT64_MAX);
		page->result = (uint32_t)dice(READ_RESULT_N + 1);
		page->n = (uint32_t)(dice(2) ? n : dice(UINT32_MAX));
		return n;
	case M_MAIL:
		mail->tray = (uint32_t)dice(14);
		mail->cases = (uint32_t)dice(10);
		mail->may_answer = (uint8_t)dice(3);
		mail->unverified = 0;
		mail->size = (uint32_t)n;
		if (dice(4))
			crypto_hash_sha256(mail->digest, tail, n);
		memset(mail->identity, 0, sizeof(mail->identity));
		if (dice(4) == 0)
			strcpy(mail->identity, "pgp:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
		for (char *s = mail->rule; s < mail->bounced_status; s += MAIL_FIELD) /* seven texts */
			s[MAIL_FIELD - 1] = '\0';
		memcpy(mail->bounced_id, "lymph-1.00@x.example", 21);
		memcpy(mail->bounced_status, "5.1.1", 6);
		return n;
	case M_MAIL_MAY: /* as anybody, in good form and bad */
		memset(may->identity, 0, sizeof(may->identity));
		if (dice(3))
			snprintf(may->identity, sizeof(may->identity), "%s:n%u.test", dice(8) ? "dkim" : "feed",
			    (unsigned)dice(100000));
		may->turn = (uint32_t)dice(4);
		return n;
	case M_MAIL_MAY_ANSWER:
		turn->ticket = dice(4) ? dice(1000) : dice(UINT64_MAX);
		turn->after = (int64_t)(dice(2) ? dice(3) : dice(UINT64_MAX));
		return n;
	case M_FILE:
		file->kind = (uint32_t)(dice(8) ? dice(FILE_KIND_N) : dice(UINT32_MAX));
		memset(file->name, 0, sizeof(file->name));
		strcpy(file->name, dice(8) ? "eve" : "other");
		file->no = sent;
		file->size = dice(4) ? dice(5000) : dice(UINT64_MAX);
		return n;
	case M_FILE_DONE:
		file_done->no = dice(10);
		file_done->result = (uint32_t)dice(FILE_RESULT_N + 1);
		return n;
	case M_LOG_MARK:
	case M_LOG_MARKED:
		memset(mark->name, 0, sizeof(mark->name));
		strcpy(mark->name, dice(4) ? "eve" : dice(2) ? "net" : "other");
		mark->mark.offset = dice(4) ? dice(5000) : dice(UINT64_MAX);
		mark->to = mark->mark.offset + (dice(2) ? 0 : dice(5000));
		mark->ask = (uint32_t)dice(3);
		mark->err = dice(4) ? 0 : -28;
		return n;
	case M_LOG_STATE:
		logs->n = dice(4) ? 3 : dice(100);
		return n;
	case M_LOOK:
		l->look.no = sent;
		l->look.cls = CLASS_OPEN_PROXY;
		l->look.target = somebody();
		l->look.vantage = (uint8_t)dice(3);
		return n;
	case M_LOOK_DONE:
		d->result.no = dice(200);
		d->result.cls = CLASS_OPEN_PROXY;
		d->result.target = somebody();
		d->result.port = 3128;
		d->result.verdict = (enum verdict)dice(VERDICT_N + 1);
		d->result.reason = (enum look_reason)dice(REASON_N + 1);
		d->result.began = d->result.ended = clock_real();
		return n;
	case M_TOKEN_SEEN:
		t->egress = somebody();
		t->when = clock_real();
		return n;
	case M_ORDER:
		dress_order(&o->order);
		o->left = (int64_t)(dice(4) ? dice(3600000) : dice(UINT64_MAX));
		o->drop = dice(4) == 0;
		return n;
	case M_HOOK:
		h->no = dice(1000);
		dress_order(&h->order);
		h->action = (uint32_t)dice(HOOK_ACTION_N + 1);
		return n;
	case M_FINDING: /* every one of them worth an order, if it were true */
		f->no = dice(4) ? sent : dice(100);
		dress_finding(&f->finding);
		return n;
	case M_SEEN:
		seen->no = dice(200);
		seen->case_no = dice(200);
		seen->seen.subject = somebody();
		seen->seen.cls = (enum class_id)dice(CLASS_N);
		seen->seen.when = clock_real() - (msec)dice(1u << 24);
		seen->seen.active = seen->seen.covered = seen->seen.answered_inbound = true;
		seen->seen.proto = 6;
		seen->seen.samples = (uint32_t)dice(1000);
		return n;
	case M_KEPT:
		kept->no = dice(100);
		kept->n = (uint32_t)(dice(4) ? dice(40) : dice(UINT32_MAX));
		return n;
	case M_FLOW_STATE:
		*fs = (struct msg_flow_state){ (uint32_t)dice(3), (uint32_t)dice(3), (uint32_t)dice(3),
			(uint32_t)dice(3), (uint32_t)dice(3) };
		return n;
	case M_ASK:
		ask->ask.subject = somebody();
		ask->ask.cls = (enum class_id)dice(CLASS_N);
		ask->ask.when = clock_real();
		return n;
	case M_WATCH:
		w->subject.a = somebody();
		w->subject.len = (uint8_t)(dice(4) ? addr_bits(&w->subject.a) : dice(130));
		w->until = clock_real() + (msec)dice(1u << 30);
		return n;
	case M_KEPT_GET:
		get->addr = somebody();
		get->most = (uint32_t)(dice(2) ? dice(1000) : dice(UINT32_MAX));
		return n;
	case M_VERIFY:
		verify->signed_len = (uint32_t)dice(100);
		verify->sig_len = (uint32_t)dice(100);
		verify->clear = (uint32_t)dice(3);
		verify->key = (uint32_t)dice(2);
		return n;
	case M_VERIFIED:
		verified->ticket = dice(4) ? dice(100) : dice(UINT64_MAX);
		verified->result = (uint32_t)dice(VERIFIED_N + 1);
		verified->ids = (uint32_t)(dice(4) ? dice(PGP_SUBS) : dice(UINT32_MAX));
		memset(verified->fingerprint, dice(4) ? 0 : 'A', sizeof(verified->fingerprint));
		memset(verified->fingerprint, 'A', 40);
		verified->rule[dice(PGP_RULE)] = '\0';
		return n;
	case M_PGP_KEY_GET:
		key_get->n = (uint32_t)(dice(4) ? dice(PGP_SIGS) : dice(UINT32_MAX));
		return n;
	case M_STATEMENT:
		statement->signed_len = (uint32_t)(dice(2) ? n : dice(9000));
		statement->sig_len = (uint32_t)(n - statement->signed_len);
		statement->clear = (uint32_t)dice(3);
		statement->proof_len = (uint32_t)(dice(4) ? 0 : dice(2000));
		return n;
	case M_WHOSE_GET:
		whose_get->ticket = dice(64);
		whose_get->addr = somebody();
		return n;
	case M_WHOSE:
		whose->ticket = dice(64);
		whose->told = (uint32_t)dice(WHOSE_TOLD_N + 1);
		whose->addr = whose->first = whose->last = somebody();
		snprintf(whose->mail, sizeof(whose->mail), "%s", dice(2) ? "abuse@example.net" : "x\n@y.z, w@v.u");
		return n;
	case M_FETCH:
		fetch->no = dice(64);
		fetch->most = (uint32_t)(dice(4) ? 1 + dice(4096) : dice(UINT32_MAX));
		snprintf(fetch->url, sizeof(fetch->url), "%s", urls[dice(sizeof(urls) / sizeof(*urls))]);
		return n;
	case M_FETCHED:
		fetched->end = (uint32_t)dice(FETCH_END_N + 1);
		fetched->status = dice(2) ? 200 : 302;
		snprintf(fetched->redirect, sizeof(fetched->redirect), "%s", urls[dice(sizeof(urls) / sizeof(*urls))]);
		return n;
	case M_DOOR_REGISTER:
		memset(door->name, 0, sizeof(door->name));
		snprintf(door->name, sizeof(door->name), "m%llu", (unsigned long long)dice(1000));
		door->from = somebody();
		return n;
	case M_DOOR_ANSWER:
		let->ticket = dice(100);
		let->answer = (uint32_t)dice(DOOR_ANSWER_N + 1);
		return n;
	case M_DOOR_SEEN:
		memset(came->name, 0, sizeof(came->name));
		snprintf(came->name, sizeof(came->name), "m%llu", (unsigned long long)dice(1000));
		came->kind = (uint32_t)dice(3);
		return n;
	case M_DOOR_LIST: rows->n = (uint32_t)(dice(2) ? dice(8) : dice(UINT32_MAX)); return n;
	case M_DOOR_ORDERS: orders->n = (uint32_t)(dice(2) ? dice(16) : dice(UINT32_MAX)); return n;
	case M_SPEAK: /* to somebody who is never to be written to, or to nobody */
		speak->no = dice(100);
		speak->size = (uint32_t)dice(5000);
		speak->post = (uint32_t)dice(3);
		speak->signature[0] = '\0';
		memset(speak->to, 0, sizeof(speak->to));
		strcpy(speak->to, dice(4) ? "victim@never.example" : dice(2) ? "http://203.0.113.1/" : "a b@c");
		return n;
	case M_SPOKEN:
		spoken->no = dice(4) ? dice(100) : dice(UINT64_MAX);
		spoken->result = (uint32_t)dice(SPOKEN_N + 1);
		return n;
	case M_ORDER_DONE:
		done->order = dice(1000);
		done->done = (uint32_t)dice(DONE_N + 1);
		done->rule = (uint32_t)dice(32);
		return n;
	default: return n;
	}
}

/* Each message it may send, with whom it may send it to. */
static void
find_ways(void)
{
	for (unsigned type = 0; type < M_N; type++)
		for (unsigned to = 0; to < ROLE_N; to++)
			if (chan_in(msg_table[type].from, (uint8_t)twin.id) && chan_in(msg_table[type].to, (uint8_t)to))
				way[ways++] = (struct way){ type, to };
}

static void
send_one(struct role_ctx *c)
{
	const struct way *w = &way[dice(ways)];
	unsigned type = w->type;
	const struct chan_row *row = &msg_table[type];
	struct chan *ch = w->to == ROLE_WARDEN ? c->warden : c->peer[w->to];
	if (!ch)
		return;
	if (speaks && (type == M_CREDIT || type == M_READY) && dice(16)) /* what everybody may: rarely */
		return;
	size_t n = row->flags & MSG_TAIL ? dice(dice(50) ? 600 : 50000) : 0;
	noise(body, row->size);
	noise(tail, n);
	if (dice(4))
		n = dress(type, n);
	bool with = row->flags & MSG_FD || (row->flags & MSG_MAYFD && dice(3) == 0);
	int rc = chan_send(ch, (uint16_t)type, body, tail, n, with ? gift[dice(GIFTS)] : -1);
	refused += rc != 0;
	of_type[type] += rc == 0;
	sent += rc == 0;
}

static void
on_time(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct role_ctx *c = arg;
	uint64_t goal = sent + BURST < most ? sent + BURST : most;
	for (unsigned i = 0; i < BURST * ROLE_N && sent < goal; i++)
		send_one(c);
	if (twin.promises & BOX_UDP)
		send_out(c);
	if (sent < most) {
		loop_timer_in(timer, PAUSE);
		return;
	}
	for (unsigned i = 0; i < M_N; i++)
		if (of_type[i])
			log_info("twin: %llu of %s", (unsigned long long)of_type[i], msg_table[i].name);
	log_info("twin: sent all, %llu had no credit", (unsigned long long)refused);
}

static void
twin_init(struct role_ctx *c)
{
	int sv[2], p[2];
	(void)c;
	gift[0] = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	gift[1] = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	gift[2] = open("/dev/null", O_RDWR | O_CLOEXEC);
	gift[3] = open("/", O_RDONLY | O_CLOEXEC);
	noise(tail, 3000);
	if (write(gift[0], tail, 3000) < 0 || write(gift[1], tail, 3000) < 0 || pipe(p) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
		fatal("twin: %s", strerror(errno));
	fcntl(gift[0], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	gift[4] = p[0];
	gift[5] = sv[0];
}

static void
twin_start(struct role_ctx *c)
{
	find_ways();
	timer = loop_timer(c->loop, on_time, c);
	loop_timer_in(timer, 1000); /* peers come first */
}

/* Grants whatever is asked for, and forgets what it is told. */
static void
twin_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	if (m->fd >= 0)
		close(m->fd);
	if (from != ROLE_WARDEN && msg_table[m->type].flags & MSG_CREDIT)
		chan_grant(c->peer[from], 1, (uint32_t)(msg_table[m->type].size + m->tail_len));
}

static void
twin_peer_up(struct role_ctx *c, enum role_id id)
{
	chan_grant(c->peer[id], 64, 4u << 20);
}

/* All of lymphd asks here who a role is; --wrap puts it before the real table. */
const struct role *
__wrap_role_row(enum role_id id)
{
	const struct role *r = __real_role_row(id);
	const char *who = getenv("LYMPH_TWIN"), *n = getenv("LYMPH_TWIN_N"), *s = getenv("LYMPH_TWIN_SEED");
	if (!r || !who || strcmp(who, r->name) != 0)
		return r;
	if (!twin.name) {
		twin = *r;
		twin.init = twin_init;
		twin.start = twin_start;
		twin.message = twin_message;
		twin.peer_up = twin_peer_up;
		twin.peer_down = NULL;
		twin.room = NULL;
		for (unsigned i = 0; i < M_N; i++)
			speaks |= msg_table[i].from != CHAN_ANY && chan_in(msg_table[i].from, (uint8_t)twin.id);
		most = n ? strtoull(n, NULL, 10) : most;
		seed = (s ? strtoull(s, NULL, 10) : (uint64_t)getpid() ^ (uint64_t)clock_boot() << 16) | 1;
	}
	return &twin;
}
