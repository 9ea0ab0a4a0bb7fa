/* SPDX-License-Identifier: BSD-2-Clause */
/* The client side of the control socket, see ctl.h. Must never print what it received unescaped. */
#include "lymph/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/clock.h"
#include "host/whole.h"
#include "lymph/cmd.h"
#include "lymph/desk_pick.h"
#include "lymph/out.h"
#include "model/params.h"

#define ANSWER_MAX (64u << 20)
#define PATIENCE_S 30
#define HELP_AT    26 /* column of an option's explanation */

static bool json_wanted;
static const char *socket_wanted;

/* Every command has these two; the second does nothing for one that asks nobody. */
static const struct ctl_opt common[] = {
	{ "json", NULL, &json_wanted, NULL, "print raw numbers as JSON" },
	{ "socket", "PATH", NULL, &socket_wanted, "control socket, if it is not " CTL_SOCKET },
	{ NULL, NULL, NULL, NULL, NULL },
};

static const char *
dashes(const char *name)
{
	return name[1] ? "--" : "-";
}

static const struct ctl_opt *
find(const struct ctl_opt *o, const char *name, size_t n)
{
	for (; o && o->name; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

/* But those that `own` says otherwise. */
static void
help_rows(const struct ctl_opt *o, const struct ctl_opt *own, const struct out *to)
{
	char label[64];
	for (; o && o->name; o++) {
		if (find(own, o->name, strlen(o->name)))
			continue;
		snprintf(label, sizeof(label), "  %s%s%s%s ", dashes(o->name), o->name, o->arg ? " " : "",
		    o->arg ? o->arg : "");
		out_say(to, HELP_AT, label, "%s", o->help);
	}
}

static void
print_help(const struct ctl *c)
{
	struct out o = out_stdout();
	printf("usage: lymph %s\n\n", c->usage);
	out_say(&o, 0, "", "%s", c->does);
	putchar('\n');
	help_rows(c->opts, NULL, &o);
	help_rows(common, c->opts, &o);
}

int
ctl_usage(const struct ctl *c, const char *fmt, ...)
{
	char text[512], shown[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "lymph: %s\n", escape_tty(text, strlen(text), shown, sizeof(shown)));
	fprintf(stderr, "usage: lymph %s\n", c->usage);
	return CMD_USAGE;
}

/* One option at argv[*i]; takes its value along. */
static int
take(struct ctl *c, int argc, char **argv, int *i)
{
	bool is_long = argv[*i][1] == '-';
	const char *name = argv[*i] + 1 + is_long, *eq = strchr(name, '=');
	size_t n = eq ? (size_t)(eq - name) : strlen(name);
	const struct ctl_opt *o = find(c->opts, name, n);
	if (!o)
		o = find(common, name, n);
	if (!o || (n > 1) != is_long)
		return ctl_usage(
		    c, "no option %.*s", (int)(name - argv[*i] + (ptrdiff_t)n), argv[*i]);
	if (o->flag && eq)
		return ctl_usage(c, "--%s takes no value", o->name);
	if (o->flag) {
		*o->flag = true;
		return 0;
	}
	if (!eq && ++*i >= argc)
		return ctl_usage(c, "%s%s needs %s", dashes(o->name), o->name, o->arg);
	if (o->text)
		*o->text = eq ? eq + 1 : argv[*i];
	else if (c->each_n < CTL_EACH)
		c->each[c->each_n++] = eq ? eq + 1 : argv[*i];
	else
		return ctl_usage(c, "--%s stands there more than %d times", o->name, CTL_EACH);
	return 0;
}

int
ctl_options(struct ctl *c, int argc, char **argv, int *status)
{
	bool literal = false; /* behind "--" all are arguments */
	json_wanted = false;
	socket_wanted = CTL_SOCKET;
	static const char *left[CTL_ARGS];
	c->argc = c->each_n = 0;
	c->argv = left;
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		if (!literal && (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0)) {
			print_help(c);
			*status = 0;
			return 1;
		}
		if (!literal && strcmp(a, "--") == 0) {
			literal = true;
		} else if (!literal && a[0] == '-' && a[1]) {
			if ((*status = take(c, argc, argv, &i)) != 0)
				return 1;
		} else if (c->argc == c->most || c->argc == CTL_ARGS) {
			*status = ctl_usage(c, "\"%s\" is one argument too many", a);
			return 1;
		} else {
			c->argv[c->argc++] = a;
		}
	}
	if (c->argc < c->least) {
		*status = ctl_usage(c, "an argument is missing");
		return 1;
	}
	c->json = json_wanted;
	c->socket = socket_wanted;
	return 0;
}

int
ctl_connect(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	char shown[256];
	escape_tty(path, strlen(path), shown, sizeof(shown));
	if (strlen(path) >= sizeof(at.sun_path)) {
		fprintf(stderr, "lymph: %s: a socket's path has at most %zu bytes\n", shown,
		    sizeof(at.sun_path) - 1);
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		return fd;
	}
	if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(stderr,
		    "lymph: lymphd is not running (%s %s): start it with \"systemctl start "
		    "lymphd\" or \"lymphd -c FILE\", or name its socket with --socket\n",
		    errno == ENOENT ? "no" : "nobody answers at", shown);
	else if (errno == EACCES)
		fprintf(stderr,
		    "lymph: %s: you may not reach it: see to the modes of the folders above it\n",
		    shown);
	else
		fprintf(stderr, "lymph: %s: %s\n", shown, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

char *
ctl_read(int fd, size_t *len)
{
	char *buf = NULL;
	size_t n = 0, room = 0;
	for (;;) {
		if (room - n < 65536) {
			room = room ? 2 * room : 131072;
			char *more = room <= ANSWER_MAX ? realloc(buf, room) : NULL;
			if (!more)
				break;
			buf = more;
		}
		ssize_t got = read(fd, buf + n, room - n);
		if (got < 0 && errno == EINTR)
			continue;
		/* Turned away unread, one hears why, then of the reset. */
		if (got < 0 && !(errno == ECONNRESET && n > 0))
			break;
		if (got <= 0) {
			*len = n;
			return buf;
		}
		n += (size_t)got;
	}
	free(buf);
	return NULL;
}

static json_t *
exchange(int fd, char *request)
{
	size_t n = strlen(request), sent = 0;
	request[n++] = '\n'; /* in place of the NUL */
	(void)whole_send(fd, request, n, &sent); /* if it is not heard whole, the answer says so */
	size_t len = 0;
	char *text = ctl_read(fd, &len);
	json_t *doc = text ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	free(text);
	return doc;
}

json_t *
ctl_ask(const struct ctl *c, const char *cmd, json_t *args)
{
	char shown[1024];
	json_t *request = json_pack("{s:s, s:o}", "cmd", cmd, "args", args ? args : json_object());
	char *line = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!line) {
		fprintf(stderr, "lymph: an argument is not UTF-8\n");
		return NULL;
	}
	int fd = ctl_connect(c->socket);
	json_t *doc = fd >= 0 ? exchange(fd, line) : NULL;
	free(line);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !doc)
		fprintf(stderr, "lymph: lymphd gave no answer: see its log, or try again\n");
	const char *why = json_string_value(json_object_get(json_object_get(doc, "error"), "text"));
	if (why) {
		fprintf(stderr, "lymph: %s\n", escape_tty(why, strlen(why), shown, sizeof(shown)));
		json_decref(doc);
		return NULL;
	}
	return doc;
}

int
ctl_print_json(const json_t *doc)
{
	int r =
	    json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII);
	return r < 0 || putchar('\n') < 0 || fflush(stdout) != 0;
}

