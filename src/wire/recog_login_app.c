/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognisers of login attacks: telephony, tunnels, data bases and web applications with a log of their
 * own. Same rules as recog_login.c.
 */
#include "wire/recog_row.h"

/* "[2026-11-22 01:45:00] NOTICE[123][C-1]: chan_sip.c:12 in f: " */
#define ASTERISK                                                                                   \
	"^(?:<\\d{1,3}>)?" STAMP "?" HOST "(?:asterisk(?:\\[\\d{1,10}\\])?: )?\\[?(?:NOTICE|"      \
	"WARNING|SECURITY|ERROR|VERBOSE)\\]? ?(?:\\[[\\w-]{1,20}\\]){0,3}:? "                      \
	"(?:\\[C-\\w{1,10}\\] )?(?:[\\w./]{1,60}(?::\\d{1,6})?:?(?: (?:in )?[\\w/]{1,60}:)?|"      \
	"Ext\\. [^:]{1,40}:) *"
#define OPENVPN SYS("(?:ovpn-|openvpn)[\\w@.-]{0,40}|ovpn")

const struct recog_row recog_login_app[] = {
	/* Asterisk, FreeSWITCH, Kamailio: the From a caller sends is quoted before the address. */
	{ LOGIN, S, 0, "failed SIP registration", "registration from",
	    ASTERISK "Registration from '.*' failed for '<P>' - [\\w/ ().-]{3,80}$" },
	{ LOGIN, S, 0, "failed SIP registration",
	    "registration from|no registration for|failed to authenticate|failed md5",
	    ASTERISK "(?:Host <A> failed (?:to authenticate as|MD5 authentication for) |"
	    "No registration for peer '[^']{0,200}' \\(from <A>\\)$)" },
	{ LOGIN | SCAN, S, 0, "SIP call by a stranger", "rejected because|call",
	    ASTERISK "(?:(?:[\\w ]{1,40}: )?Call (?:from '[^']{0,200}' )?\\((?:(?:TCP|UDP|TLS|"
	    "WSS?):)?<P>\\) to extension '[^']{0,300}' rejected because )" },
	{ LOGIN | SCAN, S, 0, "SIP call by a stranger", "rejecting unknown sip|hacking attempt",
	    ASTERISK "\"?(?:Rejecting unknown SIP connection from <P>\"?$|hacking attempt "
	    "detected '<A>'$)" },
	{ LOGIN, S, 0, "failed SIP login", "request ",
	    ASTERISK "Request (?:'\\w{1,20}' )?from '.*' failed for '<P>' \\(callid: "
	    "[^)]{0,200}\\) - [\\w/ ().-]{3,80}$" },
	{ LOGIN, S, 0, "failed manager login", "authenticate",
	    ASTERISK "<A> (?:failed to authenticate as '|tried to authenticate with nonexistent "
	    "user '|failed to pass IP ACL as ')" },
	{ LOGIN, S, 0, "failed SIP login", "security|failed",
	    ASTERISK "(?:Sending fake auth rejection for device .*<sip:" NO("sip:")
	    "|Failed to authenticate (?:device|user) .*)[@ ](?:from )?<A>" NO("@") "$" },
	{ LOGIN, S, 0, "failed SIP login", "remoteaddress=",
	    "SecurityEvent=\"(?:FailedACL|InvalidAccountID|ChallengeResponseFailed|InvalidPassword|"
	    "ChallengeSent\\w*Failed|InvalidTransport|RequestBadFormat|AuthMethodNotAllowed|"
	    "RequestNotAllowed|RequestNotSupported|UnexpectedAddress|SessionLimit|LoadAverageLimit|"
	    "MemoryLimit)\"(?!.*\",RemoteAddress=.*\",RemoteAddress=).*\",RemoteAddress=\"IPV[46]/"
	    "(?<pr>[A-Z]{2,4})/<A>/(?<sp>\\d{1,5})\"" },
	{ LOGIN, S, 0, "failed SIP login", "remoteaddress=",
	    "SecurityEvent=\"(?:FailedACL|InvalidAccountID)\".*,RemoteAddress=\"IPV[46]/"
	    "(?<pr>[A-Z]{2,4})/<A>/(?<sp>\\d{1,5})\"(?:,ACLName=\"[^\"]{0,80}\")?\\s{0,4}$" },
	{ LOGIN, N, 0, "SIP login that succeeded", "securityevent=\"succ|challengesent",
	    "SecurityEvent=\"(?:SuccessfulAuth|ChallengeSent)\"" },
	{ LOGIN, S, 0, "failed SIP login", "sofia_reg",
	    "\\bsofia_reg\\.c:\\d{1,6} SIP auth (?:failure|challenge) \\((?:REGISTER|INVITE)\\) on "
	    "sofia profile '[^']{1,64}' for \\[[^\\]]{0,200}\\] from ip <A>\\s{0,4}$" },
	{ LOGIN, S, 0, "failed SIP login", "sofia_reg",
	    "\\bsofia_reg\\.c:\\d{1,6} Can't find user \\[[^\\]]{0,200}\\] from <A>\\s{0,4}$" },
	{ LOGIN | SCAN, S, 0, "SIP call by a stranger", "rejected by acl",
	    "\\bsofia\\.c:\\d{1,6} IP <A> Rejected by (?:acl|user acl|register acl) " },
	{ LOGIN | SCAN, S, 0, "SIP call by a stranger", "kamailio|opensips",
	    SYS("(?:/usr/s?bin/)?(?:kamailio|opensips)") "(?i:.{0,300}(?:auth fail|authentication "
	    "fail|blocked|scanner|attack|flood|brute)\\w*.{0,100}(?:from|ip|src_ip|"
	    "source)[ =:]{1,3})<P>" NO(" from ") "$" },

	/* Tunnels. */
	{ LOGIN | SCAN, S, 0, "failed VPN session",
	    "tls error|auth error|verify error|bad encapsulated|tls_error|auth_failed",
	    OPENVPN "(?:[\\w.-]{1,64}/)?<P> (?:VERIFY (?:ERROR|KU ERROR|EKU ERROR|X509NAME ERROR)|"
	    "TLS Error|TLS Auth Error|WARNING: Bad encapsulated packet|Authenticate/Decrypt packet "
	    "error|Fatal TLS error|AUTH_FAILED)" },
	{ LOGIN | SCAN, S, 0, "failed VPN session", "tls error|tls_error|authenticate/decrypt",
	    OPENVPN "(?:TLS Error: |TLS_ERROR: |Authenticate/Decrypt packet error: ).{0,200} from "
	    "\\[AF_INET6?\\]<P>" },
	{ LOGIN | SCAN, S, HINTED, "VPN connection", "tcp connection established",
	    OPENVPN "TCP connection established with \\[AF_INET6?\\]<P>" },
	{ LOGIN | SCAN, S, 0, "failed VPN session",
	    "tls error|auth error|verify error|bad encapsulated|authenticate/decrypt",
	    FILE_LOG "(?:us=\\d{1,7} )?(?:(?:[\\w.-]{1,64}/)?<P> (?:VERIFY ERROR|TLS Error|"
	    "TLS Auth Error|WARNING: Bad encapsulated packet|Authenticate/Decrypt)|TLS Error: "
	    ".{0,200} from \\[AF_INET6?\\]<P>)" },
	{ LOGIN | SCAN, S, 0, "failed VPN session", "charon|pluto|racoon|strongswan",
	    SYS("(?:charon(?:-systemd)?|pluto|racoon|strongswan|ipsec_starter)\\S{0,10}")
	    "(?:\\d{1,2}\\[\\w{3}\\] )?(?:<[^>]{1,80}> )?(?:no IKE config found for "
	    "\\S{2,50}\\.\\.\\.<A>|(?:no (?:matching )?(?:peer|proposal)\\S* .{0,200}|received "
	    ".{0,100} )(?:from |for )<A>|looking for peer configs matching .{1,80}\\[<A>|<A> is "
	    "initiating .{0,60}|packet from <P>: .{0,100}(?:no connection|not authorized|failed|"
	    "error)|ERROR: .{0,200}(?:from|peer) <P>)" },
	{ LOGIN, S, 0, "failed VPN login", "charon",
	    SYS("charon(?:-systemd)?") "(?:\\d{1,2}\\[\\w{3}\\] )?(?:<[^>]{1,80}> )?EAP method "
	    "\\S{1,30} failed for peer <A>" },
	{ LOGIN, S, 0, "failed TLS session", "stunnel",
	    SYS("stunnel\\d?") "LOG\\d\\[[\\w:]{1,40}\\]: (?:SSL_accept|s_accept|TLS accept|"
	    "Connection|Error).{0,100}(?:from|peer) <P>" },
	{ LOGIN, S, HINTED, "TLS session", "ssl_accept|stunnel",
	    "(?:SSL_accept|SSL connection|accepted connection).{0,40} from <P>" },
	{ LOGIN, S, 0, "failed VPN login", "pptpd|pppd|xl2tpd|ocserv|accel-ppp",
	    SYS("(?:pptpd|pppd|xl2tpd|ocserv|accel-pppd?)\\S{0,10}") "(?!.*" OTHER
	    ")(?i:.{0,200}(?:fail|deny|denied|reject|invalid|refus)\\w*.{0,100}?[ '\\[(=])<P>"
	    NO(" from ") "$" },
	{ LOGIN, S, 0, "failed VPN login", "worker",
	    SYS("ocserv") "(?:worker(?:\\[[^\\]]{0,80}\\])?: )<P> (?:failed|user|"
	    ".{0,60}(?:failed|denied))" },

	/* Directories and data bases. */
	{ LOGIN, S, 0, "failed data base login", "access denied",
	    "(?:" STAMP "|^|^.{0,60}mysqld\\S{0,20}: )(?:\\s?\\d{1,12} )?(?:\\d{6} +[\\d:]{7,8} )?"
	    "(?:\\[\\w{1,10}\\] )?(?:\\[MY-\\d{6}\\] \\[\\w{1,20}\\] )?(?:\\d{1,12} "
	    "Connect\\s+)?Access denied for user '" NO("'@'") "'@'<A>'(?!@)" NO("'@'") "$" },
	{ LOGIN, S, 0, "failed data base login", "fatal:",
	    ONCE("FATAL:") ".{0,200}?(?:host=|client=|\\[?client )?<P>\\)?(?:(?!" OTHER
	    ").){0,120}?\\bFATAL:  ?(?:password authentication failed|no pg_hba\\.conf entry|"
	    "Ident authentication failed|\\S{1,20} authentication failed|role \"[^\"]{0,100}\" "
	    "does not exist)" },
	{ LOGIN, S, 0, "failed data base login", "no pg_hba.conf entry",
	    "\\bFATAL:  ?no pg_hba\\.conf entry for (?:replication connection "
	    "from )?host \"<A>\", " },
	{ LOGIN, S, 0, "failed data base login", "auth",
	    "\\b(?:SASL|SCRAM|ACCESS|NETWORK|Failed)\\b.{0,200}\\b(?:[Aa]uthentication failed|"
	    "Failed to authenticate|AuthenticationFailed).{0,300}\\b(?:from client:?|"
	    "remote\"?:\\s?\"|from) ?\"?<P>" NO("from client|remote\"") "$" },
	{ LOGIN, S, 0, "failed data base login", "login failed for user",
	    "\\bLogin failed for user '" NO("\\[CLIENT: ") "\\[CLIENT: <A>\\]\\s{0,4}$" },
	{ LOGIN, S, 0, "failed data base login", "ora-",
	    "\\(HOST=<A>\\)\\(PORT=(?<sp>\\d{1,5})\\)\\).{0,200}\\b(?:12514|12505|1017|"
	    "12537|12170)\\b" },
	{ LOGIN, S, 0, "failed directory login", "err=49",
	    "\\bconn=\\d{1,12} .{0,300}\\bIP=<P>.{0,300}\\berr=49\\b" },

	/* Mail and groupware in a browser. */
	/* Roundcube repeats what the mail server answered, which may repeat the user's name. */
	{ LOGIN, S, 0, "failed webmail login", "imap error",
	    "^" STAMP HOST "(?:roundcube(?:\\[\\d{1,10}\\])?: )?(?:<\\w{1,16}> )?IMAP Error: "
	    "(?:FAILED login|Login failed) for (?!.*AUTHENTICATE .*AUTHENTICATE ).* from "
	    "<A>(?:\\(X-[^)]{0,200}\\))?\\.? AUTHENTICATE " },
	{ LOGIN, S, 0, "failed webmail login", "imap error",
	    "^" STAMP HOST "(?:roundcube(?:\\[\\d{1,10}\\])?: )?(?:<\\w{1,16}> )?IMAP Error: "
	    "(?:FAILED login|Login failed) for (?!.*AUTHENTICATE )(?:.* from "
	    "<A>(?:\\(X-[^)]{0,200}\\))?\\.?$|" NO(" from ")
	    " from <A>(?:\\(X-[^)]{0,200}\\))?\\.?(?= |$)" NO(" from ") "$)" },
	{ LOGIN, N, 0, "named twice", "imap error", "IMAP Error: .* from .* from " },
	{ LOGIN, S, 0, "failed webmail login", "failed login for",
	    "^" STAMP HOST "(?:roundcube(?:\\[\\d{1,10}\\])?: )?(?:<\\w{1,16}> )?(?i:failed "
	    "login) for " NO(" from ") " from <A>(?:\\(X-[^)]{0,200}\\))?(?: in session \\w{1,64} "
	    ".{0,40})?$" },
	{ LOGIN, S, 0, "failed groupware login", "sogod",
	    SYS("sogod") "(?!.*SOGoRootPage.*SOGoRootPage)(?:.{0,80} )?SOGoRootPage Login from "
	    "'<A>(?:, [^']{1,200})?' for user '" NO("SOGoRootPage") "' might not have worked" },
	{ LOGIN, S, 0, "failed groupware login", "sogorootpage",
	    "^" STAMP "(?:sogod \\[\\d{1,10}\\]: )?SOGoRootPage Login from '<A>(?:, [^']{1,200})?' "
	    "for user '" NO("SOGoRootPage") "' might not have worked" },
	{ LOGIN, S, 0, "failed groupware login", "oip=",
	    "\\b(?:oip|ip)=<A>;.{0,300}(?i:authentication failed|invalid password|invalid "
	    "credentials|account_lockout|AuthFailed|error=authentication)" },
	{ LOGIN, S, 0, "failed mailbox login", "badauth|auth",
	    SYS("(?:squirrelmail|horde|imp|ejabberd|prosody|froxlor|tine20|vpopmail|"
	    "vchkpw\\S{0,20})") "(?!.*" OTHER ").{0,200}(?i:fail|unknown user|wrong|not found|"
	    "password incorrect|bad).{0,200}?(?:from |ip |by |FROM |:|\\[|client )<A>" NO("from ")
	    "$" },
	{ LOGIN, S, 0, "failed mailbox login", "vchkpw",
	    SYS("vpopmail|vchkpw\\S{0,20}") "vchkpw\\S{0,20}: (?:password fail|vpopmail user not "
	    "found|null password|.{0,30}fail)\\S{0,3} .*:<A>$" },

	/* Applications of the web, in files of their own. The user's name comes before the address or is quoted. */
	{ LOGIN, S, 0, "failed web login",
	    "authentication failure|authentication attempt|xml-rpc|blocked",
	    SYS("wordpress(?:\\([^)]{1,253}\\))?") "(?:Authentication (?:failure|attempt) for .* "
	    "from|Blocked (?:authentication attempt for .*|user enumeration attempt|access) from|"
	    "(?:XML-RPC (?:authentication|multicall authentication) (?:failure|attempt).*|Pingback "
	    "error .* generated|Spammed comment|REST authentication failure.*|Immediately block "
	    "connections|Comment attempt .*) from) <A>$" },
	{ LOGIN, S, 0, "failed web login", "remoteaddr",
	    "(?<!\\\\)\"remoteAddr\"\\s?:\\s?\"<A>\".{0,4000}(?<!\\\\)\"message\"\\s?:\\s?\""
	    "(?:Login failed|Two-factor challenge failed|Trusted domain error)" },
	{ LOGIN, S, 0, "failed web login", "remote ip",
	    "(?<!\\\\)\"message\"\\s?:\\s?\"(?:Login failed: |Trusted domain "
	    "error).{0,400}\\(Remote IP: '?<A>'?" NO("Remote IP: ") "$" },
	{ LOGIN, S, 0, "failed web login", "login failed|user does not exist",
	    "(?:\"Login failed: '|Login failed: )" NO("Remote IP") "\\(Remote IP: '?<A>'?"
	    NO("Remote IP") "$" },
	{ LOGIN, S, 0, "failed web login", "phpmyadmin",
	    SYS("phpMyAdmin") "user denied: " NO(" from ") " from <A>\\s{0,4}$" },
	{ LOGIN, S, 0, "failed web login", "authentication failure; rhost",
	    SYS("pvedaemon|pveproxy|proxmox-backup-proxy|pmgdaemon|api") "authentication failure; "
	    "rhost=<A> user=" },
	{ LOGIN, S, 0, "failed web login",
	    "username or password is incorrect|invalid admin token|failed login attempt|"
	    "invalid totp",
	    ONCE("IP: ") ".{0,400}?(?:Username or password is incorrect\\. Try again\\. IP: <A>|"
	    "Invalid admin token\\. IP: <A>|Failed login attempt(?:, 2FA invalid)?\\. <A>$|Invalid "
	    "TOTP code! .{0,40} IP: <A>)" },
	{ LOGIN, S, 0, "failed web login", "failed authentication attempt",
	    "(?:Failed authentication attempt for .* from <P>$|failed authentication "
	    "attempt.{0,60} from <P>$)" },
	{ LOGIN, S, 0, "failed web login",
	    "invalid username or password|failed to authenticate|invalid password",
	    "(?:\\bremote_addr=<A>\\b.{0,500}(?:error=\"?(?:[Ii]nvalid username or password|"
	    "user not found|.{0,60}password)|status=401)|\\berror=\"(?:[Ii]nvalid username or "
	    "password|user not found)\".{0,500}\\bremote_addr=<A>)" },
	{ LOGIN, S, 0, "failed web login", "status=401|lvl=",
	    "\\b(?:logger=context|lvl=\\w{3,5}|level=\\w{4,5})\\b.{0,300}\\bmsg=\"(?:Invalid "
	    "username or password|Request "
	    "Completed)\".{0,400}\\bstatus=401\\b.{0,100}\\bremote_addr=<A>" },
	{ LOGIN, S, 0, "failed web login", "login attempt or request with invalid authentication",
	    "\\[homeassistant\\.components\\.http\\.ban\\] Login attempt or request with invalid "
	    "authentication from (?:[\\w.-]{1,253} \\()?<A>" },
	{ LOGIN, S, 0, "failed web login", "authentication attempt from",
	    ONCE("Authentication attempt from ") ".*Authentication attempt from (?:\\[)?<A>(?:, "
	    "[^\\]]{1,100}\\])?\\]? for user \"[^\"]{0,200}\" failed" },
	{ LOGIN, S, 0, "failed web login", "authentication request for",
	    ONCE("has been denied") ".*Authentication request for \"?" NO(" has been denied")
	    " has been denied \\(IP: \"?<A>\"?\\)" },
	{ LOGIN, S, 0, "failed web login",
	    "login failed|failed login|loginfailed|login_error|login error",
	    "(?<!\\\\)\"(?:ipAddress|remote_ip|remote_addr|ip|clientIp|client_ip|"
	    "source_ip)\"\\s?[:=]\\s?\"<A>\".{0,3000}(?<!\\\\)\"(?:message|msg|type|event|action|"
	    "error)\"\\s?[:=]\\s?\"(?i:login[ _.-]?(?:failed|error|failure)|failed[ _-]?login|"
	    "invalid_user_credentials)" },
	{ LOGIN, S, 0, "failed web login", "type=login_error|type=\"login_error",
	    ONCE("ipAddress=") ".*\\btype=\"?LOGIN_ERROR\"?,"
	    ".{0,400}\\bipAddress=\"?<A>\"?, ?error=" },
	{ LOGIN, S, 0, "failed web login", "access denied -- client|supplied",
	    ONCE("(?:-- client|Warning: Client) ") ".{0,200}?(?:HttpRequest: access denied -- "
	    "client \\[?<A>\\]?: |Warning: Client '<A>' supplied (?:unknown user|"
	    "wrong password))" },
	{ LOGIN, S, 0, "failed web login", "webmin|usermin|perl",
	    SYS("webmin|usermin|perl|miniserv(?:\\.pl)?") "(?:Invalid login as|Non-existent login "
	    "as|Security alert: Host <A>|Expired password|.{0,20}blocked).*(?:from|Host) <A>"
	    NO(" from ") "$" },
	{ LOGIN, S, 0, "failed web login", "failed login",
	    "^[\\d:-]{15,24}:? '<A>' (?<ct>\\d{1,6}) failed login attempts?\\. " },
	{ LOGIN, S, 0, "failed web login", "cpanel|whostmgr|webmail",
	    "^\\[[^\\]]{10,40}\\] \\w{4,8} \\[(?:cpaneld|whostmgrd|webmaild|cpdavd)\\] <A> - "
	    ".{0,200}FAILED LOGIN" },
	{ LOGIN, S, 0, "failed web login", "account_login|login_failed|failed_login",
	    "(?i)\\b(?:login_failed|failed_login|auth_failed)\\b.{0,300}\\b(?:ip|remote_ip|"
	    "client_ip)[=:]\"?<A>" },
	{ LOGIN, S, 0, "failed web login", "guacamole|authentication attempt",
	    ONCE("Authentication attempt from ") ".*\\bo\\.a\\.g\\.r\\.auth\\.AuthenticationService"
	    " - Authentication attempt from (?:\\[)?<A>" },
	{ LOGIN, S, 0, "failed web login", "login action",
	    "\\bFroxlor: \\[Login Action <A>\\] (?:Unknown user|User) '.*' tried to login(?: with "
	    "wrong password)?\\.$" },
	{ LOGIN, S, 0, "failed web login", "tried to login",
	    "\\bfroxlor(?:\\[\\d{1,10}\\])?: froxlor\\.WARNING: (?:Unknown user|User) tried to "
	    "login(?: with wrong password)?\\. \\{.{0,200}(?<!\\\\)\"user\":\"<A>\"\\}" },
	{ LOGIN, S, 0, "failed web login", "could not retrieve user",
	    "^\\[\\w{3} \\w{3} +\\d{1,2} [\\d:.]{8,15} \\d{4}\\] (?:\\[[\\w:]{1,40}\\] ){1,2}"
	    "(?:\\[pid \\d{1,9}(?::tid \\d{1,20})?\\] )?\\[client <P>\\] (?:ERR|WAR) \\[(?:Could "
	    "not retrieve user .{0,200} details|Login denied for user .{0,200})\\]" },
	{ LOGIN, S, 0, "failed web login", "authentication_failed",
	    "\\|AUTHENTICATION_FAILED\\|[^|]{0,200}\\|<A>\\|[^|]{1,253}$" },
	{ LOGIN, S, 0, "failed web login", "returned 401",
	    "\\] <A> [A-Z]{3,7} \\S{1,300} took \\d{1,9}ms and returned 401 " },
	{ LOGIN, S, 0, "failed web login", "401 unauthorized",
	    "^\\w{4,8}:?\\s{1,8}" STAMP "?(?:- )?\\[?<P>\\]?(?: -)? (?:401 Unauthorized \"|"
	    "\"[A-Z]{3,7} [^\"]{1,2000}\" 401 Unauthorized$)" },
	{ LOGIN, S, 0, "failed web login", "/control/login",
	    "\\[error\\] POST (?:\\S{2,50} )?(?:from ip )?<A> /control/login: "
	    "(?:invalid|from ip)" },
	{ LOGIN, S, 0, "failed web login", "could not retrieve user",
	    "^\\S{6,10} [\\d:.]{8,16} web_php\\[\\d{1,9}\\]\\.\\w{3} \\[<A>\\] \\[(?:Could not "
	    "retrieve user|Login denied for user)" },
	{ LOGIN, S, 0, "banned by a login guard", "banning",
	    "\\bCRIT: Banning <A>(?:/(?:32|128))? for \\d{1,6} minutes$" },
	{ LOGIN, S, 0, "failed mail login", "authentication unsuccessful",
	    "^[\\d:.TZ-]{20,30},[^,]{0,200},[^,]{0,40},\\d{1,9},[^,]{2,60},<P>,>,\"?535 5\\.7\\.3 "
	    "Authentication unsuccessful" },
	{ LOGIN, S, 0, "failed webmail login", "failed login for",
	    SYS("(?i:horde|imp)") "(?:\\[\\w{1,20}\\] )?FAILED LOGIN for (?!.*\\[" OTHER
	    "[^\\]]{0,40}\\] to ).* \\[<A>\\] to " },
	{ LOGIN, S, 0, "failed mail login", "login from|attempt from ip",
	    "^\\[[^\\]]{10,40}\\] (?:Failed \\w{1,20} login from <A>|(?:User \\S{1,320} doesn't "
	    "exist|Invalid password for user \\S{1,320})\\. Attempt from IP address <A>)" },
	{ LOGIN, S, 0, "failed mail login", "auth",
	    "^[\\w-]{6,12} [\\d:]{8} (?:[\\w-]{3,30} )?(?:\\[[\\w-]{1,30}\\] ){0,5}(?:<A> "
	    "(?:<[^>]{0,320}> )?(?:max sender authentication errors|.{0,60}authentication failed)|"
	    "Blocking <A> - too much AUTH errors)" },
	{ LOGIN, S, 0, "failed mail login", "authentication failure using",
	    "\\bsmtp: \\S{1,320} \\[<A>\\] authentication failure using internet password$" },
	{ LOGIN, S, 0, "failed mail login", "ap=\"",
	    "^<co [^>]{0,2000}\\btr=\"TCP\\|[^|\"]{2,46}\\|\\d{1,5}\\|<A>\\|(?<sp>\\d{1,5})"
	    "\"[^>]{0,2000}\\bdi=\"535 " },
	{ LOGIN, S, 0, "failed web login", "autherr|notallowed",
	    "^.{10,40} - (?:AUTHERR|NOTALLOWED) - \\[<A>\\] " },
	{ LOGIN, S, 0, "failed web login", "login attempt failed",
	    "\\|\\d{10}\\|user\\|<A>\\|[^|]{0,2000}\\|[^|]{0,2000}\\|\\d{0,10}\\|[^|]{0,300}\\|Logi"
	    "n attempt failed" },
	{ LOGIN, S, 0, "failed monitoring login", "[web] [",
	    ONCE("\\[WEB\\] ") ".*\\|\\[WEB\\] \\[<A>\\] Authentication failed for " },
	{ LOGIN, S, 0, "failed proxy login", "block(",
	    "\\bblock\\(\\d{1,9}\\): tcp/\\w{2,12} [\\[\\]-]: <P> \\S{2,60}: error after reading "
	    ".{0,80}(?:no acceptable authentication method|authentication failed)" },
	{ LOGIN | SCAN, S, 0, "connection refused", "fail: ",
	    SYS("xinetd") "FAIL: \\S{1,40} (?:address|libwrap|service_limit|per_source_limit|load|"
	    "access) from=<A>" },
	{ LOGIN, S, 0, "failed login (audit)", "type=user_",
	    "\\btype=USER_(?:LOGIN|AUTH|ERR)\\b.{0,600}\\baddr=<A> terminal=[\\w/]{1,40} "
	    "res=failed" },
	{ LOGIN, S, 0, "failed monitoring login", "nrpe|nagios|munin|zabbix",
	    SYS("nrpe|nagios|munin-node|zabbix_\\w{3,10}|node_exporter") "(?:Host <A> is not "
	    "allowed to talk to us|.{0,100}(?:not allowed|denied|rejected|failed to "
	    "accept).{0,100}\"?<A>\"?)" },
	{ LOGIN, S, 0, "query server password guessed", "rcon",
	    "(?i)(?:Bad Rcon|rcon (?:from|attempt)|Banning: "
	    "\"?rcon).{0,20}\"?.{0,200}from \"<P>\"$" },
	{ LOGIN, S, 0, "failed sieve login", "badlogin|sieve",
	    SYS("(?:sieve|timsieved|managesieve)\\S{0,10}") "badlogin: (?:[\\w.:-]{0,253} ?)?<A> "
	    "\\S{1,40} " },

	/* Honeypots: nobody has business there. */
	{ LOGIN, S, 0, "login at a honeypot", "login attempt",
	    "^.{0,60}\\[(?:[\\w.]{0,60}HoneyPot\\w{0,20}|SSHService[^,]{0,40} on HoneyPot\\w{0,20}|"
	    "[^\\]]{0,60}),\\d{1,9},<A>\\] .{0,40}login attempt \\[" },
	{ LOGIN, S, 0, "login at a honeypot", "cowrie.login",
	    "(?=.*(?<!\\\\)\"eventid\"\\s?:\\s?\"cowrie\\.login\\.(?:failed|"
	    "success)\").*(?<!\\\\)\"src_ip\"\\s?:\\s?\"<A>\"" },
	{ LOGIN | SCAN, S, 0, "visit to a honeypot", "cowrie.|honeypot",
	    "(?=.*(?<!\\\\)\"(?:eventid|sensor_type|app|logtype)\"\\s?:\\s?\"?(?:cowrie\\.|"
	    "honeypot)).*(?<!\\\\)\"(?:src_ip|src_host|peerIP)\"\\s?:\\s?\"<A>\"" },
	{ LOGIN | SCAN, S, 0, "visit to a honeypot", "honeypot|cowrie|new connection",
	    "^.{0,60}\\[cowrie\\.[\\w.]{1,60}[^\\]]{0,20}\\] New connection: <P> \\(" },
	{ LOGIN | SCAN, S, 0, "visit to a tarpit", "accept host=|close host=",
	    "\\b(?:ACCEPT|CLOSE) host=<A> port=(?<sp>\\d{1,5}) " },
	{ LOGIN | SCAN, S, 0, "visit to a honeypot", "sshesame|channel|authentication",
	    "^(?:.{0,60} )?\\[<P>\\] (?:authentication for user|connection with client|channel \\d|"
	    "rejected|request)" },
	{ LOGIN | SCAN, S, 0, "visit to a honeypot", "opencanary|\"logtype\"",
	    "(?=.*(?<!\\\\)\"logtype\"\\s?:\\s?\\d).*(?<!\\\\)\"src_host\"\\s?:\\s?\"<A>\"" },
	{ LOGIN, S, 0, "banned by fail2ban", "ban ",
	    "^(?:<\\d{1,3}>)?" STAMP "?" HOST "(?:fail2ban(?:-server)?(?:\\[\\d{1,10}\\])?: )?"
	    "(?:fail2ban\\.(?:actions|filter)\\s{0,20})?(?:\\[\\d{1,10}\\])?:?\\s{0,20}(?:NOTICE|"
	    "WARNING|INFO)?\\s{0,4}\\[(?![^\\]]{0,30}recidive)[\\w.@-]{1,64}\\] "
	    "(?:Restore )?(?:Ban|Found|Increase Ban) <A>" },
	{ ALL, N, 0, "unbanned by fail2ban", "unban ", "\\] Unban <A>" },
};
TABLE_END(recog_login_app);
