/* SPDX-License-Identifier: BSD-2-Clause */
/* The option rows, see rows.h. No file and no clock is touched here. */
#include "conf/rows.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

const struct opt_section opt_sections[IN_N] = {
	[IN_STAFF] = { "staff", NULL, false,
	    "Who may do what, by Unix group (a name or a number). Root may do all that one person "
	    "may; what needs two people needs two who are not root." },
	[IN_HAND] = { "hand", NULL, false,
	    "What touches a line, once the mode is enforce. The bounds nobody may cross stand in "
	    "the conscience file." },
	[IN_CANARY] = { "canary", NULL, false,
	    "The place a suspected relay is told to fetch from; what arrives there proves it." },
	[IN_VANTAGE] = { "vantage", "\"announced\" | \"unannounced\"", true,
	    "Where looks come from. Owners know the announced address; only the unannounced one "
	    "shows "
	    "who is closed to the announced one alone." },
	[IN_PREFIX] = { "prefix", "\"192.0.2.0/24\"", true,
	    "An own prefix and what may be done to its lines. The longest match rules. Reports "
	    "about "
	    "addresses outside all of them are answered, not judged." },
	[IN_TELEMETRY] = { "telemetry", NULL, false,
	    "Flow records of routers and probes: NetFlow v5 and v9, IPFIX, sFlow v5. Who may send them "
	    "and what their interfaces look at stands in exporter and interface." },
	[IN_EXPORTER] = { "exporter", "\"192.0.2.1\"", true,
	    "Who may send flow records, by the address they come from. All others are refused, and "
	    "counted." },
	[IN_INTERFACE] = { "interface", "\"EXPORTER/10-19\"", true,
	    "What interfaces of an exporter look at, by its name and their SNMP ifIndex: one, a range, "
	    "or * for all others. It makes a packet count once, and says how far a source may be "
	    "believed. An interface without it is shown, not counted." },
	[IN_ALLOW] = { "allow", "\"192.0.2.7/32\"", true,
	    "A known exception: lines whose traffic looks like abuse and is not, such as those of a "
	    "measurement group. The detectors say nothing about them." },
	[IN_INTAKE] = { "intake", NULL, false,
	    "Mails to the abuse desk: a copy of abuse@, watched in a Maildir or handed in by lymph intake." },
	[IN_KEEP] = { "keep", NULL, false,
	    "How long what is kept stays. When its time is over it is shredded: the key it is sealed under "
	    "is destroyed. A legal hold (lymph hold) stands above all of these, and nothing here touches "
	    "the audit." },
	[IN_LOG] = { "log", "\"suricata\"", true,
	    "A log of yours: a firewall, a server, Suricata's EVE. Lines that accuse an own address become "
	    "reports of the source log:NAME. Logs can be poisoned: by what strangers sent to be logged, and by "
	    "forged packets, which is why lines about one direction only are weak evidence." },
	[IN_RDAP] = { "rdap", NULL, false,
	    "Whose a foreign address is, and who there wants to hear of abuse: asked of the registries by RDAP "
	    "(RFC 7480 to 9083, 9224), each range once in a while. What is asked about is seen by the registry." },
	[IN_PEER] = { "peer", "\"example\"", true,
	    "Another network that wants reports about its addresses sent its own way; comes before what a registry "
	    "says." },
	[IN_MAIL] = { "mail", NULL, false,
	    "Mails out: outcomes to reporters who asked for them, reports about addresses of others to those "
	    "whose they are. What leaves is switched by outgoing." },
	[IN_JUDGE] = { "judge", NULL, false, "The numbers the judge goes by." },
};

#define TOP(m)  offsetof(struct conf, m)
#define LINE(m) offsetof(struct policy_row, m)
#define EXP(m)  offsetof(struct exporter_row, m)
#define IFC(m)  offsetof(struct iface_row, m)
#define ALW(m)  offsetof(struct allow_row, m)
#define INT(m)  offsetof(struct conf, intake.m)
#define LOG(m)  offsetof(struct conf_log, m)
#define RDP(m)  offsetof(struct conf, rdap.m)
#define PEE(m)  offsetof(struct conf_peer, m)

