/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asks for what, and may, for hear_alerts.h: CrowdSec's local API as a table of ways. A machine shows the
 * token of its login, a bouncer its key; both are looked at before a body is read. What would make a machine
 * more than a reporter (deleting decisions, reading what others pushed) is a row that refuses. Must never say
 * back what somebody sent.
 */
#include "lymphd/hear_alerts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "host/log.h"
#include "wire/json.h"

#define LOGIN_MOST (256u << 10) /* it carries the names of all scenarios */
#define SECRET_MOST 512
#define SMALL_TALK  (1u << 20) /* of a body that is heard out before it is refused */
#define TOKEN_RAW  (8 + NAME_TEXT + 32)
#define TOKEN_TEXT 256

enum who { WHO_STRANGER, WHO_MACHINE, WHO_BOUNCER, WHO_EITHER };

/* One path and method. below: its path may go on behind a slash. */
struct way {
	const char *method, *path;
	bool below;
	enum who who;
	size_t most; /* of body */
	void (*whole)(struct hear_door *h, struct visit *v);
};

void
door_say(struct visit *v, unsigned status, const char *message)
{
	char *text = NULL;
	int n = asprintf(&text, "{\"message\":\"%s\"}", message);
	if (n < 0)
		fatal_oom();
	http_answer(&v->r, status, "application/json", text, (size_t)n);
	if (status == 503 || status == 429 || status == 507)
		http_answer_header(&v->r, "Retry-After", "10");
}

/* --- who it is ------------------------------------------------------------------------------------- */

static void
sign(const struct hear_door *h, const struct member *m, const uint8_t until[8], uint8_t ret[32])
{
	crypto_generichash_state s;
	crypto_generichash_init(&s, h->secret, sizeof(h->secret), 32);
	crypto_generichash_update(&s, until, 8);
	crypto_generichash_update(&s, (const uint8_t *)m->row.name, NAME_TEXT);
	crypto_generichash_update(&s, m->row.hash, sizeof(m->row.hash)); /* it ends with the password */
	crypto_generichash_final(&s, ret, 32);
}

