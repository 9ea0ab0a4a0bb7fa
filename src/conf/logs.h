/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections `log`: from a title and the values read to a row of the configuration. */
#ifndef CONF_LOGS_H
#define CONF_LOGS_H

#include "conf/conf.h"

/* Checks and appends. 0, or -1 with what is wrong in rule. */
int logs_add(
    struct conf *c, const char *title, const struct conf_log *row, char *rule, size_t size);

#endif
