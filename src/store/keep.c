/* SPDX-License-Identifier: BSD-2-Clause */
/* The face of keep.h: insists on a transaction around every write, and hands on to the back end. */
#include "store/keep.h"

#include <errno.h>

#include "store/back.h"

int
store_shred(struct store *s, uint64_t seq, unsigned what)
{
	return s->writing && seq ? s->ops->keep->shred(s, seq, what) : -EINVAL;
}

int
store_each_body(struct store *s, uint64_t from, msec before, size_t most, uint64_t *next,
    store_fact_cb *cb, void *arg)
{
	return s->ops->keep->each_body(s, from, before, most, next, cb, arg);
}

int
store_order_get(struct store *s, uint64_t no, struct order *ret)
{
	return s->ops->keep->order_get(s, no, ret);
}

int
store_case_after(struct store *s, uint64_t no, uint64_t *ret, msec *first, msec *last)
{
	return s->ops->keep->case_after(s, no, ret, first, last);
}

int
store_case_drop(struct store *s, uint64_t no)
{
	return s->writing && no ? s->ops->keep->case_drop(s, no) : -EINVAL;
}

int
store_aside_strip(struct store *s, msec before)
{
	return s->writing ? s->ops->keep->aside_strip(s, before) : -EINVAL;
}

int
store_shelve_anew(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	if (!s->writing || name_n == 0 || name_n > SHELF_NAME || !blob)
		return -EINVAL;
	return s->ops->keep->shelve_anew(s, shelf, name, name_n, blob, n);
}

int
store_shredded(struct store *s, uint64_t *ret)
{
	return s->ops->keep->shredded(s, ret);
}

int
store_number(struct store *s, const char *name, uint64_t *ret)
{
	return s->ops->keep->number(s, name, ret);
}

int
store_number_set(struct store *s, const char *name, uint64_t v)
{
	return s->writing ? s->ops->keep->number_set(s, name, v) : -EINVAL;
}

int
store_mark_set(struct store *s, uint64_t seq)
{
	return s->writing && seq ? s->ops->keep->mark_set(s, seq) : -EINVAL;
}

int
store_mark(struct store *s, uint64_t *seq)
{
	return s->ops->keep->mark(s, seq);
}

int
store_mark_tidy(struct store *s, size_t most)
{
	return s->writing ? s->ops->keep->mark_tidy(s, most) : -EINVAL;
}

int
store_each_marked(struct store *s, store_state_cb *cb, void *arg)
{
	return s->ops->keep->each_marked(s, cb, arg);
}

int
store_fold(struct store *s)
{
	return s->writing ? -EBUSY : s->ops->keep->fold(s);
}
