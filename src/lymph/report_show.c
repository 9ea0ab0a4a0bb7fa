/* SPDX-License-Identifier: BSD-2-Clause */
/* What lymph report tells people and programs, see report.h. Every text that was not written here
 * passes through escape_tty or jansson. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "lymph/report.h"

#define SHOWN 300 /* of a stranger's text */

/* As JSON: UTF-8 as it is (and escaped by jansson), anything else escaped by us first. */
static json_t *
json_text(const char *s, size_t n)
{
	json_t *v = json_stringn(s, n);
	if (v)
		return v;
	char *buf = malloc(10 * n + 1);
	v = buf ? json_string(escape_tty(s, n, buf, 10 * n + 1)) : NULL;
	free(buf);
	return v;
}

static void
put(json_t *o, const char *name, json_t *v)
{
	(void)json_object_set_new(o, name, v);
}

static void
put_text(json_t *o, const char *name, const char *s)
{
	if (s[0])
		put(o, name, json_text(s, strlen(s)));
}

static void
put_time(json_t *o, const char *name, msec t)
{
	char buf[MSEC_TEXT];
	if (t)
		put(o, name, json_string(msec_print(t, buf)));
}

void
report_say(struct run *r, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!r->json) {
		fprintf(stderr, "lymph report: %s\n", text);
		return;
	}
	json_t *notes = json_object_get(r->json, "notes");
	if (!notes) {
		notes = json_array();
		put(r->json, "notes", notes);
	}
	(void)json_array_append_new(notes, json_text(text, strlen(text)));
}

/* ": web request 17, request to relay 2" */
static void
show_rows(const struct log_found *l, enum recog_says says)
{
	const char *sep = ": ";
	for (size_t i = 0; l->by_row && i < recog_rows_n(); i++) {
		uint64_t n = l->by_row[i];
		bool first = true;
		if (!n || recog_row_at(i)->says != says)
			continue;
		for (size_t k = 0; k < recog_rows_n(); k++) { /* rows of one name are one thing */
			if (k == i || recog_row_at(k)->says != says ||
			    strcmp(recog_row_at(k)->name, recog_row_at(i)->name) != 0)
				continue;
			first &= k > i || !l->by_row[k];
			n += l->by_row[k];
		}
		if (!first)
			continue;
		fprintf(stderr, "%s%s %" PRIu64, sep, recog_row_at(i)->name, n);
		sep = ", ";
	}
	fputc('\n', stderr);
}

/* "1 line WORDs", "2 lines WORD" */
static void
show_count(uint64_t n, const char *word, const char *rest)
{
	fprintf(stderr, "  %" PRIu64 " line%s %s%s%s", n, n == 1 ? "" : "s", word,
	    n == 1 ? "s" : "", rest);
}

static void
show_lines(const struct report_made *m)
{
	const struct log_pile *yes = &m->log.pile[RECOG_SUPPORTS],
			      *no = &m->log.pile[RECOG_CONTRADICTS],
			      *maybe = &m->log.pile[RECOG_NEUTRAL];
	char line[SHOWN];
	if (!m->given) {
		fprintf(stderr, "  no log given: a report without evidence weighs little\n");
		return;
	}
	show_count(yes->lines, "support", " it");
	show_rows(&m->log, RECOG_SUPPORTS);
	if (yes->lines && yes->one_way == yes->lines)
		fprintf(stderr, "  packets only, whose source may be forged: this weighs less\n");
	if (no->lines) {
		show_count(no->lines, "speak", " against it");
		show_rows(&m->log, RECOG_CONTRADICTS);
		fprintf(stderr, "    %s\n",
		    escape_tty(no->head.text, log_first(&no->head), line, sizeof(line)));
	}
	if (maybe->lines)
		show_count(maybe->lines, "name", " it in a form this version does not know\n");
	if (m->uses == RECOG_NEUTRAL)
		fprintf(stderr, "  these are sent as they are, for want of better\n");
	if (m->log.limited)
		fprintf(stderr, "  %" PRIu64 " lines took too long to judge and count as unknown\n",
		    m->log.limited);
}

