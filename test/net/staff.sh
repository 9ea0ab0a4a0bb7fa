#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Staff at work on cases and orders: many are counted and shown before anything is done, one command is
# one batch with one undo, many orders take two people, and everybody sees who said what.
. "$(dirname "$0")/lib.sh"
"$LYMPHD" --help >/dev/null 2>&1 || skip "no lymphd"
need jq setpriv python3 script
ns node
conscience "mode enforce" "per-hour filter 10000" "per-hour notify 10000" "longest 30 d"
{ people_conf && cat; } <<-EOF | node_conf
	appeal = "https://access.example/appeal"
	hand { actuator = "dry" reconcile = "1 s" }
	prefix "198.18.0.0/15" { kind = "residential" party = "Example Access" }
EOF
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
declare -F inject >/dev/null || inject() {
	in_ node python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
print(s.makefile().read())' "$T/run/control.sock" \
		'{"cmd":"inject","args":{"prefix":"198.18.0.0/15","mode":"verify","count":'"$1"'}}'
}
inject 30 >/dev/null || fail "nothing to work on"
cases() { lymph cases --limit 1000 --json | jq -r "[.cases[] | select($1)] | length"; }
said() { grep -qE -- "$1" "$T/said" || fail "no \"$1\" in: $(cat "$T/said")"; }
does() { # status WHO words...
	local want=$1 who=$2 got
	shift 2
	as "$who" lymph "$@" >"$T/said" 2>&1
	got=$?
	[ $got = "$want" ] || fail "$who: lymph $*: status $got, not $want: $(cat "$T/said")"
}
[ "$(cases true)" = 30 ] || fail "not 30 cases"

# One: done at once. Who may not, does not, and reads what it takes.
does 1 viewer case 1 close --as accepted
said 'staff role desk'
does 0 desk case 1 close --as accepted --reason "their own honeypot"
said 'done: 1 case closed \(batch [0-9]+\); undo with: lymph undo batch [0-9]+'
does 1 desk case 1 close --as accepted
said 'left out: 1, it is closed already'
# Many: without a terminal and without --yes it is shown, and nothing is done.
does 3 desk case 2 3 4 snooze 3d
said '^snooze 3 cases:'
said '198\.18\.0\.2:3128'
said 'Nothing was done'
[ "$(cases '.snoozed != null')" = 0 ] || fail "a preview did something"
does 0 desk case 2 3 4 snooze 3d --yes
said 'done: 3 cases snoozed'
[ "$(cases '.snoozed != null')" = 3 ] || fail "not 3 snoozed"
# A person at a terminal is asked; anything but yes is no.
answers() { # answer, words...: as desk on a terminal
	local answer=$1
	shift
	[ -e "$T/lymph" ] || cp "$LYMPH" "$T/lymph"
	printf '%s\n' "$answer" | setpriv --reuid 64922 --regid 64920 --groups 64912 \
		script -qec "$T/lymph $* --socket $T/run/control.sock" /dev/null >"$T/said" 2>&1
}
answers n case --filter snoozed=yes snooze off
said 'Do it\? y/N'
said 'Nothing was done'
[ "$(cases '.snoozed != null')" = 3 ] || fail "no was taken for yes"
answers y case --filter snoozed=yes snooze off
[ "$(cases '.snoozed != null')" = 0 ] || fail "yes was not heard: $(cat "$T/said")"

# Numbers from other programs; a line that is none, and nothing is done.
printf '5\n6\nseven\n' | as desk lymph case - close --as not-abuse --yes >"$T/said" 2>&1 && fail "took half a list"
said 'line 3: "seven" is no number'
lymph cases --json --limit 1000 | jq '.cases[] | select(.case > 4 and .case < 8).case' |
	as desk lymph case - close --as not-abuse --yes --reason "a mirror" >"$T/said" 2>&1 || fail "$(cat "$T/said")"
said 'done: 3 cases closed'
batch=$(grep -o 'batch [0-9]*$' "$T/said" | grep -o '[0-9]*')
[ "$(cases '.closed_as == "not-abuse"')" = 3 ] || fail "not 3 closed"
does 3 desk undo batch "$batch"
said '^take back 3 acts'
does 0 desk undo batch "$batch" --yes --reason "the wrong list"
[ "$(cases '.closed_as == "not-abuse"')" = 0 ] || fail "the batch was not taken back"

# Notes and names are strangers' text, too; who said what stands in the case.
does 1 desk case 8 note "$(printf 'see \033]0;x\007')"
does 0 desk case 8 note "$(printf 'see \342\200\256ticket 5')"
does 0 desk case 8 assign jo
does 0 noc case 8 merge 9
does 2 desk case 8 9 --filter class=bot note x
lymph case 8 >"$T/said"
said 'assigned +to jo'
said 'merged +into case 9'
said 'uid 64922 noted: see \\u\{202e\}ticket 5'
said 'uid 64923 merged it into case 9'
LC_ALL=C grep -qP '\x1b|\x07|\xe2\x80\xae' "$T/said" && fail "a note reaches the terminal"
does 0 noc case 8 unmerge

# Orders: a few by one person, more than 20 by two, neither root nor the same.
order() { lymph orders --limit 1000 --json | jq "[.orders[] | select(.case == $1 and .rung == \"filter\").order][0]"; }
does 0 desk undo "$(order 10)" --reason "the customer called"
lymph case 10 >"$T/said"
said 'barred +filter'
said 'uid 64922 withdrew order [0-9]+: the customer called'
does 0 desk case 10 allow
does 0 desk release 11
lymph orders --all --json --limit 1000 | jq -e '[.orders[] | select(.case == 11 and .state != "withdrawn")] == []' >/dev/null ||
	fail "case 11 is not released"
does 0 desk undo --filter rung=filter --yes --reason "wrong list of proxies"
said 'nothing is done yet'
pending=$(grep -oE 'approve b[0-9]+' "$T/said" | grep -o 'b[0-9]*')
lymph plan >"$T/said"
said "$pending: withdraw [0-9]+ orders, asked by uid 64922"
does 1 desk approve "$pending"
as stranger lymph approve "$pending" >/dev/null 2>&1 && fail "a stranger approved"
lymph approve "$pending" >/dev/null 2>&1 && fail "root is no second person"
does 0 noc approve "$pending"
said 'done: [0-9]+ orders withdrawn'
lymph orders --json --limit 1000 | jq -e '[.orders[] | select(.rung == "filter")] == []' >/dev/null ||
	fail "filters stand"
batch=$(grep -oE 'undo batch [0-9]+' "$T/said" | grep -o '[0-9]*')
does 0 desk undo batch "$batch" --yes
pending=$(grep -oE 'approve b[0-9]+' "$T/said" | grep -o 'b[0-9]*')
does 0 noc reject "$pending"
does 1 noc approve "$pending"

# The record, to print.
COLUMNS=80 lymph case 10 --record >"$T/said"
for part in Measure Reason Evidence Scope Duration 'Decided by' 'Ended +withdrawn .* by uid 64922' 'How to appeal +https://access'; do
	said "^  $part"
done
[ "$(wc -L <"$T/said")" -le 80 ] || fail "the record is wider than a page"
lymph case 10 --record --json | jq -e '.records | length >= 1' >/dev/null || fail "no record as JSON"
for c in plan "orders --all" "case 10" "status"; do
	lymph $c >"$T/said" || fail "lymph $c"
	lymph $c --json | jq -e . >/dev/null || fail "lymph $c --json"
done
"$LYMPH" journal replay --state "$T/state" >"$T/said" 2>&1 || fail "the journal: $(cat "$T/said")"
said identical
echo ok
