/* SPDX-License-Identifier: BSD-2-Clause */
/* Many byte strings in one pass, see litset.h: a trie whose missing edges are filled with where the
 * longest suffix would go, so that a scan is one table look-up a byte. Must never allocate in a scan. */
#include "wire/litset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT16_MAX

struct litset {
	uint8_t letter[256]; /* byte to column; 0: in no string */
	unsigned letters;    /* columns */
	size_t n, states;
	uint16_t *next; /* states x letters */
	uint16_t *out;  /* the string that ends here, or NONE */
	uint16_t *up;   /* the nearest shorter suffix where one ends, 0: none */
	uint16_t *same; /* by string: another of the same text, or NONE */
};

static size_t
measure(struct litset *l, const char *const *texts, size_t n)
{
	size_t bytes = 1;
	l->letters = 1;
	for (size_t i = 0; i < n; i++) {
		if (!texts[i][0])
			return 0;
		for (const char *p = texts[i]; *p; p++) {
			if (*p >= 'A' && *p <= 'Z')
				return 0;
			if (!l->letter[(uint8_t)*p])
				l->letter[(uint8_t)*p] = (uint8_t)l->letters++;
			bytes++;
		}
	}
	for (int c = 'a'; c <= 'z'; c++)
		l->letter[c - 32] = l->letter[c];
	return bytes;
}

static void
grow(struct litset *l, const char *text, size_t number)
{
	size_t at = 0;
	for (const char *p = text; *p; p++) {
		uint16_t *edge = &l->next[at * l->letters + l->letter[(uint8_t)*p]];
		if (!*edge)
			*edge = (uint16_t)l->states++;
		at = *edge;
	}
	l->same[number] = l->out[at];
	l->out[at] = (uint16_t)number;
}

/* Breadth first: a state's failure is done before its children's. queue and fail: states entries. */
static void
link_up(struct litset *l, uint16_t *queue, uint16_t *fail)
{
	size_t head = 0, tail = 0;
	for (unsigned c = 0; c < l->letters; c++)
		if (l->next[c])
			queue[tail++] = l->next[c];
	while (head < tail) {
		size_t s = queue[head++];
		l->up[s] = l->out[fail[s]] != NONE ? fail[s] : l->up[fail[s]];
		for (unsigned c = 0; c < l->letters; c++) {
			uint16_t *edge = &l->next[s * l->letters + c];
			uint16_t other = l->next[(size_t)fail[s] * l->letters + c];
			if (*edge) {
				fail[*edge] = other;
				queue[tail++] = *edge;
			} else {
				*edge = other;
			}
		}
	}
}

int
litset_new(const char *const *texts, size_t n, struct litset **ret)
{
	struct litset *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	size_t bytes = n < NONE ? measure(l, texts, n) : 0;
	if (bytes == 0 || bytes > LITSET_STATES) {
		free(l);
		return -EINVAL;
	}
	l->n = n;
	l->states = 1;
	l->next = calloc(bytes * l->letters, sizeof(*l->next));
	l->out = malloc(bytes * sizeof(*l->out));
	l->up = calloc(bytes, sizeof(*l->up));
	l->same = malloc((n + 1) * sizeof(*l->same));
	uint16_t *queue = calloc(bytes, sizeof(*queue)), *fail = calloc(bytes, sizeof(*fail));
	int rc = l->next && l->out && l->up && l->same && queue && fail ? 0 : -ENOMEM;
	if (rc == 0) {
		memset(l->out, 0xff, bytes * sizeof(*l->out));
		for (size_t i = 0; i < n; i++)
			grow(l, texts[i], i);
		link_up(l, queue, fail);
		*ret = l;
	} else {
		litset_free(l);
	}
	free(queue);
	free(fail);
	return rc;
}

void
litset_free(struct litset *l)
{
	if (!l)
		return;
	free(l->next);
	free(l->out);
	free(l->up);
	free(l->same);
	free(l);
}

void
litset_scan(
    const struct litset *l, const char *s, size_t n, uint8_t *seen, litset_cb *cb, void *arg)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		at = l->next[at * l->letters + l->letter[(uint8_t)s[i]]];
		for (size_t end = l->out[at] != NONE ? at : l->up[at]; end; end = l->up[end]) {
			if (seen[l->out[end]])
				break; /* and so were its suffixes */
			for (uint16_t k = l->out[end]; k != NONE; k = l->same[k]) {
				seen[k] = 1;
				cb(k, arg);
			}
		}
	}
	memset(seen, 0, l->n);
}
