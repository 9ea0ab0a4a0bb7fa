/* SPDX-License-Identifier: BSD-2-Clause */
/* What a valid configuration lacks, or had better not say: see conf_check in conf.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"

#define SHOWN 20 /* findings of one kind; the rest is counted */

void
conf_find(const struct conf_finder *k, enum conf_grade g, const char *fmt, ...)
{
	char text[768];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	k->cb(g, text, k->arg);
}

/* The address in "1.2.3.4:80" or "[::1]:80"; fam 0 for a Unix socket. */
static struct addr
listen_addr(const char *s)
{
	struct addr a = { 0 };
	uint16_t port;
	(void)opt_end_parse(s, &a, &port);
	return a;
}

static void
check_listen(const struct conf *c, const struct conf_finder *k)
{
	struct addr a = listen_addr(c->listen);
	if (a.fam && !addr_is_loopback(&a))
		conf_find(k, CONF_ERROR,
		    "listen = \"%s\" is plain HTTP on an address that is not loopback: reports "
		    "carry "
		    "personal data. Listen on \"127.0.0.1:8411\" or "
		    "\"unix:/run/lymph/reports.sock\" and "
		    "put a reverse proxy that speaks TLS in front",
		    c->listen);
}

static void
check_metrics(const struct conf *c, const struct conf_finder *k)
{
	struct addr a = listen_addr(c->metrics);
	if (a.fam && !addr_is_loopback(&a))
		conf_find(k, CONF_ERROR,
		    "metrics = \"%s\" is an address that is not loopback: whoever can reach it "
		    "would see how the desk works. Serve them on \"127.0.0.1:9411\" or a Unix "
		    "socket, and let Prometheus come through a proxy that asks who it is",
		    c->metrics);
}

static void
check_alerts(const struct conf *c, const struct conf_finder *k)
{
	struct addr a = listen_addr(c->alerts);
	if (a.fam && !addr_is_loopback(&a))
		conf_find(k, CONF_ERROR,
		    "alerts = \"%s\" is plain HTTP on an address that is not loopback: machines send their "
		    "passwords there. Listen on \"127.0.0.1:8413\" or a Unix socket, and put a reverse proxy "
		    "that speaks TLS in front",
		    c->alerts);
}

static void
check_prefixes(const struct conf *c, const struct conf_finder *k)
{
	char buf[PREFIX_TEXT];
	unsigned none = 0, leases = 0;
	const struct lpm *rows = &c->policy->rows;
	if (rows->tree.count == 0)
		conf_find(k, CONF_WARN,
		    "no own prefix: every report is answered with \"not our address\". "
		    "Add prefix \"...\" { kind = \"...\" }");
	for (struct lpm_node *n = lpm_first(rows); n; n = lpm_next(rows, n)) {
		const struct policy_row *r = LPM_ENTRY(n, struct policy_row, lpm);
		prefix_print(&n->prefix, buf);
		if (r->kind == KIND_NONE && none++ < SHOWN)
			conf_find(k, CONF_WARN,
			    "prefix \"%s\" has no kind: it is not probed and its owner not "
			    "notified. Give its kind",
			    buf);
		if (kind_row(r->kind)->needs_lease && leases++ < SHOWN)
			conf_find(k, CONF_NOTE,
			    "prefix \"%s\" is %s and no lease source is configured: nothing "
			    "above a ticket can follow there",
			    buf, kind_row(r->kind)->name);
	}
	if (none > SHOWN)
		conf_find(k, CONF_WARN, "%u more prefixes have no kind", none - SHOWN);
	if (leases > SHOWN)
		conf_find(k, CONF_NOTE, "%u more prefixes have no lease source", leases - SHOWN);
}

