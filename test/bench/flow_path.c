/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole path in memory: export datagrams of the same synthetic traffic as flow_load sends, decoded
 * and put to every detector, with no socket between. Prints what a record costs, for decoding alone and
 * with detection. Or, with -T, plays a scene and tells when (in data time) something was found.
 *
 * usage: flow_path [-f v9|ipfix|sflow] [-n records] [-p pool] [-l lines] [-6 lines6] [-S sampling] [-D]
 *        flow_path -T population [-f ...] [-S sampling] [-s seed]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../synth/export.h"
#include "../synth/scene.h"
#include "detect/detect.h"
#include "wire/flowdec.h"

#define START ((msec)1767225600 * 1000)

struct path {
	enum export_format format;
	struct traffic_conf traffic;
	uint64_t records, pool;
	bool decode_only;
	const char *scene;
	struct policy *policy;
	struct sights *sights;
	struct detect *detect;
	struct flowdec *dec;
	msec now;
	uint64_t flows, found[DETECTORS];
	msec first[DETECTORS]; /* when it was found first */
};

static void
die(const char *what)
{
	fprintf(stderr, "flow_path: %s\n", what);
	exit(1);
}

static double
cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
on_found(void *arg, const struct finding *f)
{
	struct path *x = arg;
	char text[FINDING_TEXT], peer[PREFIX_TEXT];
	if (!x->found[f->detector]++)
		x->first[f->detector] = x->now;
	if (x->scene && (f->detector == DETECT_POPULATION || x->found[f->detector] == 1))
		fprintf(stderr, "%.1f s: %s %s: %s\n", (double)(x->now - START) / 1000, detector_row(f->detector)->name,
		    f->peer.a.fam ? prefix_print(&f->peer, peer) : "-", finding_print(f, text));
}

static void
on_flows(void *arg, const struct flow *f, size_t n)
{
	struct path *x = arg;
	x->flows += n;
	if (!x->decode_only)
		detect_flows(x->detect, f, n, x->now);
}

