#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a reporter hears, through a real nginx with the shipped configuration: a token with the receipt, the
# outcome for it, signed by the server; one 404 for all else. And what each may send: a network's share goes
# by the address nginx saw, whatever the client writes; the unsigned have a share of the disk of their own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/front.sh"
need curl jq ssh-keygen base64 sqlite3
ns node out
link node 10.9.0.1/24,10.9.1.1/24 out 10.9.0.2/24,10.9.1.2/24
LISTEN=unix:$FRONT/reports.sock
node_conf <<-EOF2
	prefix "192.0.2.0/24" { kind = "residential" }
	intake { reports-per-network = 60 reports-per-key = 30 disk = 167772160 }
EOF2
node_start LYMPH_REPLY_MS=300
node_serves 1

front abuse.example.net 10.9.0.1
URL=https://10.9.0.1
ask() { in_ out curl -s --cacert "$T/tls.pem" -m 60 "$@"; } # from 10.9.0.2, unless --interface
want "ask $URL/v1/" '"name":"node.example"'
[ "$(ask -o /dev/null -w '%{http_code}' $URL/)" = 404 ] || fail "more than /v1/ is to be had"

report() { # id, KiB of evidence -> a good report
	head -c "$((${2:-1} * 768))" /dev/zero | tr '\0' x | base64 -w0 >"$T/evidence"
	jq -n --arg id "$1" --arg now "$(date -u +%FT%TZ)" --rawfile log "$T/evidence" '
	{ org: "Example", contact: "abuse@example.org", domain: "example.org" } as $p |
	{ xarf_version: "4.2.0", report_id: $id, timestamp: $now, reporter: $p, sender: $p,
	  source_identifier: "192.0.2.1", category: "vulnerability", type: "open_service",
	  service: "open-proxy", service_port: 3128,
	  lymph: { reply_to: "abuse@shop.example" },
	  evidence: [ { content_type: "text/plain", payload: $log } ] }'
}
sign() { # file, key -> header value
	rm -f "$1.sig"
	ssh-keygen -q -Y sign -n lymph-report -f "$2" "$1" 2>/dev/null
	grep -v -- ----- "$1.sig" | tr -d '\n'
}
post() { # file, curl arguments -> status; the answer in $T/answer, its head in $T/head
	local f=$1 && shift
	ask -o "$T/answer" -D "$T/head" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$f" "$@" \
		$URL/v1/reports
}
is() { [ "$1" = "$2" ] || fail "$3: $1, not $2: $(cat "$T/answer" 2>/dev/null)"; }

# A token with the receipt, the same for the same report.
ssh-keygen -q -t ed25519 -N '' -C me -f "$T/key"
id=$(uuid)
report "$id" >"$T/r"
sig=$(sign "$T/r" "$T/key")
is "$(post "$T/r" -H "Lymph-Signature: $sig")" 202 "signed"
token=$(jq -r .token "$T/answer")
[[ $token =~ ^[A-Za-z0-9_-]{32}$ ]] || fail "no token: $(cat "$T/answer")"
post "$T/r" -H "Lymph-Signature: $sig" >/dev/null
is "$(jq -r .token "$T/answer")" "$token" "the same report again"
grep -aq "$token" "$T"/state/lymph.db* && fail "the token is in the database"
[ "$(stat -c %a "$T/state/outcome.key")" = 600 ] || fail "the key is open to others"

# The outcome, signed. Of an unknown key: received, by the day.
outcome() { # id, token -> status; the answer in $T/told, its head in $T/told.head
	ask -o "$T/told" -D "$T/told.head" -w '%{http_code}' -H "Authorization: Bearer $2" $URL/v1/reports/"$1"
}
is "$(outcome "$id" "$token")" 200 "its outcome"
is "$(jq -r '.id + " " + .outcome + " " + .server' "$T/told")" "$id received node.example" "unknown key"
is "$(jq -r .since "$T/told")" "$(date -u +%F)T00:00:00Z" "by the day"
ask $URL/v1/key | sed "s/^/node.example /" >"$T/signers"
grep -q 'ssh-ed25519 AAAA' "$T/signers" || fail "no key: $(cat "$T/signers")"
lymph status --json | jq -r .outcome_key | grep -q 'ssh-ed25519 AAAA' || fail "status does not say the key"
{
	echo "-----BEGIN SSH SIGNATURE-----"
	tr -d '\r' <"$T/told.head" | sed -n 's/^[Ll]ymph-[Ss]ignature: //p' | fold -w 70
	echo "-----END SSH SIGNATURE-----"
} >"$T/told.sig"
ssh-keygen -Y verify -f "$T/signers" -I node.example -n lymph-outcome -s "$T/told.sig" <"$T/told" >"$T/verify.log" 2>&1 ||
	fail "the outcome is not signed: $(cat "$T/verify.log")"
