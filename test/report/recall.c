/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of what others labelled the recognisers see, and whom they accuse wrongly: log samples whose
 * lines follow a "# failJSON:" label with the offender (fail2ban), a daemon's own log (loghub), our own
 * lines in which clients try to have somebody else accused. Lines not recognised must stand in a list
 * with a reason, by hash: the samples are others' and are not copied. Prints a table for docs/ (docs),
 * lines for the bench (bench), or what is wrong (check, show).
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/recog.h"

#define LINE 65536
#define HASH 17
#define MAX_REASONS 512

/* What a file's lines are about. A mail server's refusals may be either. */
static const struct source {
	const char *name;
	enum class_id cls, also;
} sources[] = {
	{ "apache-auth", CLASS_LOGIN_ATTACKER, CLASS_SCANNER },
	{ "apache-badbots", CLASS_SCANNER, CLASS_BOT },
	{ "apache-botsearch", CLASS_SCANNER, 0 },
	{ "apache-fakegooglebot", CLASS_BOT, CLASS_SCANNER },
	{ "apache-modsecurity", CLASS_SCANNER, 0 },
	{ "apache-nohome", CLASS_SCANNER, 0 },
	{ "apache-noscript", CLASS_SCANNER, 0 },
	{ "apache-overflows", CLASS_SCANNER, 0 },
	{ "apache-shellshock", CLASS_SCANNER, 0 },
	{ "assp", CLASS_SPAM_SOURCE, CLASS_LOGIN_ATTACKER },
	{ "courier-smtp", CLASS_SPAM_SOURCE, CLASS_LOGIN_ATTACKER },
	{ "exim", CLASS_SPAM_SOURCE, CLASS_LOGIN_ATTACKER },
	{ "exim-spam", CLASS_SPAM_SOURCE, 0 },
	{ "kerio", CLASS_SPAM_SOURCE, CLASS_LOGIN_ATTACKER },
	{ "lighttpd-fastcgi", CLASS_SCANNER, 0 },
	{ "named-refused", CLASS_SCANNER, CLASS_DDOS_SOURCE },
	{ "nginx-bad-request", CLASS_SCANNER, 0 },
	{ "nginx-botsearch", CLASS_SCANNER, 0 },
	{ "nginx-forbidden", CLASS_SCANNER, CLASS_LOGIN_ATTACKER },
	{ "nginx-limit-req", CLASS_SCANNER, CLASS_DDOS_SOURCE },
	{ "nsd", CLASS_SCANNER, CLASS_DDOS_SOURCE },
	{ "php-url-fopen", CLASS_SCANNER, 0 },
	{ "portsentry", CLASS_SCANNER, 0 },
	{ "postfix", CLASS_SPAM_SOURCE, CLASS_LOGIN_ATTACKER },
	{ "qmail", CLASS_SPAM_SOURCE, 0 },
	{ "scanlogd", CLASS_SCANNER, 0 },
	{ "sendmail-reject", CLASS_SPAM_SOURCE, 0 },
	{ "squid", CLASS_OPEN_PROXY, CLASS_SCANNER },
	{ "suhosin", CLASS_SCANNER, 0 },
	{ "3proxy", CLASS_LOGIN_ATTACKER, CLASS_OPEN_PROXY },
};

static const struct source *
source_of(const char *name)
{
	static struct source other;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i].name, name) == 0)
			return &sources[i];
	other = (struct source){ name, CLASS_LOGIN_ATTACKER, 0 };
	return &other;
}

static struct tally {
	unsigned labelled, told, alone; /* the offender, when the class is told and when it is not */
	unsigned others, accused;       /* addresses that did nothing, and of these accused */
	unsigned attempts, framed;      /* our own lines that try to frame somebody */
} tally[CLASS_N];
static struct recog *by_class[CLASS_N], *all;
static unsigned listed, unlisted, lines_seen;
static bool show;
static struct reason {
	char hash[HASH];
} reasons[MAX_REASONS];
static size_t reason_n;

static char *
hash_of(const char *s, size_t n, char out[HASH])
{
	uint8_t h[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(h, (const uint8_t *)s, n);
	return sodium_bin2hex(out, HASH, h, (HASH - 1) / 2);
}

static bool
has_reason(const char *s, size_t n)
{
	char h[HASH];
	hash_of(s, n, h);
	for (size_t i = 0; i < reason_n; i++)
		if (strcmp(reasons[i].hash, h) == 0)
			return true;
	return false;
}

static int
reasons_read(const char *path)
{
	char line[512];
	FILE *f = fopen(path, "r");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && strlen(line) > HASH && reason_n < MAX_REASONS)
			memcpy(reasons[reason_n++].hash, line, HASH - 1);
	fclose(f);
	return 0;
}

