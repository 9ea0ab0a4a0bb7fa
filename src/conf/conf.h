/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file (libconfuse syntax) as one struct, made from option rows. Parsing checks
 * every value and names file, line and rule; printing gives the canonical text, which parses back to
 * the same. The canonical text is what roles receive and what the journal keeps.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "model/exporter.h"
#include "model/fact.h"
#include "model/look.h"
#include "model/policy.h"

#define CONF_PATH  108
#define CONF_NAME  128
#define CONF_LINK_ID "{id}" /* in mail.link: the report's id */
#define CONF_PORTS 8
#define CONF_ENDS  8  /* sockets for flows */
#define CONF_SCAN_PORTS 32
#define CONF_DOMAINS 16
#define CONF_TOKENS  64
#define CONF_READERS 2  /* of sealed mails */
#define CONF_LOGS    16
#define CONF_LOG_DOORS 8 /* of them with a socket */
#define CONF_ALLOWS  16 /* prefixes that may send to one */
#define CONF_BOOTS   4  /* files of RDAP's bootstrap */
#define CONF_RESOLVERS 4
#define CONF_URL     256
#define CONF_MAIL    255
#define CONF_PEERS   64
#define CONF_PEER_PREFIXES 64 /* of one */

/* What people may do, by Unix group; each command names who may. */
enum staff { STAFF_VIEWER, STAFF_DESK, STAFF_NOC, STAFF_ADMIN, STAFF_PRIVACY, STAFF_N };

/* What leaves by itself: answers, reports about others. */
enum outgoing { OUTGOING_OFF, OUTGOING_PREVIEW, OUTGOING_ON };

/* In what form a log's lines come, and what its word is worth to begin with. */
enum log_form { LOG_AUTO, LOG_EVE, LOG_SYSLOG, LOG_TEXT, LOG_FORMS };
enum log_rank { LOG_OWN, LOG_ORGANISATION, LOG_UNKNOWN, LOG_RANKS };

struct conf_log {
	char name[NAME_TEXT];   /* its reports are of "log:NAME" */
	char file[CONF_PATH];   /* one of the two, the other "" */
	char listen[CONF_PATH]; /* "udp:ADDRESS:PORT", "tcp:ADDRESS:PORT", "unix:/PATH" */
	uint32_t form, rank;
	bool refer;             /* who attacks us from elsewhere is told to whose it is */
	struct prefix allow[CONF_ALLOWS]; /* fam 0 ends; none: loopback only */
};

/* Another network that wants reports about its addresses sent its own way. */
struct conf_peer {
	char name[NAME_TEXT];
	char mail[CONF_MAIL], url[CONF_URL]; /* one at least; "" */
	struct prefix prefix[CONF_PEER_PREFIXES]; /* fam 0 ends */
};

