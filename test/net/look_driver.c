/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The roles probe and hear-canary under a judge made of cardboard, all in one process and without
 * boxes: sends looks, joins each proof with what the canary saw, prints one JSON line per look.
 *
 *   look_driver --canary ADDR --port N ... --own PREFIX ... [--protect PREFIX] [--source ADDR] ADDR[@PORT] ...
 *   look_driver ... --storm N --seed S    N random and hostile looks, then one line of counts
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/role.h"

#define LOOKS 20000
#define SIGHT 4096

static struct {
	struct loop *loop;
	struct conf conf;
	struct role_ctx probe, canary;
	struct chan *to_probe;
	struct look look[LOOKS];
	int64_t asked[LOOKS]; /* us */
	struct msg_token_seen seen[SIGHT]; /* a ring */
	unsigned looks, sent, done, sights;
	unsigned verdicts[VERDICT_N], reasons[REASON_N], proven;
	bool storm;
} d;

static int64_t
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int64_t
cpu_us(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000) + r.ru_utime.tv_usec +
	    r.ru_stime.tv_usec;
}

static void
send_looks(void)
{
	while (d.sent < d.looks) {
		struct msg_look m = { .look = d.look[d.sent] };
		d.asked[d.sent] = now_us();
		if (chan_send(d.to_probe, M_LOOK, &m, NULL, 0, -1) < 0)
			return;
		d.sent++;
	}
}

static const struct msg_token_seen *
seen_token(const uint8_t token[16])
{
	for (unsigned i = 0; i < d.sights && i < SIGHT; i++)
		if (memcmp(d.seen[i].token, token, 16) == 0)
			return &d.seen[i];
	return NULL;
}

static void
look_done(const struct msg_look_done *m)
{
	const struct look_result *r = &m->result;
	enum verdict v = r->verdict;
	enum look_reason reason = r->reason;
	const struct msg_token_seen *s = v == VERDICT_OPEN ? seen_token(m->token) : NULL;
	char target[ADDR_TEXT], egress[ADDR_TEXT];
	static const struct addr nowhere;
	if (v == VERDICT_OPEN && (!s || memcmp(s->secret, m->secret, 16) != 0)) {
		v = VERDICT_INCONCLUSIVE;
		reason = REASON_ONE_SIDED;
	}
	d.done++;
	d.verdicts[v]++;
	d.reasons[reason]++;
	if (!d.storm)
		printf("{\"no\":%llu,\"target\":\"%s\",\"port\":%u,\"vantage\":%u,\"verdict\":\"%s\","
		       "\"reason\":\"%s\",\"method\":\"%s\",\"egress\":\"%s\",\"sockets\":%u,"
		       "\"bytes_in\":%u,\"us\":%lld,\"cpu_us\":%lld}\n",
		    (unsigned long long)r->no, addr_print(&r->target, target), r->port, r->vantage,
		    verdict_name(v), look_reason_name(reason), probe_method_name(r->method),
		    addr_print(s ? &s->egress : &nowhere, egress), r->sockets, r->bytes_in,
		    (long long)(now_us() - d.asked[r->no]), (long long)cpu_us());
	if (d.done == d.looks)
		loop_stop(d.loop);
}

static void
on_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)arg;
	if (m->type == M_LOOK_DONE) {
		look_done(m->body);
	} else if (m->type == M_TOKEN_SEEN) {
		d.seen[d.sights++ % SIGHT] = *(const struct msg_token_seen *)m->body;
		chan_grant(c, 1, sizeof(struct msg_token_seen));
	}
}

static void
on_room(struct chan *c, void *arg)
{
	(void)c;
	(void)arg;
	send_looks();
}

static void
on_role(struct chan *c, struct chan_msg *m, void *arg)
{
	const struct role *r = arg;
	r->message(r == &role_probe ? &d.probe : &d.canary, chan_peer(c), m);
}

static void
on_gone(struct chan *c, void *arg)
{
	(void)c;
	(void)arg;
	fatal("a channel broke");
}

