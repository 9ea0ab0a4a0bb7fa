/* SPDX-License-Identifier: BSD-2-Clause */
/* nf_tables messages: what is written is read again, what cannot be is passed over. With a folder as
 * argument it writes messages there, for the fuzz target's corpus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cmocka.h>

#include "act/nft_wire.h"

static char room[1 << 17];
static struct nft_elem saw[8];
static size_t seen;

static void
on_elem(const struct nft_elem *e, void *arg)
{
	(void)arg;
	if (seen < 8)
		saw[seen] = *e;
	seen++;
}

static struct act_entry
entry(enum act_set s, const char *target)
{
	struct act_entry e = { .order = 7, .set = (uint8_t)s, .put = 1000, .end = 61000 };
	assert_int_equal(prefix_parse(target, strlen(target), &e.target), 0);
	if (s < SET_QUAR4) {
		e.proto = 17;
		e.port = 0x1234;
	}
	return e;
}

static struct nft_out
start(int type)
{
	struct nft_out o = { .b = room, .room = sizeof room, .seq = 5 };
	nft_out_msg(&o, type, 0, "in4");
	nft_out_elems(&o);
	return o;
}

static const struct nlmsghdr *
read_all(struct nft_out *o)
{
	const struct nlmsghdr *m = NULL, *last = NULL;
	nft_out_end(o);
	seen = 0;
	memset(saw, 0, sizeof saw);
	for (size_t at = 0; nft_next(o->b, o->n, &at, &m); last = m)
		nft_elems(m, on_elem, NULL);
	return last;
}

static void
test_round(void **state)
{
	(void)state;
	static const char *const targets[SET_N] = { "192.0.2.1", "2001:db8::1", "192.0.2.1",
		"2001:db8::1", "192.0.2.1", "2001:db8::1", "192.0.2.0/24", "2001:db8::/56",
		"203.0.113.0/25", "2001:db8:9::/49" };
	for (int s = 0; s < SET_N; s++) {
		struct act_entry e = entry(s, targets[s]), back;
		struct nft_out o = start(NFT_MSG_NEWSETELEM);
		nft_out_entry(&o, &e, 60000);
		const struct nlmsghdr *m = read_all(&o);
		assert_true(nft_is(m, NFT_MSG_NEWSETELEM) && m->nlmsg_seq == 5);
		assert_int_equal(seen, 1);
		assert_int_equal(saw[0].order, 7);
		assert_int_equal(saw[0].put, 1000);
		assert_int_equal(saw[0].until, 61000);
		assert_true(nft_place(s, &saw[0], &back));
		assert_int_equal(back.proto, e.proto);
		assert_int_equal(back.port, e.port);
		assert_true(addr_eq(&back.target.a, &e.target.a));
		assert_int_equal(back.target.len, nft_wide(s) ? addr_bits(&e.target.a) : e.target.len);
		struct nft_elem cut = saw[0];
		cut.len--;
		assert_false(nft_place(s, &cut, &back));
		assert_false(nft_is_keeper(saw[0].key, saw[0].len));
		o = start(NFT_MSG_NEWSETELEM);
		nft_out_keeper(&o, s);
		read_all(&o);
		assert_int_equal(seen, nft_wide(s) ? 2 : 1);
		assert_true(nft_is_keeper(saw[0].key, saw[0].len) && !saw[0].end && !saw[0].order);
		assert_true(saw[0].left == MSEC_NEVER);
		assert_int_equal(saw[1].end, nft_wide(s));
	}
}

static void
test_after(void **state)
{
	(void)state;
	static const struct {
		const char *prefix, *after; /* NULL: nothing follows */
	} rows[] = {
		{ "192.0.2.0/24", "192.0.3.0" },
		{ "192.0.2.128/25", "192.0.3.0" },
		{ "192.0.255.0/24", "192.1.0.0" },
		{ "192.0.2.1/32", "192.0.2.2" },
		{ "192.0.2.255/32", "192.0.3.0" },
		{ "0.0.0.0/1", "128.0.0.0" },
		{ "128.0.0.0/1", NULL },
		{ "255.255.255.0/24", NULL },
		{ "255.255.255.255/32", NULL },
		{ "2001:db8:0:100::/56", "2001:db8:0:200::" },
		{ "2001:db8:ffff:ff80::/57", "2001:db9::" },
		{ "ff00::/8", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct prefix p;
		assert_int_equal(prefix_parse(rows[i].prefix, strlen(rows[i].prefix), &p), 0);
		struct act_entry e = { .set = p.a.fam == 4 ? SET_WIDE4 : SET_WIDE6, .target = p }, at;
		struct nft_elem next = { .len = nft_key_len(e.set) };
		char text[ADDR_TEXT];
		assert_int_equal(nft_key_after(&e, next.key), rows[i].after != NULL);
		if (!rows[i].after)
			continue;
		assert_true(nft_place(e.set, &next, &at));
		assert_string_equal(addr_print(&at.target.a, text), rows[i].after);
	}
}

/* A victim's place: a prefix, and all ports or one. What is a range but no prefix is no place wider than
 * its first address. */
static void
test_range(void **state)
{
	struct act_entry e = entry(SET_VICTIM4, "203.0.113.0/24"), back;
	(void)state;
	for (e.port = 0; e.port < 2; e.port++) {
		struct nft_out o = start(NFT_MSG_NEWSETELEM);
		nft_out_elem(&o, &e);
		read_all(&o);
		assert_int_equal(saw[0].last[3], 255);
		assert_int_equal(saw[0].last[8] << 8 | saw[0].last[9], e.port ? e.port : 65535);
		assert_true(nft_place(SET_VICTIM4, &saw[0], &back));
		assert_int_equal(act_entry_cmp(&e, &back), 0);
	}
	saw[0].last[3] = 254;
	assert_true(nft_place(SET_VICTIM4, &saw[0], &back));
	assert_int_equal(back.target.len, 32);
}

