#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Behind a real nginx with the shipped configuration: Debian's agent and bouncer come by TLS from another host, as
# reports do beside them, and whatever a client writes, where it comes from is what nginx saw. Who stands on the
# Unix sockets is a proxy, whose last X-Forwarded-For counts; on TCP the same header is worth nothing.
. "$(dirname "$0")/lib.sh"
need jq curl setpriv sqlite3
. "$(dirname "$0")/front.sh"
. "$(dirname "$0")/crowdsec.sh"
ns node out
link node 10.9.0.1/24 out 10.9.0.2/24
conscience "mode enforce" "entries 1000" "per-hour filter 1000" "per-hour notify 1000" "longest 30 d"
conf() { # alerts
	{ people_conf && cat; } <<-EOT | node_conf
		alerts = "$1"
		hand { actuator = "dry" lease = "2 min" reconcile = "1 s" }
		prefix "198.18.0.0/15" { kind = "residential" }
		prefix "192.0.2.0/24" { kind = "residential" }
	EOT
}
LISTEN=unix:$FRONT/reports.sock
conf "unix:$FRONT/alerts.sock"
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves 1
open_door
front abuse.example.net 10.9.0.1
URL=https://10.9.0.1
export SSL_CERT_FILE=$T/tls.pem # whom the agent and the bouncer believe
ask() { in_ out curl -s -m 60 --cacert "$T/tls.pem" "$@"; }
want "ask -o /dev/null -w '%{http_code}' $URL/v1/heartbeat" '^401$'
want "ask $URL/v1/" '"name":"node.example"'
[ "$(ask -o /dev/null -w '%{http_code}' $URL/v2/alerts)" = 404 ] || fail "more than /v1/ is to be had"

# Who registers and who reports, and from where, as it is kept; - where nobody knows.
registers() { # NAME FROM, how to get there
	local name=$1 from=$2 status
	shift 2
	status=$("$@" -o "$T/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		--data "{\"machine_id\": \"$name\", \"password\": \"correct horse battery staple\"}")
	[ "$status" = 201 ] || fail "$name does not register: $status $(cat "$T/answer")"
	[ "$(door ".machines[] | select(.name == \"$name\") | .from // \"-\"")" = "$from" ] ||
		fail "$name does not come from $from: $(lymph door --json)"
}
reports() { # FROM as in the journal, how to get there
	local from=$1 status
	shift
	report >"$T/r"
	status=$("$@" -o "$T/answer" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$T/r")
	[ "$status" = 202 ] || fail "not taken: $status $(cat "$T/answer")"
	facts 2 | tail -1 >"$T/fact"
	grep -qi "$from" "$T/fact" || fail "$from is not where the report came from: $(cat "$T/fact")"
	! grep -qi cb0071 "$T/fact" || fail "what a client wrote is believed: $(cat "$T/fact")"
}
FORGED="X-Forwarded-For: 203.0.113.9"
door_sock() { curl -s -m 60 --unix-socket "$FRONT/alerts.sock" "$@" http://node/v1/watchers; }
reports_sock() { curl -s -m 60 --unix-socket "$FRONT/reports.sock" "$@" http://node/v1/reports; }
registers forged 10.9.0.2 ask -H "$FORGED" $URL/v1/watchers
registers twice 10.9.0.2 ask -H "$FORGED" -H "$FORGED" -H "X-Real-IP: 203.0.113.9" $URL/v1/watchers
registers last 198.51.100.7 door_sock -H "$FORGED, 198.51.100.7"
registers later 198.51.100.8 door_sock -H "$FORGED" -H "X-Forwarded-For: 198.51.100.8"
registers garbled - door_sock -H "$FORGED, nobody"
registers bare - door_sock
reports 0a090002 ask -H "$FORGED" $URL/v1/reports
reports c6336407 reports_sock -H "$FORGED, 198.51.100.7"
reports c6336408 reports_sock -H "$FORGED" -H "X-Forwarded-For: 198.51.100.8"
reports . reports_sock -H "$FORGED, nobody"
for m in forged twice last later garbled bare; do as admin lymph door remove $m >/dev/null || fail "remove $m"; done

# The agent, from there.
agent_house "$URL"
cscli out lapi register -u "$URL/" --machine web1 -f "$T/client.yaml" >"$T/register" ||
	fail "it does not register: $(cat "$T/register")"
want "door '.machines[] | \"\(.name) \(.state) \(.from)\"'" '^web1 waits 10.9.0.2$'
as admin lymph door approve web1 --org "web team" >"$T/approve" || fail "approve: $(cat "$T/approve")"
agent_runs out
attack 198.18.0.7
want "lymph cases --json | jq -r '.cases[] | \"\(.subject) \(.class)\"'" '^198\.18\.0\.7/32 login-attacker$'
cscli out decisions add --ip 198.18.0.8 --duration 4h >"$T/add"
grep -q 'do not decide' "$T/add" || fail "a decision was taken: $(cat "$T/add")"

# The bouncer, from there; in a panic nginx hands it the withdrawal, too.
key=$(as admin lymph door bouncer add fw --scope own --json | jq -r .key)
N=12
inject $N >/dev/null || fail "nothing to order"
bouncer_runs out "$URL" "$key"
want "banned out" '^0$'
enforce
want "banned out" "^$N\$"
as noc lymph panic --reason "drill" >/dev/null || fail "panic"
want "banned out" '^0$'
[ "$(ask -o /dev/null -w '%{http_code}' -H "X-Api-Key: x$key" $URL/v1/decisions)" = 403 ] || fail "a wrong key"
stop "$WARDEN"

# On TCP, loopback as it is, nobody may say where he comes from.
LISTEN=127.0.0.1:8411
conf 127.0.0.1:8413
rm -f "$T/lymphd.log"
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves 1
straight() { in_ node curl -s -m 60 "$@"; }
want "straight -o /dev/null -w '%{http_code}' http://127.0.0.1:8413/v1/heartbeat" '^401$'
registers straight - straight -H "$FORGED" http://127.0.0.1:8413/v1/watchers
reports . straight -H "$FORGED" http://127.0.0.1:8411/v1/reports
