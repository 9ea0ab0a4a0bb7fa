/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between roles as structs, see msg.def. Both ends are the same binary on the same
 * machine, so structs travel as they are; every enum and length in them is still checked by the
 * receiver, which must treat the sender as captured.
 */
#ifndef LYMPHD_MSG_H
#define LYMPHD_MSG_H

#include "conf/conf.h"
#include "host/box.h"
#include "detect/detect.h"
#include "host/chan.h"
#include "lymphd/log_tail.h"
#include "lymphd/vouch.h"
#include "model/fact.h"
#include "model/look.h"
#include "model/order.h"
#include "wire/xarf.h"
#include "wire/pgp.h"
#include "wire/rdap.h"

enum role_id {
#define ROLE(id, name) ROLE_##id,
#include "lymphd/role.def"
#undef ROLE
	ROLE_N,
};

/* Senders and receivers in msg.def: each role alone, and sets of them. */
enum role_set {
#define ROLE(id, name) WHO_##id = CHAN_ROLE(ROLE_##id),
#include "lymphd/role.def"
#undef ROLE
	WHO_ANY = CHAN_ANY,
	WHO_HEARING = WHO_HEAR_REPORTS | WHO_HEAR_MAIL | WHO_HEAR_LOG | WHO_HEAR_ALERTS, /* hand reports in */
	WHO_READING = WHO_HEAR_MAIL | WHO_HEAR_LOG,                    /* read files of others */
	WHO_ASKING = WHO_HEAR_MAIL | WHO_HEAR_REPORTS | WHO_JUDGE,     /* have signatures verified */
};

struct msg_credit {
	uint32_t messages, bytes;
};

struct msg_conf {
	uint64_t generation;
};

enum listen_kind { LISTEN_REPORTS, LISTEN_CANARY, LISTEN_CONTROL, LISTEN_METRICS,
	LISTEN_FLOW, /* bound datagram sockets, nobody listens there */
	LISTEN_INTAKE, LISTEN_LOG, /* the last: bound datagram sockets, or listening; in order */
	LISTEN_ALERTS };
struct msg_listen {
	uint32_t kind; /* enum listen_kind */
};

struct msg_peer {
	uint32_t role;
};

struct msg_aside {
	uint8_t digest[32];
	uint32_t role; /* whom it killed; judge hears of all, to keep the record */
};

struct msg_go {
	uint32_t uid, gid;
};

struct msg_ready {
	int32_t pid;
	struct box_state box;
};

struct msg_roles {
	struct {
		int32_t pid;
		uint32_t starts, crashes;
		int64_t since; /* msec, wall clock */
		struct box_state box;
		uint8_t up;
		uint8_t wanted; /* this configuration has it */
	} role[ROLE_N];
	uint8_t fence; /* the probe's kernel fence was read back */
};

/* Which file the descriptor is: the conscience, or the prefixes protected by command. What acts reads
 * both, each time anew; with the second the pair is whole. */
enum conscience_file { CONSCIENCE_FILE, CONSCIENCE_PROTECT };
struct msg_conscience {
	uint32_t file; /* enum conscience_file */
};

/* may: nothing is enforced without it; false in observe, in panic, above the conscience's ceiling. */
struct msg_mode {
	uint64_t no;      /* counts from 1 in a warden's life */
	struct mode_set set;
	uint8_t may;      /* enforce now */
	uint8_t ceiling;  /* enum mode: the conscience's */
	uint8_t waits;    /* 1: root's conscience file loosens something, which waits for two people */
	int64_t since;    /* wall clock */
	uint32_t restore; /* entries there were before the machine started: may come back at once, beyond
	                     the hourly caps */
	uint32_t release; /* counts: raised when a person lifts what was held (a set flushed by hand) */
};

