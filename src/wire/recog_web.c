/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognisers of what is done to web servers: searches for holes (class scanner), guessed passwords (login
 * attacker); floods and robots only in the matter somebody claims, since one request is no flood. The peer
 * is taken where the server writes it; what was asked for says what it is.
 */
#include "wire/recog_row.h"

/* Nobody asks for these but who searches for holes. */
#define HOLES                                                                                      \
	"(?i:(?:\\.\\./|\\.\\.%2f|%2e%2e|\\.%2e/|%c0%ae|%%32%65){2}|/\\.(?:env|git|svn|hg|aws|"    \
	"ssh|htpasswd|htaccess|DS_Store|vscode|docker)\\b|/etc/(?:passwd|shadow)|/(?:phpmyadmin|"  \
	"pma|myadmin|mysql-?admin|phppgadmin|adminer|phpinfo|wp-config|xmlrpc|setup-config|"       \
	"vendor/phpunit|eval-stdin|cgi-bin/(?:luci|\\.|%|test|php|bash|status|authLogin)|boaform|" \
	"HNAP1|GponForm|goform|setup\\.cgi|shell\\?|manager/(?:html|text)|solr/admin|actuator|"    \
	"jmx-console|invoker/|_ignition|telescope|owa/auth|autodiscover/|ecp/|remote/fgt_lang|"    \
	"dana-na|vpns?/\\.\\./|struts|wls-wsat|console/css|\\w{0,20}\\?XDEBUG|htmlawedtest\\.php|" \
	"webdav|sqlite|w00tw00t|muieblackcat|sdk/?$|evox/about|nmaplowercheck|nice%20ports|"       \
	"Trinity\\.txt|HTTP/1\\.[01]/sip|\\w*(?:shell|c99|r57|wso|alfa\\w*|filemanager)\\.php)|"   \
	"union(?:\\+|%20|/\\*.{0,20}\\*/| )+(?:all)?.{0,20}select|%27(?:\\+|%20)(?:or|and)|"       \
	"sleep\\(\\d|benchmark\\(|information_schema|<script|%3cscript|\\$\\{jndi:|\\$%7bjndi|"    \
	"base64_decode|allow_url_include|auto_prepend_file|wget(?:\\+|%20| )+http|/bin/(?:ba)?sh|" \
	"\\(\\) ?\\{ ?:;|php://(?:input|filter)|think\\\\?app|invokefunction|"                     \
	"\\bproc/self/environ|%24%7b|freemarker|%3c\\?php|<\\?php|;\\s?chmod|cd(?:\\+|%20)/tmp)"
#define TOOLS                                                                                      \
	"(?i:zgrab|masscan|nmap scripting|nikto|sqlmap|nessus|openvas|w3af|acunetix|netsparker|"   \
	"dirbuster|gobuster|wpscan|nuclei|morfeus|zmeu|jorgee|muieblackcat|hello,? world|"         \
	"censysinspect|expanse|internet-measurement|l9explore|l9tcpid|projectdiscovery|"           \
	"fuzz faster|feroxbuster|havij|whatweb|joomscan|arachni)"
/* Behind the request's quote: the rest of it, status, size, and where the agent stands. */
#define ASKED(x) METHOD " [^\" ]{0,2000}?" x
#define NGINX_ERR                                                                                  \
	"^(?!.*, client: .*, client: )(?:<\\d{1,3}>)?" STAMP "?" HOST "(?:nginx\\S{0,12}: )?"      \
	STAMP "?\\[(?:error|crit|warn|info|notice|alert)\\] (?:\\d{1,9}#\\d{1,9}: )?"              \
	"(?:\\*\\d{1,12} )?"
/* Apache's error log up to its client, who is named once: a path may hold the same words. */
#define APACHE                                                                                     \
	"^(?!" CLIENT_TWICE ")[^\\[]{0,200}(?:\\[(?!client |"                                      \
	"remote )[^\\]]{0,200}\\][^\\[]{0,200}){0,6}\\[(?:client|remote) "                         \
	"<A>(?::(?<sp>\\d{1,5}))?\\] "
/* The same when it is named twice: the first, if nothing but the server's own fields stands before it. */
#define APACHE_1                                                                                   \
	"^\\[\\w{3} \\w{3} +\\d{1,2} [\\d:.]{8,15} \\d{4}\\] (?:\\[[\\w:]{1,40}\\] ){1,2}"         \
	"(?:\\[pid \\d{1,9}(?::tid \\d{1,20})?\\] )?\\[(?:client|remote) "                         \
	"<A>(?::(?<sp>\\d{1,5}))?\\] (?:\\[client <A>\\] )?"
