/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mail carries: each part goes to the reader of its kind, and what accuses becomes a claim.
 * Parts of somebody else's mail (message/rfc822) are not read: what a complaint quotes is the
 * accused's text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/special.h"
#include "wire/claim.h"
#include "wire/mail_own.h"
#include "wire/mail_text.h"
#include "wire/xarf.h"
#include "wire/xarf_v3.h"

#define PIECE  ((16u << 10) + 8) /* of part_pieces */
#define OTHERS 1000 /* lines about foreign addresses that the recognisers see */

bool
mail_foreign(const struct mail_work *w, const struct addr *a)
{
	return w->terms->ours && !w->terms->ours(a, w->terms->arg);
}

/* Nobody is written to at the word of somebody nobody vouches for. */
bool
mail_refers(const struct mail_work *w, const struct addr *a)
{
	return w->terms->refers && w->seen->identity.name[0] && !addr_is_special(a);
}

/* How much of its text goes along. What is said of others is cut at a line, and takes no room from the rest. */
static size_t
text_room(const struct mail_work *w, const struct claim *c, bool foreign)
{
	size_t most = w->text_n < MAIL_CLAIMED ? CLAIM_TEXT : MAIL_BRIEF, n;
	if (!foreign || c->text_n <= MAIL_FOREIGN_TEXT)
		return c->text_n < most ? c->text_n : most;
	for (n = MAIL_FOREIGN_TEXT; n > 0 && c->text[n - 1] != '\n'; n--)
		;
	return n ? n : MAIL_FOREIGN_TEXT;
}

int
mail_claim(struct mail_work *w, const struct claim *c)
{
	struct mail_seen *m = w->seen;
	bool foreign = mail_foreign(w, &c->subject);
	if (c->subject.fam == 0 || c->cls == CLASS_NONE)
		return 0;
	if (foreign && (!mail_refers(w, &c->subject) || m->foreign >= MAIL_FOREIGN)) {
		m->elsewhere += m->elsewhere < UINT32_MAX;
		return 0;
	}
	if (!foreign && m->claims - m->foreign >= MAIL_CLAIMS) {
		m->cut += m->cut < UINT32_MAX;
		return 0;
	}
	if (m->claims == w->room) {
		size_t room = w->room ? 2 * w->room : 4;
		struct claim *more = realloc(m->claim, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		m->claim = more;
		w->room = room;
	}
	struct claim *n = &m->claim[m->claims];
	*n = *c;
	n->text_n = text_room(w, c, foreign);
	n->text = NULL;
	if (n->text_n) {
		char *text = malloc(n->text_n);
		if (!text)
			return -ENOMEM;
		memcpy(text, c->text, n->text_n);
		n->text = text;
		w->text_n += foreign ? 0 : n->text_n;
	}
	/* The mail's own time stands in, so that reading it again gives the same claim. */
	if (!n->event)
		n->event = w->event;
	m->claims++;
	m->foreign += foreign;
	return 0;
}

static bool
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n >= m && strcasecmp(name + n - m, end) == 0;
}

static void
name_of(const struct mime_part *p, char *buf, size_t size)
{
	char raw[MIME_TEXT], charset[32];
	bool is = mime_param(mime_find(p->head, "Content-Disposition"), "filename", raw,
		      sizeof(raw), charset) ||
		  mime_param(mime_find(p->head, "Content-Type"), "name", raw, sizeof(raw), charset);
	buf[0] = '\0';
	if (!is)
		return;
	if (charset[0])
		text_utf8(charset, raw, strlen(raw), buf, size);
	else
		text_header((struct mime_span){ raw, strlen(raw) }, buf, size);
	for (char *c = buf; *c; c++) /* a name, never a path */
		if (*c == '/' || *c == '\\')
			*c = '_';
}

/* Zip and gzip say what is in them: the first entry's name (APPNOTE 4.3.7), the file's (RFC 1952
 * 2.3). */
static bool
packs_csv(const char *s, size_t n)
{
	size_t at = 0, len = 0;
	if (n > 30 && memcmp(s, "PK\3\4", 4) == 0) {
		at = 30;
		len = (unsigned char)s[26] | (size_t)(unsigned char)s[27] << 8;
	} else if (n > 10 && memcmp(s, "\x1f\x8b\x08", 3) == 0 && s[3] == 8) {
		at = 10;
		len = strnlen(s + 10, n - 10);
	}
	return len > 4 && len <= n - at && strncasecmp(s + at + len - 4, ".csv", 4) == 0;
}