/* The tail: what was done, in words, UTF-8. */
struct msg_audit {
	uint64_t seq;     /* of the fact in the journal; never falls */
	uint32_t uid, second;
	uint32_t roles;   /* staff roles of the first, a bit each */
	char verb[16];
};
struct msg_audited {
	uint64_t seq;     /* highest journal number written down */
	uint64_t n;       /* entries in the audit */
	uint8_t head[32]; /* hash of the last */
	uint8_t again;    /* 1: some could not be written; send again all behind seq */
};

/* left: how long it still has to live, ms; relative, for clocks differ. Same order number: same life,
 * a later put never moves its end. */
struct msg_order {
	struct order order;
	int64_t left;
	uint8_t drop;   /* 1: withdraw */
};
struct msg_sync {
	uint64_t no;
	uint8_t end;    /* 0: the list begins; 1: it was whole */
};
enum done {
	DONE_IN,        /* read back */
	DONE_GONE,      /* withdrawn, read back; also: was not there */
	DONE_REFUSED,   /* by the conscience or the mode: see rule */
	DONE_HELD,      /* its set was flushed by hand */
	DONE_FAILED,    /* the kernel said no: err */
	DONE_N,
};
struct msg_order_done {
	uint64_t order;
	uint32_t done;  /* enum done */
	uint32_t rule;  /* enum act_rule */
	int32_t err;
};
struct msg_strange {
	uint64_t order;
};
#define HITS_EACH 64
struct msg_hits {
	uint32_t n;
	struct {
		uint64_t order, packets, bytes; /* since the order was put */
	} hit[HITS_EACH];
};
struct msg_hand_state {
	uint64_t desired, actual;            /* orders that should be and are in force */
	uint64_t missing, extra;             /* at the last comparison */
	uint64_t repaired, reasserted, refused[16]; /* counters; refused by enum act_rule */
	int64_t compared;                    /* monotonic ms of the last comparison; 0: none yet */
	uint32_t held;                       /* sets flushed by hand, a bit each (enum act_set) */
	uint32_t mode_no;                    /* low bits of the M_MODE in force */
	uint8_t table;                       /* the ruleset is there */
	uint32_t hour[RUNG_N];               /* new orders in this hour */
};
struct msg_flushed {
	uint64_t no;    /* of the M_MODE */
	int32_t err;
};

enum hook_action { HOOK_PUT, HOOK_DROP, HOOK_EXPIRE, HOOK_ACTION_N };
/* The tail: JSON for the script's standard input. */
struct msg_hook {
	uint64_t no;    /* in the outbox; delivered at least once, in order */
	struct order order;
	uint32_t action; /* enum hook_action */
};
struct msg_hook_done {
	uint64_t no;
	int32_t status; /* exit status, 128 + signal, -1: not run */
};
struct msg_metrics {
	uint32_t len;
};

#define TOKEN_BYTES 24 /* what the bearer token of a report is: see edge_outcome.c */
struct msg_outcome_get {
	uint64_t ticket;
	uint8_t id[16];     /* of the report */
	uint8_t token[TOKEN_BYTES];
};
/* The tail: JSON, then its signature in base64. Both empty: no such report, or not its token. */
#define OUTCOME_MOST 4096
struct msg_outcome {
	uint64_t ticket;
	uint32_t text_len, sig_len;
};
struct msg_server_key {
	struct key key;
};
struct msg_room {
	uint64_t unsigned_left; /* bytes */
};
/* Since hear-reports started. */
enum hear_count { HEAR_TAKEN, HEAR_CUT, HEAR_BY_KEY, HEAR_BY_NETWORK, HEAR_BY_SHARE, HEAR_BY_CROWD,
	HEAR_FORGOTTEN, HEAR_COUNT_N };
struct msg_hear_counts {
	uint64_t n[HEAR_COUNT_N]; /* taken; slow lines cut; refused, by the share of a key, of a network, of
	                             the unsigned on disk, of them at a time; buckets given up for others */
};