int
ctl_tell(const struct ctl *c, json_t *doc, void (*show)(const json_t *doc, const struct out *o))
{
	int r = 1;
	if (!doc)
		return r;
	if (c->json) {
		r = ctl_print_json(doc);
	} else {
		struct out o = out_stdout();
		show(doc, &o);
		r = fflush(stdout) != 0;
	}
	json_decref(doc);
	return r;
}

int
ctl_show(const struct ctl *c, const char *cmd, json_t *args,
    void (*show)(const json_t *doc, const struct out *o))
{
	return ctl_tell(c, ctl_ask(c, cmd, args), show);
}

int
ctl_until(const struct ctl *c, const char *s, int64_t *ret)
{
	char full[40];
	msec t;
	int64_t ms;
	if (param_parse('d', s, &ms) == 0 && ms > 0) {
		*ret = clock_real() + ms;
		return 0;
	}
	snprintf(full, sizeof(full), "%.20sT23:59:59Z", s);
	if (strlen(s) != 10 || msec_parse(full, strlen(full), &t) < 0)
		return ctl_usage(c, "--until takes a day such as 2027-12-31, or a time such as \"90 d\"");
	*ret = t;
	return 0;
}

int
ctl_number(const struct ctl *c, json_t *args, const char *name, const char *text)
{
	int64_t v = 0;
	if (!text)
		return 0;
	if (strcmp(text, "0") != 0 && !pick_number(text, &v))
		return ctl_usage(c, "--%s takes a number, not \"%.20s\"", name, text);
	return json_object_set_new(args, name, json_integer(v)) < 0 ? 1 : 0;
}

int
ctl_done(const struct ctl *c, json_t *doc)
{
	int r = c->json ? ctl_print_json(doc) : fflush(stdout) != 0;
	json_decref(doc);
	return r;
}

int
ctl_verb(int argc, char **argv, const struct ctl_verb *verbs, const char *usage)
{
	bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
	char shown[64];
	const struct ctl_verb *v = verbs;
	for (; argc > 1 && v->name; v++)
		if (strcmp(argv[1], v->name) == 0)
			return v->run(argc - 1, argv + 1);
	if (argc > 1 && !help) {
		fprintf(stderr, "lymph: %s takes", argv[0]);
		for (v = verbs; v->name; v++)
			fprintf(stderr, "%s %s", v == verbs ? "" : v[1].name ? "," : " or", v->name);
		fprintf(stderr, ", not \"%s\"\n", escape_tty(argv[1], strlen(argv[1]), shown, sizeof(shown)));
	}
	fputs(usage, help ? stdout : stderr);
	return help ? 0 : CMD_USAGE;
}
