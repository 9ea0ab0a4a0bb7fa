/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report handed on to whom it concerns, see xarf.h: the same document under the same id, but from us. Who
 * reported it to us is our business: reporter, sender, reply address and `_internal` do not leave. Must never
 * make a document that went through us before: two desks would send it to and fro.
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

/* Takes v; 0 or -ENOMEM. */
static int
put(json_t *o, const char *name, json_t *v)
{
	return json_object_set_new(o, name, v) < 0 ? -ENOMEM : 0;
}

static int
pass(const struct xarf *x, const struct xarf_passing *p, json_t *o, json_t *ext)
{
	json_t *via = json_deep_copy(json_object_get(ext, "via"));
	int r = 0;
	if (!via)
		via = json_array();
	r |= json_array_append_new(via, json_string(p->server)) < 0 ? -ENOMEM : 0;
	json_object_del(ext, "aud"); /* it named us */
	json_object_del(ext, "reply_to");
	json_object_del(o, "_internal");
	r |= put(ext, "via", via);
	for (unsigned i = 0; i < 2; i++)
		r |= put(o, i ? "sender" : "reporter", json_pack("{s:s, s:s, s:s}", "org", p->org, "contact",
		    p->contact, "domain", p->domain));
	r |= json_object_set(o, "lymph", ext) < 0 ? -ENOMEM : 0;
	(void)x;
	return r ? -ENOMEM : 0;
}

int
xarf_pass(const struct xarf *x, const struct xarf_passing *p, char **ret, size_t *n)
{
	const json_t *was = json_object_get(x->root, "lymph");
	int r = been(json_object_get(was, "via"), p->server);
	if (r < 0)
		return r;
	json_t *o = json_copy(x->root), *ext = was ? json_copy((json_t *)(uintptr_t)was) : json_object();
	r = o && ext ? pass(x, p, o, ext) : -ENOMEM;
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
