#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Mails out, through a real postfix to Maildirs: outcomes arrive once, signed and threaded, however often lymphd
# is killed in between; what the server refuses, defers and bounces is remembered rightly; nothing leaves in a
# preview or a panic, two desks stop after the first mail, and what mails, tables and logs say of others' addresses
# goes to each of them as one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/postfix.sh"
need python3 jq ssh-keygen curl
ns node
echo "later@isp.example nouser:" >"$PF/transport"
echo "slow@isp.example 451 4.7.1 come back later" >"$PF/access"
postfix_starts "abuse@x.example abuse" "noc@isp.example noc" "slow@isp.example slow" "later@isp.example later" \
	"abuse@b.example b" "desk@isp.example cust"

conf() { # outgoing
	node_conf <<-EOT
		prefix "192.0.2.0/24" { kind = "residential" }
		outgoing = "$1"
		intake { maildir = "$BOX/abuse" authserv-id = "mx.x.example" domains = { "x.example" } }
		mail {
			relay = "127.0.0.1:25" from = "abuse@x.example" never = { "gov.example" }
			per-recipient = 1000 per-domain = 1000
		}
		peer "b" { prefixes = {"203.0.113.0/24"} mail = "abuse@b.example" }
		peer "c" { prefixes = {"198.51.100.0/24"} url = "http://127.0.0.1:8500/v1/reports" }
		rdap { cache = "$T/answers" }
		log "fw" { file = "$T/log/auth" refer = true }
		log "own" { file = "$T/log/own" }
	EOT
}
mkdir -p "$T/log" && : >"$T/log/auth" && : >"$T/log/own"
jq -nc '{ objectClassName: "ip network", startAddress: "32.0.0.0", endAddress: "32.0.0.255", name: "FILED",
	entities: [ { roles: ["abuse"], vcardArray: ["vcard", [["email", {}, "text", "desk@isp.example"]]] } ] }' >"$T/answers"
conf preview
start() { node_start LYMPH_SPEAK_MS=300 LYMPH_REPLY_MS=300 LYMPH_BACKOFF_TOP_MS=300 LYMPH_GATHER_MS=300; }
start
node_serves 1
ssh-keygen -q -t ed25519 -N '' -C me -f "$T/key"
lymph reporter add "$T/key.pub" --name partner --pin 0.9 >/dev/null || fail "no pin"
said() { # address, whom to answer: a signed report; the status
	local r=$T/r.$1 sig
	jq -n --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg now "$(date -u +%FT%TZ)" --arg a "$1" --arg to "$2" \
		--arg log "$(printf '%s CONNECT a:443' "$1" | base64 -w0)" '
		{ org: "Example", contact: "abuse@example.org", domain: "example.org" } as $p |
		{ xarf_version: "4.2.0", report_id: $id, timestamp: $now, reporter: $p, sender: $p,
		  source_identifier: $a, category: "vulnerability", type: "open_service",
		  service: "open-proxy", service_port: 3128, lymph: { reply_to: $to },
		  evidence: [ { content_type: "text/plain", payload: $log } ] }' >"$r"
	rm -f "$r.sig"
	ssh-keygen -q -Y sign -n lymph-report -f "$T/key" "$r" 2>/dev/null
	sig=$(grep -v -- ----- "$r.sig" | tr -d '\n')
	in_ node curl -s -m 60 -o "$T/answer" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$r" \
		-H "Lymph-Signature: $sig" http://127.0.0.1:8411/v1/reports
}
told() { # last byte of an address, to whom: a report, and its case is closed as fixed
	local n
	n=$(said "192.0.2.$1" "$2")
	[ "$n" = 202 ] || fail "a report: $n $(cat "$T/answer")"
	n=$(lymph cases --json --limit 1000 | jq -r --arg a "192.0.2.$1/32" '.cases[] | select(.subject == $a) | .case')
	lymph case "${n%%$'\n'*}" close --as fixed >"$T/closed" 2>&1 || fail "no close of case $n: $(cat "$T/closed")"
}

