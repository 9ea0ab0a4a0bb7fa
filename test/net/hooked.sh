#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The hook behind the real judge: told of every order given and taken back, in order, with JSON that
# parses whatever stands in the configuration; a killed hook or judge makes a call come twice, never
# not at all; panic takes all back.
. "$(dirname "$0")/lib.sh"
need jq /usr/bin/python3 setpriv
ns node
conscience "mode enforce"
{ people_conf && cat; } <<-EOF | node_conf
	hook = "$T/hook"
	hand { actuator = "dry" }
	metrics = "127.0.0.1:9411"
	appeal = "\"';\$(reboot) <b> \\\\ desk"
	prefix "198.18.0.0/15" { kind = "residential" }
	prefix "198.18.0.49/32" { kind = "residential" line = "C-1001" party = "'; rm -rf / #" }
EOF
cat >"$T/hook" <<-'EOF'
	#!/bin/sh
	{ printf '%s ' "$@"; cat; echo; } >>said
EOF
chmod 755 "$T/hook"
inject() { # from, count, mode
	/usr/bin/python3 -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(50)
s.connect(sys.argv[1])
s.sendall(json.dumps({"cmd": "inject", "args": {"prefix": "198.18.0.0/15", "from": int(sys.argv[2]),
    "count": int(sys.argv[3]), "mode": sys.argv[4]}}).encode() + b"\n")
print(s.makefile().readline())' "$T/run/control.sock" "$@"
}
said=$T/run/hook/said
told() { # action: targets told, each once, sorted
	awk -v a="$1" '$4 == a { print $1, $3 }' "$said" | sort -u
}
standing() { lymph orders --json --limit 1000 | jq -r '.orders[] | select(.rung | IN("ticket", "notify", "filter", "quarantine")) |
	select(.state | IN("would", "asked") | not) | "\(.target) \(.rung)"' | sort -u; }

node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
[[ "$(inject 1 2 verify)" == *'"done":2'* ]] || skip "a build without test hooks"
[ ! -e "$said" ] || fail "told in observe: $(cat "$said")"
enforce
inject 10 40 verify >/dev/null
want "cut -d' ' -f1-4 $said" '^198\.18\.0\.49/32 towards filter put'
cut -d' ' -f5- "$said" | jq -e 'select(.order > 0 and (.target | test("^198")) and .class)' >"$T/parsed" || fail "no JSON"
[ "$(jq -s length "$T/parsed")" = "$(wc -l <"$said")" ] || fail "not every call had its JSON"
jq -e 'select(.line == "C-1001")' "$T/parsed" >/dev/null || fail "no line"
[ "$(cut -d' ' -f5- "$said" | jq -r .appeal | sort -u)" = "\"';\$(reboot) <b> \\ desk" ] || fail "the text did not come through"
[ "$(cut -d' ' -f5- "$said" | jq -s 'map(.order) | . == sort')" = true ] || fail "not in order"

# Killed at random while orders come and go.
inject 100 60 verify >/dev/null
for i in 1 2 3 4 5; do
	kill -9 "$(role hook)" 2>/dev/null
	inject $((100 + i * 5)) 5 drop >/dev/null
	sleep 0.3
done
kill -9 "$(role judge)"
want "lymph status --json | jq -r .mode.mode" '^enforce$'
want "in_ node curl -s http://127.0.0.1:9411/metrics" '^lymph_hook_outbox 0$'
want "told put | grep -c filter" '^1[0-9][0-9]$'
for i in $(seq 105 129); do told drop | grep -q "^198\.18\.0\.$i/32 filter" || fail "no drop of .$i"; done
for i in $(seq 130 150); do told drop | grep -q "^198\.18\.0\.$i/32 filter" && fail "a drop of .$i"; done

# Panic: what this life of the hook put is taken back.
stop "$WARDEN"
rm -f "$T/lymphd.log"
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
want "lymph status --json | jq -r .mode.mode" '^enforce$'
inject 200 5 verify >/dev/null
want "cut -d' ' -f1-4 $said" '^198\.18\.0\.204/32 towards filter put'
as noc lymph panic --reason "a test" >/dev/null || fail "panic"
for i in 200 201 202 203 204; do want "cut -d' ' -f1-4 $said" "^198\.18\.0\.$i/32 towards filter drop"; done
lines=$(wc -l <"$said")
inject 300 5 verify >/dev/null
sleep 1
[ "$(wc -l <"$said")" = "$lines" ] || fail "told in panic: $(tail -1 "$said")"
