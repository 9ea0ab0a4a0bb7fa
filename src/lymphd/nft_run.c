/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nft, run to its end by the warden, see nft_run.h. Must never run a shell, nor wait for nft longer than
 * its time, nor leave it behind.
 */
#include "lymphd/nft_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"

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
	execve(NFT_PATH, (char *const *)argv, (char *const *)env);
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
			s[n] = '\0';
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

char *
nft_run(const char *const argv[], size_t *ret_n)
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
	return out;
}

bool
nft_do(const char *const argv[])
{
	size_t n;
	char *out = nft_run(argv, &n);
	free(out);
	return out != NULL;
}
