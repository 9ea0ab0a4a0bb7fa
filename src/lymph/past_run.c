/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flows of old data through detectors and judge, see past.h. Both are the live ones, driven as their roles
 * drive them: time goes forward with the data, a finding becomes the facts the judge's edge makes of it,
 * and what the judge asks of own flows is answered by them.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "judge/judge.h"
#include "lymph/past.h"
#include "lymph/past_sort.h"
#include "wire/flow_json.h"

#define WINDOW      (128u << 10) /* flows put in order at a time */
#define STEP        MSEC_SECOND  /* flows of one batch end within it */
#define TICKS       120 /* seconds told one by one when no flow comes; behind them, nothing ends */
#define SPOOFED     64  /* interfaces remembered for letting forged sources in */
#define SECOND_WORD (250) /* ms between two words of progress */

struct past {
	struct past_conf c;
	struct detect *detect;
	struct judge *judge;
	struct flowdec *decoder;
	struct past_sort *sort;
	struct effects fx;
	msec now;
	bool introduced[DETECTORS];
	struct finding *waiting; /* found inside detect_flows, judged behind it */
	size_t waits, waits_room;
	struct past_finding *kept;
	size_t n, room;
	uint64_t not_kept;
	struct {
		uint16_t exporter;
		uint32_t iface;
		msec at;
	} spoofed[SPOOFED];
	size_t spoofs;
	struct addr comer[PAST_COMERS];
	size_t comers; /* exporters that came along */
	msec told;     /* when progress was said last */
};

static void *
grow(void *p, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return p;
	*room = *room ? *room * 2 : 64;
	p = reallocarray(p, *room, size);
	if (!p)
		fatal_oom();
	return p;
}

/* --- whose data ---------------------------------------------------------------------------------- */

static int
add_conf(struct sights *s, const struct sights *conf)
{
	int r = 0;
	for (size_t i = 0; r >= 0 && i < conf->exporters; i++)
		r = sights_exporter(s, &conf->exporter[i]);
	for (size_t i = 0; r >= 0 && i < conf->ifaces; i++) {
		struct iface_row row = conf->iface[i];
		row.exporter = (uint16_t)(row.exporter + 1);
		r = sights_iface(s, &row);
	}
	for (size_t i = 0; r >= 0 && i < conf->allows; i++)
		r = sights_allow(s, &conf->allow[i]);
	return r;
}

/* Rows kept free for exporters nobody configured: what they see is taken for all there is. */
static int
add_comers(struct sights *s, enum sav sav)
{
	int r = 0;
	for (unsigned i = 0; r >= 0 && i < PAST_COMERS; i++) {
		struct exporter_row e = {
			.addr = { 6, { 0x01, [15] = (uint8_t)i } }
		}; /* RFC 6666: nobody's */
		struct iface_row all = { .side = SIDE_TAP, .sav = (uint8_t)sav, .to = UINT32_MAX };
		snprintf(e.name, sizeof(e.name), "exporter-%u", i + 1);
		r = sights_exporter(s, &e);
		all.exporter = (uint16_t)r;
		if (r >= 0)
			r = sights_iface(s, &all);
	}
	return r;
}

struct sights *
past_sights(const struct sights *conf, enum sav sav, const struct prefix *behind, size_t n)
{
	struct sights *s = sights_new();
	struct exporter_row e = { .name = "data", .addr = { 6, { 0x01, [14] = 1 } } };
	struct iface_row tap = { .side = SIDE_TAP, .sav = (uint8_t)sav, .to = UINT32_MAX };
	struct iface_row lines = { .side = SIDE_CUSTOMER,
		.sav = (uint8_t)sav,
		.from = 1,
		.to = 1,
		.prefix = (struct prefix *)(uintptr_t)behind,
		.prefixes = (uint32_t)n };
	int r = s ? sights_exporter(s, &e) : -ENOMEM;
	if (r >= 0)
		r = sights_iface(s, n ? &lines : &tap);
	if (r >= 0)
		r = conf && conf->exporters ? add_conf(s, conf) : add_comers(s, sav);
	if (r < 0) {
		sights_free(s);
		return NULL;
	}
	return s;
}

int
past_exporter(struct past *p, const struct addr *a, uint16_t port)
{
	if (!p->c.comers)
		return sights_who(p->c.sights, a, port);
	for (size_t i = 0; i < p->comers; i++)
		if (addr_eq(&p->comer[i], a))
			return (int)i + 1;
	if (p->comers == PAST_COMERS)
		return -ENOENT;
	p->comer[p->comers++] = *a;
	return (int)p->comers;
}