/* What sights there are, and whether anything can be proven by them. */
static void
check_sights(const struct conf *c, const struct conf_finder *k)
{
	const struct sights *s = c->sights;
	unsigned blind = 0;
	bool sav = false, bound = false;
	for (size_t e = 0; e < s->exporters; e++) {
		bool seen = false;
		for (size_t i = 0; i < s->ifaces; i++)
			seen |= s->iface[i].exporter == e;
		if (!seen && blind++ < SHOWN)
			conf_find(k, CONF_WARN,
			    "exporter \"%s\" has no interface: its flows are shown, not counted. Add "
			    "interface \"%s/*\" { side = ... }",
			    s->exporter[e].name, s->exporter[e].name);
	}
	if (blind > SHOWN)
		conf_find(k, CONF_WARN, "%u more exporters have no interface", blind - SHOWN);
	for (size_t i = 0; i < s->ifaces; i++) {
		sav |= s->iface[i].sav != SAV_NONE;
		bound |= s->iface[i].side == SIDE_CUSTOMER && s->iface[i].prefixes;
	}
	if (s->ifaces && !sav && !bound)
		conf_find(k, CONF_WARN,
		    "no interface has sav or prefixes: who sent a one-way packet is not known, so own "
		    "detections stay weak evidence. Say what your source address validation is: sav = "
		    "\"strict\" or \"loose\", or name the prefixes behind each customer interface");
}

static void
check_telemetry(const struct conf *c, const struct conf_finder *k)
{
	const struct sights *s = c->sights;
	char buf[OPT_END_TEXT];
	unsigned endless = 0;
	if (!c->telemetry.listens) {
		if (s->exporters)
			conf_find(k, CONF_WARN,
			    "exporters are named, but nobody listens to them: add telemetry { listen = {"
			    "\"ADDRESS:2055\"} }");
		return;
	}
	for (unsigned i = 0; i < c->telemetry.listens && !s->exporters; i++) {
		const struct conf_end *e = &c->telemetry.listen[i];
		conf_find(k, CONF_WARN,
		    "telemetry listens on %s%s and no exporter is named: all that comes is refused. Add "
		    "exporter \"ADDRESS\" { name = \"...\" }",
		    opt_end_print(&e->addr, e->port, buf),
		    addr_is_loopback(&e->addr) ? "" : ", where others may reach it,");
	}
	for (size_t i = 0; i < s->allows; i++)
		endless += s->allow[i].until == MSEC_NEVER;
	if (endless)
		conf_find(k, CONF_NOTE,
		    "%u allow section%s without an end: give each a day (until) on which somebody asks "
		    "again", endless, endless == 1 ? "" : "s");
	check_sights(c, k);
}

static void
check_logs(const struct conf *c, const struct conf_finder *k)
{
	for (unsigned i = 0; i < c->logs; i++) {
		const struct conf_log *l = &c->log[i];
		struct conf_end e;
		if (!l->listen[0] || strncmp(l->listen, "unix:", 5) == 0 || opt_end_parse(l->listen + 4, &e.addr, &e.port) < 0)
			continue;
		if (!addr_is_loopback(&e.addr) && !l->allow[0].a.fam)
			conf_find(k, CONF_WARN,
			    "log \"%s\" listens on %s and allows nobody but this machine: add allow = { ... }",
			    l->name, l->listen + 4);
		else if (!addr_is_loopback(&e.addr) && l->rank == LOG_OWN && strncmp(l->listen, "udp:", 4) == 0)
			conf_find(k, CONF_NOTE,
			    "log \"%s\": anybody who can forge a datagram of an allowed sender accuses with the "
			    "weight of a sensor of yours: keep others out of that network, or use tcp or a file",
			    l->name);
	}
}

/* The report desk. */
static void
check_intake(const struct conf *c, const struct conf_finder *k)
{
	unsigned readers = 0;
	while (readers < CONF_READERS && c->intake.reader[readers][0])
		readers++;
	if (!c->intake.maildir[0])
		return;
	if (!c->intake.authserv_id[0])
		conf_find(k, CONF_WARN,
		    "intake: no authserv-id: no mail has a domain that vouches for it. Say what your mail "
		    "server calls itself in Authentication-Results");
	if (!c->intake.domain[0][0])
		conf_find(k, CONF_WARN,
		    "intake: no domains: answers to what you wrote are not known as such. Name your own mail "
		    "domains");
	if (readers < CONF_READERS)
		conf_find(k, CONF_NOTE,
		    "intake: %s may read sealed mails (child abuse material): name two people as "
		    "sealed-readers", readers ? "one person" : "nobody");
}