/* A table, or a packed one: by its type, by its name, by what it holds. */
static bool
is_sheet(const struct mime_part *p, const char *name)
{
	static const char *const types[] = { "text/csv", "text/comma-separated-values",
		"application/csv" };
	static const char *const packed[] = { "application/zip", "application/gzip",
		"application/x-gzip", "application/x-zip-compressed", "application/octet-stream" };
	char head[512 + 4];
	struct transfer t = { 0 };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(p->type, types[i]) == 0)
			return true;
	if (name_ends(name, ".csv") || name_ends(name, ".csv.gz") || name_ends(name, ".csv.zip"))
		return true;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (strcmp(p->type, packed[i]) == 0)
			return packs_csv(head, transfer_decode(p->coding, &t, p->body.s,
						   p->body.n < 512 ? p->body.n : 512, head, false));
	return false;
}

static int
sheet(struct mail_work *w, const struct mime_part *p, const char *name)
{
	struct mail_seen *m = w->seen;
	char *bytes = NULL;
	size_t n = 0;
	if (m->sheets >= MAIL_SHEETS) {
		m->cut++;
		return 0;
	}
	struct mail_stream *stream = w->terms->stays ? mail_stream_new(p) : NULL;
	int rc = !w->terms->stays ? part_bytes(p, MAIL_DECODED, &w->mime.cost, &bytes, &n)
		 : stream         ? 0
				  : -ENOMEM;
	if (rc < 0)
		return rc;
	struct mail_sheet *more = realloc(m->sheet, (m->sheets + 1) * sizeof(*more));
	if (!more) {
		free(bytes);
		free(stream);
		return -ENOMEM;
	}
	m->sheet = more;
	struct mail_sheet *s = &m->sheet[m->sheets++];
	memset(s, 0, sizeof(*s));
	claim_clean(
	    name[0] ? name : "attachment", name[0] ? strlen(name) : 10, s->name, sizeof(s->name));
	s->bytes = bytes;
	s->n = n;
	s->stream = stream;
	return 0;
}

/* An address as a text writes it, in all that looks like one: ours, or not. */
static unsigned
mentions(struct mail_work *w, const char *s, size_t n)
{
	static const char in[] = "0123456789abcdefABCDEF.:";
	unsigned flags = 0;
	for (size_t i = 0; i < n;) {
		size_t len = 0;
		while (i + len < n && s[i + len] && strchr(in, s[i + len]))
			len++;
		struct addr a;
		size_t use = len;
		while (use > 0 && (s[i + use - 1] == '.' || s[i + use - 1] == ':'))
			use--;
		bool v4 = memchr(s + i, '.', use) != NULL;
		const char *colon = v4 ? memchr(s + i, ':', use) : NULL;
		if (colon) /* with its port */
			use = (size_t)(colon - s - (long)i);
		bool inside = i > 0 && ((s[i - 1] | 0x20) >= 'a' && (s[i - 1] | 0x20) <= 'z');
		if (use >= 3 && use < 46 && !inside && (v4 || memchr(s + i, ':', use)) &&
		    addr_parse(s + i, use, &a) == 0)
			flags |= w->terms->ours && w->terms->ours(&a, w->terms->arg) ? MAIL_OURS
										     : MAIL_OTHERS;
		i += len ? len : 1;
	}
	w->flags |= flags;
	return flags;
}

struct reading {
	struct mail_work *w;
	struct logtime_ref ref;
	struct logclaim_counts began; /* of the recognisers, before this mail */
	size_t bytes;                 /* of lines they looked into */
	unsigned others; /* lines that name foreign addresses only */
	bool logs;       /* the recognisers may see it */
};

static int
claimed(const struct claim *c, void *arg)
{
	struct reading *r = arg;
	return mail_claim(r->w, c);
}

/* A line for the recognisers, which look closely at those that name somebody. What one mail may have of
 * that is bounded, for whoever sends it chooses how long they look; the rest is counted as cut. */
static int
log_line(struct reading *r, const char *s, size_t n)
{
	struct mail_work *w = r->w;
	const struct logclaim_counts *now = logclaim_counted(w->terms->logs);
	uint64_t named = now->ours;
	if (named - r->began.ours >= MAIL_LOG_LINES || r->bytes >= MAIL_LOG_BYTES ||
	    now->limited - r->began.limited >= MAIL_LOG_LIMITED) {
		w->seen->cut += w->seen->cut < UINT32_MAX;
		return 0;
	}
	int rc = logclaim_line(w->terms->logs, s, n, &r->ref, w->hint, claimed, r);
	if (now->ours != named)
		r->bytes += n;
	return rc;
}

static int
dropped(const struct claim *c, void *arg)
{
	(void)c;
	(void)arg;
	return 0;
}

/* A line of text: for the rules' words, for addresses, for the recognisers. Quoted lines ("> ")
 * are read as well, without the mark: a complaint handed on is one. */
