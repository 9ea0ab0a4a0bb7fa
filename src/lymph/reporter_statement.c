/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `lymph reporter statement`: a reporter's OpenPGP key admits this machine's key. The machine signs the
 * statement, then the user's gpg does, and it is posted. Where the two keys are not on one machine, --print
 * writes what the machine signed, and --from takes it up where gpg is. It needs no lymphd here. It must never
 * have gpg sign what came from elsewhere and does not say what it should, signed by the key it names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/escape.h"
#include "host/clock.h"
#include "lymph/cmd.h"
#include "lymph/report_key.h"
#include "lymph/report_send.h"
#include "lymph/reporter.h"
#include "model/params.h"
#include "wire/json.h"
#include "wire/statement.h"

#define CODED sodium_base64_ENCODED_LEN(SSHSIG_MAX, sodium_base64_VARIANT_ORIGINAL)
#define LASTS (90 * MSEC_DAY)

struct stating {
	const struct ctl *c;
	struct report_conf conf;
	struct statement s;
	char text[STATEMENT_MAX];
	size_t n;
	uint8_t proof[SSHSIG_MAX];
	size_t proof_n;
};

/* Says why on stderr; returns 1. */
static int
fails(const char *what)
{
	char shown[2 * REPORT_PATH];
	fprintf(stderr, "lymph: %s\n", escape_tty(what, strlen(what), shown, sizeof(shown)));
	return 1;
}

/* A new one, signed by the machine. 0, or an exit status. */
static int
make(struct stating *st, const char *key, msec lasts, const char *aud)
{
	char why[2 * REPORT_PATH];
	struct signature sig;
	st->s.not_after = (clock_real() + lasts) / MSEC_SECOND * MSEC_SECOND;
	snprintf(st->s.aud, sizeof(st->s.aud), "%s", aud);
	if (report_public(key, &st->s.key, why, sizeof(why)) < 0)
		return fails(why);
	int n = statement_print(&st->s, st->text, sizeof(st->text));
	if (n < 0)
		return fails("the server's name is too long");
	st->n = (size_t)n;
	if (report_sign(key, STATEMENT_NAMESPACE, st->text, st->n, &sig, why, sizeof(why)) < 0)
		return fails(why);
	if (key_cmp(&sig.key, &st->s.key) != 0)
		return fails("the public key beside it is another one's");
	memcpy(st->proof, sig.blob, sig.n);
	st->proof_n = sig.n;
	return 0;
}

/* One that --print wrote elsewhere. */
static int
take_up(struct stating *st, const char *path)
{
	static char text[4 * STATEMENT_MAX];
	const char *field = "", *rule = "";
	struct json_why why = { 0, "" };
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "rb");
	json_t *o = NULL;
	if (!f)
		return fails(strerror(errno));
	size_t n = fread(text, 1, sizeof(text), f);
	if (!in)
		fclose(f);
	if (n == sizeof(text) || json_read(text, n, 2, 8, &o, &why) < 0)
		return fails("that is nothing --print wrote");
	const char *s = json_string_value(json_object_get(o, "statement"));
	const char *proof = json_string_value(json_object_get(o, "signature"));
	st->n = s ? strlen(s) : 0;
	bool good = s && proof && st->n < sizeof(st->text) &&
	    sodium_base642bin(st->proof, sizeof(st->proof), proof, strlen(proof), NULL, &st->proof_n, NULL,
	        sodium_base64_VARIANT_ORIGINAL) == 0;
	if (good)
		memcpy(st->text, s, st->n);
	json_decref(o);
	if (!good)
		return fails("that is nothing --print wrote");
	if (statement_parse(st->text, st->n, clock_real(), &st->s, &field, &rule) < 0) {
		snprintf(text, sizeof(text), "the statement is refused: %s: %s", field, rule);
		return fails(text);
	}
	if (statement_proven(st->text, st->n, false, st->proof, st->proof_n, &st->s.key) < 0)
		return fails("the machine key in the statement has not signed it");
	return 0;
}

static int
print(const struct stating *st)
{
	char proof[CODED];
	sodium_bin2base64(proof, sizeof(proof), st->proof, st->proof_n, sodium_base64_VARIANT_ORIGINAL);
	json_t *o = json_pack("{s:s%, s:s}", "statement", st->text, st->n, "signature", proof);
	int r = o ? ctl_print_json(o) : fails("out of memory");
	json_decref(o);
	return r;
}

