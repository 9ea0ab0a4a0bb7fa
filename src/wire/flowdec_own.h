/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the flow decoder share: an exporter's state, and one message on its way through.
 * For flow_decode.c, the formats (netflow5.c, netflow9.c, ipfix.c, sflow.c) and flow_*.c only. */
#ifndef WIRE_FLOWDEC_OWN_H
#define WIRE_FLOWDEC_OWN_H

#include "base/cursor.h"
#include "wire/flow_ie.h"
#include "wire/flowdec.h"

/* Caps, of one exporter. */
enum {
	STREAMS = 128,              /* source ids, observation domains, sub-agents; by UDP port */
	STREAM_YOUNG = 4,           /* datagrams; a younger one yields to a newer when all are taken */
	TEMPLATE_BYTES = 256 << 10, /* of compiled templates and sampling rates, together */
	TEMPLATE_FIELDS = 512,
	HELD_SETS = 64,
	HELD_BYTES = 64 << 10,
	RATES = 1024,               /* sampling rates of a stream */
	BUCKETS = 256,              /* a power of two */
	DROP_SLOTS = 64,
	LOSS_SLOTS = 10,
};
#define TEMPLATE_LIFE (30 * MSEC_MINUTE)
#define LOSS_SLOT     (30 * MSEC_SECOND)

/* One step of decoding: len bytes at off of a record (or of the next field, where lengths vary) go to
 * dst, of which the highest bit says: in struct ie_raw. */
struct op {
	uint16_t off, len;
	uint8_t kind, size;
	uint16_t dst;
};
#define OP_RAW 0x8000u

enum tmpl_use {
	USE_NONE,                  /* records are counted */
	USE_OPTIONS,
	USE_FLOWS,
	USE_UPTIME,                /* flows with nothing to work out but v9's uptimes */
	USE_MSEC,                  /* flows with nothing to work out but ms since 1970 */
};

struct tmpl {
	struct tmpl *next;         /* in its bucket */
	const struct stream *of;
	uint64_t sum;              /* of its definition: the same again is no news */
	uint64_t has;              /* 1 << enum ie_field */
	msec seen, interval;       /* when it last came; the longest it took to come again */
	uint16_t id;
	uint16_t len;              /* of a record; the shortest, where lengths vary */
	bool varies;               /* some field's length stands in the record */
	uint8_t use;               /* enum tmpl_use */
	uint8_t fam;               /* of the addresses; 0: either, or none */
	uint16_t ops;
	struct op op[];
};

enum rate_of { RATE_SAMPLER, RATE_SELECTOR, RATE_IFACE, RATE_TEMPLATE, RATE_OF_N };
struct rate {
	uint64_t key;              /* enum rate_of << 32 | id */
	uint32_t n;
};

/* Who numbers its messages. */
struct stream {
	uint64_t id;
	uint16_t port;
	uint8_t format;            /* enum flow_format */
	msec seen;
	uint64_t datagrams;
	msec init;                 /* IE 160, when an option said it; 0: no */
	struct {
		bool known;
		uint8_t vote[3];   /* how the next number follows from the last, see flow_seq.c */
		uint8_t late;      /* in a row */
		uint32_t next_of, count;
	} seq;
	bool up_known;
	uint32_t up;
	struct rate *rate;         /* by key */
	uint32_t rates, rate_room;
	uint32_t whole;            /* sampling of all there is in the stream; 0: not told */
	uint32_t only;             /* the one rate told, when all that were told are the same */
	bool only_stale;
	uint8_t rate_kinds;        /* 1 << enum rate_of */
	struct {
		uint64_t source;
		uint32_t drops;
		bool known;
	} *drop;                   /* sFlow: DROP_SLOTS, by source id */
};

struct held {
	struct held *next;
	struct stream *of;
	uint16_t template_id;
	uint16_t n;
	uint32_t uptime;
	msec now, shift;
	uint8_t p[];
};

struct source {                    /* an exporter, since it first spoke */
	struct exporter_stats stats;
	struct stream *stream[STREAMS];
	unsigned streams;
	struct stream *last;       /* of the last datagram */
	struct tmpl *bucket[BUCKETS];
	size_t tmpl_bytes, held_bytes;
	struct held *held, **held_end;
	struct {
		int64_t slot;
		uint64_t lost, expected;
	} loss[LOSS_SLOTS];
	msec varied;               /* when two rates were last seen beside each other */
};

