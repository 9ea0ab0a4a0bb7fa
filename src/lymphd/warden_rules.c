/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand's table, see warden_rules.h. A restart of lymphd must not let go of what is in force, so the
 * text last loaded is kept in the warden's folder (the run folder goes with a stop of the unit), under
 * the number of this start of the machine: same number, same text and a table there means: leave it.
 * Must never hand nft anything but our own generated file.
 */
#include "lymphd/warden_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/act.h"
#include "host/log.h"
#include "lymphd/nft_run.h"
#include "lymphd/warden_keep.h"

#define LOADED     "ruleset" /* in the warden's folder */
#define PLAN       "hand.nft" /* in the run folder, what nft reads */
#define LOADED_TOP (16u << 20)

static bool
by_nft(const struct conf *c)
{
	return c->policy->enforcer == ENFORCER_NFT;
}

char *
boot_id(char buf[BOOT_ID])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (!f || !fgets(buf, BOOT_ID, f))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (f)
		fclose(f);
	return buf;
}

static char *
plan(const struct conf *c, size_t *n)
{
	char *text = NULL, id[BOOT_ID];
	FILE *f = open_memstream(&text, n);
	if (!f)
		fatal_oom();
	fprintf(f, "# boot %s\n", boot_id(id));
	act_ruleset_print(c->policy, f);
	if (ferror(f) | fclose(f))
		fatal_oom();
	return text;
}

static bool
is_there(void)
{
	const char *argv[] = { "nft", "list", "tables", "inet", NULL };
	size_t n;
	char *out = nft_run(argv, &n);
	bool found = out && strstr(out, "table inet " ACT_TABLE "\n");
	free(out);
	return found;
}

static int
load(const struct conf *c, const char *text, size_t n)
{
	char path[CONF_PATH + 16];
	const char *argv[] = { "nft", "-f", path, NULL };
	snprintf(path, sizeof(path), "%s/" PLAN, c->run);
	int rc = keep_write(c->run, PLAN, 0600, text, n);
	if (rc) {
		log_warn("hand: cannot write %s: %s", path, strerror(-rc));
		return rc;
	}
	if (!nft_do(argv)) {
		log_warn("hand: " NFT_PATH " -f %s failed: nothing can be enforced", path);
		keep_remove(c->warden_state, LOADED);
		return -EIO;
	}
	/* A lost note costs a fresh table at the next start, no more. */
	rc = keep_write(c->warden_state, LOADED, 0600, text, n);
	if (rc)
		log_warn("hand: cannot note that the table is loaded: %s", strerror(-rc));
	log_debug("the hand's table is loaded");
	return 0;
}

int
rules_load(const struct conf *c)
{
	char *was = NULL;
	size_t n, was_n = 0;
	if (!by_nft(c))
		return 0;
	char *text = plan(c, &n);
	bool same = keep_read(c->warden_state, LOADED, LOADED_TOP, &was, &was_n) == 0 && was_n == n &&
		    memcmp(was, text, n) == 0;
	int rc = same && is_there() ? 0 : load(c, text, n);
	free(was);
	free(text);
	return rc;
}

int
rules_empty(const struct conf *c)
{
	size_t n;
	if (!by_nft(c))
		return 0;
	char *text = plan(c, &n);
	int rc = load(c, text, n);
	free(text);
	return rc;
}

int
rules_drop(const struct conf *c)
{
	/* To be deleted it has to be there; one transaction. */
	const char *argv[] = { "nft", "table inet " ACT_TABLE "; delete table inet " ACT_TABLE, NULL };
	char *was = NULL;
	size_t n;
	/* Not ours to touch, unless an earlier configuration loaded it. */
	if (!by_nft(c) && keep_read(c->warden_state, LOADED, LOADED_TOP, &was, &n) == -ENOENT)
		return 0;
	free(was);
	int rc = nft_do(argv) ? 0 : -EIO;
	if (rc)
		log_warn("hand: " NFT_PATH " cannot take the table inet " ACT_TABLE " away");
	keep_remove(c->warden_state, LOADED);
	return rc;
}
