/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeds of the fuzz target of messages: msg_seeds FOLDER says which message of the table has none that is let
 * through (a struct that grew leaves its seed behind); msg_seeds FOLDER --write makes these anew. Not what
 * is in a message matters there, but who sends it to whom, its length, and whether a descriptor goes with it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lymphd/msg.h"

#define PREFIX 3 /* sender, receiver, descriptor */
#define TAIL   16

static const char *folder;
static bool had[M_N];

static void
look_at(const char *name)
{
	static _Alignas(8) uint8_t raw[CHAN_MAX + 8];
	struct chan_msg m = { .fd = -1 };
	char path[4096];
	uint8_t head[PREFIX];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return;
	if (fread(head, 1, PREFIX, f) == PREFIX) {
		size_t n = fread(raw, 1, sizeof(raw), f);
		if (chan_check(msg_table, M_N, head[0], head[1], raw, n, head[2] & 1, &m) == 0)
			had[m.type] = true;
	}
	fclose(f);
}

static int
write_seed(unsigned type)
{
	const struct chan_row *r = &msg_table[type];
	uint32_t head[2] = { type, r->size + (r->flags & MSG_TAIL ? TAIL : 0) };
	static const uint8_t zero[CHAN_MAX];
	char path[4096];
	uint8_t who[PREFIX] = { (uint8_t)__builtin_ctz(r->from), (uint8_t)__builtin_ctz(r->to),
		(r->flags & MSG_FD) != 0 };
	snprintf(path, sizeof(path), "%s/%s", folder, r->name);
	FILE *f = fopen(path, "wb");
	if (!f)
		return -1;
	bool good = fwrite(who, 1, PREFIX, f) == PREFIX && fwrite(head, 1, sizeof(head), f) == sizeof(head) &&
	    fwrite(zero, 1, head[1], f) == head[1];
	return fclose(f) == 0 && good ? 0 : -1;
}

int
main(int argc, char **argv)
{
	bool writes = argc == 3 && strcmp(argv[2], "--write") == 0;
	unsigned missing = 0;
	if (argc < 2 || argc > 3 || (argc == 3 && !writes))
		return 2;
	folder = argv[1];
	DIR *d = opendir(folder);
	if (!d)
		return 2;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		look_at(e->d_name);
	closedir(d);
	for (unsigned i = 0; i < M_N; i++) {
		if (had[i])
			continue;
		missing++;
		if (!writes)
			printf("no seed for %s: %s %s --write\n", msg_table[i].name, argv[0], folder);
		else if (write_seed(i) < 0)
			return 1;
	}
	return missing && !writes;
}