static int
text_line_in(const char *s, size_t n, void *arg)
{
	struct reading *r = arg;
	struct mail_work *w = r->w;
	while (n > 0 && (s[0] == '>' || s[0] == ' '))
		s++, n--;
	if (n == 0)
		return 0;
	if (w->words_n + 2 < sizeof(w->words)) {
		w->words_n +=
		    text_fold(s, n, w->words + w->words_n, sizeof(w->words) - w->words_n - 1);
		w->words[w->words_n++] = ' ';
		w->words[w->words_n] = '\0';
	}
	w->flags |= MAIL_TEXT;
	if (memmem(s, n, "http", 4) || memmem(s, n, "hxxp", 4))
		w->flags |= MAIL_URL;
	if (memmem(s, n, "<Infringement", 13))
		w->flags |= MAIL_ACNS;
	/* That others are accused is soon known; each of their lines need not be looked at for
	 * it. */
	if (mentions(w, s, n) == MAIL_OTHERS && r->others++ > OTHERS)
		return 0;
	if (!r->logs || !w->terms->logs)
		return 0;
	return log_line(r, s, n);
}

/* Is it a text one reads lines of? HTML only where no plain text stands beside it. */
static bool
readable(const struct mail_work *w, int i)
{
	const struct mime_part *p = &w->mime.part[i];
	static const char *const types[] = { "text/plain", "text/x-log", "application/x-log",
		"application/octet-stream", "application/json", "text/xml", "application/xml" };
	if (strcmp(p->type, "text/html") == 0) {
		for (int j = 0; j < w->mime.parts; j++)
			if (j != i && !w->mime.part[j].foreign && w->mime.part[j].body.n > 0 &&
			    w->mime.part[j].parent == p->parent &&
			    strcmp(w->mime.part[j].type, "text/plain") == 0)
				return false;
		return true;
	}
	for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++)
		if (strcmp(p->type, types[k]) == 0)
			return true;
	return false;
}

/* Binary data in disguise is no text: a NUL among its first bytes says so. */
static bool
is_binary(const struct mime_part *p)
{
	char head[512 + 4], charset[MIME_TEXT], unused[32];
	struct transfer t = { 0 };
	size_t n = p->body.n < 512 ? p->body.n : 512;
	if (mime_param(
		mime_find(p->head, "Content-Type"), "charset", charset, sizeof(charset), unused) &&
	    strncasecmp(charset, "utf-16", 6) == 0)
		return false;
	n = transfer_decode(p->coding, &t, p->body.s, n, head, false);
	return memchr(head, '\0', n) != NULL;
}

/* What the text of a document says that is too large to be read: all of it is looked through, for what must
 * be sealed may stand behind its evidence. */
struct smell {
	bool report, abuse;
	size_t kept; /* of what came before, for a word may lie across two pieces */
	char buf[32 + PIECE];
};

static int
smell_piece(const char *s, size_t n, void *arg)
{
	static const struct {
		const char *word;
		bool abuse;
	} words[] = { { "\"xarf_version\"", false }, { "\"ReporterInfo\"", false },
		{ "\"csam\"", true }, { "\"csem\"", true }, { "\"ChildAbuse\"", true },
		{ "\"ChildSexualAbuseMaterial\"", true } };
	struct smell *m = arg;
	memcpy(m->buf + m->kept, s, n);
	n += m->kept;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bool is = memmem(m->buf, n, words[i].word, strlen(words[i].word)) != NULL;
		m->report |= is;
		m->abuse |= is && words[i].abuse;
	}
	m->kept = n < 31 ? n : 31;
	memmove(m->buf, m->buf + n - m->kept, m->kept);
	return m->abuse;
}

/* 1: a report of somebody's; 0: a log in JSON, say, which is text. */
static int
too_large(struct mail_work *w, const struct mime_part *p)
{
	struct smell *m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	int rc = part_pieces(p, MAIL_DECODED, &w->mime.cost, smell_piece, m);
	struct xarf_why why = { "document", "lymph: at most 4 MiB of it in a mail" };
	if (rc >= 0 && m->report)
		w->flags |= MAIL_REPORT;
	if (rc >= 0 && m->abuse)
		mail_doc_says(w, TRAY_SEALED, "XARF about child abuse");
	else if (rc >= 0 && m->report)
		mail_doc_refused(w, "XARF", &why);
	bool report = m->report;
	free(m);
	return rc < 0 ? rc : report;
}