static int
tell(const struct stating *st, const struct answer *a, const char *target)
{
	char shown[2048], fpr[KEY_TEXT], until[MSEC_TEXT];
	key_print(&st->s.key, fpr);
	msec_print(st->s.not_after, until);
	if (st->c->json) {
		json_t *o = json_pack("{s:b, s:s, s:s, s:s, s:i}", "admitted", a->what == SENT_ACCEPTED, "key", fpr,
		    "not_after", until, "server", target, "http", (int)a->status);
		if (a->what != SENT_ACCEPTED && a->rule[0]) {
			json_object_set_new(o, "field", json_string(a->field));
			json_object_set_new(o, "rule", json_string(a->rule));
		}
		ctl_print_json(o);
		json_decref(o);
	} else if (a->what == SENT_ACCEPTED) {
		printf("admitted %s until %.16s UTC\n", fpr, until);
	} else {
		const char *why = a->error[0] ? a->error : a->rule[0] ? a->rule : a->detail[0] ? a->detail : a->title;
		fprintf(stderr, "lymph: %s: %s\n",
		    a->what == SENT_REFUSED ? "refused" : "not now", escape_tty(why, strlen(why), shown, sizeof(shown)));
	}
	return fflush(stdout) != 0 || a->what != SENT_ACCEPTED;
}

static int
send_it(struct stating *st, const char *pgp, const char *target)
{
	char why[2 * REPORT_PATH], proof[CODED], coded[CODED];
	struct signature sig;
	struct answer a;
	if (report_sign_pgp(pgp, st->text, st->n, &sig, why, sizeof(why)) < 0)
		return fails(why);
	sodium_bin2base64(proof, sizeof(proof), st->proof, st->proof_n, sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(coded, sizeof(coded), sig.blob, sig.n, sodium_base64_VARIANT_ORIGINAL);
	report_state(target, st->text, st->n, proof, coded, &a);
	return tell(st, &a, target);
}

int
reporter_statement(int argc, char **argv)
{
	static struct stating st;
	const char *pgp = NULL, *sign = NULL, *from = NULL, *lasts = NULL, *aud = NULL, *to = NULL;
	bool only_print = false;
	char why[2 * REPORT_PATH] = "libsodium does not start";
	int64_t ms = LASTS;
	int r;
	const struct ctl_opt opts[] = {
		{ "pgp", "KEYID", NULL, &pgp, "the OpenPGP key, as your gpg knows it" },
		{ "sign", "KEYFILE", NULL, &sign, "the machine key, if not the own one" },
		{ "for", "TIME", NULL, &lasts, "how long it is admitted, \"90 d\" if not said, 400 d at most" },
		{ "aud", "NAME", NULL, &aud, "the server's name: then it is good there alone" },
		{ "to", "SERVER", NULL, &to, "where to, if not report.conf's server" },
		{ "print", NULL, &only_print, NULL, "only write what the machine signed, for --from" },
		{ "from", "FILE", NULL, &from, "take up what --print wrote on another machine" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = {
		.usage = "reporter statement --pgp KEYID | --print [--from FILE]\n"
			 "                            [--sign KEYFILE] [--for TIME] [--aud NAME]\n"
			 "                            [--to SERVER] [--json]",
		.does = "Has your OpenPGP key admit this machine's key, which then reports in its name.",
		.opts = opts,
	};
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!pgp == !only_print || (from && (only_print || sign || lasts || aud)))
		return ctl_usage(&c, "one of --pgp and --print; --from takes neither --print, --sign, --for nor --aud");
	if (lasts && (param_parse('d', lasts, &ms) < 0 || ms <= 0 || ms >= STATEMENT_MOST))
		return ctl_usage(&c, "--for takes a time such as \"90 d\", less than 400 d");
	if (sodium_init() < 0 || report_conf_load(&st.conf, why, sizeof(why)) < 0)
		return fails(why);
	st.c = &c;
	const char *target = to ? to : st.conf.server;
	if (pgp && (!target[0] || report_target_check(target) < 0))
		return ctl_usage(&c, "--to SERVER: https://..., http://... or unix:/path");
	r = from ? take_up(&st, from)
	         : make(&st, sign ? sign : st.conf.key, (msec)ms, aud ? aud : st.conf.audience);
	if (r)
		return r;
	return only_print ? print(&st) : send_it(&st, pgp, target);
}
