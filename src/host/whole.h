/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in and out, all of them, whatever pieces the kernel takes at a time. */
#ifndef HOST_WHOLE_H
#define HOST_WHOLE_H

#include <stddef.h>

/* From a file: n bytes, or what there is up to its end; *ret_n: how many. 0 or a negative errno. */
int whole_read(int fd, void *p, size_t n, size_t *ret_n);
/* To a file. 0, or a negative errno; -EIO also when the kernel takes nothing. What went before it stays. */
int whole_write(int fd, const void *p, size_t n);
/* To a socket, from *at on, which moves with what is gone; raises no SIGPIPE. 0: all is out. -EAGAIN: there is
 * no room now; or another negative errno. */
int whole_send(int fd, const void *p, size_t n, size_t *at);

#endif