/* --- the judge ----------------------------------------------------------------------------------- */

static uint64_t
step(struct past *p, struct fact *f)
{
	uint64_t case_no = 0;
	f->at = p->now;
	judge_step(p->judge, f, &p->fx, &case_no);
	return case_no;
}

/* The questions among the effects; the answers may raise more. */
static void
answer(struct past *p)
{
	for (size_t i = 0; i < p->fx.n; i++) {
		if (p->fx.v[i].kind != EFFECT_ASK)
			continue;
		struct flow_ask q = p->fx.v[i].ask;
		struct ask a = { .no = q.no,
			.case_no = q.case_no,
			.subject = q.subject,
			.port = q.port,
			.cls = q.cls,
			.when = q.when };
		struct fact f = { .kind = FACT_FLOW };
		detect_ask(p->detect, &a, false, &f.flow);
		step(p, &f);
	}
	effects_clear(&p->fx);
}

static void
introduce(struct past *p, enum detector d)
{
	struct fact f = { .kind = FACT_REPORTER,
		.reporter = { .key = detector_key(d), .standing = STANDING_OWN } };
	if (p->introduced[d])
		return;
	p->introduced[d] = true;
	snprintf(f.reporter.name, sizeof(f.reporter.name), "own-%s", detector_row(d)->name);
	step(p, &f);
}

static void
note_spoofed(struct past *p, const struct finding *f)
{
	size_t i = 0;
	if (f->detector != DETECT_SPOOF)
		return;
	while (i < p->spoofs &&
	       (p->spoofed[i].exporter != f->exporter || p->spoofed[i].iface != f->iface))
		i++;
	if (i == SPOOFED)
		i = 0;
	else if (i == p->spoofs)
		p->spoofs++;
	p->spoofed[i].exporter = f->exporter;
	p->spoofed[i].iface = f->iface;
	p->spoofed[i].at = f->to;
}

static bool
spoofed(const struct past *p, const struct finding *f)
{
	for (size_t i = 0; i < p->spoofs; i++)
		if (p->spoofed[i].exporter == f->exporter && p->spoofed[i].iface == f->iface &&
		    f->to - p->spoofed[i].at < MSEC_HOUR)
			return true;
	return false;
}

static uint64_t
judge_finding(struct past *p, const struct finding *f)
{
	struct fact report = { .kind = FACT_REPORT }, word = { .kind = FACT_FLOW };
	uint64_t case_no = 0;
	note_spoofed(p, f);
	if (f->detector == DETECT_POPULATION) {
		word.kind = FACT_POPULATION;
		finding_population(f, &word.population);
		step(p, &word);
	} else if (finding_report(f, &report.report) && policy_find(p->c.policy, &f->subject)) {
		introduce(p, f->detector);
		case_no = step(p, &report);
		if (finding_seen(f, spoofed(p, f), &word.flow))
			step(p, &word);
	}
	answer(p);
	return case_no;
}

static void
keep(struct past *p, const struct finding *f, uint64_t case_no)
{
	if (p->n == PAST_KEPT) {
		p->not_kept++;
		return;
	}
	p->kept = grow(p->kept, p->n, &p->room, sizeof(*p->kept));
	p->kept[p->n++] = (struct past_finding){ *f, case_no };
}

static void
found(void *arg, const struct finding *f)
{
	struct past *p = arg;
	p->waiting = grow(p->waiting, p->waits, &p->waits_room, sizeof(*p->waiting));
	p->waiting[p->waits++] = *f;
}

/* What the detectors found on the way; they must not be asked from inside. */
static void
settle(struct past *p)
{
	for (size_t i = 0; i < p->waits; i++) {
		const struct finding *f = &p->waiting[i];
		if (!finding_sane(f))
			fatal("a detector said what cannot be");
		keep(p, f, judge_finding(p, f));
		p->c.found(p->c.arg, f);
	}
	p->waits = 0;
	if (judge_due(p->judge) <= p->now) {
		struct fact tick = { .kind = FACT_TICK };
		step(p, &tick);
		answer(p);
	}
}

/* --- the detectors ------------------------------------------------------------------------------- */

/* Time goes on between flows as it does live. */
static void
advance(struct past *p, msec to)
{
	for (int i = 0; i < TICKS && p->now && p->now + STEP < to; i++) {
		p->now += STEP;
		detect_tick(p->detect, p->now);
		settle(p);
	}
	if (to > p->now)
		p->now = to;
}