/* A comment is ours to the letter, or not at all. */
static void
test_comment(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t order;
	} rows[] = {
		{ "order 7 put 1000 end 61000", 7 },
		{ "order 18446744073709551615 put 0 end 0", UINT64_MAX },
		{ "order 18446744073709551616 put 0 end 0", 0 },
		{ "order 7 put 9223372036854775808 end 0", 0 },
		{ "order 7 put -1 end 0", 0 },
		{ "order  7 put 1 end 0", 0 },
		{ "order +7 put 1 end 0", 0 },
		{ "order 7 put 1 end 2 ", 0 },
		{ "order 7 put 1", 0 },
		{ "order", 0 },
		{ "", 0 },
		{ "lymph is at work: flush this set and it stays empty", 0 },
	};
	struct act_entry e = entry(SET_QUAR4, "192.0.2.1");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* By hand, in place of ours: the key, then the comment as nft(8) writes it. */
		struct nft_out o = start(NFT_MSG_NEWSETELEM);
		nft_out_elem(&o, &e);
		struct nlattr *list = o.elems, *elem = (void *)((char *)list + NLA_HDRLEN);
		size_t n = strlen(rows[i].text) + 1, all = NLA_HDRLEN + 2 + n;
		struct nlattr data = { .nla_len = (uint16_t)all, .nla_type = NFTA_SET_ELEM_USERDATA };
		char *at = (char *)elem + NLA_ALIGN(elem->nla_len);
		memset(at, 0, NLA_ALIGN(all));
		memcpy(at, &data, sizeof data);
		at[NLA_HDRLEN + 1] = (char)n;
		memcpy(at + NLA_HDRLEN + 2, rows[i].text, n);
		elem->nla_len = (uint16_t)(NLA_ALIGN(elem->nla_len) + all);
		o.msg->nlmsg_len += (uint32_t)NLA_ALIGN(all);
		read_all(&o);
		assert_int_equal(seen, 1);
		assert_true(saw[0].order == rows[i].order);
		assert_true(saw[0].order || (saw[0].put == 0 && saw[0].until == 0));
		at[NLA_HDRLEN + 1]++; /* a length that is not its own */
		read_all(&o);
		assert_true(seen == 1 && saw[0].order == 0);
	}
}

/* Lengths that lie: whatever is cut off or swollen, nothing beyond the bytes is read (ASan says). */
static void
test_lies(void **state)
{
	(void)state;
	struct act_entry e = entry(SET_IN4, "192.0.2.1");
	struct nft_out o = start(NFT_MSG_NEWSETELEM);
	nft_out_entry(&o, &e, 1);
	nft_out_end(&o);
	char *b = malloc(o.n);
	for (size_t i = 16; i < o.n; i++)
		for (int v = 0; v < 4; v++) {
			const struct nlmsghdr *m;
			memcpy(b, o.b, o.n);
			b[i] = (char)(v == 0 ? 0xff : v == 1 ? 0 : v == 2 ? b[i] + 1 : b[i] - 1);
			for (size_t at = 0; nft_next(b, o.n, &at, &m);)
				nft_elems(m, on_elem, NULL);
		}
	for (size_t n = 0; n < o.n; n++) {
		const struct nlmsghdr *m;
		size_t at = 0;
		assert_false(nft_next(o.b, n, &at, &m));
	}
	free(b);
}

static void
test_error(void **state)
{
	(void)state;
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		struct nlattr a;
		uint32_t offset;
	} m = { .h = { .nlmsg_len = sizeof m, .nlmsg_type = NLMSG_ERROR,
			.nlmsg_flags = NLM_F_ACK_TLVS | NLM_F_CAPPED },
		.e = { .error = -ENOENT },
		.a = { 8, NLMSGERR_ATTR_OFFS },
		.offset = 96 };
	uint32_t offset = 1;
	assert_int_equal(nft_error(&m.h, &offset), -ENOENT);
	assert_int_equal(offset, 96);
	m.h.nlmsg_flags = NLM_F_CAPPED;
	assert_int_equal(nft_error(&m.h, &offset), -ENOENT);
	assert_int_equal(offset, 0);
	m.e.error = 0;
	assert_int_equal(nft_error(&m.h, &offset), 0);
	m.e.error = 5;
	assert_int_equal(nft_error(&m.h, &offset), -EBADMSG);
	m.h.nlmsg_len = sizeof m.h + 4;
	assert_int_equal(nft_error(&m.h, &offset), -EBADMSG);
}

static int
write_corpus(const char *dir)
{
	for (int s = 0; s < SET_N; s++) {
		char path[512];
		struct act_entry e = { .order = 7, .set = (uint8_t)s, .put = 1000, .end = 61000,
			.target = { { s % 2 ? 6 : 4, { 0x20, 1, 0xd, 0xb8 } }, 24 } };
		struct nft_out o = start(NFT_MSG_NEWSETELEM);
		nft_out_entry(&o, &e, 60000);
		nft_out_keeper(&o, s);
		nft_out_frame(&o, NFNL_MSG_BATCH_END);
		snprintf(path, sizeof path, "%s/%s", dir, act_set_name(s));
		FILE *f = fopen(path, "w");
		if (!f || fwrite(o.b, 1, o.n, f) != o.n || fclose(f))
			return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_comment),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_error),
	};
	return argc > 1 ? write_corpus(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
