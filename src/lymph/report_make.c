/* SPDX-License-Identifier: BSD-2-Clause */
/* From a log to the document, see report.h. What leaves is what the log says: the lines as they are,
 * their times, their number. Must never make a report of a log that does not name the address. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "lymph/report.h"
#include "lymph/report_hook.h"
#include "wire/cve.h"
#include "wire/xarf_type.h"

/* The reporter's zone as the C library knows it (TZ), asked once per hour of log time. */
static msec
local_zone(msec local, void *arg)
{
	static msec hour = INT64_MIN, offset;
	(void)arg;
	if (local / MSEC_HOUR == hour)
		return offset;
	time_t t = (time_t)(local / MSEC_SECOND);
	struct tm tm;
	hour = local / MSEC_HOUR;
	if (!gmtime_r(&t, &tm))
		return offset = 0;
	tm.tm_isdst = -1;
	offset = local / MSEC_SECOND * MSEC_SECOND - (msec)mktime(&tm) * MSEC_SECOND;
	return offset;
}

static enum report_exit
times(struct run *r, const struct logtime_ref *ref)
{
	struct report_made *m = &r->made;
	const struct log_pile *p = &m->log.pile[m->uses];
	if (r->ask.time) {
		struct logtime t;
		if (logtime_parse(ref, r->ask.time, strlen(r->ask.time), &t) < 0) {
			report_say(r, "--time: not a time; 2026-11-22T01:45:00Z is one");
			return REPORT_USAGE;
		}
		m->first = m->last = t.at;
		m->zone_assumed = t.zone_assumed;
		m->year_assumed = t.year_assumed;
	} else if (p->timed) {
		m->first = p->first;
		m->last = p->last;
		m->zone_assumed = p->zone_assumed > 0;
		m->year_assumed = p->year_assumed > 0;
	} else {
		m->time_assumed = true;
	}
	return REPORT_ACCEPTED;
}

static enum report_exit
read_log(struct run *r, int fd, const struct logtime_ref *ref)
{
	struct report_made *m = &r->made;
	struct logfind f;
	struct recog *rec = NULL;
	char addr[ADDR_TEXT], line[400];
	int rc = logfind_init(&f, &r->ask.subject);
	if (rc == 0)
		rc = recog_new(r->ask.cls, &rec);
	if (rc == 0)
		rc = log_read(fd, &f, rec, ref, &m->log);
	recog_free(rec);
	if (rc < 0) {
		report_say(r, "reading the log: %s", strerror(-rc));
		return REPORT_FAILED;
	}
	m->given = m->log.bytes > 0;
	const struct log_pile *yes = &m->log.pile[RECOG_SUPPORTS],
			      *no = &m->log.pile[RECOG_CONTRADICTS],
			      *maybe = &m->log.pile[RECOG_NEUTRAL];
	m->uses = yes->lines || !m->given ? RECOG_SUPPORTS : RECOG_NEUTRAL;
	if (!m->given || yes->lines || maybe->lines)
		return REPORT_ACCEPTED;
	addr_print(&r->ask.subject, addr);
	if (!no->lines)
		report_say(r, "no line of this log names %s: nothing to report. Is it the right log? Without one (< "
			      "/dev/null) a report weighs little", addr);
	else
		report_say(r,
		    "this log names %s in %" PRIu64
		    " of its lines, never as the one who did it, e.g. %s",
		    addr, no->lines,
		    escape_tty(no->head.text, log_first(&no->head), line, sizeof(line)));
	return REPORT_NOTHING;
}

/* What is kept of a pile's lines as it may leave. A line that would say something else than before is left
 * out: the server would not know it again. */
static int
redact_half(struct run *r, struct recog *rec, const struct logfind *f, struct log_half *h, uint64_t *lost)
{
	struct log_half out = { .room = 2 * h->n + 1 };
	const struct recog_row *row;
	if (!(out.text = malloc(out.room)))
		return -ENOMEM;
	for (size_t at = 0; at < h->n;) {
		const char *nl = memchr(h->text + at, '\n', h->n - at);
		size_t len = (size_t)(nl - (h->text + at)), n;
		char *line = redact_line(r->ask.redact, h->text + at, len, &n);
		at += len + 1;
		if (line && out.n + n + 1 <= out.room && recog_line(rec, f, line, n, &row) == r->made.uses) {
			memcpy(out.text + out.n, line, n);
			out.text[out.n + n] = '\n';
			out.n += n + 1;
			out.lines++;
		} else {
			++*lost;
		}
		free(line);
	}
	free(h->text);
	*h = out;
	return 0;
}

