/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop, a thin face over libevent, see loop.h. Must never give a callback an event that was
 * dropped: a drop inside a callback, of itself or of another, is safe.
 */
#include "host/loop.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/time.h>

#include "host/log.h"

struct loop {
	struct event_base *base;
};

struct loop_event {
	struct event *ev;
	struct loop *loop;
	loop_cb *cb;
	void *arg;
	int fd; /* or signal number; -1: timer */
};

struct loop *
loop_new(void)
{
	struct loop *l = calloc(1, sizeof *l);
	struct event_config *cfg = event_config_new();
	if (!l || !cfg)
		fatal_oom();
	/* One thread, one base, no look at the environment. */
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	l->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (!l->base)
		fatal("cannot make an event loop");
	return l;
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	event_base_free(l->base);
	free(l);
}

void
loop_run(struct loop *l)
{
	if (event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
		fatal("the event loop failed");
}

void
loop_stop(struct loop *l)
{
	event_base_loopbreak(l->base);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct loop_event *e = arg;
	int ready = (what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0);
	e->cb((int)fd, ready, e->arg);
}

static struct loop_event *
event_make(struct loop *l, int fd, short what, loop_cb *cb, void *arg)
{
	struct loop_event *e = calloc(1, sizeof *e);
	if (!e)
		fatal_oom();
	*e = (struct loop_event){ .loop = l, .cb = cb, .arg = arg, .fd = fd };
	e->ev = event_new(l->base, fd, what, on_event, e);
	if (!e->ev)
		fatal_oom();
	return e;
}

static void
event_arm(struct loop_event *e)
{
	if (event_add(e->ev, NULL) < 0)
		fatal("cannot watch descriptor %d", e->fd);
}

static short
fd_flags(int ready)
{
	return (short)(EV_PERSIST | (ready & LOOP_READ ? EV_READ : 0) |
		       (ready & LOOP_WRITE ? EV_WRITE : 0));
}

struct loop_event *
loop_fd(struct loop *l, int fd, int ready, loop_cb *cb, void *arg)
{
	struct loop_event *e = event_make(l, fd, fd_flags(ready), cb, arg);
	if (ready)
		event_arm(e);
	return e;
}

void
loop_fd_set(struct loop_event *e, int ready)
{
	event_del(e->ev);
	if (event_assign(e->ev, e->loop->base, e->fd, fd_flags(ready), on_event, e) < 0)
		fatal("cannot watch descriptor %d", e->fd);
	if (ready)
		event_arm(e);
}

struct loop_event *
loop_timer(struct loop *l, loop_cb *cb, void *arg)
{
	return event_make(l, -1, 0, cb, arg);
}

void
loop_timer_in(struct loop_event *e, msec d)
{
	if (d < 0)
		d = 0;
	struct timeval tv = { .tv_sec = d / MSEC_SECOND, .tv_usec = d % MSEC_SECOND * 1000 };
	if (event_add(e->ev, &tv) < 0)
		fatal("cannot arm a timer");
}

void
loop_timer_off(struct loop_event *e)
{
	event_del(e->ev);
}

struct loop_event *
loop_signal(struct loop *l, int signo, loop_cb *cb, void *arg)
{
	struct loop_event *e = event_make(l, signo, EV_SIGNAL | EV_PERSIST, cb, arg);
	event_arm(e);
	return e;
}

void
loop_drop(struct loop_event *e)
{
	if (!e)
		return;
	event_free(e->ev);
	free(e);
}
