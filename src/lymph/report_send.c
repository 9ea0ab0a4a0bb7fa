/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending with libcurl, see report_send.h. A 202 counts only with the receipt for this very report,
 * so that a login page of some network in between does not swallow it. Must never follow a redirect,
 * speak another protocol than HTTP, or show what a server wrote. */
#include "lymph/report_send.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MAX (64u << 10)
#define API        "/v1/reports"

struct body {
	char text[ANSWER_MAX];
	size_t n;
};

int
report_refer(const struct addr *a, const struct report_conf *c, char ret[REPORT_PATH])
{
	(void)a;
	if (!c->server[0])
		return -ENOENT;
	memcpy(ret, c->server, REPORT_PATH);
	return 0;
}

/* The URL's scheme and host; 0 or -EINVAL. */
static int
split(const char *target, char *scheme, char *host, size_t size)
{
	CURLU *u = curl_url();
	char *s = NULL, *h = NULL, *q = NULL;
	int rc = -EINVAL;
	if (u && curl_url_set(u, CURLUPART_URL, target, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &s, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &h, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_QUERY, &q, 0) != CURLUE_OK) {
		snprintf(scheme, size, "%s", s);
		snprintf(host, size, "%s", h);
		rc = 0;
	}
	curl_free(s);
	curl_free(h);
	curl_free(q);
	curl_url_cleanup(u);
	return rc;
}

int
report_target_check(const char *target)
{
	char scheme[256], host[256];
	if (strpbrk(target, "\r\n") || strlen(target) >= REPORT_PATH - sizeof(API))
		return -EINVAL;
	if (strncmp(target, "unix:", 5) == 0)
		return target[5] == '/' ? 0 : -EINVAL;
	if (!strstr(target, "://") || split(target, scheme, host, sizeof(host)) < 0)
		return -EINVAL;
	return strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0 ? 0 : -EINVAL;
}

bool
report_target_bare(const char *target)
{
	char scheme[256], host[256];
	if (strncmp(target, "unix:", 5) == 0 || split(target, scheme, host, sizeof(host)) < 0)
		return false;
	return strcmp(scheme, "http") == 0 && strcmp(host, "localhost") != 0 &&
	       strncmp(host, "127.", 4) != 0 && strcmp(host, "[::1]") != 0;
}

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	struct body *b = arg;
	n *= size;
	if (n > sizeof(b->text) - b->n)
		return 0; /* no answer of ours is that long */
	memcpy(b->text + b->n, p, n);
	b->n += n;
	return n;
}

static void
copy(const json_t *o, const char *name, char *ret, size_t size)
{
	const json_t *v = json_object_get(o, name);
	if (json_is_string(v))
		snprintf(ret, size, "%s", json_string_value(v));
}

/* What the answer means. id: of the report; NULL: it was a statement. */
static void
read_answer(const struct body *b, const char *id, struct answer *a)
{
	char their_id[64] = "";
	json_t *o = json_loadb(b->text, b->n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	copy(o, "title", a->title, sizeof(a->title));
	copy(o, "detail", a->detail, sizeof(a->detail));
	copy(o, "responsible", a->responsible, sizeof(a->responsible));
	copy(o, "field", a->field, sizeof(a->field));
	copy(o, "rule", a->rule, sizeof(a->rule));
	copy(o, "reference", a->reference, sizeof(a->reference));
	copy(o, "status", a->state, sizeof(a->state));
	copy(o, "token", a->token, sizeof(a->token));
	copy(o, "id", their_id, sizeof(their_id));
	json_decref(o);
	bool whole = id ? a->status == 202 && strcmp(their_id, id) == 0
	                : a->status == 200 && strcmp(a->state, "admitted") == 0;
	if (whole) {
		a->what = SENT_ACCEPTED;
	} else if (a->status >= 200 && a->status < 300) {
		a->what = SENT_LATER;
		snprintf(
		    a->error, sizeof(a->error), "answered, but not as a server for reports does");
	} else if (a->status >= 500 || a->status == 429 || a->status == 408) {
		a->what = SENT_LATER;
	} else {
		a->what = SENT_REFUSED;
		if (a->status >= 300 && a->status < 400)
			snprintf(a->error, sizeof(a->error),
			    "sends us elsewhere, which is not followed");
	}
}

static struct curl_slist *
headers(const char *signature)
{
	char sig[4096];
	struct curl_slist *h = curl_slist_append(NULL, "Content-Type: application/json");
	h = curl_slist_append(h, "Accept: application/json, application/problem+json");
	h = curl_slist_append(h, "Expect:");
	size_t pgp = strncmp(signature, SIGNED_PGP, sizeof(SIGNED_PGP) - 1) == 0 ? sizeof(SIGNED_PGP) - 1 : 0;
	if (signature[0] && snprintf(sig, sizeof(sig), "%s: %s", pgp ? "Lymph-PGP-Signature" : "Lymph-Signature",
	                        signature + pgp) < (int)sizeof(sig))
		h = curl_slist_append(h, sig);
	return h;
}

static void
set_target(CURL *c, const char *target, const char *path)
{
	char url[REPORT_PATH + 128];
	size_t n = strlen(target), api = strlen(API);
	if (strncmp(target, "unix:", 5) == 0) {
		curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, target + 5);
		curl_easy_setopt(c, CURLOPT_PROXY, "");
		target = "http://localhost";
		n = strlen(target);
	} else if (n > api && strcmp(target + n - api, API) == 0) {
		n -= api;
	}
	while (n > 0 && target[n - 1] == '/')
		n--;
	snprintf(url, sizeof(url), "%.*s%s", (int)n, target, path);
	curl_easy_setopt(c, CURLOPT_URL, url);
}

