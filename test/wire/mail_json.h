/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read of a mail as one JSON object, for mail_print and the fuzz target. jansson escapes; what is no
 * UTF-8 was cleaned by the reader. A sealed mail's words are not in it. */
#ifndef TEST_MAIL_JSON_H
#define TEST_MAIL_JSON_H

#include <jansson.h>
#include <sodium.h>

#include "wire/mail.h"

static inline json_t *
time_or_null(msec t)
{
	char buf[MSEC_TEXT];
	return t ? json_string(msec_print(t, buf)) : json_null();
}

static inline json_t *
claim_json(const struct claim *c)
{
	char addr[ADDR_TEXT];
	return json_pack("{s:s s:i s:i s:i s:s s:s s:b s:b s:o s:o s:I s:s s:I}", "subject",
	    addr_print(&c->subject, addr), "port", (int)c->port, "far_port", (int)c->far_port,
	    "proto", (int)c->proto, "class", class_row(c->cls)->name, "evidence",
	    evidence_name(c->evidence), "two_way", c->two_way_claim, "zone_assumed",
	    c->zone_assumed, "first", time_or_null(c->first), "event", time_or_null(c->event),
	    "count", (json_int_t)c->count, "what", c->what, "text_bytes", (json_int_t)c->text_n);
}

/* A new object, the caller's; NULL: out of memory. Times as RFC 3339, hashes as hex. */
static inline json_t *
mail_json(const struct mail_seen *m)
{
	bool show = tray_row(m->tray)->show;
	char hex[2 * sizeof(m->digest) + 1];
	json_t *claims = json_array(), *sheets = json_array(), *docs = json_array();
	sodium_bin2hex(hex, sizeof(hex), m->digest, sizeof(m->digest));
	for (size_t i = 0; i < m->claims; i++)
		json_array_append_new(claims, claim_json(&m->claim[i]));
	for (size_t i = 0; i < m->sheets; i++)
		json_array_append_new(sheets, json_pack("{s:s s:I}", "name", m->sheet[i].name,
						  "bytes", (json_int_t)m->sheet[i].n));
	for (size_t i = 0; i < m->docs; i++)
		json_array_append_new(docs, json_integer((json_int_t)m->doc[i].n));
	return json_pack("{s:s s:s s:s s:b s:s s:s s:s s:s s:s s:o s:o s:I s:I s:o s:o}", "tray",
	    tray_row(m->tray)->name, "rule", m->rule, "identity", m->identity.name, "may_answer",
	    m->may_answer, "digest", hex, "from", m->from, "subject", show ? m->subject : "",
	    "message_id", m->message_id, "reply_to", m->reply_to, "date", time_or_null(m->date),
	    "claims", claims, "elsewhere", (json_int_t)m->elsewhere, "cut", (json_int_t)m->cut,
	    "sheets", sheets, "docs", docs);
}

#endif
