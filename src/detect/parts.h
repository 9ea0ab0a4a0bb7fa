/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detectors' parts to each other: a line's state, what a detector is told of a flow, the table of
 * detectors. Not for use outside this folder. A detector is a row: it keeps its state in the line (few
 * bytes, all zero at first), in the suspect (more, for few lines) or of its own (init), and says what it
 * found by found_line() or found_other(). Time is in seconds of data; nothing here walks over all lines.
 */
#ifndef DETECT_PARTS_H
#define DETECT_PARTS_H

#include "detect/detect.h"
#include "detect/flood_state.h"
#include "detect/own.h"
#include "detect/scan_state.h"

/* One own line: what is touched for every flow of it. */
struct line {
	uint64_t key;             /* own_key(); 0: free */
	uint32_t since, seen;     /* s: first and last flow it sent or, being known, got */
	uint16_t own;             /* row of the own-prefix map */
	uint16_t watch;           /* 1 + place among the watched; 0: not watched */
	uint16_t iface;           /* 1 + place in detect.iface where it sent last; 0: none */
	uint16_t exporter;        /* that saw it last */
	uint32_t suspect;         /* 1 + place in the pool; 0: none */
	uint32_t minute;          /* of out[0]; out[1] is the minute before */
	uint32_t sampling;        /* of the last flow; 0: unknown */
	struct {
		uint32_t packets;     /* estimates */
		uint64_t bytes;
	} __attribute__((packed)) out[2];
	struct flood_state flood;
	struct scan_state scan;
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct line) <= 256, "a line is four cache lines");

/* What was found of a suspect, by detector. */
struct told {
	uint32_t at;              /* s: last finding told; 0: never */
	uint32_t held;            /* s: when `level` was so high */
	uint32_t sure_at;         /* s: last time it was true by flows of a source at least BOUND */
	uint32_t early_at;        /* s: last told early; 0: never */
	uint64_t figure;          /* of the last finding told */
	uint16_t level;           /* suspicion, 0..1000 */
	uint8_t source;           /* enum source of the last */
	uint8_t proto;
	uint16_t port;            /* scope, as far as a filter could name one: on the far side */
	uint32_t samples, sampling;
	struct prefix peer;
};

/* More room for the few lines that deserve it. */
struct suspect {
	uint64_t line;            /* key; 0: free */
	uint32_t seen;            /* s */
	uint16_t own;
	uint16_t level;           /* highest suspicion, when it was last raised */
	struct told told[DETECTORS];
	struct scan_suspect scan;
	struct flood_suspect flood;
};

/* An interface as seen in flows. */
struct iface {
	const struct iface_row *row; /* NULL: not configured */
	uint32_t ifindex, seen;   /* s */
	uint16_t exporter;
	bool used;
	uint8_t side;             /* enum side: of the row, SIDE_UNKNOWN without one */
	uint64_t flows, strange;  /* that entered; of them with a source that does not belong there */
	uint32_t spoofed;         /* s: last DETECT_SPOOF finding about it; 0: never */
};

/* How steadily an exporter looks: silence means something only after hours of it. */
struct eye {
	uint32_t since, last;     /* s; since: without a gap */
	uint32_t sampling;        /* of its last flow; 0: unknown */
};

/* A flow as a detector sees it: counted once, and of the line. */
struct seen {
	const struct flow *f;
	struct line *line;        /* its own line; NULL only for `strange` */
	struct iface *in;         /* where it entered; NULL: not told */
	uint64_t packets, bytes;  /* estimates: times sampling where known */
	const struct addr *far;
	uint16_t far_port, port;  /* port: the line's own */
	uint16_t far_own;         /* row of the own-prefix map of the far side; 0: foreign */
	uint8_t source;           /* enum source by the interface alone; of what the line sent */
	uint8_t cls;              /* enum flood_class */
	bool out;                 /* the line sent it */
	uint64_t place;           /* population_ask()'s, when it goes to a foreign address */
};

/* What a way through an exporter counts for: bit 0 the sender, bit 1 the one it goes to; or why not. */
enum cross { CROSS_SENDER = 1, CROSS_GETTER, CROSS_BOTH, CROSS_TAP, CROSS_IGNORED, CROSS_UNKNOWN, CROSS_ELSEWHERE,
	CROSS_TWICE };