static void
set_bounds(CURL *c, struct body *b, char why[CURL_ERROR_SIZE])
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "lymph/" LYMPH_VERSION);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, b);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
}

static void
say_error(const char *target, CURLcode rc, const char *why, char *ret, size_t size)
{
	if (rc == CURLE_COULDNT_CONNECT && strncmp(target, "unix:", 5) == 0)
		snprintf(ret, size, "nobody listens there");
	else
		snprintf(ret, size, "%s", why[0] ? why : curl_easy_strerror(rc));
}

/* One POST; h is taken. */
static void
post(const char *target, const char *path, const char *body, size_t n, struct curl_slist *h, const char *id,
    struct answer *ret)
{
	char why[CURL_ERROR_SIZE] = "";
	struct body *b = calloc(1, sizeof(*b));
	CURL *c = curl_easy_init();
	memset(ret, 0, sizeof(*ret));
	ret->what = SENT_LATER;
	if (!b || !c || !h) {
		snprintf(ret->error, sizeof(ret->error), "out of memory");
		goto out;
	}
	set_target(c, target, path);
	set_bounds(c, b, why);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	CURLcode rc = curl_easy_perform(c);
	if (rc != CURLE_OK) {
		ret->unreachable = true;
		say_error(target, rc, why, ret->error, sizeof(ret->error));
		goto out;
	}
	curl_off_t after = 0;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &ret->status);
	if (curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
		ret->retry_after = after < 86400 ? after * MSEC_SECOND : MSEC_DAY;
	read_answer(b, id, ret);
out:
	curl_slist_free_all(h);
	curl_easy_cleanup(c);
	free(b);
}

void
report_send(const char *target, const char *body, size_t n, const char *signature, const char *id,
    struct answer *ret)
{
	post(target, API, body, n, headers(signature), id, ret);
}

void
report_state(const char *target, const char *body, size_t n, const char *proof, const char *pgp,
    struct answer *ret)
{
	char line[4096];
	struct curl_slist *h = headers(proof);
	snprintf(line, sizeof(line), "Lymph-PGP-Signature: %s", pgp);
	post(target, "/v1/keys", body, n, h ? curl_slist_append(h, line) : NULL, NULL, ret);
}

static size_t
see_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "Lymph-Signature:";
	struct fetched *f = arg;
	size_t k = sizeof(name) - 1, len = size * n;
	if (len > k && strncasecmp(p, name, k) == 0) {
		const char *v = p + k, *end = p + len;
		while (v < end && (*v == ' ' || *v == '\t'))
			v++;
		while (end > v && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
			end--;
		snprintf(f->signature, sizeof(f->signature), "%.*s", (int)(end - v), v);
	}
	return len;
}

void
report_fetch(const char *target, const char *path, const char *token, struct fetched *ret)
{
	char why[CURL_ERROR_SIZE] = "", auth[256];
	struct body *b = calloc(1, sizeof(*b));
	CURL *c = curl_easy_init();
	struct curl_slist *h = curl_slist_append(NULL, "Accept: */*");
	memset(ret, 0, sizeof(*ret));
	if (!b || !c || !h) {
		snprintf(ret->error, sizeof(ret->error), "out of memory");
	} else {
		snprintf(auth, sizeof(auth), "Authorization: Bearer %s", token ? token : "");
		h = token ? curl_slist_append(h, auth) : h;
		set_target(c, target, path);
		set_bounds(c, b, why);
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, h);
		curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, see_header);
		curl_easy_setopt(c, CURLOPT_HEADERDATA, ret);
		CURLcode rc = curl_easy_perform(c);
		if (rc != CURLE_OK)
			say_error(target, rc, why, ret->error, sizeof(ret->error));
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &ret->status);
		ret->n = b->n < sizeof(ret->text) ? b->n : 0; /* no answer of ours is longer */
		memcpy(ret->text, b->text, ret->n);
	}
	curl_slist_free_all(h);
	curl_easy_cleanup(c);
	free(b);
}
