/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XARF v3, see xarf_v3.h. From a checked document to a claim. Must never take a document for an
 * accusation of an address it does not name.
 */
#include "wire/xarf_v3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/base64.h"
#include "wire/claim.h"
#include "wire/json.h"
#include "wire/logfind.h"
#include "wire/xarf_doc.h"
#include "wire/xarf_v3_own.h"

/* Words in a service's name; the first that fits names the class, else it is an exposed service. */
static const struct {
	const char *word;
	enum class_id cls;
} services[] = { { "proxy", CLASS_OPEN_PROXY }, { "socks", CLASS_OPEN_PROXY },
	{ "squid", CLASS_OPEN_PROXY }, { "dns", CLASS_OPEN_RESOLVER },
	{ "resolver", CLASS_OPEN_RESOLVER }, { "ntp", CLASS_AMPLIFIER },
	{ "ssdp", CLASS_AMPLIFIER }, { "memcache", CLASS_AMPLIFIER }, { "cldap", CLASS_AMPLIFIER },
	{ "chargen", CLASS_AMPLIFIER }, { "qotd", CLASS_AMPLIFIER }, { "snmp", CLASS_AMPLIFIER },
	{ "portmap", CLASS_AMPLIFIER }, { "netbios", CLASS_AMPLIFIER }, { "coap", CLASS_AMPLIFIER },
	{ "ws-discovery", CLASS_AMPLIFIER } };

const char *
xarf3_str(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	return json_is_string(v) ? json_string_value(v) : NULL;
}

/* The address an URL names as its host, if it is one. */
static bool
url_addr(const char *url, struct addr *ret)
{
	const char *p = url ? strstr(url, "://") : NULL;
	if (!p)
		return false;
	p += 3;
	size_t n = strcspn(p, "/?#");
	const char *userinfo = memrchr(p, '@', n);
	if (userinfo) {
		n -= (size_t)(userinfo + 1 - p);
		p = userinfo + 1;
	}
	if (n > 0 && *p == '[') {
		const char *end = memchr(p, ']', n);
		return end && addr_parse(p + 1, (size_t)(end - p - 1), ret) == 0;
	}
	const char *colon = memchr(p, ':', n);
	return addr_parse(p, colon ? (size_t)(colon - p) : n, ret) == 0;
}

static uint16_t
port_of(const json_t *v)
{
	if (json_is_array(v))
		v = json_array_get(v, 0);
	return (uint16_t)json_integer_value(v); /* 0 for anything else */
}

static enum class_id
class_of(const struct xarf3_type *t, const json_t *report)
{
	const char *service = xarf3_str(report, "ServiceName");
	if (t->id != CLASS_NONE || t->tray != TRAY_CASE)
		return t->id;
	for (size_t i = 0; service && i < sizeof(services) / sizeof(services[0]); i++)
		if (strcasestr(service, services[i].word))
			return services[i].cls;
	return CLASS_EXPOSED_SERVICE;
}

/* Appends one sample's bytes and a line's end. False: out of memory. */
static bool
sample_add(const json_t *s, char *buf, size_t room, size_t *at_)
{
	const char *p = xarf3_str(s, "Payload");
	size_t n = p ? strlen(p) : 0;
	uint8_t *raw = NULL;
	if (n > 0 && json_is_true(json_object_get(s, "Base64Encoded")) &&
	    n <= XARF_MAX_ITEM * 4 / 3 + 4) {
		raw = malloc(BASE64_ROOM(n));
		if (!raw)
			return false;
		size_t len;
		if (base64_decode(p, n, raw, &len) == 0) {
			p = (const char *)raw;
			n = len;
		}
	}
	if (n > 0 && n + 1 <= room - *at_) {
		memcpy(buf + *at_, p, n);
		*at_ += n;
		if (buf[*at_ - 1] != '\n')
			buf[(*at_)++] = '\n';
	}
	free(raw);
	return true;
}

/* The samples that fit, one after the other, or the document itself. What they prove is judged
 * by us: a text counts only if it names the address (as in v4), a mail or a capture counts. */
