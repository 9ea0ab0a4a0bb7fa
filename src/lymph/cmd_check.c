/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph check`: is the configuration good, and is this machine ready for it? Reads only; asks neither
 * lymphd nor the network. */
#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/escape.h"
#include "conf/conf.h"
#include "conf/values.h"
#include "host/sock.h"
#include "host/users.h"
#include "lymph/check_hand.h"
#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/out.h"

#define CONF_FILE  "/etc/lymph/lymphd.conf"
#define ROOM_LEAST (UINT64_C(1) << 30)

struct check {
	struct out o;
	bool json;
	json_t *findings;
	unsigned count[CONF_ERROR + 1];
};

static const char *const grades[] = { "note", "warning", "error" };

static void
on_finding(enum conf_grade g, const char *text, void *arg)
{
	struct check *k = arg;
	char safe[1024];
	k->count[g]++;
	if (k->json)
		json_array_append_new(
		    k->findings, json_pack("{s:s, s:s}", "grade", grades[g], "text", text));
	else
		out_say(
		    &k->o, 9, grades[g], "%s", escape_tty(text, strlen(text), safe, sizeof(safe)));
}

static void find(struct check *k, enum conf_grade g, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void
find(struct check *k, enum conf_grade g, const char *fmt, ...)
{
	char text[768];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	on_finding(g, text, k);
}

static void
check_kernel(struct check *k)
{
	struct utsname u;
	unsigned major = 0, minor = 0;
	if (uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	    (major < 6 || (major == 6 && minor < 1)))
		find(k, CONF_ERROR, "kernel %s is older than 6.1", u.release);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
		find(k, CONF_WARN,
		    "this kernel has no Landlock: roles are confined by users and seccomp only. "
		    "Boot with lsm=landlock,...");
}

static void
check_nft(struct check *k)
{
	static const char *const places[] = { "/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft" };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return;
	find(k, CONF_ERROR,
	    "nft is not installed: without its fence around it no probe runs. apt install "
	    "nftables");
}

static void
check_users(struct check *k, const struct conf *c)
{
	static const char *const roles[] = { "judge", "probe", "hear-canary", "hear-reports",
		"hand", "hook", "hear-metrics", "hear-flow", "watch", "hear-mail", "hear-log", "verify",
		"fetch", "hear-feed", "hear-alerts", "speak" };
	char who[USERS_TEXT], command[USERS_TEXT];
	if (c->uid_base == 0 && users_missing("_lymph-", roles, sizeof(roles) / sizeof(roles[0]),
				    "lymph", who, command) > 0) {
		find(k, CONF_ERROR, "no user %s. What makes them:%s%s", who, k->json ? " " : "",
		    k->json ? command : "");
		if (!k->json)
			printf("         %s\n", command); /* in one line, to paste */
	}
	for (size_t i = 0; i < STAFF_N; i++) {
		const char *g = c->staff[i];
		if (g[strspn(g, "0123456789")] && !getgrnam(g))
			find(k, CONF_ERROR, "staff: \"%s\" is no group here: groupadd --system %s", g,
			    g);
	}
}

/* A folder lymphd makes itself when its parent is there. */
static void
check_folder(struct check *k, const char *what, const char *path)
{
	struct stat st;
	struct statvfs fs;
	char parent[CONF_PATH];
	snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	slash[slash == parent] = '\0';
	if (stat(path, &st) < 0) {
		if (errno != ENOENT || stat(parent, &st) < 0 || !S_ISDIR(st.st_mode))
			find(k, CONF_ERROR,
			    "%s = \"%s\": %s, and so is its parent: make the parent folder", what,
			    path, strerror(errno));
		else
			find(k, CONF_NOTE,
			    "%s = \"%s\" is not there yet: lymphd makes it when it starts", what,
			    path);
		return;
	}
	if (!S_ISDIR(st.st_mode))
		find(k, CONF_ERROR, "%s = \"%s\" is no folder", what, path);
	else if (st.st_mode & S_IWOTH)
		find(k, CONF_ERROR, "%s = \"%s\" can be written by everybody: chmod o-w", what,
		    path);
	else if (strcmp(what, "state") == 0 && (st.st_mode & 077))
		find(k, CONF_WARN, "state = \"%s\" can be read by others: chmod 700", path);
	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY))
		find(
		    k, CONF_ERROR, "%s = \"%s\" is on a file system mounted read-only", what, path);
	else if (strcmp(what, "state") == 0 && fs.f_bavail * fs.f_frsize < ROOM_LEAST)
		find(k, CONF_WARN, "less than 1 GiB is free for the journal at \"%s\"", path);
}

/* An address lymphd will bind to has to be one of this machine. No packet leaves: this only binds. */
static void
check_local(struct check *k, enum conf_grade g, const char *what, const struct addr *a,
    const char *then)
{
	union sock_end end;
	char text[ADDR_TEXT];
	if (!a->fam)
		return;
	socklen_t n = sock_of(a, 0, &end);
	int fd = socket(end.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (bind(fd, &end.sa, n) < 0 && errno == EADDRNOTAVAIL)
		find(k, g, "%s %s is no address of this machine: %s", what, addr_print(a, text),
		    then);
	close(fd);
}

static void
check_addresses(struct check *k, const struct conf *c)
{
	static const char *const names[VANTAGES] = { "vantage \"announced\": source",
		"vantage \"unannounced\": source" };
	check_local(k, CONF_ERROR, "canary: listen", &c->canary.listen,
	    "lymphd does not start. Give it this address, or say another in \"canary\"");
	for (unsigned i = 0; i < c->vantages; i++) {
		check_local(k, CONF_WARN, names[i], &c->vantage[i].source4, "looks from it fail");
		check_local(k, CONF_WARN, names[i], &c->vantage[i].source6, "looks from it fail");
	}
}

/* A file the warden reads for a role. missing: what follows when it is not there. */
static void
check_file(struct check *k, const char *what, const char *path, const char *missing)
{
	struct stat st;
	if (!path[0])
		return;
	if (stat(path, &st) < 0)
		find(k, CONF_WARN, "%s = \"%s\": %s: %s", what, path, strerror(errno), missing);
	else if (!S_ISREG(st.st_mode))
		find(k, CONF_ERROR, "%s = \"%s\" is no file", what, path);
	else if (st.st_mode & S_IWOTH)
		find(k, CONF_ERROR, "%s = \"%s\" can be written by everybody: chmod o-w", what, path);
}

/* Whose a foreign address is: files, and what TLS believes. */
static void
check_rdap(struct check *k, const struct conf *c)
{
	check_file(k, "rdap: cache", c->rdap.cache, "nothing is known from it");
	for (unsigned i = 0; i < CONF_BOOTS && c->rdap.bootstrap[i][0]; i++)
		if (c->rdap.bootstrap[i][0] == '/')
			check_file(k, "rdap: bootstrap", c->rdap.bootstrap[i], "its registries are not asked");
	if (c->rdap.bootstrap[0][0])
		check_file(k, "rdap: certificates", c->rdap.ca, "no registry is believed. apt install ca-certificates");
}

/* Where flow records come in, and the file the warden reads for hear-flow. */
static void
check_flows(struct check *k, const struct conf *c)
{
	for (unsigned i = 0; i < c->telemetry.listens; i++)
		check_local(k, CONF_ERROR, "telemetry: listen", &c->telemetry.listen[i].addr,
		    "lymphd does not start. Give it this address, or say another in \"telemetry\"");
	check_file(k, "indicators", c->telemetry.indicators, "no contact with a command server is seen");
}

/* Logs: what watch has to read, where syslog comes in. */
static void
check_logs(struct check *k, const struct conf *c)
{
	for (unsigned i = 0; i < c->logs; i++) {
		const struct conf_log *l = &c->log[i];
		struct conf_end e;
		struct stat st;
		if (l->listen[0] && strncmp(l->listen, "unix:", 5) != 0 &&
		    opt_end_parse(l->listen + 4, &e.addr, &e.port) == 0)
			check_local(k, CONF_ERROR, "log: listen", &e.addr,
			    "lymphd does not start. Give it this address, or say another in \"log\"");
		if (!l->file[0])
			continue;
		if (stat(l->file, &st) < 0)
			find(k, CONF_WARN, "log \"%s\": %s: %s: it is read when it is there", l->name, l->file,
			    strerror(errno));
		else if (!S_ISREG(st.st_mode))
			find(k, CONF_ERROR, "log \"%s\": %s is no file", l->name, l->file);
		else if (st.st_mode & S_IWOTH)
			find(k, CONF_ERROR, "log \"%s\": %s can be written by everybody, who could so accuse: chmod o-w",
			    l->name, l->file);
	}
}

/* The Maildir watch has to read. */
static void
check_maildir(struct check *k, const struct conf *c)
{
	static const char *const dirs[] = { "new", "cur" };
	char path[CONF_PATH + 8];
	struct stat st;
	for (size_t i = 0; c->intake.maildir[0] && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", c->intake.maildir, dirs[i]);
		if (stat(path, &st) < 0)
			find(k, CONF_WARN, "intake: %s: %s: no mail is read until it is there", path, strerror(errno));
		else if (!S_ISDIR(st.st_mode))
			find(k, CONF_ERROR, "intake: %s is no folder", path);
		else if (st.st_mode & S_IWOTH)
			find(k, CONF_ERROR, "intake: %s can be written by everybody: chmod o-w", path);
	}
}

int
cmd_check(int argc, char **argv)
{
	const char *path = CONF_FILE;
	char why[768];
	struct conf *conf = NULL;
	struct check k = { .o = out_stdout() };
	const struct ctl_opt opts[] = {
		{ "c", "FILE", NULL, &path, "check this file, not " CONF_FILE },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "check [-c FILE] [--json]",
		.does = "Checks the configuration of lymphd, and "
			"this machine for it. Status 0 if there is no error.",
		.opts = opts };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	k.json = c.json;
	k.findings = json_array();
	if (conf_load(path, &conf, why, sizeof(why)) < 0) {
		on_finding(CONF_ERROR, why, &k);
	} else {
		conf_check(conf, on_finding, &k);
		check_hand(conf, on_finding, &k);
		check_kernel(&k);
		check_nft(&k);
		check_users(&k, conf);
		check_addresses(&k, conf);
		check_flows(&k, conf);
		check_rdap(&k, conf);
		check_logs(&k, conf);
		check_maildir(&k, conf);
		check_folder(&k, "state", conf->state);
		check_folder(&k, "run", conf->run);
	}
	if (k.json) {
		json_t *doc = json_pack("{s:s, s:b, s:O}", "file", path, "ok",
		    k.count[CONF_ERROR] == 0, "findings", k.findings);
		ctl_print_json(doc);
		json_decref(doc);
	} else {
		printf("%s: %s, %s, %s\n", escape_tty(path, strlen(path), why, sizeof(why)),
		    out_count(k.count[CONF_ERROR], "error", "errors"),
		    out_count(k.count[CONF_WARN], "warning", "warnings"),
		    out_count(k.count[CONF_NOTE], "note", "notes"));
	}
	json_decref(k.findings);
	conf_free(conf);
	return k.count[CONF_ERROR] > 0;
}
