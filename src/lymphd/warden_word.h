/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's word, kept by the warden in root's own folder: mode, the latch of a panic, prefixes
 * protected by command, the audit. Each change is on disk before anybody hears of it.
 *
 * Its socket RUN/warden.sock: one line of text in, lines of text out, the last "ok ..." or "no CODE
 * TEXT". No parser a person could not check by eye, for it runs as root. Verbs (who may; see staff.h):
 *	status                 (view)  mode, panic, since, by whom, reason, pending, audit head
 *	mode observe [REASON]  (noc)   one person; withdraws everything
 *	mode enforce [REASON]  (admin) two people: the first asks, "ok pending mN", the second says
 *	approve mN | reject mN (admin) ... within 15 min; neither may be root, nor both the same
 *	panic [REASON]         (noc)   latch, flush, then answer; never waits for judge or hand
 *	resume REASON          (noc)   lifts panic, and what is held; the reason must be there
 *	protect add PREFIX [REASON] (noc)   at once
 *	protect del PREFIX [REASON] (admin) two people
 *	protect list           (view)  one "PREFIX uid N at TIME reason ..." a line
 *	audit [FROM]           (audit) lines of the audit from entry FROM on, at most 1000, then "ok N"
 */
#ifndef LYMPHD_WARDEN_WORD_H
#define LYMPHD_WARDEN_WORD_H

#define WARDEN_SOCKET "warden.sock" /* in the run folder */
#define WARDEN_LINE   512

#endif
