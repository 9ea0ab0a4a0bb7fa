/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role speak: hands the judge's mails to the operator's relay, and reports to the APIs of configured
 * peers. It treats the judge as captured: a mailbox must be one, its domain none that is never written to, a
 * URL one that root's configuration names, and there are so many an hour and no more, whatever the outbox
 * says; in a panic nothing. It reads nothing but what a relay or a peer answers, and of that a number and a
 * line. Must never connect to anybody else.
 */
#include "lymphd/speak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sodium.h>

#include "conf/peers.h"
#include "host/clock.h"
#include "host/log.h"
#include "wire/claim.h"

#define CREDIT_BYTES (64u << 10)

static void
job_free(struct speak_job *j)
{
	if (j->h)
		curl_easy_cleanup(j->h);
	curl_slist_free_all(j->list);
	curl_slist_free_all(j->resolve);
	if (j->bytes)
		seal_unmap(j->bytes, j->m.size);
	memset(j, 0, sizeof(*j));
}

static void
answer(struct speak *s, const struct msg_spoken *a)
{
	struct chan *judge = s->c->peer[ROLE_JUDGE];
	if (!judge)
		return;
	chan_grant(judge, 1, sizeof(struct msg_speak));
	chan_send(judge, M_SPOKEN, a, NULL, 0, -1);
}

void
speak_said(struct speak_job *j, enum spoken result)
{
	static struct log_limit limit;
	unsigned held;
	struct speak *s = j->s;
	struct msg_spoken a = { .no = j->m.no, .result = result, .code = j->code };
	claim_clean(j->said, strlen(j->said), a.said, sizeof(a.said));
	if (result != SPOKEN_SENT && log_may(&limit, &held))
		log_warn("mail %llu is not sent: %u %s (%u more)", (unsigned long long)a.no, a.code, a.said, held);
	job_free(j);
	answer(s, &a);
}

static bool
is_peers(const struct conf *c, const char *url)
{
	for (unsigned i = 0; i < c->peers; i++)
		if (strcmp(c->peer[i].url, url) == 0)
			return true;
	return false;
}

/* Why not, for the judge and the log; NULL: it may go. */
static const char *
forbidden(const struct speak *s, struct speak_job *j)
{
	const struct conf *c = s->c->conf;
	const struct msg_speak *m = &j->m;
	if (m->post > 1 || !memchr(m->to, '\0', sizeof(m->to)) ||
	    !memchr(m->signature, '\0', sizeof(m->signature)))
		return "no mail";
	if (m->post)
		return !is_peers(c, m->to) || url_split(m->to, &j->url) < 0 ? "no peer's URL"
		    : !conf_may_write(c, j->url.host) ? "never to be written to" : NULL;
	if (!xarf_mail_address(m->to) || strcasecmp(m->to, c->mail.from) == 0)
		return "no mailbox to write to";
	if (!c->mail.relay[0])
		return "no relay";
	return conf_may_write(c, strchr(m->to, '@') + 1) ? NULL : "never to be written to";
}

static bool
in_hour(struct speak *s)
{
	msec now = clock_mono();
	if (now >= s->hour_ends) {
		s->hour_ends = now + MSEC_HOUR;
		s->hour = 0;
	}
	return s->hour < s->c->conf->mail.per_hour;
}

static void
hold(struct speak *s, const struct msg_speak *m, const char *why)
{
	struct msg_spoken a = { .no = m->no, .result = SPOKEN_HELD };
	snprintf(a.said, sizeof(a.said), "%s", why);
	answer(s, &a);
}

/* False: not what the message says. */
static bool
bytes_of(struct speak_job *j, int fd)
{
	const void *p;
	size_t n;
	if (seal_map(fd, SPEAK_BYTES, &p, &n) < 0)
		return false;
	if (n != j->m.size || n == 0) {
		seal_unmap(p, n);
		return false;
	}
	j->bytes = p;
	return true;
}

static void
take(struct speak *s, const struct chan_msg *msg)
{
	const struct msg_speak *m = msg->body;
	struct speak_job *j = NULL;
	for (size_t i = 0; i < SPEAK_JOBS && !j; i++)
		if (!s->job[i].s)
			j = &s->job[i];
	if (!j || !s->may || !in_hour(s)) {
		hold(s, m, !j ? "too many at a time" : s->may ? "enough for this hour" : "panic");
		return;
	}
	*j = (struct speak_job){ .s = s, .m = *m };
	const char *why = forbidden(s, j);
	if (!why && !bytes_of(j, msg->fd))
		why = "no such bytes";
	if (why) {
		snprintf(j->said, sizeof(j->said), "%s", why);
		speak_said(j, SPOKEN_REJECTED);
		return;
	}
	s->hour++;
	if (m->post)
		speak_post(j);
	else
		speak_smtp(j);
}

/* In a panic what is under way is cut: what the relay has whole, it has. */
static void
mode(struct speak *s, const struct msg_mode *m)
{
	s->may = !m->set.panic;
	for (size_t i = 0; !s->may && i < SPEAK_JOBS; i++) {
		struct speak_job *j = &s->job[i];
		if (!j->s || !j->h)
			continue;
		curl_loop_drop(s->curl, j->h);
		snprintf(j->said, sizeof(j->said), "panic");
		speak_said(j, j->all ? SPOKEN_UNSURE : SPOKEN_LATER);
	}
}

static bool
has_url(const struct conf *c)
{
	for (unsigned i = 0; i < c->peers; i++)
		if (c->peer[i].url[0])
			return true;
	return false;
}

static void
init(struct role_ctx *c)
{
	struct speak *s = calloc(1, sizeof(*s));
	if (!s || sodium_init() < 0)
		fatal_oom();
	s->c = c;
	c->state = s;
	s->curl = curl_loop_new(c->conf->mail.tls[0] || has_url(c->conf) ? c->conf->mail.ca : NULL);
	if (has_url(c->conf))
		s->dns = fetch_dns_new(c->conf->rdap.resolver, CONF_RESOLVERS);
	speak_smtp_init(s);
}

static void
start(struct role_ctx *c)
{
	struct speak *s = c->state;
	curl_loop_start(s->curl, c->loop);
	if (s->dns)
		fetch_dns_start(s->dns, c->loop);
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	if (from == ROLE_JUDGE && m->type == M_SPEAK)
		take(c->state, m);
	if (from == ROLE_WARDEN && m->type == M_MODE)
		mode(c->state, m->body);
	if (m->fd >= 0)
		close(m->fd);
}

static void
peer_up(struct role_ctx *c, enum role_id id)
{
	const struct speak *s = c->state;
	uint32_t idle = 0;
	for (size_t i = 0; i < SPEAK_JOBS; i++)
		idle += !s->job[i].s;
	chan_grant(c->peer[id], idle, CREDIT_BYTES);
}

/* What is under way goes on: who asked cannot be told, and asks once more with the same Message-ID. */
static void
peer_down(struct role_ctx *c, enum role_id id)
{
	(void)c, (void)id;
}

static bool
wanted(const struct conf *c)
{
	return c->mail.relay[0] || has_url(c);
}

const struct role role_speak = {
	.id = ROLE_SPEAK,
	.name = "speak",
	.promises = BOX_CHAN | BOX_CONNECT,
	.rlimit_as = (uint64_t)1 << 30,
	.peers = 1u << ROLE_JUDGE,
	.wanted = wanted,
	.init = init,
	.start = start,
	.message = message,
	.peer_up = peer_up,
	.peer_down = peer_down,
};
