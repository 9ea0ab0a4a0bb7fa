/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Export datagrams at a rate, over loopback: synthetic traffic of a million lines (test/synth) as NetFlow
 * v9, IPFIX or sFlow. A pool of datagrams is made beforehand and sent round and round, each time with its
 * sequence numbers and times set anew; templates go out at the start and every TEMPLATES datagrams.
 * Prints one JSON line: what was sent, exactly. Or it writes a capture, or plays a scene in real time.
 *
 * usage: flow_load [-f v9|ipfix|sflow] [-r records/s] [-n records] [-s seed] [-p pool] [-l lines]
 *        [-6 lines6] [-S sampling] [-c cpu] ADDRESS:PORT...
 *        flow_load ... -w FILE.pcap [PORT]
 *        flow_load ... -T population|loud|quiet -d SECONDS ADDRESS:PORT...   200 lines x 12 Mbit/s; one of
 *                                                                         1.2 Gbit/s; ordinary ones only
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cursor.h"
#include "../synth/export.h"
#include "../synth/scene.h"

#define BURST     32
#define TEMPLATES 4096
#define TARGETS   4

struct slot {
	uint8_t p[EXPORT_MOST];
	uint16_t n, records;
	msec at; /* when it was written last */
};

struct load {
	enum export_format format;
	double rate;
	uint64_t records, pool;
	struct traffic_conf traffic;
	int cpu;
	const char *write, *scene;
	double seconds;
	int fd[TARGETS], targets;
	struct exporter_out out;
	/* what came of it */
	uint64_t sent_records, sent_datagrams, refused;
};

static void
die(const char *what)
{
	fprintf(stderr, "flow_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
clock_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static msec
wall(void)
{
	return (msec)(clock_of(CLOCK_REALTIME) * 1000);
}

static int
target(const char *text)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	struct sockaddr_in sa = { .sin_family = AF_INET };
	if (!colon || (size_t)(colon - text) >= sizeof(host))
		die(text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	sa.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &sa.sin_addr) != 1 || ntohl(sa.sin_addr.s_addr) >> 24 != 127) {
		errno = EADDRNOTAVAIL; /* loopback only: this is a load, and no target of anybody's */
		die(text);
	}
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		die(text);
	return fd;
}

/* All there is to send, as of now. Returns how many slots. */
static size_t
pool_make(struct load *l, struct slot *slots, size_t most, msec now)
{
	struct traffic *t = traffic_new(&l->traffic);
	struct exporter_out e = l->out;
	struct flow f;
	uint64_t made = 0;
	size_t n = 0;
	if (!t)
		die("no memory");
	traffic_next(t, &f);
	while (made < l->pool && n < most) {
		struct slot *s = &slots[n];
		struct flow g = f;
		g.first += now;
		g.last += now;
		if (export_add(&e, &g)) {
			traffic_next(t, &f);
			s->records++;
			made++;
			continue;
		}
		s->n = (uint16_t)export_end(&e, now, s->p);
		s->at = now;
		n++;
	}
	traffic_free(t);
	return n;
}

static void
burst(struct load *l, struct mmsghdr *m, int n)
{
	for (int t = 0; t < l->targets; t++) {
		for (int at = 0; at < n;) {
			int k = sendmmsg(l->fd[t], m + at, (unsigned)(n - at), 0);
			if (k < 0 && errno == ECONNREFUSED) {
				l->refused++;
				continue;
			}
			if (k < 0 && errno != EINTR && errno != EAGAIN && errno != ENOBUFS)
				die("sendmmsg");
			at += k > 0 ? k : 0;
		}
	}
	l->sent_datagrams += (uint64_t)n;
}

static void
send_templates(struct load *l)
{
	uint8_t buf[EXPORT_MOST];
	size_t n = export_templates(&l->out, wall(), buf);
	struct iovec v = { buf, n };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };
	if (n)
		burst(l, &m, 1);
}

static void
wait_until(double due)
{
	for (double left; (left = due - clock_of(CLOCK_MONOTONIC)) > 0;)
		if (left > 200e-6)
			nanosleep(&(struct timespec){ 0, (long)((left < 0.5 ? left - 100e-6 : 0.5) * 1e9) }, NULL);
}

