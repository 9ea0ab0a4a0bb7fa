#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The desk at work: every command answers, JSON is JSON, what strangers and colleagues write does nothing
# to a terminal, only root and the admins change something, and what was said survives a crash.
. "$(dirname "$0")/lib.sh"
"$LYMPHD" --help >/dev/null 2>&1 || skip "no lymphd"
need curl jq ssh-keygen base64 setpriv
ns node
node_conf <<-EOF
	staff { viewer = "64390" admin = "games" }
	protect = { "192.0.2.254/32" }
	prefix "192.0.2.0/24" { kind = "residential" probe = no }
EOF
node_start
S="--socket $T/run/control.sock"
cp "$LYMPH" "$T/lymph" # where a user without rights can reach it
want "$LYMPH $S status" 'judge +[0-9]+ '
want "in_ node curl -s http://127.0.0.1:8411/v1/" '"name":"node.example"'

# A stranger with a hostile name, properly signed.
HOSTILE='x\u202e\u2066evil\ufeff\u009b2J\u001b]0;owned\u0007\u001b[31m'
ssh-keygen -qt ed25519 -N '' -C '' -f "$T/key"
for field in org contact domain; do
	now=$(date -u +%FT%TZ) id=$(cat /proc/sys/kernel/random/uuid)
	jq -nj --arg id "$id" --arg now "$now" --arg log "$(printf '192.0.2.1 CONNECT a:443' | base64 -w0)" --arg f $field '
	{ org: "Example", contact: "abuse@example.org", domain: "example.org" } as $p |
	($p | .[$f] = (if $f == "contact" then "'"$HOSTILE"'@example.org" else "'"$HOSTILE"'" end)) as $h |
	{ xarf_version: "4.2.0", report_id: $id, timestamp: $now, reporter: $h, sender: $h,
	  source_identifier: "192.0.2.1", category: "vulnerability", type: "open_service",
	  service: "open-proxy", service_port: 3128, description: "'"$HOSTILE"'",
	  evidence: [ { content_type: "text/plain", payload: $log } ] }' >"$T/r-$field"
	ssh-keygen -q -Y sign -n lymph-report -f "$T/key" "$T/r-$field" 2>/dev/null
	in_ node curl -s -H 'Content-Type: application/json' --data-binary "@$T/r-$field" \
		-H "Lymph-Signature: $(grep -v SIGNATURE "$T/r-$field.sig" | tr -d '\n')" \
		http://127.0.0.1:8411/v1/reports | tee -a "$T/answers"
	echo
done
want "$LYMPH $S why 192.0.2.1" 'Case 1: open proxy' # at least one of the three was taken

# Colleagues: a name with a trick in it; admins may, viewers look, others do neither.
name=$(printf 'Nor\u202eth \u5546 IX')
as() { setpriv --reuid 65534 --regid 65534 "$@"; }
as --groups "$(getent group games | cut -d: -f3)" "$T/lymph" $S reporter add "$(cat "$T/key.pub")" \
	--name "$name" --network --delay '2 h' >"$T/said" || fail "an admin may not"
setpriv --reuid 65533 --regid 64390 --clear-groups "$T/lymph" $S cases >/dev/null || fail "a viewer may not look"
setpriv --reuid 65533 --regid 64390 --clear-groups "$T/lymph" $S reporter pin "$name" 0.5 >"$T/refused" 2>&1 &&
	fail "a viewer changed something"
grep -q 'staff role admin (group games)' "$T/refused" || fail "$(cat "$T/refused")"
for c in cases "reporter pin $name 0.5"; do
	as --clear-groups "$T/lymph" $S $c >"$T/refused" 2>&1 && fail "a stranger may $c"
done
as --clear-groups "$T/lymph" $S cases >"$T/refused" 2>&1 && fail "a stranger looked"
grep -q 'staff role viewer (group 64390)' "$T/refused" || fail "$(cat "$T/refused")"
"$LYMPH" $S reporter pin "$name" 0.95 2>&1 | grep -q 'a pin takes 0 to 0.90' || fail "a pin of 0.95"
"$LYMPH" $S reporter pin "$name" 0.75 >>"$T/said" || fail "pin"

harmless() { # what: nothing on stdin that a terminal obeys
	! LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf' >"$T/bad" ||
		fail "$1 lets through: $(cat -v "$T/bad" | head -3)"
}
harmless "reporter add" <"$T/said"
harmless "the answer to a report" <"$T/answers"
for c in status cases 'case 1' 'why 192.0.2.1' orders 'orders --all' reporters protect aside; do
	COLUMNS=80 $LYMPH $S $c >"$T/text" || fail "lymph $c"
	harmless "lymph $c" <"$T/text"
	$LYMPH $S $c --json >"$T/json" || fail "lymph $c --json"
	harmless "lymph $c --json" <"$T/json"
	jq -e . "$T/json" >/dev/null || fail "lymph $c --json is no JSON"
done
[ "$($LYMPH $S reporters --json | jq -r '.reporters[0].name')" = "$name" ] || fail "the name is not what was said"
[ "$($LYMPH $S reporters --json | jq '.reporters[0] | .pin == 0.75 and .delay_ms == 7200000')" = true ] ||
	fail "$($LYMPH $S reporters --json)"

# What was said is in the journal: a judge that dies comes back with it.
kill -9 "$($LYMPH $S status --json | jq '.roles[] | select(.role == "judge").pid')"
want "$LYMPH $S status --json | jq '.roles[] | select(.role == \"judge\").crashes'" '^1$'
[ "$($LYMPH $S reporters --json | jq '.reporters[0].pin')" = 0.75 ] || fail "forgotten after a crash"
echo ok
