#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whose a foreign address is: peers, a file of answers, registries by RDAP over TLS, through redirects, at their
# pace, remembered over a kill -9. Rings of redirects, 10 MB, a slow drip, garbage, a wrong certificate, and
# every way to be led inside end without an answer, without a connection there, and with all roles alive.
. "$(dirname "$0")/lib.sh"
LISTEN=unix:$T/run/reports.sock
need jq openssl python3 sqlite3 ssh-keygen
ns node world
link node 10.9.0.1/24 world 10.9.0.2/24,198.51.100.80/32
route node 198.51.100.80/32 10.9.0.2
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=registries" -addext "subjectAltName=DNS:*.example" \
	-addext "basicConstraints=critical,CA:TRUE" -keyout "$T/key.pem" -out "$T/ca.pem" 2>/dev/null || fail "no certificate"
for a in arin ripe ring big drip garbage inside limit none outwards named-inside nir heads far; do SAN=${SAN:-}${SAN:+,}DNS:$a.example; done
openssl req -newkey rsa:2048 -nodes -subj "/CN=rdap" -keyout "$T/tls.key" -out "$T/tls.csr" 2>/dev/null
openssl x509 -req -in "$T/tls.csr" -CA "$T/ca.pem" -CAkey "$T/key.pem" -CAcreateserial -days 2 -out "$T/tls.pem" \
	-extfile <(echo "subjectAltName=$SAN") 2>/dev/null || fail "no certificate"
bg world python3 "$(dirname "$0")/registries.py" 10.9.0.2 "$T/tls.pem" "$T/tls.key"
LOG=$T/python3.log
# A door inside: nobody must knock.
in_ node python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 8080))
while True:
    s.accept(); print("knocked", flush=True)' >"$T/inside.log" 2>&1 &
PIDS="$PIDS $!"
card() { jq -nc --arg f "$1" --arg l "$2" --arg m "$3" '{ objectClassName: "ip network", startAddress: $f, endAddress: $l,
	name: "FILED", entities: [ { roles: ["abuse"], vcardArray: ["vcard", [["email", {}, "text", $m]]] } ] }'; }
{ card 32.0.0.0 32.0.2.127 file@isp.example && echo "# a comment" && echo "{ no JSON" && card 33.0.0.0 33.0.0.255 other@isp.example; } >"$T/answers"
node_conf <<-EOF
	prefix "192.0.2.0/24" { kind = "residential" }
	rdap {
		bootstrap = {"http://10.9.0.2/boot4.json"}
		cache = "$T/answers"
		mirror = {"10.9.0.0/24"}
		resolvers = {"10.9.0.2"}
		certificates = "$T/ca.pem"
		per-minute = 20
	}
	peer "friend" { prefixes = {"11.77.0.0/16", "44.0.0.0/8"} mail = "desk@friend.example" url = "https://friend.example/v1/reports" }
EOF
want "in_ world ss -ltn" ':443'
node_start LYMPH_INDICATORS_MS=300
node_serves 1
whose() { lymph whose "$1" --json 2>&1; } # address -> JSON, or what it says
asked() { grep -c "^$1" "$LOG"; }
all() { # addresses, asked about at once
	local a pids=
	for a; do whose "$a" >/dev/null & pids="$pids $!"; done
	wait $pids
}

# A registry, through its bootstrap; the rest of the range is known then.
want "whose 11.1.2.3 | jq -c '[.known, .from, .mail, .first, .last, .name]'" \
	'^\[true,"rdap","abuse@isp.example","11.1.0.0","11.1.255.255","Example Org '
never "lymph whose 11.1.2.3" $'\x1b'
want "lymph whose 11.1.2.3" 'abuse@isp.example'
[ "$(whose 11.1.200.9 | jq -r .mail)" = abuse@isp.example ] || fail "the range is not known"
[ "$(asked 'arin.example /registry/ip/')" = 1 ] || fail "asked again: $(cat "$LOG")"
# Redirected to another registry; a link deeper; what is not there.
want "whose 31.5.6.7 | jq -r .mail" '^abuse@31-5-6-7.example$'
want "whose 26.1.2.3 | jq -r .mail" '^abuse@nir.example$'
want "whose 18.1.2.3 | jq -c .known" '^false$'
want "whose 99.1.2.3 | jq -c .known" '^false$'
# Peers come first; the file before any question; own and private addresses are nobody's.
[ "$(whose 11.77.1.1 | jq -c '[.from, .peer, .mail]')" = '["peer","friend","desk@friend.example"]' ] ||
	fail "no peer: $(whose 11.77.1.1)"
