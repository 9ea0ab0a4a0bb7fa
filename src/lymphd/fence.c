/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fence, loaded by nft at its fixed path. What counts is not that nft said yes but that the kernel
 * lists the plan. Must never hand nft anything but our own generated file.
 */
#include "lymphd/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/fence_plan.h"
#include "lymphd/nft_run.h"

static int
write_plan(const struct conf *c, uid_t uid, char *path, size_t size)
{
	char tmp[CONF_PATH + 32];
	snprintf(path, size, "%s/fence.nft", c->run);
	snprintf(tmp, sizeof tmp, "%s/fence.nft.new", c->run);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return -errno;
	fence_plan_print(c->policy, uid, f);
	int rc = fflush(f) || ferror(f) ? -EIO : 0;
	fclose(f);
	return rc ? rc : rename(tmp, path) < 0 ? -errno : 0;
}

bool
fence_holds(const struct conf *c, uid_t uid)
{
	const char *argv[] = { "nft", "-n", "-j", "list", "table", "inet", FENCE_TABLE, NULL };
	const char *why = "it cannot be listed";
	size_t n;
	char *json = nft_run(argv, &n);
	int rc = json ? fence_plan_compare(c->policy, uid, json, n, &why) : -ENOENT;
	free(json);
	if (rc)
		log_warn("fence: not as planned: %s", why);
	return !rc;
}

bool
fence_load(const struct conf *c, uid_t uid)
{
	char path[CONF_PATH + 16];
	const char *argv[] = { "nft", "-f", path, NULL };
	size_t n;
	int rc = write_plan(c, uid, path, sizeof path);
	if (rc) {
		log_warn("fence: cannot write the plan: %s", strerror(-rc));
		return false;
	}
	char *out = nft_run(argv, &n);
	free(out);
	if (!out) {
		log_warn("fence: %s -f %s failed", NFT_PATH, path);
		return false;
	}
	return fence_holds(c, uid);
}

void
fence_remove(const struct conf *c)
{
	char path[CONF_PATH + 16];
	const char *argv[] = { "nft", "delete", "table", "inet", FENCE_TABLE, NULL };
	size_t n;
	free(nft_run(argv, &n));
	snprintf(path, sizeof path, "%s/fence.nft", c->run);
	unlink(path);
}
