/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of RDAP answers, see feed_file.h. Must never let one bad line take the others with
 * it. */
#include "lymphd/feed_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/lpm.h"
#include "base/range.h"

#define RANGE_PREFIXES 256 /* of one range: 254 at most */

/* What is said of a range, shared by its prefixes. */
struct net {
	struct net *next;
	struct addr first, last;
	enum rdap_from from;
	const char *name; /* behind mail */
	char mail[];
};

struct file_row {
	struct lpm_node lpm;
	const struct net *net;
};

struct feed_file_table {
	struct lpm rows;
	struct net *nets;
};

static struct net *
net_new(const struct rdap_net *r)
{
	size_t mail = strlen(r->mail) + 1, name = strlen(r->name) + 1;
	struct net *n = malloc(sizeof(*n) + mail + name);
	if (!n)
		return NULL;
	*n = (struct net){ .first = r->first, .last = r->last, .from = r->from };
	memcpy(n->mail, r->mail, mail);
	memcpy(n->mail + mail, r->name, name);
	n->name = n->mail + mail;
	return n;
}

/* The newest line about a prefix counts. */
static bool
row_put(struct feed_file_table *t, const struct prefix *p, const struct net *n)
{
	if (t->rows.tree.count >= FEED_FILE_ROWS)
		return false;
	struct file_row *row = calloc(1, sizeof(*row));
	if (!row)
		return false;
	row->lpm.prefix = *p;
	row->net = n;
	struct lpm_node *old = lpm_add(&t->rows, &row->lpm);
	if (old) {
		LPM_ENTRY(old, struct file_row, lpm)->net = n;
		free(row);
	}
	return true;
}

static bool
net_put(struct feed_file_table *t, const struct rdap_net *r)
{
	struct net *n = net_new(r);
	struct addr at = r->first;
	bool ok = n != NULL;
	if (!n)
		return false;
	n->next = t->nets;
	t->nets = n;
	for (unsigned i = 0; ok && i < RANGE_PREFIXES && range_has(&at, &r->last, &at); i++) {
		struct prefix p = range_around(&at, &r->last, &at);
		struct addr end = prefix_last(&p);
		ok = row_put(t, &p, n);
		at = addr_next(&end);
		if (!at.fam || addr_cmp(&at, &r->last) > 0)
			break;
	}
	return ok;
}

/* Nothing, or a comment. */
static bool
blank(const char *line, size_t n)
{
	size_t i = 0;
	while (i < n && strchr(" \t\r", line[i]) && line[i])
		i++;
	return i == n || line[i] == '#';
}

struct feed_file_table *
feed_file_read(const char *text, size_t n, uint64_t *ret_bad, int (*begin)(const void *line, size_t n),
    void (*end)(void))
{
	struct feed_file_table *t = calloc(1, sizeof(*t));
	uint64_t bad = 0;
	if (!t)
		return NULL;
	lpm_init(&t->rows);
	for (const char *line = text, *stop = text + n; line < stop;) {
		const char *nl = memchr(line, '\n', (size_t)(stop - line));
		size_t len = nl ? (size_t)(nl - line) : (size_t)(stop - line);
		struct rdap_net r;
		char rule[RDAP_RULE];
		if (!blank(line, len)) {
			int rc = begin(line, len);
			if (rc == 0) {
				rc = rdap_read(line, len, &r, rule);
				end();
			}
			bad += rc < 0 || !net_put(t, &r);
		}
		line += len + (nl != NULL);
	}
	*ret_bad = bad;
	return t;
}

void
feed_file_free(struct feed_file_table *t)
{
	struct lpm_node *row;
	struct net *n;
	if (!t)
		return;
	while ((row = lpm_first(&t->rows))) {
		lpm_del(&t->rows, row);
		free(LPM_ENTRY(row, struct file_row, lpm));
	}
	while ((n = t->nets)) {
		t->nets = n->next;
		free(n);
	}
	free(t);
}

size_t
feed_file_rows(const struct feed_file_table *t)
{
	return t ? t->rows.tree.count : 0;
}

bool
feed_file_find(const struct feed_file_table *t, const struct addr *a, struct rdap_net *ret)
{
	const struct lpm_node *row = t ? lpm_find(&t->rows, a) : NULL;
	if (!row)
		return false;
	const struct net *n = LPM_ENTRY(row, struct file_row, lpm)->net;
	*ret = (struct rdap_net){ .first = n->first, .last = n->last, .from = n->from };
	memcpy(ret->mail, n->mail, strlen(n->mail) + 1);
	memcpy(ret->name, n->name, strlen(n->name) + 1);
	return true;
}
