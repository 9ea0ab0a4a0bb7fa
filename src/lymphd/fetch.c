/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role fetch: gets what is at a URL, for hear-feed, and hands the bytes over unread. The only
 * role besides those that probe and speak that opens connections to the outside, so it parses
 * nothing but HTTP, follows nothing by itself, and has no file. Must never connect to a private,
 * loopback or own address, whatever a name resolves to, unless root's configuration names it as a
 * mirror; nor speak plain HTTP to anybody else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/special.h"
#include "host/log.h"
#include "host/sock.h"
#include "lymphd/curl_loop.h"
#include "lymphd/fetch_dns.h"
#include "lymphd/role.h"

#define JOBS      8
#define CREDIT_BYTES (64u << 10)
#define TOTAL_MS  30000L
#define CONNECT_MS 10000L
#define SLOW_BYTES 200L /* a second, over SLOW_S: slower is over */
#define SLOW_S    10L

struct job {
	struct fetch *f; /* NULL: free */
	struct msg_fetch ask;
	struct url url;
	CURL *h;
	struct curl_slist *headers, *resolve;
	uint8_t *body;
	size_t n, room;
	bool large, forbidden;
};

struct fetch {
	struct role_ctx *c;
	struct curl_loop *curl;
	struct fetch_dns *dns;
	struct job job[JOBS];
	char agent[CONF_NAME + 32];
};

static bool
mirror(const struct conf *c, const struct addr *a)
{
	for (unsigned i = 0; i < CONF_ALLOWS && c->rdap.mirror[i].a.fam; i++)
		if (prefix_has(&c->rdap.mirror[i], a))
			return true;
	return false;
}

static bool
may(const struct job *j, const struct addr *a)
{
	const struct conf *c = j->f->c->conf;
	if (mirror(c, a))
		return true;
	return j->url.tls && !addr_is_special(a) && !conf_is_self(c, a) && !policy_find(c->policy, a);
}

static void
job_free(struct job *j)
{
	if (j->h)
		curl_easy_cleanup(j->h);
	curl_slist_free_all(j->headers);
	curl_slist_free_all(j->resolve);
	free(j->body);
	memset(j, 0, sizeof(*j));
}

/* Tells, and is done with it. The job's slot is free then. */
static void
answer(struct job *j, struct msg_fetched *a)
{
	struct chan *feed = j->f->c->peer[ROLE_HEAR_FEED];
	int fd = -1;
	a->no = j->ask.no;
	if (a->end == FETCH_DONE && seal_make("fetched", j->body ? j->body : (const void *)"", j->n, &fd) < 0)
		a->end = FETCH_FAILED;
	if (feed) {
		chan_send(feed, M_FETCHED, a, NULL, 0, fd);
		chan_grant(feed, 1, sizeof(struct msg_fetch));
	}
	if (fd >= 0)
		close(fd);
	job_free(j);
}

static void
answer_end(struct job *j, enum fetch_end end)
{
	struct msg_fetched a = { .end = end };
	answer(j, &a);
}

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct job *j = arg;
	n *= one;
	if (n > j->ask.most - j->n) {
		j->large = true;
		return 0;
	}
	if (j->n + n > j->room) {
		size_t room = j->room ? j->room * 2 : 16384;
		room = room < j->n + n ? j->n + n : room;
		uint8_t *body = realloc(j->body, room);
		if (!body)
			return 0;
		j->body = body;
		j->room = room;
	}
	memcpy(j->body + j->n, p, n);
	j->n += n;
	return n;
}

