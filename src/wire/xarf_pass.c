/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report handed on to whom it concerns, see xarf.h: the same document under the same id, but from us. Who
 * reported it to us is our business: what leaves is listed here, the rest stays. Must never make a document that went through us before: two desks would send it to and fro.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/xarf_doc.h"

/* Where it has been: servers' names, oldest first. */
static int
been(const json_t *via, const char *server)
{
	if (!via)
		return 0;
	if (!json_is_array(via) || json_array_size(via) >= XARF_HOPS)
		return -ELOOP;
	for (size_t i = 0; i < json_array_size(via); i++) {
		const char *s = json_string_value(json_array_get(via, i));
		if (!s || strcasecmp(s, server) == 0)
			return -ELOOP;
	}
	return 0;
}

/* What goes along; and what the type's schema demands. All else could name who reported it. */
static bool
goes(const struct xarf *x, const char *name)
{
	static const char list[] = "xarf_version report_id timestamp source_identifier source_port category type tags "
				   "evidence_source confidence first_seen last_seen protocol destination_port service "
				   "service_port cve_id";
	for (const struct xarf_need *n = x->type->need; n < x->type->need + XARF_NEEDS && n->name; n++)
		if (strcmp(n->name, name) == 0)
			return true;
	return xarf_word_in(name, list);
}

json_t *
xarf_evidence_out(const struct xarf *x)
{
	static const char *const kept[] = { "content_type", "payload", "hash", "size" };
	const json_t *from = json_object_get(x->root, "evidence");
	json_t *list = json_array_size(from) ? json_array() : NULL;
	for (size_t i = 0; list && i < json_array_size(from); i++) {
		json_t *item = json_object();
		for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++) {
			json_t *v = json_object_get(json_array_get(from, i), kept[k]);
			if (v)
				(void)json_object_set(item, kept[k], v);
		}
		(void)json_array_append_new(list, item);
	}
	return list;
}

/* A new document of what goes along; NULL: no memory. */
static json_t *
listed(const struct xarf *x)
{
	json_t *o = json_object(), *evidence = xarf_evidence_out(x);
	for (void *it = json_object_iter(x->root); o && it; it = json_object_iter_next(x->root, it))
		if (goes(x, json_object_iter_key(it)))
			(void)json_object_set(o, json_object_iter_key(it), json_object_iter_value(it));
	if (o && evidence)
		(void)json_object_set(o, "evidence", evidence);
	json_decref(evidence);
	return o;
}

/* Takes v; 0 or -ENOMEM. */
static int
put(json_t *o, const char *name, json_t *v)
{
	return json_object_set_new(o, name, v) < 0 ? -ENOMEM : 0;
}

static int
pass(const struct xarf_passing *p, json_t *o, json_t *ext)
{
	json_t *via = json_deep_copy(json_object_get(ext, "via"));
	int r = 0;
	if (!via)
		via = json_array();
	r |= json_array_append_new(via, json_string(p->server)) < 0 ? -ENOMEM : 0;
	r |= put(ext, "via", via);
	for (unsigned i = 0; i < 2; i++)
		r |= put(o, i ? "sender" : "reporter", json_pack("{s:s, s:s, s:s}", "org", p->org, "contact",
		    p->contact, "domain", p->domain));
	r |= json_object_set(o, "lymph", ext) < 0 ? -ENOMEM : 0;
	return r ? -ENOMEM : 0;
}

int
xarf_pass(const struct xarf *x, const struct xarf_passing *p, char **ret, size_t *n)
{
	static const char *const own[] = { "handshake", "count", "zone_assumed", "via" };
	const json_t *was = json_object_get(x->root, "lymph");
	int r = been(json_object_get(was, "via"), p->server);
	if (r < 0)
		return r;
	json_t *o = listed(x), *ext = json_object();
	for (size_t i = 0; ext && i < sizeof(own) / sizeof(own[0]); i++)
		if (json_object_get(was, own[i]))
			(void)json_object_set(ext, own[i], json_object_get(was, own[i]));
	r = o && ext ? pass(p, o, ext) : -ENOMEM;
	char *s = r == 0 ? json_dumps(o, JSON_INDENT(2)) : NULL;
	if (s && strlen(s) > p->most) { /* evidence is what is large */
		free(s);
		json_object_del(o, "evidence");
		json_object_set_new(ext, "evidence_left_out", json_true());
		s = json_dumps(o, JSON_INDENT(2));
	}
	json_decref(o);
	json_decref(ext);
	if (!s)
		return -ENOMEM;
	if (strlen(s) > p->most) {
		free(s);
		return -E2BIG;
	}
	*n = strlen(s);
	*ret = s;
	return 0;
}

int
xarf_was_here(const struct xarf *x, const char *server)
{
	return been(json_object_get(json_object_get(x->root, "lymph"), "via"), server);
}