# A preview: laid up, shown, and nothing leaves.
told 1 noc@isp.example
want "outgoing '.to + \" \" + .state'" '^noc@isp.example waiting$'
lymph outgoing 1 >"$T/one"
grep -q "It was so, and is not any more" "$T/one" || fail "no text in: $(cat "$T/one")"
sleep 2
[ "$(mails noc)" = 0 ] || fail "it left in a preview"
stop "$WARDEN"

# On: it leaves, once, and is what was shown.
conf on
start
node_serves 2
want "outgoing '.to + \" \" + .state'" '^noc@isp.example sent$'
want "mails noc" '^1$'
cp "$BOX"/noc/new/* "$T/arrived"
curl_key() { in_ node curl -s http://127.0.0.1:8411/v1/key | sed 's/^/node.example /'; }
curl_key >"$T/signers"
python3 - "$T/arrived" "$T/doc" "$T/sig" <<-'EOT' || fail "what arrived is not what was meant"
	import email, email.policy, json, sys
	m = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.default)
	assert m["Auto-Submitted"] == "auto-replied" and m["Return-Path"] == "<abuse@x.example>", m.items()
	assert m["Message-ID"].startswith("<lymph-") and m["Message-ID"].endswith("@x.example>")
	assert m["From"].addresses[0].addr_spec == "abuse@x.example" and "192.0.2.1: fixed" in m["Subject"]
	text, doc = list(m.iter_parts())
	assert doc.get_filename() == "outcome.json" and doc.get_content_type() == "application/json"
	body = doc.get_payload(decode=True)
	assert json.loads(body)["outcome"] == "fixed"
	open(sys.argv[2], "wb").write(body)
	t = text.get_content()
	sig = t.split("\n\n")[3].strip()
	open(sys.argv[3], "w").write("-----BEGIN SSH SIGNATURE-----\n" + "\n".join(sig[i:i+70] for i in range(0, len(sig), 70)) +
	                             "\n-----END SSH SIGNATURE-----\n")
EOT
ssh-keygen -Y verify -f "$T/signers" -I node.example -n lymph-outcome -s "$T/sig" <"$T/doc" >"$T/verify.log" 2>&1 ||
	fail "the outcome is not signed: $(cat "$T/verify.log")"

# Refused at once, bounced later, deferred.
told 2 gone@isp.example
told 3 later@isp.example
told 4 slow@isp.example
told 5 x@sub.gov.example
want "lymph outgoing --dead --json | jq -r '.dead[] | .address + \" \" + .said'" '^gone@isp.example 550 5.1.1'
want "lymph outgoing --dead --json | jq -r '.dead[] | .address + \" \" + .said'" '^later@isp.example bounced, status 5.1.1'
want "lymph trays bounce --all --json | jq -r '.mails[].rule'" '^bounce: of a mail of ours$'
outgoing 'select(.to == "later@isp.example").state' | grep -qx refused || fail "a bounced mail counts as sent"
want "outgoing 'select(.to == \"slow@isp.example\") | .state + \" \" + .said'" '^waiting 451 4.7.1'
never "outgoing .to" 'gov.example'
: >"$PF/access" && pf reload
want "mails slow" '^1$'
want "outgoing 'select(.to == \"slow@isp.example\").state'" '^sent$'
# Held for dead: nothing is laid up, until somebody says it works.
wishes() { lymph outgoing --json | jq .wishes; }
before=$(wishes)
told 6 gone@isp.example
want wishes "^$before\$"
[ "$(outgoing 'select(.to == "gone@isp.example").number' | wc -l)" = 1 ] || fail "a dead mailbox is written to"
lymph outgoing --revive gone@isp.example --text "they say so" >/dev/null || fail "no revival"
never "lymph outgoing --dead --json" 'gone@'

# Killed again and again: each mail arrives, and who arrives again is the same.
before=$(mails noc)
for i in $(seq 20 34); do told "$i" noc@isp.example; done
for i in 1 2 3 4; do
	sleep 1.3
	node_kill
	rm -f "$T/lymphd.log"
	start
	node_serves
	sleep 0.7
	p=$(role speak) && kill -9 $p
	p=$(role judge) && kill -9 $p
done
want "outgoing 'select(.state == \"waiting\").number' | wc -l" '^0$'
want "outgoing 'select(.kind == \"outcome\" and .to == \"noc@isp.example\").number' | wc -l" '^16$'
# What the relay has taken is in its box a moment later.
want 'find "$PF/spool/incoming" "$PF/spool/active" -type f | wc -l' '^0$'
# Who was in hand at five kills would be in doubt, and say so; nobody else is missing.
doubt=$(outgoing 'select(.kind == "outcome" and .to == "noc@isp.example" and .state == "in-doubt").number' | wc -l)
python3 - "$BOX/noc/new" "$doubt" <<-'EOT' || fail "mails were lost"
	import collections, email, glob, sys
	n, subjects = collections.Counter(), set()
	for f in glob.glob(sys.argv[1] + "/*"):
	    m = email.message_from_binary_file(open(f, "rb"))
	    n[m["Message-ID"]] += 1
	    subjects.add(m["Subject"])
	doubt = int(sys.argv[2])
	print(len(n), "mails, most often", max(n.values()), "times,", doubt, "in doubt")
	assert 16 - doubt <= len(n) <= 16 and len(subjects) == len(n) and doubt <= 1, (len(n), len(subjects), doubt)
	assert max(n.values()) <= 5
EOT

# A panic holds everything, and its end lets it go.
lymph panic --reason "a test" >/dev/null || fail "no panic"
told 60 slow@isp.example
want "outgoing 'select(.to == \"slow@isp.example\").state'" '^waiting$'
sleep 2
[ "$(mails slow)" = 1 ] || fail "it left in a panic"
lymph resume --reason "over" >/dev/null || fail "no resume"
want "mails slow" '^2$'

# It comes back to us, as it was: known, and no report.
for f in "$BOX"/slow/new/*; do break; done
lymph intake <"$f" || fail "intake: $?"
want "lymph trays auto-reply --all --json | jq -r '.mails[].rule'" '^a mail of ours that came back$'
# About others' addresses: to a peer's own API, and to another desk by mail.
cat >"$T/peer.py" <<-'EOT'
	import http.server, sys
	class H(http.server.BaseHTTPRequestHandler):
	    def do_POST(self):
	        body = self.rfile.read(int(self.headers["Content-Length"]))
	        open(sys.argv[1], "wb").write(body)
	        open(sys.argv[1] + ".sig", "w").write(self.headers.get("Lymph-Signature", ""))
	        self.send_response(202); self.end_headers()
	http.server.HTTPServer(("127.0.0.1", 8500), H).serve_forever()
EOT
bg node python3 "$T/peer.py" "$T/posted"
[ "$(said 198.51.100.7 me@shop.example)" = 202 ] || fail "not referred: $(cat "$T/answer")"
[ "$(jq -r .status "$T/answer")" = referred ] || fail "it says $(cat "$T/answer")"
want "outgoing 'select(.url != null) | .url + \" \" + .state'" '^http://127.0.0.1:8500/v1/reports sent$'
never "cat $T/posted" 'example.org|shop.example'
jq -e '.lymph.via == ["node.example"] and .reporter.contact == "abuse@x.example"' "$T/posted" >/dev/null || fail "posted: $(cat "$T/posted")"
{ echo "-----BEGIN SSH SIGNATURE-----" && fold -w 70 "$T/posted.sig" && echo && echo "-----END SSH SIGNATURE-----"; } >"$T/posted.asc"
curl_key >"$T/signers"
ssh-keygen -Y verify -f "$T/signers" -I node.example -n lymph-report -s "$T/posted.asc" <"$T/posted" >"$T/verify.log" 2>&1 ||
	fail "what was posted is not signed: $(cat "$T/verify.log")"
for i in 9 10; do [ "$(said 203.0.113.$i me@shop.example)" = 202 ] || fail "not referred: $(cat "$T/answer")"; done
want "mails b" '^2$'
# To whom the registry's answer names, once a day.
for i in 1 2; do said 32.0.0.5 me@shop.example >"$T/status.$i"; done
grep -qx 202 "$T/status.1" || fail "not referred: $(cat "$T/status.1" "$T/answer")"
want "mails cust" '^1$'
rm -f "$BOX"/cust/new/*
# A document in a mail goes the same way, if who vouches for the mail is proven.
vouched() { # number: a mail of good.example with a document about a peer's address
	jq --arg a "203.0.113.$1" --arg id "00000000-0000-4000-8000-0000000002$1" '.source_identifier = $a | .report_id = $id |
		del(.lymph)' "$T/r.203.0.113.9" >"$T/mailed"
	cat <<-EOT
		Received: from mx.good.example by mx.x.example with ESMTP; $(date -R)
		Authentication-Results: mx.x.example; dkim=pass header.d=good.example
		From: soc@good.example
		To: abuse@x.example
		Subject: report $1
		Message-ID: <$1@good.example>
		Date: $(date -R)
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: text/plain

		A report.
		--b
		Content-Type: application/json; name=xarf.json
		Content-Transfer-Encoding: base64

		$(base64 -w 72 "$T/mailed")
		--b--
	EOT
}
vouched 30 >"$T/mail" && lymph intake <"$T/mail" || fail "intake: $?"
want "lymph trays not-ours --all --json | jq -r '.mails[].subject'" '^report 30$'
[ "$(mails b)" = 2 ] || fail "somebody unproven was referred"
lymph reporter add dkim:good.example --pin 0.9 >/dev/null 2>&1 || lymph reporter pin dkim:good.example 0.9 >/dev/null || fail "no pin"
vouched 31 >"$T/mail" && lymph intake <"$T/mail" || fail "intake: $?"
want "mails b" '^3$'

# Complaints of every form go there, too: a feedback report, XARF 3, a table, lines in a mail, and of the logs the
# one that the operator said so of. To one mailbox it is one mail, once, whoever is killed. Not at a stranger's word,
# not about nobody's addresses, and without the names of who complained.
stop "$WARDEN"
conf preview
rm -f "$T/lymphd.log"
start
node_serves 1
form() { # subject, domain of who vouches; the rest of the header and the body on stdin
	printf 'Received: from mx.%s by mx.x.example with ESMTP; %s\n' "$2" "$(date -R)"
	[ "$2" = nobody.example ] || printf 'Authentication-Results: mx.x.example; dkim=pass header.d=%s\n' "$2"
	printf 'From: soc@%s\nTo: abuse@x.example\nSubject: %s\nMessage-ID: <%s@%s>\nDate: %s\nMIME-Version: 1.0\n' \
		"$2" "$1" "$1" "$2" "$(date -R -d '1 hour ago')"
	cat
}
arf() {
	cat <<-EOT
		Content-Type: multipart/report; report-type=feedback-report; boundary=b

		--b
		Content-Type: message/feedback-report

		Feedback-Type: abuse
		User-Agent: T/1
		Version: 1
		Source-IP: $1
		Original-Rcpt-To: victim@good.example

		--b
		Content-Type: message/rfc822

		From: spam@spam.example
		To: victim@good.example
		Subject: buy
		Message-ID: <1@spam.example>

		now
		--b--
	EOT
}
v3() {
	printf 'Content-Type: application/json; name=x-arf.json\n\n'
	jq -n --arg a "$1" --arg now "$(date -u +%FT%TZ)" '{ Version: "3", ReporterInfo: { ReporterOrg: "Good",
		ReporterOrgDomain: "good.example", ReporterOrgEmail: "soc@good.example" }, Disclosure: true, Report: {
		ReportClass: "Activity", ReportType: "LoginAttack", Date: $now, SourceIp: $a, SourcePort: 40022,
		DestinationIp: "192.0.2.1", Samples: [ { ContentType: "text/plain", Payload: ("Failed password from " + $a) } ] } }'
}
table() {
	printf 'Content-Type: text/csv; name="2026-11-22-scan_telnet-x.csv"\n\n'
	echo '"timestamp","ip","protocol","port","hostname","tag","asn","geo"'
	for a; do echo "\"$(date -u '+%F %T')\",\"$a\",\"tcp\",\"23\",\"\",\"telnet\",\"64500\",\"ZZ\""; done
}
lines() { for i in 1 2 3; do echo "$(date -u +%FT%TZ) box sshd[7]: Failed password for root from $1 port 4002$i ssh2"; done; }
text() { printf 'Content-Type: text/plain\n\nOur 192.0.2.9 is attacked:\n\n' && lines "$1"; }
hand() { lymph intake || fail "intake: $?"; }
arf 32.0.0.30 | form arf-stranger nobody.example | hand
arf 32.0.0.31 | form arf-unranked evil.example | hand
arf 10.1.2.3 | form arf-private good.example | hand
table 10.1.2.4 100.64.0.4 127.0.0.4 | form table-private good.example | hand
lines 32.0.0.32 >>"$T/log/own"
arf 32.0.0.20 | form arf good.example >"$T/arf" && hand <"$T/arf"
v3 32.0.0.21 | form v3 good.example | hand
table 32.0.0.22 32.0.0.23 192.0.2.23 | form table good.example | hand
text 32.0.0.24 | form lines good.example | hand
lines 32.0.0.25 >>"$T/log/auth"
waits() { outgoing 'select(.kind == "referral" and .state == "waiting") | .to + " " + .subject' | sort; }
want "waits | wc -l" '^6$'
for a in 20,spam-source 21,login-attacker 22,exposed-service 23,exposed-service 24,login-attacker 25,login-attacker; do
	waits | grep -qx "desk@isp.example Abuse report: 32.0.0.${a%,*}, ${a#*,}" || fail "no $a: $(waits)"
done
want "status '.logs[] | select(.name == \"own\").lines'" '^3$'
never "outgoing .subject" '32\.0\.0\.3[0-9]|10\.1\.2\.|100\.64|127\.0'
[ "$(mails cust)" = 0 ] || fail "it left in a preview"
node_kill
conf on
rm -f "$T/lymphd.log"
start
node_serves 1
want "mails cust" '^1$'
hand <"$T/arf"
node_kill
rm -f "$T/lymphd.log"
start
node_serves 1
hand <"$T/arf"
arf 32.0.0.20 | form arf-again good.example | hand
want "outgoing 'select(.to == \"desk@isp.example\" and .state == \"sent\" and (.subject | contains(\"32.0.0.2\"))).number' | wc -l" '^6$'
python3 - "$BOX"/cust/new/* <<-'EOT' || fail "what was sent together is not what was meant"
	import email, email.policy, json, sys
	m = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.default)
	assert m["Auto-Submitted"] == "auto-generated" and m["To"] == "desk@isp.example", m.items()
	parts = list(m.iter_parts())
	docs = [json.loads(p.get_payload(decode=True)) for p in parts[1:]]
	assert [p.get_filename() for p in parts[1:]] == ["xarf.json"] + ["xarf-%d.json" % i for i in range(2, 7)], parts
	assert {d["source_identifier"] for d in docs} == {"32.0.0.2%d" % i for i in range(6)}, docs
	text = parts[0].get_content()
	assert "received 6 reports" in text and "32.0.0.25, login-attacker" in text, text
	for d in docs:
	    assert d["reporter"]["contact"] == "abuse@x.example" and d["lymph"]["via"] == ["node.example"], d
	    assert d["xarf_version"].startswith("4.") and len(d["evidence"]) == 1, d
	import base64
	told = [text, str(m.items())] + [json.dumps(d) for d in docs] + \
	    [base64.b64decode(d["evidence"][0]["payload"]).decode() for d in docs]
	assert not any("good.example" in t for t in told), told
	assert any("Message-ID: <1@spam.example>" in t for t in told), told
EOT
rm -f "$BOX"/cust/new/*
# What came through us is not taken again.
jq '.report_id = "00000000-0000-4000-8000-000000000001"' "$T/posted" >"$T/again"
[ "$(in_ node curl -s -o "$T/answer" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$T/again" \
	http://127.0.0.1:8411/v1/reports)" = 422 ] || fail "a loop: $(cat "$T/answer")"
replayed=$("$LYMPH" journal replay --state "$T/state" --json)
grep -q '"identical": *true' <<<"$replayed" || fail "the journal does not replay: $replayed"

# A subscriber gets what is said of his space, once, as a document that names nobody but us.
lymph subscribe add cust --prefix 192.0.2.192/26 --mail desk@isp.example >/dev/null || fail "no subscription"
for i in 200 20; do [ "$(said 192.0.2.$i me@shop.example)" = 202 ] || fail "not taken: $(cat "$T/answer")"; done
want "mails cust" '^1$'
python3 - "$BOX"/cust/new/* <<-'EOT' || fail "what was sent on is not what was meant"
	import email, email.policy, json, sys
	m = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.default)
	assert m["Auto-Submitted"] == "auto-generated", m.items()
	parts = [p.get_content() for p in m.walk() if not p.is_multipart()]
	parts = [p.decode() if isinstance(p, bytes) else str(p) for p in parts]
	doc = [json.loads(p) for p in parts if p.lstrip().startswith("{")][0]
	assert doc["source_identifier"] == "192.0.2.200" and doc["reporter"]["contact"] == "abuse@x.example", doc
	assert doc["lymph"]["via"] == ["node.example"] and "evidence" not in doc, doc
	assert not any("example.org" in p or "shop.example" in p for p in parts + [str(m.items())]), parts
EOT
[ "$(mails cust)" = 1 ] || fail "sent on more than once"

# The other desk takes it as a report of ours, works on it, and does not write back: we are a machine.
stop "$WARDEN"
ONE=$T T=$T/two
mkdir -p "$T" && rm -f "$T/lymphd.log"
NODE_NAME=b.example node_conf <<-EOT
	prefix "203.0.113.0/24" { kind = "residential" }
	outgoing = "on"
	intake { maildir = "$BOX/abuse" authserv-id = "mx.b.example" domains = { "b.example" } }
	mail { relay = "127.0.0.1:25" from = "abuse@b.example" }
EOT
start
node_serves 1
for f in "$BOX"/b/new/*; do
	{
		echo "Received: from mx.x.example by mx.b.example with ESMTP; $(date -R)"
		echo "Authentication-Results: mx.b.example; dkim=pass header.d=x.example"
		cat "$f"
	} >"$T/mail"
	lymph intake <"$T/mail" || fail "intake of a referral: $?"
	lymph reporter pin dkim:x.example 0.9 >/dev/null || fail "no pin of the other desk"
done
want "lymph trays case --all --json | jq -r '.mails[].source'" '^dkim:x.example$'
[ "$(db "SELECT count(*) FROM fact WHERE kind = 2")" = 3 ] || fail "three referrals are three reports"
for n in 1 2 3; do lymph case $n close --as fixed >"$T/closed" 2>&1 || fail "no close: $(cat "$T/closed")"; done
sleep 2 # outcomes are looked at all the time
[ "$(outgoing .number | wc -l)" = 0 ] || fail "a desk answers a desk: $(outgoing .subject)"
stop "$WARDEN"
T=$ONE
