/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections exporter, interface and allow, put together: a title and a row collected from the options
 * become rows of the configuration's table of sights.
 */
#ifndef CONF_FLOWS_H
#define CONF_FLOWS_H

#include "conf/conf.h"

/* All: 0, or -1 with up to size bytes of rule: what is wrong with the section. */
int flows_exporter(struct conf *c, const char *title, struct exporter_row *row, char *rule, size_t size);
/* title: "NAME/IFINDEX", "NAME/FROM-TO", "NAME/ *" (without the space). Copies row's prefixes. */
int flows_iface(struct conf *c, const char *title, struct iface_row *row, char *rule, size_t size);
int flows_allow(struct conf *c, const char *title, struct allow_row *row, char *rule, size_t size);

/* "edge1/10-19": the title of an interface row. Returns buf. */
#define FLOWS_TITLE (EXPORTER_NAME + 24)
char *flows_iface_title(const struct sights *s, const struct iface_row *row, char buf[FLOWS_TITLE]);

#endif