static int
evidence_of(const json_t *report, const void *bytes, size_t n, struct claim *c)
{
	const json_t *samples = json_object_get(report, "Samples"), *s;
	char *buf = malloc(CLAIM_TEXT);
	struct logfind f;
	struct logfind_hit hit;
	size_t i, len = 0;
	bool other = false;
	if (!buf)
		return -ENOMEM;
	json_array_foreach(samples, i, s)
	{
		const char *type = xarf3_str(s, "ContentType");
		size_t before = len;
		if (!sample_add(s, buf, CLAIM_TEXT, &len)) {
			free(buf);
			return -ENOMEM;
		}
		other |= len > before && type && strncasecmp(type, "text/", 5) != 0;
	}
	bool named = logfind_init(&f, &c->subject) == 0 && logfind_next(&f, buf, len, 0, &hit) == 1;
	c->evidence = named || other ? EVIDENCE_TEXT : EVIDENCE_WEAK;
	if (len == 0 && n <= CLAIM_TEXT) {
		memcpy(buf, bytes, n);
		len = n;
	}
	c->text = buf;
	c->text_n = len;
	return 0;
}

static int
claim_of(
    const json_t *report, const struct xarf3_type *t, const void *bytes, size_t n, struct claim *c)
{
	const char *ip = xarf3_str(report, "SourceIp"), *date = xarf3_str(report, "Date"),
		   *first = xarf3_str(report, "FirstSeen"),
		   *proto = xarf3_str(report, "TransportProtocol");
	const json_t *port = json_object_get(report, "SourcePort");
	if (json_object_get(report, "Account")) {
		ip = xarf3_str(report, "AttackerIp");
		port = json_object_get(report, "AttackerPort");
	}
	if (ip)
		addr_parse(ip, strlen(ip), &c->subject);
	else
		url_addr(xarf3_str(report, "SourceUrl"), &c->subject);
	c->port = port_of(port);
	c->far_port = port_of(json_object_get(report, "DestinationPort"));
	c->proto = !proto ? 0 : strcmp(proto, "tcp") == 0 ? 6 : 17;
	c->cls = class_of(t, report);
	c->count = 1;
	msec_parse(date, strlen(date), &c->event);
	if (first)
		msec_parse(first, strlen(first), &c->first);
	const char *cve = xarf3_str(report, "CVE");
	snprintf(c->what, sizeof(c->what), "%s%s%s", t->rule, cve ? ", " : "", cve ? cve : "");
	return evidence_of(report, bytes, n, c);
}

static void
reporter_of(const json_t *root, struct xarf3 *x)
{
	const json_t *o = json_object_get(root, "ReporterInfo");
	const char *org = xarf3_str(o, "ReporterOrg"), *mail = xarf3_str(o, "ReporterOrgEmail"),
		   *domain = xarf3_str(o, "ReporterOrgDomain");
	org = org ? org : "";
	mail = mail ? mail : "";
	domain = domain ? domain : "";
	claim_clean(org, strlen(org), x->org, sizeof(x->org));
	claim_clean(mail, strlen(mail), x->contact, sizeof(x->contact));
	claim_clean(domain, strlen(domain), x->domain, sizeof(x->domain));
}

bool
xarf3_smells(const void *bytes, size_t n)
{
	/* Or nothing in it but what version it would be: of so few bytes, for others say "Version", too. */
	bool empty = n <= 64 && memmem(bytes, n, "\"Version\"", 9);
	return (empty || memmem(bytes, n, "\"Report", 7)) && !memmem(bytes, n, "\"xarf_version\"", 14);
}

/* "Version": "3.0.0": what the specification of v4 calls v3. The same things under other names;
 * as much of it as there is a v3 name for. New reference; NULL: out of memory, or not of this
 * form. */
