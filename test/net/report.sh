#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lymph report against the real node: accepted with a reference, refused with the server's words, kept
# while the node is down, and one report however often the client is killed and tries again.
. "$(dirname "$0")/lib.sh"
need jq ssh-keygen
LISTEN=unix:$T/run/reports.sock
node_conf <<-EOF
	prefix "192.0.2.0/24" { kind = "residential" }
EOF
ns node
node_start
node_serves 1
export HOME=$T/home TZ=UTC
Q=$HOME/.local/state/lymph/queue
CONF=$HOME/.config/lymph/report.conf
mkdir -p "${CONF%/*}"
printf 'org = "Shop"\ncontact = "abuse@shop.example"\ndomain = "shop.example"\nserver = "unix:%s"\naudience = "node.example"\n' \
	"$T/run/reports.sock" >"$CONF"
for i in 1 2 3; do
	echo "192.0.2.1 - - [$(date -u +%d/%b/%Y:%H:%M:%S) +0000] \"GET /$i HTTP/1.1\" 200 6 \"-\" \"x\""
done >"$T/access"
report() { "$LYMPH" report "$@" <"$T/access" >"$T/out" 2>"$T/err"; RC=$?; }
is() { [ "$1" = "$2" ] || fail "$3: $1, not $2: $(cat "$T/out" "$T/err")"; }
left() { find "$Q" -maxdepth 1 -name '*.report' | wc -l; }

report --open-proxy 192.0.2.1 --port 3128
is "$RC $(left)" "0 0" "accepted"
grep -qE '^accepted, reference L-[0-9]{6}$' "$T/out" || fail "no reference: $(cat "$T/out")"
ssh-keygen -qt ed25519 -N '' -f "$T/other"
report --open-proxy 192.0.2.1 --sign "$T/other" --json
is "$RC $(jq -r .status "$T/out")" "0 accepted" "a key of ssh-keygen"

# killed after the server answered: the same report again gets the same reference
LYMPH_TEST_STOP=sent report --open-proxy 192.0.2.1
is "$RC $(left)" "137 1" "killed after sending"
cp "$Q"/*.report "$T/kept"
report --flush --json
is "$RC $(left)" "0 0" "sent again"
first=$(jq -r '.older[0].reference' "$T/out")
cp "$T/kept" "$Q/1-again.report"
report --flush --json
is "$(jq -r '.older[0].reference' "$T/out")" "$first" "counted once"

# the same id with other bytes; an address that is not theirs; another server's report
sed 's/Shop/Chop/' "$T/kept" >"$Q/1-forged.report"
report --flush
is "$RC $(left)" "5 0" "a forged entry"
sed -i 's/192\.0\.2\.1/198.51.100.1/' "$T/access"
report --open-proxy 198.51.100.1
is "$RC" 5 "not theirs"
grep -q '(421)' "$T/err" || fail "no reason: $(cat "$T/err")"
sed -i 's/198\.51\.100\.1/192.0.2.1/' "$T/access"
sed -i 's/node.example/else.example/' "$CONF"
report --open-proxy 192.0.2.1
is "$RC" 5 "meant for another server"
grep -q 'lymph.aud' "$T/err" || fail "field not named: $(cat "$T/err")"
sed -i 's/else.example/node.example/' "$CONF"

# the node is down: kept, and accepted when it is back; the kills in between cost nothing
stop "$WARDEN"
for i in $(seq 12); do
	"$LYMPH" report --open-proxy 192.0.2.1 <"$T/access" >/dev/null 2>&1 &
	p=$!
	sleep "0.0$((RANDOM % 4))"
	kill -9 $p 2>/dev/null
	wait $p 2>/dev/null
done
report --open-proxy 192.0.2.1
is "$RC" 4 "nobody there"
kept=$(left)
[ "$kept" -ge 1 ] || fail "not kept"
node_start
node_serves 2
report --flush --json
is "$RC $(left)" "0 0" "all delivered"
is "$(jq '[.older[].reference] | unique | length' "$T/out")" "$kept" "each counted once"
echo ok
