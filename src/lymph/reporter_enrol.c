/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph reporter enrol` and `remove`: a reporter's key comes from a file, and what lymphd read in it is
 * told back, to be compared with what the reporter said by another way. No secret key leaves this file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/escape.h"
#include "lymph/cmd.h"
#include "lymph/reporter.h"
#include "lymph/show.h"
#include "model/params.h"
#include "wire/pgp.h"
#include "wire/sshsig.h"

#define REQUEST_ROOM (63u << 10) /* of base64 in one request */

static int
read_file(const struct ctl *c, const char *path, char *text, size_t room, size_t *n)
{
	char shown[256];
	FILE *f = fopen(path, "rb");
	if (!f)
		return ctl_usage(c, "%s: %s", escape_tty(path, strlen(path), shown, sizeof(shown)),
		    strerror(errno));
	*n = fread(text, 1, room, f);
	int bad = ferror(f) || (*n == room && fgetc(f) != EOF);
	fclose(f);
	return bad ? ctl_usage(c, "%s cannot be read, or is too long for a key",
	                 escape_tty(path, strlen(path), shown, sizeof(shown)))
	           : 0;
}

/* The packets of the key, base64. */
static int
pgp_of(const struct ctl *c, const char *path, json_t *args)
{
	static char text[PGP_KEY_TEXT], coded[2 * PGP_KEY_BYTES];
	static uint8_t packets[PGP_KEY_BYTES];
	const char *rule = "";
	size_t n = 0;
	int r = read_file(c, path, text, sizeof(text), &n);
	if (r)
		return r;
	if (pgp_key_read(text, n, packets, &n, &rule) < 0)
		return ctl_usage(c, "that is no OpenPGP key to enrol (%s)", rule);
	if (sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL) > REQUEST_ROOM)
		return ctl_usage(c, "the key is too long: \"gpg --export-options export-minimal --export\" leaves out "
		                    "what others signed on it");
	sodium_bin2base64(coded, sizeof(coded), packets, n, sodium_base64_VARIANT_ORIGINAL);
	json_object_set_new(args, "pgp", json_string(coded));
	return 0;
}

static int
public_of(const struct ctl *c, const char *path, json_t *args)
{
	char text[8192], public[256];
	struct key key;
	size_t n = 0;
	int r = read_file(c, path, text, sizeof(text), &n);
	if (r)
		return r;
	if (sshsig_public_parse(text, n, &key) < 0)
		return ctl_usage(c, "that is no ssh-ed25519 public key");
	json_object_set_new(args, "key", json_string(key_print_public(&key, public, sizeof(public))));
	return 0;
}

/* "ABCD EF01 ...", as gpg and people write it. */
static void
show_fingerprint(const char *hex)
{
	char shown[128];
	for (const char *p = hex; *p; p += strnlen(p, 4))
		printf("%s%s", p == hex ? "" : " ", escape_tty(p, strnlen(p, 4), shown, sizeof(shown)));
}

static int
tell(const struct ctl *c, json_t *doc)
{
	const json_t *v = json_object_get(doc, "reporter");
	const char *fpr = out_text(doc, "fingerprint");
	if (c->json)
		return ctl_print_json(doc);
	printf("%s %s, %s", out_true(doc, "was_known") ? "renewed" : "enrolled", out_str(v, "name"),
	    out_is(v, "standing", "network") ? "network operator" : "organisation");
	if (out_text(v, "org"))
		printf(" %s", out_str(v, "org"));
	printf(": %s %s\n  ", json_is_number(json_object_get(v, "pin")) ? "pinned at" : "trust",
	    json_is_number(json_object_get(v, "pin")) ? out_real(v, "pin", 2) : out_real(v, "trust", 2));
	if (fpr)
		show_fingerprint(fpr);
	else
		printf("%s", out_str(v, "key"));
	printf("\n  compare this with what the reporter tells you by another way\n");
	return fflush(stdout) != 0;
}

int
reporter_enrol(int argc, char **argv)
{
	const char *pgp = NULL, *key = NULL, *org = NULL, *delay = NULL, *as = NULL;
	bool network = false;
	int64_t ms = 0, as_no = 0;
	int r;
	const struct ctl_opt opts[] = {
		{ "pgp", "FILE.asc", NULL, &pgp, "its OpenPGP public key" },
		{ "key", "FILE.pub", NULL, &key, "or its machine's ssh-ed25519 public key" },
		{ "org", "ORG", NULL, &org, "its organisation, if not NAME: keys of one count as one" },
		{ "network", NULL, &network, NULL, "a network operator: starts at 0.60, not 0.50" },
		{ "delay", "TIME", NULL, &delay, "how late it usually reports, e.g. \"36 h\"" },
		{ "as", "N", NULL, &as, "the number of its AS: keys of one AS count as one" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = {
		.usage = "reporter enrol NAME --pgp FILE.asc | --key FILE.pub [--org ORG]\n"
			 "                            [--network] [--delay TIME] [--as N] [--json]",
		.does = "Enrols an organisation or a network operator by its key.",
		.opts = opts,
		.least = 1,
		.most = 1
	};
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!pgp == !key)
		return ctl_usage(&c, "one of --pgp and --key is needed");
	if (delay && param_parse('d', delay, &ms) < 0)
		return ctl_usage(&c, "--delay takes a time such as \"36 h\" or \"2 d\"");
	if (as && reporter_as(as, &as_no) < 0)
		return ctl_usage(&c, "--as takes the number of an AS, such as 64500");
	json_t *args = json_pack("{s:s, s:s, s:s}", "name", c.argv[0], "standing", network ? "network" : "org",
	    "org", org ? org : c.argv[0]);
	if (!args)
		return ctl_usage(&c, "NAME and ORG are UTF-8");
	if (delay)
		json_object_set_new(args, "delay_ms", json_integer(ms));
	if (as)
		json_object_set_new(args, "as", json_integer(as_no));
	r = pgp ? pgp_of(&c, pgp, args) : public_of(&c, key, args);
	if (r) {
		json_decref(args);
		return r;
	}
	json_t *doc = ctl_ask(&c, pgp ? "reporter-enrol" : "reporter-set", args);
	if (!doc)
		return 1;
	r = tell(&c, doc);
	json_decref(doc);
	return r;
}

int
reporter_remove(int argc, char **argv)
{
	struct ctl c = { .usage = "reporter remove KEY|NAME [--json]",
		.does = "Takes a reporter's key, rank and name away, and the machine keys it admitted. Its "
			"reports stay, and count as those of a stranger.",
		.least = 1,
		.most = 1 };
	char key[REPORTER_KEY];
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if ((r = reporter_key(&c, c.argv[0], key)))
		return r;
	json_t *doc = ctl_ask(&c, "reporter-remove", json_pack("{s:s}", "key", key));
	if (!doc)
		return 1;
	if (c.json) {
		r = ctl_print_json(doc);
	} else {
		printf("removed %s", out_text(doc, "name") ? out_str(doc, "name") : "that key");
		if (out_text(doc, "fingerprint")) {
			printf("\n  ");
			show_fingerprint(out_text(doc, "fingerprint"));
		}
		putchar('\n');
		r = fflush(stdout) != 0;
	}
	json_decref(doc);
	return r;
}
