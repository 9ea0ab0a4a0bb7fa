/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trays of the report desk on the control socket: how full each is, what lies in one, one mail, its
 * bytes, and what staff do with it. What a sealed mail says, who wrote it too, goes out as its bytes only, to
 * its two readers only, and not before the journal has that they were read. A mail's text goes out as it
 * came: it is for the reader to escape it.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/escape.h"
#include "host/log.h"
#include "lymphd/control.h"
#include "lymphd/edge_mail.h"
#include "lymphd/staff.h"

#define CHUNK    (512u << 10) /* of a mail's bytes in one answer */
#define READINGS 8            /* sealed mails that are being read, a chunk at a time */

static struct {
	uid_t uid[CONF_READERS];
	unsigned n;
} readers;

void
control_mail_init(const struct conf *c)
{
	readers.n = 0;
	for (unsigned i = 0; i < CONF_READERS && c->intake.reader[i][0]; i++) {
		const char *name = c->intake.reader[i];
		struct passwd *pw = getpwnam(name);
		if (pw)
			readers.uid[readers.n++] = pw->pw_uid;
		else if (name[strspn(name, "0123456789")] == '\0')
			readers.uid[readers.n++] = (uid_t)strtoul(name, NULL, 10);
	}
}

static bool
sealed(const struct mail_row *r)
{
	return r->tray == TRAY_SEALED;
}

/* Not even root reads them as root: it is two people, by name. */
static bool
reads_sealed(const struct control_call *k)
{
	for (unsigned i = 0; i < readers.n; i++)
		if (readers.uid[i] == k->uid)
			return true;
	return false;
}

/* What was read of a sealed mail, and is in the journal: who goes on behind it need not be told again. */
static struct reading {
	uint64_t mail;
	uid_t uid;
	int64_t next;
} readings[READINGS];

static struct reading *
reading_on(const struct control_call *k, uint64_t mail, int64_t from)
{
	for (unsigned i = 0; i < READINGS; i++) {
		struct reading *r = &readings[i];
		if (from > 0 && r->mail == mail && r->uid == k->uid && r->next == from)
			return r;
	}
	return NULL;
}

static struct reading *
reading_new(const struct control_call *k, uint64_t mail)
{
	static unsigned turn;
	struct reading *r = &readings[turn++ % READINGS];
	*r = (struct reading){ .mail = mail, .uid = k->uid };
	return r;
}

static const char *
state_name(uint8_t s)
{
	return s == MAIL_WAITING ? "waiting" : "done";
}

static json_t *
row_json(struct control_call *k, const struct mail_row *r, bool whole)
{
	json_t *o = json_new(json_object());
	struct mail_head h;
	bool open = !sealed(r) || reads_sealed(k);
	put_int(o, "mail", r->no);
	put_text(o, "tray", tray_row((enum tray)r->tray)->name);
	put_text(o, "state", state_name(r->state));
	put_time(o, "at", r->at);
	put_int(o, "kept_bytes", r->size);
	if (mails_head(k->e, r->no, &h) < 0)
		return o;
	put_int(o, "bytes", h.bytes);
	put_text(o, "rule", h.rule);
	put_text(o, "from", sealed(r) ? "" : h.from);
	put_text(o, "subject", sealed(r) ? "" : h.subject);
	put_text(o, "source", sealed(r) ? "" : h.identity);
	put_int(o, "reports", h.claims);
	put(o, "handed_on", json_boolean(h.handed_on));
	if (!whole)
		return o;
	char hex[65];
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", h.digest[i]);
	put_text(o, "sha256", hex);
	put_text(o, "message_id", sealed(r) ? "" : h.message_id);
	put_text(o, "reply_to", sealed(r) ? "" : h.reply_to);
	put_time(o, "date", h.date);
	put_time(o, "arrived", h.arrived);
	put_time(o, "changed", h.changed);
	put(o, "by", h.changed ? json_integer(h.uid) : json_null());
	put_int(o, "elsewhere", h.elsewhere);
	put(o, "may_answer", json_boolean(h.may_answer));
	put(o, "unverified", json_boolean(h.unverified));
	put(o, "shown", json_boolean(open && r->size && (sealed(r) || tray_row((enum tray)r->tray)->show)));
	json_t *cases = json_new(json_array());
	for (uint32_t i = 0; i < h.cases; i++)
		push(cases, json_integer((json_int_t)h.case_no[i]));
	put(o, "cases", cases);
	return o;
}

