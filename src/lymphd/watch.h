/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of role watch: watch.c (the role), watch_mail.c (a Maildir), watch_log.c (logs). Each kind of file has a part of
 * its own, a row in watch.c, and a state of its own.
 */
#ifndef LYMPHD_WATCH_H
#define LYMPHD_WATCH_H

#include "lymphd/role.h"

struct watch_part {
	enum role_id reader;
	bool (*wanted)(const struct conf *c);
	/* What it must be able to read; fills at most `most`. */
	unsigned (*reads)(const struct conf *c, struct box_read *ret, unsigned most);
	void (*start)(struct role_ctx *c);
	/* The reader is there, has room again, or is gone. */
	void (*room)(struct role_ctx *c);
	void (*down)(struct role_ctx *c);
	void (*done)(struct role_ctx *c, const struct msg_file_done *d);
};

extern const struct watch_part watch_mail, watch_log;

#endif