static bool
supports(enum class_id cls, const struct addr *a, const char *s, size_t n, const char **name)
{
	struct logfind f;
	struct recog_found found;
	struct recog *r = cls == CLASS_NONE ? all : by_class[cls];
	logfind_init(&f, a);
	bool yes = recog_judge(r, CLASS_NONE, &f, s, n, &found) == RECOG_SUPPORTS;
	*name = found.row ? found.row->name : "no row";
	return yes;
}

/* In the matter of either class of the file; whose tally it is, is in *of. */
static bool
supports_any(const struct source *src, const struct addr *a, const char *s, size_t n, enum class_id *of,
    const char **name)
{
	*of = src->cls;
	if (supports(src->cls, a, s, n, name))
		return true;
	if (!src->also || !supports(src->also, a, s, n, name))
		return false;
	*of = src->also;
	return true;
}

/* Every address of the line but one: nobody labelled them. but may be fam 0. */
static void
bystanders(const struct source *src, const struct addr *but, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct addr a;
		enum class_id of;
		const char *name;
		size_t len = strspn(s + i, "0123456789.");
		if (len > n - i)
			len = n - i;
		size_t whole = len;
		while (len && s[i + len - 1] == '.')
			len--;
		if (len && addr_parse(s + i, len, &a) == 0 && !addr_eq(&a, but)) {
			tally[src->cls].others++;
			bool alone = supports(CLASS_NONE, &a, s, n, &name);
			if (alone || supports_any(src, &a, s, n, &of, &name)) {
				tally[src->cls].accused++;
				if (!has_reason(s, n)) {
					unlisted++;
					if (show)
						{
						char h[HASH];
						printf("FALSE %s %.*s (%s): %.*s\n", hash_of(s, n, h), (int)len, s + i, name, (int)n, s);
					}
				}
			}
		}
		i += whole;
	}
}

static void
offender(const struct source *src, const struct addr *a, const char *s, size_t n)
{
	struct logfind f;
	struct logfind_hit hit;
	enum class_id of;
	char h[HASH];
	const char *name, *name_alone;
	logfind_init(&f, a);
	bool told = logfind_next(&f, s, n, 0, &hit) && supports_any(src, a, s, n, &of, &name);
	if (!told)
		of = src->cls;
	bool alone = supports(CLASS_NONE, a, s, n, &name_alone);
	tally[of].labelled++;
	tally[of].told += told;
	tally[of].alone += alone;
	if (told)
		return;
	bool known = has_reason(s, n);
	listed += known;
	unlisted += !known;
	if (!known && show)
		printf("MISSED %s %s (%s): %.*s\n", src->name, hash_of(s, n, h), class_row(src->cls)->name, (int)n, s);
}

static void
labelled(const struct source *src, const char *label, const char *s, size_t n)
{
	json_t *o = json_loads(label, 0, NULL);
	const char *host = json_string_value(json_object_get(o, "host"));
	struct addr a = { .fam = 0 };
	bool match = json_is_true(json_object_get(o, "match"));
	lines_seen++;
	if (host && addr_parse(host, strlen(host), &a) == 0 && match)
		offender(src, &a, s, n);
	else
		a.fam = 0;
	if (!match || a.fam)
		bystanders(src, &a, s, n);
	json_decref(o);
}

static void
file_read(const char *dir, const char *name)
{
	static char line[LINE];
	char path[4096], label[LINE];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	if (!f)
		return;
	label[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		size_t n = strcspn(line, "\r\n");
		const char *at = strstr(line, "failJSON:");
		if (line[0] == '#' && at)
			snprintf(label, sizeof(label), "%.*s", (int)(n - (size_t)(at + 9 - line)), at + 9);
		else if (line[0] != '#' && n && label[0]) {
			labelled(source_of(name), label, line, n);
			label[0] = '\0';
		}
	}
	fclose(f);
}

/* Our own: "CLASS ADDRESS LINE", where LINE is what a daemon writes when a client wants ADDRESS accused. */
static int
attacks_read(const char *path)
{
	char line[8192];
	FILE *f = fopen(path, "r");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		struct addr a;
		const char *name;
		size_t n = strcspn(line, "\r\n"), c = strcspn(line, " ");
		if (line[0] == '#' || n == 0)
			continue;
		size_t len = strcspn(line + c + 1, " ");
		enum class_id cls = class_by_name(line, c);
		if (cls == CLASS_NONE || addr_parse(line + c + 1, len, &a) < 0)
			return fprintf(stderr, "not understood: %s", line), fclose(f), -EINVAL;
		const char *s = line + c + 1 + len + 1;
		n -= (size_t)(s - line);
		tally[cls].attempts++;
		if (supports(CLASS_NONE, &a, s, n, &name) || supports(cls, &a, s, n, &name)) {
			tally[cls].framed++;
			unlisted++;
			if (show)
				printf("FRAMED (%s): %.*s\n", name, (int)n, s);
		}
	}
	fclose(f);
	return 0;
}

