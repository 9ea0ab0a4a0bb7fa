/* SPDX-License-Identifier: BSD-2-Clause */
/* Scopes and names, see door_scope.h. Must never take a word it does not know for one that gives less. */
#include "lymphd/door_scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/escape.h"

static int
refuse(char *why, size_t size, const char *word, size_t n, const char *rule)
{
	char shown[64];
	snprintf(why, size, "scope: \"%s\" %s", escape_tty(word, n, shown, sizeof(shown)), rule);
	return -EINVAL;
}

static int
parse_word(const char *w, size_t n, struct door_scope *s, char *why, size_t size)
{
	static const char cls[] = "class=", prefix[] = "prefix=";
	unsigned i = 0;
	if (n == 3 && memcmp(w, "own", 3) == 0) {
		s->own = 1;
		return 0;
	}
	if (n > strlen(cls) && memcmp(w, cls, strlen(cls)) == 0) {
		enum class_id id = class_by_name(w + strlen(cls), n - strlen(cls));
		if (id == CLASS_NONE)
			return refuse(why, size, w, n, "names no class");
		s->classes |= 1u << id;
		return 0;
	}
	if (n <= strlen(prefix) || memcmp(w, prefix, strlen(prefix)) != 0)
		return refuse(why, size, w, n, "is not own, class=NAME or prefix=PREFIX");
	while (i < DOOR_PREFIXES && s->prefix[i].a.fam)
		i++;
	if (i == DOOR_PREFIXES)
		return refuse(why, size, w, n, "is one prefix too many");
	if (prefix_parse(w + strlen(prefix), n - strlen(prefix), &s->prefix[i]) < 0)
		return refuse(why, size, w, n, "is no prefix such as 192.0.2.0/24");
	return 0;
}

int
scope_parse(const char *text, struct door_scope *ret, char *why, size_t size)
{
	struct door_scope s = { 0 };
	while (*text) {
		size_t n = strcspn(text, ", ");
		int r = n ? parse_word(text, n, &s, why, size) : 0;
		if (r < 0)
			return r;
		text += n + (text[n] != '\0');
	}
	*ret = s;
	return 0;
}

char *
scope_print(const struct door_scope *s, char buf[SCOPE_TEXT])
{
	char prefix[PREFIX_TEXT];
	size_t n = (size_t)snprintf(buf, SCOPE_TEXT, "%s", s->own ? "own" : "");
	for (int c = CLASS_NONE + 1; c < CLASS_N && n < SCOPE_TEXT; c++)
		if (s->classes >> c & 1)
			n += (size_t)snprintf(buf + n, SCOPE_TEXT - n, "%sclass=%s", n ? "," : "",
			    class_row((enum class_id)c)->name);
	for (unsigned i = 0; i < DOOR_PREFIXES && s->prefix[i].a.fam && n < SCOPE_TEXT; i++)
		n += (size_t)snprintf(buf + n, SCOPE_TEXT - n, "%sprefix=%s", n ? "," : "",
		    prefix_print(&s->prefix[i], prefix));
	return buf;
}

bool
scope_sane(const struct door_scope *s)
{
	bool over = false;
	if (s->own > 1 || s->classes >> CLASS_N || s->classes & 1u << CLASS_NONE)
		return false;
	for (unsigned i = 0; i < DOOR_PREFIXES; i++) {
		const struct prefix *p = &s->prefix[i];
		over |= p->a.fam == 0;
		if (p->a.fam == 0)
			continue;
		if (over || (p->a.fam != 4 && p->a.fam != 6) || p->len > addr_bits(&p->a))
			return false;
		struct prefix canon = prefix_of(&p->a, p->len);
		if (prefix_cmp(&canon, p) != 0)
			return false;
	}
	return true;
}

bool
scope_lets(const struct door_scope *s, const struct prefix *value, bool own, enum class_id cls)
{
	if ((own && !s->own) || (s->classes && !(s->classes >> cls & 1)))
		return false;
	for (unsigned i = 0; i < DOOR_PREFIXES && s->prefix[i].a.fam; i++)
		if (value->len >= s->prefix[i].len && prefix_has(&s->prefix[i], &value->a))
			return true;
	return !s->prefix[0].a.fam;
}

bool
door_name(const char *s, char ret[NAME_TEXT])
{
	struct identity i;
	if (strlen(s) > DOOR_NAME || !identity_make(IDENTITY_MACHINE, s, &i))
		return false;
	memset(ret, 0, NAME_TEXT);
	memcpy(ret, strchr(i.name, ':') + 1, strlen(strchr(i.name, ':') + 1));
	return true;
}

void
door_hash(enum door_kind kind, const char *name, const char *secret, uint8_t ret[32])
{
	static const char *const salts[DOOR_KINDS] = { "lymph door machine", "lymph door bouncer" };
	crypto_hash_sha256_state h;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)salts[kind], strlen(salts[kind]) + 1);
	crypto_hash_sha256_update(&h, (const uint8_t *)name, strlen(name) + 1);
	crypto_hash_sha256_update(&h, (const uint8_t *)secret, strlen(secret));
	crypto_hash_sha256_final(&h, ret);
}

bool
door_row_sane(const struct door_row *r)
{
	char name[NAME_TEXT];
	return memchr(r->name, '\0', sizeof(r->name)) && door_name(r->name, name) && strcmp(name, r->name) == 0 &&
	    r->kind < DOOR_KINDS && r->approved <= 1 && scope_sane(&r->scope);
}