static void
run(struct load *l, struct slot *slots, size_t n)
{
	struct mmsghdr m[BURST];
	struct iovec v[BURST];
	double start = clock_of(CLOCK_MONOTONIC);
	uint64_t since = TEMPLATES;
	for (size_t at = 0; l->sent_records < l->records;) {
		int k = 0;
		uint64_t records = 0;
		if (since >= TEMPLATES) {
			send_templates(l);
			since = 0;
		}
		msec now = wall();
		for (; k < BURST && l->sent_records + records < l->records; k++, at = at + 1 < n ? at + 1 : 0) {
			struct slot *s = &slots[at];
			export_again(&l->out, s->p, s->n, now, now - s->at);
			s->at = now;
			v[k] = (struct iovec){ s->p, s->n };
			m[k] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &v[k], .msg_iovlen = 1 } };
			records += s->records;
		}
		if (l->rate > 0)
			wait_until(start + (double)l->sent_records / l->rate);
		burst(l, m, k);
		since += (uint64_t)k;
		l->sent_records += records;
	}
}

/* Ethernet, IPv4 and UDP before it, in a capture of libpcap's classic format. */
static void
capture(FILE *f, uint16_t port, const uint8_t *p, size_t n, msec now)
{
	uint8_t h[16 + 42];
	struct writer w = writer_of(h + 16, 42);
	uint32_t head[4] = { (uint32_t)(now / 1000), (uint32_t)(now % 1000) * 1000, (uint32_t)n + 42, (uint32_t)n + 42 };
	static const uint8_t mac[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	memcpy(h, head, 16);
	wbytes(&w, mac, 12);
	w16(&w, 0x0800);
	w16(&w, 0x4500);
	w16(&w, (uint16_t)(n + 28));
	w32(&w, 0x00004000);
	w16(&w, 64 << 8 | IPP_UDP);
	w16(&w, 0);
	w32(&w, 0x7f000001);
	w32(&w, 0x7f000001);
	w16(&w, 40000);
	w16(&w, port);
	w16(&w, (uint16_t)(n + 8));
	w16(&w, 0);
	/* The header's checksum, RFC 1071: readers check it. */
	uint32_t sum = 0;
	for (int i = 30; i < 50; i += 2)
		sum += (uint32_t)(h[i] << 8 | h[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	h[40] = (uint8_t)(~sum >> 8);
	h[41] = (uint8_t)~sum;
	if (fwrite(h, sizeof(h), 1, f) != 1 || fwrite(p, n, 1, f) != 1)
		die("write");
}

static void
run_write(struct load *l, struct slot *slots, size_t n, uint16_t port)
{
	FILE *f = fopen(l->write, "w");
	uint32_t head[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1 };
	uint8_t buf[EXPORT_MOST];
	msec now = slots[0].at;
	if (!f || fwrite(head, sizeof(head), 1, f) != 1)
		die(l->write);
	for (size_t i = 0; i < n && l->sent_records < l->records; i++) {
		size_t len = i % TEMPLATES ? 0 : export_templates(&l->out, now, buf);
		if (len)
			capture(f, port, buf, len, now);
		struct slot *s = &slots[i];
		if (l->rate > 0)
			now = slots[0].at + (msec)((double)l->sent_records / l->rate * 1000);
		export_again(&l->out, s->p, s->n, now, now - s->at);
		s->at = i ? now : s->at;
		capture(f, port, s->p, s->n, now);
		l->sent_records += s->records;
		l->sent_datagrams++;
	}
	if (fclose(f))
		die(l->write);
}

/* What waits, in a datagram. */
static void
flush(struct load *l)
{
	uint8_t buf[EXPORT_MOST];
	uint32_t records = l->out.four_n + l->out.six_n;
	size_t n = export_end(&l->out, wall(), buf);
	struct iovec v = { buf, n };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };
	if (!n)
		return;
	burst(l, &m, 1);
	l->sent_records += records;
}

/* In real time, beside ordinary traffic: rate records/s, 2,000 lines. */
static void
run_scene(struct load *l)
{
	struct scene_conf c;
	const struct flow *f;
	msec at, from = wall() + 200, told = 0;
	scene_defaults(&c);
	c.seed = l->traffic.seed;
	c.start = from;
	c.sampling = l->traffic.sampling;
	c.ordinary = (uint32_t)l->rate;
	c.records = l->format != EXPORT_SFLOW;
	c.active = 5000;
	struct scene *s = scene_new(&c);
	if (!s)
		die("no memory");
	struct addr victim = { 4, { 203, 0, 113, 80 } };
	msec until = (msec)(l->seconds * 1000);
	for (uint32_t i = 0; i < 200 && strcmp(l->scene, "population") == 0; i++)
		scene_flood(s, 10000 + i * 13, victim, IPP_UDP, 27015, 2000, 750, 0, until + 60000);
	if (strcmp(l->scene, "loud") == 0)
		scene_flood(s, 10000, victim, IPP_UDP, 27015, 200000, 750, 0, until + 60000);
	while ((f = scene_next(s, &at)) && at < from + until) {
		for (msec now; (now = wall()) < at;) {
			flush(l);
			nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
		}
		if (at >= told + 1000) {
			flush(l);
			send_templates(l);
			told = at;
		}
		if (!export_add(&l->out, f)) {
			flush(l);
			export_add(&l->out, f);
		}
	}
	flush(l);
	scene_free(s);
}

static void
options(struct load *l, int argc, char **argv)
{
	int o;
	while ((o = getopt(argc, argv, "f:r:n:s:p:l:6:S:c:w:T:d:")) != -1) {
		switch (o) {
		case 'f':
			l->format = export_by_name(optarg);
			break;
		case 'r':
			l->rate = atof(optarg);
			break;
		case 'n':
			l->records = (uint64_t)atof(optarg);
			break;
		case 's':
			l->traffic.seed = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			l->pool = (uint64_t)atof(optarg);
			break;
		case 'l':
			l->traffic.lines = (uint32_t)atof(optarg);
			break;
		case '6':
			l->traffic.lines6 = (uint32_t)atof(optarg);
			break;
		case 'S':
			l->traffic.sampling = (uint32_t)atof(optarg);
			break;
		case 'c':
			l->cpu = atoi(optarg);
			break;
		case 'w':
			l->write = optarg;
			break;
		case 'T':
			l->scene = optarg;
			break;
		case 'd':
			l->seconds = atof(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (l->format == EXPORT_N || l->traffic.lines == 0 || l->traffic.lines > 1 << 20 || l->traffic.lines6 > 1 << 16)
		exit(2);
}

static void
pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (cpu >= 0 && sched_setaffinity(0, sizeof(set), &set) < 0)
		die("sched_setaffinity");
}

int
main(int argc, char **argv)
{
	static struct load l = { .rate = 100000, .records = 1000000, .pool = 2000000, .cpu = -1, .seconds = 20 };
	traffic_defaults(&l.traffic);
	options(&l, argc, argv);
	pin(l.cpu);
	uint32_t sampling = l.traffic.sampling;
	/* One record of sFlow is one packet already: which ones the sampler took is in the mix. */
	if (l.format == EXPORT_SFLOW && !l.scene)
		l.traffic.sampling = 1;
	for (int i = optind; !l.write && i < argc && l.targets < TARGETS; i++)
		l.fd[l.targets++] = target(argv[i]);
	msec now = wall();
	export_init(&l.out, l.format, 1, sampling, now - 3600000);
	size_t most = l.pool / (l.format == EXPORT_SFLOW ? 5 : 20) + 2, n = 0;
	struct slot *slots = l.scene ? NULL : calloc(most, sizeof(*slots));
	if (!l.scene) {
		if (l.records < l.pool)
			l.pool = l.records;
		n = slots ? pool_make(&l, slots, most, now) : 0;
		if (!n)
			die("no pool");
	}
	double start = clock_of(CLOCK_MONOTONIC), cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	if (l.scene)
		run_scene(&l);
	else if (l.write)
		run_write(&l, slots, n, (uint16_t)(optind < argc ? atoi(argv[optind]) : 2055));
	else
		run(&l, slots, n);
	double took = clock_of(CLOCK_MONOTONIC) - start;
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("{\"records\":%llu,\"datagrams\":%llu,\"seconds\":%.3f,\"rate\":%.0f,\"asked\":%.0f,\"cpu_s\":%.2f,"
	       "\"refused\":%llu}\n",
	    (unsigned long long)l.sent_records, (unsigned long long)l.sent_datagrams, took,
	    (double)l.sent_records / took, l.rate, cpu, (unsigned long long)l.refused);
	free(slots);
	return 0;
}
