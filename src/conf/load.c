/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration from a file or from memory, and its end. Opens no file but the one it is given, and none
 * when parsing from memory. */
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/parse.h"

#define CONF_MAX (16u << 20) /* bytes of one configuration file */

static int
parse_copy(const char *name, const char *text, size_t n, bool memory, struct conf **ret, char *why,
    size_t size)
{
	char *copy = n <= CONF_MAX ? malloc(n + 1) : NULL;
	if (!copy) {
		snprintf(why, size, "%s: %s", name, n > CONF_MAX ? "over 16 MiB" : "out of memory");
		return n > CONF_MAX ? -EFBIG : -ENOMEM;
	}
	memcpy(copy, text, n);
	copy[n] = '\0';
	int r = parse_text(name, copy, n, memory, ret, why, size);
	free(copy);
	return r;
}

int
conf_parse(const char *name, const char *text, size_t n, struct conf **ret, char *why, size_t size)
{
	return parse_copy(name, text, n, true, ret, why, size);
}

int
conf_load(const char *path, struct conf **ret, char *why, size_t size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) ? -EISDIR : 0;
	if (r == 0 && st.st_size > (off_t)CONF_MAX)
		r = -EFBIG;
	size_t room = r == 0 ? (size_t)st.st_size : 0, n = 0;
	char *text = malloc(room + 1);
	while (r == 0 && text && n < room) {
		ssize_t got = read(fd, text + n, room - n);
		if (got < 0 && errno != EINTR)
			r = -errno;
		else if (got == 0)
			break;
		else if (got > 0)
			n += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	if (r == 0 && !text)
		r = -ENOMEM;
	if (r < 0)
		snprintf(why, size, "%s: %s%s", path,
		    r == -EISDIR  ? "is not a file"
		    : r == -EFBIG ? "over 16 MiB"
				  : strerror(-r),
		    r == -ENOENT   ? "; name another with -c, or begin with the example, "
				     "share/doc/lymph/lymphd.conf"
		    : r == -EACCES ? "; be root, or let others read it"
				   : "");
	else
		r = parse_copy(path, text, n, false, ret, why, size);
	free(text);
	return r;
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	policy_free(c->policy);
	sights_free(c->sights);
	free(c->peer);
	free(c->text);
	free(c);
}

bool
conf_may_write(const struct conf *c, const char *domain)
{
	size_t n = strlen(domain);
	for (unsigned i = 0; i < CONF_DOMAINS && c->mail.never[i][0]; i++) {
		const char *never = c->mail.never[i];
		size_t m = strlen(never);
		if (n >= m && strcasecmp(domain + n - m, never) == 0 && (n == m || domain[n - m - 1] == '.'))
			return false;
	}
	return true;
}

bool
conf_is_self(const struct conf *c, const struct addr *a)
{
	bool self = addr_eq(a, &c->canary.addr) || addr_eq(a, &c->canary.listen);
	for (unsigned i = 0; i < c->vantages; i++)
		self |= addr_eq(a, &c->vantage[i].source4) || addr_eq(a, &c->vantage[i].source6);
	return self && a->fam != 0;
}

bool
conf_sends(const struct conf *c)
{
	return c->mail.refer && c->mail.from[0] && c->outgoing != OUTGOING_OFF;
}

bool
conf_log_refers(const struct conf *c, const char *name)
{
	bool found = false;
	for (unsigned i = 0; i < c->logs && conf_sends(c); i++)
		found |= c->log[i].refer && strcmp(c->log[i].name, name) == 0;
	return found;
}

bool
conf_refers(const struct conf *c)
{
	return conf_sends(c) || c->peers || c->rdap.bootstrap[0][0] || c->rdap.cache[0];
}
