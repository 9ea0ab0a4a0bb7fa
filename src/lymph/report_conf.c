/* SPDX-License-Identifier: BSD-2-Clause */
/* report.conf, see report_conf.h. Read with libconfuse; what it does not say comes from the system.
 * Must never be read from the current directory. */
#include "lymph/report_conf.h"

#include <confuse.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/xarf.h"

#define SYSTEM_CONF "/etc/lymph/report.conf"

static const char *
home(void)
{
	const char *h = getenv("HOME");
	if (h && *h == '/')
		return h;
	const struct passwd *pw = getpwuid(getuid());
	return pw && pw->pw_dir && *pw->pw_dir == '/' ? pw->pw_dir : NULL;
}

static int
path_of(const char *env, const char *below, const char *name, char ret[REPORT_PATH])
{
	const char *base = getenv(env), *h = home();
	int n;
	if (base && *base == '/')
		n = snprintf(ret, REPORT_PATH, "%s/lymph/%s", base, name);
	else if (h)
		n = snprintf(ret, REPORT_PATH, "%s/%s/lymph/%s", h, below, name);
	else
		return -ENOENT;
	return n < REPORT_PATH ? 0 : -ENAMETOOLONG;
}

int
report_config_path(const char *name, char ret[REPORT_PATH])
{
	return path_of("XDG_CONFIG_HOME", ".config", name, ret);
}

int
report_state_path(const char *name, char ret[REPORT_PATH])
{
	return path_of("XDG_STATE_HOME", ".local/state", name, ret);
}

static void
host_name(char *ret, size_t size)
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM }, *a = NULL;
	if (gethostname(ret, size) < 0)
		snprintf(ret, size, "localhost");
	ret[size - 1] = '\0';
	if (!strchr(ret, '.') && getaddrinfo(ret, NULL, &hints, &a) == 0 && a->ai_canonname &&
	    strchr(a->ai_canonname, '.'))
		snprintf(ret, size, "%s", a->ai_canonname);
	if (a)
		freeaddrinfo(a);
}

void
report_self(char *ret, size_t size)
{
	char host[REPORT_NAME];
	const struct passwd *pw = getpwuid(getuid());
	host_name(host, sizeof(host));
	snprintf(ret, size, "%s@%s", pw ? pw->pw_name : "user", host);
}

/* libconfuse has one error hook and no argument for it. */
static char *why_text;
static size_t why_size;

static void
note(cfg_t *cfg, const char *fmt, va_list ap)
{
	size_t n = 0;
	if (why_size == 0 || why_text[0])
		return; /* the first error is the one that matters */
	if (cfg && cfg->filename)
		n = (size_t)snprintf(why_text, why_size, "%s:%d: ", cfg->filename, cfg->line);
	if (n < why_size)
		vsnprintf(why_text + n, why_size - n, fmt, ap);
}

struct field {
	const char *name;
	size_t at, size;
};

#define FIELD(m)                                                                                   \
	{                                                                                          \
#m, offsetof(struct report_conf, m), sizeof(((struct report_conf *)0)->m)          \
	}
static const struct field fields[] = { FIELD(org), FIELD(contact), FIELD(domain), FIELD(server),
	FIELD(audience), FIELD(key), FIELD(zone), FIELD(reply_to) };
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* "~/key" in the file means the user's home. */
static int
expand(char path[REPORT_PATH])
{
	char whole[REPORT_PATH];
	const char *h = home();
	if (strncmp(path, "~/", 2) != 0)
		return 0;
	if (!h || snprintf(whole, sizeof(whole), "%s%s", h, path + 1) >= REPORT_PATH)
		return -ENAMETOOLONG;
	memcpy(path, whole, sizeof(whole));
	return 0;
}

static int
read_file(const char *path, struct report_conf *ret, char *why, size_t size)
{
	cfg_opt_t opts[FIELDS + 1] = { 0 };
	int rc = 0;
	for (size_t i = 0; i < FIELDS; i++)
		opts[i] = (cfg_opt_t)CFG_STR(fields[i].name, NULL, CFGF_NONE);
	opts[FIELDS] = (cfg_opt_t)CFG_END();
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		return -ENOMEM;
	cfg_set_error_function(cfg, note);
	why_text = why;
	why_size = size;
	why[0] = '\0';
	if (cfg_parse(cfg, path) != CFG_SUCCESS) {
		if (!why[0])
			snprintf(why, size, "%s: cannot be read", path);
		rc = -EINVAL;
	}
	for (size_t i = 0; rc == 0 && i < FIELDS; i++) {
		const char *v = cfg_getstr(cfg, fields[i].name);
		if (v && strlen(v) >= fields[i].size) {
			snprintf(why, size, "%s: %s is too long", path, fields[i].name);
			rc = -ENAMETOOLONG;
		} else if (v) {
			strcpy((char *)ret + fields[i].at, v);
		}
	}
	if (rc == 0 && (rc = expand(ret->key)) < 0)
		snprintf(why, size, "%s: key: no home folder", path);
	why_size = 0;
	cfg_free(cfg);
	if (rc == 0)
		snprintf(ret->file, sizeof(ret->file), "%s", path);
	return rc;
}

int
report_conf_load(struct report_conf *ret, char *why, size_t size)
{
	struct report_conf c = { 0 };
	char path[REPORT_PATH], self[2 * REPORT_NAME];
	int rc = 0;
	if (report_config_path("report.conf", path) == 0 && access(path, F_OK) == 0)
		rc = read_file(path, &c, why, size);
	else if (access(SYSTEM_CONF, F_OK) == 0)
		rc = read_file(SYSTEM_CONF, &c, why, size);
	if (rc < 0)
		return rc;
	if (c.contact[0] && !strchr(c.contact, '@')) {
		snprintf(why, size, "%s: contact is a mail address", c.file);
		return -EINVAL;
	}
	if (c.reply_to[0] && !xarf_mail_address(c.reply_to)) {
		snprintf(why, size, "%s: reply_to is a mail address", c.file);
		return -EINVAL;
	}
	if (!c.contact[0]) {
		report_self(self, sizeof(self));
		snprintf(c.contact, sizeof(c.contact), "%.*s", REPORT_NAME - 1, self);
	}
	if (!c.domain[0])
		snprintf(c.domain, sizeof(c.domain), "%s", strrchr(c.contact, '@') + 1);
	if (!c.org[0])
		snprintf(c.org, sizeof(c.org), "%s", c.domain);
	*ret = c;
	return 0;
}
