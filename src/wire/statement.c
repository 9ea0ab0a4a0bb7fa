/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements about machine keys, see statement.h. */
#include "wire/statement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"
#include "wire/sshsig.h"

static int
refuse(const char **field, const char **rule, const char *f, const char *r)
{
	*field = f;
	*rule = r;
	return -EBADMSG;
}

static const char *
text_of(const json_t *o, const char *name, size_t *n)
{
	const json_t *v = json_object_get(o, name);
	*n = json_string_length(v);
	return json_string_value(v);
}

static int
take(const json_t *o, msec now, struct statement *ret, const char **field, const char **rule)
{
	struct statement s;
	size_t n, known = 4;
	memset(&s, 0, sizeof(s));
	const json_t *version = json_object_get(o, "lymph_statement");
	if (!json_is_integer(version) || json_integer_value(version) != 1)
		return refuse(field, rule, "lymph_statement", "lymph: 1");
	const char *t = text_of(o, "key", &n);
	if (!t || sshsig_public_parse(t, n, &s.key) < 0)
		return refuse(field, rule, "key", "RFC 8709 4: an ssh-ed25519 public key");
	t = text_of(o, "scope", &n);
	if (!t || strcmp(t, "reports") != 0)
		return refuse(field, rule, "scope", "lymph: \"reports\"");
	t = text_of(o, "not_after", &n);
	if (!t || msec_parse(t, n, &s.not_after) < 0)
		return refuse(field, rule, "not_after", "RFC 3339 5.6: a time with its zone");
	if (s.not_after <= now)
		return refuse(field, rule, "not_after", "lymph: not past already");
	if (s.not_after - now > STATEMENT_MOST)
		return refuse(field, rule, "not_after", "lymph: at most 400 days from now");
	if (json_object_get(o, "aud")) {
		t = text_of(o, "aud", &n);
		if (!t || n == 0 || n >= sizeof(s.aud) || strlen(t) != n)
			return refuse(field, rule, "aud", "lymph: the name of a server, or absent");
		memcpy(s.aud, t, n);
		known++;
	}
	if (json_object_size(o) != known)
		return refuse(field, rule, "", "lymph: lymph_statement, key, not_after, scope, aud; nothing else");
	*ret = s;
	return 0;
}

int
statement_parse(const void *p, size_t n, msec now, struct statement *ret, const char **field,
    const char **rule)
{
	struct json_why why;
	json_t *o;
	if (n > STATEMENT_MAX)
		return refuse(field, rule, "body", "lymph: a statement of at most 4096 bytes");
	int r = json_read(p, n, 2, 16, &o, &why);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return refuse(field, rule, "body", why.rule);
	r = json_is_object(o) ? take(o, now, ret, field, rule)
	                      : refuse(field, rule, "body", "lymph: a JSON object");
	json_decref(o);
	return r;
}

/* Into text, n + 1 bytes. */
static size_t
plain(const char *p, size_t n, char *text)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r' || i + 1 == n || p[i + 1] != '\n')
			text[out++] = p[i];
	while (out && (text[out - 1] == '\n' || text[out - 1] == '\r'))
		out--;
	text[out++] = '\n';
	return out;
}

int
statement_proven(const void *p, size_t n, bool clear, const void *proof, size_t proof_n,
    const struct key *key)
{
	const char *rule;
	struct key by;
	char *text = clear ? malloc(n + 1) : NULL;
	if (clear && !text)
		return -ENOMEM;
	if (clear) {
		n = plain(p, n, text);
		p = text;
	}
	int r = sshsig_verify(proof, proof_n, p, n, STATEMENT_NAMESPACE, &by, &rule);
	free(text);
	return r == 0 && key_cmp(&by, key) == 0 ? 0 : -EKEYREJECTED;
}

int
statement_print(const struct statement *s, char *text, size_t room)
{
	char public[128], until[MSEC_TEXT];
	json_t *o = json_pack("{s:i, s:s, s:s, s:s}", "lymph_statement", 1, "key",
	    key_print_public(&s->key, public, sizeof(public)), "not_after",
	    msec_print(s->not_after, until), "scope", "reports");
	if (o && s->aud[0])
		json_object_set_new(o, "aud", json_string(s->aud));
	char *out = o ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(o);
	int n = out ? snprintf(text, room, "%s\n", out) : -1;
	free(out);
	return n > 0 && (size_t)n < room ? n : -ENOSPC;
}