/* A report, parsed and its signature verified by hear. The tail: signature blob (sig_len bytes),
 * then the body unless it travels as sealed memory. */
#define REPLY_MAIL 160
struct msg_report {
	uint64_t ticket; /* hear's number for the waiting request; comes back in the answer */
	struct report report;
	uint32_t body_len, sig_len;
	char identity[NAME_TEXT]; /* who vouches, without a machine key: then the key is identity_key's;
	                             "" nobody, or who signed with that key (model/identity.h) */
	char reply_to[XARF_REPLY]; /* a mail address the outcome is asked to be sent to; "" none */
	uint8_t vouch[VOUCH_BYTES]; /* verify's, for a "pgp:" identity */
	char reply_mail[REPLY_MAIL]; /* the Message-ID of the mail it came in, with its <>; "" none */
};

enum answer {
	ANSWER_ACCEPTED,  /* committed */
	ANSWER_SAME,      /* committed before: the same answer again */
	ANSWER_CONFLICT,  /* same id, other bytes: 409 */
	ANSWER_NOT_OURS,  /* outside own prefixes */
	ANSWER_FULL,      /* no room on disk: 507 */
	ANSWER_ASIDE,     /* set aside: it crashed a role twice */
	ANSWER_REFERRED,  /* not ours: sent on to whose it is */
	ANSWER_N,
};
struct msg_report_answer {
	uint64_t ticket, seq, case_no;
	uint32_t answer; /* enum answer */
	uint32_t credit_bytes;
	uint8_t token[TOKEN_BYTES]; /* ACCEPTED and SAME: asks for the outcome later; the same each time */
};

/* A mail whose claims are all answered, sorted. The tail, or sealed memory: its bytes, size of them.
 * All texts are a stranger's but the rule. */
#define MAIL_FIELD 256
#define MAIL_CASES 8
struct msg_mail {
	uint64_t ticket;
	uint8_t digest[32];           /* SHA-256 of the bytes: the same mail again is known by it */
	int64_t date, arrived;        /* msec; date: of its Date, 0 none */
	uint32_t tray;                /* enum tray */
	uint32_t claims, elsewhere;   /* reports made of it; claims left out, about others' addresses */
	uint32_t size, cases;
	uint64_t case_no[MAIL_CASES]; /* where its reports went, the first ones */
	uint8_t may_answer;
	uint8_t unverified;           /* 1: signed, and nobody was there to verify it */
	char identity[NAME_TEXT];
	char rule[MAIL_FIELD], from[MAIL_FIELD], subject[MAIL_FIELD], message_id[MAIL_FIELD],
	    reply_to[MAIL_FIELD];
	char bounced_id[MAIL_FIELD], bounced[MAIL_FIELD], bounced_status[16]; /* as wire/mail.h has them */
	uint8_t vouch[VOUCH_BYTES];   /* verify's, for a "pgp:" identity */
};
struct msg_mail_answer {
	uint64_t ticket, no; /* no: the mail's, 0 unless kept */
	uint32_t answer;     /* enum answer */
};

/* A file to read, open, read-only: the whole of it (mail), or from offset on, as it grows (log). */
enum file_kind { FILE_MAIL,
	FILE_LOG,     /* the log itself, after all its rotated parts */
	FILE_LOG_OLD, /* one of these, oldest first */
	FILE_KIND_N };
#define FILE_TEXT 128
struct msg_file {
	uint64_t no;                      /* comes back */
	uint64_t size, offset, inode, dev;
	int64_t modified;                 /* msec */
	uint32_t kind;                    /* enum file_kind */
	char name[FILE_TEXT];             /* the mail's, without its folder; the log's, by configuration */
};
enum file_result {
	FILE_TAKEN, /* committed: a mail may go to cur/ */
	FILE_LATER, /* no room, nobody to commit it: offer it again */
	FILE_ASIDE, /* never again: it crashed a role twice, or cannot be read */
	FILE_RESULT_N,
};
struct msg_file_done {
	uint64_t no, offset;
	uint32_t result; /* enum file_result */
};