static void
setup(struct path *x)
{
	static struct prefix own[2] = { { { 4, { 10 } }, 12 }, { { 6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 } };
	struct exporter_row e = { .addr = { 4, { 127, 0, 0, 1 } }, .name = "synthetic" };
	struct iface_row border = { .side = SIDE_BORDER, .from = SYNTH_BORDER, .to = SYNTH_BORDER };
	struct iface_row customer = { .side = SIDE_CUSTOMER, .sav = SAV_STRICT, .from = SYNTH_CUSTOMER,
		.to = SYNTH_CUSTOMER + SYNTH_CUSTOMERS - 1, .prefix = own, .prefixes = 2 };
	x->policy = policy_new();
	x->sights = sights_new();
	if (!x->policy || !x->sights)
		die("no memory");
	for (int i = 0; i < 2; i++) {
		struct policy_row row = { .lpm.prefix = own[i], .kind = KIND_RESIDENTIAL, .delegated = 56 };
		policy_add(x->policy, &row);
	}
	if (sights_exporter(x->sights, &e) < 0 || sights_iface(x->sights, &border) < 0 || sights_iface(x->sights, &customer) < 0)
		die("the table of interfaces");
	struct detect_conf c = { .policy = x->policy, .sights = x->sights,
		.subscribers = x->traffic.lines + x->traffic.lines6, .seed = { 1, 2 }, .found = on_found, .arg = x };
	detect_numbers(&c.numbers);
	x->detect = detect_new(&c);
	x->dec = flowdec_new(x->sights);
	if (!x->detect || !x->dec)
		die("no memory");
}

static void
datagram(struct path *x, const uint8_t *p, size_t n)
{
	const char *rule = NULL;
	if (flowdec_datagram(x->dec, 0, 40000, p, n, x->now, on_flows, x, &rule) < 0)
		die(rule);
}

struct slot {
	uint8_t p[EXPORT_MOST];
	uint16_t n, records;
	msec at;
};

/* Seconds one cycle takes now, as a chain of multiplications and additions (3 and 1) sees it, which waits for
 * nothing but itself: on a shared machine it changes all the time. */
static double
cycle(void)
{
	static volatile uint64_t chain; /* nothing of it can be left out */
	double from = cpu();
	uint64_t x = chain;
	for (int i = 0; i < 1 << 14; i++)
		x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	chain = x;
	return (cpu() - from) / (4 << 14);
}

static int
up(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void
speed(struct path *x)
{
	struct exporter_out e;
	struct traffic *t = traffic_new(&x->traffic);
	size_t most = x->pool / 5, n = 0;
	struct slot *slots = calloc(most, sizeof(*slots));
	uint8_t buf[EXPORT_MOST];
	struct flow f;
	if (!t || !slots)
		die("no memory");
	export_init(&e, x->format, 1, x->traffic.sampling, START - 3600000);
	traffic_next(t, &f);
	for (uint64_t made = 0; made < x->pool && n < most;) {
		struct flow g = f;
		g.first += START;
		g.last += START;
		if (export_add(&e, &g)) {
			traffic_next(t, &f);
			slots[n].records++;
			made++;
			continue;
		}
		slots[n].n = (uint16_t)export_end(&e, START, slots[n].p);
		slots[n++].at = START;
	}
	traffic_free(t);
	e.sequence = 0;
	/* Data time: three million records a second. */
	double spent = 0;
	double *each = calloc(x->records / 1024 + 2, sizeof(*each)), *cycles = calloc(x->records / 1024 + 2, sizeof(*each));
	size_t parts = 0;
	if (!each || !cycles)
		die("no memory");
	uint64_t sent = 0;
	size_t at = 0;
	while (sent < x->records) {
		x->now = START + (msec)(sent / 3000);
		size_t k = at % 4096 ? 0 : export_templates(&e, x->now, buf);
		size_t from = at, to = at + 512 < n ? at + 512 : n;
		uint64_t records = 0;
		for (size_t i = from; i < to; i++) {
			struct slot *s = &slots[i];
			export_again(&e, s->p, s->n, x->now, x->now - s->at);
			s->at = x->now;
			records += s->records;
		}
		double clock = cycle(), c1 = cpu();
		if (k)
			datagram(x, buf, k);
		for (size_t i = from; i < to; i++)
			datagram(x, slots[i].p, slots[i].n);
		if (!x->decode_only)
			detect_tick(x->detect, x->now);
		double c2 = cpu() - c1;
		if (sent >= x->records / 2) { /* the second half counts: lines are known by then */
			spent += c2;
			if (records && parts <= x->records / 1024) {
				cycles[parts] = c2 / (clock + cycle()) * 2 / (double)records;
				each[parts++] = c2 * 1e9 / (double)records;
			}
		}
		sent += records;
		at = to < n ? to : 0;
	}
	free(slots);
	/* The quickest tenth of the parts: what it costs while nobody else wants the memory. */
	qsort(each, parts, sizeof(*each), up);
	qsort(cycles, parts, sizeof(*cycles), up);
	double undisturbed = parts ? each[parts / 10] : 0;
	double middle = parts ? cycles[parts / 2] : 0;
	free(each);
	free(cycles);
	struct detect_stats d;
	detect_stats_of(x->detect, &d);
	printf("{\"records\":%llu,\"flows\":%llu,\"ns_a_record\":%.1f,\"ns_undisturbed\":%.1f,\"cycles_a_record\":%.0f,\"records_per_cpu_s\":%.0f,\"counted\":%llu,\"lines\":%llu,"
	       "\"evicted\":%llu,\"found\":{",
	    (unsigned long long)sent, (unsigned long long)x->flows, spent * 1e9 / ((double)sent / 2), undisturbed, middle,
	    (double)sent / 2 / spent, (unsigned long long)d.counted, (unsigned long long)d.lines, (unsigned long long)d.evicted);
	for (enum detector i = 0, c = 0; i < DETECTORS; i++)
		if (x->found[i])
			printf("%s\"%s\":%llu", c++ ? "," : "", detector_row(i)->name, (unsigned long long)x->found[i]);
	printf("}}\n");
}

/* 200 lines, each 2,000 packets of 750 bytes a second to one victim, beside ordinary ones. */
static void
population(struct path *x)
{
	struct scene_conf c;
	struct exporter_out e;
	const struct flow *f;
	uint8_t buf[EXPORT_MOST];
	msec at = START, told = 0;
	scene_defaults(&c);
	c.seed = x->traffic.seed;
	c.start = START;
	c.sampling = x->traffic.sampling;
	c.ordinary = 5000;
	c.records = x->format != EXPORT_SFLOW;
	c.active = 5000;
	struct scene *s = scene_new(&c);
	struct addr victim = { 4, { 203, 0, 113, 80 } };
	if (!s)
		die("no memory");
	for (uint32_t i = 0; i < 200; i++)
		scene_flood(s, 10000 + i * 13, victim, IPP_UDP, 27015, 2000, 750, 20000, 120000);
	export_init(&e, x->format, 1, c.sampling, START - 3600000);
	while ((f = scene_next(s, &at)) && at < START + 80000 && !x->found[DETECT_POPULATION]) {
		if (at != x->now || !export_add(&e, f)) {
			size_t n = export_end(&e, x->now, buf);
			if (n)
				datagram(x, buf, n);
			if (at >= told + 1000) {
				detect_tick(x->detect, at);
				told = x->now = at;
				n = export_templates(&e, at, buf);
				if (n)
					datagram(x, buf, n);
			}
			x->now = at;
			export_add(&e, f);
		}
	}
	scene_free(s);
	printf("{\"population_s\":");
	if (x->found[DETECT_POPULATION])
		printf("%.1f}\n", (double)(x->first[DETECT_POPULATION] - START - 20000) / 1000);
	else
		printf("null}\n");
}

int
main(int argc, char **argv)
{
	static struct path x = { .records = 8000000, .pool = 4000000 };
	int o;
	traffic_defaults(&x.traffic);
	while ((o = getopt(argc, argv, "f:n:p:l:6:S:s:T:D")) != -1) {
		if (o == 'f')
			x.format = export_by_name(optarg);
		else if (o == 'n')
			x.records = (uint64_t)atof(optarg);
		else if (o == 'p')
			x.pool = (uint64_t)atof(optarg);
		else if (o == 'l')
			x.traffic.lines = (uint32_t)atof(optarg);
		else if (o == '6')
			x.traffic.lines6 = (uint32_t)atof(optarg);
		else if (o == 'S')
			x.traffic.sampling = (uint32_t)atof(optarg);
		else if (o == 's')
			x.traffic.seed = strtoull(optarg, NULL, 10);
		else if (o == 'T')
			x.scene = optarg;
		else if (o == 'D')
			x.decode_only = true;
		else
			return 2;
	}
	if (x.format == EXPORT_N)
		return 2;
	setup(&x);
	if (x.scene)
		population(&x);
	else
		speed(&x);
	flowdec_free(x.dec);
	detect_free(x.detect);
	sights_free(x.sights);
	policy_free(x.policy);
	return 0;
}
