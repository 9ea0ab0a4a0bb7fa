#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whoever is forgotten on a real node is nowhere on its disk: held, exported, forgotten by whom it takes,
# over a kill in the middle; the audit names nobody, and the journal can be replayed from there on.
. "$(dirname "$0")/lib.sh"
need jq python3
LISTEN=unix:$T/run/reports.sock
{ people_conf && echo 'prefix "192.0.2.0/24" { kind = "residential" }'; } | node_conf
ns node
node_start
node_serves 1
export HOME=$T/home TZ=UTC
mkdir -p "$HOME/.config/lymph"
printf 'org = "Shop"\ncontact = "abuse@shop.example"\ndomain = "shop.example"\nserver = "unix:%s"\naudience = "node.example"\n' \
	"$T/run/reports.sock" >"$HOME/.config/lymph/report.conf"
report() { # of address, N times
	for i in $(seq "$2"); do
		echo "$1 - - [$(date -u +%d/%b/%Y:%H:%M:%S) +0000] \"GET /secret-of-$1/$i HTTP/1.1\" 200 6 \"-\" \"x\"" |
			"$LYMPH" report --open-proxy "$1" --port 3128 >"$T/out" 2>&1 || fail "report: $(cat "$T/out")"
	done
}
report 192.0.2.7 3
report 192.0.2.8 2
"$LYMPH" journal replay --state "$T/state" --json >"$T/before" || fail "replay: $(cat "$T/before")"
[ "$(jq -r '.missing, .begun_behind' "$T/before" | xargs)" = "0 null" ] || fail "nothing is forgotten yet"

# exports: only for who may, XARF as it came, no name with pseudonyms
case=$(lymph cases --json | jq '.cases[] | select(.subject | startswith("192.0.2.7")) | .case')
as viewer lymph export "$case" --format xarf >"$T/x" 2>&1 && fail "a viewer exports"
as desk lymph export "$case" --format xarf >"$T/x" 2>"$T/err" || fail "export: $(cat "$T/err")"
[ "$(jq -r .source_identifier "$T/x" | sort -u) $(wc -l <"$T/x")" = "192.0.2.7 3" ] || fail "export: $(cat "$T/x")"
jq -r '.evidence[].payload' "$T/x" | base64 -d | grep -q secret-of-192.0.2.7/ || fail "no evidence in the export"
# What is in base64 (a payload, a part of a mail) is looked into.
naming() {
	python3 - "$1" <<-'PY'
		import base64, re, sys
		text = open(sys.argv[1], "rb").read()
		for run in re.findall(rb"[A-Za-z0-9+/\r\n]{16,}={0,2}", text):
		    run = re.sub(rb"[\r\n=]", b"", run)
		    for at in range(4):  # wherever it begins
		        part = run[at:len(run) - (len(run) - at) % 4]
		        text += b"\n" + base64.b64decode(part)
		sys.exit(re.search(rb"192\.0\.2\.|secret|shop\.example", text) is None)
	PY
}
for form in xarf arf csv; do
	as desk lymph export --all --format $form >"$T/x" 2>"$T/err" || fail "$form: $(cat "$T/err")"
	naming "$T/x" || fail "the test is blind for $form"
	as privacy lymph export --all --format $form --pseudonyms >"$T/x" 2>"$T/err" || fail "$form: $(cat "$T/err")"
	grep -q "^5 reports" "$T/err" || fail "$form: $(cat "$T/err")"
	naming "$T/x" && fail "$form names somebody"
done

# a hold stands against everything
as desk lymph hold add "$case" --reason "court 7 O 12" >"$T/out" 2>&1 && fail "the desk holds"
as admin lymph hold add "$case" --reason "court 7 O 12" >"$T/out" 2>&1 || fail "hold: $(cat "$T/out")"
hold=$(as viewer lymph hold list --json | jq '.holds[0].hold')
as privacy lymph forget 192.0.2.7 --reason "art 17" >"$T/out" 2>&1 && fail "forgotten under a hold"
grep -q "hold $hold stands" "$T/out" || fail "why: $(cat "$T/out")"
as admin lymph hold drop "$hold" --reason "over" >/dev/null || fail "drop"

