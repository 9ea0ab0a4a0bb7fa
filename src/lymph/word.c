/* SPDX-License-Identifier: BSD-2-Clause */
/* The client side of the warden's socket, see word.h. Must never print what it received unescaped. */
#include "lymph/word.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/whole.h"

#define WARDEN_SOCKET "warden.sock"

/* Beside the control socket, which is what people name. */
static void
socket_path(const struct ctl *c, char *buf, size_t size)
{
	const char *slash = strrchr(c->socket, '/');
	snprintf(buf, size, "%.*s" WARDEN_SOCKET, slash ? (int)(slash + 1 - c->socket) : 0, c->socket);
}

static char *
exchange(int fd, const char *line, size_t *len)
{
	char buf[600];
	size_t n = (size_t)snprintf(buf, sizeof(buf), "%s\n", line), sent = 0;
	(void)whole_send(fd, buf, n, &sent); /* if it is not heard whole, the answer says so */
	return ctl_read(fd, len);
}

/* Takes the last line apart. */
static int
split(char *text, size_t n, struct word_reply *r)
{
	if (n < 3 || text[n - 1] != '\n' || memchr(text, '\0', n))
		return -1;
	text[n - 1] = '\0';
	char *nl = strrchr(text, '\n'), *last = nl ? nl + 1 : text;
	r->ok = strncmp(last, "ok", 2) == 0 && (last[2] == ' ' || !last[2]);
	if (!r->ok && strncmp(last, "no ", 3) != 0)
		return -1;
	char *rest = last + (r->ok ? 2 : 3);
	if (!r->ok) {
		size_t k = strcspn(rest, " ");
		snprintf(r->code, sizeof(r->code), "%.*s", (int)(k < 31 ? k : 31), rest);
		rest += k;
	}
	rest += *rest == ' ';
	/* The lines before it end where it begins. */
	r->all = calloc(1, n + 1);
	if (!r->all)
		return -1;
	size_t head = (size_t)(last - text);
	memcpy(r->all, text, head);
	strcpy(r->all + head + 1, rest);
	r->last = r->all + head + 1;
	return 0;
}

int
word_ask(const struct ctl *c, const char *line, struct word_reply *ret)
{
	struct word_reply r = { .all = NULL };
	char path[256], shown[1024];
	size_t n = 0;
	socket_path(c, path, sizeof(path));
	int fd = ctl_connect(path);
	if (fd < 0)
		return 1;
	char *text = exchange(fd, line, &n);
	close(fd);
	int rc = text ? split(text, n, &r) : -1;
	free(text);
	if (rc < 0) {
		fprintf(stderr, "lymph: lymphd gave no answer: see its log, or try again\n");
		return 1;
	}
	if (!r.ok) {
		char *at = r.all;
		for (char *l; (l = word_line(&at));)
			fprintf(stderr, "lymph: %s\n", escape_tty(l, strlen(l), shown, sizeof(shown)));
		fprintf(stderr, "lymph: %s\n",
		    escape_tty(r.last, strlen(r.last), shown, sizeof(shown)));
		memcpy(ret->code, r.code, sizeof(r.code));
		word_free(&r);
		return 1;
	}
	*ret = r;
	return 0;
}

void
word_free(struct word_reply *r)
{
	free(r->all);
	memset(r, 0, sizeof(*r));
}

char *
word_line(char **at)
{
	char *s = *at, *nl;
	if (!*s)
		return NULL;
	nl = strchr(s, '\n');
	*at = nl ? nl + 1 : s + strlen(s);
	if (nl)
		*nl = '\0';
	return s;
}
