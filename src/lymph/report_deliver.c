/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery, see report.h: into the queue, to the server, out of the queue. A report that cannot be
 * queued is still sent, and the user told that nothing holds it. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lymph/report.h"
#include "lymph/report_hook.h"
#include "lymph/report_kept.h"

#define DEAD_MAX 8 /* silent or held servers remembered in one run */

static enum report_exit
exit_of(enum sent s)
{
	return s == SENT_ACCEPTED ? REPORT_ACCEPTED
	       : s == SENT_LATER  ? REPORT_QUEUED
				  : REPORT_REFUSED;
}

static void
reason_of(const struct answer *a, char *ret, size_t size)
{
	/* Printable ASCII only: it goes into a header line of the entry. */
	int n = snprintf(
	    ret, size, "%ld %s: %s %s %s", a->status, a->title, a->detail, a->field, a->rule);
	for (int i = 0; i < n && (size_t)i < size - 1; i++)
		if (ret[i] < ' ' || ret[i] > '~')
			ret[i] = '?';
}

/* A server has it: id and token are kept, to ask what became of it. Losing them loses no report. */
static void
keep_token(struct run *r, const struct queue_entry *e, const struct answer *a)
{
	struct kept k = { .sent = r->now };
	if (!a->token[0])
		return;
	snprintf(k.id, sizeof(k.id), "%s", e->id);
	snprintf(k.target, sizeof(k.target), "%s", e->target);
	snprintf(k.about, sizeof(k.about), "%s", e->about);
	int rc = strlen(a->token) < sizeof(k.token) ? 0 : -EINVAL;
	if (rc == 0) {
		strcpy(k.token, a->token);
		rc = kept_add(&k);
	}
	if (rc < 0)
		report_say(r, "its outcome cannot be asked for later: %s", strerror(-rc));
}

/* Sends an entry in hand and files it by the answer. q NULL: it is in no queue. */
static enum report_exit
send_entry(struct run *r, struct queue *q, struct queue_entry *e, const char *of, bool *silent)
{
	struct answer a;
	char reason[1024];
	report_send(e->target, e->body, e->n, e->signature, e->id, &a);
	report_hook_stop("sent");
	enum report_exit x = exit_of(a.what);
	msec not_before = a.retry_after ? r->now + a.retry_after : 0;
	int rc = 0;
	*silent = a.unreachable || not_before;
	if (!q) {
		x = x == REPORT_QUEUED ? REPORT_FAILED : x;
	} else if (x == REPORT_ACCEPTED) {
		keep_token(r, e, &a);
		rc = queue_done(q, e);
	} else if (x == REPORT_REFUSED) {
		reason_of(&a, reason, sizeof(reason));
		rc = queue_refuse(q, e, reason);
	} else if (not_before) {
		rc = queue_delay(q, e, not_before);
	}
	/* Failing to file it loses nothing: the entry stays and the server knows its id. */
	if (rc < 0)
		report_say(r, "queue: %s", strerror(-rc));
	report_show_answer(r, of, &a, x, q, not_before);
	if (q)
		queue_release(e);
	return x;
}

static int
open_queue(struct run *r, struct queue *q)
{
	char path[REPORT_PATH];
	int rc = report_state_path("queue", path);
	if (rc == 0)
		rc = queue_open(q, path);
	if (rc < 0)
		report_say(r, "no queue: %s", strerror(-rc));
	return rc;
}

/* Adds the servers that asked to be left alone: what any entry says holds for all of its server. */
static unsigned
held(const struct run *r, const struct queue *q, char (*names)[QUEUE_NAME], int n,
    char silent_at[DEAD_MAX][QUEUE_TEXT], unsigned silents)
{
	struct queue_entry e;
	for (int i = 0; i < n && silents < DEAD_MAX; i++) {
		int rc = queue_take(q, names[i], &e);
		if (rc < 0 && rc != -EBADMSG)
			continue;
		bool known = rc < 0 || !queue_waits(&e, r->now);
		for (unsigned k = 0; k < silents; k++)
			known |= strcmp(silent_at[k], e.target) == 0;
		if (!known)
			memcpy(silent_at[silents++], e.target, QUEUE_TEXT);
		queue_release(&e);
	}
	return silents;
}

