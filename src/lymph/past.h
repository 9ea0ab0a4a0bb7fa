/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Old data through the code of the live path: files become flows (past_read.c, past_pcap.c), flows are
 * put in order of time and go through detectors and judge (past_run.c). Reads files and nothing else:
 * no socket, no store, no order to anybody.
 */
#ifndef LYMPH_PAST_H
#define LYMPH_PAST_H

#include <stdbool.h>
#include <stdio.h>
#include <zlib.h>

#include "detect/detect.h"
#include "model/flow.h"
#include "wire/flowdec.h"

/* --- reading ------------------------------------------------------------------------------------- */

#define PAST_PEEK 65536

/* One file, gzip or not. What is looked at first to tell the kind is read again. */
struct past_in {
	char name[256];        /* fit for a terminal */
	gzFile gz;
	uint8_t peek[PAST_PEEK];
	size_t peeked, at;
	uint64_t size;         /* as stored; 0: not known */
	bool cut;              /* ended before its end */
};
/* "-": standard input. 0 or negative errno. */
int past_open(struct past_in *in, const char *path);
void past_close(struct past_in *in);
/* As read(2), but short only at the end. */
ssize_t past_take(struct past_in *in, void *buf, size_t n);
/* 0..1000; -1: not known. */
int past_done(struct past_in *in);

/* What came of one file. */
struct past_file {
	const char *kind;      /* "capture", "Zeek conn.log" ... */
	uint64_t units;        /* packets, lines, messages */
	uint64_t flows;
	uint64_t refused;      /* units that were not understood; the first few are told */
	uint64_t passed;       /* units of no IP, or of another kind */
	msec first, last;      /* 0, 0: no flow */
};

struct past;
struct past_opts {
	uint32_t sample;       /* the meter's, for captures; 1: all packets */
	uint32_t sampling;     /* of records that do not say theirs; 0: unknown */
	bool exports;          /* captures hold export packets */
	bool behind;           /* every packet entered through the customers' interface */
};

/* Reads one file to its end, flows to past_flow. 0; or negative errno after having said why on
 * stderr. */
int past_read(struct past *p, struct past_in *in, const struct past_opts *o, struct past_file *ret);
int past_pcap(struct past *p, struct past_in *in, const struct past_opts *o, struct past_file *ret);
/* "FILE:N: what" on stderr for the first few of a file. */
void past_refused(struct past_in *in, struct past_file *f, const char *what, uint64_t n, const char *rule);
/* Says now and then how far it is; told every few thousand units. */
void past_progress(struct past *p, struct past_in *in, const struct past_file *f);

/* --- running ------------------------------------------------------------------------------------- */

struct past_conf {
	const struct policy *policy;  /* outlives it, as all below */
	const struct sights *sights;  /* past_sights() */
	const struct indicators *indicators;
	const uint16_t *scan_port;    /* 0 ends; NULL or empty: the default */
	uint32_t subscribers;
	bool comers;                  /* sights knows no exporter: take whoever comes along */
	bool only_flows;              /* print each flow as JSON and judge nothing */
	bool progress;                /* a person watches stderr */
	/* Each finding when it is found. */
	void (*found)(void *arg, const struct finding *f);
	void *arg;
};

/* Rows of the table of exporters: what has none, then the configuration's, then (when it has none)
 * whoever comes along in a capture. */
#define PAST_DATA 0
#define PAST_COMERS 255
struct sights *past_sights(const struct sights *conf, enum sav sav, const struct prefix *behind, size_t n);

struct past *past_new(const struct past_conf *c);
void past_free(struct past *p);
/* A flow_sink; arg is the struct past. */
void past_flow(void *past, const struct flow *f, size_t n);
/* The exporter's row of a datagram from a:port; -ENOENT: not in the configuration, or too many. */
int past_exporter(struct past *p, const struct addr *a, uint16_t port);
struct flowdec *past_decoder(struct past *p);
/* The end of all files. */
void past_end(struct past *p);

/* What was found, in order; case_no: the case its report joined, 0: none. Kept: at most PAST_KEPT. */
#define PAST_KEPT 65536
struct past_finding {
	struct finding finding;
	uint64_t case_no;
};
size_t past_findings(const struct past *p, const struct past_finding **ret, uint64_t *not_kept);
void past_stats(const struct past *p, struct detect_stats *ret);
const struct judge *past_judge(const struct past *p);
msec past_now(const struct past *p);
/* Flows that came too late to be put in order. */
uint64_t past_late(const struct past *p);
/* Sets of exports whose template never came. */
uint64_t past_undecoded(const struct past *p);

#endif