json_t *
control_trays_json(struct edge *e, msec now)
{
	json_t *list = json_new(json_array());
	for (unsigned t = 0; t < TRAY_N; t++) {
		const struct tray_row *row = tray_row((enum tray)t);
		struct mail_tray_sum s = mails_tray(e, (enum tray)t, now);
		json_t *o = json_new(json_object());
		put_text(o, "tray", row->name);
		put_text(o, "title", row->title);
		put_int(o, "waiting", s.waiting);
		put_int(o, "all", s.all);
		put_time(o, "oldest", s.oldest);
		put(o, "late", json_boolean(s.late));
		put_int(o, "age_ms", (uint64_t)row->age);
		push(list, o);
	}
	return list;
}

int
control_trays(struct control_call *k)
{
	uint64_t all, unvouched;
	mails_used(k->e, &all, &unvouched);
	put(k->answer, "trays", control_trays_json(k->e, edge_now(k->e)));
	put_int(k->answer, "bytes", all);
	put_int(k->answer, "bytes_unvouched", unvouched);
	put_int(k->answer, "disk", k->e->c->conf->intake.disk);
	put_time(k->answer, "now", edge_now(k->e));
	return 0;
}

static int
arg_tray(struct control_call *k, enum tray *ret)
{
	char shown[64];
	const char *s = control_arg_text(k, "tray");
	enum tray t = s ? tray_by_name(s) : TRAY_N;
	if (t == TRAY_N)
		return control_refuse(k, -EINVAL, "no tray \"%s\": see lymph trays",
		    s ? escape_tty(s, strlen(s), shown, sizeof(shown)) : "");
	*ret = t;
	return 0;
}

int
control_tray(struct control_call *k)
{
	enum tray t;
	int64_t from, limit;
	int r = arg_tray(k, &t);
	if (r < 0 || (r = control_arg_int(k, "from", 0, &from)) < 0 ||
	    (r = control_arg_int(k, "limit", 200, &limit)) < 0)
		return r;
	if (limit < 1 || limit > PAGE_MOST || from < 0)
		return control_refuse(k, -EINVAL, "limit takes 1 to %d", PAGE_MOST);
	enum mail_state s = json_is_true(json_object_get(k->args, "all")) ? MAIL_STATE_N : MAIL_WAITING;
	json_t *list = json_new(json_array()), *next = json_null();
	uint64_t no = from ? (uint64_t)from - 1 : 0;
	const struct mail_row *row;
	while ((row = mails_next(k->e, no, t, s)) != NULL) {
		if (json_array_size(list) == (size_t)limit) {
			next = json_integer((json_int_t)row->no);
			break;
		}
		push(list, row_json(k, row, false));
		no = row->no;
	}
	put_text(k->answer, "tray", tray_row(t)->name);
	put_text(k->answer, "title", tray_row(t)->title);
	put(k->answer, "mails", list);
	put(k->answer, "next", next);
	put_time(k->answer, "now", edge_now(k->e));
	return 0;
}

static int
arg_mail(struct control_call *k, const struct mail_row **ret)
{
	int64_t no;
	int r = control_arg_int(k, "mail", 0, &no);
	const struct mail_row *row = r < 0 || no < 1 ? NULL : mails_row(k->e, (uint64_t)no);
	if (r < 0)
		return r;
	if (!row)
		return control_refuse(k, -ENOENT, "no mail %lld", (long long)no);
	*ret = row;
	return 0;
}

