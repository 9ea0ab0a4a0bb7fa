/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EVE lines for the bench: `make N OURS` prints N of them as a sensor of an access network writes them
 * (mostly flows, DNS, TLS and HTTP, one in ten an alert), one in OURS about an own address; `read FILE RUNS`
 * reads them from memory to claims, gathered, and says for each run: lines, claims' lines, seconds of CPU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/eve.h"
#include "wire/gather.h"

static uint64_t seed = 7, claimed;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void
line(unsigned i, unsigned ours)
{
	static const char *const tails[] = {
		"\"event_type\":\"flow\",%s,\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":12,\"pkts_toclient\":14,\"bytes_toserver\":1904,"
		"\"bytes_toclient\":8211,\"start\":\"2026-11-22T10:00:00.000000+0000\",\"end\":\"2026-11-22T10:00:09.000000+0000\",\"age\":9,"
		"\"state\":\"closed\",\"reason\":\"timeout\",\"alerted\":false},\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\","
		"\"tcp_flags_tc\":\"1b\",\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"state\":\"closed\"}}",
		"\"event_type\":\"dns\",%s,\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":4242,\"flags\":\"8180\",\"qr\":true,\"rd\":true,"
		"\"ra\":true,\"rrname\":\"www.example.com\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"www.example.com\","
		"\"rrtype\":\"A\",\"ttl\":3600,\"rdata\":\"203.0.113.80\"}],\"grouped\":{\"A\":[\"203.0.113.80\"]}}}",
		"\"event_type\":\"tls\",%s,\"tls\":{\"subject\":\"CN=www.example.com\",\"issuerdn\":\"C=XX, O=Example, CN=CA\","
		"\"serial\":\"03:AA:BB\",\"fingerprint\":\"00:11:22:33:44:55:66:77:88:99\",\"sni\":\"www.example.com\",\"version\":\"TLS 1.2\","
		"\"notbefore\":\"2026-01-01T00:00:00\",\"notafter\":\"2027-01-01T00:00:00\"}}",
		"\"event_type\":\"http\",%s,\"tx_id\":0,\"http\":{\"hostname\":\"www.example.com\",\"url\":\"/shop/item/4711?ref=1\","
		"\"http_user_agent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\",\"http_content_type\":"
		"\"text/html\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":31337}}",
	};
	static const char alert[] =
		"\"event_type\":\"alert\",%s,\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":2001219,\"rev\":20,\"signature\":"
		"\"ET SCAN Potential SSH Scan OUTBOUND\",\"category\":\"Attempted Information Leak\",\"severity\":2,\"metadata\":{"
		"\"confidence\":[\"Medium\"],\"created_at\":[\"2010_07_30\"],\"signature_severity\":[\"Informational_\"],\"updated_at\":"
		"[\"2019_07_26\"]}},\"app_proto\":\"ssh\",\"direction\":\"to_server\",\"flow\":{\"pkts_toserver\":9,\"pkts_toclient\":7,"
		"\"bytes_toserver\":1411,\"bytes_toclient\":1902,\"start\":\"2026-11-22T10:00:00.000000+0000\",\"src_ip\":\"%s\"},"
		"\"payload_printable\":\"SSH-2.0-Go\\r\\n................................................................\",\"stream\":1}";
	char ends[256], src[32], text[4096];
	bool own = i % ours == 0;
	snprintf(src, sizeof(src), own ? "192.0.2.%u" : "198.51.100.%u", rnd(256));
	snprintf(ends, sizeof(ends), "\"src_ip\":\"%s\",\"src_port\":%u,\"dest_ip\":\"203.0.113.%u\",\"dest_port\":%u,\"proto\":\"TCP\"", src,
	    1024 + rnd(60000), rnd(256), rnd(2) ? 443u : 22u);
	if (i / ours % 10 == 0)
		snprintf(text, sizeof(text), alert, ends, src);
	else
		snprintf(text, sizeof(text), tails[rnd(4)], ends);
	printf("{\"timestamp\":\"2026-11-22T10:%02u:%02u.%06u+0000\",\"flow_id\":%u%09u,\"in_iface\":\"eth0\",%s\n", i / 60 % 60, i % 60,
	    rnd(1000000), 1 + rnd(9), rnd(1000000000), text);
}

static bool
is_ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->fam == 4 && a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 2;
}

static int
on_claim(const struct claim *c, void *arg)
{
	(void)arg;
	claimed += c->count;
	return 0;
}

static int
read_all(const char *path, unsigned runs)
{
	static char *buf;
	FILE *f = fopen(path, "r");
	if (!f || fseek(f, 0, SEEK_END) < 0)
		return 1;
	size_t n = (size_t)ftell(f);
	rewind(f);
	buf = malloc(n + 1);
	if (!buf || fread(buf, 1, n, f) != n)
		return 1;
	fclose(f);
	for (; runs > 0; runs--) {
		const struct eve_terms t = { .ours = is_ours, .ref = { .now = INT64_C(1795348800000) } };
		struct gather *g = gather_new();
		struct claim c;
		struct timespec a, b;
		uint64_t lines = 0;
		claimed = 0;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		for (char *p = buf, *end; p < buf + n; p = end + 1, lines++) {
			end = memchr(p, '\n', (size_t)(buf + n - p));
			if (!end)
				break;
			if (eve_line(&t, p, (size_t)(end - p), &c, NULL) == EVE_ACCUSES)
				gather_add(g, &c, on_claim, NULL);
		}
		gather_flush(g, on_claim, NULL);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		gather_free(g);
		printf("%llu %llu %.6f\n", (unsigned long long)lines, (unsigned long long)claimed,
		    (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "make") == 0) {
		unsigned n = (unsigned)atoi(argv[2]), ours = (unsigned)atoi(argv[3]);
		for (unsigned i = 0; i < n && ours; i++)
			line(i, ours);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "read") == 0)
		return read_all(argv[2], (unsigned)atoi(argv[3]));
	fputs("usage: eve_load make N OURS | read FILE RUNS\n", stderr);
	return 2;
}
