/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One mail to the relay (RFC 5321), by libcurl. What came of it is told by how far the relay said yes: a
 * mailbox is held for dead only when RCPT was refused with a status that says so; what a relay refuses for
 * reasons of its own may be put right, and is tried again. Must never take a mail for sent without the
 * relay's 250 behind its last byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/values.h"
#include "host/log.h"
#include "lymphd/speak.h"

#define TOTAL_MS   300000L
#define CONNECT_MS 15000L

static size_t
on_read(char *p, size_t one, size_t n, void *arg)
{
	struct speak_job *j = arg;
	size_t left = j->m.size - j->at;
	n *= one;
	n = n < left ? n : left;
	memcpy(p, j->bytes + j->at, n);
	j->at += n;
	j->all = j->at == j->m.size; /* from here on the relay may have it whole */
	return n;
}

/* A line of the relay's. */
static size_t
on_line(char *p, size_t one, size_t n, void *arg)
{
	struct speak_job *j = arg;
	n *= one;
	if (n < 4 || p[0] < '2' || p[0] > '5')
		return n;
	unsigned code = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
	j->done += code == 250 && p[3] == ' ';
	if (code >= 400 && code < 600) {
		size_t end = n;
		while (end > 0 && (p[end - 1] == '\r' || p[end - 1] == '\n'))
			end--;
		j->code = code;
		snprintf(j->said, sizeof(j->said), "%.*s", (int)end, p);
	}
	return n;
}

/* 250 to EHLO (twice with TLS) and to MAIL: what is refused now is the recipient. */
static bool
at_recipient(const struct speak_job *j)
{
	return !j->all && j->at == 0 && j->done == (j->s->c->conf->mail.tls[0] ? 3u : 2u);
}

/* RFC 3463: no such mailbox, host or system; it moved, or is disabled. Without a status, RFC 5321 4.2.3. */
static bool
says_dead(const struct speak_job *j)
{
	static const char *const dead[] = { "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1" };
	const char *status = strstr(j->said, "5.");
	if (!status || status > j->said + 5 || status[3] != '.')
		return j->code == 550 || j->code == 551 || j->code == 553;
	for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++) {
		size_t n = strlen(dead[i]);
		if (strncmp(status, dead[i], n) == 0 && (status[n] < '0' || status[n] > '9'))
			return true;
	}
	return false;
}

static enum spoken
result_of(const struct speak_job *j, CURLcode code)
{
	if (code == CURLE_OK)
		return SPOKEN_SENT;
	if (j->code >= 500 && at_recipient(j) && says_dead(j))
		return SPOKEN_DEAD;
	if (j->code >= 500 && j->all) /* this very mail */
		return SPOKEN_REJECTED;
	if (j->all && j->code < 400)
		return SPOKEN_UNSURE;
	return SPOKEN_LATER;
}

static void
on_done(CURL *h, CURLcode code, void *arg)
{
	struct speak_job *j = arg;
	(void)h;
	if (code != CURLE_OK && !j->said[0])
		snprintf(j->said, sizeof(j->said), "%s", curl_easy_strerror(code));
	if (code == CURLE_OK)
		j->code = 250;
	speak_said(j, result_of(j, code));
}

void
speak_smtp(struct speak_job *j)
{
	struct speak *s = j->s;
	char from[CONF_NAME + 2], to[sizeof(j->m.to) + 2];
	snprintf(from, sizeof(from), "<%s>", s->c->conf->mail.from);
	snprintf(to, sizeof(to), "<%s>", j->m.to);
	j->h = curl_loop_handle(s->curl, "smtp", TOTAL_MS);
	j->list = curl_slist_append(NULL, to);
	curl_easy_setopt(j->h, CURLOPT_URL, s->smtp);
	curl_easy_setopt(j->h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(j->h, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(j->h, CURLOPT_MAIL_RCPT, j->list);
	curl_easy_setopt(j->h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(j->h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)j->m.size);
	curl_easy_setopt(j->h, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(j->h, CURLOPT_READDATA, j);
	curl_easy_setopt(j->h, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(j->h, CURLOPT_HEADERDATA, j);
	if (s->relay) {
		curl_easy_setopt(j->h, CURLOPT_RESOLVE, s->relay);
		curl_easy_setopt(j->h, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	}
	if (!j->list || curl_loop_add(s->curl, j->h, on_done, j) < 0)
		speak_said(j, SPOKEN_LATER);
}

/* "ADDRESS:PORT"; with TLS it is called by the name its certificate is to have. */
void
speak_smtp_init(struct speak *s)
{
	const struct conf *c = s->c->conf;
	struct addr a;
	uint16_t port;
	if (!c->mail.relay[0] || opt_end_parse(c->mail.relay, &a, &port) < 0)
		return;
	if (!c->mail.tls[0]) {
		snprintf(s->smtp, sizeof(s->smtp), "smtp://%s/%s", c->mail.relay, c->name);
		return;
	}
	snprintf(s->smtp, sizeof(s->smtp), "smtp://%s:%u/%s", c->mail.tls, port, c->name);
	s->relay = curl_loop_resolve(c->mail.tls, port, &a, 1);
}