#define BAD_AUTH                                                                                   \
	"(?:AH\\d{5}: )?(?:\\(\\d{1,4}\\)[^:]{1,80}: )?(?i:(?:user .{0,300}?(?: not found|"        \
	": authentication failure|: authorization failure|: password mismatch| in realm)|Digest: " \
	"|client used wrong authentication|Authorization of user |unknown algorithm|invalid "      \
	"(?:qop|opaque|realm|uri|algorithm)|.{0,200}(?:authentication|authorization) (?:failure|"  \
	"failed)|unknown user|access to .{0,300} failed))"
/* Browsers run into these too. */
#define DENIED                                                                                     \
	"(?:AH\\d{5}: )?(?i:client denied by server configuration|.{0,40}nonce |.{0,40}realm "     \
	"mismatch|need-auth)"
/* Files nobody looks for who was not told that they are there. */
#define LOOKED_FOR                                                                                 \
	"(?:AH\\d{5}: )?(?:\\(\\d{1,4}\\)[^:]{1,80}: )?(?i:(?:File does not exist: |script (?:'|"  \
	"not found)|stderr from .{0,300}Primary script unknown|.{0,60}Got error '?Primary "        \
	"script).{0,300}/(?:pma|php-?my-?admin|myadmin|mysql-?admin|webmail|extmail|roundcube|"    \
	"wp-(?:login|admin|content|config)|xmlrpc|cgi-bin|\\.env|\\.git|admin|setup|w00tw00t|"     \
	"sqladmin|dbadmin|phpinfo|mails?|horde|squirrelmail|typo3|joomla)\\b)"
#define MISSING                                                                                    \
	"(?:AH\\d{5}: )?(?:\\(\\d{1,4}\\)[^:]{1,80}: )?(?i:File does not exist: |script "          \
	"(?:'[^']{0,300}' )?not found|stderr from .{0,300}Primary script unknown|.{0,60}Got "      \
	"error '?Primary script|.{0,300}attempt to invoke directory|Directory index forbidden|"    \
	"Options ExecCGI is off|Symbolic link not allowed|cannot (?:find|serve) |"                 \
	".{0,40}openat?\\(\\) )"
#define BAD_ASK                                                                                    \
	"(?:AH\\d{5}: )?(?:\\(\\d{1,4}\\)[^:]{1,80}: )?(?i:(?:request failed: )?(?:Invalid "       \
	"(?:URI|method|uri path)|invalid URI path|URI too long|erroneous characters|"              \
	"error reading the headers)|ModSecurity: |/bin/(?:ba)?sh: |request without hostname|"      \
	"(?:No h|H)ostname .{0,253}provided via SNI|ALERT|possible .{0,30}attack)"

