#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The operator's word: who may say it, and that it holds. Two people; panic with judge and hand stopped,
# over kill -9 and restart, until resume; observe without hand's help; a record nobody changes unseen.
. "$(dirname "$0")/lib.sh"
"$LYMPHD" --help >/dev/null 2>&1 || skip "no lymphd"
need jq setpriv nft python3 unshare
UID_BASE=64500
ns node
node_conf <<-EOF
	$(people_conf)
	hand { actuator = "nft" }
	protect = { "192.0.2.254/32" }
	prefix "192.0.2.0/24" { kind = "residential" probe = no }
EOF
table() { in_ node nft -j list tables | jq -r '.nftables[].table | select(.name? == "lymph").handle'; }
entries() { kernel | wc -l; }
# What hand would have put; it is stopped, so it cannot take the stranger out again.
put() { in_ node nft add element inet lymph quar4 "{ 192.0.2.$1 timeout 1h }"; }
mode() { as viewer lymph mode --json | jq -r "$1"; }

# Without a conscience nothing is enforced, and it says so.
node_start
node_serves 1
refused admin 'no conscience file .*/conscience' mode enforce
conscience "mode enforce" "nevr 192.0.2.1"
refused admin 'conscience:2: there is no rule "nevr"' mode enforce
conscience "mode enforce"

# Who may say what.
refused stranger 'staff role viewer \(group 64911\)' mode
for who in viewer desk privacy; do
	refused $who 'staff role noc \(group 64913\)' panic
	refused $who 'staff role noc \(group 64913\)' resume --reason x
	refused $who 'staff role noc \(group 64913\)' mode observe
	refused $who 'staff role noc \(group 64913\)' protect add 192.0.2.9
done
refused noc 'staff role admin \(group 64914\)' mode enforce
refused noc 'admin \(group 64914\) or privacy \(group 64915\)' audit verify
as privacy lymph audit verify >/dev/null || fail "privacy may not verify"

# Two people, neither of them root, nor twice the same.
lymph mode enforce >"$T/refused" 2>&1 && fail "root asked"
grep -q 'takes two people' "$T/refused" || fail "$(cat "$T/refused")"
as admin lymph mode enforce --reason 'a test' >"$T/asked" || fail "an admin may not ask"
grep -q 'lymph approve m1 --socket' "$T/asked" || fail "$(cat "$T/asked")"
refused admin 'asked for it yourself' approve m1
lymph approve m1 >"$T/refused" 2>&1 && fail "root approved"
grep -q 'root is no second person' "$T/refused" || fail "$(cat "$T/refused")"
[ "$(mode '.mode + " " + .pending[0].id')" = "observe m1" ] || fail "$(mode .)"
as admin2 lymph approve m1 >/dev/null || fail "approve"
[ "$(mode .mode)" = enforce ] || fail "$(mode .)"
[ "$(mode '"\(.mode_by.uid) \(.mode_by.second) \(.mode_by.text)"')" = "64924 64925 a test" ] || fail "$(mode .)"
want table '^[0-9]+$'

# Protect: one adds, two take away.
as noc lymph protect add 192.0.2.53 --reason 'a resolver' >/dev/null || fail "protect add"
as admin lymph protect del 192.0.2.53 --json | jq -e '.pending == "m2"' >/dev/null || fail "protect del"
as admin2 lymph approve m2 >/dev/null || fail "approve m2"
[ "$(as viewer lymph protect --json | jq -c .commanded)" = '[]' ] || fail "$(as viewer lymph protect --json)"

# A restart, even a kill, does not touch the table; nor does a clean stop while the mode is enforce.
before=$(table)
node_kill && node_start && node_serves 2
want "grep -c 'hand is ready' $T/lymphd.log" '^2$' # the count below goes by it
stop "$WARDEN"
[ "$(table)" = "$before" ] || fail "a clean stop took the table"
node_start && node_serves 3
want "mode .mode" '^enforce$'
[ "$(table)" = "$before" ] || fail "a restart took the table: $before, now $(table)"