/* 1: it was a document of a kind we know; 0: it is not. */
static int
document(struct mail_work *w, int i, const char *name)
{
	const struct mime_part *p = &w->mime.part[i];
	bool json = strcmp(p->type, "application/json") == 0 ||
		    strcmp(p->type, "application/xarf+json") == 0 || name_ends(name, ".json");
	char *bytes;
	size_t n;
	int rc;
	if (strcmp(p->type, "message/feedback-report") == 0)
		return (rc = mail_arf(w, i)) < 0 ? rc : 1;
	if (is_sheet(p, name))
		return (rc = sheet(w, p, name)) < 0 ? rc : 1;
	if (!json && strcmp(p->type, "text/plain") == 0 &&
	    (name_ends(name, "report.txt") || name_ends(name, "xarf.txt"))) {
		size_t before = w->seen->claims;
		rc = mail_xarf_old(w, i);
		return rc < 0 ? rc : w->seen->claims > before;
	}
	if (!json)
		return 0;
	if (part_room(p) > MAIL_DOC)
		return too_large(w, p);
	rc = part_bytes(p, MAIL_DECODED, &w->mime.cost, &bytes, &n);
	if (rc < 0)
		return rc;
	if (memmem(bytes, n, "\"xarf_version\"", 14)) {
		rc = mail_xarf4(w, p, bytes, n);
		if (rc == 1)
			return 1; /* it is kept */
	} else if (xarf3_smells(bytes, n)) {
		rc = mail_xarf3(w, bytes, n);
	} else {
		free(bytes);
		return 0;
	}
	free(bytes);
	return rc < 0 ? rc : 1;
}

/* Is part i the signed one, or below it? */
static bool
is_below(const struct mime *m, int i, int top)
{
	while (i > top)
		i = m->part[i].parent;
	return i == top;
}

/* The text a clear signature covers (RFC 4880 7): behind the armor's header, which it does not,
 * up to the signature; dashes unescaped. As bytes, for bytes were signed. */
static int
clear_text(struct mail_work *w, const struct mime_part *p, struct reading *r)
{
	char *bytes;
	size_t n;
	int rc = mail_clear_block(p, &w->mime.cost, &bytes, &n);
	if (rc <= 0)
		return rc;
	struct mime_span rest = { bytes, n }, line;
	bool text = false;
	r->logs = true;
	for (rc = 0; rc == 0 && mime_line(&rest, &line);) {
		bool dash = mime_begins(line, "- ");
		if (text && mime_begins(line, "-----BEGIN PGP SIGNATURE-----"))
			break;
		if (text)
			rc = text_line_in(line.s + 2 * dash, line.n - 2 * (size_t)dash, r);
		text |= mime_trim(line).n == 0;
	}
	free(bytes);
	return rc;
}

/* One part in one of two passes. */
static int
part_read(
    struct mail_work *w, int i, bool documents, const struct mail_place *at, struct reading *r)
{
	const struct mime_part *p = &w->mime.part[i];
	bool vouched = w->terms->signed_by.name[0] != '\0';
	bool may = !vouched || (at->form == MAIL_SIG_MIME && is_below(&w->mime, i, at->part));
	bool *document_was = &w->was[i < MAIL_PARTS ? i : 0];
	char name[128];
	int rc;
	if (strcmp(p->type, "multipart/encrypted") == 0)
		w->flags |= MAIL_ENCRYPTED;
	if (p->multi || p->message || p->foreign || p->body.n == 0)
		return 0;
	if (documents) {
		name_of(p, name, sizeof(name));
		rc = may ? document(w, i, name) : 0;
		*document_was = rc > 0;
		return rc < 0 ? rc : 0;
	}
	if (*document_was || !readable(w, i) || is_binary(p))
		return 0;
	if (at->form == MAIL_SIG_CLEAR && i == at->part)
		return clear_text(w, p, r);
	r->logs = may && !(w->flags & MAIL_REPORT);
	return part_lines(p, MAIL_DECODED, &w->mime.cost, text_line_in, r);
}

/* With a signature only what it covers accuses; the rest is read for the rules. */
int
mail_docs(struct mail_work *w)
{
	struct reading r = { .w = w, .ref.now = w->date };
	struct mail_place at = { MAIL_SIG_NONE, -1, -1 };
	bool vouched = w->terms->signed_by.name[0] != '\0';
	int rc = 0;
	if (w->terms->logs)
		r.began = *logclaim_counted(w->terms->logs);
	if (vouched)
		at = mail_sign_place(&w->mime, &w->mime.cost);
	/* Documents first: the text beside one is prose, whatever it quotes. */
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < w->mime.parts && rc >= 0 && w->doc_tray != TRAY_SEALED; i++)
			rc = part_read(w, i, pass == 0, &at, &r);
	if (rc >= 0 && w->seen->claims == 0 && !vouched)
		rc = mail_fbl_plain(w);
	if (w->terms->logs)
		logclaim_flush(w->terms->logs, MSEC_NEVER, rc < 0 ? dropped : claimed, &r);
	return rc < 0 ? rc : 0;
}
