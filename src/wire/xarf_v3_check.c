/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XARF v3 against its schemas, see xarf_v3.h: tables of fields and of types. What is not in them is
 * let pass (the schemas allow it) and not looked at.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/xarf_doc.h"
#include "wire/xarf_v3_own.h"

enum kind {
	OBJECT,
	STRING,
	STRING3, /* at least 3 characters */
	WORD,    /* one of words */
	TIME,
	HOST, /* a domain name */
	MAIL,
	IP,
	PORT,
	PORTS, /* one or a list */
	INTEGER,
	COUNT, /* not negative */
	BOOL,
	URL,
	CVE,
	NAMES,  /* a list of strings */
	VALUES, /* an object of strings and integers */
	TEXTS,  /* an object of strings */
	LIST,   /* not empty; its members are looked at elsewhere */
};

static const char *const kind_rule[] = { "XARF 3: an object", "XARF 3: a string",
	"XARF 3: a string of at least 3 characters", "XARF 3: one of the words the schema lists",
	"RFC 3339 5.6: a date-time with its zone", "RFC 1123 2.1: a host name",
	"RFC 5321 4.1.2: a mail address", "XARF 3: one IP address", "XARF 3: 0 to 65535",
	"XARF 3: 0 to 65535, or a list of such", "XARF 3: a whole number",
	"XARF 3: a whole number, not negative", "XARF 3: true or false", "RFC 3986 3: a URL",
	"XARF 3: CVE-YEAR-NUMBER", "XARF 3: a list of strings",
	"XARF 3: an object of strings and integers", "XARF 3: an object of strings",
	"XARF 3: a list, not empty" };

struct field {
	const char *in, *name; /* in: the object's path, "" the document */
	enum kind kind;
	bool required;
	const char *words;
};