/* A batch of a log's lines, see hear_log.h. mark: it was read so far, and all claims of that are committed.
 * to > mark.offset: the claims of the lines up to there come next, all with the stamp `arrived`. */
struct msg_log_mark {
	char name[NAME_TEXT];     /* the log's */
	struct log_mark mark;
	uint64_t to;
	int64_t arrived;
	uint64_t lines, accusing, gaps; /* ever, up to the mark */
	int32_t err;              /* in an answer: could not be kept */
	uint32_t ask;             /* 1: tell me */
};
/* Since hear-log started but lines, accusing and gaps, which are ever. */
struct log_state_row {
	char name[NAME_TEXT];
	uint64_t lines, accusing, neutral;
	uint64_t broken;          /* not in the form it should have */
	uint64_t limited;         /* given up: a pattern ran into its limits */
	uint64_t aside;           /* passed over: it killed the role */
	uint64_t too_long, over;  /* left out; cut at the cap */
	uint64_t gaps;            /* times that lines may be missing */
	uint64_t reports, again, failed; /* taken; had before; refused or not to be made */
	uint64_t dropped, refused; /* no room; not in the allow list */
	uint64_t behind;          /* bytes of the file not read yet */
};
struct msg_log_state {
	uint64_t n;
	struct log_state_row row[CONF_LOGS]; /* in the order of the configuration */
};

/* An OpenPGP signature. Sealed memory: the signed bytes, then the signature (none when clear-signed). */
struct msg_verify {
	uint64_t ticket;
	int64_t when;               /* of arrival, msec: a signature must not be much older or newer */
	uint32_t signed_len, sig_len;
	uint32_t clear;             /* 1: clear-signed text (RFC 4880 7), whole */
	uint32_t key;               /* 1: no signature, a public key to be enrolled; of the judge only */
};
#define VERIFY_BYTES ((64u << 20) + PGP_SIG_TEXT)
#define FINGERPRINT_TEXT 72
enum verified {
	VERIFIED_GOOD = PGP_GOOD,       /* by a key we know, and past the gate */
	VERIFIED_BAD = PGP_REFUSED,     /* refused: see rule */
	VERIFIED_UNKNOWN = PGP_UNKNOWN, /* no such key here */
	VERIFIED_LATER = PGP_LATER,     /* not now */
	VERIFIED_ASIDE = PGP_ASIDE,     /* never: it crashed verify twice */
	VERIFIED_N,
};
/* Sealed memory, when it was clear-signed: good, the text as the library gives it; unknown, the text as it
 * is written there, which is nobody's. Of a good key: the key, as it is to be kept. */
struct msg_verified {
	uint64_t ticket;
	int64_t when;                        /* of the signature, msec */
	uint32_t result;                     /* enum verified */
	char fingerprint[FINGERPRINT_TEXT];  /* of the primary key, upper-case hex */
	char rule[PGP_RULE];                 /* words of ours */
	uint32_t ids;                        /* of a key: its own id and those of its subkeys */
	uint8_t id[PGP_SUBS][PGP_ID];
	uint8_t vouch[VOUCH_BYTES];          /* when good: whoever asked may say so to the judge */
};
/* What vouches are made with, see vouch.h; each time verify comes up. */
struct msg_vouch_key {
	uint8_t key[VOUCH_KEY];
};
/* Who may have signed: the first of these that is enrolled. */
struct msg_pgp_key_get {
	uint64_t ticket;
	uint32_t n;
	uint8_t id[PGP_SIGS][PGP_ID];
};
/* The tail: the key, binary (RFC 4880 11.1), at most PGP_KEY_BYTES of it; none: not known. */
struct msg_pgp_key {
	uint64_t ticket;
	uint32_t found;
};

