/* SPDX-License-Identifier: BSD-2-Clause */
/* The two files, see report_kept.h. A line is written whole or not at all; one that does not parse is
 * skipped. A shorter file replaces the longer one under a lock both sides take. */
#include "lymph/report_kept.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/sshsig.h"

#define LINE (REPORT_PATH + 512)

static bool
word(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

/* Open and locked; its folder is there since the queue was. */
static int
open_file(const char *name, int flags, char path[REPORT_PATH])
{
	int r = report_state_path(name, path);
	if (r < 0)
		return r;
	for (;;) {
		struct stat mine, there;
		int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) < 0 || fstat(fd, &mine) < 0) {
			r = -errno;
			close(fd);
			return r;
		}
		/* Replaced while we waited: that one, then. */
		if (stat(path, &there) == 0 && there.st_ino == mine.st_ino && there.st_dev == mine.st_dev)
			return fd;
		close(fd);
	}
}

static bool
parse(char *line, struct kept *k)
{
	struct kept v = { 0 };
	char *save = NULL, *sent = strtok_r(line, " ", &save), *id = strtok_r(NULL, " ", &save);
	char *token = strtok_r(NULL, " ", &save), *target = strtok_r(NULL, " ", &save);
	char *about = strtok_r(NULL, "\n", &save);
	if (!target || strlen(id) >= sizeof(v.id) || strlen(token) >= sizeof(v.token) ||
	    strlen(target) >= sizeof(v.target))
		return false;
	v.sent = strtoll(sent, NULL, 10);
	strcpy(v.id, id);
	strcpy(v.token, token);
	strcpy(v.target, target);
	snprintf(v.about, sizeof(v.about), "%s", about ? about : "");
	*k = v;
	return true;
}

/* All entries, oldest first. */
static int
read_all(FILE *f, struct kept **ret)
{
	char line[LINE];
	struct kept *v = NULL;
	size_t n = 0, room = 0;
	while (fgets(line, sizeof(line), f) && n < 4 * KEPT_MOST) {
		if (n == room) {
			room = room ? 2 * room : 64;
			struct kept *more = realloc(v, room * sizeof(*v));
			if (!more) {
				free(v);
				return -ENOMEM;
			}
			v = more;
		}
		n += parse(line, &v[n]);
	}
	*ret = v;
	return (int)n;
}

int
kept_list(struct kept **ret)
{
	char path[REPORT_PATH];
	struct kept *v = NULL;
	int fd = open_file("sent", O_RDONLY, path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	FILE *f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	int n = read_all(f, &v);
	fclose(f);
	for (int i = 0; i < n / 2; i++) {
		struct kept x = v[i];
		v[i] = v[n - 1 - i];
		v[n - 1 - i] = x;
	}
	if (n >= 0)
		*ret = v;
	return n;
}

static int
print(const struct kept *k, char line[LINE])
{
	int n = snprintf(line, LINE, "%" PRId64 " %s %s %s %s\n", k->sent, k->id, k->token, k->target,
	    k->about);
	return n < LINE ? n : -ENAMETOOLONG;
}

/* Too many: the newest KEPT_MOST into a new file in its place. fd is the old one, locked. */
static void
shorten(int fd, const char *path)
{
	char temp[REPORT_PATH + 8], line[LINE];
	struct kept *v = NULL;
	int copy = dup(fd);
	FILE *in = copy < 0 ? NULL : fdopen(copy, "r");
	if (!in)
		return;
	rewind(in);
	int n = read_all(in, &v);
	fclose(in);
	if (n >= 2 * KEPT_MOST) {
		snprintf(temp, sizeof(temp), "%s.new", path);
		int to = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		FILE *out = to < 0 ? NULL : fdopen(to, "w");
		bool good = out != NULL;
		for (int i = n - KEPT_MOST; good && i < n; i++)
			good = print(&v[i], line) > 0 && fputs(line, out) >= 0;
		good = good && fflush(out) == 0 && fsync(to) == 0;
		if (out)
			fclose(out);
		if (good)
			(void)rename(temp, path);
		else
			(void)unlink(temp);
	}
	free(v);
}

static int
append(const char *name, const char *line, size_t n, char path[REPORT_PATH], int *ret)
{
	struct stat st;
	int fd = open_file(name, O_RDWR | O_CREAT | O_APPEND, path);
	if (fd < 0)
		return fd;
	int r = fstat(fd, &st) < 0 ? -errno : 0;
	ssize_t w = r < 0 ? 0 : write(fd, line, n);
	if (r == 0 && w != (ssize_t)n) {
		r = w < 0 ? -errno : -ENOSPC;
		if (w > 0 && ftruncate(fd, st.st_size) < 0) /* half a line would spoil the next one */
			r = -errno;
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

int
kept_add(const struct kept *k)
{
	char path[REPORT_PATH], line[LINE];
	struct kept one = *k;
	struct stat st;
	int fd = -1;
	if (!word(one.id) || !word(one.token) || !word(one.target))
		return -EINVAL;
	for (char *p = one.about; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	int n = print(&one, line), r = n < 0 ? n : append("sent", line, (size_t)n, path, &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) == 0 && st.st_size > 2 * KEPT_MOST * 100) /* a line is longer than that */
		shorten(fd, path);
	close(fd);
	return 0;
}

int
kept_key(const char *target, struct key *ret)
{
	char path[REPORT_PATH], line[LINE];
	size_t n = strlen(target);
	int fd = open_file("servers", O_RDONLY, path), r = -ENOENT;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !f)
		close(fd);
	while (f && r < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, target, n) == 0 && line[n] == ' ')
			r = sshsig_public_parse(line + n + 1, strlen(line + n + 1), ret) < 0 ? -ENOENT : 0;
	if (f)
		fclose(f);
	return r;
}

int
kept_key_add(const char *target, const struct key *k)
{
	char path[REPORT_PATH], line[LINE], public[128];
	int fd = -1;
	if (!word(target))
		return -EINVAL;
	int n = snprintf(line, sizeof(line), "%s %s\n", target, key_print_public(k, public, sizeof(public)));
	int r = append("servers", line, (size_t)n, path, &fd);
	if (fd >= 0)
		close(fd);
	return r;
}