static const struct field fields[] = {
	{ "", "ReporterInfo", OBJECT, true, NULL },
	{ "", "OnBehalfOf", OBJECT, false, NULL },
	{ "", "Disclosure", BOOL, true, NULL },
	{ "", "Version", WORD, false, "3 2 1 alpha development" },
	{ "", "Report", OBJECT, true, NULL },
	{ "", "InternalProcessing", OBJECT, false, NULL },
	{ "ReporterInfo", "ReporterType", WORD, false, "Org Person" },
	{ "ReporterInfo", "ReporterOrg", STRING3, false, NULL },
	{ "ReporterInfo", "ReporterOrgDomain", HOST, false, NULL },
	{ "ReporterInfo", "ReporterOrgEmail", MAIL, false, NULL },
	{ "ReporterInfo", "ReporterOrgAddress", STRING, false, NULL },
	{ "ReporterInfo", "ReporterContactEmail", MAIL, false, NULL },
	{ "ReporterInfo", "ReporterContactName", STRING3, false, NULL },
	{ "ReporterInfo", "ReporterContactPhone", STRING3, false, NULL },
	{ "OnBehalfOf", "ComplainantType", WORD, false, "Org Person" },
	{ "OnBehalfOf", "ComplainantOrg", STRING3, false, NULL },
	{ "OnBehalfOf", "ComplainantOrgDomain", HOST, false, NULL },
	{ "OnBehalfOf", "ComplainantOrgEmail", MAIL, false, NULL },
	{ "OnBehalfOf", "ComplainantContactEmail", MAIL, false, NULL },
	{ "OnBehalfOf", "ComplainantContactName", STRING3, false, NULL },
	{ "OnBehalfOf", "ComplainantContactPhone", STRING3, false, NULL },
	{ "InternalProcessing", "SubscriberInformation", OBJECT, false, NULL },
	{ "InternalProcessing", "ContractInformation", OBJECT, false, NULL },
	{ "InternalProcessing", "EventTags", NAMES, false, NULL },
	{ "InternalProcessing.SubscriberInformation", "ID", STRING, false, NULL },
	{ "InternalProcessing.SubscriberInformation", "SubscriberData", TEXTS, false, NULL },
	{ "InternalProcessing.ContractInformation", "ID", STRING, false, NULL },
	{ "InternalProcessing.ContractInformation", "ResolverData", TEXTS, false, NULL },
	{ "Report", "ReportClass", WORD, true, "Content Activity Vulnerability" },
	{ "Report", "ReportType", STRING, true, NULL },
	{ "Report", "ReportSubType", STRING, false, NULL },
	{ "Report", "ReporterCaseID", STRING, false, NULL },
	{ "Report", "ReporterSeverity", WORD, false, "low medium high" },
	{ "Report", "ReporterNotes", STRING, false, NULL },
	{ "Report", "Custom", VALUES, false, NULL },
	{ "Report", "AdditionalFields", VALUES, false, NULL },
	{ "Report", "Date", TIME, true, NULL },
	{ "Report", "FirstSeen", TIME, false, NULL },
	{ "Report", "SourceIp", IP, false, NULL },
	{ "Report", "SourcePort", PORT, false, NULL },
	{ "Report", "SourceUrl", URL, false, NULL },
	{ "Report", "ASN", COUNT, false, NULL },
	{ "Report", "DestinationIp", IP, false, NULL },
	{ "Report", "DestinationPort", PORTS, false, NULL },
	{ "Report", "AttackerIp", IP, false, NULL },
	{ "Report", "AttackerPort", PORTS, false, NULL },
	{ "Report", "Ongoing", BOOL, false, NULL },
	{ "Report", "ByteCount", INTEGER, false, NULL },
	{ "Report", "PacketCount", INTEGER, false, NULL },
	{ "Report", "ThreatActor", STRING, false, NULL },
	{ "Report", "Samples", LIST, false, NULL },
	{ "Report", "ServiceName", STRING, false, NULL },
	{ "Report", "ServiceVersion", STRING, false, NULL },
	{ "Report", "TransportProtocol", WORD, false, "tcp udp" },
	{ "Report", "SmtpMailFromAddress", MAIL, false, NULL },
	{ "Report", "SmtpRcptToAddress", MAIL, false, NULL },
	{ "Report", "MalwareName", STRING, false, NULL },
	{ "Report", "BotnetName", STRING, false, NULL },
	{ "Report", "RpzDomain", HOST, false, NULL },
	{ "Report", "CVE", CVE, false, NULL },
	{ "Report", "CVSS", OBJECT, false, NULL },
	{ "Report", "Account", OBJECT, false, NULL },
	{ "Report", "TrademarkedMaterial", STRING, false, NULL },
	{ "Report", "InfringedMaterial", STRING, false, NULL },
	{ "Report", "MaterialType", STRING, false, NULL },
	{ "Report", "CourtOrder", URL, false, NULL },
	{ "Report", "Harasser", STRING, false, NULL },
	{ "Report", "HarassmentDescription", STRING, false, NULL },
	{ "Report", "HarassmentType", WORD, false,
	    "doxing stalking sexual believes defamation extortion hate" },
	{ "Report", "HarassmentLocation", WORD, false, "website chat game" },
	{ "Report", "FileName", STRING, false, NULL },
	{ "Report", "FileSize", COUNT, false, NULL },
	{ "Report", "FileHash", OBJECT, false, NULL },
	{ "Report.FileHash", "HashValue", STRING, true, NULL },
	{ "Report.FileHash", "HashAlgorithm", WORD, true,
	    "sha1 sha2 sha3 sha256 sha512 md5 argon2id scrypt bcrypt pbkdf2" },
	{ "Report.CVSS", "Version", WORD, true, "3.1 3.0 2" },
	{ "Report.CVSS", "Vector", STRING, true, NULL },
	{ "Report.Account", "AccountIdentifier", STRING, false, NULL },
	{ "Report.Account", "AccountEmail", STRING, false, NULL },
};

