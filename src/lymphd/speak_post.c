/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report to a peer's own API: an HTTP POST as `lymph report` makes it, signed with our machine key. The
 * peer was named by root, so where its name points to is its own business. Follows nothing, and of the answer
 * takes the status alone.
 */
#include <stdio.h>
#include <string.h>

#include "lymphd/speak.h"

#define TOTAL_MS    60000L
#define CONNECT_MS  15000L
#define ANSWER_MOST (64u << 10)

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct speak_job *j = arg;
	(void)p;
	n *= one;
	j->answer_n += n;
	return j->answer_n <= ANSWER_MOST ? n : 0;
}

/* RFC 9110 15. What is sent again is the same report: a peer of our kind counts it once. */
static enum spoken
result_of(long status, bool sent)
{
	if (status >= 200 && status < 300)
		return SPOKEN_SENT;
	if (status == 0)
		return sent ? SPOKEN_UNSURE : SPOKEN_LATER;
	return status == 408 || status == 425 || status == 429 || status >= 500 ? SPOKEN_LATER : SPOKEN_REJECTED;
}

static void
on_done(CURL *h, CURLcode code, void *arg)
{
	struct speak_job *j = arg;
	long status = 0;
	curl_off_t up = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_SIZE_UPLOAD_T, &up);
	j->code = status > 0 ? (uint32_t)status : 0;
	if (status)
		snprintf(j->said, sizeof(j->said), "HTTP %ld", status);
	else
		snprintf(j->said, sizeof(j->said), "%s", curl_easy_strerror(code));
	speak_said(j, result_of(status, up >= (curl_off_t)j->m.size));
}

static void
go(const struct addr *v, size_t n, void *arg)
{
	struct speak_job *j = arg;
	char signature[sizeof(j->m.signature) + 32];
	if (!j->s->may) { /* a panic came while the name was looked up */
		speak_said(j, SPOKEN_LATER);
		return;
	}
	if (n == 0) {
		snprintf(j->said, sizeof(j->said), "the peer's name has no address");
		speak_said(j, SPOKEN_LATER);
		return;
	}
	snprintf(signature, sizeof(signature), "Lymph-Signature: %s", j->m.signature);
	j->h = curl_loop_handle(j->s->curl, "https,http", TOTAL_MS);
	if (!j->url.addr.fam)
		j->resolve = curl_loop_resolve(j->url.host, j->url.port, v, n);
	j->list = curl_slist_append(NULL, "Content-Type: application/json");
	j->list = curl_slist_append(j->list, "Expect:");
	if (j->m.signature[0])
		j->list = curl_slist_append(j->list, signature);
	curl_easy_setopt(j->h, CURLOPT_URL, j->m.to);
	curl_easy_setopt(j->h, CURLOPT_RESOLVE, j->resolve);
	curl_easy_setopt(j->h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(j->h, CURLOPT_USERAGENT, "lymph/" LYMPH_VERSION);
	curl_easy_setopt(j->h, CURLOPT_HTTPHEADER, j->list);
	curl_easy_setopt(j->h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)j->m.size);
	curl_easy_setopt(j->h, CURLOPT_POSTFIELDS, j->bytes);
	curl_easy_setopt(j->h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(j->h, CURLOPT_WRITEDATA, j);
	if (curl_loop_add(j->s->curl, j->h, on_done, j) < 0)
		speak_said(j, SPOKEN_LATER);
}

void
speak_post(struct speak_job *j)
{
	if (j->url.addr.fam)
		go(&j->url.addr, 1, j);
	else
		fetch_dns_ask(j->s->dns, j->url.host, go, j);
}
