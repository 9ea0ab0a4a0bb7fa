/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control socket says of logs: the counters hear-log told last. Reads only. */
#include "lymphd/control.h"
#include "lymphd/edge_log.h"

#include <stddef.h>

static const struct {
	const char *name;
	size_t at;
} counters[] = {
#define ROW(m)                                                                                     \
	{                                                                                          \
#m, offsetof(struct log_state_row, m)                                              \
	}
	ROW(lines),
	ROW(accusing),
	ROW(neutral),
	ROW(broken),
	ROW(limited),
	ROW(aside),
	ROW(too_long),
	ROW(over),
	ROW(gaps),
	ROW(reports),
	ROW(again),
	ROW(failed),
	ROW(dropped),
	ROW(refused),
	ROW(behind),
	ROW(referred),
	ROW(foreign),
#undef ROW
};

json_t *
control_logs_json(const struct edge *e)
{
	const struct conf *conf = e->c->conf;
	const struct log_state_row *rows;
	bool heard;
	size_t n = logs_all(e, &rows, &heard);
	json_t *a = json_new(json_array());
	for (unsigned i = 0; i < conf->logs; i++) {
		json_t *o = json_new(json_object());
		put_text(o, "name", conf->log[i].name);
		put_text(o, "from", conf->log[i].file[0] ? conf->log[i].file : conf->log[i].listen);
		put(o, "heard", json_boolean(heard && i < n));
		for (size_t c = 0; i < n && c < sizeof(counters) / sizeof(counters[0]); c++)
			put_int(o, counters[c].name,
			    *(const uint64_t *)((const char *)&rows[i] + counters[c].at));
		push(a, o);
	}
	return a;
}
