/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log from its lines to what is handed to the judge: nothing of a batch before its bounds are kept, each
 * claim under an id of its own, and the same ids when the same lines are read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lymphd/hear_log.h"

#define GIVEN 64

static struct conf conf = { .name = "node.example", .logs = 1 };
static struct role_ctx ctx = { .conf = &conf };
static struct hear_log h;
static struct log_state_row told;
static struct handed *given[GIVEN];
static size_t gives;
static char path[] = "/tmp/lymph-hear-log-XXXXXX";

/* The judge, of whom only what he is handed counts here. */

bool
handoff_give(struct handoff *o, struct handed *x)
{
	(void)o;
	assert_true(gives < GIVEN);
	given[gives++] = x;
	x->in = true;
	return true;
}

struct handed *
handoff_answered(struct handoff *o, uint64_t ticket)
{
	(void)o;
	given[ticket]->in = false;
	return given[ticket];
}

void
hear_log_soon(struct hear_log *x)
{
	(void)x;
}

/* One alert of Suricata's about 192.0.2.7, all at one time and from one port. */
static void
line(FILE *f, const char *more)
{
	fprintf(f,
	    "{\"timestamp\":\"2026-11-22T11:00:00.000000+0000\",\"event_type\":\"alert\",\"src_ip\":\"192.0.2.7\","
	    "\"src_port\":40000,\"dest_ip\":\"198.51.100.9\",\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"gid\":1,"
	    "\"signature_id\":1,\"signature\":\"ET SCAN x\",\"category\":\"Attempted Information Leak\",\"severity\":2}"
	    "%s}\n", more);
}

#define WEAK   ""
#define STRONG ",\"app_proto\":\"ssh\",\"flow\":{\"pkts_toserver\":9,\"pkts_toclient\":9}"

/* A life of the role that follows the file; from: where the judge says it was. */
static struct log_in *
live(const struct msg_log_mark *from)
{
	static struct log_in l;
	struct msg_log_mark m = { .ask = 1 };
	struct msg_file file = { .no = 1, .kind = FILE_LOG, .name = "eve" };
	memset(&l, 0, sizeof(l));
	memset(&told, 0, sizeof(told));
	gives = 0;
	h.c = &ctx;
	h.log = &l;
	h.logs = 1;
	l.h = &h;
	l.row = &conf.log[0];
	l.told = &told;
	assert_true(identity_make(IDENTITY_LOG, "eve", &l.identity));
	log_tail_init(&l.tail, h.buf);
	batch_init(&l);
	l.mark.ask = 1;
	tail_file(&h, &file, open(path, O_RDONLY | O_CLOEXEC));
	m = from ? *from : m;
	m.ask = 1;
	snprintf(m.name, sizeof(m.name), "eve");
	tail_marked(&h, &m);
	assert_int_equal(l.state, LOG_READING);
	return &l;
}

static void
die(struct log_in *l)
{
	log_tail_free(&l->tail);
	gather_free(l->gather);
	for (struct log_out *o = l->first, *next; o; o = next) {
		next = o->next;
		free(o->doc);
		free(o);
	}
}

/* All is read, and it has been quiet for a while. */
static void
quiet(struct log_in *l)
{
	tail_turn(l, clock_mono());
	tail_turn(l, clock_mono() + 2 * LOG_FLUSH_QUIET);
}

static int
up(void **state)
{
	(void)state;
	struct policy_row r = { .kind = 0 };
	int fd = mkstemp(path);
	conf.policy = policy_new();
	assert_non_null(conf.policy);
	assert_int_equal(prefix_parse("192.0.2.0/24", 12, &r.lpm.prefix), 0);
	assert_int_equal(policy_add(conf.policy, &r), 0);
	strcpy(conf.log[0].name, "eve");
	strcpy(conf.log[0].file, path);
	conf.log[0].form = LOG_EVE;
	h.buf = malloc(TAIL_LINE + 1);
	FILE *f = fdopen(fd, "w");
	line(f, WEAK);
	line(f, STRONG);
	line(f, WEAK);
	fclose(f);
	return sodium_init() < 0 || !h.buf;
}

static int
down(void **state)
{
	(void)state;
	policy_free(conf.policy);
	free(h.buf);
	return unlink(path);
}

/* Its bounds are said, not kept: nothing goes out, whatever time passes. */
static void
test_order(void **state)
{
	(void)state;
	struct log_in *l = live(NULL);
	quiet(l);
	assert_int_equal(l->state, LOG_PLANNING);
	assert_int_equal(l->outs, 2);
	assert_true(l->mark.to > l->mark.mark.offset);
	assert_int_equal(gives, 0);
	tail_turn(l, clock_mono() + MSEC_HOUR);
	assert_int_equal(gives, 0);
	struct msg_log_mark kept = l->mark;
	kept.err = -5; /* not kept */
	tail_marked(&h, &kept);
	tail_turn(l, clock_mono());
	assert_int_equal(gives, 0);
	kept.err = 0;
	tail_marked(&h, &kept);
	assert_int_equal(l->state, LOG_SENDING);
	tail_turn(l, clock_mono());
	assert_int_equal(gives, 2);
	die(l);
}

