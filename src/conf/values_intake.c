/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of value the report desk needs; as values.c, must never store what would not print back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"
#include "model/identity.h"

static bool
plain(char c, const char *more)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
}

/* Lower case, of letters, digits and `more`; false: something else is in it, or it does not fit. */
static bool
fold(const char *s, size_t n, const char *more, char *ret, size_t size)
{
	if (n == 0 || n >= size)
		return false;
	memset(ret, 0, size);
	for (size_t i = 0; i < n; i++) {
		ret[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
		if (!plain(ret[i], more))
			return false;
	}
	return true;
}

static int
parse_domains(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char(*v)[CONF_NAME] = field, one[CONF_NAME];
	(void)r;
	if (!fold(text, strlen(text), ".-", one, sizeof(one)) || !strchr(one, '.') || one[0] == '.')
		return opt_refuse(rule, size, "is no mail domain such as \"example.net\"");
	if (nth >= CONF_DOMAINS)
		return opt_refuse(rule, size, "takes at most %d domains", CONF_DOMAINS);
	if (nth == 0)
		memset(v, 0, CONF_DOMAINS * sizeof(*v));
	memcpy(v[nth], one, sizeof(one));
	return 0;
}

static void
print_domains(const struct opt_row *r, const void *field, FILE *f)
{
	const char(*v)[CONF_NAME] = field;
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_DOMAINS && v[i][0]; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ", v[i]);
	fputs(" }", f);
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	    : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
parse_tokens(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct conf_token *v = field, one = { 0 };
	const char *colon = strchr(text, ':');
	struct identity i;
	(void)r;
	if (!colon || !fold(text, (size_t)(colon - text), "._-", one.name, sizeof(one.name)) ||
	    !identity_make(IDENTITY_TOKEN, one.name, &i))
		return opt_refuse(rule, size,
		    "is not NAME:HASH with a name of letters, digits, \".\", \"_\" and \"-\"");
	if (strlen(colon + 1) != 64)
		return opt_refuse(rule, size, "wants the SHA-256 of the secret, 64 hex digits");
	for (unsigned k = 0; k < 32; k++) {
		int a = hex_digit(colon[1 + 2 * k]), b = hex_digit(colon[2 + 2 * k]);
		if (a < 0 || b < 0)
			return opt_refuse(rule, size, "wants the SHA-256 of the secret, 64 hex digits");
		one.hash[k] = (uint8_t)(a << 4 | b);
	}
	if (nth >= CONF_TOKENS)
		return opt_refuse(rule, size, "takes at most %d tokens", CONF_TOKENS);
	if (nth == 0)
		memset(v, 0, CONF_TOKENS * sizeof(*v));
	v[nth] = one;
	return 0;
}

static void
print_tokens(const struct opt_row *r, const void *field, FILE *f)
{
	const struct conf_token *v = field;
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_TOKENS && v[i].name[0]; i++) {
		fprintf(f, "%s\"%s:", i ? ", " : " ", v[i].name);
		for (unsigned k = 0; k < 32; k++)
			fprintf(f, "%02x", v[i].hash[k]);
		fputc('"', f);
	}
	fputs(" }", f);
}

static int
parse_readers(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char(*v)[32] = field, one[32];
	(void)r;
	if (!fold(text, strlen(text), "._-", one, sizeof(one)) || strlen(one) != strlen(text) ||
	    strcmp(one, text) != 0)
		return opt_refuse(rule, size, "is no user: a name in lower case, or a number");
	if (nth >= CONF_READERS)
		return opt_refuse(rule, size, "takes two people, no more");
	if (nth == 0)
		memset(v, 0, CONF_READERS * sizeof(*v));
	memcpy(v[nth], one, sizeof(one));
	return 0;
}

static void
print_readers(const struct opt_row *r, const void *field, FILE *f)
{
	const char(*v)[32] = field;
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_READERS && v[i][0]; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ", v[i]);
	fputs(" }", f);
}

static int
parse_u64(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char *end;
	(void)nth;
	errno = 0;
	long long n = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
	if (n < 0 || errno || *end)
		return opt_refuse(rule, size, "takes a whole number");
	if (n < r->min || n > r->max)
		return opt_refuse(rule, size, "takes %lld to %lld", (long long)r->min, (long long)r->max);
	uint64_t v = (uint64_t)n;
	memcpy(field, &v, sizeof(v));
	return 0;
}

static void
print_u64(const struct opt_row *r, const void *field, FILE *f)
{
	uint64_t v;
	(void)r;
	memcpy(&v, field, sizeof(v));
	fprintf(f, "%llu", (unsigned long long)v);
}

static const char *const outgoing_words[] = { "off", "preview", "on" };

static int
parse_outgoing(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	for (uint32_t i = OUTGOING_OFF; i <= OUTGOING_ON; i++)
		if (strcmp(text, outgoing_words[i]) == 0) {
			memcpy(field, &i, sizeof(i));
			return 0;
		}
	return opt_refuse(rule, size, "is not off, preview or on");
}

static void
print_outgoing(const struct opt_row *r, const void *field, FILE *f)
{
	uint32_t v;
	(void)r;
	memcpy(&v, field, sizeof(v));
	fputs(outgoing_words[v <= OUTGOING_ON ? v : OUTGOING_PREVIEW], f);
}

const struct opt_type domains_type = { "domains", true, parse_domains, print_domains };
const struct opt_type tokens_type = { "tokens", true, parse_tokens, print_tokens };
const struct opt_type readers_type = { "users", true, parse_readers, print_readers };
const struct opt_type u64_type = { "number", false, parse_u64, print_u64 };
const struct opt_type outgoing_type = { "off|preview|on", false, parse_outgoing, print_outgoing };