static json_t *
renamed(const json_t *root)
{
	static const struct {
		const char *cls, *type, *as_cls, *as;
	} rows[] = { { "Messaging", "spam", "Activity", "Spam" },
		{ "Network", "ddos", "Activity", "DOS" },
		{ "Network", "port_scan", "Activity", "PortScan" },
		{ "Network", "login_attack", "Activity", "LoginAttack" },
		{ "System", "botnet", "Content", "Botnet" },
		{ "Content", "phishing", "Content", "Phishing" },
		{ "Content", "malware", "Content", "Malware" } };
	const json_t *old = json_object_get(root, "Report"),
		     *source = json_object_get(old, "Source"), *a,
		     *info = json_object_get(old, "AdditionalInfo");
	const char *version = xarf3_str(root, "Version"), *type = xarf3_str(old, "ReportType"),
		   *cls = xarf3_str(old, "ReportClass");
	size_t i;
	if (!version || strncmp(version, "3.", 2) != 0 || !json_is_object(source))
		return NULL;
	json_t *new = json_copy((json_t *)root), *r = json_object(), *samples = json_array();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!cls || !type || strcmp(rows[i].cls, cls) != 0 ||
		    strcmp(rows[i].type, type) != 0)
			continue;
		json_object_set_new(r, "ReportClass", json_string(rows[i].as_cls));
		json_object_set_new(r, "ReportType", json_string(rows[i].as));
	}
	static const struct {
		bool info;
		const char *name, *as;
	} fields[] = { { false, "IP", "SourceIp" }, { false, "Port", "SourcePort" },
		{ false, "URL", "SourceUrl" }, { true, "Protocol", "TransportProtocol" },
		{ true, "DestinationIP", "DestinationIp" },
		{ true, "DestinationPort", "DestinationPort" },
		{ true, "FirstSeen", "FirstSeen" } };
	json_object_set(r, "Date", json_object_get(old, "Date"));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		json_t *v = json_object_get(fields[i].info ? info : source, fields[i].name);
		bool proto = i == 3 && v &&
			     (!json_is_string(v) || !xarf_word_in(json_string_value(v), "tcp udp"));
		if (v && !proto) /* smtp is no transport */
			json_object_set(r, fields[i].as, v);
	}
	json_array_foreach(json_object_get(old, "Attachment"), i, a)
	{
		json_t *s = json_copy((json_t *)a);
		json_object_set(s, "Payload", json_object_get(a, "Data"));
		json_object_set_new(s, "Base64Encoded", json_true());
		json_array_append_new(samples, s);
	}
	if (json_array_size(samples))
		json_object_set(r, "Samples", samples);
	json_decref(samples);
	json_object_set_new(new, "Version", json_string("3"));
	json_object_set_new(new, "Report", r);
	return new;
}

static int
read_root(const json_t *root, const void *bytes, size_t n, struct xarf3 *x, struct xarf_why *why)
{
	bool child_abuse;
	const struct xarf3_type *t = xarf3_check(root, &child_abuse, why);
	if (child_abuse) {
		x->tray = TRAY_SEALED;
		x->rule = "XARF 3 ChildAbuse";
	}
	if (!t)
		return -EBADMSG;
	x->tray = t->tray;
	x->rule = t->rule;
	if (t->tray == TRAY_SEALED)
		return 0;
	reporter_of(root, x);
	int rc = claim_of(json_object_get(root, "Report"), t, bytes, n, &x->claim);
	if (rc == 0 && t->tray == TRAY_CASE && x->claim.subject.fam == 0) {
		x->tray = TRAY_SECURITY; /* an account, or a host's name: a person must look */
		x->claim.cls = CLASS_NONE;
	}
	return rc;
}

int
xarf3_read(const void *bytes, size_t n, struct xarf3 *ret, struct xarf_why *why)
{
	struct xarf3 x = { .tray = TRAY_SECURITY, .rule = "XARF 3, refused" };
	struct json_why jw;
	json_t *root;
	*ret = x;
	if (n > XARF_MAX_BYTES)
		return xarf_refuse(why, -E2BIG, "at most 22 MB", "body");
	int rc = json_read(bytes, n, XARF_MAX_DEPTH, XARF_MAX_VALUES, &root, &jw);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return xarf_refuse(why, rc, jw.rule, "byte %zu", jw.at);
	json_t *again = renamed(root);
	rc = read_root(again ? again : root, bytes, n, &x, why);
	json_decref(again);
	json_decref(root);
	if (rc < 0) {
		ret->tray = x.tray;
		ret->rule = x.rule;
		xarf3_free(&x);
		return rc;
	}
	*ret = x;
	return 0;
}

void
xarf3_free(struct xarf3 *x)
{
	free((char *)x->claim.text);
	x->claim.text = NULL;
	x->claim.text_n = 0;
}