/* A pair of interfaces of an exporter, worked out once. */
struct crossway {
	uint64_t ifs;             /* ifIndex of both */
	struct iface *in;
	uint32_t moves;           /* of detect; another: an interface may have given way since */
	uint16_t exporter;
	uint8_t cross[4];         /* enum cross up to CROSS_BOTH, or why not; by FLOW_DIR and FLOW_EGRESS */
	uint8_t source[2];        /* enum source, where the source does not belong behind `in`, does */
	uint16_t within[2];       /* an own row that is whole behind `in`, by family; 0: none is known */
	bool looked[2];           /* for one */
};

/* HOOK_SYN: of the class FLOOD_SYN; HOOK_TCP: those too. */
enum hook_protos { HOOK_SYN = 1, HOOK_TCP = 3, HOOK_UDP = 4, HOOK_OTHER = 8, HOOK_ALL = 15, HOOK_PROTOS = 4 };
/* A kind of flow: the place of its bit in enum hook_protos, and these: its line has a suspect's room, its far
 * side is own, exposed_looks() at its ports, it goes to a port that scanners ask for, and there are indicators. */
enum hook_kinds { HOOK_SUSPECT = 4, HOOK_OWN = 8, HOOK_LOOKS = 16, HOOK_PORT = 32, HOOK_LISTED = 64, HOOK_KINDS = 128 };
typedef void detect_hook(struct detect *d, const struct seen *s);

struct detector_ops {
	enum detector no;
	/* Which flows out and in are called for: whose class is one of these, whose far side is foreign, and
	 * whose kind is one of `any`; 0: all. What a flow does not need is not even called. */
	unsigned protos, any;
	bool foreign;
	detect_hook *out;         /* of what a line sends */
	detect_hook *in;          /* of what a known line gets */
	/* Entered through SIDE_CUSTOMER with a source that does not belong there; wherever it counts. */
	detect_hook *strange;
	void (*tick)(struct detect *d);                      /* at most once a second of data */
	int (*init)(struct detect *d, void **state);         /* 0 or -ENOMEM */
	void (*fini)(void *state);
	void (*memory)(const void *state, struct memory_row *ret); /* one row */
};
/* One row each, NULL ends; in detectors.c. */
extern const struct detector_ops *const detectors[];
extern const struct detector_ops scan_ops, walk_ops, spray_ops, exposed_ops;

#define IFACES   4096
#define CROSSWAYS 1024
#define SUSPECTS 65536

struct detect {
	struct detect_conf conf;
	struct detect_stats stats;
	struct own *own;
	uint32_t sec;             /* data time, s */
	uint32_t ticked, began;
	uint64_t suspects_evicted;
	detect_hook *hook[2][HOOK_KINDS][DETECTORS + 1]; /* what a line gets, sends; NULL ends */
	uint8_t listed;           /* HOOK_LISTED, while there are indicators */
	struct slots *slots;      /* slots.c: lines and suspects */
	struct eye *eye;          /* EXPORTERS */
	struct iface *iface;      /* IFACES, hashed by exporter and ifIndex */
	uint32_t moves;           /* 1, and one more whenever an interface gave way to another */
	struct crossway crossway[CROSSWAYS];
	struct watches *watches;  /* watch.c */
	struct places *places;    /* place.c: which sources belong behind an interface */
	void *state[DETECTORS];   /* of each detector, from its init */
	const struct seen *claimed; /* its packets are counted as attack already */
};

/* slots.c. The line of a key; NULL: none, or (made) no room. The pointer holds till the next call. */
struct line *line_find(struct detect *d, uint64_t key);
struct line *line_make(struct detect *d, uint64_t key, uint16_t own);
/* The suspect of a line: NULL if it is none. suspect_make: pushes out the least interesting if need be. */
struct suspect *suspect_of(struct detect *d, const struct line *l);
struct suspect *suspect_make(struct detect *d, struct line *l);
/* Detector no thinks so much of it, 0..1000, now. */
void suspect_raise(struct detect *d, struct suspect *s, enum detector no, unsigned level);

/* found.c. What *f says of l: the caller gives detector, source, the numbers, samples, from and to; the
 * rest (subject, exporter, iface, shared, error) is filled in from s. figure is what grows while it goes
 * on: said again when it has doubled, is surer, or in due time. False: not told, being an exception or said lately. */
bool found_line(struct detect *d, const struct seen *s, struct finding *f, uint64_t figure);
/* The same, of a finding on samples too few to act on: told once in due time, and only where no other was.
 * It leaves no trace in what is told or answered later; only `lymph top` shows it. */
bool found_early_due(const struct detect *d, const struct told *t);
bool found_early(struct detect *d, const struct seen *s, struct finding *f);
/* Told as it is, but for the exceptions that hold for f->subject. */
bool found_other(struct detect *d, struct finding *f);

#endif
