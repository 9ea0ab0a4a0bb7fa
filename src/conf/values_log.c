/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of value logs need, as in values.c. Must never store what its printer would not print back. */
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"

static int
parse_word(
    const char *const *words, unsigned n, const char *text, void *field, char *rule, size_t size)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(words[i], text) != 0)
			continue;
		*(uint32_t *)field = i;
		return 0;
	}
	char all[64] = "";
	for (unsigned i = 0; i < n; i++)
		snprintf(
		    all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", words[i]);
	return opt_refuse(rule, size, "takes one of %s", all);
}

static const char *const forms[LOG_FORMS] = {
	[LOG_AUTO] = "auto", [LOG_EVE] = "eve", [LOG_SYSLOG] = "syslog", [LOG_TEXT] = "text"
};
static const char *const ranks[LOG_RANKS] = {
	[LOG_OWN] = "own", [LOG_ORGANISATION] = "organisation", [LOG_UNKNOWN] = "unknown"
};

static int
parse_form(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	return parse_word(forms, LOG_FORMS, text, field, rule, size);
}

static void
print_form(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", forms[*(const uint32_t *)field]);
}

static int
parse_rank(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	(void)r, (void)nth;
	return parse_word(ranks, LOG_RANKS, text, field, rule, size);
}

static void
print_rank(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", ranks[*(const uint32_t *)field]);
}

/* "udp:ADDRESS:PORT", "tcp:[ADDRESS]:PORT", "unix:/PATH"; kept as it is printed. */
static int
parse_door(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char *to = field, buf[OPT_END_TEXT];
	struct addr a;
	uint16_t port;
	(void)r, (void)nth;
	if (!*text) {
		*to = '\0';
		return 0;
	}
	if (strncmp(text, "unix:/", 6) == 0) {
		size_t n = strlen(text);
		for (const char *p = text; *p; p++)
			if (*p <= ' ' || *p == '"' || *p == '\\' || *p > '~')
				return opt_refuse(rule, size,
				    "takes a path of printable characters without blanks");
		if (n >= CONF_PATH)
			return opt_refuse(
			    rule, size, "takes a path of at most %d bytes", CONF_PATH - 6);
		memcpy(to, text, n + 1);
		return 0;
	}
	if ((strncmp(text, "udp:", 4) != 0 && strncmp(text, "tcp:", 4) != 0) ||
	    opt_end_parse(text + 4, &a, &port) < 0 || !port)
		return opt_refuse(rule, size,
		    "takes \"udp:ADDRESS:PORT\", \"tcp:ADDRESS:PORT\" or \"unix:/PATH\"");
	snprintf(to, CONF_PATH, "%.4s%s", text, opt_end_print(&a, port, buf));
	return 0;
}

static void
print_door(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", (const char *)field);
}

/* Into an array of CONF_ALLOWS; fam 0 ends it. */
static int
parse_senders(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	struct prefix *v = field, p;
	(void)r;
	if (prefix_parse(text, strlen(text), &p) < 0)
		return opt_refuse(
		    rule, size, "takes prefixes, such as \"192.0.2.0/24\", host bits zero");
	if (nth >= CONF_ALLOWS)
		return opt_refuse(rule, size, "takes at most %d prefixes", CONF_ALLOWS);
	if (nth == 0)
		memset(v, 0, CONF_ALLOWS * sizeof(*v));
	v[nth] = p;
	return 0;
}

static void
print_senders(const struct opt_row *r, const void *field, FILE *f)
{
	const struct prefix *v = field;
	char buf[PREFIX_TEXT];
	(void)r;
	fputc('{', f);
	for (unsigned i = 0; i < CONF_ALLOWS && v[i].a.fam; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : " ", prefix_print(&v[i], buf));
	fputs(" }", f);
}

const struct opt_type log_form_type = { "auto|eve|syslog|text", false, parse_form, print_form };
const struct opt_type log_rank_type = { "own|organisation|unknown", false, parse_rank, print_rank };
const struct opt_type log_door_type = { "socket", false, parse_door, print_door };
const struct opt_type senders_type = { "prefixes", true, parse_senders, print_senders };
