/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role watch: opens the files others write for us, read-only, and hands the descriptors to the roles
 * that read them. It may open what is configured and nothing else (Landlock), move a mail from new/ to
 * cur/, and change nothing. It must never look into a file: whoever parses cannot open, whoever opens
 * does not parse.
 */
#include "lymphd/watch.h"

#include <unistd.h>

static const struct watch_part *const parts[] = { &watch_mail, &watch_log };
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static bool
wanted(const struct conf *c)
{
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i]->wanted(c))
			return true;
	return false;
}

static unsigned
reads(const struct conf *c, struct box_read *ret)
{
	unsigned n = 0;
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i]->wanted(c))
			n += parts[i]->reads(c, ret + n, BOX_READS - n);
	return n;
}

static void
start(struct role_ctx *c)
{
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i]->wanted(c->conf))
			parts[i]->start(c);
}

static const struct watch_part *
part_of(const struct role_ctx *c, enum role_id reader)
{
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i]->reader == reader && parts[i]->wanted(c->conf))
			return parts[i];
	return NULL;
}

static void
message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	const struct watch_part *p = part_of(c, from);
	if (p && m->type == M_FILE_DONE)
		p->done(c, m->body);
	if (m->fd >= 0)
		close(m->fd);
}

static void
room(struct role_ctx *c, enum role_id id)
{
	const struct watch_part *p = part_of(c, id);
	if (p)
		p->room(c);
}

static void
down(struct role_ctx *c, enum role_id id)
{
	const struct watch_part *p = part_of(c, id);
	if (p)
		p->down(c);
}

const struct role role_watch = {
	.id = ROLE_WATCH,
	.name = "watch",
	.promises = BOX_CHAN | BOX_WATCH,
	.reads = reads,
	.rlimit_as = (uint64_t)256 << 20,
	.peers = 1u << ROLE_HEAR_MAIL | 1u << ROLE_HEAR_LOG,
	.wanted = wanted,
	.start = start,
	.message = message,
	.peer_up = room,
	.peer_down = down,
	.room = room,
};
