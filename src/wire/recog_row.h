/* SPDX-License-Identifier: BSD-2-Clause */
/* For the tables of recognisers: short words for a row, and what log lines begin with. */
#ifndef WIRE_RECOG_ROW_H
#define WIRE_RECOG_ROW_H

#include "wire/recog.h"

#define S      RECOG_SUPPORTS
#define C      RECOG_CONTRADICTS
#define N      RECOG_NEUTRAL
#define ONEWAY RECOG_ONE_WAY
#define HINTED RECOG_HINTED

#define ALL      RECOG_ALL
#define PROXY    RECOG_OF(CLASS_OPEN_PROXY)
#define RESOLVER RECOG_OF(CLASS_OPEN_RESOLVER)
#define AMPL     RECOG_OF(CLASS_AMPLIFIER)
#define SCAN     RECOG_OF(CLASS_SCANNER)
#define DDOS     RECOG_OF(CLASS_DDOS_SOURCE)
#define BOT      RECOG_OF(CLASS_BOT)
#define CONTACT  RECOG_OF(CLASS_C2_CONTACT)
#define SPAM     RECOG_OF(CLASS_SPAM_SOURCE)
#define LOGIN    RECOG_OF(CLASS_LOGIN_ATTACKER)
#define EXPOSED  RECOG_OF(CLASS_EXPOSED_SERVICE)
#define DEFECT   RECOG_OF(CLASS_KNOWN_DEFECTIVE)
#define SPOOFED  RECOG_OF(CLASS_SPOOFED_SOURCE)
#define C2       RECOG_OF(CLASS_C2_SERVER)

/* A time as programs write it, with its brackets; atomic, so that it costs one pass. No address can pass
 * for its date: CLF's first field is one, and what follows there a client may have sent. */
#define STAMP                                                                                      \
	"(?:\\[?(?>(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|" \
	"Dec|"                                                                                     \
	"[A-Z]{3,4}(?= ))[a-z]*+[ "                                                                \
	",.]++|(?!\\d++\\.\\d++\\.\\d++\\.)[\\d./-]++(?:(?:Jan|Feb|Mar|Apr|May|Jun|"               \
	"Jul|Aug|Sep|Oct|Nov|Dec)[/-]\\d++)?+(?!:\\d\\d:\\d\\d(?!:))[T ,:]*+){0,6}+)"              \
	"\\d?\\d:\\d\\d:\\d\\d(?:[.,]\\d++)?+(?>(?: "                                              \
	"?(?:Z\\b|[+-]\\d\\d:?\\d\\d|20\\d\\d\\b|[AP]M\\b|(?:UTC|GMT|[CEMW]ES?T|[ECMP][SD]T|BST|"  \
	"MSK|IST|JST|KST|SAST|A[CEW]S?[SD]T|NZ[SD]T|HKT|SGT|BRS?T|ART)\\b))*+)"                    \
	"\\]?:?[\\s,]+)"
/* The host behind it, a facility before or behind that. No level: what follows one may be anybody's. */
#define HOST                                                                                       \
	"(?:<?\\w{3,8}\\.\\w{3,8}>? +)?(?:(?!(?i:info|warn(?:ing)?|error|debug|notice|trace|fatal|"    \
	"crit\\w*|log|msg|message)\\b)[\\w.:@/-]{0,254}[\\w.@/-] +)?(?:\\w{3,8}\\.\\w{3,8} +)?"
/* Where a message of a program begins: RFC 3164 with or without time and host, RFC 5424. */
#define SYS(tag)                                                                                   \
	"^(?:<\\d{1,3}>(?:1 )?)?(?:" STAMP HOST ")?(?:" tag                                         \
	")(?:\\([\\w:.-]{1,40}\\))?(?:\\[\\d{1,10}\\])?"                                           \
	"(?:: ?| (?:\\d{1,10}|-) \\S{1,32} (?:-|\\[[^\\]]{0,400}\\]) ?(?:\\xef\\xbb\\xbf)?)"       \
	"(?:\\[ID \\d{1,10} [\\w.]{1,32}\\] )?\\s*"
/* A file of one program: the message behind the time alone. */
#define FILE_LOG "^" STAMP
/* All that is left of the line but what holds x. */
#define NO(x) "(?:(?!" x ").)*"
/* The line holds x but once. */
#define ONCE(x) "^(?!(?>(?:(?!" x ").)*)" x ".*" x ")"

/* What still looks like an address is another's: the one judged is marked. */
#define OTHER                                                                                      \
	"(?:(?:\\d{1,3}\\.){3}\\d|(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]|[0-9a-fA-F]{1,4}::[0-9a-"  \
	"fA-F])"
#define NO_OTHER "^(?!.*" OTHER ")"

/* Apache's "[client A]" stands twice. Possessive to the first, so that it costs one pass. */
#define CLIENT_TWICE                                                                               \
	"(?>(?:(?!\\[(?:client|remote) ).)*)\\[(?:client|remote) "                                 \
	"[^\\]]*+\\].*\\[(?:client|remote) "

/* A common-log line up to and with the quote that opens the request; x is its first field. Nothing
 * before that quote is quoted, so nothing before it was sent by a client but a user name, and that
 * stands behind the " - " of an ident nobody asks for. */
#define CLF(x)                                                                                     \
	"^(?:<\\d{1,3}>1 (?:\\S{1,255} ){5}(?:-|\\[[^\\]]{0,400}\\]) )?(?:(?! - "                  \
	")[^\"]){0,300}?(?<![^\\s,])" x                                                            \
	"(?::\\d{1,5})?(?: [^\"\\[]{1,200}|, [^\"\\[]{1,200})? ?\\[[^\\]]{10,40}\\] \""
/* "GET", "POST" ...: a token of upper-case letters, as in every HTTP log. */
#define METHOD "(?:[A-Z]{3,17}|-)"
/* A name and its address as mail programs write them. */
#define MX(x) "(?:[\\w.:\\x01-]{1,253})?\\[" x "\\](?::(?<sp>\\d{1,5}))?"

extern const struct recog_row recog_login[], recog_login_app[], recog_mail[], recog_packet[],
    recog_scan[], recog_web[], recog_words[];
extern const size_t recog_login_n, recog_login_app_n, recog_mail_n, recog_packet_n, recog_scan_n,
    recog_web_n, recog_words_n;
#define TABLE_END(name) const size_t name##_n = sizeof(name) / sizeof(name[0])

#endif
