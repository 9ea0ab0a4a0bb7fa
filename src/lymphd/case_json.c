/* SPDX-License-Identifier: BSD-2-Clause */
/* A case as JSON, and the helpers such documents are built with, see case_json.h. */
#include "lymphd/case_json.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "host/log.h"
#include "model/finding.h"

json_t *
json_new(json_t *v)
{
	if (!v)
		fatal_oom();
	return v;
}

void
put(json_t *o, const char *key, json_t *v)
{
	if (json_object_set_new(o, key, json_new(v)) < 0)
		fatal_oom();
}

void
push(json_t *array, json_t *v)
{
	if (json_array_append_new(array, json_new(v)) < 0)
		fatal_oom();
}

void
put_text(json_t *o, const char *key, const char *s)
{
	char safe[1024];
	json_t *v = *s ? json_string(s) : json_null();
	/* A stranger's name may be cut amid a character, or be no UTF-8 at all. */
	if (!v)
		v = json_string(escape_tty(s, strlen(s), safe, sizeof(safe)));
	put(o, key, v);
}

void
put_q(json_t *o, const char *key, q32 v)
{
	put(o, key, json_real((double)v / (double)Q32_ONE));
}

void
put_int(json_t *o, const char *key, uint64_t v)
{
	put(o, key, json_integer((json_int_t)v));
}

void
put_time(json_t *o, const char *key, msec t)
{
	char text[MSEC_TEXT], ms[64];
	bool none = t == 0 || t == MSEC_NEVER;
	snprintf(ms, sizeof(ms), "%s_ms", key);
	put(o, key, none ? json_null() : json_string(msec_print(t, text)));
	put(o, ms, none ? json_null() : json_integer(t));
}

void
put_addr(json_t *o, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];
	put(o, key, a->fam ? json_string(addr_print(a, text)) : json_null());
}

static json_t *
looks_json(const struct view_case *v)
{
	json_t *a = json_new(json_array());
	for (unsigned i = 0; i < VANTAGES; i++) {
		if (!v->last_look_at[i])
			continue;
		json_t *o = json_new(json_object());
		put_text(o, "vantage", i ? "unannounced" : "announced");
		put_text(o, "verdict", verdict_name(v->last_verdict[i]));
		put_time(o, "at", v->last_look_at[i]);
		push(a, o);
	}
	return a;
}

json_t *
control_rungs_json(uint8_t rungs)
{
	json_t *a = json_new(json_array());
	for (unsigned r = 0; r < RUNG_N; r++)
		if (rungs >> r & 1)
			push(a, json_string(rung_name((enum rung)r)));
	return a;
}

/* What own flows last answered about it. */
static json_t *
flows_json(const struct view_case *v)
{
	if (!v->seen_at)
		return json_null();
	json_t *o = json_new(json_object());
	put_time(o, "at", v->seen_at);
	put(o, "covered", json_boolean(v->seen_covered));
	put(o, "active", json_boolean(v->seen_active));
	put(o, "answered", json_boolean(v->seen_answered));
	return o;
}

/* What a filter from the line would name. */
static json_t *
scope_json(const struct view_case *v)
{
	char text[PREFIX_TEXT];
	if (!v->scope.proto)
		return json_null();
	json_t *o = json_new(json_object());
	put_int(o, "proto", v->scope.proto);
	put_int(o, "port", v->scope.port);
	put_text(o, "peer", v->scope.peer.a.fam ? prefix_print(&v->scope.peer, text) : "");
	put_int(o, "samples", v->scope.samples);
	put(o, "sampling", v->scope.sampling ? json_integer(v->scope.sampling) : json_null());
	return o;
}

/* What many lines do to one victim. */
static json_t *
attack_json(const struct population *p)
{
	char text[FINDING_TEXT], victim[PREFIX_TEXT];
	json_t *o = json_new(json_object());
	put_text(o, "text", population_print(p, text));
	put_text(o, "victim", prefix_print(&p->victim, victim));
	put_int(o, "proto", p->proto);
	put(o, "port", p->port ? json_integer(p->port) : json_null());
	put_int(o, "lines", p->lines);
	put_int(o, "samples", p->samples);
	put(o, "sampling", p->sampling ? json_integer(p->sampling) : json_null());
	put_int(o, "pps", p->pps);
	put_int(o, "bps", p->bps);
	put_int(o, "mean_size", p->mean_size);
	put_time(o, "from", p->from);
	put_time(o, "to", p->to);
	return o;
}

json_t *
control_case_json(const struct view_case *v)
{
	char text[PREFIX_TEXT];
	const struct class_row *cls = class_row(v->cls);
	json_t *o = json_new(json_object());
	put_int(o, "case", v->no);
	put_text(o, "state", case_state_name(v->state));
	put_text(o, "closed_as", close_as_name(v->closed_as));
	put_text(o, "class", cls->name);
	put_text(o, "title", cls->title);
	put_text(o, "who", cls->who);
	put_text(o, "subject", prefix_print(&v->subject, text));
	put_addr(o, "address", &v->target);
	put(o, "port", v->port ? json_integer(v->port) : json_null());
	put_text(o, "line", v->line);
	put_text(o, "kind", kind_row(v->kind)->name);
	put_text(o, "party", v->party);
	put_q(o, "score", v->score);
	put_text(o, "rung", rung_name(v->rung));
	put_int(o, "reports", v->reports);
	if (v->population.lines)
		put(o, "attack", attack_json(&v->population));
	put_int(o, "k", v->k);
	put_int(o, "verified_times", v->verified_times);
	put_time(o, "verified", v->verified_at);
	put_text(o, "verified_by", v->proof_by == METHOD_FLOWS ? "own flows" :
	    v->proof_by ? "own check" : "");
	put(o, "flows", flows_json(v));
	put(o, "scope", scope_json(v));
	put(o, "contested", json_boolean(v->contested));
	put(o, "last_looks", looks_json(v));
	put_int(o, "looks_pending", v->looks_pending);
	put_time(o, "opened", v->opened);
	put_time(o, "last_report", v->last_report);
	put_time(o, "last_look", v->last_look);
	put_time(o, "closed", v->closed_at);
	put_time(o, "next", v->next);
	put_text(o, "assignee", v->assignee);
	put_time(o, "snoozed", v->snoozed);
	put(o, "merged_into", v->merged_into ? json_integer((json_int_t)v->merged_into) : json_null());
	put(o, "barred", control_rungs_json(v->barred));
	return o;
}
