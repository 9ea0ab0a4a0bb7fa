/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a checked document to the fact the judge weighs: class, evidence, subject, time. Here the
 * claims of a document are tested against its own evidence. Also the UUIDs reports are named by.
 */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "wire/xarf_doc.h"

static const char *
string_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	return json_is_string(v) ? json_string_value(v) : NULL;
}

static bool
has_tag(const json_t *root, const char *tag)
{
	const json_t *tags = json_object_get(root, "tags");
	for (size_t i = 0; i < json_array_size(tags); i++)
		if (strcmp(json_string_value(json_array_get(tags, i)), tag) == 0)
			return true;
	return false;
}

/* XARF has no type for a C&C address: a compromised server or a listing that says so is one. */
static bool
says_c2(const json_t *root)
{
	static const char words[] = "c2 c2-server c2_server command-and-control command_and_control";
	const char *method = string_of(root, "compromise_method"), *threat = string_of(root, "threat_type");
	return has_tag(root, "botnet:command-and-control") || (method && xarf_word_in(method, words)) ||
	    (threat && xarf_word_in(threat, words));
}

static enum class_id
class_of(const struct xarf *x)
{
	const char *category = x->type->category;
	enum class_id c = class_by_xarf(category, x->type->type, string_of(x->root, "service"));
	if (c == CLASS_C2_SERVER || (c == CLASS_NONE && strcmp(category, "reputation") == 0))
		return says_c2(x->root) ? CLASS_C2_SERVER : CLASS_NONE;
	return c;
}

/* The schema wants a source port for an address; a report without is taken, and weighs less. ICMP
 * has no ports. */
static bool
lacks_port(const struct xarf *x)
{
	const char *p = string_of(x->root, "protocol");
	if (x->source_port || (p && strcmp(p, "icmp") == 0))
		return false;
	return x->type->source_port || (x->type->smtp_port && p && strcmp(p, "smtp") == 0);
}

static enum evidence
evidence_of(const struct xarf *x)
{
	/* A text that does not name the subject is evidence of nothing, whatever else is claimed. */
	bool any = x->evidence.text_names || x->evidence.other;
	if (!any || x->handshake == 0 || lacks_port(x))
		return EVIDENCE_WEAK;
	return x->handshake == 1 ? EVIDENCE_STRONG : EVIDENCE_TEXT;
}

/* The sender's three fields without case and white space, so that "ACME " is "acme". */
static void
sender_fold(const json_t *sender, uint8_t ret[16])
{
	static const char *const names[] = { "org", "contact", "domain" };
	crypto_generichash_state h;
	crypto_generichash_init(&h, NULL, 0, 16);
	for (size_t i = 0; i < 3; i++) {
		for (const char *p = string_of(sender, names[i]); *p; p++) {
			uint8_t c = (uint8_t)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
			if (c > ' ')
				crypto_generichash_update(&h, &c, 1);
		}
		crypto_generichash_update(&h, (const uint8_t *)"", 1);
	}
	crypto_generichash_final(&h, ret, 16);
}

/* At most NAME_TEXT - 1 bytes, cut between characters. */
static void
name_copy(const char *s, char ret[NAME_TEXT])
{
	size_t n = strlen(s);
	if (n >= NAME_TEXT)
		for (n = NAME_TEXT - 1; n > 0 && (s[n] & 0xc0) == 0x80; n--)
			;
	memcpy(ret, s, n);
	ret[n] = '\0';
}

int
xarf_report(const struct xarf *x, struct report *ret, struct xarf_why *why)
{
	struct report r = { .cls = class_of(x), .subject = x->subject, .count = x->count,
		.two_way_claim = x->handshake == 1 };

	if (x->subject.fam == 0)
		return xarf_refuse(why, -EBADMSG,
		    "lymph: one IP address; no name, prefix, port, brackets or zone", "source_identifier");
	if (x->evidence.wrong.rule[0]) {
		*why = x->evidence.wrong;
		return -EBADMSG;
	}
	memcpy(r.id, x->id, sizeof(r.id));
	memcpy(r.evidence_hash, x->evidence.hash, sizeof(r.evidence_hash));
	sender_fold(json_object_get(x->root, "sender"), r.sender_hash);
	name_copy(string_of(json_object_get(x->root, "reporter"), "domain"), r.sender);
	r.evidence = evidence_of(x);
	/* A port of the accused address: what it serves, or what it sent from. */
	r.port = strcmp(x->type->category, "vulnerability") == 0 ? x->service_port : x->source_port;
	r.event = x->last_seen ? x->last_seen : x->timestamp;
	*ret = r;
	return 0;
}

int
xarf_in_time(const struct xarf *x, msec now, struct xarf_why *why)
{
	const struct {
		const char *name;
		msec t;
	} times[] = { { "timestamp", x->timestamp }, { "first_seen", x->first_seen },
		{ "last_seen", x->last_seen } },
	  *event = &times[x->last_seen ? 2 : 0];
	for (size_t i = 0; i < 3; i++)
		if (times[i].t > now + XARF_FUTURE)
			return xarf_refuse(why, -EBADMSG, XARF_AHEAD, "%s", times[i].name);
	if (event->t < now - XARF_PAST)
		return xarf_refuse(why, -EBADMSG, "lymph: at most 366 days in the past", "%s", event->name);
	return 0;
}
