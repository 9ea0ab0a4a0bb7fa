/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large report bodies as files named by their hash: bodies/ab/abcdef... A body is on disk, name and
 * all, before the call that stores it returns. It never changes a file that is there.
 */
#ifndef STORE_BODY_H
#define STORE_BODY_H

#include <stddef.h>
#include <stdint.h>

/* dir: the state folder, held open. 0 or negative errno. */
int body_put(int dir, const uint8_t hash[32], const void *bytes, size_t n);
/* The name, too, is gone from the disk when it returns; 0 also when it was not there. */
int body_drop(int dir, const uint8_t hash[32]);
/* malloc'ed into *ret; -ENOENT. */
int body_get(int dir, const uint8_t hash[32], void **ret, size_t *ret_n);
/* What these are made of, for other files beside the database. A folder, durable in its parent; what stands
 * in one, durable. 0 or negative errno. */
int body_folder(int dir, const char *path, const char *parent);
int body_sync(int dir, const char *path);

#endif