static enum report_exit
redact(struct run *r)
{
	struct report_made *m = &r->made;
	struct log_pile *p = &m->log.pile[m->uses];
	struct logfind f;
	struct recog *rec = NULL;
	uint64_t lost = 0;
	if (!m->given || !redact_any(r->ask.redact))
		return REPORT_ACCEPTED;
	r->ask.redact->subject = r->ask.subject;
	int rc = logfind_init(&f, &r->ask.subject);
	if (rc == 0)
		rc = recog_new(r->ask.cls, &rec);
	if (rc == 0)
		rc = redact_half(r, rec, &f, &p->head, &lost);
	if (rc == 0)
		rc = redact_half(r, rec, &f, &p->tail, &lost);
	recog_free(rec);
	if (rc < 0) {
		report_say(r, "redacting the log: %s", strerror(-rc));
		return REPORT_FAILED;
	}
	p->lines -= lost < p->lines ? lost : p->lines;
	if (lost && !p->head.n && !p->tail.n) {
		report_say(r, "with that taken out, no line says any more what it said: redact less");
		return REPORT_NOTHING;
	}
	if (lost)
		report_say(r, "%" PRIu64 " lines are left out: with that taken out they say something else", lost);
	return REPORT_ACCEPTED;
}

/* One item when the lines kept are all, or two: the first ones and the last ones. */
static size_t
evidence(const struct report_made *m, struct xarf_item items[2], char text[2][128], char **joined)
{
	const struct log_pile *p = &m->log.pile[m->uses];
	if (!m->given || p->lines == 0)
		return 0;
	*joined = NULL;
	items[0] = (struct xarf_item){ "text/plain", text[0], p->head.text, p->head.n };
	if (!p->gap) {
		*joined = malloc(p->head.n + p->tail.n);
		if (!*joined)
			return 0;
		memcpy(*joined, p->head.text, p->head.n);
		memcpy(*joined + p->head.n, p->tail.text, p->tail.n);
		items[0].payload = *joined;
		items[0].n = p->head.n + p->tail.n;
		snprintf(text[0], 128, "log: all %" PRIu64 " lines", p->lines);
		return 1;
	}
	snprintf(text[0], 128, "log: the first %" PRIu64 " of %" PRIu64 " lines", p->head.lines,
	    p->lines);
	snprintf(text[1], 128, "log: the last %" PRIu64 " of %" PRIu64 " lines", p->tail.lines,
	    p->lines);
	items[1] = (struct xarf_item){ "text/plain", text[1], p->tail.text, p->tail.n };
	return 2;
}

static void
new_id(struct report_made *m)
{
	const char *s = report_hook("LYMPH_TEST_ID");
	if (!s || uuid_parse(s, strlen(s), m->id) < 0) {
		randombytes_buf(m->id, sizeof(m->id));
		uuid_v4(m->id);
	}
	uuid_print(m->id, m->id_text);
}

/* The schemas of these classes want to know which of the machines behind an address it was; only packets
 * of a protocol without ports have none. */