const struct opt_row opt_rows[] = {
	{ IN_TOP, "name", &word_type, 1, CONF_NAME - 1, NULL,
	    "This server's name. A report made for another server is refused. Must be given.",
	    TOP(name) },
	{ IN_TOP, "state", &path_type, 2, CONF_PATH - 1, "/var/lib/lymph",
	    "Folder of the journal: every report, decision and order.", TOP(state) },
	{ IN_TOP, "run", &path_type, 2, CONF_PATH - 24, "/run/lymph",
	    "Folder of the control socket.", TOP(run) },
	{ IN_TOP, "listen", &listen_type, 3, CONF_PATH - 1, "127.0.0.1:8411",
	    "Where reports come in, as plain HTTP: a loopback address or a Unix socket. The public "
	    "side is a reverse proxy that speaks TLS.",
	    TOP(listen) },
	{ IN_TOP, "uid-base", &u32_type, 0, 4000000000, "0",
	    "0: each role runs as the user _lymph-ROLE. Else as this number plus the role's, for "
	    "machines without such users.",
	    TOP(uid_base) },
	{ IN_TOP, "looks-per-second", &u32_type, 1, 1000, "6",
	    "Full checks started per second, on the whole node.", TOP(looks_per_s) },
	{ IN_TOP, "syns-per-second", &u32_type, 1, 10000, "100",
	    "First connections tried per second, on the whole node.", TOP(syns_per_s) },
	{ IN_TOP, "sockets-per-target", &u32_type, 1, 32, "4",
	    "Connections to one address at a time.", TOP(per_target) },
	{ IN_TOP, "protect", &protect_type, 0, 0, "",
	    "Never touched, in no direction and by no order: own infrastructure, portals, "
	    "resolvers.",
	    TOP(policy) },

	{ IN_TOP, "warden-state", &path_type, 2, CONF_PATH - 24, NULL,
	    "Root's own folder: the mode, the latch of a panic, what was protected by command, the "
	    "audit. Default: beside the state folder, its name with \"-warden\" behind it.",
	    TOP(warden_state) },
	{ IN_TOP, "conscience", &path_type, 2, CONF_PATH - 1, "/etc/lymph/conscience",
	    "Root's own file: the bounds of every order, whoever gives it. Without it the mode stays "
	    "observe.",
	    TOP(conscience) },
	{ IN_TOP, "metrics", &listen_or_none_type, 0, CONF_PATH - 1, "",
	    "Where GET /metrics is served for Prometheus: a loopback address or a Unix socket; empty: "
	    "nowhere.",
	    TOP(metrics) },
	{ IN_TOP, "alerts", &listen_or_none_type, 0, CONF_PATH - 1, "",
	    "Where agents of CrowdSec push their alerts and its bouncers ask for decisions, as plain HTTP: a "
	    "loopback address or a Unix socket; empty: nowhere. The public side is a reverse proxy that speaks "
	    "TLS. Who may come, staff say: lymph door.",
	    TOP(alerts) },
	{ IN_TOP, "hook", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "A script of root's, run for every order given and withdrawn while the mode is enforce.",
	    TOP(hook) },
	{ IN_TOP, "appeal", &text_type, 0, CONF_NAME - 1, "",
	    "How a customer objects to an order: printed in its record.", TOP(appeal) },

	{ IN_TOP, "outgoing", &outgoing_type, 0, 0, "preview",
	    "What lymph writes to others: answers to reporters, reports about foreign addresses. off; "
	    "preview: it is only shown; on: it is sent. The mode has no part in this.",
	    TOP(outgoing) },

	{ IN_STAFF, "viewer", &word_type, 0, 31, "", "May look at everything but the audit.",
	    TOP(staff[STAFF_VIEWER]) },
	{ IN_STAFF, "desk", &word_type, 0, 31, "",
	    "The abuse desk: works on cases, approves and undoes orders.", TOP(staff[STAFF_DESK]) },
	{ IN_STAFF, "noc", &word_type, 0, 31, "",
	    "The NOC: as the desk; may also go back to observe, panic, resume and protect.",
	    TOP(staff[STAFF_NOC]) },
	{ IN_STAFF, "admin", &word_type, 0, 31, "",
	    "As the NOC; may also ask for enforce, rank reporters and read the audit.",
	    TOP(staff[STAFF_ADMIN]) },
	{ IN_STAFF, "privacy", &word_type, 0, 31, "", "Looks, and reads the audit.",
	    TOP(staff[STAFF_PRIVACY]) },

	{ IN_HAND, "actuator", &enforcer_type, 0, 0, "none",
	    "What carries filters and quarantines: nft, the kernel of this machine, through which the "
	    "lines' traffic is routed; dry, which only keeps a list; or none.",
	    TOP(policy) },
	{ IN_HAND, "lease", &span_type, 2 * MSEC_MINUTE, MSEC_DAY, "1 h",
	    "How long the kernel keeps an entry that lymphd does not re-assert, because it is dead. No "
	    "entry outlives its order.",
	    TOP(lease) },
	{ IN_HAND, "reconcile", &span_type, MSEC_SECOND, MSEC_HOUR, "60 s",
	    "How often what the kernel holds is compared with what it should hold.", TOP(reconcile) },
	{ IN_HAND, "always-reach", &reach_type, 0, 0, "",
	    "What a quarantined line still may talk to: its DNS, voice and emergency calls, the portal, "
	    "update hosts, ACS. Empty: nothing is quarantined.",
	    TOP(policy) },
	{ IN_HAND, "quarantine-classes", &classes_type, 0, 0, "",
	    "Classes whose quarantine no person needs to approve.", TOP(policy) },
	{ IN_HAND, "desk-hours", &desk_type, 0, 0, "",
	    "Hours of the UTC day in which quarantines begin, as \"07:00-16:00\", unless an attack is "
	    "active. Empty: any hour.",
	    TOP(policy) },

	{ IN_CANARY, "address", &addr_type, 0, 0, "",
	    "The public address a target is told to fetch. Without it nothing can be proven open.",
	    TOP(canary.addr) },
	{ IN_CANARY, "listen", &addr_type, 0, 0, NULL,
	    "The address to bind, when it is another one. Default: the address.",
	    TOP(canary.listen) },
	{ IN_CANARY, "ports", &port_type, 1, 65535, "80 443 8080",
	    "Ports to listen on and to send targets to; many proxies relay to some ports only.",
	    TOP(canary.port) },

	{ IN_VANTAGE, "source", &source_type, 0, 0, "",
	    "Source addresses of this vantage, one per family. The unannounced vantage must have "
	    "one.",
	    0 },

	{ IN_PREFIX, "kind", &kind_type, 0, 0, "none",
	    "What kind of line: residential, business, own-desk, reseller, bgp-customer, "
	    "infrastructure, cgnat-pool, dynamic, critical, or canary: addresses nobody uses, so that "
	    "whoever reports a two-way exchange with them on two days loses rank. Without it: no "
	    "probe, no notice.",
	    LINE(kind) },
	{ IN_PREFIX, "probe", &bool_type, 0, 0, NULL,
	    "May its addresses be checked by a connection? Default: as the kind says.",
	    LINE(probe) },
	{ IN_PREFIX, "notify", &bool_type, 0, 0, NULL,
	    "May its owner be written to? Default: as the kind says.", LINE(notify) },
	{ IN_PREFIX, "highest-rung", &rung_type, 0, 0, NULL,
	    "The furthest lymph may go: log, watch, ticket, notify, filter or quarantine. Default: "
	    "as "
	    "the kind says.",
	    LINE(top) },
	{ IN_PREFIX, "line", &word_type, 0, LINE_TEXT - 1, "",
	    "The subscriber's number, when the whole prefix is one line.", LINE(line) },
	{ IN_PREFIX, "party", &text_type, 0, PARTY_TEXT - 1, "", "Who is responsible for it.",
	    LINE(party) },
	{ IN_PREFIX, "delegated", &u8_type, 0, 128, NULL,
	    "IPv6: the length of one customer's prefix. Default: 64, or the prefix's own length "
	    "when "
	    "that is longer.",
	    LINE(delegated) },
	{ IN_PREFIX, "language", &word_type, 2, 8, "en", "Language of notices to its owner.",
	    LINE(language) },
	{ IN_PREFIX, "quiet-hours", &hours_type, 0, 0, "",
	    "No notices in these hours of the day, as \"22:00-07:00\".", LINE(quiet_from) },

	{ IN_TELEMETRY, "listen", &ends_type, 0, 0, "",
	    "Where flow records come in by UDP, as \"192.0.2.5:2055\". Use an address only your exporters "
	    "can reach: nothing in these protocols proves who sent a datagram. Empty: no telemetry.",
	    TOP(telemetry.listen) },
	{ IN_TELEMETRY, "indicators", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "A file of addresses of command and control servers, a line each: "
	    "address[:port][/proto], valid from, valid to, id. It is read again when it changes.",
	    TOP(telemetry.indicators) },
	{ IN_TELEMETRY, "subscribers", &u32_type, 1000, 20000000, "1000000",
	    "Own lines with state at a time. A line takes some hundred bytes once it is seen.",
	    TOP(telemetry.subscribers) },
	{ IN_TELEMETRY, "receive-buffer", &u32_type, 65536, 1073741824, "33554432",
	    "Bytes each socket may hold while lymph is busy: a burst that finds no room is lost, and "
	    "counted.",
	    TOP(telemetry.receive_buffer) },
	{ IN_TELEMETRY, "scan-ports", &many_ports_type, 1, 65535, "",
	    "Ports whose scanning is typical of malware. Empty: those known today.",
	    TOP(telemetry.scan_port) },

	{ IN_INTAKE, "maildir", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "A Maildir that gets a copy of the mails to abuse@. What is in its new/ is read, and moved to "
	    "cur/ once it is kept. The user _lymph-watch must be able to read and move there. Empty: none.",
	    INT(maildir) },
	{ IN_INTAKE, "authserv-id", &word_type, 0, CONF_NAME - 1, "",
	    "The name your mail server gives itself in Authentication-Results (RFC 8601). Only its own "
	    "are believed, and it must remove those others put in. Empty: nobody's.",
	    INT(authserv_id) },
	{ IN_INTAKE, "domains", &domains_type, 0, 0, "",
	    "Your own mail domains: mails from these, and answers to these, are known as such.",
	    INT(domain) },
	{ IN_INTAKE, "tokens", &tokens_type, 0, 0, "",
	    "Secrets given to sources, as \"NAME:SHA256\" in hex: a mail to abuse+SECRET@ (RFC 5233) is "
	    "NAME's.",
	    INT(token) },
	{ IN_INTAKE, "sealed-readers", &readers_type, 0, 0, "",
	    "The two people (Unix users) who may read sealed mails, child abuse material. All others see "
	    "that there is one, nobody hands it on. Each reading is in the audit.",
	    INT(reader) },
	{ IN_INTAKE, "disk", &u64_type, 16 << 20, INT64_C(1) << 50, "1073741824",
	    "Bytes that mails and the reports of the unsigned may take on disk; of these the unsigned get "
	    "a tenth, together with what comes by mail of domains the operator has neither ranked nor pinned. "
	    "Mails over it stay where they are and are offered again.",
	    INT(disk) },
	{ IN_INTAKE, "reports-per-key", &u32_type, 0, 100000000, "20000",
	    "Reports an hour that one key may send by HTTP; each 64 KiB of a report count as one more. "
	    "An hour's worth may come at once. 0: no bound.",
	    INT(per_key) },
	{ IN_INTAKE, "reports-per-network", &u32_type, 0, 100000000, "40000",
	    "The same for one network, a /24 or in IPv6 a /48, by the address reports come from, whoever "
	    "signs them. 0: no bound.",
	    INT(per_network) },
	{ IN_INTAKE, "mails-per-domain", &u32_type, 0, 100000000, "5000",
	    "Mails an hour of one domain that signed them (DKIM) and that the operator has neither ranked nor "
	    "pinned (lymph reporter); each 64 KiB of a mail count as one more. An hour's worth may come at "
	    "once. What is over stays where it is and is read when its turn comes. 0: no bound.",
	    INT(mails_per_domain) },
	{ IN_INTAKE, "mails-unvouched", &u32_type, 0, 100000000, "20000",
	    "The same for all mails together that nobody vouches for. 0: no bound.",
	    INT(mails_unvouched) },

	{ IN_KEEP, "bodies", &span_type, MSEC_DAY, 3650 * MSEC_DAY, "90 d",
	    "Evidence: the reports as they came, with their log lines. That of a case that is not closed "
	    "stays until it is.",
	    TOP(keep.bodies) },
	{ IN_KEEP, "cases", &span_type, 90 * MSEC_DAY, 3650 * MSEC_DAY, "365 d",
	    "Who a case was about and who reported it, from the last that happened in it; then only what was "
	    "done and when is left. Also what was reported, looked at or leased outside of any case.",
	    TOP(keep.cases) },
	{ IN_KEEP, "events", &span_type, 90 * MSEC_DAY, 3650 * MSEC_DAY, "1095 d",
	    "What was done in a case and when, without names; not before those are gone.",
	    TOP(keep.events) },
	{ IN_KEEP, "asides", &span_type, MSEC_DAY, 3650 * MSEC_DAY, "90 d",
	    "The bytes of messages set aside.", TOP(keep.asides) },
	{ IN_KEEP, "mails", &span_type, MSEC_DAY, 3650 * MSEC_DAY, "90 d",
	    "Mails, of the trays that have no time of their own.", TOP(keep.mails) },
	{ IN_KEEP, "mails-bulk", &span_type, MSEC_DAY, 3650 * MSEC_DAY, "14 d",
	    "Mails in the trays bounce, auto-reply, marketing and unreadable.", TOP(keep.mails_bulk) },
	{ IN_KEEP, "mails-police", &span_type, MSEC_DAY, 3650 * MSEC_DAY, "365 d",
	    "Mails of police, courts and authorities.", TOP(keep.mails_police) },
	{ IN_KEEP, "mails-sealed", &span_type, MSEC_DAY, 3650 * MSEC_DAY, "365 d",
	    "Sealed mails. Ask your lawyer: a duty to hand over, or to delete, may be shorter or longer.",
	    TOP(keep.mails_sealed) },
	{ IN_LOG, "file", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "The file to follow, through its rotations by rename and by copy and truncate: the rotated "
	    "parts must stay in its folder, named after it, uncompressed until the next rotation. The "
	    "user _lymph-watch must be able to read them.",
	    LOG(file) },
	{ IN_LOG, "listen", &log_door_type, 0, CONF_PATH - 1, "",
	    "Or the socket syslog comes to (RFC 5424, RFC 3164): \"udp:ADDRESS:PORT\", "
	    "\"tcp:ADDRESS:PORT\" (RFC 6587) or \"unix:/PATH\" (datagrams, from root; "
	    "the service unit lets it be made below /run/lymph). What was heard in the "
	    "seconds before a crash is lost: what must not be lost belongs in a file.",
	    LOG(listen) },
	{ IN_LOG, "form", &log_form_type, 0, 0, "auto",
	    "eve: Suricata's JSON. syslog: lines with a syslog header. text: any log lines. auto: EVE where "
	    "it looks like that, else text; what it says of exchanges both ways is believed in form eve only.",
	    LOG(form) },
	{ IN_LOG, "rank", &log_rank_type, 0, 0, "own",
	    "What its word is worth when it is heard for the first time: own, as a sensor of yours; "
	    "organisation, as an enrolled one; unknown. Later lymph reporter changes it.",
	    LOG(rank) },
	{ IN_LOG, "refer", &bool_type, 0, 0, "no",
	    "Tell other networks what this log says of their addresses, as mail { refer } does for reporters: one mail "
	    "a day to a mailbox, more only where a hundred gather. The lines go along, with the names that stand in "
	    "them: of your hosts, of your users. What anybody could have forged, packets one way, is never told; "
	    "nothing is by a log that comes by UDP, or of rank unknown.",
	    LOG(refer) },
	{ IN_LOG, "allow", &senders_type, 0, 0, "",
	    "Who may send to the socket. Addresses of datagrams can be forged: keep strangers out of that "
	    "network. Empty: this machine only.",
	    LOG(allow) },

	{ IN_RDAP, "bootstrap", &boots_type, 0, 0, "",
	    "Which registry answers for which prefix (RFC 9224): IANA's files, as paths or URLs. Of a URL a new "
	    "copy is fetched every day. {\"https://data.iana.org/rdap/ipv4.json\", "
	    "\"https://data.iana.org/rdap/ipv6.json\"} is usual. Empty: no registry is asked.",
	    RDP(bootstrap) },
	{ IN_RDAP, "cache", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "A file of RDAP answers, one a line, read before anybody is asked, and again when it changes. With it "
	    "alone lymph knows what is in it, and asks nobody. Empty: none.",
	    RDP(cache) },
	{ IN_RDAP, "per-minute", &u32_type, 1, 600, "10",
	    "Questions to one registry in a minute. LACNIC lets through ten.", RDP(per_minute) },
	{ IN_RDAP, "keep", &span_type, MSEC_HOUR, 90 * MSEC_DAY, "7 d",
	    "How long an answer holds for its range. That nobody is known holds for a day at most.", RDP(keep) },
	{ IN_RDAP, "mirror", &senders_type, 0, 0, "",
	    "Prefixes of servers that may be asked although they are private or loopback, and by plain HTTP: a "
	    "mirror of your own. All other such addresses are refused, whoever names them.",
	    RDP(mirror) },
	{ IN_RDAP, "resolvers", &resolvers_type, 0, 0, "",
	    "DNS servers to ask for the registries' addresses. Empty: those of /etc/resolv.conf at the start.",
	    RDP(resolver) },
	{ IN_RDAP, "certificates", &path_type, 2, CONF_PATH - 1, "/etc/ssl/certs/ca-certificates.crt",
	    "Whose signatures on a server's certificate are believed, PEM; read at the start.", RDP(ca) },

	{ IN_PEER, "prefixes", &peer_prefixes_type, 0, CONF_PEER_PREFIXES, "",
	    "Its addresses. The longest match of all peers counts. Must be given.", PEE(prefix) },
	{ IN_PEER, "mail", &mail_type, 0, CONF_MAIL - 1, "", "Where it wants reports as mail.", PEE(mail) },
	{ IN_PEER, "url", &web_type, 0, CONF_URL - 1, "",
	    "Where it takes XARF by POST, such as \"https://lymph.example.net/v1/reports\". Comes before mail.",
	    PEE(url) },
	{ IN_MAIL, "relay", &relay_type, 0, CONF_PATH - 1, "",
	    "The mail server that takes mails from this machine, as \"127.0.0.1:25\": an address and a port. "
	    "Empty: nothing is sent, whatever outgoing says.",
	    TOP(mail.relay) },
	{ IN_MAIL, "tls-name", &word_type, 0, CONF_NAME - 1, "",
	    "Demand STARTTLS of the relay, and a certificate for this name. Empty: no TLS, which is for a relay "
	    "on this machine.",
	    TOP(mail.tls) },
	{ IN_MAIL, "certificates", &path_or_none_type, 0, CONF_PATH - 1, "/etc/ssl/certs/ca-certificates.crt",
	    "The certificates of authorities to believe, one file.", TOP(mail.ca) },
	{ IN_MAIL, "from", &mailbox_type, 0, CONF_NAME - 1, "",
	    "Whom mails are from, also in the envelope: a mailbox whose bounces come to the Maildir of intake, "
	    "so that dead mailboxes are known. Must be given with relay.",
	    TOP(mail.from) },
	{ IN_MAIL, "reply-to", &mailbox_type, 0, CONF_NAME - 1, "",
	    "Where answers shall go, when it is another mailbox.", TOP(mail.reply_to) },
	{ IN_MAIL, "link", &link_type, 0, CONF_NAME - 1, "",
	    "A page of yours for who gets a report, https or http: what to do, how to object. It stands in the "
	    "mail. Where it says {id} (once at most, behind the host) the report's id stands, the report_id of the "
	    "document: \"https://abuse.example.net/report/{id}\".",
	    TOP(mail.link) },
	{ IN_MAIL, "never", &domains_type, 0, 0, "",
	    "Domains that are never written to, nor those below them.", TOP(mail.never) },
	{ IN_MAIL, "per-recipient", &u32_type, 1, 100000, "20",
	    "Mails an hour to one recipient. Who subscribed to a prefix gets all of it.",
	    TOP(mail.per_recipient) },
	{ IN_MAIL, "per-domain", &u32_type, 1, 100000, "60", "Mails an hour to one domain, but to subscribers.",
	    TOP(mail.per_domain) },
	{ IN_MAIL, "per-hour", &u32_type, 1, 1000000, "1000", "Mails an hour, to whomever.", TOP(mail.per_hour) },
	{ IN_MAIL, "refer", &bool_type, 0, 0, "yes",
	    "A report of a proven reporter about an address of somebody else is sent there: to a peer, else to "
	    "the abuse contact the registries know. Once a day for an address and a class. What came by HTTP goes at "
	    "once; what mails, tables and logs (log { refer }) say is collected for ten minutes and goes as one mail "
	    "to a mailbox, at most 100 documents, and then once a day, sooner where a hundred gather.",
	    TOP(mail.refer) },

	{ IN_EXPORTER, "name", &word_type, 1, EXPORTER_NAME - 1, NULL,
	    "What it is called, here and in tables. Must be given.", EXP(name) },
	{ IN_EXPORTER, "port", &u16_type, 0, 65535, "0",
	    "The port its datagrams come from, where several exporters share an address. 0: any.",
	    EXP(port) },
	{ IN_EXPORTER, "sampling", &u32_type, 0, 16777216, "0",
	    "It samples one packet in so many, whatever it says itself. 0: as it says.", EXP(sampling) },
	{ IN_EXPORTER, "meters", &meters_type, 0, 0, "ingress",
	    "Where it counts packets: ingress, egress or both.", EXP(meters) },
	{ IN_EXPORTER, "nat", &nat_type, 0, 0, "none",
	    "Where it translates addresses: are those of the lines the ones before or after? none: it "
	    "does not.",
	    EXP(nat) },

	{ IN_INTERFACE, "side", &side_type, 0, 0, NULL,
	    "What is on the other side: customer (own lines), border (other networks), core (the rest "
	    "of ours), tap (a mirror that sees each packet once) or ignore. Must be given.",
	    IFC(side) },
	{ IN_INTERFACE, "sav", &sav_type, 0, 0, "none",
	    "Which source address validation is in force there: none, loose (a source belongs to those "
	    "behind the interface) or strict (it belongs to the very line). Without any, one-way "
	    "traffic stays weak evidence: anybody could have forged its source.",
	    IFC(sav) },
	{ IN_INTERFACE, "prefixes", &behind_type, 0, 0, "",
	    "The own prefixes behind it. A source outside them is a forged one.", IFC(prefix) },

	{ IN_ALLOW, "classes", &any_classes_type, 0, 0, "",
	    "What it is not accused of. Empty: of nothing at all.", ALW(classes) },
	{ IN_ALLOW, "owner", &text_type, 1, 63, NULL, "Who asked for it. Must be given.", ALW(owner) },
	{ IN_ALLOW, "until", &date_type, 0, 0, "",
	    "The day it ends, as \"2027-01-01\", UTC. Empty: no end.", ALW(until) },
};
const size_t opt_count = sizeof(opt_rows) / sizeof(opt_rows[0]);

