/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three forms of an export, see export.h. Strangers' text stands in them only inside JSON, in base64 or
 * through escape_csv and escape_tty: no header of a mail and no cell of a table is made of their bytes.
 */
#include "lymph/export.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/msec.h"

static const char *const forms[EXPORT_FORMS] = { "xarf", "arf", "csv" };

enum export_form
export_form_by_name(const char *s)
{
	int i = 0;
	while (i < EXPORT_FORMS && strcmp(forms[i], s) != 0)
		i++;
	return (enum export_form)i;
}

/* --- csv ----------------------------------------------------------------------------------------- */

static void
cell(const struct export *x, const char *s, bool last)
{
	char buf[4200];
	fprintf(x->to, "%s%s", escape_csv(s, strlen(s), buf, sizeof(buf)), last ? "\r\n" : ",");
}

static void
csv_head(const struct export *x)
{
	static const char *const names[] = { "case", "state", "class", "line", "subject", "port", "event",
		"received", "count", "evidence", "reporter", "sender", "report" };
	size_t n = sizeof(names) / sizeof(names[0]);
	for (size_t i = 0; i < n; i++)
		fprintf(x->to, "%s%s", names[i], i + 1 < n ? "," : "\r\n");
}

/* A name, or what stands for it. */
static const char *
named(const struct export *x, const char *kind, const char *text, char buf[64])
{
	char alias[EXPORT_ALIAS];
	if (!x->pseudonyms || !*text)
		return text;
	snprintf(buf, 64, "%s-%.16s", kind, export_alias(x, kind, text, alias));
	return buf;
}

static void
csv(const struct export *x, const json_t *page, const json_t *r)
{
	const json_t *c = json_object_get(page, "case");
	char buf[64], line[64], who[64], addr[ADDR_TEXT];
	const char *subject = export_text(r, "subject");
	struct addr a;
	snprintf(buf, sizeof(buf), "%lld", (long long)export_number(page, "number"));
	cell(x, buf, false);
	cell(x, json_is_object(c) ? export_text(c, "state") : "past", false);
	cell(x, export_text(r, "class"), false);
	cell(x, named(x, "line", export_text(c, "line"), line), false);
	if (x->pseudonyms && addr_parse(subject, strlen(subject), &a) == 0) {
		a = export_alias_addr(x, &a);
		subject = addr_print(&a, addr);
	} else if (x->pseudonyms) {
		subject = "";
	}
	cell(x, subject, false);
	snprintf(buf, sizeof(buf), "%lld", (long long)export_number(r, "port"));
	cell(x, export_number(r, "port") ? buf : "", false);
	cell(x, export_text(r, "event"), false);
	cell(x, export_text(r, "at"), false);
	snprintf(buf, sizeof(buf), "%lld", (long long)export_number(r, "count"));
	cell(x, buf, false);
	cell(x, export_text(r, "evidence"), false);
	cell(x, named(x, "reporter", export_text(r, "reporter"), who), false);
	cell(x, x->pseudonyms ? "" : export_text(r, "sender"), false);
	cell(x, named(x, "report", export_text(r, "report_id"), buf), true);
}

/* --- arf ----------------------------------------------------------------------------------------- */

/* RFC 5322 3.3. */
static const char *
mail_date(msec t, char buf[64])
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec" };
	time_t s = (time_t)(t / MSEC_SECOND);
	struct tm tm;
	if (!gmtime_r(&s, &tm))
		return "Thu, 01 Jan 1970 00:00:00 +0000";
	snprintf(buf, 64, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return buf;
}

/* Lines of 76 characters (RFC 2045 6.8). */
static void
base64(FILE *f, const char *s, size_t n)
{
	char line[80];
	for (size_t at = 0; at < n; at += 57) {
		size_t len = n - at < 57 ? n - at : 57;
		sodium_bin2base64(line, sizeof(line), (const uint8_t *)s + at, len,
		    sodium_base64_VARIANT_ORIGINAL);
		fprintf(f, "%s\n", line);
	}
}

