/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XARF documents, see xarf.h: the core schema, then the type's row, then our extension object.
 * Fields nobody here reads are left alone: the schemas allow them. Never echoes a stranger's text.
 */
#include "wire/xarf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"
#include "wire/xarf_doc.h"

/* A member that must be a string with something in it; its text, or NULL with why filled. */
static const char *
text(const json_t *o, const char *name, const char *in, size_t most, struct xarf_why *why)
{
	const json_t *v = json_object_get(o, name);
	const char *dot = *in ? "." : "";
	if (!v)
		xarf_refuse(why, 0, "XARF 4 core: required", "%s%s%s", in, dot, name);
	else if (!json_is_string(v) || json_string_length(v) == 0)
		xarf_refuse(why, 0, "XARF 4 core: a string, not empty", "%s%s%s", in, dot, name);
	else if (xarf_chars(v) > most)
		xarf_refuse(why, 0, "XARF 4 core: too long", "%s%s%s", in, dot, name);
	else
		return json_string_value(v);
	return NULL;
}

/* Absent: 0 and *ret untouched. Present: an integer from least to most. */
static int
whole(const json_t *o, const char *name, json_int_t least, json_int_t most, const char *rule,
    uint32_t *ret, struct xarf_why *why)
{
	const json_t *v = json_object_get(o, name);
	if (!v)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
		return xarf_refuse(why, -EBADMSG, rule, "%s", name);
	*ret = (uint32_t)json_integer_value(v);
	return 0;
}

static int
when(const json_t *o, const char *name, msec *ret, struct xarf_why *why)
{
	const json_t *v = json_object_get(o, name);
	if (!v)
		return 0;
	if (!json_is_string(v) || msec_parse(json_string_value(v), json_string_length(v), ret) < 0)
		return xarf_refuse(why, -EBADMSG, "RFC 3339 5.6: a date-time with its zone", "%s", name);
	return 0;
}

static int
party(const json_t *root, const char *name, struct xarf_why *why)
{
	const json_t *o = json_object_get(root, name);
	const char *contact;
	if (!o)
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: required", "%s", name);
	if (!json_is_object(o))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: an object", "%s", name);
	if (!text(o, "org", name, 200, why) || !(contact = text(o, "contact", name, 320, why)) ||
	    !text(o, "domain", name, 253, why))
		return -EBADMSG;
	if (!strchr(contact, '@'))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a mail address", "%s.contact", name);
	return 0;
}

/* "4.", digits, ".", digits */
static bool
version_4(const char *s)
{
	if (strncmp(s, "4.", 2) != 0)
		return false;
	size_t a = strspn(s + 2, "0123456789");
	const char *rest = s + 2 + a;
	if (a == 0 || *rest != '.')
		return false;
	size_t b = strspn(rest + 1, "0123456789");
	return b > 0 && rest[1 + b] == '\0';
}

static int
core(struct xarf *x, struct xarf_why *why)
{
	const json_t *o = x->root;
	const char *s, *category, *type;
	uint32_t port = 0, service = 0;

	if (!(s = text(o, "xarf_version", "", 32, why)))
		return -EBADMSG;
	if (!version_4(s))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: 4.MINOR.PATCH", "xarf_version");
	if (!(s = text(o, "report_id", "", 64, why)))
		return -EBADMSG;
	if (uuid_parse(s, strlen(s), x->id) < 0)
		return xarf_refuse(why, -EBADMSG, "RFC 9562 4: a UUID", "report_id");
	if (!text(o, "timestamp", "", 64, why) || when(o, "timestamp", &x->timestamp, why) < 0)
		return -EBADMSG;
	if (party(o, "reporter", why) < 0 || party(o, "sender", why) < 0)
		return -EBADMSG;
	if (!(s = text(o, "source_identifier", "", 2000, why)))
		return -EBADMSG;
	if (addr_parse(s, strlen(s), &x->subject) < 0)
		x->subject.fam = 0;
	if (!(category = text(o, "category", "", 64, why)))
		return -EBADMSG;
	if (!xarf_category_known(category))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a category that exists", "category");
	if (!(type = text(o, "type", "", 64, why)))
		return -EBADMSG;
	x->type = xarf_type_find(category, type);
	if (!x->type)
		return xarf_refuse(why, -EBADMSG, "XARF 4 master: a type of this category", "type");
	/* The schemas start at 1, but leave an ICMP flood no other way to say "none" than 0. */
	if (whole(o, "source_port", 0, 65535, "XARF 4 core: 1 to 65535", &port, why) < 0 ||
	    whole(o, "service_port", 0, 65535, "XARF 4 type: 1 to 65535", &service, why) < 0)
		return -EBADMSG;
	x->source_port = (uint16_t)port;
	x->service_port = (uint16_t)service;
	if (when(o, "first_seen", &x->first_seen, why) < 0 || when(o, "last_seen", &x->last_seen, why) < 0)
		return -EBADMSG;
	return 0;
}

