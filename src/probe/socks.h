/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SOCKS 4, 4a (the host as text) and 5 without a password. Only the command CONNECT, only to the
 * canary; no BIND, no UDP, never a credential.
 */
#ifndef PROBE_SOCKS_H
#define PROBE_SOCKS_H

#include "probe/talk.h"

extern const struct probe_check check_socks5, check_socks4, check_socks4a;

#endif