/* A statement about a machine key (wire/statement.h), as it came: the judge has it verified itself, for
 * what it changes stays. The tail: that key's own signature, the signed bytes, the OpenPGP signature (none
 * when clear-signed). */
struct msg_statement {
	uint64_t ticket;
	uint64_t era;               /* the judge's own: which life of hear-reports it came from */
	uint32_t signed_len, sig_len;
	uint32_t clear;
	uint32_t proof_len;
};
struct msg_statement_answer {
	uint64_t ticket;
	int64_t not_after;
	struct key key;             /* that is admitted ... */
	char fingerprint[FINGERPRINT_TEXT]; /* ... by whom */
	uint32_t result;            /* enum verified; BAD: see field and rule */
	char field[32], rule[PGP_RULE];
};

/* A question about an address, and what a registry, or a file, said of it. Texts are a stranger's. */
struct msg_whose_get {
	uint64_t ticket;
	struct addr addr;
};
enum whose_told {
	WHOSE_FOUND,  /* there is a contact */
	WHOSE_NOBODY, /* there is none: the registry knows no such range, or no address in it */
	WHOSE_FAILED, /* no answer, or none that can be read: ask again some time */
	WHOSE_TOLD_N,
};
struct msg_whose {
	uint64_t ticket;
	struct addr addr;
	uint32_t told;            /* enum whose_told */
	uint32_t by_file;         /* 1: by the file of answers */
	uint32_t by_remark;       /* 1: no contact for abuse; a remark that speaks of it */
	struct addr first, last;  /* FOUND, NOBODY: of what range; without one, the address alone */
	char mail[RDAP_MAIL], name[RDAP_NAME];
};
/* What fetch may be asked for, and what came of it. It follows nothing by itself. */
struct msg_fetch {
	uint64_t no;
	uint32_t most;            /* bytes of the body, 1 to FETCH_MOST */
	char url[URL_TEXT];
};
#define FETCH_MOST RDAP_BOOT_BYTES
enum fetch_end {
	FETCH_DONE,      /* status and body are there */
	FETCH_NO_NAME,   /* the host has no address, or no resolver says */
	FETCH_FORBIDDEN, /* its address is private, or the URL none that may be fetched */
	FETCH_FAILED,    /* no connection, or it broke */
	FETCH_NO_TRUST,  /* its certificate */
	FETCH_SLOW,      /* took too long */
	FETCH_LARGE,     /* more than asked for */
	FETCH_BUSY,      /* too many at a time */
	FETCH_END_N,
};
struct msg_fetched {
	uint64_t no;
	uint32_t end;             /* enum fetch_end */
	uint32_t status;          /* of HTTP */
	uint32_t retry_after;     /* seconds; 0: not said */
	char redirect[URL_TEXT];  /* where it is instead; "" nowhere */
};
/* Which file of root's it is: bootstrap files by their place in the configuration. */
enum feed_file { FEED_CACHE, FEED_BOOT };
#define FEED_CACHE_BYTES (64u << 20)
struct msg_feed_file {
	int64_t read;     /* wall clock */
	int32_t err;      /* as in msg_indicators */
	uint32_t no;      /* enum feed_file */
};
/* Since hear-feed started. */
enum feed_count { FEED_ASKED, FEED_BY_FILE, FEED_FOUND, FEED_NOBODY, FEED_FETCHES, FEED_REDIRECTS, FEED_BAD,
	FEED_LIMITED, FEED_NO_REGISTRY, FEED_ASIDE, FEED_COUNT_N };
struct msg_feed_state {
	uint64_t n[FEED_COUNT_N]; /* questions; answered by the file; with a contact; without; fetches; redirects
	                             followed; answers nobody could read; questions that waited for their
	                             registry's share; addresses no bootstrap knows; answers set aside */
	uint64_t ended[FETCH_END_N]; /* fetches, by how they ended */
	uint64_t boot_rows, cache_rows, cache_bad, waiting;
	int64_t boot_read;        /* when the bootstrap was read last; 0: never */
	char wrong[RDAP_RULE];    /* what was wrong with the last answer; words of ours */
};

