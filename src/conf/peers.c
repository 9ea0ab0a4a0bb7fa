/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections about peers, see peers.h. Must never let two of them claim the same prefix. */
#include "conf/peers.h"

#include <stdlib.h>
#include <string.h>

#include "conf/values.h"

static bool
name_ok(const char *s)
{
	size_t n = strlen(s);
	if (n == 0 || n >= NAME_TEXT)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || strchr("._-", *s)))
			return false;
	return true;
}

/* The peer that has this very prefix already. */
static const struct conf_peer *
taken(const struct conf *c, const struct prefix *p)
{
	for (unsigned i = 0; i < c->peers; i++)
		for (unsigned n = 0; n < CONF_PEER_PREFIXES && c->peer[i].prefix[n].a.fam; n++)
			if (prefix_cmp(&c->peer[i].prefix[n], p) == 0)
				return &c->peer[i];
	return NULL;
}

int
peers_add(struct conf *c, const char *title, const struct conf_peer *row, char *rule, size_t size)
{
	char buf[PREFIX_TEXT];
	if (!name_ok(title))
		return opt_refuse(rule, size,
		    "is no name of a peer: lower case letters, digits, dot, hyphen, underscore; at most %d",
		    NAME_TEXT - 1);
	for (unsigned i = 0; i < c->peers; i++)
		if (strcmp(c->peer[i].name, title) == 0)
			return opt_refuse(rule, size, "is there already: keep one of the two");
	if (!row->prefix[0].a.fam)
		return opt_refuse(rule, size, "needs its addresses: prefixes = {\"192.0.2.0/24\"}");
	if (!row->mail[0] && !row->url[0])
		return opt_refuse(rule, size, "needs to be reached: mail = \"abuse@example.net\", or url");
	for (unsigned n = 0; n < CONF_PEER_PREFIXES && row->prefix[n].a.fam; n++) {
		const struct conf_peer *other = taken(c, &row->prefix[n]);
		if (other)
			return opt_refuse(rule, size, ": %s is peer %s's already", prefix_print(&row->prefix[n], buf),
			    other->name);
	}
	if (c->peers == CONF_PEERS)
		return opt_refuse(rule, size, "is one too many: at most %d", CONF_PEERS);
	struct conf_peer *v = realloc(c->peer, (c->peers + 1) * sizeof(*v));
	if (!v)
		return opt_refuse(rule, size, ": out of memory");
	c->peer = v;
	v += c->peers++;
	*v = *row;
	memcpy(v->name, title, strlen(title) + 1);
	return 0;
}

const struct conf_peer *
peers_find(const struct conf *c, const struct addr *a, struct prefix *ret_prefix)
{
	const struct conf_peer *best = NULL;
	struct prefix around = { .len = 0 };
	for (unsigned i = 0; i < c->peers; i++)
		for (unsigned n = 0; n < CONF_PEER_PREFIXES && c->peer[i].prefix[n].a.fam; n++) {
			const struct prefix *p = &c->peer[i].prefix[n];
			if (!prefix_has(p, a) || (best && p->len <= around.len))
				continue;
			best = &c->peer[i];
			around = *p;
		}
	if (best && ret_prefix)
		*ret_prefix = around;
	return best;
}