static const struct xarf3_type types[] = {
	{ NULL, "ChildAbuse", TRAY_SEALED, CLASS_NONE, NULL, "XARF 3 ChildAbuse" },
	{ NULL, "ChildSexualAbuseMaterial", TRAY_SEALED, CLASS_NONE, NULL,
	    "XARF 3 ChildSexualAbuseMaterial" },
	{ "Activity", "Spam", TRAY_CASE, CLASS_SPAM_SOURCE, "SourceIp", "XARF 3 Activity/Spam" },
	{ "Activity", "DOS", TRAY_CASE, CLASS_DDOS_SOURCE, "SourceIp", "XARF 3 Activity/DOS" },
	{ "Activity", "PortScan", TRAY_CASE, CLASS_SCANNER, "SourceIp",
	    "XARF 3 Activity/PortScan" },
	{ "Activity", "LoginAttack", TRAY_CASE, CLASS_LOGIN_ATTACKER, "SourceIp",
	    "XARF 3 Activity/LoginAttack" },
	/* Who tries an exploit on strangers searches for others to infect. */
	{ "Activity", "Exploit", TRAY_CASE, CLASS_SCANNER, "SourceIp", "XARF 3 Activity/Exploit" },
	/* A name of malware was asked for: what asks is infected. */
	{ "Activity", "Malware", TRAY_CASE, CLASS_BOT, "SourceIp", "XARF 3 Activity/Malware" },
	{ "Activity", "PotentiallyCompromisedAccount", TRAY_CASE, CLASS_LOGIN_ATTACKER, "Account",
	    "XARF 3 Activity/PotentiallyCompromisedAccount" },
	{ "Activity", "WebCrawler", TRAY_SECURITY, CLASS_NONE, NULL, "XARF 3 Activity/WebCrawler" },
	{ "Activity", "Harassment", TRAY_CONTENT, CLASS_NONE, "Harasser HarassmentDescription",
	    "XARF 3 Activity/Harassment" },
	{ "Content", "Botnet", TRAY_CASE, CLASS_BOT, NULL, "XARF 3 Content/Botnet" },
	{ "Content", "Malware", TRAY_CONTENT, CLASS_NONE, NULL, "XARF 3 Content/Malware" },
	{ "Content", "Phishing", TRAY_CONTENT, CLASS_NONE, "SourceUrl", "XARF 3 Content/Phishing" },
	{ "Content", "Trademark", TRAY_COPYRIGHT, CLASS_NONE, "TrademarkedMaterial",
	    "XARF 3 Content/Trademark" },
	{ "Content", "Copyright", TRAY_COPYRIGHT, CLASS_NONE, "InfringedMaterial",
	    "XARF 3 Content/Copyright" },
	{ "Vulnerability", "OpenService", TRAY_CASE, CLASS_NONE, "ServiceName",
	    "XARF 3 Vulnerability/OpenService" },
};

