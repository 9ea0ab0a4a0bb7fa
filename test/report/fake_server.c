/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of cardboard for the client's tests: fake_server SOCKET FOLDER. Answers each request with
 * the bytes of FOLDER/answer, "@ID@" replaced by the report's id, "@END@" by nothing more (the
 * connection just closes); keeps what came in FOLDER/N.body and N.head, N counting from 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX (24u << 20)

static void
save(const char *dir, int n, const char *what, const char *p, size_t len)
{
	char path[512], temp[600];
	snprintf(path, sizeof(path), "%s/%d.%s", dir, n, what);
	snprintf(temp, sizeof(temp), "%s.new", path);
	FILE *f = fopen(temp, "w");
	if (!f || fwrite(p, 1, len, f) != len || fclose(f) != 0 || rename(temp, path) != 0)
		exit(1);
}

/* The whole request: where the body starts and how long it is. */
static size_t
receive(int fd, char *buf, size_t *body)
{
	size_t n = 0, want = 0;
	while (n < MAX) {
		ssize_t got = read(fd, buf + n, MAX - n);
		if (got <= 0)
			return 0;
		n += (size_t)got;
		buf[n] = '\0';
		char *end = strstr(buf, "\r\n\r\n"), *len = strcasestr(buf, "\r\nContent-Length:");
		if (end && strncmp(buf, "GET ", 4) == 0) {
			*body = (size_t)(end - buf) + 4;
			return 0;
		}
		if (!end || !len)
			continue;
		*body = (size_t)(end - buf) + 4;
		want = strtoul(len + 17, NULL, 10);
		if (n >= *body + want)
			return want;
	}
	return 0;
}

static void
answer(int fd, const char *dir, const char *body)
{
	static char text[256 << 10];
	char path[512], id[37] = "";
	snprintf(path, sizeof(path), "%s/answer", dir);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	const char *at = strstr(body, "\"report_id\": \"");
	if (at)
		memcpy(id, at + 14, 36);
	char *mark = memmem(text, n, "@ID@", 4);
	if (mark && write(fd, text, (size_t)(mark - text)) >= 0 && write(fd, id, 36) == 36) {
		n -= (size_t)(mark - text) + 4;
		if (write(fd, mark + 4, n) < 0)
			perror("write");
	} else if (!mark && write(fd, text, n) < 0) {
		perror("write");
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	static char buf[MAX + 1];
	if (argc != 3)
		return 2;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", argv[1]);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 16) < 0)
		return 1;
	for (int n = 1;;) {
		int fd = accept(s, NULL, NULL);
		size_t body = 0, len = receive(fd, buf, &body);
		if (body) {
			save(argv[2], n, "head", buf, body);
			save(argv[2], n++, "body", buf + body, len);
			answer(fd, argv[2], buf + body);
		}
		close(fd);
	}
}