# two admins; killed in the middle
as privacy lymph forget 192.0.2.7 --dry-run >"$T/out" && grep -q '1 case' "$T/out" || fail "dry run: $(cat "$T/out")"
as noc lymph forget 192.0.2.7 --reason "art 17" >"$T/out" 2>&1 && fail "the NOC forgets"
as admin lymph forget 192.0.2.7 --reason "art 17" >"$T/out" || fail "forget: $(cat "$T/out")"
id=$(grep -o -- '--approve f[0-9]*' "$T/out" | cut -d' ' -f2)
as admin lymph forget --approve "$id" >"$T/out" 2>&1 && fail "one person is two"
as admin2 lymph forget --approve "$id" >"$T/out" 2>&1 || fail "approve: $(cat "$T/out")"
kill -9 "$(role judge)"
want 'status .keep.forgetting' '^0$'
want "lymph status" 'shredded'
python3 - "$T/state" <<'PY' || fail "something is left"
import os, sys
bad = [f for r, _, fs in os.walk(sys.argv[1]) for f in fs for b in [open(os.path.join(r, f), 'rb').read()]
       if bytes([4, 192, 0, 2, 7]) in b or b'secret-of' in b or b'192.0.2.7' in b]
print(bad)
sys.exit(bool(bad))
PY
grep -q '"forget"' "$T/warden/audit.jsonl" || fail "not in the audit: $(tail -3 "$T/warden/audit.jsonl")"
grep -q '192\.0\.2\.7' "$T/warden/audit.jsonl" && fail "the audit names who was forgotten"

# it goes on, also for who was forgotten
report 192.0.2.7 1
report 192.0.2.8 1
"$LYMPH" journal replay --state "$T/state" --json >"$T/after" || fail "replay: $(cat "$T/after")"
jq -e '.identical and .missing >= 4 and .begun_behind > 0' "$T/after" >/dev/null || fail "replay: $(cat "$T/after")"
want "status .keep.facts_shredded" '^[4-9]$'

# a reporter, of whom a hold keeps something: the rest of it waits, over a kill, and goes when the hold ends
reports() {
	as desk lymph export --all --format csv 2>/dev/null | grep -c "$1"
}
[ "$(reports 192.0.2.8) $(reports 192.0.2.7)" = "3 1" ] || fail "the test is blind: $(reports 192.0.2.8)"
case=$(lymph cases --json | jq '.cases[] | select(.subject | startswith("192.0.2.8")) | .case')
as admin lymph hold add "$case" --reason "court 7 O 13" >/dev/null || fail "hold"
hold=$(as viewer lymph hold list --json | jq '.holds[0].hold')
who=$(lymph reporters --json | jq -r '[.reporters[] | select(.reports > 0)][0].key')
as privacy lymph forget "$who" --reason "art 17 again" >"$T/out" 2>&1 || fail "forget $who: $(cat "$T/out")"
want 'status .keep.forgetting_waits' '^1$'
want 'status .keep.forgetting' '^0$'
[ "$(reports 192.0.2.8) $(reports 192.0.2.7)" = "3 0" ] || fail "held: $(reports 192.0.2.8), $(reports 192.0.2.7)"
as desk lymph forget --list >"$T/out" 2>&1 && fail "the desk sees who is to be forgotten"
as privacy lymph forget --list | grep -q "waits for hold $hold$" || fail "list: $(as privacy lymph forget --list 2>&1)"
lymph status | grep -q 'they keep something' || fail "status: $(lymph status)"
kill -9 "$(role judge)"
want 'status .keep.forgetting_waits' '^1$'
[ "$(reports 192.0.2.8)" = 3 ] || fail "lost over a kill"
as admin lymph hold drop "$hold" --reason "over" >/dev/null || fail "drop"
want 'status .keep.forgetting_waits' '^0$'
want 'status .keep.forgetting' '^0$'
want "reports 192.0.2.8" '^0$'
want "as privacy lymph forget --list" '^no forgetting'
want "grep -c forget-done $T/warden/audit.jsonl" '^1$'
"$LYMPH" journal replay --state "$T/state" --json >"$T/after" || fail "replay: $(cat "$T/after")"
jq -e '.identical and .missing >= 8' "$T/after" >/dev/null || fail "replay: $(cat "$T/after")"
echo ok
