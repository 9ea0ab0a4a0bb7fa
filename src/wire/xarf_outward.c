/* SPDX-License-Identifier: BSD-2-Clause */
/* A report for others, see xarf_outward.h. Must never take a field over that could name who reported: what
 * goes along is listed here, the rest stays. */
#include "wire/xarf_outward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/xarf_doc.h"

static char *
bare(const struct report *p, const char *server, size_t *n)
{
	char domain[256], contact[272];
	struct xarf_why why;
	/* A name without a dot is no domain a document may hold. */
	snprintf(domain, sizeof(domain), "%.200s", strchr(server, '.') ? server : "lymph.invalid");
	snprintf(contact, sizeof(contact), "abuse@%s", domain);
	struct xarf_new d = { .timestamp = p->event, .first_seen = p->event, .last_seen = p->event, .org = server, .contact = contact, .domain = domain,
		.subject = p->subject, .source_port = p->port, .service_port = p->port, .cls = p->cls,
		.port_unnamed = true, .handshake = p->two_way_claim ? 1 : -1, .count = p->count };
	memcpy(d.id, p->id, sizeof(d.id));
	return xarf_build(&d, n, &why);
}

/* The items of a document that go along; NULL: none. */
static json_t *
items_of(const void *body, size_t n)
{
	struct xarf *x;
	struct xarf_why why;
	if (!body || xarf_parse(body, n, &x, &why) < 0)
		return NULL;
	json_t *list = xarf_evidence_out(x);
	xarf_free(x);
	return list;
}

char *
xarf_outward(const struct report *p, const char *server, bool evidence, const void *body, size_t n,
    size_t *ret_n)
{
	char *text = bare(p, server, ret_n);
	json_t *items = text && evidence ? items_of(body, n) : NULL;
	json_t *o = items && json_array_size(items) ? json_loadb(text, *ret_n, 0, NULL) : NULL;
	if (o) {
		char *with = NULL;
		if (json_object_set(o, "evidence", items) == 0)
			with = json_dumps(o, JSON_COMPACT);
		free(text);
		text = with;
		*ret_n = with ? strlen(with) : 0;
	}
	json_decref(o);
	json_decref(items);
	return text;
}
