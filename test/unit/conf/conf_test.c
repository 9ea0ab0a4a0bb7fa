/* SPDX-License-Identifier: BSD-2-Clause */
/* lymphd.conf: every refusal names its line and its rule; the canonical text reads back as itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/peers.h"
#include "conf/rows.h"

static struct conf *
good(const char *text)
{
	struct conf *c = NULL;
	char why[512];
	if (conf_parse("t", text, strlen(text), &c, why, sizeof(why)) < 0)
		fail_msg("%s", why);
	return c;
}

static void
test_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why; /* why: the beginning */
	} bad[] = {
		{ "", "t: name is missing" },
		{ "name = \"a b\"", "t:1: name: \"a b\" takes letters" },
		{ "name = x\nbogus = 1\n", "t:2: no such option 'bogus'" },
		{ "name = x\nname = y\n", "t:2: name is given twice" },
		{ "name = x\nstate = \"var\"\n", "t:2: state: \"var\" is not an absolute path" },
		{ "name = x\nlisten = \"8411\"\n", "t:2: listen: \"8411\" takes" },
		{ "name = x\nlisten = \"::1:8411\"\n", "t:2: listen: \"::1:8411\" takes" },
		{ "name = x\nlisten = \"[127.0.0.1]:1\"\n", "t:2: listen:" },
		{ "name = x\nlisten = \"127.0.0.1:0\"\n", "t:2: listen:" },
		{ "name = x\nlooks-per-second = 0\n",
		    "t:2: looks-per-second: \"0\" takes 1 to 1000" },
		{ "name = x\nlooks-per-second = 6x\n",
		    "t:2: looks-per-second: \"6x\" takes a whole" },
		{ "name = x\nprotect = {\"192.0.2.1\",\n\"192.0.2.1/24\"}",
		    "t:3: protect: \"192.0.2.1/24\" has bits" },
		{ "name = x\nprotect = {\"192.0.2.1\", \"192.0.2.1/32\"}",
		    "t:2: protect: \"192.0.2.1/32\" names" },
		{ "name = x\nprotect = {\"192.0.2.1\"}\nprotect = {\"192.0.2.2\"}",
		    "t:3: protect is given twice" },
		{ "name = x\ncanary { }\n", "t:2: canary needs an address" },
		{ "name = x\ncanary { address = \"192.0.2.256\" }",
		    "t:2: address: \"192.0.2.256\" takes one" },
		{ "name = x\ncanary { address = \"192.0.2.1\"\n ports = {80, 80} }",
		    "t:3: ports: \"80\" names port" },
		{ "name = x\ncanary { address = \"192.0.2.1\"\n ports = {1,2,3,4,5,6,7,8,9} }",
		    "t:3: ports: \"9\" takes at most" },
		{ "name = x\ncanary { address = \"192.0.2.1\"\nlisten = \"::1\" }",
		    "t:3: canary: listen and" },
		{ "name = x\ncanary { address = \"192.0.2.1\" }\ncanary { address = \"192.0.2.1\" "
		  "}",
		    "t:3: " },
		{ "name = x\nvantage \"other\" { }", "t:2: vantage \"other\" is not known" },
		{ "name = x\nvantage \"unannounced\" { }",
		    "t:2: vantage \"unannounced\" needs a source" },
		{ "name = x\nvantage \"announced\" { source = {\"192.0.2.1\", \"192.0.2.2\"} }",
		    "t:2: source: \"192.0.2.2\" takes one IPv4" },
		{ "name = x\nvantage \"announced\" { source = {\"192.0.2.1\"} }\nvantage "
		  "\"unannounced\" { source = {\"192.0.2.1\"} }",
		    "t: the two vantages" },
		{ "name = x\nvantage \"announced\" { }\nvantage \"announced\" { }",
		    "t:3: vantage \"announced\" is there" },
		{ "name = x\nprefix \"192.0.2.1/24\" {\n\n}\n",
		    "t:2: prefix \"192.0.2.1/24\" has bits set behind its length: write "
		    "\"192.0.2.0/24\"" },
		{ "name = x\nprefix \"net\" { }", "t:2: prefix \"net\" is no prefix" },
		{ "name = x\nprefix \"192.0.2.0/24\" { kind = \"home\" }",
		    "t:2: kind: \"home\" takes residential" },
		{ "name = x\nprefix \"192.0.2.0/24\" { probe = true }",
		    "t:2: prefix \"192.0.2.0/24\": without a kind" },
		{ "name = x\nprefix \"192.0.2.0/24\" { probe = perhaps }",
		    "t:2: probe: \"perhaps\" takes true" },
		{ "name = x\nprefix \"192.0.2.0/24\" { kind = critical\nhighest-rung = quarantine "
		  "}",
		    "t:2: prefix \"192.0.2.0/24\": a line of kind critical is never" },
		{ "name = x\nprefix \"192.0.2.0/24\" { highest-rung = high }",
		    "t:2: highest-rung: \"high\" takes" },
		{ "name = x\nprefix \"192.0.2.0/24\" { delegated = 56 }",
		    "t:2: prefix \"192.0.2.0/24\": delegated is for IPv6" },
		{ "name = x\nprefix \"2001:db8::/48\" { delegated = 40 }",
		    "t:2: prefix \"2001:db8::/48\": delegated = 40 is shorter" },
		{ "name = x\nprefix \"2001:db8::/32\" { }\nprefix \"2001:DB8:0::/32\" { }",
		    "t:3: prefix \"2001:DB8:0::/32\" is there already" },
		{ "name = x\nprefix \"192.0.2.0/24\" { }\nprefix \"192.0.2.0/24\" { }",
		    "t:3: prefix \"192.0.2.0/24\" is there already" },
		{ "name = x\nprefix \"192.0.2.0/24\" { quiet-hours = \"22-7\" }",
		    "t:2: quiet-hours: \"22-7\" takes hours" },
		{ "name = x\nprefix \"192.0.2.0/24\" { quiet-hours = \"22:00-24:00\" }",
		    "t:2: quiet-hours: \"22:00-24:00\" takes hours 00" },
		{ "name = x\nprefix \"192.0.2.0/24\" { party = \"a\033[2J\" }",
		    "t:2: party: \"a\\x1b[2J\" holds a control" },
		{ "name = x\njudge { probe_from = \"1.5\" }",
		    "t:2: judge: probe_from: \"1.5\" is outside 0 to 1" },
		{ "name = x\njudge { probe_from = \"much\" }",
		    "t:2: judge: probe_from: \"much\" is not a number" },
		{ "name = x\njudge {\nlook_retry = \"5 weeks\" }",
		    "t:3: judge: look_retry: \"5 weeks\" is not a time" },
		{ "name = x\njudge { order_share = 0 }",
		    "t:2: judge: order_share: \"0\" is outside 1 to 100" },
		{ "name = x\njudge { nothing = 0 }", "t:2: no such option 'nothing'" },
		{ "name = x\nmail { link = \"write to us\" }", "t:2: link: \"write to us\" is no URL" },
		{ "name = x\nmail { link = \"ftp://x.example/{id}\" }", "t:2: link: \"ftp://x.example/{id}\" is no URL" },
		{ "name = x\nmail { link = \"https://x.example/{id}/{id}\" }",
		    "t:2: link: \"https://x.example/{id}/{id}\" takes {id} once" },
		{ "name = x\nmail { link = \"https://{id}.example/\" }", "t:2: link: \"https://{id}.example/\" takes {id} once" },
		{ "name = x\nmail { link = \"https://{id}\" }", "t:2: link: \"https://{id}\" takes {id} once" },
		{ "name = x\nmail { link = \"https://x.example/{ID}\" }", "t:2: link: \"https://x.example/{ID}\" is no URL" },
		{ "name = x\nmail { link = \"https://x.example/{id}}\" }", "t:2: link: \"https://x.example/{id}}\" is no URL" },
		{ "name = x\nmail { link = \"https://x.example/a#b#{id}\" }",
		    "t:2: link: \"https://x.example/a#b#{id}\" is no URL" },
		{ "name = x\ntelemetry { listen = {\"2055\"} }", "t:2: listen: \"2055\" takes" },
		{ "name = x\ntelemetry { listen = {\"unix:/x\"} }", "t:2: listen: \"unix:/x\" takes" },
		{ "name = x\ntelemetry { listen = {\"[::1]:1\", \"[0::1]:1\"} }",
		    "t:2: listen: \"[0::1]:1\" names this socket twice" },
		{ "name = x\ntelemetry { receive-buffer = 1 }", "t:2: receive-buffer: \"1\" takes 65536" },
		{ "name = x\ntelemetry { scan-ports = {23, 23} }", "t:2: scan-ports: \"23\" names port" },
		{ "name = x\nexporter \"edge1\" { name = edge1 }", "t:2: exporter \"edge1\" is no address" },
		{ "name = x\nexporter \"192.0.2.1\" { }", "t:2: exporter \"192.0.2.1\" needs a name" },
		{ "name = x\nexporter \"192.0.2.1\" { name = \"a/b\" }", "t:2: name: \"a/b\" takes letters" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a port = 70000 }", "t:2: port: \"70000\" takes" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a meters = all }",
		    "t:2: meters: \"all\" takes ingress, egress or both" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a }\nexporter \"192.0.2.2\" { name = a }",
		    "t:3: exporter \"192.0.2.2\" is called a, as another" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a }\nexporter \"192.0.2.2\" { name = b }\n"
		  "exporter \"192.0.2.1\" { name = c }",
		    "t:4: exporter \"192.0.2.1\" is there already" },
		{ "name = x\nlog \"A b\" { file = \"/x\" }", "t:2: log \"A b\" is no name of a source" },
		{ "name = x\nlog \"a\" { }", "t:2: log \"a\" needs a file or a socket" },
		{ "name = x\nlog \"a\" { file = \"/x\" listen = \"udp:127.0.0.1:1\" }", "t:2: log \"a\" needs a file or a socket, and not both" },
		{ "name = x\nlog \"a\" { listen = \"127.0.0.1:514\" }", "t:2: listen: \"127.0.0.1:514\" takes \"udp:" },
		{ "name = x\nlog \"a\" { file = \"/x\" form = json }", "t:2: form: \"json\" takes one of auto, eve, syslog, text" },
		{ "name = x\nlog \"a\" { file = \"/x\" rank = god }", "t:2: rank: \"god\" takes one of own, organisation, unknown" },
		{ "name = x\nlog \"a\" { listen = \"udp:127.0.0.1:5\" refer = true }", "t:2: log \"a\" listens by UDP, whose senders" },
		{ "name = x\nlog \"a\" { file = \"/x\" allow = { \"192.0.2.0/24\" } }", "t:2: log \"a\" reads a file: allow is for sockets" },
		{ "name = x\nlog \"a\" { listen = \"tcp:[::1]:5\" allow = { \"192.0.2.1/24\" } }", "t:2: allow: \"192.0.2.1/24\" takes prefixes" },
		{ "name = x\nlog \"a\" { file = \"/x\" }\nlog \"b\" { file = \"/x\" }", "t:3: log \"b\" reads the file of log a" },
		{ "name = x\nlog \"a\" { listen = \"tcp:[::1]:5\" }\nlog \"b\" { listen = \"tcp:[::1]:5\" }",
		    "t:3: log \"b\" listens where log a does" },
		{ "name = x\npeer \"A b\" { }", "t:2: peer \"A b\" is no name of a peer" },
		{ "name = x\npeer \"a\" { mail = \"a@b.example\" }", "t:2: peer \"a\" needs its addresses" },
		{ "name = x\npeer \"a\" { prefixes = {\"198.51.100.0/24\"} }", "t:2: peer \"a\" needs to be reached" },
		{ "name = x\npeer \"a\" { mail = \"a@b.example\\nBcc: x@y.example\" }", "t:2: mail: \"a@b.example" },
		{ "name = x\npeer \"a\" { url = \"file:///etc/passwd\" }", "t:2: url: \"file:///etc/passwd\" is no URL" },
		{ "name = x\npeer \"a\" { mail = \"a@b.example\" prefixes = {\"198.51.100.0/24\"} }\n"
		  "peer \"b\" { mail = \"b@b.example\" prefixes = {\"198.51.100.0/24\"} }",
		    "t:3: peer \"b\": 198.51.100.0/24 is peer a's already" },
		{ "name = x\nrdap { bootstrap = {\"ipv4.json\"} }", "t:2: bootstrap: \"ipv4.json\" is no path" },
		{ "name = x\nrdap { bootstrap = {\"https://a@b/\"} }", "t:2: bootstrap: \"https://a@b/\" is no path" },
		{ "name = x\nrdap { keep = \"1 min\" }", "t:2: keep: \"1 min\"" },
		{ "name = x\nrdap { resolvers = {\"localhost\"} }", "t:2: resolvers: \"localhost\" is no address" },
		{ "name = x\ninterface \"a/1\" { side = tap }", "t:2: interface \"a/1\" is of no exporter" },
		{ "name = x\ninterface \"a\" { side = tap }", "t:2: interface \"a\" takes an exporter's" },
		{ "name = x\ninterface \"a/9-1\" { side = tap }", "t:2: interface \"a/9-1\" takes" },
		{ "name = x\ninterface \"a/01\" { side = tap }", "t:2: interface \"a/01\" takes" },
		{ "name = x\ninterface \"a/4294967296\" { side = tap }", "t:2: interface \"a/4294967296\"" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a }\ninterface \"a/1\" { }",
		    "t:3: interface \"a/1\" needs a side" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a }\ninterface \"a/1\" { side = in }",
		    "t:3: side: \"in\" takes customer" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a }\ninterface \"a/1\" { side = tap }\n"
		  "interface \"a/1-1\" { side = tap }",
		    "t:4: interface \"a/1-1\" is there already" },
		{ "name = x\nexporter \"192.0.2.1\" { name = a }\ninterface \"a/1\" { side = customer\n"
		  "prefixes = {\"192.0.2.0/24\", \"192.0.2.1/24\"} }",
		    "t:4: prefixes: \"192.0.2.1/24\" has bits" },
		{ "name = x\nallow \"192.0.2.0/24\" { }", "t:2: allow \"192.0.2.0/24\" needs an owner" },
		{ "name = x\nallow \"192.0.2.1/24\" { owner = a }", "t:2: allow \"192.0.2.1/24\" has bits" },
		{ "name = x\nallow \"192.0.2.0/24\" { owner = a until = \"2026-02-30\" }",
		    "t:2: until: \"2026-02-30\" takes a day" },
		{ "name = x\nallow \"192.0.2.0/24\" { owner = a classes = {\"none\"} }",
		    "t:2: classes: \"none\" takes classes" },
		{ "name = x\nprefix {", "t:2: " },
		{ "name = \"x", "t:" },
		{ "name = x\n}", "t:2: " },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf *c = NULL;
		char why[512] = "";
		int r = conf_parse("t", bad[i].text, strlen(bad[i].text), &c, why, sizeof(why));
		if (r == 0 || strncmp(why, bad[i].why, strlen(bad[i].why)) != 0)
			fail_msg("%s\n gives %d %s\n  not %s", bad[i].text, r, why, bad[i].why);
		assert_null(c);
	}
	struct conf *c = NULL;
	char why[64];
	assert_int_equal(conf_parse("t", "name\n\0", 6, &c, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "t:2: holds a NUL byte: this is no text file");
	assert_int_equal(conf_load("/nowhere/lymphd.conf", &c, why, sizeof(why)), -ENOENT);
	/* Cut to the room there is. */
	assert_string_equal(why, "/nowhere/lymphd.conf: No such file or directory; name another w");
}

