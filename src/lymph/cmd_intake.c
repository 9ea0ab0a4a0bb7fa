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

/* What is handed in. */
struct paper {
	FILE *f;
	const char *path; /* NULL: standard input */
	off_t len;
};

static int
later(const char *why)
{
	fprintf(stderr, "lymph: intake: %s; try again later\n", why);
	return LATER;
}

/* A file that cannot be read now cannot be later: whoever handed it in has to know. */
static int
unread(const struct paper *p, int err)
{
	char shown[256];
	if (!p->path)
		return later(strerror(err));
	fprintf(stderr, "lymph: %s: %s\n", escape_tty(p->path, strlen(p->path), shown, sizeof(shown)), strerror(err));
	return NOTHERE;
}

/* Beside the control socket. -1 after having said why. */
static int
connect_intake(const char *control)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char shown[256];
	const char *slash = strrchr(control, '/');
	int n = snprintf(sun.sun_path, sizeof(sun.sun_path), "%.*s/intake.sock",
	    slash ? (int)(slash - control) : 1, slash ? control : ".");
	int fd = (size_t)n < sizeof(sun.sun_path) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	int err = (size_t)n < sizeof(sun.sun_path) ? errno : ENAMETOOLONG;
	if (fd >= 0)
		close(fd);
	fprintf(stderr, "lymph: intake: %s: %s; %s\n",
	    escape_tty(sun.sun_path, strlen(sun.sun_path), shown, sizeof(shown)), strerror(err),
	    err == ENOENT || err == ECONNREFUSED ? "lymphd is not running: try again later"
	    : err == EACCES ? "it is root's and the group's that staff { desk } names in lymphd.conf"
			    : "try again later");
	return -1;
}

/* How long it is has to be known before it is sent: what is cut short must not be taken for the whole. So
 * what is no file is written into one first. 0, or the status to end with. */
static int
spool(struct paper *p)
{
	static char buf[CHUNK];
	struct stat st;
	FILE *in = p->f;
	if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode) && ftello(in) == 0) {
		p->len = st.st_size;
		return 0;
	}
	FILE *f = tmpfile();
	if (!f)
		return later(strerror(errno));
	size_t n;
	bool wrote = true;
	while (wrote && (n = fread(buf, 1, sizeof(buf), in)) > 0) {
		p->len += (off_t)n;
		wrote = fwrite(buf, 1, n, f) == n;
	}
	int err = errno;
	if (ferror(in) || !wrote || fflush(f) || fseeko(f, 0, SEEK_SET)) {
		int r = ferror(in) ? unread(p, err) : later(strerror(wrote ? errno : err));
		fclose(f);
		return r;
	}
	p->f = f;
	return 0;
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
answer(const struct ctl *c, int fd, bool table)
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
		return later("lymphd went away without an answer");
	line[n - 1] = '\0';
	if (c->json) {
		json_t *doc = json_pack("{s:I, s:s}", "status", (json_int_t)status, "text", text + 1);
		bool failed = ctl_print_json(doc) != 0;
		json_decref(doc);
		return failed && !status ? 1 : (int)status;
	}
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
hand_in(const struct ctl *c, const char *source, const char *name, struct paper *p)
{
	char head[256];
	int n = source ? snprintf(head, sizeof(head), "feed %s %s %lld\n", source, name, (long long)p->len)
		       : snprintf(head, sizeof(head), "mail %lld\n", (long long)p->len);
	if (n < 0 || (size_t)n >= sizeof(head))
		return ctl_usage(c, "source and file name are too long together");
	int fd = connect_intake(c->socket);
	if (fd < 0)
		return LATER;
	int r = whole_send(fd, head, (size_t)n, &(size_t){ 0 });
	if (r == 0)
		r = send_file(fd, p->f, p->len);
	if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
		close(fd);
		return ferror(p->f) ? unread(p, errno) : later(strerror(-r));
	}
	shutdown(fd, SHUT_WR);
	r = answer(c, fd, source != NULL);
	close(fd);
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
	struct ctl c = { .usage = "intake [--source NAME [--name FILE]] [FILE] [--json]",
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
	struct paper p = { .f = path ? fopen(path, "re") : stdin, .path = path };
	if (!p.f)
		return unread(&p, errno);
	r = spool(&p);
	return r ? r : hand_in(&c, source, name, &p);
}