/* In order from the window: batches that end within a second of each other. */
static void
in_order(void *arg, const struct flow *f, size_t n)
{
	struct past *p = arg;
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && f[k].last < f[i].last + STEP;)
			k++;
		advance(p, f[k - 1].last);
		detect_flows(p->detect, f + i, k - i, p->now);
		settle(p);
	}
}

static void
print_flow(const struct past *p, const struct flow *f)
{
	const char *name =
	    f->exporter < p->c.sights->exporters ? p->c.sights->exporter[f->exporter].name : NULL;
	json_t *o = flow_json_new(f, f->exporter == PAST_DATA ? NULL : name);
	if (!o)
		fatal_oom();
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

void
past_flow(void *arg, const struct flow *f, size_t n)
{
	struct past *p = arg;
	for (size_t i = 0; i < n; i++) {
		if (p->c.only_flows)
			print_flow(p, &f[i]);
		else
			past_sort_add(p->sort, &f[i]);
	}
}

void
past_end(struct past *p)
{
	past_sort_flush(p->sort);
	if (p->now)
		advance(p, p->now + TICKS * STEP);
	settle(p);
}

void
past_progress(struct past *p, struct past_in *in, const struct past_file *f)
{
	char at[MSEC_TEXT];
	msec t = p->c.progress ? clock_mono() : 0;
	if (!p->c.progress || t < p->told + SECOND_WORD)
		return;
	p->told = t;
	int done = past_done(in);
	fprintf(stderr, "\r\033[K%s: ", in->name);
	if (done >= 0)
		fprintf(stderr, "%d %%, ", done / 10);
	fprintf(stderr, "%llu %s, %llu flows, at %s", (unsigned long long)f->units,
	    strncmp(f->kind, "capture", 7) == 0 ? "packets" : "lines", (unsigned long long)f->flows,
	    msec_print(f->last - f->last % 1000, at));
	fflush(stderr);
}

/* --- whole --------------------------------------------------------------------------------------- */

struct past *
past_new(const struct past_conf *c)
{
	struct past *p = calloc(1, sizeof(*p));
	if (!p)
		fatal_oom();
	p->c = *c;
	struct detect_conf d = { .policy = c->policy,
		.sights = c->sights,
		.indicators = c->indicators,
		.subscribers = c->subscribers,
		.seed = { 1, 2 },
		.found = found,
		.arg = p };
	detect_numbers(&d.numbers);
	if (c->scan_port && c->scan_port[0]) {
		memset(d.numbers.scan_port, 0, sizeof(d.numbers.scan_port));
		for (size_t i = 0; i < SCAN_PORTS && c->scan_port[i]; i++)
			d.numbers.scan_port[i] = c->scan_port[i];
	}
	p->decoder = flowdec_new(c->sights);
	p->sort = past_sort_new(WINDOW, in_order, p);
	p->judge = judge_new((void (*)(void))fatal_oom);
	p->detect = detect_new(&d);
	if (!p->decoder || !p->sort || !p->detect)
		fatal_oom();
	struct fact f = { .kind = FACT_CONF, .conf = { .text = "", .policy = c->policy } };
	step(p, &f);
	effects_clear(&p->fx);
	return p;
}

void
past_free(struct past *p)
{
	if (!p)
		return;
	detect_free(p->detect);
	judge_free(p->judge);
	flowdec_free(p->decoder);
	past_sort_free(p->sort);
	effects_free(&p->fx);
	free(p->waiting);
	free(p->kept);
	free(p);
}

struct flowdec *
past_decoder(struct past *p)
{
	return p->decoder;
}

size_t
past_findings(const struct past *p, const struct past_finding **ret, uint64_t *not_kept)
{
	*ret = p->kept;
	*not_kept = p->not_kept;
	return p->n;
}

void
past_stats(const struct past *p, struct detect_stats *ret)
{
	detect_stats_of(p->detect, ret);
}

const struct judge *
past_judge(const struct past *p)
{
	return p->judge;
}

msec
past_now(const struct past *p)
{
	return p->now;
}

uint64_t
past_late(const struct past *p)
{
	return past_sort_late(p->sort);
}

uint64_t
past_undecoded(const struct past *p)
{
	struct exporter_stats s;
	uint64_t n = 0;
	for (size_t i = 0; i < p->c.sights->exporters; i++)
		if (flowdec_stats(p->decoder, (uint16_t)i, &s))
			n += s.no_template + s.held;
	return n;
}