static int
core_optional(const json_t *o, struct xarf_why *why)
{
	const json_t *v, *tag;
	size_t i;

	v = json_object_get(o, "confidence");
	if (v && (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) > 1))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: 0 to 1", "confidence");
	v = json_object_get(o, "description");
	if (v && (!json_is_string(v) || xarf_chars(v) > 1000))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a string of at most 1000 characters",
		    "description");
	v = json_object_get(o, "evidence_source");
	if (v && !json_is_string(v))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a string", "evidence_source");
	v = json_object_get(o, "legacy_version");
	if (v && (!json_is_string(v) || strcmp(json_string_value(v), "3") != 0))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: \"3\"", "legacy_version");
	v = json_object_get(o, "tags");
	if (v && (!json_is_array(v) || json_array_size(v) > 20))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a list of at most 20", "tags");
	/* The core wants ns:value in lower case; its own guide writes cve:CVE-..., so any string. */
	json_array_foreach(v, i, tag)
		if (!json_is_string(tag) || xarf_chars(tag) > 200)
			return xarf_refuse(why, -EBADMSG, "XARF 4 core: a short string", "tags[%zu]", i);
	return 0;
}

static bool
list_of_strings(const json_t *v, size_t least)
{
	const json_t *s;
	size_t i;
	if (!json_is_array(v) || json_array_size(v) < least)
		return false;
	json_array_foreach(v, i, s)
		if (!json_is_string(s))
			return false;
	return true;
}

/* NULL when v is what the row wants, else the rule it breaks. */
static const char *
need_broken(const struct xarf_need *need, const json_t *v)
{
	msec t;
	bool str = json_is_string(v);
	json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;
	switch (need->kind) {
	case XARF_STRING:
		return str && json_string_length(v) > 0 ? NULL : "XARF 4 type: a string, not empty";
	case XARF_WORD:
		return str && xarf_word_in(json_string_value(v), need->words) ? NULL :
		    "XARF 4 type: one of the words the schema lists";
	case XARF_TIME:
		return str && msec_parse(json_string_value(v), json_string_length(v), &t) == 0 ? NULL :
		    "RFC 3339 5.6: a date-time with its zone";
	case XARF_PORT: return n >= 1 && n <= 65535 ? NULL : "XARF 4 type: 1 to 65535";
	case XARF_COUNT: return n >= need->least ? NULL : "XARF 4 type: a number, large enough";
	case XARF_LIST: return list_of_strings(v, 0) ? NULL : "XARF 4 type: a list of strings";
	case XARF_LIST_SOME:
		return list_of_strings(v, 1) ? NULL : "XARF 4 type: a list of strings, not empty";
	}
	return "XARF 4 type";
}

static bool
is_protocol(const struct xarf *x, const char *name)
{
	const json_t *v = json_object_get(x->root, "protocol");
	return json_is_string(v) && strcmp(json_string_value(v), name) == 0;
}