/* Who may come to hear-alerts, and with what. */
#define DOOR_ROWS     320  /* machines and bouncers, those that wait included */
#define DOOR_PREFIXES 8
enum door_kind { DOOR_MACHINE, DOOR_BOUNCER, DOOR_KINDS };
struct door_scope {
	uint32_t classes;   /* a bit each; 0: all */
	uint8_t own;        /* 1: own lines, too */
	struct prefix prefix[DOOR_PREFIXES]; /* only within these; fam 0 ends, none: anywhere */
};
struct door_row {
	char name[NAME_TEXT];
	uint8_t hash[32];   /* of the machine's password, of the bouncer's key: door_hash */
	uint8_t kind;       /* enum door_kind */
	uint8_t approved;   /* a machine that is not waits for staff */
	struct door_scope scope; /* a bouncer's */
	int64_t added;
	struct addr from;   /* a machine's, when it registered; fam 0: local or unknown */
};
struct msg_door_register {
	uint64_t ticket;
	char name[NAME_TEXT];
	uint8_t hash[32];
	struct addr from;
};
enum door_answer {
	DOOR_TAKEN,  /* kept: it waits for staff, or is known with this very password */
	DOOR_EXISTS, /* with another one */
	DOOR_FULL,   /* so many wait */
	DOOR_FAILED, /* not kept */
	DOOR_ANSWER_N,
};
struct msg_door_answer {
	uint64_t ticket;
	uint32_t answer; /* enum door_answer */
};
/* Sealed memory: n struct door_row. */
struct msg_door_list {
	uint32_t n;
};
/* Orders in force, for bouncers, n struct door_order in sealed memory. */
struct door_order {
	struct order order;
	int64_t left; /* how long it still has to live, ms */
};
#define DOOR_ORDERS 100000
struct msg_door_orders {
	uint32_t n;
	uint64_t over; /* orders beyond these */
};
/* What a machine or bouncer did since hear-alerts started. */
enum door_count {
	DOOR_ALERTS,     /* pushed */
	DOOR_REPORTS,    /* made of them, kept */
	DOOR_AGAIN,      /* the same as before */
	DOOR_ELSEWHERE,  /* about addresses that are not ours */
	DOOR_UNCLEAR,    /* no address, or no scenario we know */
	DOOR_BROKEN,
	DOOR_DECISIONS,  /* that came along, refused */
	DOOR_COMMANDS,   /* deletes and questions about alerts, refused */
	DOOR_FAILURES,   /* reports refused by the judge */
	DOOR_PULLS,      /* of decisions */
	DOOR_GIVEN,      /* decisions told, new and again */
	DOOR_COUNT_N,
};
struct msg_door_seen {
	char name[NAME_TEXT];
	uint32_t kind;    /* enum door_kind */
	int64_t last;     /* wall clock */
	uint64_t n[DOOR_COUNT_N];
};
/* Of all together, and of those who are nobody. */
enum door_total { DOOR_REGISTERED, DOOR_REFUSED, DOOR_LOGINS, DOOR_WRONG, DOOR_TOTAL_N };
struct msg_door_counts {
	uint64_t n[DOOR_TOTAL_N]; /* registrations kept; refused; logins; wrong passwords, tokens and keys */
};

struct msg_look {
	struct look look;
};

/* A look's result as probe saw it. For `open` probe only claims: token and the secret that came back
 * through the target; judge's edge joins them with the canary's sighting. */
struct msg_look_done {
	struct look_result result;
	uint8_t token[16], secret[16]; /* zero unless result.verdict is open */
};

struct msg_token_seen {
	uint8_t token[16], secret[16];
	struct addr egress;
	int64_t when;
};

