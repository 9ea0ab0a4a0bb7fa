/* SPDX-License-Identifier: BSD-2-Clause */
/* What would leave for reporters, as the control socket shows it: outcomes laid up for those who asked for
 * them by mail. Reads only. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "judge/outcome_word.h"
#include "lymphd/control.h"
#include "lymphd/edge_answers.h"

struct page {
	json_t *list, *next;
	int64_t from, limit;
};

static int
see_laid(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct page *p = arg;
	struct reader r = reader_of(name, name_n);
	int64_t no = (int64_t)r64(&r);
	struct reply_laid laid;
	if (n != sizeof(laid) || no < p->from)
		return 0;
	if (json_array_size(p->list) == (size_t)p->limit) {
		p->next = json_integer(no);
		return 1;
	}
	memcpy(&laid, blob, sizeof(laid));
	laid.to[sizeof(laid.to) - 1] = laid.text[sizeof(laid.text) - 1] = '\0';
	laid.signature[sizeof(laid.signature) - 1] = '\0';
	json_t *o = json_new(json_object());
	put_int(o, "number", (uint64_t)no);
	put_text(o, "to", laid.to);
	put_text(o, "outcome", outcome_word_name(laid.word));
	put_time(o, "at", laid.at);
	put_text(o, "text", laid.text);
	put_text(o, "signature", laid.signature);
	push(p->list, o);
	return 0;
}

int
control_outgoing(struct control_call *k)
{
	static const char *const modes[] = { "off", "preview", "on" };
	struct page p = { .list = NULL };
	int r = control_arg_int(k, "from", 0, &p.from);
	if (r == 0)
		r = control_arg_int(k, "limit", 200, &p.limit);
	if (r == 0 && (p.from < 0 || p.limit < 1 || p.limit > PAGE_MOST))
		r = control_refuse(k, -EINVAL, "limit takes 1 to %d, from no negative number", PAGE_MOST);
	if (r < 0)
		return r;
	const struct reply_totals t = reply_totals(k->e);
	p.list = json_new(json_array());
	r = store_each_shelved(k->e->store, SHELF_OUTGOING, see_laid, &p);
	put(k->answer, "outgoing", p.list);
	put(k->answer, "next", p.next ? p.next : json_null());
	put_text(k->answer, "switch", modes[k->e->c->conf->outgoing]);
	put_int(k->answer, "waiting", t.waiting);
	put_int(k->answer, "wishes", t.wishes);
	put_int(k->answer, "dropped", t.dropped);
	return r < 0 ? control_refuse(k, r, "the store cannot be read: %s", strerror(-r)) : 0;
}