const struct recog_row recog_web[] = {
	/* Access logs. */
	{ SCAN, S, 0, "search for holes", "\" ", CLF("<P>") ASKED(HOLES) },
	{ SCAN, S, 0, "search for an open proxy", "connect |://",
	    CLF("<P>") "(?:CONNECT [^\" ]{3,260}:\\d{1,5} |" METHOD " (?i:https?|"
	    "ftp)://[^\" ]{1,2000} HTTP/\\d[^\"]{0,3}\" (?:4|5|30))" },
	{ SCAN, S, 0, "no web client", "\\x|\"-\"|\"\"|\\n|mglndd|ssh-2",
	    CLF("<P>") "(?:(?:\\\\x[0-9a-fA-F]{2}|\\\\[nrt0]){1,}|(?:\\\\x|SSH-2\\.0|MGLNDD|\\\\n|"
	    "OPTIONS sip:|Gh0st|\\*1|NESSUS|USER|EHLO|HELP|stats|mstshash|t3 )[^\"]{0,400}\" "
	    "(?:4\\d\\d|-|0)|\" 4\\d\\d|-\" (?:400|408))" },
	{ SCAN, S, 0, "search for holes",
	    "zgrab|masscan|nmap|nikto|sqlmap|nessus|openvas|w3af|acunetix|netsparker|buster|wpscan|"
	    "nuclei|morfeus|zmeu|jorgee|muieblackcat|hello|censys|expanse|internet-meas|l9|"
	    "projectdisc|fuzz|havij|whatweb|joomscan|arachni",
	    CLF("<P>") "[^\"]{0,2000}\" \\d{3} .{1,2100}\"[^\"]{0,80}" TOOLS },
	{ LOGIN, S, 0, "failed web login", "\" 401",
	    "^[^\"]{0,200}?(?<![^\\s,])<A> \\S{1,64} "
	    "(?!- ?\\[)[^\"\\[]{1,100} ?\\[[^\\]]{10,40}\\] \"[^\"]{0,2000}\" 401 " },
	{ LOGIN, S, 0, "guess at a web login", "post ",
	    CLF("<P>") "POST [^\" ]{0,300}(?i:wp-login\\.php|xmlrpc\\.php|"
	    "/administrator/index\\.php|/user/login|/admin/login|/j_security_check|/login\\.(?:php|"
	    "cgi|asp|do)|/signin|/api/(?:v\\d/)?(?:login|auth)|/cgi-bin/luci)[^\"]{0,2000}\" "
	    "(?:401|403|200|429|400) " },
	{ LOGIN, S, HINTED, "web login", "login|signin|auth|admin|\" 401|\" 403",
	    CLF("<P>") "(?:[^\"]{0,2000}(?i:login|signin|auth|admin)[^\"]{0,2000}|"
	    "[^\"]{0,2000}\" 40[13] )" },
	{ LOGIN, N, 0, "web request, no login", "] \"", CLF("<A>") },
	{ SCAN, S, HINTED, "search for holes", "=http|=ftp|=%68",
	    CLF("<P>") "[A-Z]{3,10} [^\" ]{0,2000}[?&][\\w\\[\\]%.-]{1,64}=(?:https?|"
	    "ftps?)(?::|%3[aA])" },
	{ SCAN, S, HINTED, "web request refused", "\" 4|\" 5",
	    CLF("<P>") "[^\"]{0,4000}\" (?:4\\d\\d|50[0-5]|444|499)" },
	{ SCAN, N, 0, "web request, no scan", "] \"", CLF("<A>") },

	/* nginx's error log. */
	{ LOGIN, S, 0, "failed web login", "client: ",
	    NGINX_ERR "(?:(?:user|\\[lua\\].{0,200}) .*(?: was not found in |: password mismatch)|"
	    "no user/password was provided|access forbidden by rule|.*(?i:authentication fail)).*, "
	    "client: <P>, server: " },
	{ LOGIN, S, 0, "failed web login", "client: ",
	    "^[\\d/]{10} [\\d:]{8} \\[error\\] \\d{1,9}#\\d{1,9}: \\*\\d{1,12} user \"(?:(?!\", "
	    "client: ).)*\"?(?:: password mismatch| was not found in \"[^\"]{1,300}\"), client: "
	    "<A>, server: [^,\"]{0,253}, request: \"[^\"]*\", host: \"[^\"]*\"(?:, referrer: "
	    "\"[^\"]*\")?$" },
	{ SCAN | DDOS | LOGIN, S, 0, "web requests past a limit", "limiting",
	    NGINX_ERR "(?:limiting (?:requests|connections)|delaying request).*, client: "
	    "<P>, server: " },
	{ SCAN, S, 0, "search for holes", "client: ",
	    NGINX_ERR "(?:open\\(\\) \"|\"[^\"]{1,2000}\" is (?:not found|forbidden)|FastCGI sent "
	    "in stderr: \"(?:PHP message: )?(?:Primary script unknown|Unable to open)|directory "
	    "index of|client sent (?:invalid|too|plain HTTP|duplicate)|invalid (?:host|port|"
	    "header)|ModSecurity: |SSL_do_handshake\\(\\) failed|SSL_read\\(\\) failed|rewrite or "
	    "internal redirection cycle|access forbidden|\\[client \\S{2,46}\\] ModSecurity|client "
	    "intended to send too large|peer closed connection in SSL).*, client: <P>, server: " },
	{ SCAN, S, 0, "no web client", "client",
	    "^" STAMP "\\[(?:info|crit|error)\\] \\d{1,9}#\\d{1,9}: \\*\\d{1,12} (?:client (?:sent|"
	    "closed|timed|prematurely)|SSL_do_handshake|recv\\(\\) failed|peer closed).*(?:while "
	    "(?:waiting|reading|SSL)|,).*, client: <P>, server: " NO(", client: ") "$" },

	/* Apache's error log. */
	{ LOGIN, S, 0, "failed web login", "client |remote ", APACHE BAD_AUTH },
	{ LOGIN, S, 0, "failed web login", "client |remote ", APACHE_1 BAD_AUTH },
	{ SCAN, S, 0, "search for holes", "client |remote ", APACHE BAD_ASK },
	{ SCAN, S, 0, "search for holes", "client |remote ", APACHE_1 BAD_ASK },
	{ SCAN, S, 0, "search for holes", "client |remote ", APACHE LOOKED_FOR },
	{ SCAN, S, 0, "search for holes", "client |remote ", APACHE_1 LOOKED_FOR },
	{ SCAN, S, HINTED, "search for what is not there", "client |remote ", APACHE MISSING },
	{ SCAN, S, HINTED, "search for what is not there", "client |remote ", APACHE_1 MISSING },
	{ LOGIN | SCAN, S, HINTED, "web request denied", "client |remote ", APACHE DENIED },
	{ LOGIN | SCAN, S, HINTED, "web request denied", "client |remote ", APACHE_1 DENIED },
	{ LOGIN, S, 0, "failed web login", "auth",
	    "\\(?(?:mod|http)_auth\\w*\\.c\\.\\d{1,6}\\) (?:password doesn't match for|"
	    "get_password failed|digest: auth failed|auth failed).*\\b(?:IP|ip): ?<A>" NO("IP: ")
	    "$" },
	{ LOGIN, S, 0, "failed web login", "<noauth>|nosrv",
	    "^[^\"]{0,100}haproxy(?:\\[\\d{1,7}\\])?: <P> \\[[^\\]]{10,40}\\] \\S{1,100} "
	    "\\S{1,100}/(?:<NOSRV>|\\S{1,64}) \\S{3,40} 401 " },
	{ SCAN, S, 0, "no web client", "badreq|<nosrv>",
	    "^[^\"]{0,100}haproxy(?:\\[\\d{1,7}\\])?: <P> \\[[^\\]]{10,40}\\] \\S{1,100} "
	    "\\S{1,100}(?:/<NOSRV> \\S{3,40} (?:400|4\\d\\d|-1) |: SSL handshake failure)" },
	{ SCAN, S, 0, "attack on PHP", "alert",
	    SYS("suhosin") "ALERT(?:-SIMULATION)? - .*\\(attacker '<A>'" NO("attacker '") "$" },
	{ SCAN, S, 0, "attack on PHP", "suhosin",
	    "\\bsuhosin\\[\\d{1,9}\\]: ALERT(?:-SIMULATION)? - .*\\(attacker '<A>'" NO("attacker '")
	    "$" },
	{ SCAN, S, 0, "attack on a web application", "modsecurity",
	    "^(?!(?>(?:(?!\\[client ).)*)\\[client .*\\[client .*\\[client ).{0,400}?\\[client "
	    "<A>(?::(?<sp>\\d{1,5}))?\\].{0,400}\\bModSecurity: (?:Access denied|Warning)" },

	{ SCAN, S, 0, "attack on PHP", "attacker '",
	    "^(?!.*attacker '.*attacker ').*\\bALERT(?:-SIMULATION)? - .*\\(attacker "
	    "'<A>', file '" },
	{ SCAN, S, 0, "search for what is not there", "notexist",
	    "^.{10,40} - NOTEXIST - \\[<A>\\] " },
	{ SCAN, S, 0, "search for an open proxy", "tcp_denied|none/40|none_none|err_",
	    "^(?:[^\"]{0,100}squid\\S{0,40}: )?\\s{0,4}\\d{9,10}\\.\\d{3}\\s+-?\\d+ <A> "
	    "(?:TCP_DENIED\\w*|NONE\\w*|TAG_NONE)/4\\d\\d " },

	/* A flood, a robot: who says so shows requests. */
	{ DDOS | BOT | SPAM, S, HINTED, "web request", "] \"", CLF("<P>") },
	{ DDOS | BOT | LOGIN | SCAN, S, HINTED, "web error", ", client: ",
	    "^(?!.*, client: .*, client: )(?!.*(?:while connecting to upstream|upstream (?:timed "
	    "out|prematurely))).*, client: <P>, server: " },
	{ LOGIN | SCAN, N, 0, "our own server behind failed", "upstream",
	    ", client: <A>, server: " },
};
TABLE_END(recog_web);
