/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads lymphd.conf by libconfuse: every value passes through its option row as it is read, so each
 * complaint names the line it is about. Opens no file. libconfuse's scanner is global: one parse at a time.
 */
#include "conf/conf.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "conf/flows.h"
#include "conf/logs.h"
#include "conf/parse.h"
#include "conf/peers.h"
#include "conf/prefixes.h"
#include "conf/rows.h"

#define OPTS_MAX  96          /* options of one section */
#define RULE_TEXT 256
#define TITLE_TEXT 128       /* of a title that may stand twice, and is no prefix */

/* What is being put together. The section being read collects in row and vantage. */
static struct build {
	struct conf *c;
	const char *name, *text;
	char *why;
	size_t size;
	bool failed;
	uint8_t seen[IN_N][OPT_ROWS_MOST / 8]; /* options given, a bit each; of a section: in this one */
	bool have[IN_N];     /* sections that may stand once */
	bool vantage_given[VANTAGES];
	bool memory;         /* not from a file: maybe out of an old journal */
	struct policy_row row;
	struct conf_vantage vantage;
	struct exporter_row exporter;
	struct iface_row iface;
	struct allow_row allow;
	struct conf_log log;
	struct conf_peer peer;
	char title[TITLE_TEXT]; /* of the section whose option came last */
	struct late_iface *late; /* interfaces: their exporter may stand behind them */
	size_t lates;
} * now;

struct late_iface {
	struct iface_row row;
	char title[TITLE_TEXT];
	int line;
};

/* Options there are no more. A journal may hold them, and what it says must stay readable. */
static const struct {
	const char *name, *instead;
} retired[] = { { "control-group", "staff { viewer = \"GROUP\" }" } };
#define RETIRED (sizeof(retired) / sizeof(retired[0]))

/* Only the first complaint is kept: later ones may follow from it. Returns -1. */
static int complain(int line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int
complain(int line, const char *fmt, ...)
{
	char rule[RULE_TEXT * 2];
	va_list ap;
	if (now->failed)
		return -1;
	now->failed = true;
	va_start(ap, fmt);
	vsnprintf(rule, sizeof(rule), fmt, ap);
	va_end(ap);
	if (line)
		snprintf(now->why, now->size, "%s:%d: %s", now->name, line, rule);
	else
		snprintf(now->why, now->size, "%s: %s", now->name, rule);
	return -1;
}

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char raw[RULE_TEXT], text[RULE_TEXT * 2];
	vsnprintf(raw, sizeof(raw), fmt, ap);
	complain(cfg ? cfg->line : 0, "%s", escape_tty(raw, strlen(raw), text, sizeof(text)));
}

static enum opt_in
section_of(const cfg_t *cfg)
{
	for (enum opt_in in = IN_TOP + 1; in < IN_N; in++)
		if (strcmp(cfg->name, opt_sections[in].name) == 0)
			return in;
	return IN_TOP;
}

/* Where a section's title stands: the parser only tells where the section ends. */
static int
title_line(int end, const char *title)
{
	size_t n = strlen(title);
	int line = 1, found = end;
	for (const char *p = now->text; *p && line <= end; p++) {
		if (*p == '\n')
			line++;
		else if ((*p == '"' || *p == '\'') && strncmp(p + 1, title, n) == 0 &&
			 p[n + 1] == *p)
			found = line;
	}
	return found;
}

/* Where the options of a section collect that may stand many times; the others go into struct conf. */
#define HERE(m) { offsetof(struct build, m), sizeof(((struct build *)0)->m) }
static const struct {
	size_t at, size;
} collects[IN_N] = {
	[IN_PREFIX] = HERE(row),
	[IN_VANTAGE] = HERE(vantage),
	[IN_EXPORTER] = HERE(exporter),
	[IN_INTERFACE] = HERE(iface),
	[IN_ALLOW] = HERE(allow),
	[IN_LOG] = HERE(log),
	[IN_PEER] = HERE(peer),
};

static void *
base_of(enum opt_in in)
{
	return collects[in].size ? (char *)now + collects[in].at : (char *)now->c;
}

static int
judge_value(cfg_t *cfg, const struct param_row *row, const char *value)
{
	char shown[64], low[OPT_PARAM_TEXT], high[OPT_PARAM_TEXT];
	int64_t v;
	escape_tty(value, strlen(value), shown, sizeof(shown));
	if (param_parse(row->kind, value, &v) < 0)
		return complain(cfg->line, "judge: %s: \"%s\" is not %s", row->name, shown,
		    row->kind == 'q'   ? "a number such as 0.60"
		    : row->kind == 'd' ? "a time such as \"14 d\", \"6 h\", \"10 min\", \"30 s\""
				       : "a whole number");
	if (params_set(&now->c->policy->params, row, v) < 0)
		return complain(cfg->line, "judge: %s: \"%s\" is outside %s to %s", row->name,
		    shown, opt_param_print(row->kind, row->min, low),
		    opt_param_print(row->kind, row->max, high));
	return 0;
}

