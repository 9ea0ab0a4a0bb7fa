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
#define BOX_STDIO   1  /* memory, time, waiting, read and write on descriptors held, exit, itself */
#define BOX_CHAN    2  /* channels: sendmsg, recvmsg, sealed memory */
#define BOX_ACCEPT  4  /* accept4 on listening sockets held, options and names of what it accepted */
#define BOX_CONNECT 8  /* sockets of its own: TCP and UDP, IPv4 and IPv6; connect, bind */
#define BOX_FILES   16 /* files, only below box.dir by Landlock: open, rename, fsync, locks ... */
#define BOX_UNIX    32 /* who is at the other end of an accepted unix socket */
#define BOX_UDP     128 /* datagrams from bound sockets held, many at a time */
#define BOX_WATCH   256 /* files to read and to move, only below box.read by Landlock; word of changes */
#define BOX_ALARM   512 /* an alarm clock on itself: too much CPU time is a signal */
#define BOX_EXEC    64 /* runs programs, see box_exec.c: files to read and run, sockets; replaces all else */

/* From here on any other call prints its name and ends the process with status 159. Fatal on
 * failure. */
void box_calls_load(unsigned promises);
/* The filter of BOX_EXEC: what is forbidden says EPERM, the rest passes. */
void box_exec_load(void);

#endif