static int
type_fields(const struct xarf *x, struct xarf_why *why)
{
	for (const struct xarf_need *need = x->type->need;
	     need < x->type->need + XARF_NEEDS && need->name; need++) {
		if (need->smtp && !is_protocol(x, "smtp"))
			continue;
		const json_t *v = json_object_get(x->root, need->name);
		if (!v)
			return xarf_refuse(why, -EBADMSG, "XARF 4 type: required", "%s", need->name);
		const char *rule = need_broken(need, v);
		if (rule)
			return xarf_refuse(why, -EBADMSG, rule, "%s", need->name);
	}
	return 0;
}

/* Our extension object; absent is fine. */
static int
extension(struct xarf *x, struct xarf_why *why)
{
	const json_t *o = json_object_get(x->root, "lymph"), *v;
	x->handshake = -1;
	x->count = 1;
	if (!o)
		return 0;
	if (!json_is_object(o))
		return xarf_refuse(why, -EBADMSG, "lymph: an object", "lymph");
	v = json_object_get(o, "aud");
	if (v && (!json_is_string(v) || json_string_length(v) > 255))
		return xarf_refuse(why, -EBADMSG, "lymph: a short string", "lymph.aud");
	x->aud = v ? json_string_value(v) : NULL;
	v = json_object_get(o, "reply_to"); /* other ways to answer than mail may come */
	x->reply_to = json_is_string(v) && xarf_mail_address(json_string_value(v)) ? json_string_value(v) : NULL;
	v = json_object_get(o, "handshake");
	if (v && !json_is_boolean(v) && !json_is_null(v))
		return xarf_refuse(why, -EBADMSG, "lymph: true, false or null", "lymph.handshake");
	if (v && json_is_boolean(v))
		x->handshake = json_is_true(v);
	if (whole(o, "count", 1, UINT32_MAX, "lymph: 1 to 4294967295", &x->count, why) < 0)
		return xarf_refuse(why, -EBADMSG, "lymph: 1 to 4294967295", "lymph.count");
	return 0;
}

static int
check(struct xarf *x, struct xarf_why *why)
{
	if (!json_is_object(x->root))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: an object", "body");
	if (core(x, why) < 0 || core_optional(x->root, why) < 0 || type_fields(x, why) < 0 ||
	    extension(x, why) < 0)
		return -EBADMSG;
	const json_t *evidence = json_object_get(x->root, "evidence");
	if (evidence && !json_is_array(evidence))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a list", "evidence");
	if (!evidence)
		return 0;
	return evidence_look(evidence, x->subject.fam ? &x->subject : NULL, &x->evidence, why);
}

int
xarf_parse(const void *bytes, size_t n, struct xarf **ret, struct xarf_why *why)
{
	struct json_why jw;
	json_t *root;
	if (n > XARF_MAX_BYTES)
		return xarf_refuse(why, -E2BIG, "at most 22 MB", "body");
	int rc = json_read(bytes, n, XARF_MAX_DEPTH, XARF_MAX_VALUES, &root, &jw);
	if (rc == -ENOMEM)
		return xarf_refuse(why, rc, "out of memory", "body");
	if (rc < 0)
		return xarf_refuse(why, rc, jw.rule, "byte %zu", jw.at);
	struct xarf *x = calloc(1, sizeof(*x));
	if (!x) {
		json_decref(root);
		return xarf_refuse(why, -ENOMEM, "out of memory", "body");
	}
	x->root = root;
	rc = check(x, why);
	if (rc == -ENOMEM)
		xarf_refuse(why, rc, "out of memory", "body");
	if (rc < 0) {
		xarf_free(x);
		return rc;
	}
	*ret = x;
	return 0;
}

void
xarf_free(struct xarf *x)
{
	if (!x)
		return;
	json_decref(x->root);
	free(x);
}

const char *
xarf_aud(const struct xarf *x)
{
	return x->aud;
}

const char *
xarf_reply_to(const struct xarf *x)
{
	return x->reply_to;
}

char *
xarf_print(const struct xarf *x, size_t *n)
{
	json_t *copy = json_copy(x->root); /* shallow: only the top level loses a member */
	if (!copy)
		return NULL;
	json_object_del(copy, "_internal");
	char *s = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(copy);
	if (s)
		*n = strlen(s);
	return s;
}
