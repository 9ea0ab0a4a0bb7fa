/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reports of a case with their evidence, for `lymph export`: page by page, as they are kept. What was
 * shredded is said to be gone. Forms and pseudonyms are the command's work.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/control.h"
#include "wire/sshsig.h"
#include "wire/uuid.h"

#define BYTES (8u << 20) /* of bodies in one answer; one report may be more */

struct page {
	struct control_call *k;
	json_t *list;
	uint64_t next;
	size_t limit, bytes;
};

static json_t *
base64(const void *p, size_t n)
{
	size_t room = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(room);
	if (!text)
		fatal_oom();
	json_t *v = json_new(json_string(sodium_bin2base64(text, room, p, n, sodium_base64_VARIANT_ORIGINAL)));
	free(text);
	return v;
}

static int
see(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct page *p = arg;
	struct fact f;
	char text[KEY_TEXT], id[UUID_TEXT];
	void *body = NULL, *sig = NULL;
	size_t body_n = 0, sig_n = 0;
	(void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r < 0 || f.kind != FACT_REPORT)
		return r;
	if (json_array_size(p->list) >= p->limit || p->bytes >= BYTES) {
		p->next = seq;
		return 1;
	}
	json_t *o = json_new(json_object());
	put_int(o, "fact", seq);
	put_time(o, "at", f.at);
	put_text(o, "report_id", uuid_print(f.report.id, id));
	put_text(o, "reporter", key_is_zero(&f.report.key) ? "" : key_print(&f.report.key, text));
	put_text(o, "sender", f.report.sender);
	put_text(o, "class", class_row(f.report.cls)->name);
	put_addr(o, "subject", &f.report.subject);
	put_int(o, "port", f.report.port);
	put_time(o, "event", f.report.event);
	put_int(o, "count", f.report.count);
	put_text(o, "evidence", evidence_name(f.report.evidence));
	r = store_body(p->k->e->store, seq, &body, &body_n, &sig, &sig_n);
	put(o, "body", r == 0 ? base64(body, body_n) : json_null());
	push(p->list, o);
	p->bytes += body_n;
	free(body);
	free(sig);
	return 0;
}

int
control_export(struct control_call *k)
{
	int64_t no, from, limit;
	struct view_case v;
	int r = control_arg_int(k, "case", 0, &no);
	if (r == 0)
		r = control_arg_int(k, "from", 0, &from);
	if (r == 0)
		r = control_arg_int(k, "limit", 200, &limit);
	if (r < 0)
		return r;
	if (no < 1 || from < 0 || limit < 1 || limit > PAGE_MOST)
		return control_refuse(k, -EINVAL, "export takes a case, from and limit (1 to %d)", PAGE_MOST);
	struct page p = { .k = k, .list = json_new(json_array()), .limit = (size_t)limit };
	r = store_case_facts(k->e->store, (uint64_t)no, (uint64_t)from, see, &p);
	if (r < 0) {
		json_decref(p.list);
		return control_refuse(k, r, "the journal cannot be read: %s", strerror(-r));
	}
	bool known = view_case(k->e->judge, (uint64_t)no, edge_now(k->e), &v);
	if (!known && json_array_size(p.list) == 0) {
		json_decref(p.list);
		return control_refuse(k, -ENOENT, "no such case, or nothing is left of it");
	}
	put(k->answer, "case", known ? control_case_json(&v) : json_null());
	put_int(k->answer, "number", (uint64_t)no);
	put(k->answer, "reports", p.list);
	put(k->answer, "next", p.next ? json_integer((json_int_t)p.next) : json_null());
	put_text(k->answer, "server", k->e->c->conf->name);
	put_time(k->answer, "now", k->e->now);
	return 0;
}
