/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from registries and resolvers. Input: which decoder, then its bytes. An answer that is taken
 * holds a range, an address mail can be sent to or none, and no controls; a bootstrap only URLs that are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"
#include "lymphd/feed_file.h"
#include "wire/dns.h"
#include "wire/json.h"
#include "wire/rdap.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
net_sane(const struct rdap_net *r)
{
	struct url u;
	must(range_ok(&r->first, &r->last));
	must(r->from == RDAP_NOBODY ? !r->mail[0] : rdap_mail_ok(r->mail, strlen(r->mail)));
	must(!r->related[0] || url_split(r->related, &u) == 0);
	for (const char *s = r->name; *s; s++)
		must((uint8_t)*s >= ' ' && *s != 127);
}

static void
try_boot(const void *in, size_t n)
{
	char rule[RDAP_RULE];
	struct rdap_boot *b = rdap_boot_new();
	struct addr a = { 4, { 11, 1, 2, 3 } };
	struct url u;
	must(b != NULL);
	if (rdap_boot_read(b, in, n, rule) == 0 && rdap_boot_find(b, &a))
		must(url_split(rdap_boot_find(b, &a), &u) == 0);
	rdap_boot_free(b);
}

static void
try_dns(const void *in, size_t n)
{
	struct addr v[4];
	size_t got = 0;
	uint32_t ttl;
	for (int type = 0; type < 2; type++)
		if (dns_told(in, n, 7, "rdap.example", type ? DNS_AAAA : DNS_A, v, 4, &got, &ttl) == 0)
			must(got >= 1 && got <= 4 && v[0].fam == (type ? 6 : 4));
}

static void
try_url(const char *in, size_t n)
{
	struct url u;
	char *s = malloc(n + 1);
	memcpy(s, in, n);
	s[n] = '\0';
	if (url_split(s, &u) == 0)
		must(u.host[0] && u.port && u.path <= n && (u.addr.fam || url_host_ok(u.host, strlen(u.host))));
	free(s);
}

static int
begin(const void *line, size_t n)
{
	return n > 100000 || !line;
}

static void
end(void)
{
}

static void
try_file(const char *in, size_t n)
{
	struct addr a = { 4, { 32, 0, 1, 3 } };
	struct rdap_net r;
	uint64_t bad;
	struct feed_file_table *t = feed_file_read(in, n, &bad, begin, end);
	if (feed_file_find(t, &a, &r)) {
		net_sane(&r);
		must(range_has(&r.first, &r.last, &a));
	}
	feed_file_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rdap_net r;
	char rule[RDAP_RULE];
	if (n < 1)
		return 0;
	uint8_t what = *p;
	json_object_seed(1);
	void *in = malloc(n > 1 ? n - 1 : 1); /* exactly: an over-read is seen */
	memcpy(in, p + 1, n - 1);
	switch (what % 5) {
	case 0:
		if (rdap_read(in, n - 1, &r, rule) == 0)
			net_sane(&r);
		break;
	case 1: try_boot(in, n - 1); break;
	case 2: try_dns(in, n - 1); break;
	case 3: try_url(in, n - 1); break;
	default: try_file(in, n - 1);
	}
	free(in);
	return 0;
}