struct flowdec {
	const struct sights *sights;
	struct source *source[EXPORTERS];
	size_t bytes;
	struct flow batch[FLOW_BATCH];
};

/* One datagram. */
struct msg {
	struct flowdec *d;
	struct source *src;
	struct stream *s;
	const struct exporter_row *row;
	uint16_t exporter, port;
	msec now;
	msec shift;                /* added to its clock's times: ours */
	uint32_t uptime;
	uint32_t records;          /* data records so far, options included */
	bool uncounted;            /* some could not be counted */
	flow_sink *sink;
	void *arg;
	const char *rule;
	size_t n;                  /* flows in d->batch */
	uint64_t flows;
};

/* flow_decode.c */
int msg_refuse(struct msg *m, const char *rule);
void msg_fault(struct msg *m, const char *rule); /* a fault the rest of the message survives */
struct stream *stream_get(struct msg *m, enum flow_format format, uint64_t id); /* NULL: capped */
void *source_alloc(struct msg *m, size_t n, size_t *of, size_t cap); /* zeroed, counted; NULL: no */
void msg_clock(struct msg *m, msec export);
void msg_flush(struct msg *m);
static inline struct flow *
msg_slot(struct msg *m)
{
	return &m->d->batch[m->n];
}
static inline void
msg_took(struct msg *m)
{
	if (++m->n == FLOW_BATCH)
		msg_flush(m);
}
/* RFC 3954 8: when uptime was `up`: up to 49.7 days ago, modulo 2^32; a little ahead of the header's
 * is now. */
static inline msec
msg_uptime(const struct msg *m, uint32_t up)
{
	uint32_t age = m->uptime - up;
	return age > UINT32_MAX - 10 * (uint32_t)MSEC_MINUTE ? m->now : m->now - age;
}

/* flow_tmpl.c: templates of v9 and IPFIX */
struct tmpl_field {
	uint32_t pen;
	uint16_t id, len;
};
/* n fields at r, with enterprise bits or without (v9), into f; NULL f: only skipped. */
void tmpl_fields(struct reader *r, unsigned n, bool enterprise, struct tmpl_field *f);
void tmpl_put(struct msg *m, uint16_t id, const struct tmpl_field *f, unsigned n, bool options);
void data_set(struct msg *m, uint16_t id, const uint8_t *p, size_t n); /* or hold it */
void tmpl_free_all(struct flowdec *d, struct source *src, const struct stream *of);
/* flow_record.c: a data set */
void set_decode(struct msg *m, const struct tmpl *t, const uint8_t *p, size_t n);
/* flow_held.c */
void held_put(struct msg *m, uint16_t template_id, const uint8_t *p, size_t n);
void held_release(struct msg *m, const struct tmpl *t);
void held_free(struct flowdec *d, struct source *src, const struct stream *of);
/* flow_rate.c: sampling */
void rate_option(struct msg *m, uint64_t has, const struct flow *f, const struct ie_raw *x);
uint32_t rate_find(struct stream *s, const struct tmpl *t, const struct flow *f,
    const struct ie_raw *x, enum sampling_by *by);
void rate_seen(struct msg *m, uint32_t rate, enum sampling_by by);
/* flow_seq.c */
enum seq_unit { SEQ_BEFORE, SEQ_SELF, SEQ_ONE }; /* records before; records with its own; messages */
void seq_take(struct msg *m, uint32_t seq, uint32_t count, enum seq_unit unit);
void seq_uptime(struct msg *m, uint32_t uptime);
void seq_loss(const struct source *src, uint64_t *lost, uint64_t *expected);

/* The formats: 0 or -EBADMSG with m->rule. */
int netflow5_decode(struct msg *m, const uint8_t *p, size_t n);
int netflow9_decode(struct msg *m, const uint8_t *p, size_t n);
int ipfix_decode(struct msg *m, const uint8_t *p, size_t n);
int sflow_decode(struct msg *m, const uint8_t *p, size_t n);

#endif
