/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of RDAP servers, see rdap.h. What a registry says of others it was told by them: nothing
 * here is believed beyond its form. Must never give an address that a mail program could read as
 * two, nor a text with controls in it.
 */
#include "wire/rdap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/json.h"

#define DEPTH    32
#define VALUES   20000
#define ENTITIES 256 /* looked at, nearest first */
#define LINES    512 /* of remarks */

bool
rdap_mail_ok(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	size_t local = at ? (size_t)(at - s) : 0, host = at ? n - local - 1 : 0;
	if (n >= RDAP_MAIL || local == 0 || local > 64 || !memchr(at, '.', host + 1) || !url_host_ok(at + 1, host) ||
	    url_host_numeric(at + 1, host))
		return false;
	for (size_t i = 0; i < local; i++) {
		char c = s[i], low = (char)(c | 0x20);
		bool atom = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
		    (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
		if (!atom && (c != '.' || i == 0 || i + 1 == local || s[i - 1] == '.'))
			return false;
	}
	return true;
}

static int
refuse(char rule[RDAP_RULE], const char *text)
{
	snprintf(rule, RDAP_RULE, "%s", text);
	return -EBADMSG;
}

/* jansson has checked the UTF-8; C1 controls are two bytes of it. Cut where a character ends. */
static void
clean(const char *s, char *ret, size_t size)
{
	size_t n = 0;
	while (*s && n + 4 < size) {
		const uint8_t *c = (const uint8_t *)s;
		size_t len = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
		bool control = *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0);
		if (!control) {
			memcpy(ret + n, s, len);
			n += len;
		} else if (n && ret[n - 1] != ' ') {
			ret[n++] = ' ';
		}
		s += len;
	}
	ret[n] = '\0';
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static bool
has_role(const json_t *entity, const char *role)
{
	size_t i;
	const json_t *r;
	json_array_foreach(json_object_get(entity, "roles"), i, r)
	{
		const char *s = json_string_value(r);
		if (s && strcmp(s, role) == 0)
			return true;
	}
	return false;
}

/* RFC 7095 3.3: [name, {parameters}, type, value ...]. The value as text; NULL. */
static const char *
card_value(const json_t *property, const char *name)
{
	const char *s = json_string_value(json_array_get(property, 0));
	if (!s || strcmp(s, name) != 0 || !json_is_object(json_array_get(property, 1)))
		return NULL;
	return json_string_value(json_array_get(property, 3));
}

/* RFC 6350 5.3: 1 to 100, as a text or a number; without it, last. What is said to be for abuse
 * comes before. */
static int
card_pref(const json_t *property)
{
	if (strcmp(text_of(json_array_get(property, 1), "type"), "abuse") == 0)
		return 0;
	const json_t *p = json_object_get(json_array_get(property, 1), "pref");
	const char *s = json_string_value(p);
	int v = json_is_integer(p) ? (int)(json_integer_value(p) % 1000) : 0;
	for (unsigned i = 0; s && i < 3 && s[i] >= '0' && s[i] <= '9'; i++)
		v = v * 10 + s[i] - '0';
	return v >= 1 && v <= 100 ? v : 101;
}

static void
card_mail(const json_t *entity, char ret[RDAP_MAIL])
{
	size_t i;
	int best = 102;
	const json_t *p;
	json_array_foreach(json_array_get(json_object_get(entity, "vcardArray"), 1), i, p)
	{
		const char *s = card_value(p, "email");
		if (s && strncmp(s, "mailto:", 7) == 0)
			s += 7;
		size_t n = s ? strlen(s) : 0;
		if (!s || !rdap_mail_ok(s, n) || card_pref(p) >= best)
			continue;
		best = card_pref(p);
		memcpy(ret, s, n + 1);
	}
}

static void
card_name(const json_t *entity, char ret[RDAP_NAME])
{
	size_t i;
	const json_t *p;
	json_array_foreach(json_array_get(json_object_get(entity, "vcardArray"), 1), i, p)
	{
		const char *s = card_value(p, "fn");
		if (s && !ret[0])
			clean(s, ret, RDAP_NAME);
	}
}

/* Entities of the network and inside of each other, nearest first. */
static size_t
entities_of(const json_t *net, const json_t *ret[ENTITIES])
{
	size_t n = 1, i;
	const json_t *e;
	ret[0] = net;
	for (size_t at = 0; at < n; at++)
		json_array_foreach(json_object_get(ret[at], "entities"), i, e)
		{
			if (json_is_object(e) && n < ENTITIES)
				ret[n++] = e;
		}
	return n;
}

static bool
speaks_of_abuse(const char *s)
{
	for (; *s; s++)
		if (strncasecmp(s, "abuse", 5) == 0)
			return true;
	return false;
}

/* The one address in a line that speaks of abuse. */
static void
line_mail(const char *s, char ret[RDAP_MAIL])
{
	static const char apart[] = " \t\r\n<>()[]{}\"',;:";
	const char *found = NULL;
	size_t found_n = 0;
	if (!speaks_of_abuse(s))
		return;
	while (*(s += strspn(s, apart))) {
		size_t n = strcspn(s, apart), word = n;
		while (word && s[word - 1] == '.')
			word--;
		if (word && rdap_mail_ok(s, word)) {
			if (found)
				return;
			found = s;
			found_n = word;
		}
		s += n;
	}
	if (found) {
		memcpy(ret, found, found_n);
		ret[found_n] = '\0';
	}
}

static void
remark_mail(const json_t *o, unsigned *lines, char ret[RDAP_MAIL])
{
	size_t i, k;
	const json_t *remark, *line;
	json_array_foreach(json_object_get(o, "remarks"), i, remark)
	{
		json_array_foreach(json_object_get(remark, "description"), k, line)
		{
			const char *s = json_string_value(line);
			if (s && !ret[0] && *lines < LINES) {
				++*lines;
				line_mail(s, ret);
			}
		}
	}
}

static void
related_of(const json_t *net, char ret[URL_TEXT])
{
	size_t i;
	const json_t *l;
	struct url u;
	json_array_foreach(json_object_get(net, "links"), i, l)
	{
		const char *to = text_of(l, "href");
		if (!ret[0] && strcmp(text_of(l, "rel"), "related") == 0 &&
		    strcmp(text_of(l, "type"), "application/rdap+json") == 0 && url_split(to, &u) == 0)
			memcpy(ret, to, strlen(to) + 1);
	}
}

static void
contacts(const json_t *net, struct rdap_net *ret)
{
	const json_t *e[ENTITIES];
	unsigned lines = 0;
	size_t n = entities_of(net, e);
	size_t best = SIZE_MAX;
	ret->from = RDAP_ABUSE;
	for (size_t i = 1; i < n; i++) {
		/* Who does nothing but abuse before who does all; of those alike, the nearest. */
		size_t roles = json_array_size(json_object_get(e[i], "roles"));
		char mail[RDAP_MAIL] = "";
		if (roles < best && has_role(e[i], "abuse"))
			card_mail(e[i], mail);
		if (mail[0]) {
			best = roles;
			memcpy(ret->mail, mail, sizeof(ret->mail));
		}
		if (!ret->name[0] && has_role(e[i], "registrant"))
			card_name(e[i], ret->name);
	}
	if (!ret->mail[0])
		ret->from = RDAP_REMARK;
	for (size_t i = 0; i < n && !ret->mail[0]; i++)
		remark_mail(e[i], &lines, ret->mail);
	if (!ret->mail[0])
		ret->from = RDAP_NOBODY;
	if (!ret->name[0])
		clean(text_of(net, "name"), ret->name, sizeof(ret->name));
	if (!ret->name[0])
		clean(text_of(net, "handle"), ret->name, sizeof(ret->name));
}

/* Some write the end of a range as a prefix of one address. */
static int
end_parse(const char *s, struct addr *ret)
{
	size_t n = strcspn(s, "/");
	if (s[n] && strcmp(s + n, "/32") != 0 && strcmp(s + n, "/128") != 0)
		return -EINVAL;
	return addr_parse(s, n, ret);
}

static int
net_read(const json_t *net, struct rdap_net *ret, char rule[RDAP_RULE])
{
	const char *first = text_of(net, "startAddress"), *last = text_of(net, "endAddress");
	struct rdap_net v = { .from = RDAP_NOBODY };
	if (!json_is_object(net))
		return refuse(rule, "RFC 9083 5: an object");
	if (json_integer_value(json_object_get(net, "errorCode")) == 404)
		return -ENOENT;
	/* Early servers left it out. */
	if (json_object_get(net, "objectClassName") && strcmp(text_of(net, "objectClassName"), "ip network") != 0)
		return refuse(rule, "RFC 9083 5.4: objectClassName \"ip network\"");
	if (end_parse(first, &v.first) < 0 || end_parse(last, &v.last) < 0)
		return refuse(rule, "RFC 9083 5.4: startAddress and endAddress");
	if (v.first.fam != v.last.fam || addr_cmp(&v.first, &v.last) > 0)
		return refuse(rule, "RFC 9083 5.4: a range from startAddress to endAddress");
	contacts(net, &v);
	related_of(net, v.related);
	*ret = v;
	return 0;
}

int
rdap_read(const void *p, size_t n, struct rdap_net *ret, char rule[RDAP_RULE])
{
	struct json_why why = { 0, NULL };
	json_t *net = NULL;
	if (n > RDAP_BYTES)
		return refuse(rule, "lymph: an answer of at most 1 MiB");
	if (json_read(p, n, DEPTH, VALUES, &net, &why) < 0)
		return refuse(rule, why.rule ? why.rule : "RFC 8259: a JSON text");
	int r = net_read(net, ret, rule);
	json_decref(net);
	return r;
}

int
rdap_ask(const char *base, const struct addr *a, char url[URL_TEXT])
{
	char text[ADDR_TEXT];
	int n = snprintf(url, URL_TEXT, "%sip/%s", base, addr_print(a, text));
	return n < 0 || n >= URL_TEXT ? -ENAMETOOLONG : 0;
}
