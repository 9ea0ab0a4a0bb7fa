/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of value telemetry needs, as in values.c. Must never store what its printer would not print
 * back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"

/* Into an array of CONF_ENDS; fam 0 ends it. */
static int
parse_ends(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct conf_end *ends = field, e = { 0 };
	(void)r;
	if (opt_end_parse(text, &e.addr, &e.port) < 0)
		return opt_refuse(rule, size, "takes \"ADDRESS:PORT\" or \"[IPV6-ADDRESS]:PORT\"");
	if (nth >= CONF_ENDS)
		return opt_refuse(rule, size, "takes at most %d sockets", CONF_ENDS);
	for (unsigned i = 0; i < nth; i++)
		if (addr_eq(&ends[i].addr, &e.addr) && ends[i].port == e.port)
			return opt_refuse(rule, size, "names this socket twice");
	if (nth == 0)
		memset(ends, 0, CONF_ENDS * sizeof(*ends));
	ends[nth] = e;
	return 0;
}

static void
print_ends(const struct opt_row *r, const void *field, FILE *f)
{
	const struct conf_end *ends = field;
	char buf[OPT_END_TEXT];
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_ENDS && ends[i].addr.fam; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ",
		    opt_end_print(&ends[i].addr, ends[i].port, buf));
	fputs(" }", f);
}

static int
parse_u16(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	uint32_t v = 0;
	if (u32_type.parse(r, text, nth, &v, rule, size) < 0)
		return -1;
	*(uint16_t *)field = (uint16_t)v;
	return 0;
}

static void
print_u16(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "%u", *(const uint16_t *)field);
}

/* One of a few words, by the model's own table of them. */
static int
parse_named(int (*by_name)(const char *s), const char *words, const char *text, void *field, char *rule,
    size_t size)
{
	int v = by_name(text);
	if (v < 0)
		return opt_refuse(rule, size, "takes %s", words);
	*(uint8_t *)field = (uint8_t)v;
	return 0;
}

#define NAMED(what, words)                                                                               \
	static int parse_##what(const struct opt_row *r, const char *text, unsigned nth, void *field,    \
	    char *rule, size_t size)                                                                     \
	{                                                                                                \
		(void)r, (void)nth;                                                                      \
		return parse_named(what##_by_name, words, text, field, rule, size);                      \
	}                                                                                                \
	static void print_##what(const struct opt_row *r, const void *field, FILE *f)                    \
	{                                                                                                \
		(void)r;                                                                                 \
		fprintf(f, "\"%s\"", what##_name(*(const uint8_t *)field));                              \
	}

NAMED(nat, "none, before or after")
NAMED(meters, "ingress, egress or both")
NAMED(sav, "none, loose or strict")
NAMED(side, "customer, border, core, tap or ignore")

/* Prefixes behind an interface, in the row's own array, which grows here. field: its `prefix`. */
static struct iface_row *
iface_of(void *field)
{
	return (struct iface_row *)(void *)((char *)field - offsetof(struct iface_row, prefix));
}

static int
parse_behind(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct iface_row *row = iface_of(field);
	struct prefix p;
	(void)r, (void)nth;
	switch (prefix_parse(text, strlen(text), &p)) {
	case 0: break;
	case -EDOM: return opt_refuse(rule, size, "has bits set behind its length");
	default: return opt_refuse(rule, size, "takes prefixes such as \"192.0.2.0/24\"");
	}
	for (uint32_t i = 0; i < row->prefixes; i++)
		if (prefix_cmp(&row->prefix[i], &p) == 0)
			return opt_refuse(rule, size, "names this prefix twice");
	struct prefix *v = realloc(row->prefix, (row->prefixes + 1) * sizeof(*v));
	if (!v)
		return opt_refuse(rule, size, "out of memory");
	row->prefix = v;
	v[row->prefixes++] = p;
	return 0;
}

static void
print_behind(const struct opt_row *r, const void *field, FILE *f)
{
	const struct iface_row *row =
	    (const void *)((const char *)field - offsetof(struct iface_row, prefix));
	char buf[PREFIX_TEXT];
	(void)r;
	fputc('{', f);
	for (uint32_t i = 0; i < row->prefixes; i++)
		fprintf(f, "%s\"%s\"", i ? ",\n\t\t" : " ", prefix_print(&row->prefix[i], buf));
	fputs(" }", f);
}

static int
parse_any_classes(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	enum class_id c = class_by_name(text, strlen(text));
	uint32_t mask;
	(void)r;
	if (c == CLASS_NONE)
		return opt_refuse(rule, size, "takes classes such as \"scanner\"");
	memcpy(&mask, field, sizeof(mask));
	mask = (nth ? mask : 0) | 1u << c;
	memcpy(field, &mask, sizeof(mask));
	return 0;
}

static void
print_any_classes(const struct opt_row *r, const void *field, FILE *f)
{
	uint32_t mask;
	(void)r;
	memcpy(&mask, field, sizeof(mask));
	opt_classes_print(mask, f);
}

/* A day, stored as its first moment; "" is never. */
static int
parse_date(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char full[32];
	msec t = MSEC_NEVER;
	(void)r, (void)nth;
	if (*text) {
		snprintf(full, sizeof(full), "%.16sT00:00:00Z", text);
		if (strlen(text) != 10 || msec_parse(full, strlen(full), &t) < 0)
			return opt_refuse(rule, size, "takes a day such as \"2027-01-01\"");
	}
	memcpy(field, &t, sizeof(t));
	return 0;
}

static void
print_date(const struct opt_row *r, const void *field, FILE *f)
{
	char buf[MSEC_TEXT];
	msec t;
	(void)r;
	memcpy(&t, field, sizeof(t));
	if (t == MSEC_NEVER)
		fputs("\"\"", f);
	else
		fprintf(f, "\"%.10s\"", msec_print(t, buf));
}

const struct opt_type ends_type = { "sockets", true, parse_ends, print_ends };
const struct opt_type u16_type = { "number", false, parse_u16, print_u16 };
const struct opt_type nat_type = { "none|before|after", false, parse_nat, print_nat };
const struct opt_type meters_type = { "ingress|egress|both", false, parse_meters, print_meters };
const struct opt_type sav_type = { "none|loose|strict", false, parse_sav, print_sav };
const struct opt_type side_type = { "side", false, parse_side, print_side };
const struct opt_type behind_type = { "prefixes", true, parse_behind, print_behind };
const struct opt_type any_classes_type = { "classes", true, parse_any_classes, print_any_classes };
const struct opt_type date_type = { "day", false, parse_date, print_date };