static int
on_retired(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	size_t i = 0;
	*(const char **)result = value;
	if (now->memory)
		return 0;
	while (i + 1 < RETIRED && strcmp(retired[i].name, opt->name) != 0)
		i++;
	return complain(cfg->line, "%s is no more: say %s", opt->name, retired[i].instead);
}

/* Every value of every option comes through here, on its line. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	enum opt_in in = section_of(cfg);
	const struct opt_row *row = opt_find(in, opt->name);
	const struct param_row *param = in == IN_JUDGE ? params_row(opt->name) : NULL;
	unsigned nth = opt->nvalues - 1; /* room for this value has been made already */
	size_t no = (size_t)(param ? param - param_rows : row - opt_rows);
	uint8_t *seen = &now->seen[in][no / 8], bit = (uint8_t)(1u << no % 8);
	char rule[RULE_TEXT], shown[64];

	if ((*seen & bit) && nth == 0)
		return complain(cfg->line, "%s is given twice: keep one", opt->name);
	*seen |= bit;
	*(const char **)result = value;
	snprintf(now->title, sizeof(now->title), "%s", cfg->title ? cfg->title : "");
	if (param)
		return judge_value(cfg, param, value);
	if (row->type->parse(
		row, value, nth, (char *)base_of(in) + row->offset, rule, sizeof(rule)) == 0)
		return 0;
	return complain(cfg->line, "%s: \"%s\" %s", opt->name,
	    escape_tty(value, strlen(value), shown, sizeof(shown)), rule);
}

static bool
given(enum opt_in in, const char *name)
{
	size_t no = (size_t)(opt_find(in, name) - opt_rows);
	return now->seen[in][no / 8] >> no % 8 & 1;
}

static bool
given_any(enum opt_in in)
{
	for (size_t i = 0; i < OPT_ROWS_MOST / 8; i++)
		if (now->seen[in][i])
			return true;
	return false;
}

/* What is wrong with a section, at its title. rule begins with a colon or goes on behind a blank. */
static int
complain_of(enum opt_in in, int line, const char *title, const char *rule)
{
	char shown[TITLE_TEXT];
	escape_tty(title, strlen(title), shown, sizeof(shown));
	return complain(line, "%s \"%s\"%s%s", opt_sections[in].name, shown, *rule == ':' ? "" : " ", rule);
}

static int
end_prefix(enum opt_in in, int line, const char *title)
{
	const struct prefix_given g = { given(in, "probe"), given(in, "notify"), given(in, "highest-rung"),
		given(in, "delegated") };
	char rule[RULE_TEXT];
	if (prefixes_add(now->c, title, &now->row, &g, rule, sizeof(rule)) == 0)
		return 0;
	return complain_of(in, title_line(line, title), title, rule);
}

static int
end_vantage(enum opt_in in, int line, const char *title)
{
	unsigned i = strcmp(title, "announced") == 0 ? 0 : strcmp(title, "unannounced") == 0 ? 1 : 2;
	const char *rule = i == 2 ? "is not known: call it \"announced\" or \"unannounced\"" :
	    now->vantage_given[i] ? "is there already: keep one of the two" :
	    i == 1 && !now->vantage.source4.fam && !now->vantage.source6.fam ?
	    "needs a source address of its own" : NULL;
	if (rule)
		return complain_of(in, title_line(line, title), title, rule);
	now->vantage_given[i] = true;
	now->c->vantage[i] = now->vantage;
	return 0;
}

static int
end_canary(enum opt_in in, int line, const char *title)
{
	struct conf *c = now->c;
	(void)in;
	(void)title;
	if (!c->canary.addr.fam)
		return complain(
		    line, "canary needs an address: address = \"...\", or leave the section out");
	if (!c->canary.listen.fam)
		c->canary.listen = c->canary.addr;
	if (c->canary.listen.fam != c->canary.addr.fam)
		return complain(line, "canary: listen and address must be of one family");
	return 0;
}

/* Two exporters may share an address and allow rows a prefix: the parser finds the first section of that
 * title again, so the title is the one its options came with. */
