/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge role: one process, one writer. Messages from hear, probe and canary come in here and go
 * to the part of the edge that takes them; the judge itself is a pure function below. It may touch
 * the state folder and the control socket it was handed, nothing else.
 */
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_door.h"
#include "lymphd/edge_flows.h"
#include "lymphd/edge_grant.h"
#include "lymphd/edge_keep.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_log.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_whose.h"
#include "lymphd/edge_speak.h"

static void
init(struct role_ctx *c)
{
	struct edge *e = calloc(1, sizeof(*e));
	if (!e || sodium_init() < 0)
		fatal_oom();
	e->c = c;
	c->state = e;
	umask(077);
	store_sqlite_prepare();
	late_init(e);
	control_init(c);
}

static void
start(struct role_ctx *c)
{
	struct edge *e = c->state;
	edge_open(e);
	intake_start(e);
	keys_start(e);
	mails_start(e);
	mails_may_start(e);
	looks_start(e);
	telemetry_start(e);
	keep_start(e);
	logs_start(e);
	whose_start(e);
	refer_start(e);
	grants_start(e);
	read_start(e);
	door_start(e);
	forward_start(e);
	control_start(e);
	edge_settled(e);
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct edge *e = c->state;
	/* the message table has checked who may send what */
	switch (m->type) {
	case M_REPORT: intake_report(e, from, m); break;
	case M_OUTCOME_GET: outcomes_get(e, m->body); break;
	case M_READ: read_get(e, m->body); break;
	case M_HEAR_COUNTS: room_counts(e, m->body); break;
	case M_MAIL: mails_take(e, m); break;
	case M_MAIL_MAY: mails_may(e, m->body); break;
	case M_LOOK_DONE: looks_done(e, m->body); break;
	case M_TOKEN_SEEN: looks_sighting(e, m->body); break;
	case M_ASIDE: intake_aside(e, m->body); break;
	case M_ORDER_DONE: orders_done(e, m->body); break;
	case M_STRANGE: orders_strange(e, m->body); break;
	case M_HITS: orders_hits(e, m->body); break;
	case M_HAND_STATE: orders_hand(e, m->body); break;
	case M_HOOK_DONE: hooked_done(e, m->body); break;
	case M_CONSCIENCE: word_conscience(e, m->body, m->fd); break;
	case M_MODE: word_mode(e, m->body); break;
	case M_FINDING: flows_finding(e, m->body); break;
	case M_SEEN: asks_seen(e, m->body); break;
	case M_KEPT: kept_answer(e, m->body, m->fd); break;
	case M_FLOW_STATE: state_said(e, m->body, m->fd); break;
	case M_VERIFIED: keys_verified(e, m->body, m->fd); break;
	case M_PGP_KEY_GET: keys_get(e, m->body); break;
	case M_STATEMENT: keys_statement(e, m->body, m->tail, m->tail_len); break;
	case M_LOG_MARK: logs_mark(e, m->body); break;
	case M_LOG_STATE: logs_said(e, m->body); break;
	case M_WHOSE: whose_answer(e, m->body); break;
	case M_FEED_STATE: whose_said(e, m->body); break;
	case M_DOOR_REGISTER: door_register(e, m->body); break;
	case M_DOOR_SEEN: door_seen(e, m->body); break;
	case M_DOOR_COUNTS: door_counted(e, m->body); break;
	case M_SPOKEN: speak_spoken(e, m->body); break;
	case M_AUDITED: word_audited(e, m->body); break;
	case M_ROLES: e->roles = *(const struct msg_roles *)m->body; break;
	default: break;
	}
}

static void
reports_up(struct edge *e)
{
	outcomes_up(e);
	room_up(e);
}

/* Whom it concerns when a role comes, goes, or has room again. */
static const struct {
	void (*up)(struct edge *e), (*down)(struct edge *e), (*room)(struct edge *e);
} peers[ROLE_N] = {
	[ROLE_PROBE] = { looks_room, looks_down, looks_room },
	[ROLE_HEAR_CANARY] = { looks_canary_up, NULL, NULL },
	[ROLE_HEAR_REPORTS] = { reports_up, keys_hear_down, NULL },
	[ROLE_HAND] = { orders_up, orders_down, orders_room },
	[ROLE_HOOK] = { hooked_pump, hooked_down, hooked_room },
	[ROLE_HEAR_METRICS] = { metrics_up, NULL, NULL },
	[ROLE_HEAR_FLOW] = { telemetry_up, telemetry_down, telemetry_room },
	[ROLE_HEAR_LOG] = { logs_up, logs_down, NULL },
	[ROLE_VERIFY] = { keys_up, keys_down, NULL },
	[ROLE_HEAR_FEED] = { whose_up, whose_down, whose_up },
	[ROLE_HEAR_ALERTS] = { door_up, door_down, NULL },
	[ROLE_SPEAK] = { speak_up, speak_down, speak_room },
};

static void
peer_up(struct role_ctx *c, enum role_id id)
{
	struct edge *e = c->state;
	if (!e->store)
		return;
	if (WHO_HEARING >> id & 1)
		intake_up(e, id);
	if (peers[id].up)
		peers[id].up(e);
}

static void
peer_down(struct role_ctx *c, enum role_id id)
{
	struct edge *e = c->state;
	if (!e->store)
		return;
	if (WHO_HEARING >> id & 1)
		intake_down(e, id);
	if (peers[id].down)
		peers[id].down(e);
}

static void
room(struct role_ctx *c, enum role_id id)
{
	if (peers[id].room)
		peers[id].room(c->state);
}

const struct role role_judge = {
	.id = ROLE_JUDGE,
	.name = "judge",
	.promises = BOX_STDIO | BOX_CHAN | BOX_ACCEPT | BOX_FILES | BOX_UNIX,
	.owns_state_dir = true,
	.rlimit_as = UINT64_C(8) << 30,
	.peers = 1u << ROLE_PROBE | 1u << ROLE_HEAR_CANARY | 1u << ROLE_HEAR_REPORTS | 1u << ROLE_HAND |
	    1u << ROLE_HOOK | 1u << ROLE_HEAR_METRICS | 1u << ROLE_HEAR_FLOW | 1u << ROLE_HEAR_MAIL |
	    1u << ROLE_HEAR_LOG | 1u << ROLE_VERIFY | 1u << ROLE_HEAR_FEED | 1u << ROLE_HEAR_ALERTS |
	    1u << ROLE_SPEAK,
	.init = init,
	.start = start,
	.message = message,
	.peer_up = peer_up,
	.peer_down = peer_down,
	.room = room,
};
