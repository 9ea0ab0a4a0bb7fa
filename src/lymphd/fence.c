/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fence, loaded by nft at its fixed path. What counts is not that nft said yes but that the kernel
 * lists the plan. Must never run a shell, nor hand nft anything but our own generated file.
 */
#include "lymphd/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/fence_plan.h"

#define NFT         "/usr/sbin/nft"
#define NFT_WITHIN  (10 * MSEC_SECOND)
#define NFT_OUT_TOP (16u << 20)

static _Noreturn void
nft_child(const char *const argv[], int out)
{
	static const char *const env[] = { "LC_ALL=C", NULL };
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;
	sigemptyset(&none);
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || close_range(3, ~0u, 0) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(71);
	execve(NFT, (char *const *)argv, (char *const *)env);
	_exit(71);
}

/* What it prints, up to the cap; false when it takes too long. */
static bool
collect(int fd, char **ret, size_t *ret_n)
{
	msec end = clock_mono() + NFT_WITHIN;
	size_t n = 0, room = 0;
	char *s = NULL;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		msec left = end - clock_mono();
		if (left <= 0 || n >= NFT_OUT_TOP)
			break;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			break;
		if (!p.revents)
			continue;
		if (n + 4096 > room) {
			room = room ? 2 * room : 8192;
			char *t = realloc(s, room);
			if (!t)
				fatal_oom();
			s = t;
		}
		ssize_t k = read(fd, s + n, room - n);
		if (k == 0) {
			*ret = s;
			*ret_n = n;
			return true;
		}
		if (k < 0 && errno != EINTR)
			break;
		n += k > 0 ? (size_t)k : 0;
	}
	free(s);
	return false;
}

/* Its standard output, owned by the caller; NULL when it did not end well. */
static char *
nft(const char *const argv[], size_t *ret_n)
{
	int p[2], status = 0;
	char *out = NULL;
	size_t n = 0;
	if (pipe2(p, O_CLOEXEC) < 0)
		return NULL;
	pid_t pid = fork();
	if (pid == 0)
		nft_child(argv, p[1]);
	close(p[1]);
	if (pid < 0) {
		close(p[0]);
		return NULL;
	}
	bool whole = collect(p[0], &out, &n);
	close(p[0]);
	if (!whole)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!whole || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		free(out);
		return NULL;
	}
	*ret_n = n;
	return out ? out : calloc(1, 1);
}

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
	char *json = nft(argv, &n);
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
	char *out = nft(argv, &n);
	free(out);
	if (!out) {
		log_warn("fence: %s -f %s failed", NFT, path);
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
	free(nft(argv, &n));
	snprintf(path, sizeof path, "%s/fence.nft", c->run);
	unlink(path);
}
