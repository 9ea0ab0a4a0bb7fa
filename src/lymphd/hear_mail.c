/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role hear-mail: reads the mails to abuse@, a stranger's bytes all of it, from descriptors it is
 * handed (a Maildir's files, by role watch) and from the intake socket. Each mail becomes reports, as a
 * stranger's POST does, and ends in one tray. It must never say that one is kept before the judge has
 * committed it and every report made of it, and it can open nothing.
 */
#include "lymphd/hear_mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "wire/json.h"

#define TICK     MSEC_SECOND
#define PATIENCE (120 * MSEC_SECOND) /* for judge and verify, before it is for later */
#define SILENCE  (5 * MSEC_SECOND)   /* of who connected and says nothing, while others wait for the place */

struct job *
job_new(struct desk *d, enum job_from from, int fd)
{
	struct job *j = calloc(1, sizeof(*j));
	if (!j)
		fatal_oom();
	j->d = d;
	j->from = from;
	j->fd = fd;
	j->mem = j->signed_mem = -1;
	j->since = clock_mono();
	j->arrived = clock_real();
	j->prev = d->last;
	if (d->last)
		d->last->next = j;
	else
		d->first = j;
	d->last = j;
	d->jobs++;
	return j;
}

/* What it holds of a stranger's bytes. */
static void
let_go(struct job *j)
{
	if (j->mem < 0)
		free(j->bytes);
	else if (j->bytes)
		seal_unmap(j->bytes, j->shut ? j->n : j->room);
	if (j->mem >= 0)
		close(j->mem);
	if (j->signed_mem >= 0)
		close(j->signed_mem);
	j->d->held -= j->room;
	j->bytes = NULL;
	j->mem = j->signed_mem = -1;
	j->n = j->room = 0;
}

void
job_free(struct job *j)
{
	struct desk *d = j->d;
	if (j->prev)
		j->prev->next = j->next;
	else
		d->first = j->next;
	if (j->next)
		j->next->prev = j->prev;
	else
		d->last = j->prev;
	d->jobs--;
	handoff_drop(&d->judge, &j->may);
	handoff_drop(&d->judge, &j->keep);
	handoff_drop(&d->verify, &j->verify);
	loop_drop(j->event);
	if (j->fd >= 0)
		close(j->fd);
	if (j->seen_there)
		mail_seen_free(&j->seen);
	sheet_free(j->sheet);
	mail_signed_free(&j->sig);
	let_go(j);
	free(j);
}

bool
job_room(struct job *j, size_t n)
{
	struct desk *d = j->d;
	if (j->n + n <= j->room)
		return true;
	size_t room = j->room ? 2 * j->room : DESK_CHUNK;
	while (room < j->n + n)
		room *= 2;
	if (d->held + room - j->room > DESK_HELD && d->held > j->room)
		return false;
	uint8_t *p = realloc(j->bytes, room);
	if (!p)
		return false;
	d->held += room - j->room;
	j->bytes = p;
	j->room = room;
	return true;
}

int
job_hold(struct job *j, size_t n)
{
	struct desk *d = j->d;
	if (j->room)
		return 0;
	/* One mail finds room however large; beside others only what is left. */
	if (d->held + n > DESK_HELD && d->held > 0)
		return -EAGAIN;
	if (n > DESK_SEALED && seal_open("mail", n, &j->mem, &j->bytes) < 0)
		return -EAGAIN;
	if (n <= DESK_SEALED && !(j->bytes = malloc(n ? n : 1)))
		return -EAGAIN;
	j->room = n;
	d->held += n;
	return 0;
}

int
job_shut(struct job *j)
{
	const void *p = NULL;
	if (j->mem < 0)
		return 0;
	int rc = seal_shut(j->mem, j->bytes, j->room, j->n, &p);
	j->bytes = rc < 0 ? NULL : (uint8_t *)(uintptr_t)p; /* read-only from here on */
	j->shut = true;
	return rc;
}

bool
desk_full(const struct desk *d)
{
	/* Some places are the mails'. */
	return d->judge.n >= DESK_WINDOW - DESK_KEPT || d->out >= DESK_OUT;
}

void
desk_turn(struct desk *d)
{
	loop_timer_in(d->turn, 0);
}

void
job_over(struct job *j, enum file_result result, const char *why)
{
	struct desk *d = j->d;
	if (result == FILE_LATER)
		d->count.later++;
	if (j->from == JOB_SOCKET) {
		intake_tell(j, result, why);
	} else if (d->c->peer[ROLE_WATCH]) {
		struct msg_file_done done = { .no = j->file.no, .offset = j->n, .after = j->after,
			.result = result };
		chan_send(d->c->peer[ROLE_WATCH], M_FILE_DONE, &done, NULL, 0, -1);
		chan_grant(d->c->peer[ROLE_WATCH], 1, sizeof(struct msg_file));
	}
	if (result != FILE_TAKEN)
		log_debug("not taken: %s", why);
	/* Reports of it may still be on their way: then their answers free it. */
	j->step = JOB_OVER;
	handoff_drop(&d->judge, &j->may);
	handoff_drop(&d->judge, &j->keep);
	handoff_drop(&d->verify, &j->verify);
	if (j->seen_there) /* it points into the bytes */
		mail_seen_free(&j->seen);
	j->seen_there = false;
	let_go(j);
	if (j->open == 0)
		job_free(j);
	desk_turn(d);
}

/* A file's bytes, as far as there is room for them; of one over the cap the beginning. */
static void
read_file(struct job *j)
{
	j->over = j->file.size > MAIL_BYTES;
	if (job_hold(j, j->over ? DESK_OVER : (size_t)j->file.size) < 0)
		return;
	while (j->n < j->room) {
		ssize_t n = read(j->fd, j->bytes + j->n, j->room - j->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			job_over(j, FILE_LATER, "cannot be read");
			return;
		}
		if (n == 0)
			break;
		j->n += (size_t)n;
	}
	close(j->fd);
	j->fd = -1;
	job_whole(j);
}

static void
take_file(struct desk *d, struct chan_msg *m)
{
	const struct msg_file *f = m->body;
	struct stat st;
	/* What is no file could keep us waiting for ever. */
	bool mail = f->kind == FILE_MAIL && fstat(m->fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!mail || d->jobs >= DESK_JOBS) {
		static struct log_limit limit;
		unsigned held;
		struct msg_file_done done = { .no = f->no, .result = mail ? FILE_LATER : FILE_ASIDE };
		if (!mail && log_may(&limit, &held))
			log_warn("watch hands in what is no mail; left alone (%u more)", held);
		chan_send(d->c->peer[ROLE_WATCH], M_FILE_DONE, &done, NULL, 0, -1);
		chan_grant(d->c->peer[ROLE_WATCH], 1, sizeof(*f));
		return;
	}
	struct job *j = job_new(d, JOB_FILE, m->fd);
	m->fd = -1;
	j->file = *f;
	if (f->modified > 0 && f->modified < j->arrived)
		j->arrived = f->modified;
	desk_turn(d);
}

static void
on_turn(int fd, int ready, void *arg)
{
	struct desk *d = arg;
	(void)fd, (void)ready;
	struct job *next;
	handoff_pump(&d->judge);
	handoff_pump(&d->verify);
	if (d->listen && d->jobs < DESK_JOBS - DESK_FILES)
		loop_fd_set(d->listen, LOOP_READ); /* a place is free again */
	for (struct job *j = d->first; j; j = next) {
		next = j->next;
		if (j->step == JOB_READING && j->from == JOB_FILE)
			read_file(j);
		else if (j->step == JOB_READING || j->step == JOB_STREAM)
			intake_wake(j);
		else if (j->step == JOB_CLAIMS)
			job_go(j);
		else if (j->step == JOB_TURN)
			job_turn(j);
	}
}

static void
tell_counts(struct desk *d, msec now)
{
	if (now - d->told_at < MSEC_MINUTE || memcmp(&d->count, &d->told, sizeof(d->count)) == 0)
		return;
	log_info("%llu mails and %llu tables taken, %llu reports made of them; %llu sent back for later, %llu "
		 "refused, %llu unreadable",
	    (unsigned long long)(d->count.mails - d->told.mails),
	    (unsigned long long)(d->count.tables - d->told.tables),
	    (unsigned long long)(d->count.reports - d->told.reports),
	    (unsigned long long)(d->count.later - d->told.later),
	    (unsigned long long)(d->count.refused - d->told.refused),
	    (unsigned long long)(d->count.unreadable - d->told.unreadable));
	d->told = d->count;
	d->told_at = now;
}

/* How long it may stand still. */
static msec
patience(const struct job *j)
{
	bool silent = j->from == JOB_SOCKET && !j->headed;
	return silent && j->d->jobs >= DESK_JOBS - DESK_FILES ? SILENCE : PATIENCE;
}

static void
on_tick(int fd, int ready, void *arg)
{
	struct desk *d = arg;
	msec now = clock_mono();
	struct job *next;
	(void)fd, (void)ready;
	for (struct job *j = d->first; j; j = next) {
		next = j->next;
		if (j->step != JOB_OVER && now - j->since > patience(j))
			job_over(j, FILE_LATER, "not now: it took too long");
	}
	tell_counts(d, now);
	desk_turn(d);
	loop_timer_in(d->tick, TICK);
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct desk *d = c->state;
	(void)from; /* the message table has checked who may send what */
	switch (m->type) {
	case M_FILE: take_file(d, m); break;
	case M_REPORT_ANSWER: job_answered(d, m->body); break;
	case M_MAIL_ANSWER: job_kept(d, m->body); break;
	case M_MAIL_MAY_ANSWER: job_may(d, m->body); break;
	case M_VERIFIED: job_verified(d, m->body, m->fd); break;
	default: break;
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
peer_up(struct role_ctx *c, enum role_id id)
{
	struct desk *d = c->state;
	if (id == ROLE_WATCH)
		chan_grant(c->peer[id], DESK_FILES, DESK_FILES * sizeof(struct msg_file));
	desk_turn(d);
}

static void
peer_down(struct role_ctx *c, enum role_id id)
{
	struct desk *d = c->state;
	struct job *next;
	if (id == ROLE_JUDGE)
		handoff_down(&d->judge);
	if (id == ROLE_VERIFY)
		handoff_down(&d->verify);
	/* A new watch offers its files anew. */
	for (struct job *j = d->first; j && id == ROLE_WATCH; j = next) {
		next = j->next;
		if (j->from == JOB_FILE && j->step != JOB_OVER)
			job_over(j, FILE_LATER, "watch is gone");
	}
}

static void
room(struct role_ctx *c, enum role_id id)
{
	(void)id;
	desk_turn(c->state);
}

static void
set_terms(struct desk *d, const struct conf *c)
{
	struct mail_terms *t = &d->terms;
	t->authserv_id = c->intake.authserv_id[0] ? c->intake.authserv_id : NULL;
	for (unsigned i = 0; i < CONF_DOMAINS && c->intake.domain[i][0]; i++)
		d->domain[t->domain_count++] = c->intake.domain[i];
	t->domains = d->domain;
	for (unsigned i = 0; i < CONF_TOKENS && c->intake.token[i].name[0]; i++) {
		struct mail_token *k = &d->token[t->token_count++];
		memcpy(k->name, c->intake.token[i].name, sizeof(k->name));
		memcpy(k->hash, c->intake.token[i].hash, sizeof(k->hash));
	}
	t->tokens = d->token;
	t->ours = job_ours;
	t->refers = conf_sends(c);
	t->stays = true;
	if (logclaim_new(NULL, NULL, &t->logs) < 0)
		fatal_oom();
	t->arg = d;
}

static void
init(struct role_ctx *c)
{
	struct desk *d = calloc(1, sizeof(*d));
	if (!d)
		fatal_oom();
	if (sodium_init() < 0)
		fatal("libsodium does not start");
	json_warm();
	mail_warm();
	d->c = c;
	c->state = d;
	handoff_init(&d->judge, c, ROLE_JUDGE, DESK_WINDOW);
	handoff_init(&d->verify, c, ROLE_VERIFY, DESK_JOBS);
	set_terms(d, c->conf);
}

static void
start(struct role_ctx *c)
{
	struct desk *d = c->state;
	d->turn = loop_timer(c->loop, on_turn, d);
	d->tick = loop_timer(c->loop, on_tick, d);
	loop_timer_in(d->tick, TICK);
	for (unsigned i = 0; i < c->listens; i++)
		if (c->listen[i].kind == LISTEN_INTAKE)
			intake_listen(d, c->listen[i].fd);
}

const struct role role_hear_mail = {
	.id = ROLE_HEAR_MAIL,
	.name = "hear-mail",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.rlimit_as = (uint64_t)2 << 30,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_WATCH | 1u << ROLE_VERIFY,
	.init = init,
	.start = start,
	.message = message,
	.peer_up = peer_up,
	.peer_down = peer_down,
	.room = room,
};
