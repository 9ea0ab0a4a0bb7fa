/* SPDX-License-Identifier: BSD-2-Clause */
/* Who reports, from where and to whom: report.conf of the user or the machine, else the login name
 * and this host's name. Also where the user's files of lymph live. */
#ifndef LYMPH_REPORT_CONF_H
#define LYMPH_REPORT_CONF_H

#include <stddef.h>

#define REPORT_NAME 256
#define REPORT_PATH 1024

struct report_conf {
	char file[REPORT_PATH];    /* which was read; "" none */
	char org[REPORT_NAME], contact[REPORT_NAME], domain[REPORT_NAME];
	char server[REPORT_PATH];  /* where reports go without --to; "" none */
	char audience[REPORT_NAME]; /* lymph.aud; "" leaves it out */
	char key[REPORT_PATH];     /* what signs; "" the own key */
	char reply_to[REPORT_NAME]; /* where outcomes are to be mailed; "" nowhere */
	char zone[64];             /* of logs without one; "" TZ's */
};

/* 0; or -errno with "file:line: what" in why. No file is no error. */
int report_conf_load(struct report_conf *ret, char *why, size_t size);
/* "~/.config/lymph/NAME" (XDG_CONFIG_HOME), "~/.local/state/lymph/NAME" (XDG_STATE_HOME). 0; -ENOENT:
 * there is no home; -ENAMETOOLONG. */
int report_config_path(const char *name, char ret[REPORT_PATH]);
int report_state_path(const char *name, char ret[REPORT_PATH]);
/* "user@host". */
void report_self(char *ret, size_t size);

#endif
