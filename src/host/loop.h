/* SPDX-License-Identifier: BSD-2-Clause */
/* One event loop per process: readiness, timers, signals. A thin face over libevent. */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msec.h"

struct loop;
struct loop_event; /* one registration; freed by loop_drop */

#define LOOP_READ  1
#define LOOP_WRITE 2

typedef void loop_cb(int fd, int ready, void *arg); /* fd -1 for timers; signal number for signals */

/* Never NULL: failing to make a loop is fatal. */
struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Runs until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Level-triggered, until dropped. Never NULL. */
struct loop_event *loop_fd(struct loop *l, int fd, int ready, loop_cb *cb, void *arg);
/* Changes what is waited for (0: nothing, stays registered). */
void loop_fd_set(struct loop_event *e, int ready);
/* Made unarmed; loop_timer_in arms it once, after d (0: next turn). loop_timer_off disarms. */
struct loop_event *loop_timer(struct loop *l, loop_cb *cb, void *arg);
void loop_timer_in(struct loop_event *e, msec d);
void loop_timer_off(struct loop_event *e);
struct loop_event *loop_signal(struct loop *l, int signo, loop_cb *cb, void *arg);
void loop_drop(struct loop_event *e); /* NULL is fine */

#endif