static int
end_flows(enum opt_in in, int line, const char *title)
{
	char rule[RULE_TEXT];
	int r = 0;
	if (given_any(in))
		title = now->title;
	if (in == IN_INTERFACE) {
		struct late_iface *v = realloc(now->late, (now->lates + 1) * sizeof(*v));
		if (!v)
			return complain(line, "out of memory");
		now->late = v;
		v += now->lates++;
		v->row = now->iface;
		v->line = title_line(line, title);
		snprintf(v->title, sizeof(v->title), "%s", title);
		memset(&now->iface, 0, sizeof(now->iface)); /* its prefixes are the late one's */
		return 0;
	}
	r = in == IN_EXPORTER ? flows_exporter(now->c, title, &now->exporter, rule, sizeof(rule))
			      : flows_allow(now->c, title, &now->allow, rule, sizeof(rule));
	if (r == 0)
		return 0;
	return complain_of(in, title_line(line, title), title, rule);
}

static int
finish_ifaces(void)
{
	char rule[RULE_TEXT];
	for (size_t i = 0; i < now->lates; i++) {
		struct late_iface *l = &now->late[i];
		if (flows_iface(now->c, l->title, &l->row, rule, sizeof(rule)) < 0)
			return complain_of(IN_INTERFACE, l->line, l->title, rule);
	}
	return 0;
}

static int
end_log(enum opt_in in, int line, const char *title)
{
	char rule[RULE_TEXT];
	if (logs_add(now->c, title, &now->log, rule, sizeof(rule)) == 0)
		return 0;
	return complain_of(in, title_line(line, title), title, rule);
}

static int
end_peer(enum opt_in in, int line, const char *title)
{
	char rule[RULE_TEXT];
	if (peers_add(now->c, title, &now->peer, rule, sizeof(rule)) == 0)
		return 0;
	return complain_of(in, title_line(line, title), title, rule);
}

/* What makes the options of a section into something; the others are done as they are read. */
static int (*const ends[IN_N])(enum opt_in in, int line, const char *title) = {
	[IN_PREFIX] = end_prefix,
	[IN_VANTAGE] = end_vantage,
	[IN_CANARY] = end_canary,
	[IN_EXPORTER] = end_flows,
	[IN_INTERFACE] = end_flows,
	[IN_ALLOW] = end_flows,
	[IN_LOG] = end_log,
	[IN_PEER] = end_peer,
};

/* Makes ready for the next section of this name. */
static void
begin(enum opt_in in)
{
	memset(now->seen[in], 0, sizeof(now->seen[in]));
	if (in == IN_INTERFACE)
		free(now->iface.prefix);
	memset(base_of(in), 0, collects[in].size);
	opt_defaults(in, base_of(in));
}

static int
on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const cfg_t *sec = opt->values[opt->nvalues - 1]->section;
	enum opt_in in = section_of(sec);
	if (!opt_sections[in].many && now->have[in])
		return complain(cfg->line, "section %s is there already: keep one", opt->name);
	now->have[in] = true;
	int r = ends[in] ? ends[in](in, cfg->line, sec->title) : 0;
	if (opt_sections[in].many)
		begin(in);
	return r;
}

static const cfg_opt_t opts_end = CFG_END();

static cfg_opt_t
value_opt(const char *name, bool list)
{
	if (list)
		return (cfg_opt_t)CFG_STR_LIST_CB(name, NULL, CFGF_NODEFAULT, on_value);
	return (cfg_opt_t)CFG_STR_CB(name, NULL, CFGF_NODEFAULT, on_value);
}

static size_t
section_opts(enum opt_in in, cfg_opt_t opts[OPTS_MAX])
{
	size_t n = 0;
	if (in == IN_JUDGE)
		for (; n < param_count && n + 1 < OPTS_MAX; n++)
			opts[n] = value_opt(param_rows[n].name, false);
	else
		for (size_t i = 0; i < opt_count; i++)
			if (opt_rows[i].in == in)
				opts[n++] = value_opt(opt_rows[i].name, opt_rows[i].type->list);
	for (size_t i = 0; in == IN_TOP && i < RETIRED; i++)
		opts[n++] = (cfg_opt_t)CFG_STR_CB(retired[i].name, NULL, CFGF_NODEFAULT, on_retired);
	opts[n] = opts_end;
	return n;
}

