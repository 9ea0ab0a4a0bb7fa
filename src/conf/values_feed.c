/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of value that asking registries, and writing to peers, needs; as values.c, must
 * never store what would not print back. */
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"

/* Printable ASCII that needs no quoting, as a URL or a path may hold. */
static bool
quiet(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"\\<>`{|}^$", *s))
			return false;
	return true;
}

static bool
web(const char *s)
{
	size_t at = strncmp(s, "https://", 8) == 0 ? 8 : strncmp(s, "http://", 7) == 0 ? 7 : 0;
	return at && s[at] && s[at] != '/' && quiet(s) && !strchr(s, '#') && !strchr(s, '@');
}

static int
parse_boots(const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char(*v)[CONF_URL] = field;
	size_t n = strlen(text);
	(void)r;
	if (n >= CONF_URL || (*text == '/' ? !quiet(text) || n < 2 || n >= CONF_PATH : !web(text)))
		return opt_refuse(rule, size, "is no path and no URL such as \"https://data.iana.org/rdap/ipv4.json\"");
	if (nth >= CONF_BOOTS)
		return opt_refuse(rule, size, "takes at most %d files", CONF_BOOTS);
	if (nth == 0)
		memset(v, 0, CONF_BOOTS * sizeof(*v));
	memcpy(v[nth], text, n + 1);
	return 0;
}

static void
print_boots(const struct opt_row *r, const void *field, FILE *f)
{
	const char(*v)[CONF_URL] = field;
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_BOOTS && v[i][0]; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ", v[i]);
	fputs(" }", f);
}

static int
parse_resolvers(const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct addr *v = field, a;
	(void)r;
	if (addr_parse(text, strlen(text), &a) < 0)
		return opt_refuse(rule, size, "is no address");
	if (nth >= CONF_RESOLVERS)
		return opt_refuse(rule, size, "takes at most %d addresses", CONF_RESOLVERS);
	if (nth == 0)
		memset(v, 0, CONF_RESOLVERS * sizeof(*v));
	v[nth] = a;
	return 0;
}

static void
print_resolvers(const struct opt_row *r, const void *field, FILE *f)
{
	const struct addr *v = field;
	char buf[ADDR_TEXT];
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_RESOLVERS && v[i].fam; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ", addr_print(&v[i], buf));
	fputs(" }", f);
}

static int
parse_peer_prefixes(const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct prefix *v = field, p;
	(void)r;
	if (prefix_parse(text, strlen(text), &p) < 0)
		return opt_refuse(rule, size, "takes prefixes, such as \"192.0.2.0/24\", host bits zero");
	if (nth >= CONF_PEER_PREFIXES)
		return opt_refuse(rule, size, "takes at most %d prefixes", CONF_PEER_PREFIXES);
	if (nth == 0)
		memset(v, 0, CONF_PEER_PREFIXES * sizeof(*v));
	v[nth] = p;
	return 0;
}

static void
print_peer_prefixes(const struct opt_row *r, const void *field, FILE *f)
{
	const struct prefix *v = field;
	char buf[PREFIX_TEXT];
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_PEER_PREFIXES && v[i].a.fam; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ", prefix_print(&v[i], buf));
	fputs(" }", f);
}

static bool
word(char c, const char *more)
{
	char low = (char)(c | 0x20);
	return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
}

/* Local part, @, domain of two labels or more; ASCII. */
static bool
mail_ok(const char *s)
{
	const char *at = strchr(s, '@'), *dot = at ? strchr(at, '.') : NULL;
	size_t n = strlen(s);
	if (n >= CONF_MAIL || !at || at == s || at - s > 64 || !dot || dot == at + 1 || s[n - 1] == '.')
		return false;
	for (const char *p = s; *p; p++)
		if (p != at && !word(*p, p < at ? "!#%&'*+-/=?_~." : "-.") )
			return false;
	return s[0] != '.' && at[-1] != '.' && at[1] != '-' && !strstr(s, "..");
}

static int
parse_mail(const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	if (*text && !mail_ok(text))
		return opt_refuse(rule, size, "is no mail address such as \"abuse@example.net\"");
	memcpy(field, text, strlen(text) + 1);
	return 0;
}

static int
parse_web(const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	if (*text && (!web(text) || strlen(text) >= CONF_URL))
		return opt_refuse(rule, size, "is no URL such as \"https://lymph.example.net/v1/reports\"");
	memcpy(field, text, strlen(text) + 1);
	return 0;
}

/* As web, without what {id} stands for; a mark of the page (#) may follow. */
static int
parse_link(const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char bare[CONF_NAME];
	const char *id = strstr(text, CONF_LINK_ID), *rest = id ? id + strlen(CONF_LINK_ID) : "", *host = strstr(text, "//");
	(void)nth;
	if (strlen(text) > (size_t)r->max)
		return opt_refuse(rule, size, "takes at most %d bytes", (int)r->max);
	const char *path = host ? strchr(host + 2, '/') : NULL;
	if (id && (!path || path > id || strstr(rest, CONF_LINK_ID)))
		return opt_refuse(rule, size, "takes {id} once at most, and behind the host");
	snprintf(bare, sizeof(bare), "%.*s%s", id ? (int)(id - text) : (int)strlen(text), text, rest);
	char *mark = strchr(bare, '#');
	if (mark)
		*mark = '0'; /* one of these is fine */
	if (*text && !web(bare))
		return opt_refuse(rule, size, "is no URL such as \"https://abuse.example.net/report/{id}\"");
	memset(field, 0, (size_t)r->max + 1);
	memcpy(field, text, strlen(text));
	return 0;
}

static void
print_text(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", (const char *)field);
}

const struct opt_type boots_type = { "files", true, parse_boots, print_boots };
const struct opt_type resolvers_type = { "addresses", true, parse_resolvers, print_resolvers };
const struct opt_type peer_prefixes_type = { "prefixes", true, parse_peer_prefixes, print_peer_prefixes };
const struct opt_type mail_type = { "mail address", false, parse_mail, print_text };
const struct opt_type web_type = { "URL", false, parse_web, print_text };
const struct opt_type link_type = { "URL", false, parse_link, print_text };
