/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of value: how each is parsed, with what a refusal says, and printed; see values.h. Must never
 * store what its printer would not print back. */
#include "conf/values.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

char *
opt_param_print(char kind, int64_t v, char buf[OPT_PARAM_TEXT])
{
	if (kind != 'q')
		return param_print(kind, v, buf);
	/* Nine places hold all of a q32 that q32_parse can have read. */
	q32_print((q32)v, 9, buf);
	size_t n = strlen(buf);
	while (buf[n - 1] == '0')
		n--;
	buf[buf[n - 1] == '.' ? n - 1 : n] = '\0';
	return buf;
}

int
opt_refuse(char *rule, size_t size, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(rule, size, fmt, ap);
	va_end(ap);
	return -1;
}

/* A text in quotes, escaped so that the parser reads it back as it is. */
static void
quote(const char *s, FILE *f)
{
	fputc('"', f);
	for (; *s; s++) {
		/* The parser replaces ${NAME} by the environment: not in a text that must not change. */
		if (*s == '"' || *s == '\\' || *s == '$')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

static int
parse_text(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	size_t n = strlen(text);
	(void)nth;
	if (n < (size_t)r->min || n > (size_t)r->max)
		return opt_refuse(rule, size, "takes %lld to %lld bytes, these are %zu",
		    (long long)r->min, (long long)r->max, n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return opt_refuse(rule, size, "holds a control character: write plain text");
	memcpy(field, text, n + 1);
	return 0;
}

static void
print_text(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	quote(field, f);
}

static bool
all_of(const char *s, const char *more)
{
	for (; *s; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			     (*s >= '0' && *s <= '9');
		if (!plain && !strchr(more, *s))
			return false;
	}
	return true;
}

static int
parse_word(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	if (!all_of(text, "-_."))
		return opt_refuse(rule, size, "takes letters, digits, \"-\", \"_\" and \".\" only");
	return parse_text(r, text, nth, field, rule, size);
}

static int
parse_path(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	if (*text != '/')
		return opt_refuse(rule, size, "is not an absolute path: begin it with \"/\"");
	return parse_text(r, text, nth, field, rule, size);
}

static int
parse_u32(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char *end;
	uint32_t v;
	(void)nth;
	errno = 0;
	long long n = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
	if (n < 0 || errno || *end)
		return opt_refuse(rule, size, "takes a whole number");
	if (n < r->min || n > r->max)
		return opt_refuse(
		    rule, size, "takes %lld to %lld", (long long)r->min, (long long)r->max);
	v = (uint32_t)n;
	memcpy(field, &v, sizeof(v));
	return 0;
}

static void
print_u32(const struct opt_row *r, const void *field, FILE *f)
{
	uint32_t v;
	(void)r;
	memcpy(&v, field, sizeof(v));
	fprintf(f, "%u", v);
}

static int
parse_u8(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	uint32_t v = 0;
	if (parse_u32(r, text, nth, &v, rule, size) < 0)
		return -1;
	*(uint8_t *)field = (uint8_t)v;
	return 0;
}

static void
print_u8(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "%u", *(const uint8_t *)field);
}

static int
parse_bool(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };
	(void)r, (void)nth;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*(bool *)field = i & 1;
			return 0;
		}
	}
	return opt_refuse(rule, size, "takes true or false");
}

static void
print_bool(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fputs(*(const bool *)field ? "true" : "false", f);
}

static int
parse_addr(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct addr a = { 0 };
	(void)r, (void)nth;
	if (*text && addr_parse(text, strlen(text), &a) < 0)
		return opt_refuse(rule, size, "takes one IPv4 or IPv6 address, without length or port");
	memcpy(field, &a, sizeof(a));
	return 0;
}

static void
print_addr(const struct opt_row *r, const void *field, FILE *f)
{
	char buf[ADDR_TEXT];
	const struct addr *a = field;
	(void)r;
	fprintf(f, "\"%s\"", a->fam ? addr_print(a, buf) : "");
}

int
opt_end_parse(const char *text, struct addr *ret_a, uint16_t *ret_port)
{
	static const struct opt_row bounds = { .min = 1, .max = 65535 };
	const char *colon = strrchr(text, ':'), *from = text, *to = colon;
	char rule[1];
	struct addr a;
	uint32_t port;
	if (colon && *text == '[' && colon > text && colon[-1] == ']') {
		from++;
		to--;
	}
	if (!colon || addr_parse(from, (size_t)(to - from), &a) < 0 ||
	    (a.fam == 6) != (from != text) ||
	    parse_u32(&bounds, colon + 1, 0, &port, rule, sizeof(rule)) < 0)
		return -EINVAL;
	*ret_a = a;
	*ret_port = (uint16_t)port;
	return 0;
}

char *
opt_end_print(const struct addr *a, uint16_t port, char buf[OPT_END_TEXT])
{
	char text[ADDR_TEXT];
	snprintf(buf, OPT_END_TEXT, a->fam == 6 ? "[%s]:%u" : "%s:%u", addr_print(a, text), port);
	return buf;
}