static void
test_values(void **state)
{
	(void)state;
	struct addr a;
	struct conf *c =
	    good("name = desk.example.net listen = \"[::1]:8411\" uid-base = 70000\n"
		 "protect = {\"192.0.2.53\"}\n"
		 "canary { address = \"198.51.100.9\" ports = {80, 8081} }\n"
		 "vantage \"unannounced\" { source = {\"2001:db8::1\", \"192.0.2.251\"} }\n"
		 "prefix \"192.0.2.0/24\" { kind = residential party = \"Bäcker & \\\"Co\\\" "
		 "\\${HOME}\"\n"
		 "  quiet-hours = \"22:00-07:30\" line = \"C-1001\" }\n"
		 "prefix \"2001:db8::/32\" { kind = business delegated = 56 probe = no }\n"
		 "judge { probe_from = 0.05 look_retry = \"10 min\" }\n");
	assert_string_equal(c->name, "desk.example.net");
	assert_string_equal(c->listen, "[::1]:8411");
	assert_string_equal(c->state, "/var/lib/lymph");
	assert_int_equal(c->uid_base, 70000);
	assert_int_equal(c->canary.ports, 2);
	assert_int_equal(c->canary.port[1], 8081);
	assert_true(addr_eq(&c->canary.addr, &c->canary.listen));
	assert_int_equal(c->vantages, 2);
	assert_int_equal(c->policy->vantages, 2);
	assert_int_equal(c->vantage[1].source6.fam, 6);
	assert_int_equal(c->vantage[0].source4.fam, 0);
	addr_parse("192.0.2.53", 10, &a);
	assert_true(policy_protected(c->policy, &a));
	const struct policy_row *r = policy_find(c->policy, &a);
	assert_string_equal(r->party, "Bäcker & \"Co\" ${HOME}");
	assert_string_equal(r->line, "C-1001");
	assert_string_equal(r->language, "en");
	assert_int_equal(r->quiet_from, 22 * 60);
	assert_int_equal(r->quiet_to, 7 * 60 + 30);
	assert_true(r->probe && r->notify);
	assert_int_equal(r->top, RUNG_QUARANTINE);
	addr_parse("2001:db8::5", 11, &a);
	r = policy_find(c->policy, &a);
	assert_int_equal(r->delegated, 56);
	assert_false(r->probe);
	assert_true(c->policy->params.probe_from == Q32(5, 100));
	assert_int_equal(c->policy->params.look_retry, 10 * MSEC_MINUTE);
	conf_free(c);
}

