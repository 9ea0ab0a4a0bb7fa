/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IANA's bootstrap files (RFC 9224 4, 5.1, 5.2): which server answers for which prefix. A file is
 * read whole or not at all. Must never name a server whose URL is not one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lpm.h"
#include "wire/json.h"
#include "wire/rdap.h"

#define DEPTH  8
#define VALUES 40000 /* more than of one answer: the rows are many and short */

struct boot_row {
	struct lpm_node lpm;
	uint8_t server;
};

struct rdap_boot {
	struct lpm rows;
	char (*server)[URL_TEXT];
	unsigned servers;
};

static int
refuse(char rule[RDAP_RULE], const char *text)
{
	snprintf(rule, RDAP_RULE, "%s", text);
	return -EBADMSG;
}

struct rdap_boot *
rdap_boot_new(void)
{
	struct rdap_boot *b = calloc(1, sizeof(*b));
	if (b && !(b->server = calloc(RDAP_SERVERS, sizeof(*b->server)))) {
		free(b);
		return NULL;
	}
	if (b)
		lpm_init(&b->rows);
	return b;
}

void
rdap_boot_free(struct rdap_boot *b)
{
	struct lpm_node *n;
	if (!b)
		return;
	while ((n = lpm_first(&b->rows))) {
		lpm_del(&b->rows, n);
		free(LPM_ENTRY(n, struct boot_row, lpm));
	}
	free(b->server);
	free(b);
}

/* Of the URLs of a service: the first over TLS, or the first at all (RFC 9224 3), with its
 * slash. */
static bool
url_pick(const json_t *urls, char ret[URL_TEXT])
{
	size_t i;
	const json_t *v;
	bool have = false;
	json_array_foreach(urls, i, v)
	{
		const char *s = json_string_value(v);
		struct url u;
		if (!s || url_split(s, &u) < 0 || strchr(s, '?') || strlen(s) + 2 > URL_TEXT || (have && !u.tls))
			continue;
		snprintf(ret, URL_TEXT, "%s%s", s, s[strlen(s) - 1] == '/' ? "" : "/");
		if (u.tls)
			return true;
		have = true;
	}
	return have;
}

static int
server_no(struct rdap_boot *b, const char *url)
{
	unsigned i = 0;
	while (i < b->servers && strcmp(b->server[i], url) != 0)
		i++;
	if (i == RDAP_SERVERS)
		return -E2BIG;
	if (i == b->servers)
		memcpy(b->server[b->servers++], url, strlen(url) + 1);
	return (int)i;
}

static int
row_put(struct rdap_boot *b, const struct prefix *p, unsigned server)
{
	struct boot_row *row = calloc(1, sizeof(*row));
	if (!row)
		return -ENOMEM;
	row->lpm.prefix = *p;
	row->server = (uint8_t)server;
	struct lpm_node *old = lpm_add(&b->rows, &row->lpm);
	if (old) {
		LPM_ENTRY(old, struct boot_row, lpm)->server = (uint8_t)server;
		free(row);
	}
	return b->rows.tree.count > RDAP_BOOT_ROWS ? -E2BIG : 0;
}

/* A service: [[prefix ...], [url ...]]. One without a URL that we can use is left out. */
static int
service_read(struct rdap_boot *b, const json_t *service, char rule[RDAP_RULE])
{
	const json_t *entries = json_array_get(service, 0), *v;
	char url[URL_TEXT];
	size_t i;
	if (json_array_size(service) != 2 || !json_is_array(entries) || !json_is_array(json_array_get(service, 1)))
		return refuse(rule, "RFC 9224 3: a service is [[entry ...], [URL ...]]");
	if (!url_pick(json_array_get(service, 1), url))
		return 0;
	int server = server_no(b, url);
	if (server < 0)
		return refuse(rule, "lymph: at most 64 servers");
	json_array_foreach(entries, i, v)
	{
		const char *s = json_string_value(v);
		struct prefix p;
		if (!s || prefix_parse(s, strlen(s), &p) < 0)
			return refuse(rule, "RFC 9224 5: an entry is a prefix, as 192.0.2.0/24 or 2001:db8::/32");
		int r = row_put(b, &p, (unsigned)server);
		if (r < 0)
			return r == -E2BIG ? refuse(rule, "lymph: at most 8,192 entries") : r;
	}
	return 0;
}

static int
all_read(struct rdap_boot *b, const json_t *doc, char rule[RDAP_RULE])
{
	const json_t *services = json_object_get(doc, "services"), *s;
	const char *version = json_string_value(json_object_get(doc, "version"));
	size_t i;
	if (!version || strncmp(version, "1.", 2) != 0 || !json_is_array(services))
		return refuse(rule, "RFC 9224 4: an object with version 1.0 and services");
	json_array_foreach(services, i, s)
	{
		int r = service_read(b, s, rule);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What was there. */
static int
copy(struct rdap_boot *to, const struct rdap_boot *from)
{
	memcpy(to->server, from->server, RDAP_SERVERS * sizeof(*to->server));
	to->servers = from->servers;
	for (struct lpm_node *n = lpm_first(&from->rows); n; n = lpm_next(&from->rows, n)) {
		int r = row_put(to, &n->prefix, LPM_ENTRY(n, struct boot_row, lpm)->server);
		if (r < 0)
			return r;
	}
	return 0;
}

int
rdap_boot_read(struct rdap_boot *b, const void *p, size_t n, char rule[RDAP_RULE])
{
	struct json_why why = { 0, NULL };
	json_t *doc = NULL;
	if (n > RDAP_BOOT_BYTES)
		return refuse(rule, "lymph: a bootstrap file of at most 4 MiB");
	if (json_read(p, n, DEPTH, VALUES, &doc, &why) < 0)
		return refuse(rule, why.rule ? why.rule : "RFC 8259: a JSON text");
	struct rdap_boot *next = rdap_boot_new();
	int r = next ? copy(next, b) : -ENOMEM;
	if (r == 0)
		r = all_read(next, doc, rule);
	json_decref(doc);
	if (r == 0) {
		struct rdap_boot old = *b;
		*b = *next;
		*next = old;
	}
	rdap_boot_free(next);
	return r;
}

const char *
rdap_boot_find(const struct rdap_boot *b, const struct addr *a)
{
	const struct lpm_node *n = lpm_find(&b->rows, a);
	return n ? b->server[LPM_ENTRY(n, struct boot_row, lpm)->server] : NULL;
}

size_t
rdap_boot_rows(const struct rdap_boot *b)
{
	return b->rows.tree.count;
}