enum report_exit
report_flush(struct run *r, unsigned max, const char *dead)
{
	struct queue q;
	struct queue_entry e;
	char(*names)[QUEUE_NAME] = NULL, silent_at[DEAD_MAX][QUEUE_TEXT];
	unsigned silents = 0, tried = 0, waiting = 0, refused = 0;
	if (open_queue(r, &q) < 0)
		return REPORT_FAILED;
	if (dead)
		snprintf(silent_at[silents++], QUEUE_TEXT, "%s", dead);
	int n = queue_list(&q, &names);
	silents = held(r, &q, names, n, silent_at, silents);
	for (int i = 0; i < n; i++) {
		bool silent = false, skip;
		int rc = tried < max ? queue_take(&q, names[i], &e) : -EAGAIN;
		waiting += rc == -EAGAIN;
		if (rc == -EBADMSG) {
			report_say(r, "damaged, set aside in refused: %s", names[i]);
			(void)queue_refuse(&q, &e, "damaged");
			refused++;
		}
		if (rc < 0)
			continue;
		skip = queue_waits(&e, r->now);
		for (unsigned k = 0; k < silents; k++)
			skip |= strcmp(silent_at[k], e.target) == 0;
		if (skip) {
			waiting++;
			queue_release(&e);
			continue;
		}
		tried++;
		char about[sizeof(e.about)], target[QUEUE_TEXT];
		memcpy(about, e.about, sizeof(about));
		memcpy(target, e.target, sizeof(target));
		enum report_exit x = send_entry(r, &q, &e, about, &silent);
		waiting += x == REPORT_QUEUED;
		refused += x == REPORT_REFUSED;
		if (silent && silents < DEAD_MAX)
			memcpy(silent_at[silents++], target, sizeof(target));
	}
	free(names);
	queue_close(&q);
	if (waiting && (max == UINT32_MAX || !dead))
		report_say(
		    r, "%u report%s in the queue", waiting, waiting == 1 ? " waits" : "s wait");
	return refused ? REPORT_REFUSED : waiting ? REPORT_QUEUED : REPORT_ACCEPTED;
}

static void
fill_entry(const struct run *r, struct queue_entry *e)
{
	char addr[ADDR_TEXT];
	snprintf(e->target, sizeof(e->target), "%s", r->target);
	snprintf(e->about, sizeof(e->about), "%s %s", class_row(r->ask.cls)->title,
	    addr_print(&r->ask.subject, addr));
	snprintf(e->id, sizeof(e->id), "%s", r->made.id_text);
	e->body = r->made.doc;
	e->n = r->made.n;
	if (r->sig.n) {
		size_t at = r->sig.pgp ? sizeof(SIGNED_PGP) - 1 : 0;
		memcpy(e->signature, SIGNED_PGP, at);
		sodium_bin2base64(e->signature + at, sizeof(e->signature) - at, r->sig.blob, r->sig.n,
		    sodium_base64_VARIANT_ORIGINAL);
	}
}

enum report_exit
report_deliver(struct run *r)
{
	struct queue q;
	struct queue_entry e = { .fd = -1 };
	bool silent;
	fill_entry(r, &e);
	int rc = open_queue(r, &q);
	if (rc == 0) {
		e.not_before = queue_hold(&q, r->target, r->now);
		rc = queue_add(&q, &e, r->made.id_text, r->now);
		if (rc == -EDQUOT)
			report_say(r,
			    "the queue is full (%u reports): \"lymph report --flush\" sends them",
			    QUEUE_ENTRIES);
		else if (rc < 0)
			report_say(r, "cannot queue the report: %s", strerror(-rc));
		if (rc < 0)
			queue_close(&q);
	}
	bool queued = rc == 0;
	report_hook_stop("queued");
	if (queued && e.not_before) {
		struct answer a = { .error = "the server has asked to be left alone for a while" };
		report_show_answer(r, "", &a, REPORT_QUEUED, &q, e.not_before);
		queue_release(&e);
		queue_close(&q);
		return REPORT_QUEUED;
	}
	enum report_exit x = send_entry(r, queued ? &q : NULL, &e, "", &silent);
	if (queued)
		queue_close(&q);
	if (queued && !r->ask.flush)
		(void)report_flush(r, 20, silent ? r->target : NULL);
	return x;
}