static void
test_telemetry(void **state)
{
	(void)state;
	/* Interfaces may stand before their exporter, two exporters may share an address. */
	struct conf *c = good(
	    "name = x telemetry { listen = {\"192.0.2.5:2055\", \"[2001:db8::5]:6343\"}\n"
	    " indicators = \"/etc/lymph/indicators\" subscribers = 5000 scan-ports = {23, 2323} }\n"
	    "interface \"edge1/*\" { side = core }\n"
	    "interface \"edge1/10-19\" { side = customer sav = strict\n"
	    "  prefixes = {\"198.51.100.0/24\", \"2001:db8:1::/48\"} }\n"
	    "log \"eve\" { file = \"/var/log/suricata/eve.json\" form = eve }\n"
	    "log \"gw-1\" { listen = \"udp:[::1]:5514\" form = syslog rank = organisation\n"
	    " allow = { \"192.0.2.0/24\", \"2001:db8::/32\" } }\n"
	    "log \"dev\" { listen = \"unix:/run/x/log\" }\n"
	    "exporter \"192.0.2.1\" { name = edge1 sampling = 1000 meters = both }\n"
	    "exporter \"192.0.2.2\" { name = edge2 nat = after port = 40000 }\n"
	    "exporter \"192.0.2.2\" { name = edge3 port = 40001 }\n"
	    "interface \"edge1/12\" { side = ignore }\n"
	    "allow \"192.0.2.7/32\" { classes = {\"scanner\", \"bot\"} owner = \"measurement group\"\n"
	    "  until = \"2027-01-01\" }\n"
	    "allow \"192.0.2.7/32\" { owner = \"the same again\" }\n");
	const struct sights *s = c->sights;
	struct addr a;
	assert_int_equal(c->telemetry.listens, 2);
	assert_int_equal(c->telemetry.listen[1].port, 6343);
	assert_int_equal(c->telemetry.listen[1].addr.fam, 6);
	assert_int_equal(c->telemetry.subscribers, 5000);
	assert_int_equal(c->telemetry.scan_port[1], 2323);
	assert_int_equal(c->telemetry.scan_port[2], 0);
	assert_true(c->policy->flow_source);
	assert_int_equal(s->exporters, 3);
	addr_parse("192.0.2.2", 9, &a);
	assert_int_equal(sights_who(s, &a, 40001), sights_named(s, "edge3"));
	assert_int_equal(sights_who(s, &a, 40002), -ENOENT);
	assert_int_equal(s->exporter[0].sampling, 1000);
	assert_int_equal(s->exporter[0].meters, METERS_BOTH);
	assert_int_equal(s->exporter[1].nat, NAT_AFTER);
	assert_int_equal(s->ifaces, 3);
	assert_int_equal(sights_iface_of(s, 0, 12)->side, SIDE_IGNORE);
	const struct iface_row *i = sights_iface_of(s, 0, 19);
	assert_int_equal(i->side, SIDE_CUSTOMER);
	assert_int_equal(i->sav, SAV_STRICT);
	assert_int_equal(i->prefixes, 2);
	assert_int_equal(sights_iface_of(s, 0, 20)->side, SIDE_CORE);
	assert_null(sights_iface_of(s, 1, 20));
	assert_int_equal(s->allows, 2);
	assert_int_equal(s->allow[0].classes, 1u << CLASS_SCANNER | 1u << CLASS_BOT);
	assert_true(s->allow[0].until == msec_civil_days(2027, 1, 1) * MSEC_DAY);
	assert_int_equal(s->allow[1].classes, 0);
	assert_true(s->allow[1].until == MSEC_NEVER);
	struct conf *again = good(c->text);
	assert_string_equal(c->text, again->text);
	assert_int_equal(again->sights->exporters, 3);
	assert_int_equal(sights_iface_of(again->sights, 0, 19)->prefixes, 2);
	conf_free(again);
	conf_free(c);
	c = good("name = x");
	assert_int_equal(c->telemetry.listens, 0);
	assert_int_equal(c->telemetry.subscribers, 1000000);
	assert_false(c->policy->flow_source);
	conf_free(c);
}