static void
show_times(const struct run *r)
{
	const struct report_made *m = &r->made;
	char a[MSEC_TEXT], b[MSEC_TEXT];
	if (m->time_assumed)
		fprintf(stderr, "  no time known, so now; give one with --time\n");
	else if (m->first == m->last)
		fprintf(stderr, "  at %s\n", msec_print(m->last, a));
	else
		fprintf(stderr, "  first %s, last %s\n", msec_print(m->first, a),
		    msec_print(m->last, b));
	if (m->zone_assumed) {
		const char *tz = getenv("TZ");
		char zone[SHOWN];
		fprintf(stderr,
		    "  times without a zone: %s assumed (TZ, or zone in report.conf, changes it)\n",
		    tz ? escape_tty(tz, strlen(tz), zone, sizeof(zone)) : "this machine's");
	}
	if (m->year_assumed)
		fprintf(stderr, "  times without a year: the latest possible one assumed\n");
}

static void
show_sender(const struct run *r)
{
	char text[SHOWN], key[KEY_TEXT], line[512];
	const struct report_conf *c = &r->conf;
	fprintf(stderr, "  from %s", escape_tty(c->org, strlen(c->org), text, sizeof(text)));
	fprintf(stderr, " <%s>\n", escape_tty(c->contact, strlen(c->contact), text, sizeof(text)));
	if (r->sig.created)
		fprintf(stderr,
		    "  a key of your own was made: %s\n"
		    "  networks that should come to trust your reports want its public part:\n    "
		    "%s\n",
		    escape_tty(r->sig.path, strlen(r->sig.path), text, sizeof(text)),
		    key_print_public(&r->sig.key, line, sizeof(line)));
	if (r->sig.n && r->sig.pgp)
		fprintf(stderr, "  signed by gpg with %s\n",
		    escape_tty(r->sig.path, strlen(r->sig.path), text, sizeof(text)));
	else if (r->sig.n)
		fprintf(stderr, "  signed by %s (%s)\n", key_print(&r->sig.key, key),
		    escape_tty(r->sig.path, strlen(r->sig.path), text, sizeof(text)));
	else if (!r->ask.dry)
		fprintf(stderr, "  not signed\n");
	if (r->target[0])
		fprintf(stderr, "  to %s\n",
		    escape_tty(r->target, strlen(r->target), text, sizeof(text)));
	if (r->target[0] && report_target_bare(r->target))
		fprintf(stderr, "  plain HTTP: whoever is on the way can read this report\n");
}

static json_t *
json_pile(const struct log_pile *p, bool sample)
{
	json_t *o = json_object();
	put(o, "lines", json_integer((json_int_t)p->lines));
	put(o, "one_way", json_integer((json_int_t)p->one_way));
	if (p->timed) {
		put_time(o, "first", p->first);
		put_time(o, "last", p->last);
	}
	if (sample && p->head.n)
		put(o, "sample", json_text(p->head.text, log_first(&p->head)));
	return o;
}

static void
show_json(const struct run *r)
{
	const struct report_made *m = &r->made;
	char text[ADDR_TEXT], key[KEY_TEXT], line[512];
	json_t *o = r->json;
	put_text(o, "report_id", m->id_text);
	put(o, "class", json_string(class_row(r->ask.cls)->name));
	put(o, "address", json_string(addr_print(&r->ask.subject, text)));
	if (m->port)
		put(o, "port", json_integer(m->port));
	put(o, "log", json_boolean(m->given));
	for (int i = 0; m->given && i < RECOG_N; i++)
		put(o, recog_says_name(i), json_pile(&m->log.pile[i], i != RECOG_SUPPORTS));
	put_time(o, "first_seen", m->first);
	put_time(o, "last_seen", m->last);
	put(o, "time_assumed", json_boolean(m->time_assumed));
	put(o, "zone_assumed", json_boolean(m->zone_assumed));
	put(o, "year_assumed", json_boolean(m->year_assumed));
	if (r->sig.n && r->sig.pgp) {
		put_text(o, "pgp", r->sig.path);
	} else if (r->sig.n) {
		put(o, "key", json_string(key_print(&r->sig.key, key)));
		put(o, "public_key",
		    json_string(key_print_public(&r->sig.key, line, sizeof(line))));
		put_text(o, "key_file", r->sig.path);
		put(o, "key_created", json_boolean(r->sig.created));
	}
	put_text(o, "target", r->target);
	if (r->ask.dry && m->doc)
		put(o, "document", json_stringn(m->doc, m->n));
}

