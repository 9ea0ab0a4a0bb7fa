#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# CrowdSec as Debian packs it at our door: its agent registers, is let in by staff, reports a line of ours whose
# log it reads, and may neither decide nor delete nor read. Its firewall bouncer is told of nothing while lymph
# observes, of what its scope has while it enforces, and of nothing again in a panic with the judge stopped.
. "$(dirname "$0")/lib.sh"
need jq curl setpriv python3
. "$(dirname "$0")/crowdsec.sh"
URL=http://127.0.0.1:8413
ns node
conscience "mode enforce" "entries 1000" "per-hour filter 1000" "per-hour notify 1000" "longest 30 d"
{ people_conf && cat; } <<-EOT | node_conf
	alerts = "127.0.0.1:8413"
	hand { actuator = "dry" lease = "2 min" reconcile = "1 s" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
want "in_ node curl -s -o /dev/null -w '%{http_code}' $URL/v1/heartbeat" '^401$'

# It registers; nobody let it in.
agent_house "$URL"
cscli node lapi register -u "$URL/" --machine Web1 -f "$T/client.yaml" >"$T/register" || fail "it does not register: $(cat "$T/register")"
want "door '.machines[] | \"\(.name) \(.state)\"'" '^web1 waits$'
cscli node decisions list >"$T/early"
grep -q '401\|let in' "$T/early" || fail "it got in by itself: $(cat "$T/early")"
as desk lymph door approve web1 >/dev/null 2>&1 && fail "the desk may let nobody in"
as admin lymph door approve web1 --org "web team" >"$T/approve" || fail "approve: $(cat "$T/approve")"
want "lymph reporters --json | jq -r '.reporters[] | \"\(.name) \(.org) \(.standing)\"'" '^machine:web1 web team org$'

# It reports.
agent_runs node
AGENT=$PID
attack 198.18.0.7
attack 203.0.113.7
want "lymph cases --json | jq -r '.cases[] | \"\(.subject) \(.class)\"'" '^198\.18\.0\.7/32 login-attacker$'
want "door '.machines[0].elsewhere'" '^[1-9]'
want "lymph why 198.18.0.7" 'machine:web1'
want "db 'SELECT count(*) FROM fact WHERE kind = 2'" '^2$'
never "lymph cases --json" '203\.0\.113\.7'

# It decides nothing, deletes nothing, reads nothing; all of that is counted.
cscli node decisions add --ip 198.18.0.8 --duration 4h >"$T/add"
grep -q 'do not decide' "$T/add" || fail "a decision was taken: $(cat "$T/add")"
cscli node decisions delete --ip 198.18.0.7 >"$T/delete"
cscli node alerts list >"$T/list"
cat "$T/delete" "$T/list" | grep -c 'machines report here' | grep -qx '[2-9]' || fail "it may more than report: $(cat "$T/delete" "$T/list")"
want "door '.machines[0] | \"\(.decisions_refused) \(.commands_refused)\"'" '^[1-9][0-9]* [2-9]'
never "lymph cases --json" '198\.18\.0\.8'

# The role and the judge die, the disk of the agent keeps what it did not get rid of: once each.
before=$(db 'SELECT count(*) FROM fact WHERE kind = 2')
role hear-alerts | xargs kill -9
attack 198.18.0.9
role judge | xargs kill -9
want "lymph cases --json | jq -r '.cases[].subject'" '^198\.18\.0\.9/32$'
want "db 'SELECT count(*) FROM fact WHERE kind = 2'" "^$((before + 2))\$" # two scenarios saw it

# The bouncer: of nothing, of what is in force, of nothing.
key=$(as admin lymph door bouncer add fw --scope own --json | jq -r .key)
other=$(as admin lymph door bouncer add narrow --json | jq -r .key)
[ ${#key} = 43 ] || fail "no key"
N=12
inject $N >/dev/null || fail "nothing to order"
bouncer_runs node "$URL" "$key"
want "door '.bouncers[] | select(.name == \"fw\") | .pulls'" '^[2-9]|^[1-9][0-9]'
[ "$(lymph door bouncers --json | jq -c '[.machines, (.bouncers | length)]')" = '[null,2]' ] || fail "more than bouncers"
[ "$(lymph door machines --json | jq -c '[.bouncers, (.machines | length)]')" = '[null,1]' ] || fail "more than machines"
want "banned node" '^0$'
enforce
want "banned node" "^$N\$"
[ "$(in_ node curl -s -H "X-Api-Key: $other" "$URL/v1/decisions/stream?startup=true")" = '{"new":null,"deleted":null}' ] ||
	fail "own lines were told to who may not see them"
in_ node curl -s -o /dev/null -w '%{http_code}' -H "X-Api-Key: x$key" "$URL/v1/decisions" | grep -qx 403 || fail "a wrong key"
withdraw 2 >/dev/null || fail "not withdrawn"
want "banned node" "^$((N - 2))\$"
as noc lymph mode observe --reason "a walk" >/dev/null || fail "mode observe"
want "banned node" '^0$'
enforce
want "banned node" "^$((N - 2))\$"
role hear-alerts | xargs kill -9
sleep 3
want "banned node" "^$((N - 2))\$"
judge=$(role judge)
kill -STOP "$judge"
as noc lymph panic --reason "drill" >/dev/null || fail "panic"
want "banned node" '^0$'
kill -CONT "$judge"
as noc lymph resume --reason "it was a drill" >/dev/null || fail "resume"
want "banned node" "^$((N - 2))\$"
as admin lymph door bouncer remove fw >/dev/null || fail "remove"
want "in_ node curl -s -o /dev/null -w '%{http_code}' -H 'X-Api-Key: $key' $URL/v1/decisions" '^403$'

# Let out, it is nobody; what it said stays, and the journal replays.
as admin lymph door remove web1 >/dev/null || fail "remove"
want "cscli node alerts list" '401|no such machine|log in'
want "lymph audit export --file $T/warden/audit 2>/dev/null || lymph audit export" 'machine web1 is let in no more'
stop "$AGENT"
stop "$WARDEN"
"$LYMPH" journal replay --state "$T/state" --json | grep -q '"identical":true' || fail "the journal does not replay"