static void
test_peers(void **state)
{
	(void)state;
	struct addr a = { 4, { 198, 51, 100, 77 } };
	struct prefix around;
	struct conf *c = good("name = x\n"
		"peer \"wide\" { prefixes = {\"198.51.100.0/24\", \"2001:db8::/32\"} mail = \"desk@wide.example\" }\n"
		"peer \"narrow\" { prefixes = {\"198.51.100.64/26\"} url = \"https://n.example/v1/reports\" }\n"
		"rdap { bootstrap = {\"/etc/lymph/ipv4.json\", \"https://data.iana.org/rdap/ipv6.json\"} keep = \"2 d\"\n"
		"  mirror = {\"192.0.2.0/24\"} resolvers = {\"::1\", \"192.0.2.53\"} }\n");
	assert_int_equal(c->peers, 2);
	assert_string_equal(peers_find(c, &a, &around)->name, "narrow");
	assert_int_equal(around.len, 26);
	a.b[3] = 3;
	assert_string_equal(peers_find(c, &a, NULL)->mail, "desk@wide.example");
	a.b[0] = 199;
	assert_null(peers_find(c, &a, NULL));
	assert_string_equal(c->rdap.bootstrap[1], "https://data.iana.org/rdap/ipv6.json");
	assert_string_equal(c->rdap.bootstrap[2], "");
	assert_int_equal(c->rdap.keep, 2 * MSEC_DAY);
	assert_int_equal(c->rdap.resolver[1].fam, 4);
	assert_int_equal(c->rdap.mirror[1].a.fam, 0);
	assert_int_equal(c->rdap.per_minute, 10);
	conf_free(c);
}