/* What is weak and what is strong stays apart, also at the judge. Killed before it heard that all is done,
 * it reads the same lines and makes the same of them. */
static void
test_ids(void **state)
{
	(void)state;
	uint8_t id[2][16], body[2][32];
	struct log_in *l = live(NULL);
	quiet(l);
	struct msg_log_mark kept = l->mark;
	tail_marked(&h, &kept);
	tail_turn(l, clock_mono());
	assert_int_equal(gives, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct msg_report *m = given[i]->msg;
		memcpy(id[i], m->report.id, 16);
		memcpy(body[i], m->report.body_hash, 32);
		assert_int_equal(m->report.evidence, i ? EVIDENCE_STRONG : EVIDENCE_WEAK);
		assert_int_equal(m->report.count, i ? 1 : 2);
	}
	assert_memory_not_equal(id[0], id[1], 16);
	die(l);
	FILE *f = fopen(path, "a"); /* what came meanwhile is of the next batch */
	line(f, STRONG);
	fclose(f);
	l = live(&kept);
	quiet(l);
	assert_int_equal(l->state, LOG_SENDING);
	assert_int_equal(gives, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct msg_report *m = given[i]->msg;
		assert_memory_equal(m->report.id, id[i], 16);
		assert_memory_equal(m->report.body_hash, body[i], 32);
	}
	die(l);
}

/* A full table gives out what it holds too early; what comes behind it is told apart by its number. */
static void
test_twice(void **state)
{
	(void)state;
	struct log_in *l = live(NULL);
	quiet(l);
	assert_int_equal(l->outs, 2);
	static const char same[] =
	    "{\"timestamp\":\"2026-11-22T11:00:00.000000+0000\",\"event_type\":\"alert\",\"src_ip\":\"192.0.2.7\","
	    "\"src_port\":40000,\"dest_ip\":\"198.51.100.9\",\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"gid\":1,"
	    "\"signature_id\":1,\"signature\":\"ET SCAN x\",\"category\":\"Attempted Information Leak\",\"severity\":2}}";
	batch_line(l, same, sizeof(same) - 1);
	batch_close(l);
	assert_int_equal(l->outs, 3);
	const struct log_out *a = l->first, *c = a->next->next;
	assert_memory_not_equal(a->m.report.id, c->m.report.id, 16);
	assert_memory_not_equal(a->next->m.report.id, c->m.report.id, 16);
	die(l);
}

/* Who attacks us from elsewhere: handed in where the operator wants that told, and nothing anybody forged. */
static void
test_refer(void **state)
{
	(void)state;
	static const char strong[] =
	    "{\"timestamp\":\"2026-11-22T11:00:00.000000+0000\",\"event_type\":\"alert\",\"src_ip\":\"198.51.100.9\","
	    "\"src_port\":40000,\"dest_ip\":\"192.0.2.7\",\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"gid\":1,"
	    "\"signature_id\":1,\"signature\":\"ET SCAN x\",\"category\":\"Attempted Information Leak\",\"severity\":2}"
	    STRONG "}";
	static const char weak[] =
	    "{\"timestamp\":\"2026-11-22T11:00:00.000000+0000\",\"event_type\":\"alert\",\"src_ip\":\"198.51.100.10\","
	    "\"src_port\":40000,\"dest_ip\":\"192.0.2.7\",\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"gid\":1,"
	    "\"signature_id\":1,\"signature\":\"ET SCAN x\",\"category\":\"Attempted Information Leak\",\"severity\":2}}";
	static const char sshd[] = "Nov 22 00:59:01 host sshd[411]: Failed password for root from 198.51.100.11 port 40022 ssh2",
			  inside[] = "Nov 22 00:59:01 host sshd[411]: Failed password for root from 10.0.0.11 port 40022 ssh2";
	for (int on = 0; on < 2; on++) {
		conf.log[0].refer = on;
		conf.log[0].form = LOG_AUTO;
		strcpy(conf.mail.from, "abuse@node.example");
		conf.mail.refer = true;
		conf.outgoing = OUTGOING_ON;
		struct log_in *l = live(NULL);
		batch_line(l, strong, sizeof(strong) - 1);
		batch_line(l, weak, sizeof(weak) - 1);
		batch_line(l, sshd, sizeof(sshd) - 1);
		batch_line(l, inside, sizeof(inside) - 1);
		batch_close(l);
		assert_int_equal(l->outs, on ? 2 : 0);
		assert_int_equal(told.foreign, on);
		for (const struct log_out *o = l->first; o; o = o->next) {
			assert_true(o->m.report.evidence > EVIDENCE_WEAK);
			assert_int_equal(o->m.report.subject.b[0], 198);
		}
		logclaim_free(l->text);
		die(l);
	}
	conf.log[0].refer = false;
	conf.log[0].form = LOG_EVE;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_refer),
	};
	return cmocka_run_group_tests(tests, up, down);
}