# To whom the operator trusts, what happened.
lymph reporter add "$T/key.pub" --name partner --pin 0.9 >/dev/null || fail "no pin"
is "$(outcome "$id" "$token") $(jq -r .outcome "$T/told")" "200 accepted" "a proven key"
report "$(uuid)" >"$T/r2"
is "$(post "$T/r2" -H "Lymph-Signature: $(sign "$T/r2" "$T/key")")" 202 "one who wants to hear by mail"
lymph case 1 close --as fixed >"$T/closed" 2>&1 || fail "no close: $(cat "$T/closed")"
is "$(outcome "$id" "$token") $(jq -r .outcome "$T/told")" "200 fixed" "a proven key, closed"
want "lymph outgoing --json | jq -r '.switch, (.outgoing[] | .to + \" \" + .subject)'" '^abuse@shop.example Outcome.*: fixed$'

# One 404 for whatever is not yours, 401 without a token.
outcome "$(uuid)" "$token" >"$T/code" && cp "$T/told" "$T/unknown"
is "$(cat "$T/code")" 404 "an unknown id"
last=_ && [ "${token: -1}" != _ ] || last=A # another than it has
for wrong in "${token%?}$last" AAAA "$token"AAAA '%%' "$(head -c 24 /dev/zero | base64 -w0)"; do
	is "$(outcome "$id" "$wrong")" 404 "token $wrong"
	cmp -s "$T/told" "$T/unknown" || fail "a wrong token is told from an unknown id"
done
is "$(outcome no-uuid "$token")" 404 "no id"
is "$(ask -o "$T/told" -D "$T/told.head" -w '%{http_code}' $URL/v1/reports/"$id")" 401 "no token"
grep -qi '^WWW-Authenticate: Bearer' "$T/told.head" || fail "401 without a challenge"

# The client keeps the token and asks by itself.
export HOME=$T/home TZ=UTC
echo "192.0.2.1 - - [$(date -u +%d/%b/%Y:%H:%M:%S) +0000] \"GET /1 HTTP/1.1\" 200 6 \"-\" \"x\"" >"$T/access"
client() { "$LYMPH" report "$@" <"$T/access" >"$T/said" 2>"$T/said.err"; }
client --open-proxy 192.0.2.1 --to "unix:$FRONT/reports.sock" || fail "not sent: $(cat "$T/said.err")"
client --status || fail "no status: $(cat "$T/said" "$T/said.err")"
grep -q 'open proxy 192.0.2.1 *received' "$T/said" || fail "not told: $(cat "$T/said")"
client --status --json || fail "no status as JSON"
mine=$(jq -r '.reports[0].id' "$T/said")
is "$(jq -r '.reports[0].outcome' "$T/said")" received "the client's own"
client --status "$mine" || fail "not by id"
client --status "$id" && fail "told about a report it never sent"
sed -i 's/ ssh-ed25519 .*/ '"$(cut -d' ' -f1,2 "$T/key.pub" | sed 's|/|\\/|g')"'/' "$HOME/.local/state/lymph/servers"
client --status && fail "another's signature is taken"
grep -q 'another key' "$T/said" || fail "the reason is not said: $(cat "$T/said")"

# The judge dies with a question in hand: asked again when it is back.
pkill -STOP -P "$WARDEN" -f -- '--role judge'
ask -o "$T/told" -w '%{http_code}' --trace-ascii "$T/asking" -H "Authorization: Bearer $token" $URL/v1/reports/"$id" >"$T/code" &
asking=$!
want "cat $T/asking" "GET /v1/reports/$id"
kill -9 "$(role judge)"
wait $asking
is "$(cat "$T/code")" 200 "asked across the judge's death"

