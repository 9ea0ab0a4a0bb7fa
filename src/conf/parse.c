/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads lymphd.conf by libconfuse: every value passes through its option row as it is read, so each
 * complaint names the line it is about. Opens no file but the one it is given, and none when parsing
 * from memory. libconfuse's scanner is global: one parse at a time.
 */
#include "conf/conf.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "conf/flows.h"
#include "conf/logs.h"
#include "conf/rows.h"

#define CONF_MAX  (16u << 20) /* bytes of one configuration file */
#define OPTS_MAX  96          /* options of one section */
#define RULE_TEXT 256
#define TITLE_TEXT 128       /* of a title that may stand twice, and is no prefix */

char *conf_print(const struct conf *c); /* print.c */

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

static void *
base_of(enum opt_in in)
{
	switch (in) {
	case IN_PREFIX: return &now->row;
	case IN_VANTAGE: return &now->vantage;
	case IN_EXPORTER: return &now->exporter;
	case IN_INTERFACE: return &now->iface;
	case IN_ALLOW: return &now->allow;
	case IN_LOG: return &now->log;
	default: return now->c;
	}
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

static int
end_prefix(int line, const char *title)
{
	struct policy_row *row = &now->row;
	char good[PREFIX_TEXT], shown[64];
	struct addr a;
	const struct kind_row *kind = kind_row(row->kind);
	const char *slash = strchr(title, '/');
	struct prefix *p = &row->lpm.prefix;

	escape_tty(title, strlen(title), shown, sizeof(shown));
	switch (prefix_parse(title, strlen(title), p)) {
	case 0: break;
	case -EDOM:
		addr_parse(title, (size_t)(slash - title), &a);
		*p = prefix_of(&a, (unsigned)atoi(slash + 1));
		return complain(title_line(line, title),
		    "prefix \"%s\" has bits set behind its length: write \"%s\"", shown,
		    prefix_print(p, good));
	default:
		return complain(title_line(line, title),
		    "prefix \"%s\" is no prefix: write one such as \"192.0.2.0/24\" or "
		    "\"2001:db8::/32\"",
		    shown);
	}
	if (!given(IN_PREFIX, "probe"))
		row->probe = kind->probe;
	if (!given(IN_PREFIX, "notify"))
		row->notify = kind->notify;
	if (!given(IN_PREFIX, "highest-rung"))
		row->top = kind->top;
	if (row->kind == KIND_NONE && (row->probe || row->notify || row->top > RUNG_TICKET))
		return complain(title_line(line, title),
		    "prefix \"%s\": without a kind it is not probed, notified or taken "
		    "above a ticket: give its kind, e.g. kind = \"residential\"",
		    shown);
	if (kind->never_quarantine && row->top >= RUNG_QUARANTINE)
		return complain(title_line(line, title),
		    "prefix \"%s\": a line of kind %s is never quarantined: set "
		    "highest-rung = \"filter\" or lower",
		    shown, kind->name);
	if (p->a.fam == 4 && given(IN_PREFIX, "delegated"))
		return complain(title_line(line, title),
		    "prefix \"%s\": delegated is for IPv6 only: leave it out", shown);
	if (p->a.fam == 6 && !given(IN_PREFIX, "delegated"))
		row->delegated = p->len > 64 ? p->len : 64;
	if (p->a.fam == 6 && row->delegated < p->len)
		return complain(title_line(line, title),
		    "prefix \"%s\": delegated = %u is shorter than the prefix itself: a "
		    "customer's prefix lies inside it",
		    shown, row->delegated);
	switch (policy_add(now->c->policy, row)) {
	case 0: return 0;
	case -EEXIST:
		return complain(title_line(line, title),
		    "prefix \"%s\" is there already: keep one of the two", shown);
	default: return complain(title_line(line, title), "out of memory");
	}
}

static int
end_vantage(int line, const char *title)
{
	unsigned i = strcmp(title, "announced") == 0     ? 0
		     : strcmp(title, "unannounced") == 0 ? 1
							 : 2;
	char shown[64];
	if (i == 2)
		return complain(title_line(line, title),
		    "vantage \"%s\" is not known: call it \"announced\" or "
		    "\"unannounced\"",
		    escape_tty(title, strlen(title), shown, sizeof(shown)));
	if (now->vantage_given[i])
		return complain(title_line(line, title),
		    "vantage \"%s\" is there already: keep one of the two", title);
	if (i == 1 && !now->vantage.source4.fam && !now->vantage.source6.fam)
		return complain(title_line(line, title),
		    "vantage \"unannounced\" needs a source address of its own");
	now->vantage_given[i] = true;
	now->c->vantage[i] = now->vantage;
	return 0;
}

static int
end_canary(int line)
{
	struct conf *c = now->c;
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
	char rule[RULE_TEXT], shown[TITLE_TEXT];
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
	return complain(title_line(line, title), "%s \"%s\" %s", opt_sections[in].name,
	    escape_tty(title, strlen(title), shown, sizeof(shown)), rule);
}

static int
finish_ifaces(void)
{
	char rule[RULE_TEXT], shown[TITLE_TEXT];
	for (size_t i = 0; i < now->lates; i++) {
		struct late_iface *l = &now->late[i];
		if (flows_iface(now->c, l->title, &l->row, rule, sizeof(rule)) < 0)
			return complain(l->line, "interface \"%s\" %s",
			    escape_tty(l->title, strlen(l->title), shown, sizeof(shown)), rule);
	}
	return 0;
}

static int
end_log(int line, const char *title)
{
	char rule[RULE_TEXT], shown[TITLE_TEXT];
	if (logs_add(now->c, title, &now->log, rule, sizeof(rule)) == 0)
		return 0;
	return complain(title_line(line, title), "log \"%s\" %s",
	    escape_tty(title, strlen(title), shown, sizeof(shown)), rule);
}

/* Makes ready for the next section of this name. */
static void
begin(enum opt_in in)
{
	memset(now->seen[in], 0, sizeof(now->seen[in]));
	if (in == IN_PREFIX)
		memset(&now->row, 0, sizeof(now->row));
	if (in == IN_VANTAGE)
		memset(&now->vantage, 0, sizeof(now->vantage));
	if (in == IN_EXPORTER)
		memset(&now->exporter, 0, sizeof(now->exporter));
	if (in == IN_INTERFACE) {
		free(now->iface.prefix);
		memset(&now->iface, 0, sizeof(now->iface));
	}
	if (in == IN_ALLOW)
		memset(&now->allow, 0, sizeof(now->allow));
	if (in == IN_LOG)
		memset(&now->log, 0, sizeof(now->log));
	opt_defaults(in, base_of(in));
}

static int
on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const cfg_t *sec = opt->values[opt->nvalues - 1]->section;
	enum opt_in in = section_of(sec);
	int r = 0;
	if (!opt_sections[in].many && now->have[in])
		return complain(cfg->line, "section %s is there already: keep one", opt->name);
	now->have[in] = true;
	if (in == IN_PREFIX)
		r = end_prefix(cfg->line, sec->title);
	else if (in == IN_VANTAGE)
		r = end_vantage(cfg->line, sec->title);
	else if (in == IN_CANARY)
		r = end_canary(cfg->line);
	else if (in == IN_EXPORTER || in == IN_INTERFACE || in == IN_ALLOW)
		r = end_flows(in, cfg->line, sec->title);
	else if (in == IN_LOG)
		r = end_log(cfg->line, sec->title);
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

/* text[n] must be NUL. */
static int
parse(const char *name, char *text, size_t n, bool memory, struct conf **ret, char *why, size_t size)
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

static int
parse_copy(const char *name, const char *text, size_t n, bool memory, struct conf **ret, char *why,
    size_t size)
{
	char *copy = n <= CONF_MAX ? malloc(n + 1) : NULL;
	if (!copy) {
		snprintf(why, size, "%s: %s", name, n > CONF_MAX ? "over 16 MiB" : "out of memory");
		return n > CONF_MAX ? -EFBIG : -ENOMEM;
	}
	memcpy(copy, text, n);
	copy[n] = '\0';
	int r = parse(name, copy, n, memory, ret, why, size);
	free(copy);
	return r;
}

int
conf_parse(const char *name, const char *text, size_t n, struct conf **ret, char *why, size_t size)
{
	return parse_copy(name, text, n, true, ret, why, size);
}

int
conf_load(const char *path, struct conf **ret, char *why, size_t size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) ? -EISDIR : 0;
	if (r == 0 && st.st_size > (off_t)CONF_MAX)
		r = -EFBIG;
	size_t room = r == 0 ? (size_t)st.st_size : 0, n = 0;
	char *text = malloc(room + 1);
	while (r == 0 && text && n < room) {
		ssize_t got = read(fd, text + n, room - n);
		if (got < 0 && errno != EINTR)
			r = -errno;
		else if (got == 0)
			break;
		else if (got > 0)
			n += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	if (r == 0 && !text)
		r = -ENOMEM;
	if (r < 0)
		snprintf(why, size, "%s: %s%s", path,
		    r == -EISDIR  ? "is not a file"
		    : r == -EFBIG ? "over 16 MiB"
				  : strerror(-r),
		    r == -ENOENT   ? "; name another with -c, or begin with the example, "
				     "share/doc/lymph/lymphd.conf"
		    : r == -EACCES ? "; be root, or let others read it"
				   : "");
	else
		r = parse_copy(path, text, n, false, ret, why, size);
	free(text);
	return r;
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	policy_free(c->policy);
	sights_free(c->sights);
	free(c->text);
	free(c);
}

bool
conf_is_self(const struct conf *c, const struct addr *a)
{
	bool self = addr_eq(a, &c->canary.addr) || addr_eq(a, &c->canary.listen);
	for (unsigned i = 0; i < c->vantages; i++)
		self |= addr_eq(a, &c->vantage[i].source4) || addr_eq(a, &c->vantage[i].source6);
	return self && a->fam != 0;
}
