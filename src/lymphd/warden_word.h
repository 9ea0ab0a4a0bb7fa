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
 *	conscience             (view)  what is in force, and how root's file differs
 *	conscience take [REASON] (admin) two people: what the file loosens is in force, as it was asked for
 *	audit [FROM]           (audit) lines of the audit from entry FROM on, at most 1000, then "ok N"
 */
#ifndef LYMPHD_WARDEN_WORD_H
#define LYMPHD_WARDEN_WORD_H

#include "lymphd/warden_state.h"

#define WARDEN_SOCKET "warden.sock" /* in the run folder */
#define WARDEN_LINE   512

/* Reads what is on disk; before the box, for it gives the audit to its group. Makes do with what cannot
 * be read: then nothing is enforced, and it says why. Negative errno: the folder itself is no good. */
struct staff_groups;
int warden_open(struct warden_word *w, const struct conf *conf, const struct staff_groups *staff);
void warden_start(struct warden_word *w, struct loop *l);
void warden_close(struct warden_word *w);
/* May anything be enforced? What all M_MODE say. */
bool warden_may(const struct warden_word *w);
void warden_mode(const struct warden_word *w, struct msg_mode *ret);
/* One line of somebody's; the answer goes to out, without its last newline's flush. True: it is whole;
 * false: it follows with warden_answer once flushed() was called. */
bool warden_hear(struct warden_word *w, const struct word_caller *who, const char *line, size_t n, FILE *out);
void warden_answer(struct warden_word *w, int err, FILE *out);
/* Reads the conscience again. */
void warden_reload(struct warden_word *w);
/* What roles send. */
void warden_flushed(struct warden_word *w, const struct msg_flushed *m);
void warden_hand_gone(struct warden_word *w);
void warden_hand_state(struct warden_word *w, const struct msg_hand_state *m);
void warden_audit(struct warden_word *w, const struct msg_audit *m, const uint8_t *text, size_t n);
void warden_judge_up(struct warden_word *w);
void warden_audited(const struct warden_word *w, struct msg_audited *ret);
/* Both files for those who act, as sealed memory: what was judged is what they read. */
int warden_conscience_fd(const struct warden_word *w, enum conscience_file file, int *ret);

/* What was done, to log and audit: for the parts of the warden. Negative errno: the audit lacks it. */
int warden_note(struct warden_word *w, const struct word_caller *who, uint32_t second, const char *verb,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* warden_audit.c: opened first thing; it is then gid's to read. */
void warden_audit_open(struct warden_word *w, gid_t gid);

/* For the parts of the warden. warden_effect.c: a line of the answer; that it could not be written. */
void word_say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void word_say_io(FILE *out, const char *what, int err);
/* Everybody hears of it; what is in force is taken away, and w->flushed called. */
void word_tell(struct warden_word *w);
void word_flush(struct warden_word *w);
/* What is in force by w->ceiling and the rest, after it was another; may: whether anything was. */
void word_take_effect(struct warden_word *w, bool may);
int word_keep_mode(struct warden_word *w);
void word_said_by(struct word_said *s, const struct word_caller *who, uint32_t second, const char *text);

/* warden_two.c: what takes two people. file: root's, where that is what is asked for. */
struct word_line;
struct said_file;
void two_expire(struct warden_word *w);
void two_ask(struct warden_word *w, const struct word_caller *who, const struct word_line *l,
    enum word_two what, const struct said_file *file, FILE *out);
void two_enforce(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out);
void two_take(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out);
void two_settle(struct warden_word *w, const struct word_caller *who, const struct word_line *l, FILE *out);

#endif