/* Asking registries, and peers. */
static void
check_rdap(const struct conf *c, const struct conf_finder *k)
{
	char buf[PREFIX_TEXT];
	for (unsigned i = 0; i < CONF_BOOTS && c->rdap.bootstrap[i][0]; i++)
		if (strncmp(c->rdap.bootstrap[i], "http:", 5) == 0 && !c->rdap.mirror[0].a.fam)
			conf_find(k, CONF_WARN,
			    "rdap: bootstrap \"%s\" is plain HTTP: it is fetched from a mirror of your own only. Name "
			    "that in mirror, or write https", c->rdap.bootstrap[i]);
	for (unsigned i = 0; i < c->peers; i++) {
		const struct conf_peer *p = &c->peer[i];
		for (unsigned n = 0; n < CONF_PEER_PREFIXES && p->prefix[n].a.fam; n++)
			if (policy_find(c->policy, &p->prefix[n].a))
				conf_find(k, CONF_WARN,
				    "peer \"%s\": %s is an own prefix: reports about it are judged here, not sent on",
				    p->name, prefix_print(&p->prefix[n], buf));
		if (strncmp(p->url, "http:", 5) == 0)
			conf_find(k, CONF_WARN, "peer \"%s\": %s is plain HTTP: reports carry personal data", p->name, p->url);
	}
}

/* Mails out. */
static void
check_mail(const struct conf *c, const struct conf_finder *k)
{
	struct addr a = listen_addr(c->mail.relay);
	if (c->outgoing == OUTGOING_ON && !c->mail.relay[0])
		conf_find(k, CONF_WARN,
		    "outgoing is on and there is no relay: nothing is sent. Add mail { relay = \"127.0.0.1:25\" "
		    "from = \"abuse@...\" }");
	if (!c->mail.relay[0])
		return;
	if (a.fam && !addr_is_loopback(&a) && !c->mail.tls[0])
		conf_find(k, CONF_WARN,
		    "mail: relay %s is another machine and there is no TLS to it: mails carry personal data. Say "
		    "tls-name, or use a relay on this machine",
		    c->mail.relay);
	if (!c->intake.maildir[0])
		conf_find(k, CONF_NOTE,
		    "mail: no maildir in intake: bounces of %s are not seen, and dead mailboxes only known when the "
		    "relay refuses them at once",
		    c->mail.from);
}

void
conf_check(const struct conf *c, conf_finding_cb *cb, void *arg)
{
	const struct conf_finder k = { cb, arg };
	bool six = false;

	check_listen(c, &k);
	check_metrics(c, &k);
	check_alerts(c, &k);
	check_prefixes(c, &k);
	check_telemetry(c, &k);
	check_intake(c, &k);
	check_logs(c, &k);
	check_rdap(c, &k);
	check_mail(c, &k);
	for (struct lpm_node *n = lpm_first(&c->policy->rows); n; n = lpm_next(&c->policy->rows, n))
		six |= n->prefix.a.fam == 6;
	if (!c->canary.addr.fam)
		conf_find(&k, CONF_WARN,
		    "no canary: no relay can be proven open, every look ends "
		    "inconclusive. Add canary { address = \"...\" }");
	else if (addr_is_loopback(&c->canary.addr))
		conf_find(&k, CONF_WARN,
		    "the canary's address is loopback: a relay would fetch from itself");
	else if (six && c->canary.addr.fam == 4)
		conf_find(&k, CONF_NOTE,
		    "own IPv6 prefixes, but the canary has an IPv4 address: a relay that "
		    "speaks IPv6 only cannot be proven open");
	if (c->vantages < 2)
		conf_find(&k, CONF_WARN,
		    "one vantage only: no case can close as not found. Add vantage "
		    "\"unannounced\" { source = { \"...\" } }");
	if (c->policy->protect.tree.count == 0)
		conf_find(&k, CONF_NOTE,
		    "protect is empty: name your own resolvers, portals and voice gateways");
}
