/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures, see past.h: libpcap reads the file, the packets go through our own meter; or, where they are
 * what routers export, through the decoder, as if they had just arrived. Which of the two is told by the
 * first packets when nobody says so.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "lymph/past.h"
#include "wire/meter.h"
#include "wire/packet.h"

#define ACTIVE   (60 * MSEC_SECOND) /* as routers should be set */
#define INACTIVE (15 * MSEC_SECOND)
#define FLOWS    (256u << 10) /* in the meter at a time */
#define LOOK     16           /* packets looked at to tell exports from traffic */
#define STRIDE   65536

struct capture {
	struct past *p;
	struct past_in *in;
	const struct past_opts *o;
	struct past_file *ret;
	struct meter *meter; /* NULL: exports */
	enum packet_link link;
	msec now;
};

static ssize_t
cookie_read(void *arg, char *buf, size_t n)
{
	ssize_t r = past_take(arg, buf, n);
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* libpcap wants a FILE; through this one it reads gzip too. */
static pcap_t *
open_capture(struct past_in *in, char *err)
{
	FILE *f = fopencookie(in, "r", (cookie_io_functions_t){ .read = cookie_read });
	if (!f) {
		strcpy(err, "out of memory");
		return NULL;
	}
	setvbuf(f, NULL, _IOFBF, 256 << 10);
	pcap_t *c = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_MICRO, err);
	if (!c)
		fclose(f);
	return c;
}

static int
link_of(int dlt, enum packet_link *ret)
{
	static const struct {
		int dlt;
		enum packet_link link;
	} links[] = { { DLT_EN10MB, LINK_ETHERNET }, { DLT_RAW, LINK_IP }, { DLT_IPV4, LINK_IP },
		{ DLT_IPV6, LINK_IP }, { 14, LINK_IP }, { 101, LINK_IP },
		{ DLT_LINUX_SLL, LINK_SLL }, { DLT_LINUX_SLL2, LINK_SLL2 }, { DLT_NULL, LINK_NULL },
		{ DLT_LOOP, LINK_NULL } };
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].dlt == dlt) {
			*ret = links[i].link;
			return 0;
		}
	return -ENOTSUP;
}

/* From the meter or the decoder to the rest. */
static void
out(void *arg, const struct flow *f, size_t n)
{
	struct capture *c = arg;
	struct flow copy[FLOW_BATCH];
	for (size_t i = 0; i < n; i++) {
		copy[i] = f[i];
		if (!copy[i].sampling)
			copy[i].sampling = c->o->sampling;
		if (!c->ret->first || f[i].first < c->ret->first)
			c->ret->first = f[i].first;
		if (f[i].last > c->ret->last)
			c->ret->last = f[i].last;
	}
	c->ret->flows += n;
	past_flow(c->p, copy, n);
}

static void
traffic(struct capture *c, const struct pcap_pkthdr *h, const uint8_t *p)
{
	struct flow f = { .sampling = 1, .in_if = c->o->behind ? 1 : 0, .exporter = PAST_DATA };
	int r = packet_parse(c->link, p, h->caplen, h->len, &f);
	f.first = f.last = c->now;
	if (r == 0)
		meter_packet(c->meter, &f);
	else if (r == -ENOENT)
		c->ret->passed++;
	else
		past_refused(c->in, c->ret, "packet ", c->ret->units,
		    "cut off or broken before its addresses");
}

static void
export_packet(struct capture *c, const struct pcap_pkthdr *h, const uint8_t *p)
{
	struct flow f = { 0 };
	size_t n;
	const char *rule = "not understood";
	const uint8_t *payload = packet_udp(c->link, p, h->caplen, &f, &n);
	if (!payload) {
		c->ret->passed++;
		return;
	}
	int e = past_exporter(c->p, &f.src, f.sport);
	if (e < 0) {
		past_refused(c->in, c->ret, "packet ", c->ret->units,
		    "from no exporter of the configuration");
		return;
	}
	if (flowdec_datagram(
		past_decoder(c->p), (uint16_t)e, f.sport, payload, n, c->now, out, c, &rule) < 0)
		past_refused(c->in, c->ret, "packet ", c->ret->units, rule);
}

