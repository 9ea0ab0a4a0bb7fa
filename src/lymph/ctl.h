/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the running lymphd through its control socket, and the options every such command takes. */
#ifndef LYMPH_CTL_H
#define LYMPH_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define CTL_SOCKET "/run/lymph/control.sock"

/* An option of a command: "--json" sets *flag, "--name X" sets *text; with neither it may be said
 * more than once, and its values go to ctl.each. */
struct ctl_opt {
	const char *name, *arg; /* arg: what its value is called; NULL: takes none */
	bool *flag;
	const char **text;
	const char *help;
};
#define CTL_ARGS 5000
#define CTL_EACH 16

struct ctl {
	const char *usage;          /* "cases [--state STATE]" */
	const char *does;           /* one sentence */
	const struct ctl_opt *opts; /* ended by a row without name; NULL: none */
	int least, most;            /* arguments beside options */
	bool json;
	const char *socket;
	int argc; /* what is left: the arguments, in the caller's argv */
	const char **argv;
	int each_n;
	const char *each[CTL_EACH];
};

/* Takes options wherever they stand. 0: go on. Else *status is what the command returns at once. */
int ctl_options(struct ctl *c, int argc, char **argv, int *status);
/* "90 d" from now, or a day: its end, in ms. 0, or complains and returns CMD_USAGE. */
int ctl_until(const struct ctl *c, const char *s, int64_t *ret);
/* "7" into args under name, as of --name; text NULL: nothing. 0, or complains and returns CMD_USAGE. */
int ctl_number(const struct ctl *c, json_t *args, const char *name, const char *text);
/* Asks; args is taken. NULL after having said why on stderr. The answer has no "error". */
json_t *ctl_ask(const struct ctl *c, const char *cmd, json_t *args);
/* Shows doc, which is taken: as JSON, or by show, which gets nothing else. Returns 0 or 1; 1 also for no doc,
 * of which ctl_ask has said why. */
struct out;
int ctl_tell(const struct ctl *c, json_t *doc, void (*show)(const json_t *doc, const struct out *o));
/* Asks, and tells. */
int ctl_show(const struct ctl *c, const char *cmd, json_t *args,
    void (*show)(const json_t *doc, const struct out *o));
/* The same for what was told already: as JSON, where that is wanted, and nothing else. */
int ctl_done(const struct ctl *c, json_t *doc);
/* A command of several: the verb argv[1] names is run with what stands from it on. None, or one that is not
 * there: says which there are, and how they are used; returns CMD_USAGE, or 0 for --help. Ended by a row without
 * a name. */
struct ctl_verb {
	const char *name;
	int (*run)(int argc, char **argv);
};
int ctl_verb(int argc, char **argv, const struct ctl_verb *verbs, const char *usage);
/* One step below: a connection, or -1 after having said why; all that comes until its end, or NULL when
 * it fails or is too much. */
int ctl_connect(const char *path);
char *ctl_read(int fd, size_t *len);
/* Writes doc as JSON, indented, and a newline. Returns 0 or 1 (the write failed). */
int ctl_print_json(const json_t *doc);
/* Complains on stderr with the usage line; returns CMD_USAGE. */
int ctl_usage(const struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
