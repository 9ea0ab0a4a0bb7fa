/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections about logs, see logs.h. Takes no name that could not be a source's. */
#include "conf/logs.h"

#include <string.h>

#include "conf/values.h"
#include "model/identity.h"

static unsigned
doors(const struct conf *c)
{
	unsigned n = 0;
	for (unsigned i = 0; i < c->logs; i++)
		n += c->log[i].listen[0] != '\0';
	return n;
}

int
logs_add(struct conf *c, const char *title, const struct conf_log *row, char *rule, size_t size)
{
	struct identity id;
	struct conf_log l = *row;
	if (!identity_make(IDENTITY_LOG, title, &id) ||
	    strcmp(strchr(id.name, ':') + 1, title) != 0)
		return opt_refuse(rule, size,
		    "is no name of a source: lower case letters, digits, dot, hyphen, underscore; "
		    "at most %zu",
		    sizeof(id.name) - sizeof("log:"));
	memcpy(l.name, title, strlen(title) + 1);
	for (unsigned i = 0; i < c->logs; i++) {
		if (strcmp(c->log[i].name, l.name) == 0)
			return opt_refuse(rule, size, "is there already: keep one of the two");
		if (l.file[0] && strcmp(c->log[i].file, l.file) == 0)
			return opt_refuse(rule, size,
			    "reads the file of log %s: its lines would count twice",
			    c->log[i].name);
		if (l.listen[0] && strcmp(c->log[i].listen, l.listen) == 0)
			return opt_refuse(rule, size, "listens where log %s does", c->log[i].name);
	}
	if (!l.file[0] == !l.listen[0])
		return opt_refuse(rule, size,
		    "needs a file or a socket, and not both: file = \"/PATH\" or "
		    "listen = \"udp:ADDRESS:PORT\"");
	if (l.file[0] && l.allow[0].a.fam)
		return opt_refuse(rule, size, "reads a file: allow is for sockets");
	if (l.refer && strncmp(l.listen, "udp:", 4) == 0)
		return opt_refuse(rule, size,
		    "listens by UDP, whose senders anybody can forge: nobody is written to at the word of such a log; "
		    "refer = false, or a file, tcp or unix");
	if (c->logs == CONF_LOGS)
		return opt_refuse(rule, size, "is one too many: at most %d", CONF_LOGS);
	if (l.listen[0] && doors(c) == CONF_LOG_DOORS)
		return opt_refuse(
		    rule, size, "is one too many that listens: at most %d", CONF_LOG_DOORS);
	c->log[c->logs++] = l;
	return 0;
}
