/* SPDX-License-Identifier: BSD-2-Clause */
/* lymph report --status: what became of the reports this user sent, asked of each server that has one. An
 * answer counts only with that server's signature, by the key it had when first asked. Must never show an
 * answer as an outcome that is about another report, or signed by somebody else. */
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "lymph/out.h"
#include "lymph/report.h"
#include "lymph/report_kept.h"
#include "wire/problem.h"

#define NEWEST 50 /* asked for without an id */
#define DEAD   8  /* servers not asked again in this run */

struct dead {
	char target[DEAD][REPORT_PATH];
	unsigned n;
};

static bool
is_dead(const struct dead *d, const char *target)
{
	for (unsigned i = 0; i < d->n; i++)
		if (strcmp(d->target[i], target) == 0)
			return true;
	return false;
}

static void
put_text(json_t *o, const char *key, const char *s)
{
	if (s && s[0])
		(void)json_object_set_new(o, key, json_string(s));
}

/* The key the server has always had; asked for, and kept, the first time. */
static bool
server_key(const char *target, struct key *ret)
{
	struct fetched f;
	if (kept_key(target, ret) == 0)
		return true;
	report_fetch(target, "/v1/key", NULL, &f);
	if (f.status != 200 || sshsig_public_parse(f.text, f.n, ret) < 0)
		return false;
	(void)kept_key_add(target, ret);
	return true;
}

/* "" when it is. */
static const char *
signed_by(const char *target, const struct fetched *f)
{
	uint8_t blob[SSHSIG_MAX];
	struct key want, key;
	const char *rule;
	size_t n;
	if (!server_key(target, &want))
		return "the server does not say its key";
	if (!f->signature[0] || sshsig_dearmor(f->signature, strlen(f->signature), blob, sizeof(blob), &n) < 0 ||
	    sshsig_verify(blob, n, f->text, f->n, OUTCOME_NAMESPACE, &key, &rule) < 0)
		return "the answer is not signed, or wrongly";
	return key_cmp(&key, &want) == 0 ? "" : "the server has another key than when it was first asked";
}

/* The answer's words into o, or what is wrong with it. */
static bool
read_outcome(const struct kept *k, const struct fetched *f, json_t *o)
{
	static const char *const words[] = { "outcome", "since", "reference", "responsible" };
	const char *wrong = signed_by(k->target, f);
	json_t *a = wrong[0] ? NULL : json_loadb(f->text, f->n, JSON_REJECT_DUPLICATES, NULL);
	const char *id = json_string_value(json_object_get(a, "id"));
	if (!wrong[0] && (!id || strcasecmp(id, k->id) != 0))
		wrong = "the answer is about another report";
	for (size_t i = 0; !wrong[0] && i < sizeof(words) / sizeof(words[0]); i++)
		put_text(o, words[i], json_string_value(json_object_get(a, words[i])));
	json_decref(a);
	put_text(o, "error", wrong);
	return !wrong[0];
}

static bool
ask(const struct kept *k, struct dead *dead, json_t *o)
{
	struct fetched f;
	char path[128], sent[MSEC_TEXT];
	put_text(o, "id", k->id);
	put_text(o, "about", k->about);
	put_text(o, "server", k->target);
	put_text(o, "sent", msec_print(k->sent, sent));
	if (is_dead(dead, k->target)) {
		put_text(o, "error", "the server does not answer");
		return false;
	}
	snprintf(path, sizeof(path), "/v1/reports/%s", k->id);
	report_fetch(k->target, path, k->token, &f);
	if (f.status == 200)
		return read_outcome(k, &f, o);
	if (f.status == 404) {
		put_text(o, "error", "the server does not know it any more");
	} else {
		put_text(o, "error", f.error[0] ? f.error : "the server does not say");
		if (f.status == 0 && dead->n < DEAD)
			memcpy(dead->target[dead->n++], k->target, REPORT_PATH);
	}
	return false;
}

static void
show(const json_t *list)
{
	struct out o = out_stdout();
	struct table *t =
	    table_new("lwww", (const char *const[]){ "sent (UTC)", "about", "outcome", "since (UTC)" });
	const json_t *v;
	size_t i;
	json_array_foreach(list, i, v)
	{
		const char *error = out_text(v, "error"), *who = out_text(v, "responsible");
		table_row(t, (const char *const[]){ out_fmt("%.16s", out_str(v, "sent")), out_text(v, "about"),
		    error ? error : who ? out_fmt("%s; with %s", out_str(v, "outcome"), who) : out_text(v, "outcome"),
		    error ? NULL : out_fmt("%.16s", out_str(v, "since")) });
	}
	table_print(t, &o, 0);
}

enum report_exit
report_status(struct run *r, const char *id)
{
	struct dead dead = { .n = 0 };
	struct kept *v = NULL;
	json_t *list = json_array();
	bool good = true;
	int n = kept_list(&v), asked = 0;
	if (n < 0)
		report_say(r, "cannot read the list of reports sent: %s", strerror(-n));
	for (int i = 0; i < n && (id || asked < NEWEST); i++) {
		if (id && strcasecmp(v[i].id, id) != 0)
			continue;
		json_t *o = json_object();
		good &= ask(&v[i], &dead, o);
		asked++;
		(void)json_array_append_new(list, o);
	}
	free(v);
	if (n >= 0 && asked == 0)
		report_say(r, id ? "no report of that id was sent from here"
				 : "no report was sent from here that a server gave a token for");
	if (r->json)
		(void)json_object_set(r->json, "reports", list);
	else if (asked)
		show(list);
	json_decref(list);
	return n < 0 || !good || (id && asked == 0) ? REPORT_FAILED : REPORT_ACCEPTED;
}
