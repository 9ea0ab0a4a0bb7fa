/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What staff did, told to the warden's audit: one entry for each command, out of the journal, so that
 * a crash between commit and audit loses nothing. The warden says at the start how far it is; what
 * came after is told again. It must never tell what is not committed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge.h"

#define TEXT 3000

/* Facts of one command, as they come by. */
struct entry {
	struct edge *e;
	uint32_t roles;
	struct msg_audit m;
	uint64_t batch, from, to; /* from, to: the run of numbers not yet written */
	uint64_t facts;
	struct desk_act first;
	size_t n;
	char numbers[TEXT / 2];
};

__attribute__((format(printf, 3, 4))) static void
say(char *s, size_t room, const char *fmt, ...)
{
	size_t n = strlen(s);
	va_list ap;
	va_start(ap, fmt);
	if (n < room)
		vsnprintf(s + n, room - n, fmt, ap);
	va_end(ap);
}

static void
write_run(struct entry *t)
{
	if (!t->from)
		return;
	say(t->numbers, sizeof(t->numbers), t->from == t->to ? " %llu" : " %llu-%llu",
	    (unsigned long long)t->from, (unsigned long long)t->to);
	t->from = t->to = 0;
}

static void
send(struct entry *t, const char *text)
{
	struct edge *e = t->e;
	t->m.roles = t->roles;
	if (e->c->warden)
		chan_send(e->c->warden, M_AUDIT, &t->m, text, strnlen(text, TEXT), -1);
	e->audit_sent = t->m.seq;
}

static void
desk_end(struct entry *t)
{
	char text[TEXT] = "";
	const struct desk_act *a = &t->first;
	const struct desk_verb_row *row = desk_verb_row((enum desk_verb)a->verb);
	if (!t->facts)
		return;
	write_run(t);
	if (a->verb == DESK_DOOR) {
		say(text, TEXT, "%s", a->text);
		t->facts = 0;
		return send(t, text);
	}
	const char *thing = desk_verb_thing((enum desk_verb)a->verb);
	if (thing)
		say(text, TEXT, "%s %s \"%s\"", row->name, thing, a->name);
	else
		say(text, TEXT, "%s %s%s%s", row->name, row->order ? "order" : row->mail ? "mail" : "case",
		    t->facts > 1 ? "s" : "", t->numbers);
	if (strlen(t->numbers) == sizeof(t->numbers) - 1)
		say(text, TEXT, " ...");
	if (t->facts > 1)
		say(text, TEXT, " (%llu)", (unsigned long long)t->facts);
	if (a->as)
		say(text, TEXT, " as %s", close_as_name((enum close_as)a->as));
	if (a->verb == DESK_MERGE)
		say(text, TEXT, " into %llu", (unsigned long long)a->into);
	if (a->verb == DESK_MAIL_TO)
		say(text, TEXT, " into %s", a->name);
	if (a->verb == DESK_ASSIGN)
		say(text, TEXT, " to %s", a->name[0] ? a->name : "nobody");
	if (a->undoes)
		say(text, TEXT, ", taking back fact %llu on", (unsigned long long)a->undoes);
	say(text, TEXT, "; batch %llu%s%s", (unsigned long long)t->batch, a->text[0] ? ": " : "", a->text);
	t->facts = 0;
	send(t, text);
}

static void
desk_add(struct entry *t, uint64_t seq, const struct desk_act *a)
{
	if (t->facts && (a->batch != t->batch || a->uid != t->first.uid))
		desk_end(t);
	if (!t->facts) {
		t->first = *a;
		t->batch = a->batch;
		t->numbers[0] = '\0';
		t->from = t->to = 0;
		t->m = (struct msg_audit){ .uid = a->uid, .second = a->second };
		snprintf(t->m.verb, sizeof(t->m.verb), "%s",
		    a->undoes ? "undo-batch" : desk_verb_row((enum desk_verb)a->verb)->name);
	}
	t->facts++;
	t->m.seq = seq;
	if (t->from && a->target == t->to + 1) {
		t->to++;
		return;
	}
	write_run(t);
	t->from = t->to = a->target;
}

static void
reporter(struct entry *t, uint64_t seq, const struct reporter_set *s)
{
	char text[TEXT] = "", key[9];
	desk_end(t);
	t->m = (struct msg_audit){ .seq = seq, .uid = s->uid, .verb = "reporter-set" };
	for (int i = 0; i < 4; i++)
		snprintf(key + 2 * i, 3, "%02x", s->key.b[i]);
	say(text, TEXT, "reporter %s... named \"%s\", organisation \"%s\", rank %s", key, s->name, s->org,
	    standing_name((enum standing)s->standing));
	if (s->pinned)
		say(text, TEXT, ", pinned at %u %%", (unsigned)(s->pin * 100 / Q32_ONE));
	send(t, text);
}

/* Nobody can be forgotten here, so nobody is named: the fact says who it was, as long as it can. */
static void
keep(struct entry *t, uint64_t seq, const struct keep_set *k)
{
	char text[TEXT] = "";
	desk_end(t);
	t->m = (struct msg_audit){ .seq = seq, .uid = k->uid, .second = k->second };
	snprintf(t->m.verb, sizeof(t->m.verb), "%s", keep_verb_name((enum keep_verb)k->verb));
	if (k->verb == KEEP_DONE)
		say(text, TEXT, "the forgetting by fact %llu, which waited for a hold, is done", (unsigned long long)k->no);
	else if (k->verb == KEEP_DROP)
		say(text, TEXT, "hold %llu ends: %s", (unsigned long long)k->no, k->text);
	else if (k->what == KEEP_CASE)
		say(text, TEXT, "hold %llu on case %llu: %s", (unsigned long long)seq,
		    (unsigned long long)k->no, k->text);
	else if (k->verb == KEEP_HOLD)
		say(text, TEXT, "hold %llu on a %s: %s", (unsigned long long)seq,
		    keep_what_name((enum keep_what)k->what), k->text);
	else
		say(text, TEXT, "one %s, by fact %llu: %s", keep_what_name((enum keep_what)k->what),
		    (unsigned long long)seq, k->text);
	send(t, text);
}

static int
see(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct entry *t = arg;
	struct fact f;
	(void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	if (f.kind == FACT_DESK)
		desk_add(t, seq, &f.desk);
	else if (f.kind == FACT_REPORTER && f.reporter.standing != STANDING_OWN && /* own sensors, and */
	    f.reporter.uid != UID_LYMPH) /* sources seen for the first time: by nobody */
		reporter(t, seq, &f.reporter);
	else if (f.kind == FACT_KEEP)
		keep(t, seq, &f.keep);
	return 0;
}

void
word_audit(struct edge *e, uint32_t roles)
{
	struct entry t = { .e = e, .roles = roles };
	if (!e->audit_known)
		return; /* the warden says first how far it is */
	int r = store_people_facts(e->store, e->audit_sent + 1, see, &t);
	desk_end(&t);
	if (r < 0)
		log_warn("what staff did cannot be read for the audit: %s", strerror(-r));
}

void
word_audited(struct edge *e, const struct msg_audited *m)
{
	e->audited = *m;
	if (e->audit_known && m->again != 1)
		return;
	e->audit_known = true;
	e->audit_sent = m->seq;
	word_audit(e, 0);
}
