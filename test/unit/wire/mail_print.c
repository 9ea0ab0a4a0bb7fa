/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what is read of mails as JSON lines: mail_print [-a AUTHSERV-ID] [-d DOMAIN] [-o PREFIX]
 * [-3 | -p | -s | -w] FILE... Without -o every address is ours. -3: the files are XARF v3 documents. -p:
 * only the parts, with the hash of what they decode to, beside which mail_python.py holds another
 * reader's. -w: these and all else the two readers of mail_gmime.py know: fields, parameters, texts.
 * -s: what its signature covers, to files. For people who write rules and for the measurements of
 * test/bench.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "wire/mail_text.h"
#include "wire/xarf_v3.h"

#include "../../wire/mail_json.h"
#include "mail_wide.h"

static struct prefix own;

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return own.a.fam == 0 || prefix_has(&own, a);
}

/* As a role has it: mapped, not copied. */
static void *
map(const char *path, size_t *n)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = MAP_FAILED;
	if (fd >= 0 && fstat(fd, &st) == 0) {
		*n = (size_t)st.st_size;
		p = *n ? mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	}
	if (p == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	close(fd);
	return p;
}

static void
print_3(const char *path, const void *bytes, size_t n)
{
	struct xarf3 x;
	struct xarf_why why = { "", "" };
	int rc = xarf3_read(bytes, n, &x, &why);
	printf("%s\t%s\t%s\t%s\t%s: %s\n", path, tray_row(x.tray)->name, x.rule,
	    rc == 0 ? class_row(x.claim.cls)->name : "-", why.field, why.rule);
	xarf3_free(&x);
}

static int
text_add(const char *s, size_t n, void *arg)
{
	struct wide_text *t = arg;
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n++] = '\n';
	return 0;
}

/* A file name as mail_docs.c takes it, for people: encoded words have no business there, but they come. */
static void
wide_param(struct mime_span field, const char *name, bool people)
{
	char raw[MIME_TEXT], charset[32], text[MIME_TEXT];
	if (!mime_param(field, name, raw, sizeof(raw), charset))
		return;
	if (charset[0])
		text_utf8(charset, raw, strlen(raw), text, sizeof(text));
	else
		text_header((struct mime_span){ raw, strlen(raw) }, text, sizeof(text));
	wide_line("param", name, people ? text : raw, strlen(people ? text : raw));
}

static void
wide_entity(struct mime *m, const struct mime_part *p)
{
	struct mime_span head = p->head, name, value, type = mime_find(p->head, "Content-Type");
	char text[512];
	printf(" part %d %s\n", p->depth, p->type);
	while (mime_field(&head, &name, &value)) {
		snprintf(text, sizeof(text), "%.*s", (int)name.n, name.s);
		wide_line("field", text, value.s, value.n);
	}
	wide_param(mime_find(p->head, "Content-Disposition"), "filename", true);
	wide_param(type, "name", true);
	wide_param(type, "charset", false);
	if (p->parent < 0 || m->part[p->parent].message) {
		text_header(mime_find(p->head, "Subject"), text, sizeof(text));
		wide_line("subject", "-", text, strlen(text));
	}
	if (p->multi || p->message || strncmp(p->type, "text/", 5) != 0 ||
	    strcmp(p->type, "text/html") == 0)
		return;
	/* A byte is at most a character of three; each line has an end. */
	struct wide_text t = { malloc(4 * p->body.n + 2), 0 };
	if (t.s && part_lines(p, MAIL_DECODED, &m->cost, text_add, &t) == 0)
		wide_hash("text", t.s, wide_trim(t.s, t.n));
	free(t.s);
}

static void
print_parts(const void *bytes, size_t n, bool wide)
{
	struct mime m;
	const char *rule = "";
	int rc = mime_walk((struct mime_span){ bytes, n }, MAIL_PARTS, MAIL_DEPTH, &m, &rule);
	for (int i = 0; i < m.parts && rc == 0; i++) {
		char *text;
		size_t len;
		if (wide)
			wide_entity(&m, &m.part[i]);
		if (m.part[i].multi || m.part[i].message ||
		    part_bytes(&m.part[i], MAIL_DECODED, &m.cost, &text, &len) < 0)
			continue;
		if (wide)
			wide_hash("exact", text, len);
		wide_leaf(m.part[i].type, text, len);
		free(text);
	}
	printf(".%s\n", rule);
	mime_free(&m);
}

/* PATH.signed and PATH.sig: what role verify would get. */
static void
write_signed(const char *path, const void *bytes, size_t n)
{
	struct mail_signed s;
	char name[4096];
	if (mail_signed_find(bytes, n, &s) < 0)
		exit(1);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s.%s", path, i ? "sig" : "signed");
		FILE *f = fopen(name, "wb");
		const void *p = i ? s.sig : s.bytes;
		size_t len = i ? s.sig_n : s.n;
		if (!f || (len && fwrite(p, 1, len, f) != len) || fclose(f) != 0)
			exit(1);
	}
	printf("%d\n", (int)s.form);
	mail_signed_free(&s);
}

int
main(int argc, char **argv)
{
	const char *domains[16];
	struct mail_terms t = {
		.domains = domains, .ours = ours, .stays = true, .arrived = 1795312800000
	};
	bool v3 = false, parts = false, sig = false, wide = false;
	int opt;
	while ((opt = getopt(argc, argv, "a:d:o:3psw")) != -1) {
		if (opt == 'a')
			t.authserv_id = optarg;
		else if (opt == 'd' && t.domain_count < 16)
			domains[t.domain_count++] = optarg;
		else if (opt == '3')
			v3 = true;
		else if (opt == 'p')
			parts = true;
		else if (opt == 'w')
			parts = wide = true;
		else if (opt == 's')
			sig = true;
		else if (opt != 'o' || prefix_parse(optarg, strlen(optarg), &own) < 0)
			return 2;
	}
	mail_warm();
	if (sodium_init() < 0 || logclaim_new(NULL, NULL, &t.logs) < 0)
		return 1;
	for (int i = optind; i < argc; i++) {
		struct mail_seen m;
		size_t n;
		void *bytes = map(argv[i], &n);
		if (sig) {
			write_signed(argv[i], bytes, n);
		} else if (parts) {
			print_parts(bytes, n, wide);
		} else if (v3) {
			print_3(argv[i], bytes, n);
		} else if (mail_read(bytes, n, &t, &m) == 0) {
			json_t *o = mail_json(&m);
			char *s = json_dumps(o, JSON_COMPACT);
			printf("%s\t%s\n", argv[i], s ? s : "-");
			free(s);
			json_decref(o);
			mail_seen_free(&m);
		}
		if (n)
			munmap(bytes, n);
	}
	logclaim_free(t.logs);
	return 0;
}