# A network's share: what nginx saw counts. 10.9.1.2 writes a new address into each request, and all count.
flood() { # n, curl arguments -> lines of statuses
	local i n=$1 && shift
	for i in $(seq "$n"); do
		report "$(uuid)" >"$T/f"
		post "$T/f" -H "X-Forwarded-For: 203.0.113.$i" "$@"
		echo
	done
}
flood 70 --interface 10.9.1.2 >"$T/codes"
[ "$(grep -c 202 "$T/codes")" = 60 ] || fail "not 60 taken: $(sort "$T/codes" | uniq -c)"
grep -qi '^Retry-After: [0-9]' "$T/head" || fail "429 without Retry-After: $(cat "$T/head")"
is "$(jq -r '.type + " " + .rule' "$T/answer")" \
	"urn:lymph:problem:quota lymph: at most 60 reports an hour from one network (/24, IPv6 /48)" "the rule"
report "$(uuid)" >"$T/f"
is "$(post "$T/f")" 202 "another network"

# ... and the journal has the address nginx saw (10.9.1.2), not those the client wrote (203.0.113.0/24).
facts 2 >"$T/facts"
[ "$(grep -ci 0a090102 "$T/facts")" = 60 ] || fail "not by the address nginx saw: $(grep -ci 0a090102 "$T/facts")"
! grep -qi cb0071 "$T/facts" || fail "what the client wrote is in the journal"

# A key's share, through the socket alone: without X-Forwarded-For there is no network.
direct() {
	local f=$1 && shift
	curl -s -m 60 -o "$T/answer" -D "$T/head" -w '%{http_code}\n' -H 'Content-Type: application/json' --data-binary "@$f" \
		--unix-socket "$FRONT/reports.sock" "$@" http://node/v1/reports
}
ssh-keygen -q -t ed25519 -N '' -C b -f "$T/keyb"
for i in $(seq 35); do
	report "$(uuid)" >"$T/f"
	direct "$T/f" -H "Lymph-Signature: $(sign "$T/f" "$T/keyb")"
done >"$T/codes"
[ "$(grep -c 202 "$T/codes")" = 30 ] || fail "not 30 taken: $(sort "$T/codes" | uniq -c)"
is "$(jq -r .rule "$T/answer")" "lymph: at most 30 reports an hour from one key" "the rule"

# Unsigned reports of 5 MB, eight at a time: refused when their tenth of the disk is full; meanwhile every
# signed report is taken. 160 MiB: their tenth is 16 MiB, three of these.
for i in 1 2 3 4 5 6 7 8; do report "$(uuid)" 5120 >"$T/big.$i"; done
flooding=
for i in 1 2 3 4 5 6 7 8; do
	for _ in $(seq 6); do
		sed -i "s/\"report_id\": \"[^\"]*\"/\"report_id\": \"$(uuid)\"/" "$T/big.$i"
		curl -s -m 60 -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' \
			--data-binary "@$T/big.$i" --unix-socket "$FRONT/reports.sock" http://node/v1/reports
	done >>"$T/codes.$i" &
	flooding="$flooding $!"
done
ssh-keygen -q -t ed25519 -N '' -C c -f "$T/keyc"
for i in $(seq 25); do
	report "$(uuid)" >"$T/f"
	is "$(direct "$T/f" -H "Lymph-Signature: $(sign "$T/f" "$T/keyc")")" 202 "signed, in the flood"
done
wait $flooding
cat "$T"/codes.* >"$T/codes"
grep -q 429 "$T/codes" || fail "nobody was told to stop: $(sort "$T/codes" | uniq -c)"
used=$(db "SELECT sum(b.len) FROM body b JOIN fact f ON f.seq = b.seq WHERE b.len > 1000000")
[ "$used" -gt 5000000 ] && [ "$used" -le 16777216 ] || fail "the unsigned took $used bytes"
report "$(uuid)" 5120 >"$T/f"
is "$(direct "$T/f")" 429 "unsigned, full"
grep -q '10 % of the disk' "$T/answer" || fail "the rule is not named: $(cat "$T/answer")"
ssh-keygen -q -t ed25519 -N '' -C d -f "$T/keyd" # of a key that has its hour's share yet
is "$(direct "$T/f" -H "Lymph-Signature: $(sign "$T/f" "$T/keyd")")" 202 "signed, as large"
# Restarted, it still knows.
stop "$WARDEN"
node_start
want "curl -s --unix-socket $FRONT/reports.sock http://node/v1/" node.example
report "$(uuid)" 5120 >"$T/f"
want "direct $T/f -o $T/answer" '^(429|507)$'
is "$(outcome "$id" "$token")" 200 "the token, after a restart"
stop "$WARDEN"
$LYMPH journal replay --state "$T/state" >"$T/replay.log" || fail "replay differs: $(cat "$T/replay.log")"
