/* SPDX-License-Identifier: BSD-2-Clause */
/* What people said, on the disk: see warden_state.h. */
#ifndef LYMPHD_WARDEN_SAID_H
#define LYMPHD_WARDEN_SAID_H

#include "lymphd/warden_state.h"

/* All that was said before. What cannot be read counts as the stricter thing. */
void said_load(struct warden_word *w);

/* What two people agreed to, or root's file said first: kept here, for root's file alone may tighten it
 * but not loosen it. */
void said_agreed(struct warden_word *w);
void said_agreed_free(struct warden_word *w);
/* Root's file anew. What is in force is the agreed copy, made tighter by whatever the file tightens;
 * what it loosens waits for said_take. wrong, waits and ceiling say what came of it. */
void said_conscience(struct warden_word *w);
/* Root's file as it is now: its hash, and what it loosens ("" nothing) to ret. -EINVAL with why. */
struct said_file {
	uint8_t hash[WORD_HASH];
	char loosens[DESK_TEXT];
};
int said_look(const struct warden_word *w, struct said_file *ret, char *why, size_t size);
/* Two people say yes to the file that has this hash: -ESTALE it is another by now, -EINVAL it is
 * wrong, both with why; else the disk's, with "" in why. Then all is as before. */
int said_take(struct warden_word *w, const struct word_pending *p, uint32_t second, char *why, size_t size);
/* How the file differs, "looser entries 1 -> 2" or "tighter ..." a line, then "rule ..." of what is in
 * force; at most 1000 of each. */
void said_conscience_list(const struct warden_word *w, FILE *out);

/* 0 or negative errno: each is on the disk then, or as it was. */
int said_keep_mode(const struct warden_word *w);
int said_keep_panic(const struct warden_word *w);
int said_drop_panic(const struct warden_word *w);
int said_keep_protect(const struct warden_word *w);
int said_keep_count(const struct warden_word *w);
/* Where p is in the list of the protected; w->protects: nowhere. */
size_t said_protect_find(const struct warden_word *w, const struct prefix *p);
/* As it stands in the file, for conscience_read: malloc'ed. */
char *said_protect_text(const struct warden_word *w, size_t *n);

#endif
