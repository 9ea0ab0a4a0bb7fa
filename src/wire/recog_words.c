/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recognisers that know no program, as data. They come last, so rows that know where a program writes
 * its peer decide before these guess. What the log of a victim can say: that a request, a login, a packet
 * came *from* the address. That it relayed for somebody is seen only when the relay says so (Via,
 * X-Forwarded-For). The address as a destination, as our own upstream, or inside text that a client sent (a
 * URL, a Referer, a user name) accuses nobody: that contradicts, or stays neutral. Which class it is, only
 * words of failed logins can say by themselves; all else is for who was told the class.
 */
#include "wire/recog_row.h"

/* Addresses that are ours to have: a request from there came through our own front end. */
#define PRIVATE                                                                                    \
	"(?:10\\.|127\\.|192\\.168\\.|172\\.(?:1[6-9]|2\\d|3[01])\\.|::1\\b|f[cd][0-9a-f]{2}:)"
/* Classes whose doer is whoever a request, an attempt, a packet came from. */
#define DOERS (PROXY | BOT | DDOS)
#define FAIL                                                                                       \
	"(?i:fail|invalid|illegal|den(?:y|ied)|refus|reject|wrong|\\bbad\\b|incorrect|unknown|"    \
	"not found|no such|mismatch|\\bban|block|attack|brute|unauthori|not allowed|forbidden|"    \
	"too many|abus|intrus|does not exist|violation|(?:auth\\w*|login|passw\\w*|protocol|"      \
	"handshake|access).{0,30}error|error.{0,30}(?:auth|login|passw|user)|unsuccess|"           \
	"\\b40[13]\\b|nonexist|not permitted|disallow|unable to|not valid|attempt|locked|expired|" \
	"suspicious|exceed)"
#define WHO "(?i:log[ _-]?[io]n|sign[ _-]?in|auth|passw|credential|\\buser|account|\\bpin\\b)"
#define NOT                                                                                        \
	"(?i:fail|invalid|illegal|den(?:y|ied)|reject|wrong|\\bbad\\b|incorrect|unknown|"          \
	"unsuccess|mismatch|not found|does not exist|no such|unauthori|not allowed|error)"
/* Nobody else stands where a client might: then one of the two may be words of the other. The address
 * judged is marked, so what still looks like one is another's. */
#define ALONE                                                                                      \
	"(?!.*(?:^|[\\[(<'\"`]|(?i:\\b(?:from|client|\\w{0,12}ip|\\w{0,10}addr\\w{0,4}|host|peer|" \
	"remote\\w{0,8}|src\\w{0,8}|source|rhost|by))\\W{1,4})(?:\\d{1,3}(?:\\.\\d{1,3}){3}|"      \
	"[0-9a-fA-F]{1,4}:[0-9a-fA-F:]{0,30}:[0-9a-fA-F]))"
#define FAILED  NO_OTHER "(?=.*" FAIL ").*"
#define NOLOGIN NO_OTHER "(?=.*(?:" NOT ".{0,80}" WHO "|" WHO ".{0,120}" NOT ")).*"
#define KNOCKED "^" ALONE "(?=.*(?:" FAIL "|(?i:connect|scan|probe|sweep|port|attempt))).*"
#define MAILED  "^" ALONE "(?=.*(?i:mail|smtp|spam|rcpt|relay|message|\\bmx\\b|helo|sender|score)).*"
#define FROM                                                                                       \
	"(?i)\\bfrom(?: (?:host|ip|ip address|address|client|peer|remote|remote host|remote ip|"   \
	"private ip|public ip|machine|user))?[ =:]{1,3}(?:[\"'`(</\\[]{1,2}|"                      \
	"[\\w.-]{1,253} ?[\\[(])?<P>(?!.*\\bfrom[ =:])"
#define KEYED                                                                                      \
	"(?i)(?<![\\w.-])(?:src|src[_-]?ip|srcip|saddr|source|source[_-]?(?:ip|addr)|rhost|"       \
	"remote|remote[_-]?(?:ip|addr|address|host)|client|client[_-]?(?:ip|addr|address)|"        \
	"clientip|c-ip|ip|ip_?addr(?:ess)?|addr|peer|attacker|rip|oip|"                            \
	"ip_src)=[\"']?\\[?(?:[\\w.-]{1,253}\\[)?<A>(?![^\\s\"',;:)\\]}&>|])"