static bool
is_host(const char *s)
{
	size_t n = strlen(s), label = 0;
	for (size_t i = 0; i < n; i++) {
		bool word = (s[i] >= '0' && s[i] <= '9') ||
			    ((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') || s[i] == '-' ||
			    s[i] == '_';
		if (!word && (s[i] != '.' || label == 0))
			return false;
		label = s[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return n > 0 && n <= 253 && s[0] != '-' && s[n - 1] != '-';
}

static bool
is_mail(const char *s)
{
	const char *at = strrchr(s, '@');
	return at && at != s && at[1];
}

/* A scheme and something behind it (RFC 3986 3). */
static bool
is_url(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return n > 0 && s[n] == ':' && s[n + 1] && !strpbrk(s, " \t\r\n<>\"");
}

static bool
is_cve(const char *s)
{
	size_t n;
	return strncmp(s, "CVE-", 4) == 0 && strspn(s + 4, "0123456789") == 4 && s[8] == '-' &&
	       (n = strspn(s + 9, "0123456789")) >= 4 && n <= 7 && !s[9 + n];
}

static bool
is_port(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= 65535;
}

static bool
all_of(const json_t *v, bool (*one)(const json_t *v))
{
	const json_t *m;
	const char *key;
	size_t i;
	if (json_is_array(v)) {
		json_array_foreach(v, i, m) if (!one(m)) return false;
		return true;
	}
	json_object_foreach((json_t *)v, key, m) if (!one(m)) return false;
	return json_is_object(v);
}

static bool
is_string(const json_t *v)
{
	return json_is_string(v);
}

static bool
is_value(const json_t *v)
{
	return json_is_string(v) || json_is_integer(v);
}

static bool
text_fits(const struct field *f, const char *s)
{
	struct addr a;
	msec t;
	switch (f->kind) {
	case STRING3: return strlen(s) >= 3;
	case WORD: return xarf_word_in(s, f->words);
	case TIME: return msec_parse(s, strlen(s), &t) == 0;
	case HOST: return is_host(s);
	case MAIL: return is_mail(s);
	case IP: return addr_parse(s, strlen(s), &a) == 0;
	case URL: return is_url(s);
	case CVE: return is_cve(s);
	default: return true;
	}
}

static bool
fits(const struct field *f, const json_t *v)
{
	switch (f->kind) {
	case OBJECT: return json_is_object(v);
	case PORT: return is_port(v);
	case PORTS: return json_is_array(v) ? all_of(v, is_port) : is_port(v);
	case INTEGER: return json_is_integer(v);
	case COUNT: return json_is_integer(v) && json_integer_value(v) >= 0;
	case BOOL: return json_is_boolean(v);
	case NAMES: return json_is_array(v) && all_of(v, is_string);
	case VALUES: return json_is_object(v) && all_of(v, is_value);
	case TEXTS: return json_is_object(v) && all_of(v, is_string);
	case LIST: return json_is_array(v) && json_array_size(v) > 0;
	default: return json_is_string(v) && text_fits(f, json_string_value(v));
	}
}

/* The object at a path of names of ours; NULL when it is not there. */
static const json_t *
at(const json_t *o, const char *path)
{
	char name[32];
	while (o && *path) {
		size_t n = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		o = json_object_get(o, name);
		path += path[n] ? n + 1 : n;
	}
	return o;
}

static int
check_fields(const json_t *root, struct xarf_why *why)
{
	for (const struct field *f = fields; f < fields + sizeof(fields) / sizeof(fields[0]); f++) {
		const json_t *o = at(root, f->in);
		const json_t *v = json_object_get(o, f->name);
		if (!o || (!v && !f->required))
			continue;
		if (!v || !fits(f, v))
			return xarf_refuse(why, -EBADMSG,
			    v ? kind_rule[f->kind] : "XARF 3: required", "%s%s%s", f->in,
			    *f->in ? "." : "", f->name);
	}
	return 0;
}

/* An organisation says who it is; of a person nothing more is asked. */
static int
check_party(const json_t *root, const char *in, const char *prefix, struct xarf_why *why)
{
	static const char *const needs[] = { "Org", "OrgDomain", "OrgEmail" };
	const json_t *o = json_object_get(root, in);
	char name[40];
	snprintf(name, sizeof(name), "%sType", prefix);
	const char *type = xarf3_str(o, name);
	for (size_t i = 0; o && (!type || strcmp(type, "Person") != 0) && i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, needs[i]);
		if (!json_object_get(o, name))
			return xarf_refuse(why, -EBADMSG, "XARF 3: required", "%s.%s", in, name);
	}
	const char *key;
	const json_t *v;
	if (strcmp(in, "ReporterInfo") != 0)
		return 0;
	json_object_foreach((json_t *)o, key, v)
	{
		bool known = false;
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && !known; i++)
			known = strcmp(fields[i].in, in) == 0 && strcmp(fields[i].name, key) == 0;
		if (!known)
			return xarf_refuse(why, -EBADMSG, "XARF 3: no other fields", "%s", in);
	}
	return 0;
}

static int
check_samples(const json_t *samples, struct xarf_why *why)
{
	static const struct field of[] = { { "", "ContentType", STRING, true, NULL },
		{ "", "Payload", STRING, true, NULL }, { "", "Description", STRING, false, NULL },
		{ "", "Base64Encoded", BOOL, false, NULL } };
	const json_t *s;
	size_t i;
	if (json_array_size(samples) > XARF_MAX_EVIDENCE)
		return xarf_refuse(why, -E2BIG, "lymph: at most 50 samples", "Report.Samples");
	json_array_foreach(samples, i, s)
	{
		if (!json_is_object(s))
			return xarf_refuse(
			    why, -EBADMSG, "XARF 3: an object", "Report.Samples[%zu]", i);
		if (json_is_string(json_object_get(s, "FileName")) &&
		    !json_object_get(s, "Payload"))
			continue; /* a file that is only spoken of */
		for (size_t f = 0; f < sizeof(of) / sizeof(of[0]); f++) {
			const json_t *v = json_object_get(s, of[f].name);
			if (v ? !fits(&of[f], v) : of[f].required)
				return xarf_refuse(why, -EBADMSG,
				    v ? kind_rule[of[f].kind] : "XARF 3: required",
				    "Report.Samples[%zu].%s", i, of[f].name);
		}
	}
	return 0;
}

/* The patterns of the schema, in short: which letters a vector may begin with. */
static int
check_cvss(const json_t *cvss, struct xarf_why *why)
{
	const char *version = xarf3_str(cvss, "Version"), *vector = xarf3_str(cvss, "Vector");
	if (!cvss)
		return 0;
	bool old = strcmp(version, "2") == 0;
	bool good = old ? strncmp(vector + (vector[0] == '('), "AV:", 3) == 0
			: strncmp(vector, "CVSS:3.", 7) == 0;
	return good ? 0
		    : xarf_refuse(
			  why, -EBADMSG, "XARF 3: a vector of that version", "Report.CVSS.Vector");
}

static int
check_account(const json_t *report, struct xarf_why *why)
{
	const json_t *a = json_object_get(report, "Account");
	const char *id = xarf3_str(a, "AccountIdentifier");
	if (a && json_object_size(a) == 0)
		return xarf_refuse(why, -EBADMSG, "XARF 3: not empty", "Report.Account");
	if (id && is_mail(id))
		return xarf_refuse(why, -EBADMSG,
		    "XARF 3: a mail address belongs into AccountEmail",
		    "Report.Account.AccountIdentifier");
	for (size_t i = 0; a && i < 2; i++) {
		static const char *const never[] = { "SourceIp", "SourceUrl" };
		if (json_object_get(report, never[i]))
			return xarf_refuse(why, -EBADMSG,
			    "XARF 3: not in a report about an account", "Report.%s", never[i]);
	}
	return 0;
}

static const struct xarf3_type *
type_of(const json_t *report, struct xarf_why *why)
{
	const char *cls = xarf3_str(report, "ReportClass"), *type = xarf3_str(report, "ReportType");
	bool known = false;
	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].type, type) != 0)
			continue;
		known = true;
		if (!types[i].cls || (cls && strcmp(types[i].cls, cls) == 0))
			return &types[i];
	}
	xarf_refuse(why, -EBADMSG, "XARF 3: a type that has a schema",
	    known ? "Report.ReportClass" : "Report.ReportType");
	return NULL;
}

