/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections about flows, see flows.h. Takes nothing that its title in the canonical text would not give
 * back. */
#include "conf/flows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/values.h"

int
flows_exporter(struct conf *c, const char *title, struct exporter_row *row, char *rule, size_t size)
{
	if (addr_parse(title, strlen(title), &row->addr) < 0)
		return opt_refuse(rule, size,
		    "is no address: write the one its datagrams come from, such as \"192.0.2.1\"");
	if (!row->name[0])
		return opt_refuse(rule, size, "needs a name: name = \"...\"");
	if (sights_named(c->sights, row->name) >= 0)
		return opt_refuse(rule, size, "is called %s, as another exporter is", row->name);
	switch (sights_exporter(c->sights, row)) {
	case -EEXIST:
		return opt_refuse(rule, size,
		    "is there already: keep one of the two, or tell them apart by port");
	case -ENOSPC: return opt_refuse(rule, size, "is one too many: at most %d", EXPORTERS);
	case -ENOMEM: return opt_refuse(rule, size, "does not fit: out of memory");
	default: return 0;
	}
}

/* Decimal, whole, no leading zero: one form per number. */
static bool
number(const char **p, uint32_t *ret)
{
	uint64_t v = 0;
	const char *s = *p;
	if (*s < '0' || *s > '9' || (*s == '0' && s[1] >= '0' && s[1] <= '9'))
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*p = s;
	*ret = (uint32_t)v;
	return true;
}

static bool
range(const char *s, uint32_t *from, uint32_t *to)
{
	if (strcmp(s, "*") == 0) {
		*from = 0;
		*to = UINT32_MAX;
		return true;
	}
	if (!number(&s, from))
		return false;
	*to = *from;
	if (*s == '-' && (s++, !number(&s, to)))
		return false;
	return !*s && *from <= *to;
}

int
flows_iface(struct conf *c, const char *title, struct iface_row *row, char *rule, size_t size)
{
	char name[EXPORTER_NAME];
	const char *slash = strchr(title, '/');
	size_t n = slash ? (size_t)(slash - title) : 0;
	if (!slash || n >= sizeof(name) || !range(slash + 1, &row->from, &row->to))
		return opt_refuse(rule, size,
		    "takes an exporter's name and its interfaces, as \"edge1/10\", \"edge1/10-19\" or "
		    "\"edge1/*\"");
	memcpy(name, title, n);
	name[n] = '\0';
	int who = sights_named(c->sights, name);
	if (who < 0)
		return opt_refuse(rule, size, "is of no exporter: none is called so");
	if (row->side == SIDE_UNKNOWN)
		return opt_refuse(rule, size, "needs a side: side = \"customer\", \"border\", ...");
	row->exporter = (uint16_t)who;
	switch (sights_iface(c->sights, row)) {
	case 0: return 0;
	case -EEXIST: return opt_refuse(rule, size, "is there already: keep one of the two");
	default: return opt_refuse(rule, size, "does not fit: out of memory");
	}
}

int
flows_allow(struct conf *c, const char *title, struct allow_row *row, char *rule, size_t size)
{
	switch (prefix_parse(title, strlen(title), &row->prefix)) {
	case 0: break;
	case -EDOM: return opt_refuse(rule, size, "has bits set behind its length");
	default: return opt_refuse(rule, size, "is no prefix: write one such as \"192.0.2.7/32\"");
	}
	if (!row->owner[0])
		return opt_refuse(rule, size, "needs an owner: owner = \"who asked for it\"");
	return sights_allow(c->sights, row) < 0 ? opt_refuse(rule, size, "does not fit: out of memory")
						: 0;
}

char *
flows_iface_title(const struct sights *s, const struct iface_row *row, char buf[FLOWS_TITLE])
{
	const char *name = s->exporter[row->exporter].name;
	if (row->from == 0 && row->to == UINT32_MAX)
		snprintf(buf, FLOWS_TITLE, "%s/*", name);
	else if (row->from == row->to)
		snprintf(buf, FLOWS_TITLE, "%s/%u", name, row->from);
	else
		snprintf(buf, FLOWS_TITLE, "%s/%u-%u", name, row->from, row->to);
	return buf;
}