/* no: hear-flow's number for it, never used twice, not even by its next life; it rises. */
struct msg_finding {
	uint64_t no;
	struct finding finding;
};
struct msg_finding_done {
	uint64_t no;    /* this one alone is committed, or known before */
};
struct msg_ask {
	struct ask ask;
};
struct msg_seen {
	uint64_t no, case_no; /* the ask's */
	struct flow_seen seen;
};
struct msg_watch {
	struct prefix subject;
	int64_t until;    /* wall clock */
	uint64_t case_no;
};
#define KEPT_MOST WATCH_RING
struct msg_kept_get {
	uint64_t no;      /* comes back in the answer */
	struct addr addr;
	uint32_t most;    /* 1 to KEPT_MOST */
};
/* Sealed memory: n struct flow, oldest first. */
struct msg_kept {
	uint64_t no;
	uint32_t n;
	uint8_t watched;  /* somebody asked for this line to be kept */
};
/* Sealed memory: struct flow_state, then the arrays, so many of each, in this order. */
struct msg_flow_state {
	uint32_t exporters, ifaces, strangers, top, memory;
};
struct msg_indicators {
	int64_t read;     /* wall clock */
	int32_t err;      /* -errno: the file could not be read; then the memory is empty: keep what you have */
};

/* What somebody with a token wants to read: cases, or reports, page by page. */
#define READ_TOKEN 32
enum read_what { READ_CASES, READ_CASE, READ_REPORTS, READ_WHAT_N };
struct msg_read {
	uint64_t ticket;
	uint64_t from;       /* number of the case or fact the page begins with */
	uint64_t case_no;    /* CASE; REPORTS: of this one alone, 0 all */
	int64_t since;       /* CASES: changed then or later, msec */
	struct addr addr;    /* about this one alone; fam 0: any */
	uint32_t what;       /* enum read_what */
	uint32_t limit;      /* rows; 0: as many as is usual */
	uint32_t state, cls; /* CASES: 1 + enum case_state; enum class_id; 0: any */
	uint8_t token[READ_TOKEN];
};
enum read_result { READ_OK, READ_DENIED, /* no such token */
	READ_SCOPE, READ_NONE, READ_BUSY, READ_RESULT_N }; /* not by this token; no such case; later: after */
struct msg_read_answer {
	uint64_t ticket;
	int64_t after;    /* BUSY: ms */
	uint32_t result;  /* enum read_result */
	uint32_t n;       /* OK: bytes of JSON */
};
#define READ_ROWS 500        /* of a page at most */
#define READ_MOST (48u << 20) /* of them: a page may hold one report and its evidence */
/* A mail to send. Sealed memory: the whole mail (RFC 5322), or what is to be POSTed; size of it. */
#define SPEAK_BYTES (2u << 20)
struct msg_speak {
	uint64_t no;
	uint32_t size;
	uint32_t post;         /* 1: to a URL of the configuration, by HTTP */
	char to[256];          /* a mailbox, or that URL */
	char signature[1024];  /* of what is POSTed: base64 of an SSHSIG blob */
};
enum spoken {
	SPOKEN_SENT,
	SPOKEN_LATER,    /* not taken, and may be another time */
	SPOKEN_UNSURE,   /* all of it was handed over, and no answer came */
	SPOKEN_DEAD,     /* no such mailbox */
	SPOKEN_REJECTED, /* refused for good, for another reason */
	SPOKEN_HELD,     /* speak itself does not want to, now: its own limits, a panic */
	SPOKEN_N,
};
struct msg_spoken {
	uint64_t no;
	uint32_t result; /* enum spoken */
	uint32_t code;   /* of SMTP or HTTP; 0 none */
	char said[128];  /* a stranger's words */
};

enum msg_type {
#define MSG(name, from, to, st, flags) M_##name,
#include "lymphd/msg.def"
#undef MSG
	M_N,
};
extern const struct chan_row msg_table[M_N];

#endif
