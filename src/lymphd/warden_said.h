/* SPDX-License-Identifier: BSD-2-Clause */
/* What people said, on the disk: see warden_state.h. */
#ifndef LYMPHD_WARDEN_SAID_H
#define LYMPHD_WARDEN_SAID_H

#include "lymphd/warden_state.h"

/* All that was said before, and the conscience. What cannot be read counts as the stricter thing. */
void said_load(struct warden_word *w);
/* The conscience anew; wrong and ceiling say what came of it. */
void said_conscience(struct warden_word *w);
/* 0 or negative errno: each is on the disk then, or as it was. */
int said_keep_mode(const struct warden_word *w);
int said_keep_panic(const struct warden_word *w);
int said_drop_panic(const struct warden_word *w);
int said_keep_protect(const struct warden_word *w);
int said_keep_count(const struct warden_word *w);
/* As it stands in the file, for conscience_read: malloc'ed. */
char *said_protect_text(const struct warden_word *w, size_t *n);

#endif