static void
test_comments(void **state)
{
	(void)state;
	struct conf *c =
	    good("# one\nname = x # two\n/* three\n */ protect = {\n\"10.0.0.1\", # four\n"
		 "// five\n\"10.0.0.2\" /* six */ }\nstate = /var//lib/7#8\n"
		 "prefix \"10.0.0.0/8\" { party = \"# \\\" // eight /* \" }");
	struct addr a;
	addr_parse("10.0.0.2", 8, &a);
	assert_true(policy_protected(c->policy, &a));
	assert_string_equal(c->state, "/var//lib/7");
	assert_string_equal(policy_find(c->policy, &a)->party, "# \" // eight /* ");
	conf_free(c);
	char why[256];
	const char bad[] = "name = x\n# a\n/* b\n*/ bogus = 1";
	assert_int_equal(conf_parse("t", bad, strlen(bad), &c, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "t:4: no such option 'bogus'");
}

static void
test_canonical(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"name = x",
		"name = x prefix \"10.0.0.0/8\" {} prefix \"2001:db8::/56\" { kind = dynamic }",
		"name = x protect = {\"10.0.0.1\", \"::/0\"} canary { address = \"10.0.0.1\" }"
		" vantage announced { source = {\"10.0.0.2\"} } vantage unannounced { source = "
		"{\"10.0.0.3\"}}",
		"name = x judge { ev_text = 0.123456789 look_retry = \"90 s\" start_own_a = 48.5 }",
		"name = x prefix \"10.0.0.0/8\" { party = '\\'\"\\\\ $ ${HOME} # ' }",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct conf *a = good(texts[i]), *b = good(a->text);
		assert_string_equal(a->text, b->text);
		assert_memory_equal(&a->policy->params, &b->policy->params, sizeof(struct params));
		conf_free(a);
		conf_free(b);
	}
}