static int
check_type(
    const json_t *root, const json_t *report, const struct xarf3_type *t, struct xarf_why *why)
{
	char name[32];
	for (const char *p = t->needs ? t->needs : ""; *p;) {
		size_t n = strcspn(p, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		if (!json_object_get(report, name))
			return xarf_refuse(why, -EBADMSG, "XARF 3: required", "Report.%s", name);
		p += p[n] ? n + 1 : n;
	}
	/* Where malware can be had: the first versions wanted the place. */
	const char *version = xarf3_str(root, "Version");
	if (t->tray == TRAY_CONTENT && strcmp(t->type, "Malware") == 0 && version &&
	    xarf_word_in(version, "1 2 alpha") && !json_object_get(report, "SourceUrl"))
		return xarf_refuse(why, -EBADMSG, "XARF 3: required", "Report.SourceUrl");
	if (!json_object_get(report, "Account") && !json_object_get(report, "SourceIp") &&
	    !json_object_get(report, "SourceUrl"))
		return xarf_refuse(
		    why, -EBADMSG, "XARF 3: required, or SourceUrl", "Report.SourceIp");
	return 0;
}

const struct xarf3_type *
xarf3_check(const json_t *root, bool *child_abuse, struct xarf_why *why)
{
	const json_t *report = json_object_get(root, "Report");
	*child_abuse = false;
	if (!json_is_object(root)) {
		xarf_refuse(why, -EBADMSG, "XARF 3: an object", "body");
		return NULL;
	}
	const struct xarf3_type *t = type_of(report, why);
	*child_abuse = t && t->tray == TRAY_SEALED; /* whatever else is wrong with it */
	if (check_fields(root, why) < 0 || check_party(root, "ReporterInfo", "Reporter", why) < 0 ||
	    check_party(root, "OnBehalfOf", "Complainant", why) < 0)
		return NULL;
	t = type_of(report, why);
	if (!t || check_type(root, report, t, why) < 0 ||
	    check_samples(json_object_get(report, "Samples"), why) < 0 ||
	    check_cvss(json_object_get(report, "CVSS"), why) < 0 || check_account(report, why) < 0)
		return NULL;
	return t;
}