#define SAID                                                                                       \
	"(?i)(?<![\\w.-])(?:client|clientip|peer|remote(?: host| address| ip| addr)?|"             \
	"ip(?:[ -]address| addr)?|attacker|offender|visitor|source(?: ip| address)?|user ip|"      \
	"login ip|rhost|by|host|query from \\d{1,9})[\"']?[ :=]{1,3}[\"'(\\[</]{0,2}<A>"           \
	"(?![^\\s\"',;:)\\]}>.#])"
/* A quote inside a string is escaped, so an unescaped key is the program's own. */
#define JSON                                                                                       \
	"(?<!\\\\)\"(?i:(?:x[_-]?)?(?:real[_-]?ip|remote[_-]?(?:addr|address|ip|host|client)|"     \
	"remote|client[_-]?(?:ip|addr|address|host)?|clientip|visitor_ip|c[_-]?ip|src|"            \
	"src[_-]?(?:ip|addr)|srcip|source|source[_-]?(?:ip|addr|address)|sourceipaddress|ip|"      \
	"ip_?addr(?:ess)?|peer|peer[_-]?(?:ip|addr)|downstream_remote_address|rhost|attacker|"     \
	"addr\\.remote|addr|host_?ip))\"\\s{0,4}:\\s{0,4}\"(?:/|tcp:|udp:)?<A>(?::\\d{1,5})?\""
#define JSON_OF(words) "^(?=.*" words ").*" JSON
/* The address alone in brackets, behind a time, or first in the line: who the line is about. */
#define FIRST "^(?:" STAMP ")?(?:\\[[\\w .-]{1,20}\\] ){0,3}[\\[(]?<P>[\\])]?(?=[ ,:;|\\]]|$)"

