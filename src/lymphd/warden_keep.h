/* SPDX-License-Identifier: BSD-2-Clause */
/* Small files in the warden's own folder: old or new, never half, whenever the power goes. */
#ifndef LYMPHD_WARDEN_KEEP_H
#define LYMPHD_WARDEN_KEEP_H

#include <stddef.h>
#include <sys/types.h>

/* Written beside, fsynced, renamed, folder fsynced. */
int keep_write(const char *dir, const char *name, mode_t mode, const void *bytes, size_t n);
/* The whole file, NUL-ended, owned by the caller. -ENOENT; -EPERM: not only root may write it; -EFBIG:
 * over most. */
int keep_read(const char *dir, const char *name, size_t most, char **ret, size_t *ret_n);
/* -ENOENT is no error. */
int keep_remove(const char *dir, const char *name);

#endif
