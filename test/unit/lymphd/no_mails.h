/* SPDX-License-Identifier: BSD-2-Clause */
/* No mail ever came. For tests whose subject is something else. */
#ifndef TEST_NO_MAILS_H
#define TEST_NO_MAILS_H

#include "lymphd/edge_mail.h"

const struct mail_row *
mails_row(const struct edge *e, uint64_t no)
{
	(void)e, (void)no;
	return NULL;
}

const struct mail_row *
mails_next(const struct edge *e, uint64_t no, enum tray t, enum mail_state s)
{
	(void)e, (void)no, (void)t, (void)s;
	return NULL;
}

struct mail_tray_sum
mails_tray(const struct edge *e, enum tray t, msec now)
{
	(void)e, (void)t, (void)now;
	return (struct mail_tray_sum){ 0 };
}

int
mails_head(struct edge *e, uint64_t no, struct mail_head *ret)
{
	(void)e, (void)no, (void)ret;
	return -ENOENT;
}

int
mails_body(struct edge *e, uint64_t no, uint64_t at, void *buf, size_t most, size_t *ret_n, size_t *size)
{
	(void)e, (void)no, (void)at, (void)buf, (void)most, (void)ret_n, (void)size;
	return -ENOENT;
}

int
mails_act(struct edge *e, uint64_t no, enum desk_verb verb, enum tray to, uid_t uid, const char *text)
{
	(void)e, (void)no, (void)verb, (void)to, (void)uid, (void)text;
	return -ENOENT;
}

void
mails_used(const struct edge *e, uint64_t *ret_all, uint64_t *ret_unvouched)
{
	(void)e;
	*ret_all = *ret_unvouched = 0;
}

struct mails_put_off
mails_put_off(const struct edge *e)
{
	(void)e;
	return (struct mails_put_off){ 0 };
}

#endif
