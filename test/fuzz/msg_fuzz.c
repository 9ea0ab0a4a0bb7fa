/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between roles: whatever a captured role may send, to whomever. Input: sender, receiver, is
 * there a descriptor, then the message. What passes must keep the table's promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lymphd/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static volatile uint8_t sink;

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 3)
		return 0;
	uint8_t from = p[0], to = p[1];
	bool fd = p[2] & 1;
	p += 3;
	n -= 3;
	uint8_t *raw = malloc(n ? n : 1); /* exact, and aligned for anything */
	if (n)
		memcpy(raw, p, n);
	struct chan_msg m = { .fd = -2 };
	int rc = chan_check(msg_table, M_N, from, to, raw, n, fd, &m);
	if (rc) {
		if (m.fd != -2) /* outputs untouched on failure */
			abort();
	} else {
		const struct chan_row *r = &msg_table[m.type];
		const uint8_t *body = m.body;
		if (m.type >= M_N || from >= CHAN_ROLES || !(r->from >> from & 1) || to >= CHAN_ROLES ||
		    !(r->to >> to & 1) || body != raw + 8 || (uintptr_t)body % 8 ||
		    m.tail != body + r->size || 8 + r->size + m.tail_len != n ||
		    (m.tail_len && !(r->flags & MSG_TAIL)) || n > CHAN_MAX ||
		    (fd && !(r->flags & (MSG_FD | MSG_MAYFD))) || (!fd && (r->flags & MSG_FD)))
			abort();
		for (size_t i = 0; i < r->size + m.tail_len; i++)
			sink ^= body[i];
	}
	free(raw);
	return 0;
}