static void
print_docs(void)
{
	printf("| class | labelled lines | recognised, class told | class not told | bystanders | accused | attempts to frame | framed |\n"
	       "|---|---|---|---|---|---|---|---|\n");
	for (enum class_id c = CLASS_NONE + 1; c < CLASS_N; c++) {
		const struct tally *t = &tally[c];
		if (t->labelled + t->others + t->attempts)
			printf("| %s | %u | %u (%.1f %%) | %u (%.1f %%) | %u | %u | %u | %u |\n", class_row(c)->name,
			    t->labelled, t->told, t->labelled ? 100.0 * t->told / t->labelled : 0.0, t->alone,
			    t->labelled ? 100.0 * t->alone / t->labelled : 0.0, t->others, t->accused, t->attempts,
			    t->framed);
	}
}

/* Names of the rows of a class, each once. */
static void
print_names(enum class_id c, bool hinted)
{
	const char *sep = "";
	for (size_t i = 0; i < recog_rows_n(); i++) {
		const struct recog_row *row = recog_row_at(i);
		bool again = row->says != RECOG_SUPPORTS || !(row->of & RECOG_OF(c)) ||
		    !(row->flags & RECOG_HINTED) == hinted;
		for (size_t k = 0; k < i && !again; k++) {
			const struct recog_row *o = recog_row_at(k);
			again = o->says == RECOG_SUPPORTS && (o->of & RECOG_OF(c)) &&
			    !(o->flags & RECOG_HINTED) == !hinted && strcmp(o->name, row->name) == 0;
		}
		if (again)
			continue;
		printf("%s%s%s", sep, row->name, row->flags & RECOG_ONE_WAY ? " *" : "");
		sep = "; ";
	}
	printf("%s", *sep ? "" : "nothing");
}

static void
print_rows(void)
{
	printf("| class | says so by itself | supports who was told the class |\n|---|---|---|\n");
	for (enum class_id c = CLASS_NONE + 1; c < CLASS_N; c++) {
		printf("| %s | ", class_row(c)->name);
		print_names(c, false);
		printf(" | ");
		print_names(c, true);
		printf(" |\n");
	}
}

static void
print_bench(void)
{
	for (enum class_id c = CLASS_NONE + 1; c < CLASS_N; c++) {
		const struct tally *t = &tally[c];
		double recall = t->labelled ? 100.0 * t->told / t->labelled : 0,
		       wrong = t->others + t->attempts ? 100.0 * (t->accused + t->framed) / (t->others + t->attempts) : 0;
		if (t->labelled)
			printf("recogniser.recall_pct.%s %.2f %u\n", class_row(c)->name, recall, t->labelled);
		if (t->others + t->attempts)
			printf("recogniser.false_support_pct.%s %.2f %u\n", class_row(c)->name, wrong,
			    t->others + t->attempts);
	}
}

int
main(int argc, char **argv)
{
	if (argc != 5 || sodium_init() < 0)
		return fprintf(stderr, "usage: recall check|show|docs|rows|bench LOGS REASONS ATTACKS\n"), 2;
	show = argv[1][0] == 's' || argv[1][0] == 'c';
	char dir[4096];
	struct dirent **names;
	snprintf(dir, sizeof(dir), "%s/fail2ban", argv[2]);
	if (recog_new(CLASS_NONE, &all) < 0)
		return 1;
	for (enum class_id c = CLASS_NONE + 1; c < CLASS_N; c++)
		if (recog_new(c, &by_class[c]) < 0)
			return 1;
	if (reasons_read(argv[3]) < 0 || attacks_read(argv[4]) < 0)
		return perror("reasons, attacks"), 1;
	int n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			file_read(dir, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	if (argv[1][0] == 'r')
		print_rows();
	else if (argv[1][0] == 'd')
		print_docs();
	else if (argv[1][0] == 'b')
		print_bench();
	if (show)
		printf("%u labelled lines, %u not recognised for a reason in the list; %u neither recognised nor listed, or accused wrongly\n",
		    lines_seen, listed, unlisted);
	uint64_t limited = recog_limited(all);
	for (enum class_id c = CLASS_NONE + 1; c < CLASS_N; c++)
		limited += recog_limited(by_class[c]);
	recog_free(all);
	for (enum class_id c = CLASS_NONE + 1; c < CLASS_N; c++)
		recog_free(by_class[c]);
	if (limited) /* an honest line must not cost so much that it is given up */
		fprintf(stderr, "%u lines given up at a limit\n", (unsigned)limited);
	if (n < 0)
		fprintf(stderr, "no %s: only our own lines\n", dir);
	return show && (unlisted || limited) ? 1 : 0;
}