static void
token_make(const struct hear_door *h, const struct member *m, char text[TOKEN_TEXT])
{
	uint8_t raw[TOKEN_RAW];
	uint64_t until = htobe64((uint64_t)(clock_boot() + DOOR_SESSION));
	memcpy(raw, &until, 8);
	memcpy(raw + 8, m->row.name, NAME_TEXT);
	sign(h, m, raw, raw + 8 + NAME_TEXT);
	sodium_bin2base64(text, TOKEN_TEXT, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* The machine whose token that is; NULL: nobody's, or over. */
static struct member *
token_of(struct hear_door *h, const char *auth)
{
	static const char scheme[] = "Bearer ";
	uint8_t raw[TOKEN_RAW], mac[32];
	uint64_t until;
	size_t n = 0;
	if (!auth || strncasecmp(auth, scheme, strlen(scheme)) != 0)
		return NULL;
	auth += strlen(scheme);
	if (sodium_base642bin(raw, sizeof(raw), auth, strlen(auth), NULL, &n, NULL,
	        sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0 || n != sizeof(raw) || raw[8 + NAME_TEXT - 1])
		return NULL;
	struct member *m = door_member(h, DOOR_MACHINE, (const char *)raw + 8);
	memcpy(&until, raw, 8);
	if (!m || !m->row.approved || (msec)be64toh(until) < clock_boot())
		return NULL;
	sign(h, m, raw, mac);
	return sodium_memcmp(mac, raw + 8 + NAME_TEXT, 32) == 0 ? m : NULL;
}

static struct member *
bouncer_of(struct hear_door *h, const char *key)
{
	uint8_t hash[32];
	for (size_t i = 0; key && strlen(key) < SECRET_MOST && i < h->members; i++) {
		struct member *m = &h->member[i];
		if (m->row.kind != DOOR_BOUNCER)
			continue;
		door_hash(DOOR_BOUNCER, m->row.name, key, hash);
		if (sodium_memcmp(hash, m->row.hash, sizeof(hash)) == 0)
			return m;
	}
	return NULL;
}

static struct member *
who_is(struct hear_door *h, const struct visit *v, enum who who)
{
	struct member *m = NULL;
	if (who == WHO_MACHINE || who == WHO_EITHER)
		m = token_of(h, http_header(&v->r, "Authorization"));
	if (!m && (who == WHO_BOUNCER || who == WHO_EITHER))
		m = bouncer_of(h, http_header(&v->r, "X-Api-Key"));
	return m;
}

/* Registrations and logins, of one network. */
static bool
too_many(struct hear_door *h, struct visit *v)
{
	struct prefix p = quota_network(&v->r.from);
	if (!p.a.fam || !quota_take(&h->network, &p, sizeof(p), 1, clock_mono()))
		return false;
	h->counts.n[DOOR_REFUSED]++;
	door_say(v, 429, "too many from this network");
	return true;
}

/* Name and password of a body. */
struct credentials {
	char name[NAME_TEXT];
	uint8_t hash[32];
	bool good, weak;
};

static struct credentials
credentials_of(const struct visit *v)
{
	struct credentials c = { .good = false };
	struct json_why why;
	uint8_t digest[32];
	json_t *o = NULL;
	crypto_hash_sha256(digest, v->r.buf ? v->r.buf : digest, v->r.buf ? v->r.len : 0);
	if (!v->r.buf || blackbox_refuses(digest))
		return c;
	blackbox_note(digest);
	int r = json_read(v->r.buf, v->r.len, 4, 10000, &o, &why);
	blackbox_clear();
	if (r < 0)
		return c;
	const json_t *name = json_object_get(o, "machine_id"), *secret = json_object_get(o, "password");
	const char *s = json_string_value(secret);
	if (json_is_string(name) && s && strlen(json_string_value(name)) == json_string_length(name) &&
	    strlen(s) == json_string_length(secret) && strlen(s) < SECRET_MOST &&
	    door_name(json_string_value(name), c.name)) {
		c.good = true;
		c.weak = strlen(s) < DOOR_SECRET;
		door_hash(DOOR_MACHINE, c.name, s, c.hash);
	}
	json_decref(o);
	return c;
}

/* --- ways ------------------------------------------------------------------------------------------ */

static void
do_register(struct hear_door *h, struct visit *v)
{
	if (too_many(h, v)) /* before it is read */
		return;
	struct credentials c = credentials_of(v);
	if (!c.good || c.weak) {
		h->counts.n[DOOR_REFUSED]++;
		door_say(v, 400, !c.good ? "machine_id takes letters, digits, dot, hyphen and underscore, at most 55"
					 : "a password takes at least 16 characters");
		return;
	}
	memcpy(v->reg.name, c.name, sizeof(v->reg.name));
	memcpy(v->reg.hash, c.hash, sizeof(v->reg.hash));
	v->reg.from = v->r.from;
	v->handed = (struct handed){ .type = M_DOOR_REGISTER, .msg = &v->reg, .owner = v };
	if (handoff_give(&h->registers, &v->handed))
		http_sleep(&v->r);
	else
		door_say(v, 503, "not now");
}

void
door_registered(struct hear_door *h, const struct msg_door_answer *a)
{
	static const struct {
		unsigned status;
		const char *words;
	} rows[DOOR_ANSWER_N] = {
		[DOOR_EXISTS] = { 403, "a machine of this name is known already" },
		[DOOR_FULL] = { 403, "too many machines wait to be let in" },
		[DOOR_FAILED] = { 503, "not kept: try again" },
	};
	struct handed *x = handoff_answered(&h->registers, a->ticket);
	if (!x)
		return;
	struct visit *v = x->owner;
	if (a->answer == DOOR_TAKEN) {
		h->counts.n[DOOR_REGISTERED]++;
		http_answer(&v->r, 201, NULL, NULL, 0);
		return;
	}
	h->counts.n[DOOR_REFUSED]++;
	enum door_answer why = a->answer < DOOR_ANSWER_N ? (enum door_answer)a->answer : DOOR_FAILED;
	door_say(v, rows[why].status, rows[why].words);
}

static void
do_login(struct hear_door *h, struct visit *v)
{
	char token[TOKEN_TEXT], expire[MSEC_TEXT], *text = NULL;
	if (too_many(h, v))
		return;
	struct credentials c = credentials_of(v);
	struct member *m = c.good ? door_member(h, DOOR_MACHINE, c.name) : NULL;
	if (!m || sodium_memcmp(m->row.hash, c.hash, sizeof(c.hash)) != 0) {
		h->counts.n[DOOR_WRONG]++;
		return door_say(v, 401, "no such machine, or not its password");
	}
	if (!m->row.approved)
		return door_say(v, 401, "this machine waits to be let in by the operator");
	h->counts.n[DOOR_LOGINS]++;
	m->seen.last = clock_real();
	m->changed = true;
	token_make(h, m, token);
	int n = asprintf(&text, "{\"code\":200,\"expire\":\"%s\",\"token\":\"%s\"}",
	    msec_print((clock_real() + DOOR_SESSION) / MSEC_SECOND * MSEC_SECOND, expire), token);
	if (n < 0)
		fatal_oom();
	http_answer(&v->r, 200, "application/json", text, (size_t)n);
}

static void
do_nothing(struct hear_door *h, struct visit *v)
{
	struct member *m = door_member(h, v->kind, v->name);
	if (m) {
		m->seen.last = clock_real();
		m->changed = true;
	}
	http_answer(&v->r, strcmp(v->way->method, "POST") == 0 ? 201 : 200, NULL, NULL, 0);
}

/* Machines report; they neither decide nor take back. */
static void
do_refuse(struct hear_door *h, struct visit *v)
{
	door_count(h, DOOR_MACHINE, v->name, DOOR_COMMANDS, 1);
	door_say(v, 403, "machines report here: decisions and alerts are not theirs to read or delete");
}

static bool
is_true(const char *s)
{
	return s && (strcmp(s, "true") == 0 || strcmp(s, "1") == 0);
}

static struct stream_want
want_of(const struct visit *v)
{
	return (struct stream_want){ .scopes = http_query(&v->r, "scopes"), .origins = http_query(&v->r, "origins"),
		.with = http_query(&v->r, "scenarios_containing"),
		.without = http_query(&v->r, "scenarios_not_containing") };
}

static void
do_stream(struct hear_door *h, struct visit *v)
{
	struct member *m = door_member(h, DOOR_BOUNCER, v->name);
	struct stream_want w = want_of(v);
	size_t n = 0;
	if (!m)
		return door_say(v, 403, "access forbidden");
	if (v->head)
		return http_answer(&v->r, 200, NULL, NULL, 0);
	door_count(h, DOOR_BOUNCER, v->name, DOOR_PULLS, 1);
	char *text = stream_pull(h, m, is_true(http_query(&v->r, "startup")), &w, &n);
	http_answer(&v->r, 200, "application/json", text, n);
}

static void
do_ask(struct hear_door *h, struct visit *v)
{
	struct member *m = door_member(h, DOOR_BOUNCER, v->name);
	struct stream_want w = want_of(v);
	const char *about = http_query(&v->r, "ip");
	struct prefix p = { 0 };
	size_t n = 0;
	if (!m)
		return door_say(v, 403, "access forbidden");
	about = about && *about ? about : http_query(&v->r, "range");
	about = about && *about ? about : http_query(&v->r, "value");
	if (about && *about && prefix_parse(about, strlen(about), &p) < 0)
		return door_say(v, 400, "that is no address and no prefix");
	door_count(h, DOOR_BOUNCER, v->name, DOOR_PULLS, 1);
	char *text = stream_ask(h, m, &p, &w, &n);
	http_answer(&v->r, 200, "application/json", text, n);
}

static const struct way ways[] = {
	{ "POST", "/v1/watchers", false, WHO_STRANGER, 4096, do_register },
	{ "POST", "/v1/watchers/login", false, WHO_STRANGER, LOGIN_MOST, do_login },
	{ "POST", "/v1/alerts", false, WHO_MACHINE, DOOR_PUSH, push_begin },
	{ "GET", "/v1/heartbeat", false, WHO_MACHINE, 0, do_nothing },
	{ "POST", "/v1/usage-metrics", false, WHO_EITHER, 0, do_nothing },
	{ "GET", "/v1/decisions/stream", false, WHO_BOUNCER, 0, do_stream },
	{ "HEAD", "/v1/decisions/stream", false, WHO_BOUNCER, 0, do_stream },
	{ "GET", "/v1/decisions", false, WHO_BOUNCER, 0, do_ask },
	{ "HEAD", "/v1/decisions", false, WHO_BOUNCER, 0, do_ask },
	{ "GET", "/v1/alerts", true, WHO_MACHINE, 0, do_refuse },
	{ "HEAD", "/v1/alerts", true, WHO_MACHINE, 0, do_refuse },
	{ "DELETE", "/v1/alerts", true, WHO_MACHINE, 0, do_refuse },
	{ "DELETE", "/v1/decisions", true, WHO_MACHINE, 0, do_refuse },
};

static const struct way *
way_of(const char *method, const char *url, bool *path)
{
	*path = false;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		size_t n = strlen(ways[i].path);
		if (strncmp(url, ways[i].path, n) != 0 || (url[n] && !(ways[i].below && url[n] == '/')))
			continue;
		*path = true;
		if (strcmp(ways[i].method, method) == 0)
			return &ways[i];
	}
	return NULL;
}

/* Said when the body is through: an agent that is cut off while it sends does not hear why. */
static void
refuse(struct visit *v, unsigned status, const char *why)
{
	if (v->r.length > SMALL_TALK)
		return door_say(v, status, why);
	v->refused = status;
	v->why = why;
	v->r.most = 0;
}

static void
on_begin(void *arg, struct http_req *r, const char *method, const char *url)
{
	struct hear_door *h = arg;
	struct visit *v = (struct visit *)r;
	bool path;
	v->way = way_of(method, url, &path);
	v->head = strcmp(method, "HEAD") == 0;
	if (!v->way)
		return refuse(v, path ? 405 : 404, path ? "not this method" : "no such path");
	if (!h->listed) /* the judge has not said who may come */
		return refuse(v, 503, "not now");
	if (v->way->who != WHO_STRANGER) {
		const struct member *m = who_is(h, v, v->way->who);
		if (!m) {
			h->counts.n[DOOR_WRONG]++;
			return v->way->who == WHO_BOUNCER ? refuse(v, 403, "access forbidden")
							  : refuse(v, 401, "log in first");
		}
		v->kind = (enum door_kind)m->row.kind;
		memcpy(v->name, m->row.name, sizeof(v->name));
	}
	r->most = v->way->most;
}

static void
on_whole(void *arg, struct http_req *r)
{
	struct visit *v = (struct visit *)r;
	if (v->refused)
		door_say(v, v->refused, v->why);
	else
		v->way->whole(arg, v);
}

static void
on_fault(void *arg, struct http_req *r, enum http_fault why)
{
	(void)arg;
	door_say((struct visit *)r, why == HTTP_TOO_LONG ? 413 : 503,
	    why == HTTP_TOO_LONG ? "that is too much at once" : "not now");
}

static void
on_done(void *arg, struct http_req *r)
{
	struct hear_door *h = arg;
	struct visit *v = (struct visit *)r;
	handoff_drop(&h->registers, &v->handed);
	push_drop(h, v);
}

static void
on_sweep(void *arg, msec now)
{
	struct hear_door *h = arg;
	while (h->registers.first && now - h->registers.first->since > 25 * MSEC_SECOND) {
		struct visit *v = h->registers.first->owner;
		handoff_drop(&h->registers, &v->handed);
		door_say(v, 503, "not now");
	}
	push_sweep(h, now);
}

void
door_http_init(struct hear_door *h)
{
	static const struct http_ops ops = { .request_size = sizeof(struct visit), .begin = on_begin,
		.whole = on_whole, .fault = on_fault, .done = on_done, .sweep = on_sweep };
	static const struct http_limits limits = { .slots = DOOR_SLOTS, .held = DOOR_HELD, .small = DOOR_SMALL,
		.swallow = DOOR_PUSH };
	h->http = http_new(h->c, LISTEN_ALERTS, &ops, &limits, h);
}
