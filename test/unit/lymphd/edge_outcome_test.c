/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What reporters hear, at the judge's edge: a token opens its own outcome and nothing else, the word is signed,
 * and mails about it go to who is trusted and asked for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge_set.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_speak.h"
#include "wire/claim.h"
#include "wire/sshsig.h"

static struct {
	char text[4096]; /* the last, with its signature behind a NUL; "" none such */
	uint64_t ticket;
	struct key server;
} outcome;

static void
on_outcome(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_SERVER_KEY) {
		outcome.server = ((const struct msg_server_key *)m->body)->key;
	} else if (m->type == M_OUTCOME) {
		const struct msg_outcome *o = m->body;
		assert_int_equal(o->text_len + o->sig_len, m->tail_len);
		assert_true(m->tail_len + 2 < sizeof(outcome.text));
		memset(outcome.text, 0, sizeof(outcome.text));
		memcpy(outcome.text, m->tail, o->text_len);
		memcpy(outcome.text + o->text_len + 1, m->tail + o->text_len, o->sig_len);
		outcome.ticket = o->ticket;
	}
}

/* What the judge says to whoever holds that token for that id: "" that there is no such thing. */
static const char *
told(uint32_t id, const uint8_t token[TOKEN_BYTES])
{
	static uint64_t ticket = 1000;
	struct msg_outcome_get m = { .ticket = ++ticket };
	memcpy(m.id, &id, sizeof(id));
	memcpy(m.token, token, TOKEN_BYTES);
	assert_int_equal(chan_send(t.hear, M_OUTCOME_GET, &m, NULL, 0, -1), 0);
	UNTIL(outcome.ticket == ticket);
	return outcome.text;
}

static void
test_outcome(void **state)
{
	(void)state;
	uint8_t one[TOKEN_BYTES], two[TOKEN_BYTES], wrong[TOKEN_BYTES], blob[SSHSIG_MAX];
	struct key key;
	const char *rule;
	size_t n;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	memcpy(one, t.answer[0].token, sizeof(one));
	assert_int_equal(ask(2, 7, 1, "{a}"), ANSWER_ACCEPTED);
	memcpy(two, t.answer[0].token, sizeof(two));
	assert_memory_not_equal(one + 8, two + 8, 16);
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_SAME);
	assert_memory_equal(one, t.answer[0].token, sizeof(one));
	assert_int_equal(ask(1, 7, 1, "{b}"), ANSWER_CONFLICT);
	for (size_t i = 0; i < sizeof(one); i++)
		assert_int_equal(t.answer[0].token[i], 0);

	assert_non_null(strstr(told(7, one), "\"outcome\":\"received\""));
	n = strlen(outcome.text);
	assert_int_equal(sshsig_dearmor(outcome.text + n + 1, strlen(outcome.text + n + 1), blob, sizeof(blob), &n), 0);
	assert_int_equal(sshsig_verify(blob, n, outcome.text, strlen(outcome.text), "lymph-outcome", &key, &rule), 0);
	assert_int_equal(key_cmp(&key, &outcome.server), 0);
	/* Whatever is not both is nothing. */
	assert_string_equal(told(8, one), "");
	for (size_t i = 0; i < sizeof(one); i++) {
		memcpy(wrong, one, sizeof(wrong));
		wrong[i] ^= 1;
		assert_string_equal(told(7, wrong), "");
	}
	memset(wrong, 0xff, sizeof(wrong));
	assert_string_equal(told(7, wrong), "");
	memset(wrong, 0, sizeof(wrong));
	assert_string_equal(told(7, wrong), "");
	judge_die();
	live(""); /* with the key it made before */
	assert_non_null(strstr(told(7, two), "received"));
	assert_int_equal(key_cmp(&key, &outcome.server), 0);
}

static void
say_wish(uint8_t who, uint32_t id, uint8_t last, const char *to)
{
	struct msg_report m = report(who, id, last, "{w}");
	t.answers = 0;
	snprintf(m.reply_to, sizeof(m.reply_to), "%s", to);
	snprintf(m.reply_mail, sizeof(m.reply_mail), "<%u@shop.example>", id);
	send_report(&m, "{w}");
	UNTIL(t.answers == 1);
	assert_int_equal(t.answer[0].answer, ANSWER_ACCEPTED);
}

/* Who is trusted is written to when the word changes; a stranger's wish is none; who is forgotten is not
 * written to. */
