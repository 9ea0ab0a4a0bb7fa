/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph audit`: is the record of what staff did whole, and a copy of it. Reads the file, where it may,
 * or asks the warden; believes neither: every line is checked here. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "lymph/cmd.h"
#include "lymph/word.h"
#include "store/audit.h"

/* What is done with each good line. */
struct walk {
	bool export;
	bool tty;        /* no raw text of others there */
	json_t *list;    /* export as one document */
	const char *look_for; /* a head kept elsewhere, 64 digits; NULL */
	bool found;
	struct audit_entry last;
	char why[128];
};

static void
hex(const uint8_t h[32], char buf[65])
{
	for (int i = 0; i < 32; i++)
		snprintf(buf + 2 * i, 3, "%02x", h[i]);
}

/* 0; -EBADMSG with why. */
static int
take(struct walk *w, const char *line, size_t n)
{
	static const uint8_t zero[32];
	struct audit_entry e;
	char buf[AUDIT_LINE], head[65], shown[4 * AUDIT_LINE];
	const char *why;
	uint64_t no = w->last.n + 1;
	int rc = audit_parse(line, n, w->last.n ? w->last.hash : zero, &e, buf, &why);
	if (rc == 0 && e.n != no)
		rc = -EBADMSG, why = "has another number than its place";
	if (rc) {
		snprintf(w->why, sizeof(w->why), "line %llu %s", (unsigned long long)no, why);
		return rc;
	}
	hex(e.hash, head);
	w->found |= w->look_for && strcmp(w->look_for, head) == 0;
	w->last = e;
	w->last.verb = w->last.text = NULL;
	if (w->list)
		json_array_append_new(w->list, json_loadb(line, n, 0, NULL));
	else if (w->export && w->tty)
		puts(escape_tty(line, n, shown, sizeof(shown)));
	else if (w->export)
		printf("%.*s\n", (int)n, line);
	return 0;
}

static int
by_file(struct walk *w, const char *path)
{
	char line[AUDIT_LINE + 2], shown[256];
	FILE *f = fopen(path, "re");
	int rc = 0;
	if (!f) {
		fprintf(stderr, "lymph: %s: %s\n", escape_tty(path, strlen(path), shown, sizeof(shown)),
		    strerror(errno));
		return -errno;
	}
	while (rc == 0 && fgets(line, sizeof(line), f)) {
		size_t n = strlen(line);
		if (n && line[n - 1] == '\n') {
			rc = take(w, line, n - 1);
		} else {
			snprintf(w->why, sizeof(w->why), "line %llu %s", (unsigned long long)w->last.n + 1,
			    feof(f) ? "has no end: it is being written, or was cut"
				    : "is no entry of an audit");
			rc = -EBADMSG;
		}
	}
	fclose(f);
	return rc;
}

static int
by_socket(const struct ctl *c, struct walk *w)
{
	struct word_reply r;
	char ask[64];
	int rc = 0;
	for (uint64_t got = 1; rc == 0 && got;) {
		snprintf(ask, sizeof(ask), "audit %llu", (unsigned long long)w->last.n + 1);
		r.code[0] = '\0';
		if (word_ask(c, ask, &r)) {
			if (!r.code[0]) /* nobody there, and not a "no" */
				fprintf(stderr, "lymph: where lymphd does not run, name the file: --file "
						"/var/lib/lymph-warden/" AUDIT_FILE "\n");
			return -EIO;
		}
		char *at = r.all;
		got = 0;
		for (char *l; rc == 0 && (l = word_line(&at)); got++)
			rc = take(w, l, strlen(l));
		word_free(&r);
	}
	return rc;
}

static int
print(const struct ctl *c, const struct walk *w, int rc, bool verify)
{
	char head[65];
	hex(w->last.hash, head);
	bool lost = rc == 0 && w->look_for && !w->found;
	bool ok = rc == 0 && !lost;
	const char *why = lost ? "no entry has that hash: the end of the record was cut, or another was put "
				 "in its place"
			       : w->why;
	if (c->json && w->list) {
		if (!ok)
			fprintf(stderr, "lymph: the audit is NOT whole: %s\n", why);
		return ctl_print_json(w->list) || !ok;
	}
	if (c->json) {
		json_t *doc = json_pack("{s:b, s:I, s:s, s:s?}", "ok", ok, "n", (json_int_t)w->last.n,
		    "head", head, "why", ok ? NULL : why);
		int r = ctl_print_json(doc);
		json_decref(doc);
		return r || !ok;
	}
	if (!ok)
		fprintf(stderr, "lymph: the audit is NOT whole: %s; %llu before it %s\n", why,
		    (unsigned long long)w->last.n, w->last.n == 1 ? "is" : "are");
	else if (verify)
		printf("the audit is whole: %llu %s, head %s\n", (unsigned long long)w->last.n,
		    w->last.n == 1 ? "entry" : "entries", head);
	else if (!w->export)
		printf("%llu %s\n", (unsigned long long)w->last.n, head);
	return fflush(stdout) != 0 || !ok;
}

int
cmd_audit(int argc, char **argv)
{
	const char *file = NULL, *look_for = NULL;
	int r;
	const struct ctl_opt opts[] = {
		{ "file", "FILE", NULL, &file, "the record itself, where lymphd does not run" },
		{ "head", "HASH", NULL, &look_for, "verify: an entry must have this hash, kept from before" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "audit verify|export|head [--file FILE] [--head HASH] [--json]",
		.does = "The record of what staff did. verify checks every entry; export prints all as "
			"JSON lines; head prints their number and the last one's hash, to be kept elsewhere: "
			"it alone shows a cut end.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	bool verify = strcmp(c.argv[0], "verify") == 0, export = strcmp(c.argv[0], "export") == 0;
	if (!verify && !export && strcmp(c.argv[0], "head") != 0)
		return ctl_usage(&c, "audit takes verify, export or head, not \"%s\"", c.argv[0]);
	if (look_for && (strlen(look_for) != 64 || strspn(look_for, "0123456789abcdef") != 64))
		return ctl_usage(&c, "--head takes the 64 digits that audit head printed");
	struct walk w = { .export = export, .tty = isatty(1), .look_for = look_for,
		.list = export && c.json ? json_array() : NULL };
	if (sodium_init() < 0)
		return 1;
	int rc = file ? by_file(&w, file) : by_socket(&c, &w);
	if (rc < 0 && rc != -EBADMSG)
		r = 1;
	else
		r = print(&c, &w, rc, verify);
	json_decref(w.list);
	return r;
}
