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
	[IN_JUDGE] = { "judge", NULL, false, "The numbers the judge goes by." },
};

#define TOP(m)  offsetof(struct conf, m)
#define LINE(m) offsetof(struct policy_row, m)

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
	{ IN_TOP, "hook", &path_or_none_type, 0, CONF_PATH - 1, "",
	    "A script of root's, run for every order given and withdrawn while the mode is enforce.",
	    TOP(hook) },
	{ IN_TOP, "appeal", &text_type, 0, CONF_NAME - 1, "",
	    "How a customer objects to an order: printed in its record.", TOP(appeal) },

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
	    "infrastructure, cgnat-pool, dynamic or critical. Without it: no probe, no notice.",
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
};
const size_t opt_count = sizeof(opt_rows) / sizeof(opt_rows[0]);

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
