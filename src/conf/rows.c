/* SPDX-License-Identifier: BSD-2-Clause */
/* The option rows and their kinds of value, see rows.h. No file and no clock is touched here. */
#include "conf/rows.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

const struct opt_section opt_sections[IN_N] = {
	[IN_STAFF] = { "staff", NULL, false,
	    "Who may do what, by Unix group (a name or a number). Root may do all that one person "
	    "may; what needs two people needs two who are not root." },
	[IN_HAND] = { "hand", NULL, false,
	    "What touches a line, once the mode is enforce. The bounds nobody may cross stand in "
	    "the conscience file." },
	[IN_CANARY] = { "canary", NULL, false,
	    "The place a suspected relay is told to fetch from; what arrives there proves it." },
	[IN_VANTAGE] = { "vantage", "\"announced\" | \"unannounced\"", true,
	    "Where looks come from. Owners know the announced address; only the unannounced one "
	    "shows "
	    "who is closed to the announced one alone." },
	[IN_PREFIX] = { "prefix", "\"192.0.2.0/24\"", true,
	    "An own prefix and what may be done to its lines. The longest match rules. Reports "
	    "about "
	    "addresses outside all of them are answered, not judged." },
	[IN_JUDGE] = { "judge", NULL, false, "The numbers the judge goes by." },
};

