/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of value that the policy needs: prefixes, line kinds, rungs, hours, classes; see values.h. Must never
 * store what its printer would not print back. */
#include <errno.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"

static int
parse_prefixes(int (*add)(struct policy *p, const struct prefix *pfx), const char *text, void *field,
    char *rule, size_t size)
{
	struct policy *p = *(struct policy **)field;
	struct prefix pfx;
	switch (prefix_parse(text, strlen(text), &pfx)) {
	case 0: break;
	case -EDOM: return opt_refuse(rule, size, "has bits set behind its length");
	default: return opt_refuse(rule, size, "takes prefixes such as \"192.0.2.53/32\"");
	}
	switch (add(p, &pfx)) {
	case 0: return 0;
	case -EEXIST: return opt_refuse(rule, size, "names this prefix twice");
	default: return opt_refuse(rule, size, "out of memory");
	}
}

static void
print_prefixes(const struct lpm *l, FILE *f)
{
	char buf[PREFIX_TEXT];
	const char *sep = " ";
	fputc('{', f);
	for (struct lpm_node *n = lpm_first(l); n; n = lpm_next(l, n)) {
		fprintf(f, "%s\"%s\"", sep, prefix_print(&n->prefix, buf));
		sep = ",\n\t";
	}
	fputs(" }", f);
}

static int
parse_protect(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	return parse_prefixes(policy_protect, text, field, rule, size);
}

static void
print_protect(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	print_prefixes(&(*(struct policy *const *)field)->protect, f);
}

static int
parse_reach(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	return parse_prefixes(policy_reach, text, field, rule, size);
}

static void
print_reach(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	print_prefixes(&(*(struct policy *const *)field)->reach, f);
}

static int
parse_enforcer(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	for (unsigned i = 0; i < ENFORCER_N; i++) {
		if (strcmp(text, enforcer_name(i)) == 0) {
			(*(struct policy **)field)->enforcer = (uint8_t)i;
			return 0;
		}
	}
	return opt_refuse(rule, size, "takes none, nft or dry");
}

static void
print_enforcer(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", enforcer_name((*(struct policy *const *)field)->enforcer));
}

/* Classes by name, a bit each in the policy. */
static int
parse_classes(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct policy *p = *(struct policy **)field;
	enum class_id c = class_by_name(text, strlen(text));
	(void)r;
	if (c == CLASS_NONE)
		return opt_refuse(rule, size, "takes classes such as \"scanner\"");
	if (class_row(c)->top < RUNG_QUARANTINE)
		return opt_refuse(rule, size, "names %s, which is never quarantined", text);
	if (nth == 0)
		p->quarantine = 0;
	p->quarantine |= 1u << c;
	return 0;
}

void
opt_classes_print(uint32_t mask, FILE *f)
{
	const char *sep = " ";
	fputc('{', f);
	for (unsigned i = 0; i < CLASS_N; i++) {
		if (mask >> i & 1) {
			fprintf(f, "%s\"%s\"", sep, class_row(i)->name);
			sep = ", ";
		}
	}
	fputs(" }", f);
}

static void
print_classes(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	opt_classes_print((*(struct policy *const *)field)->quarantine, f);
}

static int
parse_kind(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	enum line_kind k = kind_by_name(text);
	(void)r, (void)nth;
	if (k == KIND_N)
		return opt_refuse(rule, size,
		    "takes residential, business, own-desk, reseller, bgp-customer, "
		    "infrastructure, "
		    "cgnat-pool, dynamic, critical or canary");
	memcpy(field, &k, sizeof(k));
	return 0;
}

static void
print_kind(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", kind_row(*(const enum line_kind *)field)->name);
}

static int
parse_rung(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	for (unsigned i = 0; i < RUNG_N; i++) {
		if (strcmp(text, rung_name(i)) == 0) {
			*(uint8_t *)field = (uint8_t)i;
			return 0;
		}
	}
	return opt_refuse(rule, size, "takes log, watch, ticket, notify, filter or quarantine");
}

static void
print_rung(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", rung_name(*(const uint8_t *)field));
}

/* "22:00-07:00" in the line's local time, or "" for none; field is quiet_from, quiet_to. */
static int
parse_hours(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	uint16_t *quiet = field;
	unsigned v[4] = { 0 };
	(void)r, (void)nth;
	static const char form[] = "dd:dd-dd:dd";
	for (size_t i = 0; *text && i < sizeof(form); i++) {
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return opt_refuse(rule, size, "takes hours of the day as \"22:00-07:00\"");
		if (form[i] == 'd')
			v[i / 3] = v[i / 3] * 10 + (unsigned)(text[i] - '0');
	}
	if (v[0] > 23 || v[2] > 23 || v[1] > 59 || v[3] > 59)
		return opt_refuse(rule, size, "takes hours 00 to 23 and minutes 00 to 59");
	if (*text && v[0] == v[2] && v[1] == v[3])
		return opt_refuse(
		    rule, size, "begins and ends at the same minute: leave it out for none");
	quiet[0] = (uint16_t)(v[0] * 60 + v[1]);
	quiet[1] = (uint16_t)(v[2] * 60 + v[3]);
	return 0;
}

static void
print_hours(const struct opt_row *r, const void *field, FILE *f)
{
	const uint16_t *q = field;
	(void)r;
	if (q[0] == q[1])
		fputs("\"\"", f);
	else
		fprintf(f, "\"%02u:%02u-%02u:%02u\"", q[0] / 60, q[0] % 60, q[1] / 60, q[1] % 60);
}

static int
parse_desk(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	uint16_t v[2] = { 0 };
	struct policy *p = *(struct policy **)field;
	if (parse_hours(r, text, nth, v, rule, size) < 0)
		return -1;
	p->desk_from = v[0];
	p->desk_to = v[1];
	return 0;
}

static void
print_desk(const struct opt_row *r, const void *field, FILE *f)
{
	const struct policy *p = *(struct policy *const *)field;
	const uint16_t v[2] = { p->desk_from, p->desk_to };
	print_hours(r, v, f);
}

const struct opt_type kind_type = { "kind", false, parse_kind, print_kind };
const struct opt_type rung_type = { "rung", false, parse_rung, print_rung };
const struct opt_type hours_type = { "hours", false, parse_hours, print_hours };
const struct opt_type desk_type = { "hours", false, parse_desk, print_desk };
const struct opt_type protect_type = { "prefixes", true, parse_protect, print_protect };
const struct opt_type reach_type = { "prefixes", true, parse_reach, print_reach };
const struct opt_type classes_type = { "classes", true, parse_classes, print_classes };
const struct opt_type enforcer_type = { "none|nft|dry", false, parse_enforcer, print_enforcer };
