/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canonical text of a configuration: every option, defaults too, in the order of the rows. It is
 * what roles get and the journal keeps, so a later version with other defaults still replays the same.
 */
#include <stdlib.h>

#include "conf/conf.h"
#include "conf/flows.h"
#include "conf/parse.h"
#include "conf/rows.h"

static void
print_rows(enum opt_in in, const void *base, const char *indent, FILE *f)
{
	const struct policy_row *line = base;
	for (const struct opt_row *r = opt_rows; r < opt_rows + opt_count; r++) {
		if (r->in != in)
			continue;
		/* IPv4 has no delegated prefixes, and the parser says so. */
		if (r->offset == offsetof(struct policy_row, delegated) && in == IN_PREFIX &&
		    line->lpm.prefix.a.fam == 4)
			continue;
		fprintf(f, "%s%s = ", indent, r->name);
		r->type->print(r, (const char *)base + r->offset, f);
		fputc('\n', f);
	}
}

static void
print_sights(const struct sights *s, FILE *f)
{
	char title[FLOWS_TITLE], addr[ADDR_TEXT], prefix[PREFIX_TEXT];
	for (size_t i = 0; i < s->exporters; i++) {
		fprintf(f, "exporter \"%s\" {\n", addr_print(&s->exporter[i].addr, addr));
		print_rows(IN_EXPORTER, &s->exporter[i], "\t", f);
		fputs("}\n", f);
	}
	for (size_t i = 0; i < s->ifaces; i++) {
		fprintf(f, "interface \"%s\" {\n", flows_iface_title(s, &s->iface[i], title));
		print_rows(IN_INTERFACE, &s->iface[i], "\t", f);
		fputs("}\n", f);
	}
	for (size_t i = 0; i < s->allows; i++) {
		fprintf(f, "allow \"%s\" {\n", prefix_print(&s->allow[i].prefix, prefix));
		print_rows(IN_ALLOW, &s->allow[i], "\t", f);
		fputs("}\n", f);
	}
}

static void
print_sections(const struct conf *c, FILE *f)
{
	char buf[PREFIX_TEXT];
	fputs("staff {\n", f);
	print_rows(IN_STAFF, c, "\t", f);
	fputs("}\nhand {\n", f);
	print_rows(IN_HAND, c, "\t", f);
	fputs("}\n", f);
	if (c->canary.addr.fam) {
		fputs("canary {\n", f);
		print_rows(IN_CANARY, c, "\t", f);
		fputs("}\n", f);
	}
	for (unsigned i = 0; i < c->vantages; i++) {
		if (!c->vantage[i].source4.fam && !c->vantage[i].source6.fam)
			continue;
		fprintf(f, "vantage \"%s\" {\n", i ? "unannounced" : "announced");
		print_rows(IN_VANTAGE, &c->vantage[i], "\t", f);
		fputs("}\n", f);
	}
	for (struct lpm_node *n = lpm_first(&c->policy->rows); n;
	     n = lpm_next(&c->policy->rows, n)) {
		fprintf(f, "prefix \"%s\" {\n", prefix_print(&n->prefix, buf));
		print_rows(IN_PREFIX, LPM_ENTRY(n, struct policy_row, lpm), "\t", f);
		fputs("}\n", f);
	}
	fputs("telemetry {\n", f);
	print_rows(IN_TELEMETRY, c, "\t", f);
	fputs("}\nintake {\n", f);
	print_rows(IN_INTAKE, c, "\t", f);
	fputs("}\nkeep {\n", f);
	print_rows(IN_KEEP, c, "\t", f);
	fputs("}\nmail {\n", f);
	print_rows(IN_MAIL, c, "\t", f);
	fputs("}\n", f);
	for (unsigned i = 0; i < c->logs; i++) {
		fprintf(f, "log \"%s\" {\n", c->log[i].name);
		print_rows(IN_LOG, &c->log[i], "\t", f);
		fputs("}\n", f);
	}
	fputs("rdap {\n", f);
	print_rows(IN_RDAP, c, "\t", f);
	fputs("}\n", f);
	for (unsigned i = 0; i < c->peers; i++) {
		fprintf(f, "peer \"%s\" {\n", c->peer[i].name);
		print_rows(IN_PEER, &c->peer[i], "\t", f);
		fputs("}\n", f);
	}
	print_sights(c->sights, f);
	fputs("judge {\n", f);
	for (size_t i = 0; i < param_count; i++) {
		char v[OPT_PARAM_TEXT];
		const struct param_row *r = &param_rows[i];
		fprintf(f, "\t%s = \"%s\"\n", r->name,
		    opt_param_print(r->kind, params_get(&c->policy->params, r), v));
	}
	fputs("}\n", f);
}

/* malloc'ed; NULL: out of memory. */
char *
conf_print(const struct conf *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	if (!f)
		return NULL;
	print_rows(IN_TOP, c, "", f);
	print_sections(c, f);
	if (ferror(f) | fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
