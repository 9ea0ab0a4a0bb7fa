/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow_dump [-s] [-r] FILE...: export datagrams of captures, or the messages of IPFIX files, through the
 * decoder; a JSON line a flow, and with -s a line of what is known of each exporter. -r prints for each
 * packet of a capture what packet_parse makes of it. For the tests against tshark and nfdump.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "wire/flowdec.h"
#include "wire/packet.h"

static struct sights *sights;
static struct flowdec *dec;

static void
print_one(const struct flow *f)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	printf("{\"src\":\"%s\",\"dst\":\"%s\",\"proto\":%u,\"sport\":%u,\"dport\":%u,\"flags\":%d,\"packets\":%" PRIu64
	    ",\"bytes\":%" PRIu64 ",\"in\":%u,\"out\":%u,\"sampling\":%u,\"first\":%" PRId64 ",\"last\":%" PRId64
	    ",\"dir\":%d,\"fragment\":%d,\"times\":%d,\"answered\":%d}\n",
	    addr_print(&f->src, src), addr_print(&f->dst, dst), f->proto, f->sport, f->dport,
	    f->bits & FLOW_FLAGS ? f->tcp_flags : -1, f->packets, f->bytes, f->in_if, f->out_if, f->sampling,
	    f->first, f->last, f->bits & FLOW_DIR ? (f->bits & FLOW_EGRESS) != 0 : -1,
	    (f->bits & FLOW_FRAGMENT) != 0, (f->bits & FLOW_TIMES) != 0, (f->bits & FLOW_ANSWERED) != 0);
}

static void
print(void *arg, const struct flow *f, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		print_one(&f[i]);
}

static uint16_t
exporter_of(const struct addr *a, uint16_t port)
{
	struct exporter_row row = { .addr = *a };
	int r = sights_who(sights, a, port);
	if (r >= 0)
		return (uint16_t)r;
	char text[ADDR_TEXT];
	snprintf(row.name, sizeof(row.name), "%.31s", addr_print(a, text));
	r = sights_exporter(sights, &row);
	if (r < 0)
		exit(2);
	return (uint16_t)r;
}

static void
give(const struct addr *a, uint16_t port, const uint8_t *p, size_t n, msec now)
{
	const char *rule = NULL;
	if (flowdec_datagram(dec, exporter_of(a, port), port, p, n, now, print, NULL, &rule) < 0)
		fprintf(stderr, "refused: %s\n", rule);
}

/* The time its own header gives: all is as if it arrived when it was sent. */
static msec
header_time(const uint8_t *p, size_t n, msec else_when)
{
	struct reader r = reader_of(p, n);
	unsigned version = r16(&r);
	if (version == 0 || version > 10)
		return else_when;
	r16(&r);
	if (version != 10)
		r32(&r);
	uint32_t secs = r32(&r), ns = version == 5 ? r32(&r) : 0;
	return r.bad ? else_when : (msec)secs * 1000 + ns / 1000000;
}

static uint32_t
le32(const uint8_t *p, bool swap)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return swap ? __builtin_bswap32(v) : v;
}

static int
pcap(const uint8_t *p, size_t n, bool raw)
{
	uint32_t magic = le32(p, false);
	bool swap = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
	bool nanos = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
	uint32_t link = le32(p + 20, swap);
	enum packet_link kind = link == 1 ? LINK_ETHERNET : link == 113 ? LINK_SLL : link == 276 ? LINK_SLL2 :
	    link == 0 || link == 108 ? LINK_NULL : LINK_IP;
	for (size_t at = 24; n - at >= 16;) {
		uint32_t len = le32(p + at + 8, swap), wire = le32(p + at + 12, swap);
		msec when = (msec)le32(p + at, swap) * 1000 + le32(p + at + 4, swap) / (nanos ? 1000000 : 1000);
		struct flow f = { .first = when, .last = when };
		size_t udp = 0;
		at += 16;
		if (len > n - at)
			return -EBADMSG;
		if (raw) {
			int r = packet_parse(kind, p + at, len, wire, &f);
			if (r == 0)
				print_one(&f);
			else
				printf("{\"none\":\"%s\"}\n", r == -ENOENT ? "not IP" : "cut off");
		} else {
			const uint8_t *d = packet_udp(kind, p + at, len, &f, &udp);
			if (d)
				give(&f.src, f.sport, d, udp, header_time(d, udp, when));
		}
		at += len;
	}
	return 0;
}

static int
ipfix(const uint8_t *p, size_t n)
{
	const struct addr me = { .fam = 4, .b = { 127, 0, 0, 1 } };
	while (n > 0) {
		int len = flowdec_ipfix_len(p, n);
		if (len <= 0 || (size_t)len > n)
			return -EBADMSG;
		give(&me, 0, p, (size_t)len, header_time(p, (size_t)len, 0));
		p += len;
		n -= (size_t)len;
	}
	return 0;
}

static int
file(const char *path, bool raw)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	long n = -1;
	if (f && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 24) {
		rewind(f);
		p = malloc((size_t)n);
		if (p && fread(p, 1, (size_t)n, f) != (size_t)n)
			n = -1;
	}
	if (f)
		fclose(f);
	int r = n < 24 || !p ? -EBADMSG : p[0] == 0 && p[1] == 10 ? ipfix(p, (size_t)n) : pcap(p, (size_t)n, raw);
	free(p);
	if (r < 0)
		fprintf(stderr, "%s: no capture, no IPFIX, or cut off\n", path);
	return r;
}

static void
print_stats(void)
{
	struct exporter_stats s;
	for (uint16_t i = 0; i < EXPORTERS; i++)
		if (flowdec_stats(dec, i, &s))
			printf("{\"exporter\":\"%s\",\"format\":\"%s\",\"sampling\":%u,\"by\":%u,\"varies\":%d,\"templates\":%u,"
			    "\"streams\":%u,\"datagrams\":%" PRIu64 ",\"records\":%" PRIu64 ",\"flows\":%" PRIu64
			    ",\"bad\":%" PRIu64 ",\"no_template\":%" PRIu64 ",\"held\":%" PRIu64 ",\"lost\":%" PRIu64
			    ",\"expected\":%" PRIu64 ",\"restarts\":%" PRIu64 ",\"late\":%" PRIu64 ",\"skew\":%" PRId64 "}\n",
			    sights->exporter[i].name, flow_format_name(s.format), s.sampling, s.sampling_by,
			    s.sampling_varies, s.templates, s.streams, s.datagrams, s.records, s.flows, s.bad,
			    s.no_template, s.held, s.lost_all, s.expected, s.restarts, s.late, s.skew);
}

int
main(int argc, char **argv)
{
	bool stats = false, raw = false;
	int r = 0;
	sights = sights_new();
	dec = sights ? flowdec_new(sights) : NULL;
	if (!dec)
		return 2;
	for (int i = 1; i < argc && r == 0; i++)
		if (strcmp(argv[i], "-s") == 0)
			stats = true;
		else if (strcmp(argv[i], "-r") == 0)
			raw = true;
		else
			r = file(argv[i], raw);
	if (stats)
		print_stats();
	flowdec_free(dec);
	sights_free(sights);
	return r < 0;
}