/* "ADDRESS:PORT", "[ADDRESS]:PORT" or "unix:/path"; stored in one form. */
static int
parse_listen(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char canon[OPT_END_TEXT];
	struct addr a;
	uint16_t port;
	if (strncmp(text, "unix:/", 6) == 0)
		return parse_text(r, text, nth, field, rule, size);
	if (opt_end_parse(text, &a, &port) < 0)
		return opt_refuse(rule, size,
		    "takes \"ADDRESS:PORT\", \"[IPV6-ADDRESS]:PORT\" or \"unix:/PATH\"");
	return parse_text(r, opt_end_print(&a, port, canon), nth, field, rule, size);
}

/* As parse_listen, or "" for nowhere. */
static int
parse_listen_or_none(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	if (*text)
		return parse_listen(r, text, nth, field, rule, size);
	*(char *)field = '\0';
	return 0;
}

static int
parse_path_or_none(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	if (*text)
		return parse_path(r, text, nth, field, rule, size);
	*(char *)field = '\0';
	return 0;
}

static int
parse_span(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	int64_t v;
	char least[OPT_PARAM_TEXT], most[OPT_PARAM_TEXT];
	(void)nth;
	if (param_parse('d', text, &v) < 0)
		return opt_refuse(rule, size, "takes a time such as \"90 s\", \"10 min\" or \"6 h\"");
	if (v < r->min || v > r->max)
		return opt_refuse(rule, size, "takes %s to %s", opt_param_print('d', r->min, least),
		    opt_param_print('d', r->max, most));
	memcpy(field, &v, sizeof(v));
	return 0;
}

static void
print_span(const struct opt_row *r, const void *field, FILE *f)
{
	int64_t v;
	char buf[OPT_PARAM_TEXT];
	(void)r;
	memcpy(&v, field, sizeof(v));
	fprintf(f, "\"%s\"", opt_param_print('d', v, buf));
}

/* Ports go into an array; 0 ends it. How many there is room for: */
static unsigned
room_for_ports(const struct opt_row *r)
{
	return r->type == &many_ports_type ? CONF_SCAN_PORTS : CONF_PORTS;
}

static int
parse_ports(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	uint16_t *ports = field;
	uint32_t v = 0;
	if (parse_u32(r, text, nth, &v, rule, size) < 0)
		return -1;
	if (nth >= room_for_ports(r))
		return opt_refuse(rule, size, "takes at most %u ports", room_for_ports(r));
	for (unsigned i = 0; i < nth; i++)
		if (ports[i] == v)
			return opt_refuse(rule, size, "names port %u twice", v);
	if (nth == 0)
		memset(ports, 0, room_for_ports(r) * sizeof(*ports));
	ports[nth] = (uint16_t)v;
	return 0;
}

static void
print_ports(const struct opt_row *r, const void *field, FILE *f)
{
	const uint16_t *ports = field;
	fputc('{', f);
	for (unsigned i = 0; i < room_for_ports(r) && ports[i]; i++)
		fprintf(f, "%s%u", i ? ", " : " ", ports[i]);
	fputs(" }", f);
}

/* One address of each family. */
static int
parse_source(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct conf_vantage *v = field;
	struct addr a, *to;
	if (parse_addr(r, text, nth, &a, rule, size) < 0)
		return -1;
	if (a.fam == 0)
		return opt_refuse(
		    rule, size, "takes an address: leave the option out to let the kernel choose");
	to = a.fam == 4 ? &v->source4 : &v->source6;
	if (to->fam)
		return opt_refuse(rule, size, "takes one IPv4 and one IPv6 address at most");
	*to = a;
	return 0;
}

static void
print_source(const struct opt_row *r, const void *field, FILE *f)
{
	const struct conf_vantage *v = field;
	char buf[ADDR_TEXT];
	const char *sep = " ";
	(void)r;
	fputc('{', f);
	for (int i = 0; i < 2; i++) {
		const struct addr *a = i ? &v->source6 : &v->source4;
		if (a->fam) {
			fprintf(f, "%s\"%s\"", sep, addr_print(a, buf));
			sep = ", ";
		}
	}
	fputs(" }", f);
}

const struct opt_type text_type = { "text", false, parse_text, print_text };
const struct opt_type word_type = { "word", false, parse_word, print_text };
const struct opt_type path_type = { "path", false, parse_path, print_text };
const struct opt_type listen_type = { "socket", false, parse_listen, print_text };
const struct opt_type u32_type = { "number", false, parse_u32, print_u32 };
const struct opt_type u8_type = { "number", false, parse_u8, print_u8 };
const struct opt_type bool_type = { "true|false", false, parse_bool, print_bool };
const struct opt_type addr_type = { "address", false, parse_addr, print_addr };
const struct opt_type port_type = { "ports", true, parse_ports, print_ports };
const struct opt_type many_ports_type = { "ports", true, parse_ports, print_ports };
const struct opt_type source_type = { "addresses", true, parse_source, print_source };
const struct opt_type span_type = { "time", false, parse_span, print_span };
const struct opt_type listen_or_none_type = { "socket", false, parse_listen_or_none, print_text };
const struct opt_type path_or_none_type = { "path", false, parse_path_or_none, print_text };
