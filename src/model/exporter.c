/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of exporters and interfaces. Few rows, read on every flow: interfaces are kept by exporter,
 * the narrowest range first, so that the first that holds an ifIndex is the right one. */
#include "model/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const sides[SIDE_N] = { "unknown", "customer", "border", "core", "ignore", "tap" };
static const char *const savs[SAV_N] = { "none", "loose", "strict" };
static const char *const nats[NAT_N] = { "none", "before", "after" };
static const char *const places[METERS_N] = { "ingress", "egress", "both" };

static int
by_name(const char *const *names, int n, const char *s)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -EINVAL;
}

const char *
side_name(enum side s)
{
	return s < SIDE_N ? sides[s] : "?";
}

const char *
sav_name(enum sav s)
{
	return s < SAV_N ? savs[s] : "?";
}

const char *
nat_name(enum nat n)
{
	return n < NAT_N ? nats[n] : "?";
}

const char *
meters_name(enum meters m)
{
	return m < METERS_N ? places[m] : "?";
}

int
side_by_name(const char *s)
{
	return by_name(sides, SIDE_N, s);
}

int
sav_by_name(const char *s)
{
	return by_name(savs, SAV_N, s);
}

int
nat_by_name(const char *s)
{
	return by_name(nats, NAT_N, s);
}

int
meters_by_name(const char *s)
{
	return by_name(places, METERS_N, s);
}

struct sights *
sights_new(void)
{
	return calloc(1, sizeof(struct sights));
}

void
sights_free(struct sights *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->ifaces; i++)
		free(s->iface[i].prefix);
	free(s->iface);
	free(s->exporter);
	free(s->allow);
	free(s);
}

int
sights_exporter(struct sights *s, const struct exporter_row *row)
{
	if (s->exporters >= EXPORTERS)
		return -ENOSPC;
	for (size_t i = 0; i < s->exporters; i++) {
		const struct exporter_row *x = &s->exporter[i];
		if ((addr_eq(&x->addr, &row->addr) && x->port == row->port) ||
		    (row->name[0] && strcmp(x->name, row->name) == 0))
			return -EEXIST;
	}
	struct exporter_row *v = realloc(s->exporter, (s->exporters + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	s->exporter = v;
	v[s->exporters] = *row;
	return (int)s->exporters++;
}

/* By exporter, narrowest first, then by number. */
static int
iface_cmp(const struct iface_row *a, const struct iface_row *b)
{
	uint32_t wide_a = a->to - a->from, wide_b = b->to - b->from;
	if (a->exporter != b->exporter)
		return a->exporter < b->exporter ? -1 : 1;
	if (wide_a != wide_b)
		return wide_a < wide_b ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

int
sights_iface(struct sights *s, const struct iface_row *row)
{
	size_t at = 0;
	if (row->exporter >= s->exporters)
		return -ENOENT;
	while (at < s->ifaces && iface_cmp(&s->iface[at], row) < 0)
		at++;
	if (at < s->ifaces && iface_cmp(&s->iface[at], row) == 0)
		return -EEXIST;
	struct iface_row *v = realloc(s->iface, (s->ifaces + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	s->iface = v;
	struct prefix *own = NULL;
	if (row->prefixes) {
		own = malloc(row->prefixes * sizeof(*own));
		if (!own)
			return -ENOMEM;
		memcpy(own, row->prefix, row->prefixes * sizeof(*own));
	}
	memmove(&v[at + 1], &v[at], (s->ifaces - at) * sizeof(*v));
	v[at] = *row;
	v[at].prefix = own;
	s->ifaces++;
	s->border |= row->side == SIDE_BORDER;
	return 0;
}

int
sights_allow(struct sights *s, const struct allow_row *row)
{
	struct allow_row *v = realloc(s->allow, (s->allows + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	s->allow = v;
	v[s->allows++] = *row;
	return 0;
}

int
sights_who(const struct sights *s, const struct addr *addr, uint16_t port)
{
	int any = -ENOENT;
	for (size_t i = 0; i < s->exporters; i++) {
		const struct exporter_row *x = &s->exporter[i];
		if (!addr_eq(&x->addr, addr))
			continue;
		if (x->port && x->port == port)
			return (int)i;
		if (!x->port)
			any = (int)i;
	}
	return any;
}

int
sights_named(const struct sights *s, const char *name)
{
	for (size_t i = 0; i < s->exporters; i++)
		if (strcmp(s->exporter[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

const struct iface_row *
sights_iface_of(const struct sights *s, uint16_t exporter, uint32_t ifindex)
{
	size_t low = 0, high = s->ifaces;
	while (low < high) { /* the first row of the exporter */
		size_t mid = low + (high - low) / 2;
		if (s->iface[mid].exporter < exporter)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->ifaces && s->iface[low].exporter == exporter; low++)
		if (ifindex >= s->iface[low].from && ifindex <= s->iface[low].to)
			return &s->iface[low];
	return NULL;
}

struct sights *
sights_tap(void)
{
	struct sights *s = sights_new();
	struct exporter_row e = { .name = "file" };
	struct iface_row i = { .side = SIDE_TAP, .to = UINT32_MAX };
	if (!s || sights_exporter(s, &e) < 0 || sights_iface(s, &i) < 0) {
		sights_free(s);
		return NULL;
	}
	return s;
}