/* The last gate, on the very address that is connected to. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct job *j = arg;
	struct addr a;
	if (purpose != CURLSOCKTYPE_IPCXN || !sock_addr(&to->addr, &a) || !may(j, &a)) {
		j->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
}

static enum fetch_end
end_of(const struct job *j, CURLcode code)
{
	static const struct {
		CURLcode code;
		enum fetch_end end;
	} ends[] = {
		{ CURLE_OK, FETCH_DONE },
		{ CURLE_OPERATION_TIMEDOUT, FETCH_SLOW },
		{ CURLE_PEER_FAILED_VERIFICATION, FETCH_NO_TRUST },
		{ CURLE_SSL_CONNECT_ERROR, FETCH_NO_TRUST },
		{ CURLE_SSL_CACERT_BADFILE, FETCH_NO_TRUST },
		{ CURLE_COULDNT_RESOLVE_HOST, FETCH_NO_NAME },
		{ CURLE_FILESIZE_EXCEEDED, FETCH_LARGE },
	};
	if (j->large || j->forbidden)
		return j->large ? FETCH_LARGE : FETCH_FORBIDDEN;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].code == code)
			return ends[i].end;
	return FETCH_FAILED;
}

static void
on_done(CURL *h, CURLcode code, void *arg)
{
	struct job *j = arg;
	struct msg_fetched a = { .end = end_of(j, code) };
	const char *to = NULL;
	long status = 0;
	curl_off_t after = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_REDIRECT_URL, &to);
	curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &after);
	a.status = status > 0 ? (uint32_t)status : 0;
	a.retry_after = after > 0 ? (uint32_t)(after > 86400 ? 86400 : after) : 0;
	if (to && strlen(to) < sizeof(a.redirect))
		memcpy(a.redirect, to, strlen(to) + 1);
	log_debug("fetch: %s: %ld, %zu bytes, %s", j->ask.url, status, j->n, curl_easy_strerror(code));
	answer(j, &a);
}

/* curl is told the addresses, and asks nobody itself: an address in the URL it takes as it is. */
static void
go(struct job *j, const struct addr *v, size_t n)
{
	struct fetch *f = j->f;
	struct addr good_ones[FETCH_DNS_ADDRS];
	size_t good = 0;
	for (size_t i = 0; i < n && good < FETCH_DNS_ADDRS; i++)
		if (may(j, &v[i]))
			good_ones[good++] = v[i];
	if (!good) {
		answer_end(j, n ? FETCH_FORBIDDEN : FETCH_NO_NAME);
		return;
	}
	j->h = curl_loop_handle(f->curl, "https,http", TOTAL_MS);
	j->headers = curl_slist_append(NULL, "Accept: application/rdap+json, application/json");
	if (!j->url.addr.fam)
		j->resolve = curl_loop_resolve(j->url.host, j->url.port, good_ones, good);
	curl_easy_setopt(j->h, CURLOPT_URL, j->ask.url);
	curl_easy_setopt(j->h, CURLOPT_USERAGENT, f->agent);
	curl_easy_setopt(j->h, CURLOPT_HTTPHEADER, j->headers);
	curl_easy_setopt(j->h, CURLOPT_RESOLVE, j->resolve);
	curl_easy_setopt(j->h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(j->h, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	curl_easy_setopt(j->h, CURLOPT_LOW_SPEED_TIME, SLOW_S);
	curl_easy_setopt(j->h, CURLOPT_MAXFILESIZE, (long)j->ask.most);
	curl_easy_setopt(j->h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(j->h, CURLOPT_WRITEDATA, j);
	curl_easy_setopt(j->h, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(j->h, CURLOPT_OPENSOCKETDATA, j);
	if (curl_loop_add(f->curl, j->h, on_done, j) < 0)
		answer_end(j, FETCH_FAILED);
}

static void
on_addrs(const struct addr *v, size_t n, void *arg)
{
	go(arg, v, n);
}

static void
take(struct fetch *f, const struct msg_fetch *m)
{
	struct job *j = NULL;
	for (size_t i = 0; i < JOBS && !j; i++)
		if (!f->job[i].f)
			j = &f->job[i];
	struct job none = { .f = f, .ask = *m };
	if (!j) { /* beyond its credit */
		answer_end(&none, FETCH_BUSY);
		return;
	}
	*j = none;
	if (m->most < 1 || m->most > FETCH_MOST || !memchr(m->url, '\0', sizeof(m->url)) ||
	    url_split(m->url, &j->url) < 0)
		answer_end(j, FETCH_FORBIDDEN);
	else if (j->url.addr.fam)
		go(j, &j->url.addr, 1);
	else
		fetch_dns_ask(f->dns, j->url.host, on_addrs, j);
}

static void
init(struct role_ctx *c)
{
	struct fetch *f = calloc(1, sizeof(*f));
	if (!f || sodium_init() < 0)
		fatal_oom();
	f->c = c;
	f->curl = curl_loop_new(c->conf->rdap.ca);
	f->dns = fetch_dns_new(c->conf->rdap.resolver, CONF_RESOLVERS);
	snprintf(f->agent, sizeof(f->agent), "lymph/" LYMPH_VERSION " (%s)", c->conf->name);
	c->state = f;
}

static void
start(struct role_ctx *c)
{
	struct fetch *f = c->state;
	curl_loop_start(f->curl, c->loop);
	fetch_dns_start(f->dns, c->loop);
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	if (from == ROLE_HEAR_FEED && m->type == M_FETCH)
		take(c->state, m->body);
	if (m->fd >= 0)
		close(m->fd);
}

static void
peer_up(struct role_ctx *c, enum role_id id)
{
	struct fetch *f = c->state;
	uint32_t idle = 0;
	for (size_t i = 0; i < JOBS; i++)
		idle += !f->job[i].f;
	chan_grant(c->peer[id], idle, CREDIT_BYTES);
}

/* A new hear-feed numbers anew, and waits for none of these; one whose name is being looked up
 * ends by itself, for nobody. */
static void
peer_down(struct role_ctx *c, enum role_id id)
{
	struct fetch *f = c->state;
	(void)id;
	for (size_t i = 0; i < JOBS; i++) {
		struct job *j = &f->job[i];
		if (!j->f || !j->h)
			continue;
		curl_loop_drop(f->curl, j->h);
		job_free(j);
	}
}

static bool
wanted(const struct conf *c)
{
	return c->rdap.bootstrap[0][0] != '\0';
}

const struct role role_fetch = {
	.id = ROLE_FETCH,
	.name = "fetch",
	.promises = BOX_CHAN | BOX_CONNECT,
	.rlimit_as = (uint64_t)1 << 30,
	.peers = 1u << ROLE_HEAR_FEED,
	.wanted = wanted,
	.init = init,
	.start = start,
	.message = message,
	.peer_up = peer_up,
	.peer_down = peer_down,
};