static enum report_exit
port_missing(struct run *r)
{
	static const struct {
		const char *word, *how;
	} hows[] = {
		{ "postfix/", "smtpd_client_port_logging = yes in Postfix's main.cf" },
		{ " rip=", "rport=%{rport} in Dovecot's login_log_format_elements" },
		{ " H=", "log_selector = +incoming_port in Exim's configuration" },
		{ "rhost=", "PAM never does: give the lines of the daemon itself, which sshd writes beside them" },
		{ "sshd", "sshd does since version 6.5: give its own lines, unabridged" },
		{ "[client ", "%a and %{remote}p in Apache's ErrorLogFormat and LogFormat" },
		{ ", client: ", "$remote_port in nginx's log_format: give the access log" },
		{ "HTTP/", "$remote_port in nginx's log_format, %{remote}p in Apache's LogFormat" },
		{ "SRC=", "--log-level and the plain LOG target of iptables and nftables do" },
	};
	const struct class_row *row = class_row(r->ask.cls);
	const struct xarf_type *type = xarf_type_find(row->category, row->type);
	struct report_made *m = &r->made;
	const struct log_pile *p = &m->log.pile[m->uses];
	m->port = r->ask.port ? r->ask.port : p->port;
	if (m->port || !type || !type->source_port || p->proto == 1 || p->proto == 58)
		return REPORT_ACCEPTED;
	const char *how = "make the daemon log its clients' ports";
	for (size_t i = 0; p->head.n && i < sizeof(hows) / sizeof(hows[0]); i++) {
		if (!memmem(p->head.text, log_first(&p->head), hows[i].word, strlen(hows[i].word)))
			continue;
		how = hows[i].how;
		break;
	}
	report_show_found(r);
	report_say(r, "a report of a %s must name the port it came from, and the log does not: add --port N, or "
		      "have it logged: %s", row->title, how);
	return REPORT_USAGE;
}

static enum report_exit
document(struct run *r)
{
	struct report_made *m = &r->made;
	const struct class_row *row = class_row(r->ask.cls);
	const struct log_pile *p = &m->log.pile[m->uses];
	struct xarf_item items[2];
	struct xarf_why why = { 0 };
	char text[2][128], addr[ADDR_TEXT], words[256], cve[CVE_TEXT] = "", *joined = NULL;
	new_id(m);
	cve_find(p->head.text, p->head.n, cve);
	snprintf(words, sizeof(words), "%s %s", row->title, addr_print(&r->ask.subject, addr));
	bool service = row->family == FAMILY_OPEN_SERVICE;
	struct xarf_new x = { .timestamp = m->time_assumed ? r->now : m->last,
		.first_seen = m->first,
		.last_seen = m->last,
		.org = r->conf.org,
		.contact = r->conf.contact,
		.domain = r->conf.domain,
		.subject = r->ask.subject,
		.source_port = service ? r->ask.port : m->port,
		.cls = r->ask.cls,
		.service_port = service ? m->port : 0,
		.port_unnamed = true, /* port_missing has asked where one is needed */
		.proto = p->proto,
		.cve = cve[0] ? cve : NULL,
		.evidence_source = m->given ? "server_logs" : "user_report",
		.description = words,
		.items = items,
		.aud = r->conf.audience[0] ? r->conf.audience : NULL,
		.reply_to = r->conf.reply_to[0] ? r->conf.reply_to : NULL,
		.count = p->lines < UINT32_MAX ? (uint32_t)p->lines : UINT32_MAX,
		.zone_assumed = m->zone_assumed,
		/* A text can only say that something was two-way; that only packets were seen, it shows. */
		.handshake = p->lines && p->one_way == p->lines ? 0 : -1 };
	memcpy(x.id, m->id, sizeof(x.id));
	x.item_count = evidence(m, items, text, &joined);
	m->doc = xarf_build(&x, &m->n, &why);
	free(joined);
	if (m->doc)
		return REPORT_ACCEPTED;
	report_say(r, "cannot build the report: %s: %s (see report.conf)", why.field, why.rule);
	return REPORT_FAILED;
}

enum report_exit
report_make(struct run *r, int log)
{
	struct logtime_ref ref = { .now = r->now, .zone = local_zone };
	if (r->conf.zone[0])
		setenv("TZ", r->conf.zone, 1);
	tzset();
	enum report_exit x = isatty(log) ? REPORT_ACCEPTED : read_log(r, log, &ref);
	if (isatty(log))
		r->made.uses = RECOG_SUPPORTS;
	if (x == REPORT_ACCEPTED)
		x = times(r, &ref);
	if (x == REPORT_ACCEPTED)
		x = port_missing(r);
	if (x == REPORT_ACCEPTED)
		x = redact(r);
	if (x == REPORT_ACCEPTED)
		x = document(r);
	return x;
}

void
report_made_free(struct report_made *m)
{
	log_free(&m->log);
	free(m->doc);
	m->doc = NULL;
}