int
control_mail(struct control_call *k)
{
	const struct mail_row *row;
	int r = arg_mail(k, &row);
	if (r < 0)
		return r;
	json_decref(k->answer);
	k->answer = row_json(k, row, true);
	put_time(k->answer, "now", edge_now(k->e));
	return 0;
}

int
control_mail_bytes(struct control_call *k)
{
	const struct mail_row *row;
	int64_t from;
	size_t n, part;
	int r = arg_mail(k, &row);
	if (r < 0 || (r = control_arg_int(k, "from", 0, &from)) < 0)
		return r;
	if (sealed(row) && !reads_sealed(k))
		return control_refuse(k, -EPERM,
		    "sealed: its two readers (intake { sealed-readers }) may read it, nobody else");
	if (!row->size)
		return control_refuse(k, -ENOENT, "its bytes are not kept any more");
	/* In the journal first; once for all of its chunks, one behind the other. */
	struct reading *reading = sealed(row) ? reading_on(k, row->no, from) : NULL;
	if (sealed(row) && !reading) {
		r = mails_act(k->e, row->no, DESK_MAIL_READ, TRAY_N, k->uid, "");
		if (r < 0)
			return control_refuse(k, r, "not shown, for that it was read cannot be kept: %s",
			    strerror(-r));
		word_audit(k->e, k->roles);
		row = mails_row(k->e, row->no);
		reading = reading_new(k, row->no);
	}
	uint8_t *p = malloc(CHUNK);
	if (!p)
		fatal_oom();
	r = mails_body(k->e, row->no, from < 0 ? UINT64_MAX / 2 : (uint64_t)from, p, CHUNK, &part, &n);
	if (r < 0) {
		free(p);
		return control_refuse(k, r, "its bytes cannot be read: %s", strerror(-r));
	}
	size_t at = from < 0 || (uint64_t)from > n ? n : (size_t)from;
	size_t room = sodium_base64_encoded_len(part, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(room);
	if (!text)
		fatal_oom();
	sodium_bin2base64(text, room, p, part, sodium_base64_VARIANT_ORIGINAL);
	put_int(k->answer, "bytes", n);
	put_int(k->answer, "from", at);
	put_int(k->answer, "count", part);
	if (reading)
		reading->next = (int64_t)(at + part);
	put(k->answer, "base64", json_string(text));
	free(text);
	free(p);
	return 0;
}

int
control_mail_act(struct control_call *k)
{
	const struct mail_row *row;
	const char *deed = control_arg_text(k, "act"), *text = control_arg_text(k, "text");
	enum desk_verb verb = DESK_VERB_N;
	enum tray to = TRAY_N;
	int r = arg_mail(k, &row);
	if (r < 0)
		return r;
	if (deed && strcmp(deed, "done") == 0)
		verb = DESK_MAIL_DONE;
	else if (deed && strcmp(deed, "hand-on") == 0)
		verb = DESK_MAIL_HAND_ON;
	else if (deed && strcmp(deed, "to") == 0)
		verb = DESK_MAIL_TO;
	else
		return control_refuse(k, -EINVAL, "act takes done, to or hand-on");
	if (verb == DESK_MAIL_TO && (r = arg_tray(k, &to)) < 0)
		return r;
	const struct tray_row *tray = tray_row((enum tray)row->tray);
	if (sealed(row) && !reads_sealed(k))
		return control_refuse(k, -EPERM, "sealed: only its two readers may say what becomes of it");
	if (verb == DESK_MAIL_HAND_ON && !tray->hand_on)
		return control_refuse(k, -EPERM, "a mail in tray %s is not handed on", tray->name);
	if (text && strlen(text) >= DESK_TEXT)
		return control_refuse(k, -EINVAL, "text takes at most %d bytes", DESK_TEXT - 1);
	r = mails_act(k->e, row->no, verb, to, k->uid, text ? text : "");
	if (r < 0)
		return control_refuse(k, r, "not done: %s", strerror(-r));
	word_audit(k->e, k->roles);
	return control_mail(k);
}
