/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognisers of login attacks: the daemons with a shell, file or mail box behind a password. A row
 * begins where the program's message begins (SYS), and where a name of the client's choice stands before
 * the address, the row takes the last address, or only a line that holds one.
 */
#include "wire/recog_row.h"

#define SSHD    SYS("sshd(?:-session|-auth)?")
#define DOVE    SYS("dovecot(?:-auth)?|auth(?:-worker)?|(?:imap|pop3|managesieve|submission)-login")
#define MTA     SYS("postfix[\\w/-]{0,40}/(?:\\w+/)?(?:smtpd|smtps|submission|postscreen)")
#define PREAUTH "(?: \\[preauth\\])?"

const struct recog_row recog_login[] = {
	/* OpenSSH. */
	{ LOGIN | SCAN, N, 0, "login that succeeded", "sshd",
	    SSHD "(?:Accepted |Starting session|pam_unix\\(sshd:session\\)|User child is on )" },
	{ LOGIN, S, 0, "failed SSH login", "sshd",
	    SSHD "(?:message repeated (?<ct>\\d{1,5}) times: \\[ )?(?:error: )?Failed "
	    "[\\w/@.-]{1,40} for .* from <P>(?: ssh\\d?)?(?:: " NO(" from ") ")?\\]?$" },
	{ LOGIN, S, 0, "SSH login as nobody", "sshd",
	    SSHD "(?:message repeated (?<ct>\\d{1,5}) times: \\[ )?(?:Invalid|Illegal) user .*from "
	    "<P>\\s{0,4}\\]?$" },
	{ LOGIN, S, 0, "too many SSH logins", "sshd",
	    SSHD "(?:error: )?(?i:maximum authentication attempts exceeded) for .* from "
	    "<P>(?: ssh\\d?)?" PREAUTH "$" },
	{ LOGIN, S, 0, "failed SSH login", "sshd",
	    SSHD "(?:error: )?PAM: [\\w ]{1,80} for .* from <A>(?: via \\S{1,64})?$" },
	{ LOGIN, S, 0, "SSH login refused", "sshd",
	    SSHD "User " NO(" from ") " from <A> not allowed because " NO(" from ") "$" },
	{ LOGIN, S, 0, "SSH login refused", "sshd", SSHD "ROOT LOGIN REFUSED FROM <P>" },
	{ LOGIN, S, 0, "SSH login broken off", "sshd",
	    SSHD "(?:error: )?Received disconnect from <P>: ?\\d{1,3}: .*(?:\\[preauth\\]|"
	    "(?i:auth\\w* fail|too many|no more auth|no supported auth))" },
	{ LOGIN, S, 0, "SSH login broken off", "sshd",
	    SSHD "(?:Disconnected from|Disconnecting|Connection (?:closed|reset) by) "
	    "(?:authenticating|invalid) user .* <P>" PREAUTH "$" },
	{ LOGIN, S, 0, "too many SSH logins", "sshd",
	    SSHD "Disconnecting(?: (?:authenticating|invalid) user .*| user .*)? <P>: (?:Too many "
	    "authentication failures|Change of username)" NO(": Too many") "$" },
	{ LOGIN | SCAN, S, 0, "SSH session without login", "sshd",
	    SSHD "(?:Disconnected from|Disconnecting|Connection (?:closed|reset) by) <P>(?:: "
	    ".{1,200})? \\[preauth\\]$" },
	{ LOGIN, S, 0, "SSH login never finished", "sshd",
	    SSHD "(?:fatal: )?Timeout before authentication for (?:connection from )?<P>" },
	{ LOGIN | SCAN, S, 0, "no SSH client", "sshd",
	    SSHD "(?:error: )?(?:Did not receive identification string from <P>|"
	    "(?:fatal: )?(?:ssh_dispatch_run_fatal|banner exchange|kex_\\w+|ssh_\\w+): Connection "
	    "(?:from|to) <P>: |(?:fatal: )?Unable to negotiate (?:with|a key exchange method with|"
	    "with) <P>|(?:fatal: )?Protocol major versions differ for <P>|scanned from <P> |"
	    "Bad packet length .{0,40} from <P>)" },
	{ LOGIN | SCAN, S, 0, "no SSH client", "sshd",
	    SSHD "Bad protocol version identification '.*' from <P>$" },
	{ LOGIN, S, 0, "SSH connections past a limit", "sshd",
	    SSHD "(?:error: )?(?:drop connection #\\d{1,7} from <P>|srclimit_penalise: ipv[46]: "
	    "(?:new|\\S{1,20}) <A>)" },
	{ LOGIN, S, 0, "SSH connection refused", "refused connect",
	    SYS("[\\w./-]{1,40}") "(?:error: |warning: .{1,80}, line \\d{1,6}: )?refused connect "
	    "from (?:[\\w.:-]{1,253} ?\\()?<A>\\)?(?:$| \\()" },
	{ LOGIN, S, HINTED, "SSH connection", "sshd",
	    SSHD "(?:Connection from <P> on |Connection (?:closed|reset) by <P>$|Postponed "
	    "\\S{1,40} for " NO(" from ") " from <P> |Address <A> maps to |reverse mapping "
	    "checking getaddrinfo for \\S{1,253} \\[<A>\\] failed|Nasty PTR record "
	    "\"[^\"]{1,253}\" is set up for <A>)" },

	/* PAM, whoever asks it. ruser= and user= are the client's. */
	{ LOGIN, S, 0, "failed login (PAM)", "rhost=",
	    SYS("[\\w./-]{1,40}") "(?:\\(?(?:pam_\\w+|PAM-\\w+)\\)?(?:\\([\\w.-]{0,40}"
	    "(?::\\w{1,20})?\\))?(?:\\[\\d{1,10}\\])?:? )?(?:PAM (?<ct>\\d{1,5}) more "
	    "authentication failures?; |(?:check pass; .{0,40} )?(?:\\d{1,5} more )?authentication "
	    "failures?; )logname=" NO("rhost=") "rhost=<A>(?:\\s{1,4}user=" NO("rhost=")
	    ")?\\s{0,4}$" },
	{ LOGIN, S, 0, "failed login (PAM)", "rhost=",
	    SYS("[\\w./-]{1,40}") "(?:\\(?(?:pam_\\w+|PAM-\\w+)\\)?(?:\\([\\w.-]{0,40}"
	    "(?::\\w{1,20})?\\))?(?:\\[\\d{1,10}\\])?:? )?authentication failure; logname="
	    NO("\\suser=") "rhost=<A>\\s{0,4}$" },
	{ LOGIN, N, 0, "named twice", "rhost=", "rhost=.*rhost=" },

	/* Dropbear. */
	{ LOGIN, N, 0, "login that succeeded", "dropbear", SYS("dropbear") "\\S+ auth succeeded " },
	{ LOGIN, S, 0, "failed SSH login", "dropbear",
	    SYS("dropbear") "(?i:(?:bad (?:password|pam password) attempt|(?:exit before auth(?: "
	    "\\(user .*\\))?: )?max auth tries reached|login attempt for nonexistent user|"
	    "(?:pubkey|login) (?:auth )?attempt\\b).*) from <P>$" },
	{ LOGIN, S, 0, "SSH login broken off", "dropbear",
	    SYS("dropbear") "(?i:exit before auth) from <<P>>" },
	{ LOGIN | SCAN, S, HINTED, "SSH connection", "dropbear",
	    SYS("dropbear") "Child connection from <P>$" },

	/* Dovecot: rip= stands behind the user's name, so the last one counts. */
	{ LOGIN, N, 0, "login that succeeded", "login: ",
	    DOVE ".{0,40}(?:-login: )?(?:Info: )?Login: user=" },
	{ LOGIN, S, 0, "failed mailbox login", "rip=",
	    DOVE ".*(?:auth failed|auth failures|tried to use |unknown user|password mismatch|"
	    "too many invalid|authentication failed).*\\brip=<A>(?:, rport=(?<sp>\\d{1,5}))?(?:, "
	    "lip=|, TLS|$|, )" NO("\\brip=") "$" },
	{ LOGIN | SCAN, S, HINTED, "mailbox session without login", "rip=",
	    DOVE ".*(?:no auth attempts|Aborted login|Disconnected|Login aborted|Too many|"
	    "connection limit).*\\brip=<A>(?:, |$)" NO("\\brip=") "$" },
	{ LOGIN, S, 0, "failed mailbox login", "dovecot|auth",
	    DOVE "(?>(?:auth(?:-worker)?(?:\\(\\d{1,9}(?:,[^)]{0,80})?\\)|<\\d{1,9}>)?: |(?:Info|"
	    "Error|Warning): |conn unix:[\\w/.-]{1,60} \\(pid=\\d{1,9},uid=\\d{1,9}\\): |"
	    "worker-server\\(\\w{1,20}\\): ){0,5})(?!.*\\): .*\\): )(?:sql|pam|passwd(?:-file)?|"
	    "shadow|ldap|static|lua|checkpassword|bsdauth|oauth2|imap|sasl|cram-md5|"
	    "\\w{1,20})\\([^\\x01]{0,300},<A>(?:,[^)]{0,80})?\\): (?i:.{0,40}(?:unknown user|"
	    "password mismatch|authenticate\\(\\) failed|invalid (?:credentials|password)|"
	    "login failed|authentication fail|not allowed|disabled|no such user|expired|request "
	    "timed out|bad password))" },

	/* SASL at Postfix, Sendmail, Exim, Courier, Cyrus. */
	{ LOGIN, S, 0, "failed mail login", "sasl",
	    MTA "(?:[0-9A-Za-z]{6,20}: )?warning: " MX("<A>") ": SASL \\S{1,40} authentication "
	    "(?:failed|failure)" },
	{ LOGIN, S, 0, "failed mail login", "auth",
	    MTA "lost connection after AUTH from " MX("<A>") },
	{ LOGIN, S, 0, "failed mail login", "auth=0/",
	    MTA "disconnect from " MX("<A>") " .*\\bauth=0/(?<ct>\\d{1,5})\\b" },
	{ LOGIN, S, 0, "failed mail login", "too many errors after auth",
	    MTA "too many errors after AUTH from " MX("<A>") },
	{ LOGIN, S, 0, "failed mail login", "auth fail",
	    SYS("sm-\\S{1,30}|sendmail\\S{0,20}|saslauthd|mta") "(?:\\w{6,20}: )?AUTH failure "
	    "(?:\\([\\w-]{1,30}\\))?.*, relay=(?:[\\w.:-]{1,253} )?<A>(?: \\(may be forged\\))?$" },
	{ LOGIN, S, 0, "mail login attack", "possible smtp attack",
	    SYS("sm-\\S{1,30}|sendmail\\S{0,20}|mta") "(?:\\w{6,20}: )?(?:[\\w.:-]{1,253} )?<A>(?: "
	    "\\(may be forged\\))?: [Pp]ossible SMTP attack: command=AUTH, count=(?<ct>\\d{1,5})" },
	{ LOGIN, S, 0, "failed mail login", "authenticator failed",
	    ONCE(": 5\\d\\d ") "(?:" STAMP "|<\\d{1,3}>)?.{0,100}?\\w{1,40} authenticator failed "
	    "for (?:[\\w.:-]{1,253} )?(?:\\([^()]{0,253}\\) )?<P>(?: "
	    "I=\\[[^\\]]{2,50}\\]:\\d{1,5})?(?: U=\\S{1,64})?(?: [A-Z]+=\\S{1,80}){0,4}: (?:535|"
	    "435|5\\d\\d) " },
	{ LOGIN, S, 0, "mail login attack", "auth",
	    ONCE(" H=") ".{0,100}SMTP protocol error in \"AUTH[^\"]{0,200}\" "
	    "H=(?:[\\w.:-]{1,253} )?(?:\\([^()]{0,253}\\) )?<P>(?: I=\\S{1,60})? (?:LOGIN |PLAIN |"
	    "\\S{1,20} )?(?:AUTH|authenticat)" },
	{ LOGIN, S, 0, "failed mail login", "535 authentication failed",
	    SYS("courieresmtpd|esmtpd\\S{0,10}|courier-\\S{1,20}")
	    "error,relay=<A>(?:,port=(?<sp>\\d{1,5}))?,(?:msg|ident=[^,]{0,80},msg)=\"535 " },
	{ LOGIN, S, 0, "failed mailbox login", "login failed",
	    SYS("(?:courier|imapd|pop3d|imapd-ssl|pop3d-ssl|imaplogin|pop3login|courierpop3login|"
	    "courier(?:imap|pop3)\\w+|courier\\S{1,20})") "LOGIN FAILED, "
	    "(?:method=\\S{1,40}, )?(?:user=" NO("ip=\\[") ", )?ip=<A>" },
	{ LOGIN, S, 0, "failed mailbox login", "badlogin",
	    SYS("(?:cyrus/|cyr_)?(?:imap|pop3|nntp|lmtp|sieve|managesieve|timsieved|"
	    "httpd)[ds]?\\S{0,10}|master") "badlogin: (?:[\\w.:-]{0,253} ?)?<A> \\S{1,40} "
	    "(?!.*badlogin: )" },
	{ LOGIN, S, 0, "failed mailbox login", "login|auth|override",
	    SYS("(?:imapd?|ipop3d|pop3d|imapsd?|ipop\\dd|uwimap)\\S{0,10}") "(?:Login (?:failed|"
	    "failure|excessive login failures|disabled)|Auth\\S{0,20} (?:failed|failure)|Failed "
	    "\\S{1,20} override of) user=" NO("host=") "host=(?:[\\w.:-]{0,253} ?)?<A>\\s{0,3}$" },
	{ LOGIN, S, 0, "failed mailbox login", "perdition",
	    SYS("perdition[\\w.]{0,20}") "Auth: <P>->(?:(?! status=).)* status=\"fail(?:(?! "
	    "status=).)*$" },
	{ LOGIN, S, 0, "failed mailbox login", "solid-pop3d|spop3d",
	    SYS("solid-pop3d|spop3d") NO(" - ") " - <A>$" },

	{ LOGIN, S, 0, "failed mailbox login", "reading authentication",
	    SYS("perdition[\\w.]{0,20}") "Fatal Error reading authentication information from "
	    "client <P>->" },

	/* FTP. */
	{ LOGIN, S, 0, "failed FTP login", "fail login",
	    "\\bFAIL (?:LOGIN|DOWNLOAD|UPLOAD): Client \"<A>\"(?:, \"[^\"]{0,255}\")?$" },
	{ LOGIN, S, 0, "failed FTP login", "proftpd",
	    "^(?:<\\d{1,3}>)?" STAMP "?" HOST "proftpd(?:\\[\\d{1,10}\\])?:? "
	    "(?:[\\w.:-]{1,253} )?\\((?:[\\w.:\\x01-]{0,253})<A>\\)(?::| -|:? -)? (?:USER .*: no "
	    "such user|USER .*\\(Login failed\\)|SECURITY VIOLATION|Maximum login attempts|"
	    ".*authentication fail|.*: Login failed|.*Incorrect password|.*\\bnot allowed\\b)" },
	{ LOGIN, S, 0, "failed FTP login", "pure-ftpd",
	    SYS("pure-ftpd") "(?:\\(pam_unix\\) )?\\([^\\s()@]{0,128}@<A>\\) \\[(?:WARNING|ERROR|"
	    "DEBUG)\\] (?:Authentication failed|Too many authentication|Sorry)" NO("\\) \\[") "$" },
	{ LOGIN, S, 0, "failed FTP login", "login failure|failed|login incorrect",
	    SYS("(?:wu-?ftpd|ftpd|in\\.ftpd|lukemftpd|bftpd|glftpd|inetutils-ftpd|tnftpd)")
	    "(?:failed login from (?:[\\w.:-]{1,253} )?<A>|FTP LOGIN FAILED FROM <A>|"
	    "(?:repeated )?login failures? from (?:[\\w.:-]{1,253} )?<A>|ANONYMOUS FTP LOGIN "
	    "REFUSED FROM (?:[\\w.:-]{1,253} )?<A>)" },

	/* Telnet, RDP, VNC, SMB, Windows, routers. */
	{ LOGIN, S, 0, "failed telnet login", "failed|failure|incorrect|invalid",
	    SYS("(?:in\\.)?(?:telnetd|login|rlogind|rshd|busybox|utelnetd)") "(?i:(?:\\d{1,4} )?"
	    "(?:failed login|login fail(?:ed|ure)|failed|invalid password|login incorrect|repeated "
	    "login failures)[^\\x01]{0,100}?(?:from|on '[\\w/]{1,30}' from) ['\"(]?<A>)" },
	{ LOGIN, S, 0, "failed VNC login", "authentication",
	    "(?i:(?:vnc|screensharing)).{0,200}(?i:authentication|auth\\w* "
	    "fail).{0,20}(?i:fail).{0,300}(?:::| from |: |Viewer Address: )<A>(?:::?\\d{1,5})?(?: "
	    "::.{0,100})?$" },
	{ LOGIN, S, 0, "failed VNC login", "blacklisted",
	    "^(?:.{0,60} )?(?:Connections|SConnection|"
	    "VNCServerST): *(?:.{0,20} )?[Bb]lacklisted: <A>" },
	{ LOGIN, S, 0, "failed Windows login", "source network address",
	    ONCE("(?i:Source Network Address:)") "(?i).*(?:\\b4625\\b|\\b4771\\b|\\b4776\\b|"
	    "Audit Failure|failed to log on).{0,6000}Source Network Address:\\s{0,10}<A>" },
	{ LOGIN, S, 0, "failed Windows login", "ipaddress",
	    ONCE("(?i:IpAddress)") "(?i).*(?:EventID[^<>\\d]{0,40}>?\"?:?\\s?4625\\b|Audit_Failure|"
	    "Audit Failure).{0,6000}\\bIpAddress[\"'>]{0,2}\\s?[:=>]?\\s?[\"']?<A>" },
	{ LOGIN, S, 0, "failed Windows login", "4625",
	    "(?i)(?<![\\\\])\"ipaddress\"\\s?:\\s?\"<A>\".{0,6000}(?<![\\\\])"
	    "\"event_?id\"\\s?:\\s?\"?4625" },
	{ LOGIN, S, 0, "failed Windows login", "user name or password is not correct",
	    "connection from the client computer with an IP address of <A> failed because the user "
	    "name or password is not correct" },
	{ LOGIN, S, HINTED, "failed Windows login", "source network address|client address",
	    "(?i)^(?:Source Network Address|Client Address):\\s{0,10}<A>\\s{0,4}$" },
	{ LOGIN, S, 0, "failed SMB login", "nt_status_",
	    "(?i)\\bAuth: \\[[^\\]]{1,60}\\] user \\[.*\\bstatus \\[NT_STATUS_(?!OK)\\w{1,60}\\] "
	    ".*remote host \\[ipv[46]:<P>\\]" NO("remote host \\[") "$" },
	{ LOGIN, S, 0, "failed router login", "login failure|login failed",
	    "(?i)^.{0,120}\\b(?:system,error,critical|account|error critical|"
	    "system)\\b.{0,20}login failure for user " NO(" from ") " from <A> via \\w{1,20}" },
	{ LOGIN, S, 0, "failed router login", "login_failed|login failed|sec_login",
	    "(?i)%SEC_LOGIN-\\d-LOGIN_FAILED: Login failed \\[user: " NO("\\[source: ")
	    "\\[Source: <A>\\] \\[localport: (?<dp>\\d{1,5})\\]" },
	{ LOGIN, S, 0, "failed router login", "%asa|%ftd|%pix",
	    "%(?:ASA|FTD|PIX)-\\d-(?:605004: Login denied from <P> |113015: AAA user "
	    "authentication Rejected .{0,300}user IP = <A>|113005: AAA user authentication "
	    "Rejected .{0,300}user IP = <A>|308001: console enable password incorrect for \\d{1,4} "
	    "tries \\(from <A>|315011: SSH session from <A> |611102: User authentication failed: "
	    "(?:IP address: <A>|.{0,200}IP address: <A>)|716039: .{0,200}IP <<A>> "
	    "Authentication: rejected)" },
	{ LOGIN, S, 0, "failed router login", "sshd_login_failed|login failed|auth failed",
	    "(?i)\\b(?:SSHD_LOGIN_FAILED|SSHD_AUTH_FAILURE): .{0,200} from host "
	    "'?<A>'?(?!.{0,300}from host)" },
	{ LOGIN, S, 0, "failed router login", "logdesc=",
	    ONCE("(?:srcip|remip)=") ".*\\blogdesc=\"(?:Admin login failed|SSL VPN login fail|"
	    "IPsec phase 1 error|SSL VPN alert|Admin login disabled)\"(?=(?:.{0,600}\\baction=\""
	    "(?:login|ssl-login-fail|negotiate)\")?).{0,600}\\b(?:srcip|remip)=<A>" },
};
TABLE_END(recog_login);