struct conf {
	char name[CONF_NAME];   /* this server's name, what lymph.aud must say */
	char state[CONF_PATH];  /* state folder, default /var/lib/lymph */
	char run[CONF_PATH];    /* run folder, default /run/lymph */
	char listen[CONF_PATH]; /* "127.0.0.1:8411", "[::1]:8411" or "unix:/path" */
	char warden_state[CONF_PATH]; /* root's own folder: mode, panic latch, audit; default
	                                 /var/lib/lymph-warden */
	char conscience[CONF_PATH];   /* root's own file: what no order may do; see act/conscience.h */
	char staff[STAFF_N][32];      /* Unix group of each staff role: a name, or a number; "" nobody */
	char metrics[CONF_PATH];      /* where GET /metrics is served; "" nowhere */
	char alerts[CONF_PATH];       /* where CrowdSec's agents and bouncers come; "" nowhere */
	char hook[CONF_PATH];         /* root's own script, told of every order; "" none */
	char appeal[CONF_NAME];       /* how a customer objects, for records of orders */
	msec lease;                   /* how long the kernel keeps an entry nobody re-asserts */
	msec reconcile;               /* between two comparisons of what should be and what is */
	uint32_t uid_base;      /* 0: users _lymph-ROLE; else uid_base + role number */
	struct {
		struct addr addr;   /* what targets are told to fetch; fam 0: no canary, no proof */
		struct addr listen; /* where hear-canary binds; default addr */
		uint16_t port[CONF_PORTS];
		unsigned ports;
	} canary;
	struct conf_vantage {
		struct addr source4, source6; /* fam 0: let the kernel choose */
	} vantage[VANTAGES];
	unsigned vantages;
	uint32_t looks_per_s;  /* full checks started per second, whole node; default 6 */
	uint32_t syns_per_s;   /* default 100 */
	uint32_t per_target;   /* sockets per target at a time; default 4 */
	struct {
		struct conf_end {
			struct addr addr;
			uint16_t port;
		} listen[CONF_ENDS];
		unsigned listens;       /* 0: no telemetry */
		char indicators[CONF_PATH]; /* file of C&C addresses; "" none */
		uint32_t subscribers;   /* most lines with state */
		uint32_t receive_buffer; /* bytes a socket, as asked of the kernel */
		uint16_t scan_port[CONF_SCAN_PORTS]; /* 0 ends; none: the default set */
	} telemetry;
	uint32_t outgoing;          /* enum outgoing */
	struct {
		char maildir[CONF_PATH];     /* "" none */
		char authserv_id[CONF_NAME]; /* whose Authentication-Results are believed; "" nobody's */
		char domain[CONF_DOMAINS][CONF_NAME]; /* lower case; "" ends */
		struct conf_token {
			char name[NAME_TEXT];    /* lower case; "" ends */
			uint8_t hash[32];        /* SHA-256 of the secret */
		} token[CONF_TOKENS];
		char reader[CONF_READERS][32]; /* users, by name or number; "" nobody */
		uint64_t disk;               /* bytes for mails and the unsigned's reports */
		uint32_t per_key, per_network; /* reports an hour; 0: no bound */
		uint32_t mails_per_domain, mails_unvouched; /* mails an hour; 0: no bound */
	} intake;
	struct {
		msec bodies, cases, events, asides; /* how long each is kept */
		msec mails, mails_bulk, mails_police, mails_sealed; /* mails, by tray */
	} keep;
	struct {
		char relay[CONF_PATH];       /* "127.0.0.1:25"; "" nothing is sent */
		char tls[CONF_NAME];         /* STARTTLS, with a certificate of that name; "" none */
		char ca[CONF_PATH];          /* certificates to believe */
		char from[CONF_NAME];        /* a mailbox; also the sender of the envelope */
		char reply_to[CONF_NAME];    /* "" from */
		char link[CONF_NAME];        /* a page for who gets a report, CONF_LINK_ID at most once; "" none */
		char never[CONF_DOMAINS][CONF_NAME]; /* domains never written to; "" ends */
		uint32_t per_recipient, per_domain, per_hour; /* mails an hour */
		bool refer;                  /* reports about others' addresses are sent on */
	} mail;
	struct conf_log log[CONF_LOGS];
	unsigned logs;
	struct {
		char bootstrap[CONF_BOOTS][CONF_URL]; /* path or URL; "" ends; none: no registry is asked */
		char cache[CONF_PATH];         /* answers in a file; "" none */
		char ca[CONF_PATH];            /* certificates to believe */
		struct prefix mirror[CONF_ALLOWS]; /* may be asked although private; fam 0 ends */
		struct addr resolver[CONF_RESOLVERS]; /* fam 0 ends; none: /etc/resolv.conf's */
		uint32_t per_minute;           /* questions to one registry */
		msec keep;                     /* how long an answer holds */
	} rdap;
	struct conf_peer *peer; /* owned */
	unsigned peers;
	struct sights *sights; /* owned: exporters, interfaces, exceptions */
	struct policy *policy; /* owned */
	char *text;            /* canonical text, NUL-ended, owned */
};

/* 0, or -errno with up to size bytes of "file:line: rule" in why. */
int conf_load(const char *path, struct conf **ret, char *why, size_t size);
/* The same from memory; name stands for the file in messages. */
int conf_parse(
    const char *name, const char *text, size_t n, struct conf **ret, char *why, size_t size);
void conf_free(struct conf *c);
/* Whether root lets that domain be written to: it is none of mail { never }, nor below one. */
bool conf_may_write(const struct conf *c, const char *domain);
/* Whether a is one of our own two ends of a proof (canary, vantage): no relay, and never looked at. */
bool conf_is_self(const struct conf *c, const struct addr *a);
/* Whether a report about somebody else's address is of use: sent on to whose it is, or its reporter told. */
bool conf_refers(const struct conf *c);
/* Whether such a report may be sent on at all, not counting whether anybody is known to send it to. */
bool conf_sends(const struct conf *c);
/* Whether what a log says of such an address is: the log of that name. */
bool conf_log_refers(const struct conf *c, const char *name);

/* What is allowed but unwise or incomplete, one call per finding: own prefix without kind, no canary,
 * plain HTTP on a public address (that one is an error), one vantage only ... */
enum conf_grade { CONF_NOTE, CONF_WARN, CONF_ERROR };
typedef void conf_finding_cb(enum conf_grade g, const char *text, void *arg);
void conf_check(const struct conf *c, conf_finding_cb *cb, void *arg);
/* One finding in words, for whoever checks more than conf_check can. */
struct conf_finder {
	conf_finding_cb *cb;
	void *arg;
};
void conf_find(const struct conf_finder *k, enum conf_grade g, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
