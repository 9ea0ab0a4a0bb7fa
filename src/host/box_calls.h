/* SPDX-License-Identifier: BSD-2-Clause */
/* Promises and the system calls behind them: a table, loaded as a seccomp filter. */
#ifndef HOST_BOX_CALLS_H
#define HOST_BOX_CALLS_H

#if defined(__SANITIZE_ADDRESS__)
#define BOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define BOX_SANITIZED 1
#endif
#endif

/* Promises, a bit each: groups of system calls. BOX_STDIO is always in. */
#define BOX_STDIO   1   /* memory, time, read/write/epoll/timerfd on descriptors held, exit, signals to self */
#define BOX_CHAN    2   /* sendmsg/recvmsg, memfd_create + seals: channels */
#define BOX_ACCEPT  4   /* accept4 on listening sockets held, getsockname/peername, shutdown, sockopts */
#define BOX_CONNECT 8   /* socket(AF_INET/AF_INET6, STREAM/DGRAM) + connect + bind */
#define BOX_FILES   16  /* open/create/rename/unlink/fsync/fstatfs/locks: only below box.dir by Landlock */
#define BOX_UNIX    32  /* getsockopt SO_PEERCRED on accepted unix sockets */

/* From here on any other call prints its name and ends the process with status 159. Fatal on failure. */
void box_calls_load(unsigned promises);

#endif
