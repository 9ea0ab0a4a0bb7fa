/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognisers of spam: what a mail server refused or a filter rated, and from whom it came. HELO, sender
 * and recipient are the client's words; the address is taken where the server writes its peer.
 */
#include "wire/recog_row.h"

#define MTA   SYS("postfix[\\w/-]{0,40}/(?:\\w+/)?(?:smtpd|smtps|submission)")
#define GATE  SYS("postfix[\\w/-]{0,40}/(?:\\w+/)?postscreen")
#define QUEUE "(?:NOQUEUE|[0-9A-Za-z]{6,20}): "
#define MILT  SYS("sm-\\S{1,30}|sendmail\\S{0,20}|mta")
/* "H=name (helo) [192.0.2.1]:25 I=[..]:25": a helo with blanks or brackets is no name. */
#define EXIM                                                                                       \
	"(?:H=(?:[\\w.:-]{1,253} )?(?:\\((?:\\[[\\w.:\\x01]{1,50}\\]|"                             \
	"[^()\\s\\[\\]]{0,253})\\) )?<P>(?: I=\\[[^\\]]{2,50}\\]:\\d{1,5})?)"

const struct recog_row recog_mail[] = {
	{ SPAM, N, 0, "greylisted", "reylist|450 4.2.0",
	    "(?i)postfix.{0,80}reject: .{0,300}greylist|" QUEUE "reject: \\w+ from " MX("<A>")
	    ": 45\\d 4\\.2\\.0 " },
	{ SPAM, S, 0, "mail refused", "reject",
	    MTA QUEUE "(?:milter-)?reject(?:_warning)?: [A-Z-]{2,15}(?: command)? from " MX("<A>")
	    ": [45](?:\\d\\d|\\.\\d\\.\\d{1,3}) " },
	{ SPAM, S, 0, "mail refused", "reject|bare newline|pregreet|command ",
	    GATE "(?:" QUEUE "reject: [A-Z-]{2,15} from <P>: [45]\\d\\d |(?:PREGREET \\d{1,6} "
	    "after [\\d.]{1,12} from|DNSBL rank \\d{1,4} for|COMMAND (?:PIPELINING|COUNT LIMIT|"
	    "TIME LIMIT|LENGTH LIMIT) from|BARE NEWLINE from|NON-SMTP COMMAND from|BLACKLISTED|"
	    "DENYLISTED) <P>)" },
	{ SPAM, S, HINTED, "mail client", "hangup|connect from",
	    GATE "(?:HANGUP after [\\d.]{1,12} from|CONNECT from|PASS NEW) <P>" },
	{ SPAM | SCAN, S, 0, "no mail client",
	    "non-smtp command|improper command|too many errors|illegal address|multi-line smtp",
	    MTA "(?:" QUEUE ")?(?:warning: |reject: )?(?:non-SMTP command from|improper command "
	    "pipelining after [\\w.-]{1,20} from|too many errors after [\\w-]{1,20}(?: "
	    "\\([^)]{1,40}\\))? from|Illegal address syntax from) " MX("<A>") },
	{ SPAM | LOGIN | DDOS, S, 0, "mail connections past a limit", "limit exceeded",
	    MTA "(?:" QUEUE ")?warning: (?:Connection (?:rate|concurrency)|New TLS session rate|"
	    "Message delivery request rate|Recipient (?:address|command) rate|AUTH command rate|"
	    "Message delivery rate|Connection) limit exceeded: (?<ct>\\d{1,6}) from " MX("<A>")
	    " for service " },
	{ SPAM, S, HINTED, "mail client", "lost connection|timeout after",
	    MTA "(?:lost connection|timeout|SSL_accept error) (?:after [\\w-]{1,20} )?"
	    "(?:\\(\\d{1,9} bytes\\) )?from " MX("<A>") },
	{ SPAM, S, HINTED, "mail client", "connect from|client=|does not resolve",
	    SYS("postfix[\\w/-]{0,40}/\\S{2,40}") "(?:(?:dis)?connect from " MX("<A>") "|" QUEUE
	    "client=[\\w.:-]{1,253}\\[<A>\\]|warning: hostname \\S{1,253} does not resolve to "
	    "address <A>)" },

	/* Sendmail: relay= is the server's, behind what the client said. */
	{ SPAM, S, 0, "mail refused", "ruleset=",
	    MILT "(?:\\w{6,20}: )?ruleset=\\w{1,40}, arg1=.*, relay=(?:[\\w.:-]{1,253} )?<A>(?: "
	    "\\(may be forged\\))?, reject=[45]" NO(", relay=") "$" },
	{ SPAM, S, 0, "mail refused", "rejecting commands|user unknown|vrfy|expn|rejected",
	    MILT "(?:\\w{6,20}: )?(?:rejecting commands from (?:[\\w.:-]{1,253} ?)? ?<A>(?: \\(may "
	    "be forged\\))? due to pre-greeting|(?:[\\w.:-]{1,253} )?<A>(?: \\(may be forged\\))?: "
	    "(?:VRFY|EXPN|vrfy|expn) .{0,200}\\[rejected\\]|(?:[\\w.:-]{1,253} )?<A>(?: \\(may be "
	    "forged\\))?: Possible SMTP (?:attack|RCPT flood))" },
	{ SPAM, S, 0, "mail refused", "user unknown",
	    MILT "(?:\\w{6,20}: )?<[^>]{0,300}>\\.\\.\\. User unknown(?:, "
	    "relay=(?:[\\w.:-]{1,253} )?<A>)" },
	{ SPAM, S, HINTED, "mail client", "relay=",
	    MILT "(?:\\w{6,20}: )?(?!.*\\bstat=)from=.*\\brelay=(?:[\\w.:-]{1,253} )?<A>"
	    NO("relay=") "$" },
	{ SPAM, S, HINTED, "mail client", "did not issue|collect:",
	    MILT "(?:\\w{6,20}: )?(?:[\\w.:-]{1,253} )?<A>(?: \\(may be forged\\))? did "
	    "not issue " },

	/* Exim. */
	{ SPAM, S, 0, "mail refused", "rejected",
	    ONCE("\\bH=") FILE_LOG "(?:\\[\\d{1,10}\\] )?(?:[\\w-]{16,23} )?(?:F=\\S{1,320} )?" EXIM
	    "(?: U=\\S{1,64}| X=\\S{1,80}| CV=\\w{1,5}| P=\\S{1,20}| A=\\S{1,64}| SNI=\\S{1,253}|"
	    " F=<?\\S{0,320}>?| S=\\d{1,10}){0,8}:? (?:temporarily )?rejected " },
	{ SPAM, S, 0, "mail refused", "sender verify fail|relay not permitted|rejected",
	    ONCE("\\bH=") FILE_LOG ".{0,60}" EXIM "(?: [A-Z]{1,3}=\\S{1,320}){0,8}:? (?:sender "
	    "verify fail|.{0,100}relay not permitted)" },
	{ SPAM, S, 0, "mail refused", "rejected|dropped|synchronization|no mail in|unexpected disc",
	    FILE_LOG "(?:\\[\\d{1,10}\\] )?(?:[\\w-]{16,23} )?(?:SMTP (?:call|connection|command "
	    "timeout on connection|protocol synchronization error \\([^)]{1,80}\\):? "
	    ".{0,100}) ?(?:from )?|no MAIL in SMTP connection from |unexpected disconnection while "
	    "reading SMTP command from |dropped: |rejected \\w{4} "
	    "from )(?:H=)?(?:[\\w.:-]{1,253} )?(?:\\([^()\\s]{0,253}\\) )?<P>(?! .*H=)" },
	{ SPAM, S, 0, "rated as spam", "sa: action",
	    FILE_LOG "(?:[\\w-]{16,23} )?SA: Action: (?:flagged|silently tossed|permanently "
	    "rejected|temporarily rejected|scanned but).{0,200} From <[^>]{0,320}> "
	    "\\(host=\\S{1,253} (?:\\(\\S{0,253}\\) )?<A>\\) for " },
	{ SPAM, S, HINTED, "mail client", " <= ",
	    FILE_LOG "(?:\\[\\d{1,10}\\] )?[\\w-]{16,23} <= \\S{1,320} " EXIM },

	/* Filters. */
	{ SPAM, S, 0, "rated as spam", "rspamd",
	    "^(?!.*\\bip: .*\\bip: ).{0,200}?\\brspamd(?:_proxy|_task)?\\b.{0,100}; task; "
	    "rspamd_task_write_log: .{0,1200}\\bip: <A>, .{0,300}\\(default: [TF] \\((?:reject|"
	    "soft reject|add header|rewrite subject)\\)" },
	{ SPAM, S, 0, "rated as spam", "rspamd_task_write_log",
	    "^(?!.*\\bip: .*\\bip: ).{0,200}?rspamd_task_write_log: .{0,1200}\\bip: <A>,.{0,600}\\("
	    "(?:reject|add header|rewrite subject)\\): " },
	{ SPAM, N, 0, "mail rated as clean", "rspamd_task_write_log",
	    "rspamd_task_write_log: .{0,2000}\\((?:no action|greylist)\\): " },
	{ SPAM, S, 0, "rated as spam", "amavis",
	    SYS("amavis(?:d)?\\S{0,10}") "\\([\\w-]{3,30}\\) (?:Blocked|Passed) (?:SPAM|SPAMMY|"
	    "INFECTED|BANNED|BAD-HEADER\\S{0,3})\\b.{0,20}(?:\\{[^}]{0,100}\\})?, "
	    "(?:[\\w/ -]{0,40} )?\\[<A>\\](?::(?<sp>\\d{1,5}))? " },
	{ SPAM, N, 0, "mail rated as clean", "amavis",
	    SYS("amavis(?:d)?\\S{0,10}") "\\([\\w-]{3,30}\\) Passed CLEAN" },
	{ SPAM, S, 0, "rated as spam", "mailscanner",
	    SYS("MailScanner") "Message \\S{6,40} from <A> \\([^)]{0,320}\\) (?:to \\S{1,253} )?is "
	    "(?:spam|blacklisted|whitelisted, spam)" },
	{ SPAM, S, 0, "rated as spam", "spf|policyd",
	    SYS("postfix[\\w/-]{0,20}/?policy(?:d)?(?:-spf|-weight)?|policyd-\\w{1,10}|postgrey")
	    ".{0,200}(?i:\\breject|action=REJECT|550 ).{0,300}(?:client_address=|"
	    "CLIENT_IP=|ip=)<A>" },
	{ SPAM, S, 0, "mail refused", "550|535|user unknown",
	    SYS("courieresmtpd|esmtpd") "error,relay=<A>,(?:port=(?<sp>\\d{1,5}),)?"
	    "(?:ident=[^,]{0,80},)?from=<.*: 5\\d\\d " },
	{ SPAM, S, 0, "mail refused", "qmail|rblsmtpd|spamdyke|chkuser",
	    SYS("qmail\\S{0,20}|rblsmtpd|spamdyke|smtpd?|tcpserver|chkuser\\S{0,20}")
	    "(?:\\d{1,10}(?:\\.\\d{1,9})? )?(?:rblsmtpd: <A> pid \\d{1,10}(?: \\S{1,255})?:? "
	    "(?:451|553) |(?:spamdyke\\[\\d{1,10}\\]: )?FILTER_\\w{1,20}_MATCH ip: <A> |"
	    ".{0,40}DENIED_\\w{1,40} .{0,700}\\borigin_ip: <A> |CHKUSER rejected .{0,400}remote "
	    "<[^>]{0,253}:<A>>)" },
	{ SPAM, S, HINTED, "mail client", "received:",
	    "(?i)^Received: from [\\w.:\\[\\]-]{1,255} \\((?:[\\w.:-]{1,255} )?\\[?<A>\\]?"
	    "(?:[^()]{0,80})?\\) by " },
	{ SPAM, S, 0, "mail refused",
	    "spam attack|unknown recipient|dns blacklist|reverse dns|relay attempt",
	    ONCE("IP address ") "\\[[^\\]]{10,40}\\] (?:SMTP Spam attack detected from <A>,|"
	    "Attempt to deliver to unknown recipient <[^>]{0,320}>, from <[^>]{0,320}>, IP address "
	    "<A>|IP address <A> found in DNS blacklist|Client with IP address <A> has no reverse "
	    "DNS|Relay attempt from IP address <A>)" },
	{ SPAM, S, 0, "mail refused", "relay attempt|blocked|rejected|spam",
	    "^[\\w-]{6,12} [\\d:]{8} [\\w-]{3,30} (?:\\[[\\w-]{1,30}\\] ){1,5}<A> "
	    "(?:<[^>]{0,320}> )?(?:to: \\S{1,320} )?.{0,100}(?:relay attempt blocked|\\[spam "
	    "found\\]|blocked|rejected)" },
	{ SPAM, S, 0, "mail refused", "rejected for policy",
	    "\\b(?:smtp|SMTP Server): [Cc]onnection from \\[<A>\\] rejected for policy reasons" },
	{ SPAM, S, HINTED, "named by a complaint", "source-ip", "(?i)^Source-IP: ?<A>$" },
    };
TABLE_END(recog_mail);
