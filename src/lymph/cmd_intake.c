/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `lymph intake`: hands a mail to the report desk, as an MDA's pipe does, or a table of accusations. It
 * says 0 only when lymphd has committed all that came of it; else 75 (EX_TEMPFAIL), so that the MDA keeps
 * the mail and comes again, which counts once. It parses nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/whole.h"
#include "lymph/cmd.h"
#include "lymph/ctl.h"

#define LATER  75 /* EX_TEMPFAIL of sysexits.h */
#define NOTHERE 66 /* EX_NOINPUT */
#define CHUNK  65536

static int
later(const char *what, const char *why)
{
	fprintf(stderr, "lymph: %s: %s; try again later\n", what, why);
	return LATER;
}

/* Beside the control socket. */
static int
connect_intake(const char *control)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *slash = strrchr(control, '/');
	int n = snprintf(sun.sun_path, sizeof(sun.sun_path), "%.*s/intake.sock",
	    slash ? (int)(slash - control) : 1, slash ? control : ".");
	if (n < 0 || (size_t)n >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		int err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

/* How long it is has to be known before it is sent: what is cut short must not be taken for the whole. */
static FILE *
spool(FILE *in, off_t *len)
{
	static char buf[CHUNK];
	struct stat st;
	if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode) && ftello(in) == 0) {
		*len = st.st_size;
		return in;
	}
	FILE *f = tmpfile();
	size_t n;
	*len = 0;
	while (f && (n = fread(buf, 1, sizeof(buf), in)) > 0) {
		*len += (off_t)n;
		if (fwrite(buf, 1, n, f) != n) {
			fclose(f);
			return NULL;
		}
	}
	if (f && (ferror(in) || fflush(f) || fseeko(f, 0, SEEK_SET))) {
		fclose(f);
		return NULL;
	}
	return f;
}

static int
send_file(int fd, FILE *f, off_t len)
{
	static char buf[CHUNK];
	while (len > 0) {
		size_t n = fread(buf, 1, len < CHUNK ? (size_t)len : CHUNK, f);
		if (n == 0)
			return -EIO;
		int r = whole_send(fd, buf, n, &(size_t){ 0 });
		if (r < 0)
			return r;
		len -= (off_t)n;
	}
	return 0;
}

/* "STATUS text" */
static int
answer(int fd, bool table)
{
	char line[600], shown[600], *text;
	size_t n = 0;
	ssize_t got;
	while (n + 1 < sizeof(line) && (got = recv(fd, line + n, sizeof(line) - 1 - n, 0)) != 0) {
		if (got < 0 && errno != EINTR)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	line[n] = '\0';
	long status = strtol(line, &text, 10);
	if (n == 0 || text == line || *text != ' ' || line[n - 1] != '\n')
		return later("intake", "lymphd went away without an answer");
	line[n - 1] = '\0';
	escape_tty(text + 1, strlen(text + 1), shown, sizeof(shown));
	if (status)
		fprintf(stderr, "lymph: %s%s\n", shown, status == LATER ? "; try again later" : "");
	else if (table)
		printf("%s\n", shown);
	return (int)status;
}

static bool
plain(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '/')
			return false;
	return true;
}

static int
hand_in(const struct ctl *c, const char *source, const char *name, FILE *in)
{
	char head[256];
	off_t len;
	FILE *f = spool(in, &len);
	if (!f)
		return later("intake", strerror(errno));
	int n = source ? snprintf(head, sizeof(head), "feed %s %s %lld\n", source, name, (long long)len)
		       : snprintf(head, sizeof(head), "mail %lld\n", (long long)len);
	if (n < 0 || (size_t)n >= sizeof(head))
		return ctl_usage(c, "source and file name are too long together");
	int fd = connect_intake(c->socket ? c->socket : CTL_SOCKET);
	if (fd < 0)
		return later("intake", strerror(errno));
	int r = whole_send(fd, head, (size_t)n, &(size_t){ 0 });
	if (r == 0)
		r = send_file(fd, f, len);
	if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
		close(fd);
		return later("intake", strerror(-r));
	}
	shutdown(fd, SHUT_WR);
	r = answer(fd, source != NULL);
	close(fd);
	if (f != in)
		fclose(f);
	return r;
}

int
cmd_intake(int argc, char **argv)
{
	const char *source = NULL, *name = NULL;
	const struct ctl_opt opts[] = {
		{ "source", "NAME", NULL, &source, "a table (CSV, gzip, zip) of this source, not a mail" },
		{ "name", "FILE", NULL, &name, "what the table's file is called: its kind is in its name" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "intake [--source NAME [--name FILE]] [FILE]",
		.does = "Hands a mail to abuse@ to the report desk, from standard input or a file, as the pipe of "
			"an MDA does; or a table of accusations. Ends with 0 when all of it is kept, with 75 "
			"when it has to be handed in again.",
		.opts = opts,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	const char *path = c.argc && strcmp(c.argv[0], "-") != 0 ? c.argv[0] : NULL;
	if (source && !name && path)
		name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (source && (!name || !plain(name) || !*name))
		return ctl_usage(&c, "the table's file name is wanted, --name FILE, without blanks");
	if (source && (!plain(source) || !*source))
		return ctl_usage(&c, "a source is called by letters, digits, \".\", \"_\" and \"-\"");
	if (!source && name)
		return ctl_usage(&c, "--name goes with --source");
	FILE *f = path ? fopen(path, "re") : stdin;
	if (!f) {
		fprintf(stderr, "lymph: %s: %s\n", path, strerror(errno));
		return NOTHERE;
	}
	r = hand_in(&c, source, name, f);
	if (f != stdin)
		fclose(f);
	return r;
}
