/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as a XARF document: as it came, if it came as one; else made of what the judge knows. And what
 * stands in the place of a name. It must never let a name through that has a pseudonym.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/msec.h"
#include "lymph/export.h"
#include "model/class.h"
#include "wire/xarf.h"

static void
hash(const struct export *x, const char *kind, const void *p, size_t n, uint8_t ret[16])
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, x->key, sizeof(x->key), 16);
	crypto_generichash_update(&h, (const uint8_t *)kind, strlen(kind) + 1);
	crypto_generichash_update(&h, p, n);
	crypto_generichash_final(&h, ret, 16);
}

struct addr
export_alias_addr(const struct export *x, const struct addr *a)
{
	static const uint8_t head[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct addr r = { .fam = 6 };
	uint8_t in[17] = { a->fam };
	memcpy(in + 1, a->b, sizeof(a->b));
	hash(x, "address", in, sizeof(in), r.b);
	memcpy(r.b, head, sizeof(head));
	return r;
}

char *
export_alias(const struct export *x, const char *kind, const char *text, char buf[EXPORT_ALIAS])
{
	uint8_t h[16];
	hash(x, kind, text, strlen(text), h);
	return sodium_bin2hex(buf, EXPORT_ALIAS, h, sizeof(h));
}

/* The body as it came, malloc'ed; NULL: it is gone. */
static uint8_t *
body_of(const json_t *report, size_t *n)
{
	const json_t *v = json_object_get(report, "body");
	size_t len = json_string_length(v);
	uint8_t *p = json_is_string(v) ? malloc(len + 1) : NULL;
	if (!p || sodium_base642bin(p, len + 1, json_string_value(v), len, NULL, n, NULL,
		      sodium_base64_VARIANT_ORIGINAL) != 0) {
		free(p);
		return NULL;
	}
	return p;
}

/* Made anew. body: put in as evidence; NULL: none. */
static char *
build(const struct export *x, const json_t *report, const uint8_t *body, size_t body_n)
{
	char org[80], contact[160], domain[100], alias[EXPORT_ALIAS];
	const char *who = export_text(report, "reporter"), *cls = export_text(report, "class");
	struct xarf_item item = { "text/plain", "the report as it came", body, body_n };
	struct xarf_why why;
	size_t n;
	struct xarf_new d = { .timestamp = export_number(report, "event_ms"),
		.cls = class_by_name(cls, strlen(cls)),
		.source_port = (uint16_t)export_number(report, "port"),
		.port_unnamed = true,
		.description = "Exported by lymph.",
		.items = &item,
		.item_count = body ? 1 : 0,
		.count = (uint32_t)export_number(report, "count"),
		.handshake = -1 };
	const char *subject = export_text(report, "subject"), *id = export_text(report, "report_id");
	if (addr_parse(subject, strlen(subject), &d.subject) < 0 || uuid_parse(id, strlen(id), d.id) < 0)
		return NULL;
	d.service_port = d.source_port;
	d.first_seen = d.last_seen = d.timestamp;
	/* A name for whoever has none; a stranger's own words stay in the evidence. */
	export_alias(x, "reporter", who, alias);
	snprintf(org, sizeof(org), "%s%.16s", *who ? "reporter " : "unsigned ", x->pseudonyms || !*who ? alias : who);
	snprintf(domain, sizeof(domain), "reporter-%.16s.invalid", alias);
	snprintf(contact, sizeof(contact), "nobody@%s", domain);
	if (x->pseudonyms) {
		uint8_t raw[16];
		hash(x, "report", d.id, sizeof(d.id), raw);
		memcpy(d.id, raw, sizeof(d.id));
		uuid_v4(d.id);
		d.subject = export_alias_addr(x, &d.subject);
		d.description = "Exported by lymph; addresses and names are pseudonyms.";
	}
	d.org = org;
	d.contact = contact;
	d.domain = domain;
	return xarf_build(&d, &n, &why);
}

/* On one line, and nothing of it our own. */
static char *
compact(const char *s)
{
	json_t *o = json_loads(s, 0, NULL);
	char *line = o ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(o);
	return line;
}

char *
export_document(const struct export *x, const json_t *page, const json_t *report, bool *bare)
{
	struct xarf *doc;
	struct xarf_why why;
	size_t n = 0, len;
	char *text = NULL;
	uint8_t *body = x->pseudonyms ? NULL : body_of(report, &n);
	(void)page;
	*bare = !body && !x->pseudonyms;
	if (body && xarf_parse(body, n, &doc, &why) == 0) {
		text = xarf_print(doc, &len);
		xarf_free(doc);
	} else {
		text = build(x, report, body, n);
	}
	free(body);
	char *line = text ? compact(text) : NULL;
	free(text);
	return line;
}