static struct chan *
join(const struct role *r, struct role_ctx *c)
{
	int sv[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) < 0)
		fatal("socketpair: %s", strerror(errno));
	struct chan *judge = chan_new(d.loop, sv[0], ROLE_JUDGE, (uint8_t)r->id, msg_table, M_N, on_judge,
	    on_gone, NULL);
	chan_on_room(judge, on_room);
	c->loop = d.loop;
	c->conf = &d.conf;
	r->init(c);
	r->start(c);
	c->peer[ROLE_JUDGE] = chan_new(d.loop, sv[1], (uint8_t)r->id, ROLE_JUDGE, msg_table, M_N, on_role,
	    on_gone, (void *)r);
	if (r->peer_up)
		r->peer_up(c, ROLE_JUDGE);
	return judge;
}

static struct addr
addr_arg(const char *s)
{
	struct addr a;
	if (addr_parse(s, strlen(s), &a) < 0)
		fatal("no address: %s", s);
	return a;
}

static struct prefix
prefix_arg(const char *s)
{
	struct prefix p;
	if (prefix_parse(s, strlen(s), &p) < 0)
		fatal("no prefix: %s", s);
	return p;
}

static void
listen_canary(void)
{
	const struct addr *a = &d.conf.canary.addr;
	for (unsigned i = 0; i < d.conf.canary.ports; i++) {
		union {
			struct sockaddr sa;
			struct sockaddr_in v4;
			struct sockaddr_in6 v6;
		} s = { 0 };
		bool six = a->fam == 6;
		int one = 1, fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (six) {
			s.v6.sin6_family = AF_INET6;
			s.v6.sin6_port = htons(d.conf.canary.port[i]);
			memcpy(&s.v6.sin6_addr, a->b, 16);
		} else {
			s.v4.sin_family = AF_INET;
			s.v4.sin_port = htons(d.conf.canary.port[i]);
			memcpy(&s.v4.sin_addr, a->b, 4);
		}
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (fd < 0 || bind(fd, &s.sa, six ? sizeof(s.v6) : sizeof(s.v4)) < 0 || listen(fd, 64) < 0)
			fatal("canary: %s", strerror(errno));
		d.canary.listen[d.canary.listens].fd = fd;
		d.canary.listen[d.canary.listens++].kind = LISTEN_CANARY;
	}
}

static void
add_look(enum class_id cls, struct addr target, uint16_t port, uint8_t vantage)
{
	if (d.looks == LOOKS)
		fatal("too many looks");
	d.look[d.looks] = (struct look) { .no = d.looks, .case_no = 1, .cls = cls, .target = target,
		.port = port, .vantage = vantage };
	d.looks++;
}

static uint32_t
dice(uint64_t *s)
{
	*s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*s >> 33);
}

/* Random looks, many of them near what is ours or of a kind that tempts: one bit off an own prefix,
 * mapped and embedded IPv4, this host, all hosts, no family at all. */
static void
add_storm(unsigned n, uint64_t seed)
{
	static const char *const tempting[] = { "0.0.0.0", "127.0.0.1", "255.255.255.255", "224.0.0.1",
		"169.254.169.254", "10.0.0.1", "100.64.0.1", "192.168.0.1", "::", "::1", "fe80::1", "ff02::1",
		"64:ff9b::c633:6401", "2002:c633:6401::1", "::198.51.100.1" };
	struct lpm_node *own = lpm_first(&d.conf.policy->rows);
	for (unsigned i = 0; i < n; i++) {
		struct addr a = { .fam = dice(&seed) % 2 ? 4 : 6 };
		unsigned kind = dice(&seed) % 8;
		for (unsigned k = 0; k < (a.fam == 4 ? 4u : 16u); k++)
			a.b[k] = (uint8_t)dice(&seed);
		if (kind < 3 && own) { /* just outside, just inside */
			unsigned bit = dice(&seed) % (own->prefix.len ? own->prefix.len : 1u);
			struct addr inside = own->prefix.a;
			for (unsigned k = own->prefix.len; k < addr_bits(&inside); k++)
				inside.b[k / 8] ^= (uint8_t)(dice(&seed) % 2 ? 0x80 >> k % 8 : 0);
			a = inside;
			a.b[bit / 8] ^= (uint8_t)(kind ? 0x80 >> bit % 8 : 0);
			own = lpm_next(&d.conf.policy->rows, own);
			if (!own)
				own = lpm_first(&d.conf.policy->rows);
		} else if (kind == 3) {
			a = addr_arg(tempting[dice(&seed) % (sizeof(tempting) / sizeof(tempting[0]))]);
		} else if (kind == 4) { /* a broken sender */
			a.fam = (uint8_t)dice(&seed);
		}
		add_look(dice(&seed) % 4 ? CLASS_OPEN_PROXY : (enum class_id)(dice(&seed) % 40), a,
		    dice(&seed) % 3 ? (uint16_t)dice(&seed) : 0, (uint8_t)(dice(&seed) % 8 ? 0 : dice(&seed)));
	}
}