[ "$(whose 32.0.2.100 | jq -c '[.from, .mail]')" = '["file","file@isp.example"]' ] || fail "no file: $(whose 32.0.2.100)"
whose 192.0.2.1 | grep -q 'own address' || fail "own: $(whose 192.0.2.1)"
whose 10.9.0.2 | grep -q 'no registry knows' || fail "private: $(whose 10.9.0.2)"
[ "$(asked 'arin.example /registry/ip/11.77')" = 0 ] || fail "asked about a peer's"
want "status .whose.file_bad" '^1$'
card 34.0.0.0 34.255.255.255 new@isp.example >>"$T/answers"
want "status .whose.file_rows" '^4$'
[ "$(whose 34.1.1.1 | jq -r .mail)" = new@isp.example ] || fail "no new line: $(whose 34.1.1.1)"

# What is hostile. Each ends as "nobody", and shows how.
crew=$(roles | sort)
hostile='12.1.1.1 13.1.1.1 14.1.1.1 15.0.1.1 21.1.1.1 24.1.1.1 19.1.1.1 16.0.1.1 27.1.1.1 28.1.1.1'
all $hostile
for a in $hostile; do
	want "whose $a | jq -c .known" '^false$'
done
for end in large slow no_trust forbidden; do want "status '.whose.fetched.$end > 0'" '^true$'; done
want "status '.whose.bad > 0'" '^true$'
all 15.{1..5}.1.1 # its server has a pause by now, or not: both are fine
all 16.{1..6}.1.1
[ "$(asked 'ring.example')" -le 6 ] || fail "round and round: $(asked ring.example)"
[ "$(asked '198.51.100.80')" = 0 ] || fail "plain HTTP to a stranger"
[ "$(roles | sort)" = "$crew" ] || fail "a role died: $(grep died "$T/lymphd.log")"
[ ! -s "$T/inside.log" ] || fail "somebody was led inside: $(cat "$T/inside.log")"
never "cat $T/lymphd.log" 'not promised'
# A role that dies is asked anew once it is back.
kill -9 "$(role fetch)" "$(role hear-feed)"
want "whose 26.9.1.1 | jq -r .mail" '^abuse@nir.example$'
# "Later" is heeded: one question, then silence for the hour it wants.
all 17.1.1.1
all 17.2.1.1
[ "$(asked limit.example)" = 1 ] || fail "asked again in spite of 429: $(asked limit.example)"
# A flood of questions about one registry: at most its share.
before=$(asked ripe.example)
all 31.{100..139}.1.1
asked=$(($(asked ripe.example) - before))
[ $asked -gt 5 ] && [ $asked -le 24 ] || fail "a registry was asked $asked times"
want "status '.whose.limited > 0'" '^true$'

# Who is proven and reports to the wrong network hears whose it is; who is not does not.
export HOME=$T/home TZ=UTC
mkdir -p "$HOME/.config/lymph"
printf 'org = "Shop"\ncontact = "abuse@shop.example"\ndomain = "shop.example"\nserver = "unix:%s"\n' "$T/run/reports.sock" \
	>"$HOME/.config/lymph/report.conf"
for i in 1 2 3; do
	echo "11.1.2.3 - - [$(date -u +%d/%b/%Y:%H:%M:%S) +0000] \"GET /$i HTTP/1.1\" 200 6 \"-\" \"x\""
done >"$T/access"
ssh-keygen -qt ed25519 -N '' -f "$T/key"
accuse() { "$LYMPH" report --open-proxy 11.1.2.3 --sign "$T/key" <"$T/access" 2>&1; }
accuse >"$T/said" && fail "taken: $(cat "$T/said")"
grep -q '(421)' "$T/said" || fail "no reason: $(cat "$T/said")"
grep -q isp.example "$T/said" && fail "a stranger is told: $(cat "$T/said")"
lymph reporter add "$T/key.pub" --name partner --pin 0.9 >/dev/null || fail "no pin"
accuse >"$T/said" && fail "taken: $(cat "$T/said")"
grep -q 'answers for the address: abuse@isp.example' "$T/said" || fail "not told: $(cat "$T/said")"

# Remembered over a kill -9. (Of the flood above some may still wait for their turn.)
about='arin.example [^ ]*/11\.1\.'
before=$(asked "$about")
[ "$before" -ge 1 ] || fail "never asked"
node_kill
node_start
node_serves 2
[ "$(whose 11.1.77.7 | jq -r .mail)" = abuse@isp.example ] || fail "forgotten: $(whose 11.1.77.7)"
[ "$(asked "$about")" = "$before" ] || fail "asked again after a restart"
stop "$WARDEN"

# With the file alone nobody connects anywhere.
sed -i '/bootstrap/d' "$T/lymphd.conf"
: >"$LOG"
node_start
node_serves 3
want "whose 33.0.0.7 | jq -r .mail" '^other@isp.example$'
[ "$(whose 11.250.0.1 | jq -c .known)" = false ] || fail "known? $(whose 11.250.0.1)"
! role fetch >/dev/null || fail "fetch runs, with nobody to ask"
[ ! -s "$LOG" ] || fail "somebody was asked: $(cat "$LOG")"