/* What holds for the whole file, once it is read. */
static int
finish(void)
{
	struct conf *c = now->c;
	if (!c->name[0])
		return complain(0,
		    "name is missing: name = \"lymph.example.net\" says what this server is "
		    "called");
	while (c->canary.ports < CONF_PORTS && c->canary.port[c->canary.ports])
		c->canary.ports++;
	c->vantages = now->vantage_given[1] ? 2 : 1;
	for (int i = 0; i < 2 && c->vantages == 2; i++) {
		const struct addr *a = i ? &c->vantage[0].source6 : &c->vantage[0].source4;
		const struct addr *b = i ? &c->vantage[1].source6 : &c->vantage[1].source4;
		if (a->fam && addr_eq(a, b))
			return complain(0,
			    "the two vantages have the same source: give the unannounced one "
			    "an address of its own");
	}
	if (!c->warden_state[0]) {
		size_t n = strlen(c->state);
		if (n + sizeof("-warden") > CONF_PATH - 24)
			return complain(0, "warden-state is missing, and state is too long to put it beside");
		memcpy(c->warden_state, c->state, n);
		memcpy(c->warden_state + n, "-warden", sizeof("-warden"));
	}
	while (c->telemetry.listens < CONF_ENDS && c->telemetry.listen[c->telemetry.listens].addr.fam)
		c->telemetry.listens++;
	if (c->mail.relay[0] && !c->mail.from[0])
		return complain(0, "mail has a relay and no sender: from = \"abuse@example.net\"");
	if (finish_ifaces() < 0)
		return -1;
	c->policy->flow_source = c->telemetry.listens > 0;
	c->policy->vantages = (uint8_t)c->vantages;
	c->policy->hook = c->hook[0];
	c->text = conf_print(c);
	return c->text ? 0 : complain(0, "out of memory");
}

static int
parse_all(const char *text)
{
	cfg_opt_t top[OPTS_MAX], sub[IN_N][OPTS_MAX];
	size_t n = section_opts(IN_TOP, top);
	for (enum opt_in in = IN_TOP + 1; in < IN_N; in++) {
		const struct opt_section *s = &opt_sections[in];
		section_opts(in, sub[in]);
		top[n] = (cfg_opt_t)CFG_SEC(s->name, sub[in],
		    (s->title ? CFGF_TITLE : 0) | (s->many ? CFGF_MULTI : CFGF_NODEFAULT));
		top[n++].validcb = on_section;
	}
	top[n] = opts_end;
	cfg_t *cfg = cfg_init(top, CFGF_NONE);
	if (!cfg)
		return complain(0, "out of memory");
	cfg_set_error_function(cfg, on_error);
	int r = cfg_parse_buf(cfg, text);
	if (r != CFG_SUCCESS)
		complain(cfg->line, "cannot be read");
	cfg_free(cfg);
	return now->failed ? -1 : finish();
}

/* Behind the string that begins at p, or its NUL. A backslash takes the next byte with it. */
static char *
skip_string(char *p)
{
	char quote = *p++;
	for (; *p && *p != quote; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/* Comments become blanks: libconfuse takes them between options, but not inside a list. Newlines stay,
 * so lines keep their numbers. */
static void
blank_comments(char *p)
{
	bool fresh = true; /* a word may begin here; inside one, '/' is a letter */
	while (*p) {
		bool block = fresh && p[0] == '/' && p[1] == '*';
		if (*p == '"' || *p == '\'') {
			p = skip_string(p);
			fresh = true;
		} else if (block) {
			char *end = strstr(p + 2, "*/");
			end = end ? end + 2 : p + strlen(p);
			for (; p < end; p++)
				if (*p != '\n')
					*p = ' ';
		} else if (*p == '#' || (fresh && p[0] == '/' && p[1] == '/')) {
			while (*p && *p != '\n')
				*p++ = ' ';
		} else {
			fresh = strchr(" \t\r\n,={}()+", *p) != NULL;
			p++;
		}
	}
}

int
parse_text(const char *name, char *text, size_t n, bool memory, struct conf **ret, char *why, size_t size)
{
	struct build b = { .name = name, .text = text, .why = why, .size = size, .memory = memory };
	int r = -EINVAL;

	if (size)
		why[0] = '\0';
	b.c = calloc(1, sizeof(*b.c));
	if (!b.c || !(b.c->policy = policy_new()) || !(b.c->sights = sights_new())) {
		conf_free(b.c);
		snprintf(why, size, "%s: out of memory", name);
		return -ENOMEM;
	}
	now = &b;
	for (enum opt_in in = 0; in < IN_JUDGE; in++)
		begin(in);
	const char *nul = memchr(text, '\0', n);
	if (nul) {
		int line = 1;
		for (const char *p = text; p < nul; p++)
			line += *p == '\n';
		complain(line, "holds a NUL byte: this is no text file");
	} else {
		blank_comments(text);
		r = parse_all(text);
	}
	if (r == 0) {
		*ret = b.c;
		b.c = NULL;
	} else {
		r = -EINVAL;
	}
	now = NULL;
	for (size_t i = 0; i < b.lates; i++)
		free(b.late[i].row.prefix);
	free(b.late);
	free(b.iface.prefix);
	conf_free(b.c);
	return r;
}