/* The third part (RFC 5965 2.d): what was received, which was this document. */
static void
arf_original(const struct export *x, const char *doc, const char *date)
{
	fprintf(x->to, "Content-Type: message/rfc822\n\nDate: %s\nFrom: reporter@lymph.invalid\n"
	    "To: abuse@lymph.invalid\nSubject: XARF report\nMIME-Version: 1.0\n"
	    "Content-Type: application/json; name=\"xarf.json\"\n"
	    "Content-Disposition: attachment; filename=\"xarf.json\"\n"
	    "Content-Transfer-Encoding: base64\n\n", date);
	base64(x->to, doc, strlen(doc));
}

static void
arf(const struct export *x, const json_t *page, const json_t *r, const char *doc)
{
	uint8_t raw[16];
	char mark[33], date[64], now[64], addr[ADDR_TEXT], cls[64], text[400];
	const char *subject = export_text(r, "subject");
	struct addr a = { 0 };
	addr_parse(subject, strlen(subject), &a);
	if (x->pseudonyms)
		a = export_alias_addr(x, &a);
	addr_print(&a, addr);
	randombytes_buf(raw, sizeof(raw)); /* no evidence can hold it */
	sodium_bin2hex(mark, sizeof(mark), raw, sizeof(raw));
	mail_date(export_number(r, "event_ms"), date);
	mail_date(export_number(page, "now_ms"), now);
	snprintf(cls, sizeof(cls), "%s", export_text(r, "class")); /* a word of the class table */
	fprintf(x->to, "From lymph@lymph.invalid Thu Jan  1 00:00:00 1970\nFrom: lymph@lymph.invalid\n"
	    "To: undisclosed-recipients:;\nDate: %s\nMessage-ID: <%s@lymph.invalid>\nSubject: %s %s\n"
	    "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=feedback-report; boundary=\"%s\"\n\n",
	    now, mark, cls, addr, mark);
	fprintf(x->to, "--%s\nContent-Type: text/plain; charset=us-ascii\n\n"
	    "A report about %s (%s), received at %s,\nexported by lymph from case %lld.%s\n\n",
	    mark, addr, cls, escape_tty(export_text(r, "at"), strlen(export_text(r, "at")), text, sizeof(text)),
	    (long long)export_number(page, "number"),
	    x->pseudonyms ? "\nAddresses and names are pseudonyms." : "");
	fprintf(x->to, "--%s\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
	    "User-Agent: lymph/" LYMPH_VERSION "\nVersion: 1\nSource-IP: %s\nArrival-Date: %s\n"
	    "Incidents: %lld\n", mark, addr, date, (long long)export_number(r, "count"));
	if (export_number(r, "port"))
		fprintf(x->to, "Source-Port: %lld\n", (long long)export_number(r, "port"));
	fprintf(x->to, "\n--%s\n", mark);
	arf_original(x, doc, date);
	fprintf(x->to, "\n--%s--\n\n", mark);
}

/* --- all ----------------------------------------------------------------------------------------- */

void
export_begin(struct export *x)
{
	randombytes_buf(x->key, sizeof(x->key));
	x->reports = x->bare = x->failed = 0;
	if (x->form == EXPORT_CSV)
		csv_head(x);
}

int
export_report(struct export *x, const json_t *page, const json_t *report)
{
	bool bare = false;
	char *doc = x->form == EXPORT_CSV ? NULL : export_document(x, page, report, &bare);
	if (!doc && x->form != EXPORT_CSV) {
		x->failed++;
		return 0;
	}
	switch (x->form) {
	case EXPORT_XARF: fprintf(x->to, "%s\n", doc); break;
	case EXPORT_ARF: arf(x, page, report, doc); break;
	case EXPORT_CSV: csv(x, page, report); break;
	case EXPORT_FORMS: break;
	}
	free(doc);
	x->reports++;
	x->bare += bare;
	return ferror(x->to) ? -EIO : 0;
}