# Panic, with judge and hand stopped, and the socket full of people who say nothing.
want "role hand" '^[0-9]+$'
want "grep -c 'hand is ready' $T/lymphd.log" '^3$'
kill -STOP "$(role hand)" "$(role judge)"
for i in $(seq 50); do put "$i"; done
[ "$(entries)" = 50 ] || fail "the test's own entries are not there: $(entries)"
python3 -c 'import os, socket, sys, time
os.setgroups([64911]); os.setgid(64920); os.setuid(64921)
c = [socket.socket(socket.AF_UNIX) for i in range(30)]
for s in c:
    s.connect(sys.argv[1])
    s.send(b"stat")
print("full", flush=True)
time.sleep(60)' "$T/run/warden.sock" >"$T/crowd" &
PIDS="$PIDS $!"
want "cat $T/crowd" '^full$'
as noc lymph panic --reason 'at 3 a.m.' >"$T/panic" || fail "panic: $(cat "$T/panic")"
[ -z "$(table)" ] || fail "panic left the table"
[ "$(mode '"\(.mode) \(.panic) \(.panic_by.text)"')" = "observe true at 3 a.m." ] || fail "$(mode .)"
as noc lymph panic >/dev/null || fail "a second panic"
refused admin 'lymph resume --reason' mode enforce

# It holds over everything but resume.
node_kill && node_start && node_serves 4
[ "$(mode .panic)" = true ] && [ -z "$(table)" ] || fail "a restart lifted the panic"
kill -HUP "$WARDEN"
want "grep -c 'conscience was read again' $T/lymphd.log" '^1$'
want "grep -c 'hand is ready' $T/lymphd.log" '^4$'
kill -9 "$(role hand)"
want "grep -c 'hand is ready' $T/lymphd.log" '^5$'
[ -z "$(table)" ] || fail "the table came back in a panic"
refused noc 'say why' resume
as noc lymph resume --reason 'it was the monitoring' >/dev/null || fail resume
[ "$(mode '"\(.mode) \(.panic)"')" = "enforce false" ] || fail "$(mode .)"
want table '^[0-9]+$'

# enforce -> observe withdraws, by nft where hand does not answer; a lowered ceiling does the same.
# A hand that does not read costs nothing, however often the word changes; and what it heard last it
# does not act upon later: it begins anew.
for how in mode ceiling; do
	want "role hand" '^[0-9]+$'
	hand=$(role hand)
	kill -STOP "$hand"
	put 77
	for _ in $(seq 300); do kill -HUP "$WARDEN" && sleep 0.005; done
	[ "$(ls "/proc/$WARDEN/fd" | wc -l)" -lt 100 ] || fail "the warden keeps $(ls "/proc/$WARDEN/fd" | wc -l) descriptors"
	[ "$(entries)" = 1 ] || fail "no entry to withdraw"
	if [ $how = mode ]; then
		as noc lymph mode observe --reason enough >"$T/observe" || fail "observe: $(cat "$T/observe")"
		[ "$(entries)" = 0 ] || fail "observe said done and left $(entries)"
	else
		conscience "mode observe"
		kill -HUP "$WARDEN"
		want entries '^0$'
	fi
	want "kill -0 $hand" 'No such process'
	want "role hand" '^[0-9]+$'
	[ "$(mode .mode)" = observe ] || fail "$(mode .)"
	if [ $how = mode ]; then
		id=$(as admin lymph mode enforce --json | jq -r .pending)
		as admin2 lymph approve "$id" >/dev/null || fail "approve $id"
	fi
