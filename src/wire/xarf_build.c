/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building reports, see xarf.h. Strict: every field the type's schema wants is there, evidence is
 * hashed and measured, and what was built is read back by xarf_parse before it leaves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "wire/xarf_doc.h"

#define SPEC_VERSION "4.2.0"

/* Words the schemas want and a class settles by itself. */
static const struct fill {
	enum class_id cls;
	const char *key, *value;
	const char *tag;
} fills[] = {
	{ CLASS_OPEN_PROXY, "service", "open-proxy", NULL },
	{ CLASS_OPEN_RESOLVER, "service", "open-resolver", "amplifier:dns" },
	{ CLASS_AMPLIFIER, "service", "amplifier", NULL },
	{ CLASS_SCANNER, "protocol", "tcp", NULL },
	{ CLASS_DDOS_SOURCE, "protocol", "udp", NULL },
	{ CLASS_BOT, "compromise_evidence", "see evidence", NULL },
	{ CLASS_C2_CONTACT, "compromise_evidence", "see evidence", NULL },
	{ CLASS_C2_CONTACT, "service", "c2-contact", NULL },
	{ CLASS_SPAM_SOURCE, "protocol", "other", NULL },
	{ CLASS_LOGIN_ATTACKER, "protocol", "tcp", NULL },
	{ CLASS_EXPOSED_SERVICE, "service", "exposed-service", NULL },
	{ CLASS_C2_SERVER, "compromise_method", "c2-server", "botnet:command-and-control" },
	{ CLASS_KNOWN_DEFECTIVE, "service", "known-defective", NULL },
	{ CLASS_SPOOFED_SOURCE, "protocol", "udp", NULL },
};

/* The schemas' words for an IP protocol; others are left to what is usual for the class. */
static const struct {
	uint8_t proto;
	const char *name;
} protos[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 58, "icmp" }, { 132, "sctp" } };

/* Takes v; remembers in *bad the first member that could not be made. */
static void
put(json_t *o, const char *name, json_t *v, const char **bad)
{
	if (json_object_set_new(o, name, v) != 0 && !*bad)
		*bad = name;
}

static void
put_time(json_t *o, const char *name, msec t, const char **bad)
{
	char buf[MSEC_TEXT];
	put(o, name, json_string(msec_print(t, buf)), bad);
}

static json_t *
party_of(const struct xarf_new *x)
{
	return json_pack("{s:s, s:s, s:s}", "org", x->org, "contact", x->contact, "domain", x->domain);
}