/* NetFlow v5 and v9, IPFIX, sFlow v5 by their first words; each says how much follows. */
static bool
looks_exported(const uint8_t *p, size_t n)
{
	if (n < 16)
		return false;
	unsigned version = p[0] << 8 | p[1], count = p[2] << 8 | p[3];
	if (version == 5)
		return count >= 1 && count <= 30 && n == 24 + 48 * count;
	if (version == 9)
		return n >= 24 && count >= 1 && (p[20] || p[21] <= 1);
	if (version == 10)
		return count == n;
	return n >= 28 && version == 0 && count == 5 && p[4] == 0 && p[5] == 0 && p[6] == 0 &&
	       (p[7] == 1 || p[7] == 2);
}

struct kept {
	struct pcap_pkthdr h;
	uint8_t *p;
};

/* Every UDP packet of the first few an export, and nothing else with them. */
static bool
all_exports(const struct capture *c, const struct kept *k, size_t n)
{
	size_t udp = 0;
	for (size_t i = 0; i < n; i++) {
		struct flow f = { 0 };
		size_t len;
		if (packet_parse(c->link, k[i].p, k[i].h.caplen, k[i].h.len, &f) == -ENOENT)
			continue; /* ARP and the like stand in every capture */
		const uint8_t *payload = packet_udp(c->link, k[i].p, k[i].h.caplen, &f, &len);
		if (!payload || !looks_exported(payload, len))
			return false;
		udp++;
	}
	return udp > 0;
}

static void
one(struct capture *c, const struct pcap_pkthdr *h, const uint8_t *p)
{
	msec when = (msec)h->ts.tv_sec * 1000 + h->ts.tv_usec / 1000;
	if (when > c->now)
		c->now = when;
	c->ret->units++;
	if (c->meter)
		traffic(c, h, p);
	else
		export_packet(c, h, p);
	if (c->ret->units % STRIDE == 0)
		past_progress(c->p, c->in, c->ret);
}

static int
packets(struct capture *c, pcap_t *from)
{
	struct kept k[LOOK] = { 0 };
	struct pcap_pkthdr *h;
	const uint8_t *p;
	size_t n = 0;
	int r = 1;
	while (n < LOOK && (r = pcap_next_ex(from, &h, &p)) == 1) {
		k[n].h = *h;
		k[n].p = malloc(h->caplen ? h->caplen : 1);
		if (!k[n].p)
			break;
		memcpy(k[n++].p, p, h->caplen);
	}
	bool exports = c->o->exports || all_exports(c, k, n);
	c->ret->kind = exports ? "capture of exports" : "capture";
	if (!exports)
		c->meter = meter_new(ACTIVE, INACTIVE, c->o->sample, 1, FLOWS, out, c);
	bool ready = exports || c->meter;
	for (size_t i = 0; i < n; i++) {
		if (ready)
			one(c, &k[i].h, k[i].p);
		free(k[i].p);
	}
	while (ready && r == 1 && (r = pcap_next_ex(from, &h, &p)) == 1)
		one(c, h, p);
	if (c->meter)
		meter_flush(c->meter);
	meter_free(c->meter);
	return !ready ? -ENOMEM : r == PCAP_ERROR ? -EBADMSG : 0;
}

int
past_pcap(struct past *p, struct past_in *in, const struct past_opts *o, struct past_file *ret)
{
	struct capture c = { .p = p, .in = in, .o = o, .ret = ret };
	char err[PCAP_ERRBUF_SIZE] = "", shown[PCAP_ERRBUF_SIZE + 64];
	ret->kind = "capture";
	pcap_t *from = open_capture(in, err);
	if (!from) {
		fprintf(stderr, "lymph: %s: %s\n", in->name,
		    escape_tty(err, strlen(err), shown, sizeof(shown)));
		return -EBADMSG;
	}
	int dlt = pcap_datalink(from), r = link_of(dlt, &c.link);
	if (r < 0) {
		const char *name = pcap_datalink_val_to_name(dlt);
		fprintf(stderr, "lymph: %s: packets of link type %s (%d), which is not read\n",
		    in->name, name ? name : "unknown", dlt);
		r = -EBADMSG;
	} else if ((r = packets(&c, from)) == -EBADMSG) {
		const char *why = pcap_geterr(from);
		fprintf(stderr, "lymph: %s:packet %llu: %s; what came before was read\n", in->name,
		    (unsigned long long)ret->units + 1,
		    escape_tty(why, strlen(why), shown, sizeof(shown)));
	}
	pcap_close(from);
	return r;
}