void
report_show_found(const struct run *r)
{
	char addr[ADDR_TEXT];
	if (r->json) {
		show_json(r);
		return;
	}
	fprintf(stderr, "%s %s", class_row(r->ask.cls)->title, addr_print(&r->ask.subject, addr));
	if (r->made.port)
		fprintf(stderr, ", port %u", r->made.port);
	fputc('\n', stderr);
	show_lines(&r->made);
	show_times(r);
}

void
report_show(const struct run *r)
{
	report_show_found(r);
	if (!r->json)
		show_sender(r);
}

static json_t *
json_answer(const struct answer *a, const char *state, msec not_before)
{
	json_t *o = json_pack("{s:s}", "status", state);
	if (a->status)
		put(o, "http_status", json_integer(a->status));
	put_text(o, "reference", a->reference);
	put_text(o, "error", a->error);
	put_text(o, "title", a->title);
	put_text(o, "detail", a->detail);
	put_text(o, "responsible", a->responsible);
	put_text(o, "field", a->field);
	put_text(o, "rule", a->rule);
	put_time(o, "not_before", not_before);
	return o;
}

static void
show_part(const char *name, const char *s)
{
	char text[SHOWN];
	if (s[0])
		fprintf(stderr, "  %s%s\n", name, escape_tty(s, strlen(s), text, sizeof(text)));
}

void
report_show_answer(struct run *r, const char *of, const struct answer *a, enum report_exit x,
    const struct queue *q, msec not_before)
{
	static const char *const states[] = { "accepted", "failed", "", "", "queued", "refused" };
	char text[SHOWN], when[MSEC_TEXT];
	if (r->json) {
		json_t *o = json_answer(a, states[x], not_before),
		       *older = json_object_get(r->json, "older");
		if (!of[0]) {
			(void)json_object_update(r->json, o);
			json_decref(o);
			return;
		}
		put_text(o, "about", of);
		if (!older) {
			older = json_array();
			put(r->json, "older", older);
		}
		(void)json_array_append_new(older, o);
		return;
	}
	if (of[0])
		fprintf(stderr, "%s, queued earlier:\n",
		    escape_tty(of, strlen(of), text, sizeof(text)));
	if (x == REPORT_ACCEPTED) {
		fflush(stderr);
		if (a->reference[0])
			printf("accepted, reference %s\n",
			    escape_tty(a->reference, strlen(a->reference), text, sizeof(text)));
		else
			printf("accepted, to be sent on to whose the address is\n");
		fflush(stdout);
		return;
	}
	fprintf(stderr, "%s", x == REPORT_REFUSED ? "refused by the server" : "not delivered");
	if (a->status)
		fprintf(stderr, " (%ld)", a->status);
	fputc('\n', stderr);
	show_part("", a->error);
	show_part("", a->title);
	show_part("", a->detail);
	show_part("field: ", a->field);
	show_part("rule: ", a->rule);
	show_part("who answers for the address: ", a->responsible);
	if (a->status == 421 && !a->responsible[0])
		fprintf(stderr, "  whois tells who answers for the address; that network may have a server\n");
	if (x == REPORT_QUEUED)
		fprintf(stderr,
		    "  kept in %s%s%s; the next run sends it, or \"lymph report --flush\"\n",
		    escape_tty(q->path, strlen(q->path), text, sizeof(text)),
		    not_before ? ", not before " : "",
		    not_before ? msec_print(not_before, when) : "");
	else if (x == REPORT_REFUSED && q)
		fprintf(stderr, "  kept in %s/refused\n",
		    escape_tty(q->path, strlen(q->path), text, sizeof(text)));
	else if (x == REPORT_FAILED)
		fprintf(stderr, "  NOT kept: run it again\n");
}