static void
print_storm(void)
{
	printf("{\"looks\":%u", d.done);
	for (int v = 0; v < VERDICT_N; v++)
		printf(",\"%s\":%u", verdict_name((enum verdict)v), d.verdicts[v]);
	for (int r = 1; r < REASON_N; r++)
		printf(",\"%s\":%u", look_reason_name((enum look_reason)r), d.reasons[r]);
	printf("}\n");
}

static void
on_late(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	(void)arg;
	fatal("%u of %u looks never ended", d.looks - d.done, d.looks);
}

static void
options(int argc, char **argv, unsigned *storm, uint64_t *seed)
{
	static const struct option longs[] = { { "canary", 1, NULL, 'c' }, { "port", 1, NULL, 'p' },
		{ "own", 1, NULL, 'o' }, { "protect", 1, NULL, 'x' }, { "source", 1, NULL, 's' },
		{ "syns", 1, NULL, 'y' }, { "looks", 1, NULL, 'l' }, { "storm", 1, NULL, 'n' },
		{ "seed", 1, NULL, 'r' }, { 0 } };
	struct policy_row row = { .kind = KIND_RESIDENTIAL, .probe = true };
	int o;
	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (o) {
		case 'c': d.conf.canary.addr = addr_arg(optarg); break;
		case 'p': d.conf.canary.port[d.conf.canary.ports++ % CONF_PORTS] = (uint16_t)atoi(optarg); break;
		case 'o':
			row.lpm.prefix = prefix_arg(optarg);
			policy_add(d.conf.policy, &row);
			break;
		case 'x': {
			struct prefix p = prefix_arg(optarg);
			policy_protect(d.conf.policy, &p);
			break;
		}
		case 's': {
			struct addr a = addr_arg(optarg);
			unsigned v = d.conf.vantages++ % VANTAGES;
			if (a.fam == 6)
				d.conf.vantage[v].source6 = a;
			else
				d.conf.vantage[v].source4 = a;
			break;
		}
		case 'y': d.conf.syns_per_s = (uint32_t)atoi(optarg); break;
		case 'l': d.conf.looks_per_s = (uint32_t)atoi(optarg); break;
		case 'n': *storm = (unsigned)atoi(optarg); break;
		case 'r': *seed = strtoull(optarg, NULL, 10); break;
		default: exit(2);
		}
}

int
main(int argc, char **argv)
{
	unsigned storm = 0;
	uint64_t seed = 1;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_role("look_driver");
	d.loop = loop_new();
	d.conf = (struct conf) { .name = "node.example", .looks_per_s = 6, .syns_per_s = 100, .per_target = 4,
		.policy = policy_new() };
	options(argc, argv, &storm, &seed);
	for (int i = optind; i < argc; i++) { /* ADDR[@PORT[@VANTAGE]] */
		uint16_t port = 0;
		uint8_t vantage = 0;
		char *at = strchr(argv[i], '@'), *second = at ? strchr(at + 1, '@') : NULL;
		if (at) {
			*at = '\0';
			port = (uint16_t)atoi(at + 1);
		}
		if (second)
			vantage = (uint8_t)atoi(second + 1);
		add_look(CLASS_OPEN_PROXY, addr_arg(argv[i]), port, vantage);
	}
	d.storm = storm > 0;
	add_storm(storm, seed);
	if (d.looks == 0)
		return 2;
	listen_canary();
	struct chan *to_canary = join(&role_hear_canary, &d.canary);
	chan_grant(to_canary, 64, 64 * sizeof(struct msg_token_seen));
	d.to_probe = join(&role_probe, &d.probe);
	loop_timer_in(loop_timer(d.loop, on_late, NULL), 10 * MSEC_MINUTE);
	send_looks(); /* none yet: starves, so that credit wakes us */
	loop_run(d.loop);
	if (d.storm)
		print_storm();
	return 0;
}