const struct recog_row recog_words[] = {
	/* Marks of a relay: what only a proxy, or one who asks for one, does. */
	{ PROXY, S, HINTED, "request to relay", "",
	    CLF("<A>") "(?:CONNECT |" METHOD " (?i:https?|ftp)://)" },
	{ PROXY, S, HINTED, "request with a proxy's mark", "",
	    CLF("<A>") ".*(?:\"(?:unknown|\\d{1,3}(?:\\.\\d{1,3}){3}|"
	    "[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{2,38})(?:, ?[^\"]{1,200})?\"|\"(?:\\d\\.\\d|"
	    "HTTP/\\d\\.\\d) [\\w.:-]+ \\([^\")]{1,80}\\)|(?i:\\bvia[=:]\\s?\"?\\d\\.\\d |"
	    "\\bx-forwarded-for[=:]|\\bforwarded[=:]\\s?\"?(?:for|by)=))" },

	/* Web servers: the peer is where the server writes it. */
	{ DOERS, S, HINTED, "web request", "", CLF("<A>") },
	{ DOERS, S, HINTED, "web request through our own front end", "",
	    "^" PRIVATE "[^\"]{1,300}\\[[^\\]]{10,40}\\] "
	    "\".*\"(?:[^\",]{1,45}, ?){0,16}<A>\"[^\"]*$" },
	{ DOERS, S, HINTED, "web error", "", /* once only: a path may hold the same words */
	    "^(?!.*, client: .*, client: ).*, client: <A>, server: " },
	{ DOERS, S, HINTED, "web error", "",
	    "^[^\\[]*(?:\\[(?!client |remote )[^\\]]*\\][^\\[]*){0,6}\\[(?:client|remote) "
	    "<A>(?::\\d{1,5})?\\]" },
	{ ALL, N, 0, "client named twice", "", "(?:, client: .*){2}" },
	{ ALL, N, 0, "client named twice", "", "^" CLIENT_TWICE },
	{ DOERS, S, HINTED, "load balancer request", "",
	    "^[^\"]{0,100}haproxy(?:\\[\\d{1,7}\\])?: <A>:\\d{1,5} \\[" },
	{ DOERS, S, HINTED, "load balancer request", "",
	    "^(?:https?|h2|wss?|grpcs?) \\S{20,40} \\S{1,200} <A>:\\d{1,5} " },
	{ DOERS, S, HINTED, "web request",
	    "", /* W3C extended: date time s-ip method stem query port user c-ip */
	    "^\\d{4}-\\d\\d-\\d\\d [\\d:]{8} (?:\\S+ ){1,3}" METHOD
	    " \\S+ \\S+ \\d{1,5} \\S+ <A>(?= |$)" },
	{ DOERS, S, HINTED, "web request", "",
	    "^\\d{4}-\\d\\d-\\d\\d\\t[\\d:]{8}\\t\\S+\\t\\d+\\t<A>\\t" METHOD "\\t" },

	/* Proxies of our own: who asked them. */
	{ DOERS, S, HINTED, "proxy request", "",
	    "^(?:[^\"]{0,100}squid\\S{0,40}: )?\\s{0,4}\\d{9,10}\\.\\d{3}\\s+-?\\d+ <A> "
	    "[A-Z_]+/\\d{3} " },
	{ DOERS, S, HINTED, "proxy request", "",
	    "^[^\"]{0,100}\\b(?:PROXY|SOCKS\\d?|HTTPS?|CONNECT|TCPPM|UDPPM|FTPPR|POP3P|"
	    "SMTPP)\\.\\d{1,5} \\d{1,5} \\S+ <A>:\\d" },
	{ DOERS, S, HINTED, "proxy request", "",
	    "(?:pass|block)\\(\\d+\\): (?:tcp|udp)/\\w+ [\\[\\]-]: "
	    "(?:[^ @]{1,64}@)?<A>\\.\\d{1,5} " },

	{ DOERS | DDOS, S, ONEWAY | HINTED, "packet", "->",
	    "(?<![^\\s,({])<P> ?-> ?[\\[0-9a-fA-F]" },
	{ ALL, C, ONEWAY, "packet to it", "->",
	    "[0-9a-fA-F\\]](?::\\d{1,5})? ?-> ?<A>(?::\\d{1,5})?(?![\\w])" },

	{ LOGIN, S, HINTED, "failed, logged as the client", "\"", JSON_OF(FAIL) },
	{ SCAN, S, HINTED, "logged as the client", "\"",
	    "^(?=.*(?:" FAIL "|(?i:connect|scan|probe|sweep|port|attempt))).*" JSON },
	{ SPAM, S, HINTED, "logged as the client", "\"",
	    JSON_OF("(?i:mail|smtp|spam|rcpt|relay|helo|sender)") },
	{ DOERS | CONTACT, S, HINTED, "logged as the client", "\"", JSON },
	{ C2, S, HINTED, "contacted", "",
	    "(?i)(?:(?<![\\\\])\"(?:dst|dest|destination|server|upstream|"
	    "target)[\\w.-]{0,32}\"\\s{0,4}:\\s{0,4}\"<A>|\\b(?:dst|dest|destination|daddr|dst_?ip|"
	    "destip|dest_?ip)=[\"']?<A>|\\bto <A>(?!.*\\bto ))" },
	{ ALL, C, 0, "logged as the other end", "",
	    "(?<!\\\\)\"(?i:(?:dst|dest|destination|server|local|upstream|target|listen|"
	    "downstream_local|backend|origin|host|request_?host)[\\w.-]{0,32})\"\\s{0,4}:\\s{0,4}\""
	    "(?:\\w{1,8}:/{0,2})?<A>(?::\\d{1,5})?[\"/]" },

	/* A web log line whose client is somebody else: the address is text that client sent. */
	{ ALL, C, 0, "only text in somebody else's request", "",
	    "^[^\"]{0,300}\\[[^\\]]{10,40}\\] \".*<A>" },
	{ ALL, C, 0, "destination of somebody else's request", "",
	    "^(?:[^\"]{0,100}squid\\S{0,40}: )?\\s{0,4}\\d{9,10}\\.\\d{3}\\s+-?\\d+ \\S+ "
	    "[A-Z_]+/\\d{3} .*<A>" },
	{ ALL, C, 0, "destination of somebody else's request", "",
	    "^[^\"]{0,100}\\b(?:PROXY|SOCKS\\d?|HTTPS?|CONNECT)\\.\\d{1,5} \\d{1,5} \\S+ "
	    "\\S+ .*<A>" },
	{ ALL, C, 0, "destination of somebody else's request", "",
	    "(?:pass|block)\\(\\d+\\): (?:tcp|udp)/\\w+ [\\[\\]-]: .*<A>" },
	{ ALL, C, 0, "our own request to it", "",
	    "(?i)\\b(?:upstream: \"\\S{0,40}|postfix/[sl]mtp\\b.{0,400}\\brelay=[^\\s,\\[]{0,253}|"
	    "(?:dst|dest|destination|daddr|to|server|upstream|target|host)(?:[_-]?(?:ip|addr|"
	    "address|host))?=[\"']?)<A>" },
	{ ALL, C, 0, "our own request to it", "",
	    "(?i)\\b(?:connect(?:ed|ing|ion)?|request(?:ed|ing)?|deliver(?:ed|ing|y)?|sent|"
	    "send(?:ing)?|forward(?:ed|ing)?|relay(?:ed|ing)?|quer(?:y|ied|ying)|fetch(?:ed|ing)?|"
	    "reply|replied|rsp|response) (?:\\S+ ){0,3}?to:? (?:[\\w.-]{1,253} ?[\\[(])?[\"'<]?"
	    "(?:\\w{2,5}://)?<A>(?![^\\n]{0,200}\\bfrom\\b)" },
	{ ALL, N, 0, "inside a URL", "",
	    "(?i)\\b(?:https?|ftp|wss?|tcp|udp|sip)://(?:[^\\s/@\"]{1,64}@)?<A>" },

	/* Two peers named the same way: one of them may be words of a client. */
	{ ALL, N, 0, "named twice", "",
	    "(?i)\\bfrom [\\[(]?[\\x01\\d].{0,2000}\\bfrom [\\[(]?[\\x01\\d]" },
	{ ALL, N, 0, "named twice", "", "(?i)\\brhost=.{0,2000}\\brhost=" },
	{ DOERS, S, HINTED, "mail client", "",
	    "(?i)(?:sm-mta|sendmail|courier\\w{0,16})\\S{0,12}: (?!.*\\bstat=).*\\brelay="
	    "(?:[\\w.-]{1,253} ?)?<A>(?!.*\\brelay=)" },

	/* Words. The last "from" of a line is the program's; one before it may be in a user name. */
	{ LOGIN, S, 0, "failed login", "from", NOLOGIN FROM },
	{ LOGIN, S, 0, "failed login", "=", NOLOGIN KEYED },
	{ LOGIN, S, 0, "failed login", "", NOLOGIN SAID },
	{ LOGIN, S, 0, "failed login", "(", NOLOGIN "\\((?:ip:? ?)?<P>\\)\\.?$" },
	{ LOGIN, S, HINTED, "failed, from it", "from", FAILED FROM },
	{ LOGIN, S, HINTED, "failed, from it", "=", FAILED KEYED },
	{ LOGIN, S, HINTED, "failed, from it", "", FAILED SAID },
	{ LOGIN, S, HINTED, "failed, from it", "", FIRST "(?=.*" FAIL ")" },
	{ SCAN, S, HINTED, "attempt from it", "from", KNOCKED FROM },
	{ SCAN, S, HINTED, "attempt from it", "=", KNOCKED KEYED },
	{ SCAN, S, HINTED, "attempt from it", "", KNOCKED SAID },
	{ SCAN, S, HINTED, "attempt from it", "",
	    FIRST "(?=.*(?:" FAIL "|(?i:connect|scan|probe)))" },
	{ SPAM, S, HINTED, "mail from it", "from", MAILED FROM },
	{ SPAM, S, HINTED, "mail from it", "=", MAILED KEYED },
	{ SPAM, S, HINTED, "mail from it", "", MAILED SAID },
	{ DOERS | CONTACT, S, HINTED, "came from it", "from", FROM },
	{ DOERS | CONTACT, S, HINTED, "logged as the client", "=", KEYED },
	{ DOERS | CONTACT, S, HINTED, "logged as the client", "", SAID },
};
TABLE_END(recog_words);
