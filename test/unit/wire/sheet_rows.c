/* SPDX-License-Identifier: BSD-2-Clause */
/* For sheet_csv.py: documents on stdin, each a length of four bytes (little-endian) and its text; on stdout a
 * line a row, the cells in hexadecimal, then "." (or "open": a quote was) for each document. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/sheet_own.h"

static void
row(const struct csv *c)
{
	static struct csv_cell cells[SHEET_COLUMNS + 1];
	static char text[SHEET_ROW];
	if (c->n == 0)
		return;
	unsigned n = csv_split(c->row, c->n, c->delim, SHEET_COLUMNS + 1, cells);
	for (unsigned i = 0; i < n; i++) {
		size_t len = csv_text(c->row, &cells[i], text, sizeof(text));
		putchar(i ? ' ' : ':');
		for (size_t k = 0; k < len; k++)
			printf("%02x", (unsigned char)text[k]);
	}
	putchar('\n');
}

int
main(void)
{
	uint8_t head[4];
	unsigned seed = 1;
	while (fread(head, 1, 4, stdin) == 4) {
		size_t n = (size_t)(head[0] | head[1] << 8 | head[2] << 16), used;
		struct csv c;
		char *p = malloc(n + 1);
		if (!p || csv_init(&c) < 0 || fread(p, 1, n, stdin) != n)
			return 1;
		c.delim = ',';
		for (size_t i = 0; i < n; i += used) {
			seed = seed * 1103515245 + 12345;
			size_t give = seed % 3 ? seed / 65536 % 9 + 1 : n;
			if (give > n - i)
				give = n - i;
			int r = csv_feed(&c, p + i, give, &used);
			if (r < 0)
				return 1;
			if (r > 0) {
				row(&c);
				csv_drop(&c);
			}
		}
		int r = csv_end(&c);
		if (r > 0)
			row(&c);
		puts(r < 0 ? "open" : ".");
		csv_fini(&c);
		free(p);
	}
	return 0;
}