static json_t *
item_of(const struct xarf_item *item)
{
	uint8_t h[crypto_hash_sha256_BYTES];
	char hash[8 + 2 * sizeof(h)] = "sha256:";
	size_t room = sodium_base64_ENCODED_LEN(item->n, sodium_base64_VARIANT_ORIGINAL);
	char *b64 = malloc(room);
	if (!b64)
		return NULL;
	sodium_bin2base64(b64, room, item->payload, item->n, sodium_base64_VARIANT_ORIGINAL);
	crypto_hash_sha256(h, item->payload, item->n);
	sodium_bin2hex(hash + 7, sizeof(hash) - 7, h, sizeof(h));
	json_t *o = json_pack("{s:s, s:s, s:s, s:I}", "content_type", item->content_type, "payload", b64,
	    "hash", hash, "size", (json_int_t)item->n);
	free(b64);
	if (o && item->description &&
	    json_object_set_new(o, "description", json_string(item->description)) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
extension_of(const struct xarf_new *x, const char **bad)
{
	json_t *o = json_object();
	if (x->aud)
		put(o, "aud", json_string(x->aud), bad);
	if (x->reply_to)
		put(o, "reply_to", json_string(x->reply_to), bad);
	put(o, "handshake", x->handshake < 0 ? json_null() : json_boolean(x->handshake), bad);
	put(o, "count", json_integer(x->count ? x->count : 1), bad);
	if (x->zone_assumed)
		put(o, "zone_assumed", json_true(), bad);
	return o;
}

static void
put_fills(json_t *o, enum class_id cls, const char **bad)
{
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		if (fills[i].cls != cls)
			continue;
		put(o, fills[i].key, json_string(fills[i].value), bad);
		if (fills[i].tag)
			put(o, "tags", json_pack("[s]", fills[i].tag), bad);
	}
}

/* What was said about the protocol, where the type's schema has a word for it. */
static void
put_proto(json_t *o, const struct xarf_new *x, const struct xarf_type *type, const char **bad)
{
	for (const struct xarf_need *need = type->need; need < type->need + XARF_NEEDS && need->name; need++)
		for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
			if (strcmp(need->name, "protocol") == 0 && protos[i].proto == x->proto &&
			    xarf_word_in(protos[i].name, need->words))
				put(o, "protocol", json_string(protos[i].name), bad);
}

static json_t *
document(const struct xarf_new *x, const struct xarf_type *type, const char **bad)
{
	const struct class_row *row = class_row(x->cls);
	char uuid[UUID_TEXT], addr[ADDR_TEXT];
	json_t *o = json_object(), *items = json_array();

	put(o, "xarf_version", json_string(SPEC_VERSION), bad);
	put(o, "report_id", json_string(uuid_print(x->id, uuid)), bad);
	put_time(o, "timestamp", x->timestamp, bad);
	put(o, "reporter", party_of(x), bad);
	put(o, "sender", party_of(x), bad);
	put(o, "source_identifier", json_string(addr_print(&x->subject, addr)), bad);
	if (x->source_port)
		put(o, "source_port", json_integer(x->source_port), bad);
	put(o, "category", json_string(row->category), bad);
	put(o, "type", json_string(row->type), bad);
	put_fills(o, x->cls, bad);
	put_proto(o, x, type, bad);
	if (x->cls == CLASS_SPOOFED_SOURCE)
		put(o, "probed_resources", json_array(), bad);
	if (x->cls == CLASS_KNOWN_DEFECTIVE) /* of the schema's form; a year nobody gave numbers in */
		put(o, "cve_id", json_string(x->cve ? x->cve : "CVE-0000-0000"), bad);
	if (x->destination_port)
		put(o, "destination_port", json_integer(x->destination_port), bad);
	if (x->service_port)
		put(o, "service_port", json_integer(x->service_port), bad);
	if (x->first_seen)
		put_time(o, "first_seen", x->first_seen, bad);
	if (x->last_seen)
		put_time(o, "last_seen", x->last_seen, bad);
	if (x->evidence_source)
		put(o, "evidence_source", json_string(x->evidence_source), bad);
	if (x->description)
		put(o, "description", json_string(x->description), bad);
	for (size_t i = 0; i < x->item_count; i++)
		if (json_array_append_new(items, item_of(&x->items[i])) != 0 && !*bad)
			*bad = "evidence";
	if (x->item_count)
		put(o, "evidence", items, bad);
	else
		json_decref(items);
	put(o, "lymph", extension_of(x, bad), bad);
	return o;
}

char *
xarf_build(const struct xarf_new *x, size_t *n, struct xarf_why *why)
{
	const struct class_row *row = class_row(x->cls);
	const struct xarf_type *type = row->category ? xarf_type_find(row->category, row->type) : NULL;
	const char *bad = NULL;
	struct xarf *again;

	if (!type || x->subject.fam == 0) {
		xarf_refuse(why, -EINVAL, "lymph: a class and an address", type ? "source_identifier" : "type");
		return NULL;
	}
	for (size_t i = 0; i < x->item_count; i++) {
		if (x->items[i].n > XARF_MAX_ITEM) {
			xarf_refuse(why, -E2BIG, "XARF 4 core: at most 5 MB an item", "evidence[%zu].payload", i);
			return NULL;
		}
	}
	if (type->source_port && !x->source_port && !x->port_unnamed) {
		xarf_refuse(why, -EINVAL, "XARF 4 type: required for an address", "source_port");
		return NULL;
	}
	json_t *o = document(x, type, &bad);
	char *s = bad ? NULL : json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	if (!s) {
		xarf_refuse(why, -EINVAL, "RFC 3629 4: valid UTF-8", "%s", bad ? bad : "body");
		return NULL;
	}
	*n = strlen(s);
	if (xarf_parse(s, *n, &again, why) < 0) {
		free(s);
		return NULL;
	}
	xarf_free(again);
	return s;
}