_Static_assert(sizeof(opt_rows) / sizeof(opt_rows[0]) <= OPT_ROWS_MOST, "the parser keeps a bit for each");
_Static_assert(LINE(quiet_to) == LINE(quiet_from) + sizeof(uint16_t), "hours are stored as a pair");

const struct opt_row *
opt_find(enum opt_in in, const char *name)
{
	for (size_t i = 0; i < opt_count; i++)
		if (opt_rows[i].in == in && strcmp(opt_rows[i].name, name) == 0)
			return &opt_rows[i];
	return NULL;
}

void
opt_defaults(enum opt_in in, void *base)
{
	char one[CONF_NAME], rule[1];
	for (const struct opt_row *r = opt_rows; r < opt_rows + opt_count; r++) {
		if (r->in != in || !r->def)
			continue;
		void *field = (char *)base + r->offset;
		if (!r->type->list) {
			r->type->parse(r, r->def, 0, field, rule, sizeof(rule));
			continue;
		}
		const char *s = r->def;
		for (unsigned nth = 0; *s; nth++) {
			size_t n = strcspn(s, " ");
			snprintf(one, sizeof(one), "%.*s", (int)n, s);
			r->type->parse(r, one, nth, field, rule, sizeof(rule));
			s += n + (s[n] == ' ');
		}
	}
}