static void
test_wishes(void **state)
{
	(void)state;
	struct speak_head laid;
	struct speak_body body;
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .pinned = true, .pin = Q32(9, 10) } };
	memset(f.reporter.key.b, 1, KEY_BYTES);
	assert_int_equal(edge_submit(edge(), &f), 0);
	say_wish(1, 1, 1, "abuse@shop.example");
	uint64_t first = t.answer[0].seq, no = t.answer[0].case_no;
	say_wish(1, 2, 2, "abuse@shop.example");
	uint64_t second = t.answer[0].seq, other = t.answer[0].case_no;
	say_wish(2, 3, 1, "victim@elsewhere.example"); /* unproven */
	say_wish(0, 4, 1, "victim@elsewhere.example"); /* unsigned */
	assert_int_equal(reply_totals(edge()).wishes, 2);
	struct msg_report bad = report(1, 5, 1, "{w}");
	snprintf(bad.reply_to, sizeof(bad.reply_to), "a@b.example\nBcc: c@d.example");
	uint64_t broken = edge()->broken;
	send_report(&bad, "{w}");
	UNTIL(edge()->broken == broken + 1);
	judge_die();
	live("");
	assert_int_equal(reply_totals(edge()).wishes, 2); /* still known */
	f = (struct fact){ .kind = FACT_DESK, .desk = { .verb = DESK_CLOSE, .as = CLOSE_FIXED, .target = no } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	UNTIL(speak_totals(edge()).waiting == 1);
	assert_int_equal(reply_totals(edge()).wishes, 1);
	assert_int_equal(speak_head(edge(), speak_next(edge(), 0), &laid), 0);
	assert_string_equal(laid.to, "abuse@shop.example");
	assert_string_equal(laid.in_reply_to, "<1@shop.example>");
	assert_int_equal(laid.kind, SPEAK_OUTCOME);
	assert_int_equal(speak_body(edge(), laid.no, &body), 0);
	assert_non_null(memmem(body.attached, body.attached_n, "\"outcome\":\"fixed\"", 17));
	assert_non_null(strstr(body.text, "It was so, and is not any more."));
	free(body.bytes);
	/* Both are shredded: nothing is left to be sent. */
	assert_int_equal(edge_begin(edge()), 0);
	reply_forget(edge(), first);
	reply_forget(edge(), second);
	assert_int_equal(edge_commit(edge()), 0);
	f.desk.target = other;
	assert_int_equal(edge_submit(edge(), &f), 0);
	UNTIL(speak_totals(edge()).waiting == 0);
	assert_int_equal(reply_totals(edge()).wishes, 0);
	check_replay();
}

/* Where there is no place for what is to be told, it is told when there is. */
static void
test_wish_waits(void **state)
{
	(void)state;
	char slot[16];
	uint64_t last = 0;
	int r = 0;
	struct speak_mail m = { .kind = SPEAK_OUTCOME, .to = "a@b.example", .subject = "s", .text = "t", .slot = slot };
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .pinned = true, .pin = Q32(9, 10) } };
	memset(f.reporter.key.b, 1, KEY_BYTES);
	assert_int_equal(edge_submit(edge(), &f), 0);
	say_wish(1, 1, 1, "abuse@shop.example");
	uint64_t no = t.answer[0].case_no;
	assert_int_equal(edge_begin(edge()), 0);
	for (unsigned i = 0; r == 0; i++) {
		snprintf(slot, sizeof(slot), "%u", i);
		r = speak_lay(edge(), &m, &last);
	}
	assert_int_equal(r, 1 + SPEAK_NO_ROOM);
	assert_int_equal(edge_commit(edge()), 0);
	f = (struct fact){ .kind = FACT_DESK, .desk = { .verb = DESK_CLOSE, .as = CLOSE_FIXED, .target = no } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	UNTIL(speak_totals(edge()).no[SPEAK_NO_ROOM] > 1); /* it was tried */
	assert_int_equal(reply_totals(edge()).wishes, 1);
	assert_int_equal(speak_drop(edge(), last, 1, "room"), 0);
	UNTIL(reply_totals(edge()).wishes == 0);
	check_replay();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_outcome),
		TEST(test_wishes),
		TEST(test_wish_waits),
	};
	edge_more = on_outcome;
	setenv("LYMPH_REPLY_MS", "100", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