static void
count(enum conf_grade g, const char *text, void *arg)
{
	unsigned *n = arg;
	assert_true(strlen(text) > 20);
	n[g]++;
}

static void
test_check(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned note, warn, error;
	} rows[] = {
		{ "name = x", 1, 3, 0 },
		{ "name = x listen = \"192.0.2.1:80\"", 1, 3, 1 },
		{ "name = x listen = \"[2001:db8::1]:80\"", 1, 3, 1 },
		{ "name = x listen = \"0.0.0.0:80\"", 1, 3, 1 },
		{ "name = x listen = \"unix:/run/x\"", 1, 3, 0 },
		{ "name = x prefix \"10.0.0.0/8\" { }", 1, 3, 0 },
		{ "name = x telemetry { listen = {\"192.0.2.5:2055\"} }", 1, 4, 0 },
		{ "name = x exporter \"192.0.2.1\" { name = a }", 1, 4, 0 },
		{ "name = x telemetry { listen = {\"192.0.2.5:2055\"} }"
		  " exporter \"192.0.2.1\" { name = a } exporter \"192.0.2.2\" { name = b }"
		  " interface \"b/1\" { side = customer }",
		    1, 5, 0 }, /* a has no interface; nothing is proven */
		{ "name = x telemetry { listen = {\"192.0.2.5:2055\"} } exporter \"192.0.2.1\" { name = a }"
		  " interface \"a/*\" { side = customer sav = loose }"
		  " allow \"192.0.2.1\" { owner = somebody }",
		    2, 3, 0 },
		{ "name = x prefix \"10.0.0.0/8\" { kind = dynamic } protect = {\"10.0.0.1\"}"
		  " canary { address = \"192.0.2.1\" } vantage unannounced { source = "
		  "{\"192.0.2.2\"} }",
		    1, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned n[3] = { 0 };
		struct conf *c = good(rows[i].text);
		conf_check(c, count, n);
		if (n[0] != rows[i].note || n[1] != rows[i].warn || n[2] != rows[i].error)
			fail_msg("%s: %u %u %u", rows[i].text, n[0], n[1], n[2]);
		conf_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_telemetry),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_check),
	};
	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
