/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many mails a stranger may send, see edge_mail.h. hear-mail asks before the claims of a mail are, for who is
 * ranked only the judge knows. It must never put off what is kept already, nor whom the operator knows.
 */
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_mail_own.h"
#include "lymphd/hear_reports_quota.h"
#include "model/identity.h"
#include "wire/claim.h"

struct mails_may {
	struct quota domain, unvouched;
};

/* Whose it is. False: hear-mail does not ask for such. */
static bool
may_sane(const struct msg_mail_may *m, struct identity *ret)
{
	if (!memchr(m->identity, '\0', sizeof(m->identity)) || m->turn >= QUOTA_TURN_N)
		return false;
	*ret = (struct identity){ 0 };
	memcpy(ret->name, m->identity, strlen(m->identity));
	return !ret->name[0] || identity_kind(ret) == IDENTITY_DKIM;
}

static msec
after(struct edge *e, const struct msg_mail_may *m, const struct identity *i)
{
	static const struct key nobody;
	struct key key = i->name[0] ? identity_key(i) : nobody;
	uint64_t no;
	if (mail_known(e, m->digest, &no) == 0 || !room_stranger(e, i, &key))
		return 0;
	return quota_queue(i->name[0] ? &e->may->domain : &e->may->unvouched, key.b, sizeof(key.b),
	    quota_units(m->size), clock_mono(), (enum quota_turn)m->turn);
}

void
mails_may(struct edge *e, const struct msg_mail_may *m)
{
	struct chan *to = e->c->peer[ROLE_HEAR_MAIL];
	struct identity i;
	bool good = may_sane(m, &i);
	if (good && to) {
		struct msg_mail_may_answer a = { .ticket = m->ticket, .after = after(e, m, &i) };
		chan_send(to, M_MAIL_MAY_ANSWER, &a, NULL, 0, -1);
	} else if (!good) {
		static struct log_limit limit;
		unsigned held;
		e->broken++;
		if (log_may(&limit, &held))
			log_warn("a question of hear-mail is none; dropped (%u more)", held);
	}
	if (to)
		chan_grant(to, 1, sizeof(*m));
}

struct mails_put_off
mails_put_off(const struct edge *e)
{
	const struct mails_may *m = e->may;
	return (struct mails_put_off){ .domain = m->domain.refused, .unvouched = m->unvouched.refused,
		.forgotten = m->domain.evicted };
}

void
mails_may_start(struct edge *e)
{
	e->may = calloc(1, sizeof(*e->may));
	if (!e->may)
		fatal_oom();
	quota_init(&e->may->domain, e->c->conf->intake.mails_per_domain);
	quota_init(&e->may->unvouched, e->c->conf->intake.mails_unvouched);
}