static int refuse(char *rule, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static int
refuse(char *rule, size_t size, const char *fmt, ...)
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
		return refuse(rule, size, "takes %lld to %lld bytes, these are %zu",
		    (long long)r->min, (long long)r->max, n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return refuse(rule, size, "holds a control character: write plain text");
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
		return refuse(rule, size, "takes letters, digits, \"-\", \"_\" and \".\" only");
	return parse_text(r, text, nth, field, rule, size);
}

static int
parse_path(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	if (*text != '/')
		return refuse(rule, size, "is not an absolute path: begin it with \"/\"");
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
		return refuse(rule, size, "takes a whole number");
	if (n < r->min || n > r->max)
		return refuse(
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
	return refuse(rule, size, "takes true or false");
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
		return refuse(rule, size, "takes one IPv4 or IPv6 address, without length or port");
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

/* "ADDRESS:PORT", "[ADDRESS]:PORT" or "unix:/path"; stored in one form. */
static int
parse_listen(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char canon[ADDR_TEXT + 16], buf[ADDR_TEXT];
	struct addr a;
	uint32_t port;
	static const struct opt_row bounds = { .min = 1, .max = 65535 };
	if (strncmp(text, "unix:/", 6) == 0)
		return parse_text(r, text, nth, field, rule, size);
	const char *colon = strrchr(text, ':'), *from = text, *to = colon;
	if (colon && *text == '[' && colon > text && colon[-1] == ']') {
		from++;
		to--;
	}
	if (!colon || addr_parse(from, (size_t)(to - from), &a) < 0 ||
	    (a.fam == 6) != (from != text) ||
	    parse_u32(&bounds, colon + 1, 0, &port, rule, size) < 0)
		return refuse(rule, size,
		    "takes \"ADDRESS:PORT\", \"[IPV6-ADDRESS]:PORT\" or \"unix:/PATH\"");
	snprintf(canon, sizeof(canon), a.fam == 6 ? "[%s]:%u" : "%s:%u", addr_print(&a, buf), port);
	return parse_text(r, canon, nth, field, rule, size);
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
		return refuse(rule, size, "takes a time such as \"90 s\", \"10 min\" or \"6 h\"");
	if (v < r->min || v > r->max)
		return refuse(rule, size, "takes %s to %s", opt_param_print('d', r->min, least),
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

/* Ports go into an array of CONF_PORTS; 0 ends it. */
static int
parse_port(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	uint16_t *ports = field;
	uint32_t v = 0;
	if (parse_u32(r, text, nth, &v, rule, size) < 0)
		return -1;
	if (nth >= CONF_PORTS)
		return refuse(rule, size, "takes at most %d ports", CONF_PORTS);
	for (unsigned i = 0; i < nth; i++)
		if (ports[i] == v)
			return refuse(rule, size, "names port %u twice", v);
	if (nth == 0)
		memset(ports, 0, CONF_PORTS * sizeof(*ports));
	ports[nth] = (uint16_t)v;
	return 0;
}

static void
print_port(const struct opt_row *r, const void *field, FILE *f)
{
	const uint16_t *ports = field;
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_PORTS && ports[i]; i++)
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
		return refuse(
		    rule, size, "takes an address: leave the option out to let the kernel choose");
	to = a.fam == 4 ? &v->source4 : &v->source6;
	if (to->fam)
		return refuse(rule, size, "takes one IPv4 and one IPv6 address at most");
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

static int
parse_prefixes(int (*add)(struct policy *p, const struct prefix *pfx), const char *text, void *field,
    char *rule, size_t size)
{
	struct policy *p = *(struct policy **)field;
	struct prefix pfx;
	switch (prefix_parse(text, strlen(text), &pfx)) {
	case 0: break;
	case -EDOM: return refuse(rule, size, "has bits set behind its length");
	default: return refuse(rule, size, "takes prefixes such as \"192.0.2.53/32\"");
	}
	switch (add(p, &pfx)) {
	case 0: return 0;
	case -EEXIST: return refuse(rule, size, "names this prefix twice");
	default: return refuse(rule, size, "out of memory");
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
	return refuse(rule, size, "takes none, nft or dry");
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
		return refuse(rule, size, "takes classes such as \"scanner\"");
	if (class_row(c)->top < RUNG_QUARANTINE)
		return refuse(rule, size, "names %s, which is never quarantined", text);
	if (nth == 0)
		p->quarantine = 0;
	p->quarantine |= 1u << c;
	return 0;
}

static void
print_classes(const struct opt_row *r, const void *field, FILE *f)
{
	uint32_t mask = (*(struct policy *const *)field)->quarantine;
	const char *sep = " ";
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CLASS_N; i++) {
		if (mask >> i & 1) {
			fprintf(f, "%s\"%s\"", sep, class_row(i)->name);
			sep = ", ";
		}
	}
	fputs(" }", f);
}

static int
parse_kind(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	enum line_kind k = kind_by_name(text);
	(void)r, (void)nth;
	if (k == KIND_N)
		return refuse(rule, size,
		    "takes residential, business, own-desk, reseller, bgp-customer, "
		    "infrastructure, "
		    "cgnat-pool, dynamic or critical");
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
	return refuse(rule, size, "takes log, watch, ticket, notify, filter or quarantine");
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
			return refuse(rule, size, "takes hours of the day as \"22:00-07:00\"");
		if (form[i] == 'd')
			v[i / 3] = v[i / 3] * 10 + (unsigned)(text[i] - '0');
	}
	if (v[0] > 23 || v[2] > 23 || v[1] > 59 || v[3] > 59)
		return refuse(rule, size, "takes hours 00 to 23 and minutes 00 to 59");
	if (*text && v[0] == v[2] && v[1] == v[3])
		return refuse(
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

static const struct opt_type text_type = { "text", false, parse_text, print_text },
			     word_type = { "word", false, parse_word, print_text },
			     path_type = { "path", false, parse_path, print_text },
			     listen_type = { "socket", false, parse_listen, print_text },
			     u32_type = { "number", false, parse_u32, print_u32 },
			     u8_type = { "number", false, parse_u8, print_u8 },
			     bool_type = { "true|false", false, parse_bool, print_bool },
			     addr_type = { "address", false, parse_addr, print_addr },
			     port_type = { "ports", true, parse_port, print_port },
			     source_type = { "addresses", true, parse_source, print_source },
			     protect_type = { "prefixes", true, parse_protect, print_protect },
			     kind_type = { "kind", false, parse_kind, print_kind },
			     rung_type = { "rung", false, parse_rung, print_rung },
			     hours_type = { "hours", false, parse_hours, print_hours },
			     desk_type = { "hours", false, parse_desk, print_desk },
			     span_type = { "time", false, parse_span, print_span },
			     reach_type = { "prefixes", true, parse_reach, print_reach },
			     classes_type = { "classes", true, parse_classes, print_classes },
			     enforcer_type = { "none|nft|dry", false, parse_enforcer, print_enforcer },
			     listen_or_none_type = { "socket", false, parse_listen_or_none, print_text },
			     path_or_none_type = { "path", false, parse_path_or_none, print_text };

#define TOP(m)  offsetof(struct conf, m)
#define LINE(m) offsetof(struct policy_row, m)

const struct opt_row opt_rows[] = {
	{ IN_TOP, "name", &word_type, 1, CONF_NAME - 1, NULL,
	    "This server's name. A report made for another server is refused. Must be given.",
	    TOP(name) },
	{ IN_TOP, "state", &path_type, 2, CONF_PATH - 1, "/var/lib/lymph",
	    "Folder of the journal: every report, decision and order.", TOP(state) },
	{ IN_TOP, "run", &path_type, 2, CONF_PATH - 24, "/run/lymph",
	    "Folder of the control socket.", TOP(run) },
	{ IN_TOP, "listen", &listen_type, 3, CONF_PATH - 1, "127.0.0.1:8411",
	    "Where reports come in, as plain HTTP: a loopback address or a Unix socket. The public "
	    "side is a reverse proxy that speaks TLS.",
	    TOP(listen) },
	{ IN_TOP, "uid-base", &u32_type, 0, 4000000000, "0",
	    "0: each role runs as the user _lymph-ROLE. Else as this number plus the role's, for "
	    "machines without such users.",
	    TOP(uid_base) },
	{ IN_TOP, "looks-per-second", &u32_type, 1, 1000, "6",
	    "Full checks started per second, on the whole node.", TOP(looks_per_s) },
	{ IN_TOP, "syns-per-second", &u32_type, 1, 10000, "100",
	    "First connections tried per second, on the whole node.", TOP(syns_per_s) },
	{ IN_TOP, "sockets-per-target", &u32_type, 1, 32, "4",
	    "Connections to one address at a time.", TOP(per_target) },
	{ IN_TOP, "protect", &protect_type, 0, 0, "",
	    "Never touched, in no direction and by no order: own infrastructure, portals, "
	    "resolvers.",
	    TOP(policy) },

	{ IN_TOP, "warden-state", &path_type, 2, CONF_PATH - 24, NULL,
	    "Root's own folder: the mode, the latch of a panic, what was protected by command, the "
	    "audit. Default: beside the state folder, its name with \"-warden\" behind it.",
	    TOP(warden_state) },
	{ IN_TOP, "conscience", &path_type, 2, CONF_PATH - 1, "/etc/lymph/conscience",
	    "Root's own file: the bounds of every order, whoever gives it. Without it the mode stays "
	    "observe.",
	    TOP(conscience) },
	{ IN_TOP, "metrics", &listen_or_none_type, 0, CONF_PATH - 1, "",
	    "Where GET /metrics is served for Prometheus: a loopback address or a Unix socket; empty: "
	    "nowhere.",
	    TOP(metrics) },
	{ IN_TOP, "hook", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "A script of root's, run for every order given and withdrawn while the mode is enforce.",
	    TOP(hook) },
	{ IN_TOP, "appeal", &text_type, 0, CONF_NAME - 1, "",
	    "How a customer objects to an order: printed in its record.", TOP(appeal) },

	{ IN_STAFF, "viewer", &word_type, 0, 31, "", "May look at everything but the audit.",
	    TOP(staff[STAFF_VIEWER]) },
	{ IN_STAFF, "desk", &word_type, 0, 31, "",
	    "The abuse desk: works on cases, approves and undoes orders.", TOP(staff[STAFF_DESK]) },
	{ IN_STAFF, "noc", &word_type, 0, 31, "",
	    "The NOC: as the desk; may also go back to observe, panic, resume and protect.",
	    TOP(staff[STAFF_NOC]) },
	{ IN_STAFF, "admin", &word_type, 0, 31, "",
	    "As the NOC; may also ask for enforce, rank reporters and read the audit.",
	    TOP(staff[STAFF_ADMIN]) },
	{ IN_STAFF, "privacy", &word_type, 0, 31, "", "Looks, and reads the audit.",
	    TOP(staff[STAFF_PRIVACY]) },

	{ IN_HAND, "actuator", &enforcer_type, 0, 0, "none",
	    "What carries filters and quarantines: nft, the kernel of this machine, through which the "
	    "lines' traffic is routed; dry, which only keeps a list; or none.",
	    TOP(policy) },
	{ IN_HAND, "lease", &span_type, 2 * MSEC_MINUTE, MSEC_DAY, "1 h",
	    "How long the kernel keeps an entry that lymphd does not re-assert, because it is dead. No "
	    "entry outlives its order.",
	    TOP(lease) },
	{ IN_HAND, "reconcile", &span_type, MSEC_SECOND, MSEC_HOUR, "60 s",
	    "How often what the kernel holds is compared with what it should hold.", TOP(reconcile) },
	{ IN_HAND, "always-reach", &reach_type, 0, 0, "",
	    "What a quarantined line still may talk to: its DNS, voice and emergency calls, the portal, "
	    "update hosts, ACS. Empty: nothing is quarantined.",
	    TOP(policy) },
	{ IN_HAND, "quarantine-classes", &classes_type, 0, 0, "",
	    "Classes whose quarantine no person needs to approve.", TOP(policy) },
	{ IN_HAND, "desk-hours", &desk_type, 0, 0, "",
	    "Hours of the UTC day in which quarantines begin, as \"07:00-16:00\", unless an attack is "
	    "active. Empty: any hour.",
	    TOP(policy) },

	{ IN_CANARY, "address", &addr_type, 0, 0, "",
	    "The public address a target is told to fetch. Without it nothing can be proven open.",
	    TOP(canary.addr) },
	{ IN_CANARY, "listen", &addr_type, 0, 0, NULL,
	    "The address to bind, when it is another one. Default: the address.",
	    TOP(canary.listen) },
	{ IN_CANARY, "ports", &port_type, 1, 65535, "80 443 8080",
	    "Ports to listen on and to send targets to; many proxies relay to some ports only.",
	    TOP(canary.port) },

	{ IN_VANTAGE, "source", &source_type, 0, 0, "",
	    "Source addresses of this vantage, one per family. The unannounced vantage must have "
	    "one.",
	    0 },

	{ IN_PREFIX, "kind", &kind_type, 0, 0, "none",
	    "What kind of line: residential, business, own-desk, reseller, bgp-customer, "
	    "infrastructure, cgnat-pool, dynamic or critical. Without it: no probe, no notice.",
	    LINE(kind) },
	{ IN_PREFIX, "probe", &bool_type, 0, 0, NULL,
	    "May its addresses be checked by a connection? Default: as the kind says.",
	    LINE(probe) },
	{ IN_PREFIX, "notify", &bool_type, 0, 0, NULL,
	    "May its owner be written to? Default: as the kind says.", LINE(notify) },
	{ IN_PREFIX, "highest-rung", &rung_type, 0, 0, NULL,
	    "The furthest lymph may go: log, watch, ticket, notify, filter or quarantine. Default: "
	    "as "
	    "the kind says.",
	    LINE(top) },
	{ IN_PREFIX, "line", &word_type, 0, LINE_TEXT - 1, "",
	    "The subscriber's number, when the whole prefix is one line.", LINE(line) },
	{ IN_PREFIX, "party", &text_type, 0, PARTY_TEXT - 1, "", "Who is responsible for it.",
	    LINE(party) },
	{ IN_PREFIX, "delegated", &u8_type, 0, 128, NULL,
	    "IPv6: the length of one customer's prefix. Default: 64, or the prefix's own length "
	    "when "
	    "that is longer.",
	    LINE(delegated) },
	{ IN_PREFIX, "language", &word_type, 2, 8, "en", "Language of notices to its owner.",
	    LINE(language) },
	{ IN_PREFIX, "quiet-hours", &hours_type, 0, 0, "",
	    "No notices in these hours of the day, as \"22:00-07:00\".", LINE(quiet_from) },
};
const size_t opt_count = sizeof(opt_rows) / sizeof(opt_rows[0]);

_Static_assert(LINE(quiet_to) == LINE(quiet_from) + sizeof(uint16_t), "hours are stored as a pair");

const struct opt_row *
opt_find(enum opt_in in, const char *name)
{
	for (size_t i = 0; i < opt_count; i++)
		if (opt_rows[i].in == in && strcmp(opt_rows[i].name, name) == 0)
			return &opt_rows[i];
	return NULL;
}

void
opt_defaults(enum opt_in in, void *base)
{
	char one[CONF_NAME], rule[1];
	for (const struct opt_row *r = opt_rows; r < opt_rows + opt_count; r++) {
		if (r->in != in || !r->def)
			continue;
		void *field = (char *)base + r->offset;
		if (!r->type->list) {
			r->type->parse(r, r->def, 0, field, rule, sizeof(rule));
			continue;
		}
		const char *s = r->def;
		for (unsigned nth = 0; *s; nth++) {
			size_t n = strcspn(s, " ");
			snprintf(one, sizeof(one), "%.*s", (int)n, s);
			r->type->parse(r, one, nth, field, rule, sizeof(rule));
			s += n + (s[n] == ' ');
		}
	}
}

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