done
# The ceiling root took down alone takes two people to go up: test/net/raise.sh.
conscience "mode enforce"
id=$(as admin lymph conscience take --json | jq -r .pending)
as admin2 lymph approve "$id" >/dev/null || fail "approve $id"
as noc lymph mode observe >/dev/null || fail observe
stop "$WARDEN"
[ -z "$(in_ node nft list ruleset)" ] || fail "a clean stop in observe left rules"

# What waits too long is forgotten, and never runs.
node_start LYMPH_PENDING_MS=1000
node_serves 5
as noc lymph mode observe >/dev/null || fail observe
id=$(as admin lymph mode enforce --json | jq -r .pending)
want "mode '.pending | length'" '^0$'
refused admin2 "nothing waits as $id" approve "$id"
[ "$(mode .mode)" = observe ] || fail "ran late"

# No room to write: what tightens holds, and says what is missing.
stop "$WARDEN"
ip netns exec "lymph-$TAG-node" unshare -m sh -c "cp -a $T/warden $T/kept &&
	mount -t tmpfs -o size=64k,mode=755 none $T/warden && cp -a $T/kept/. $T/warden &&
	exec $LYMPHD -c $T/lymphd.conf" >>"$T/lymphd.log" 2>&1 &
WARDEN=$! && PIDS="$PIDS $WARDEN"
node_serves 6
id=$(as admin lymph mode enforce --json | jq -r .pending)
as admin2 lymph approve "$id" >/dev/null || fail "approve $id"
# Again, for a file the warden was just replacing gives its room back.
for _ in 1 2 3; do
	cat /dev/zero >>"/proc/$WARDEN/root$T/warden/filler" 2>/dev/null
	sleep 0.2
done
as noc lymph panic >"$T/full" 2>&1 && fail "a panic without a latch said all is well"
grep -q 'the latch could not be written (No space left' "$T/full" || fail "$(cat "$T/full")"
[ -z "$(table)" ] && [ "$(mode .panic)" = true ] || fail "panic waits for a disk"
rm "/proc/$WARDEN/root$T/warden/filler"
as noc lymph panic >"$T/full" 2>&1 || fail "$(cat "$T/full")"
as noc lymph resume --reason done >/dev/null || fail resume
as noc lymph mode observe >/dev/null || fail observe
stop "$WARDEN"

# The record: whole, whoever reads it; a changed letter is found, and set aside at the next start.
node_start
node_serves 7
as privacy lymph audit verify | grep -q 'the audit is whole' || fail "audit"
as privacy lymph audit export >"$T/export" && cmp "$T/export" "$T/warden/audit.jsonl" || fail "another record"
read -r n head < <(as privacy lymph audit head)
"$LYMPH" audit verify --file "$T/warden/audit.jsonl" --head "$head" >/dev/null || fail "verify by file"
jq -es "length == $n and (map(.verb) | index(\"panic\") and index(\"resume\"))" "$T/export" >/dev/null ||
	fail "the record lacks something"
head -n -1 "$T/warden/audit.jsonl" >"$T/cut"
"$LYMPH" audit verify --file "$T/cut" >/dev/null || fail "a cut tail is no broken chain"
"$LYMPH" audit verify --file "$T/cut" --head "$head" 2>/dev/null &&
	fail "a head kept elsewhere does not show a cut tail"
sed -i '3s/a resolver/a resolves/;3s/64924/64923/' "$T/warden/audit.jsonl"
as privacy lymph audit verify >"$T/refused" 2>&1 && fail "a changed record is whole"
grep -q 'NOT whole: line 3 was changed' "$T/refused" || fail "$(cat "$T/refused")"
refused noc 'moved or changed by somebody' resume --reason x
node_kill && node_start && node_serves 8
as privacy lymph audit export | head -1 | jq -e '.verb == "broken"' >/dev/null || fail "no word of the broken record"
ls "$T"/warden/audit.jsonl.broken-* >/dev/null || fail "the broken record is gone"
grep -q 'SOMEBODY CHANGED IT' "$T/lymphd.log" || fail "not in the log"
echo ok
