#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 of any role, of several, of the warden too, at random, while 20,000 reports come in: each report
# acknowledged is in the journal exactly once, nothing hangs, and the journal replays to the same state.
. "$(dirname "$0")/lib.sh"
need sqlite3
COUNT=${COUNT:-20000}
ns node
node_conf <<-EOF2
	prefix "192.0.2.0/24" { kind = "residential" }
EOF2

start() { node_start LYMPH_BACKOFF_TOP_MS=200; }
start
node_serves
in_ node "$BIN/test/net/storm" 8411 "$COUNT" 32 1 "$T/acks" >"$T/storm.log" 2>&1 &
SENDER=$! PIDS="$PIDS $!"
victims=(judge probe hear-canary hear-reports)
kills=0 all=0
while kill -0 "$SENDER" 2>/dev/null; do
	sleep "0.$((RANDOM % 2 + 1))"
	case $((RANDOM % 8)) in
	0) # everybody, the warden too; a new lymphd takes over
		kill -9 $(roles) "$WARDEN" 2>/dev/null
		wait "$WARDEN" 2>/dev/null
		all=$((all + 1)) && start ;;
	1) kill -9 $(roles) 2>/dev/null ;;
	2 | 3 | 4) kill -9 "$(role judge)" 2>/dev/null ;; # alone: what it answered is on its way out
	*) kill -9 "$(role "${victims[RANDOM % 4]}")" 2>/dev/null ;;
	esac
	kills=$((kills + 1))
	[ $kills -lt "${KILLS:-60}" ] || break
done
wait "$SENDER" || fail "the sender gave up: $(cat "$T/storm.log")"
cat "$T/storm.log"
echo "killed $kills times, $all times all of lymphd"
[ $kills -ge 5 ] || fail "only $kills kills: no storm"

want "db 'SELECT count(*) > 0 FROM fact'" '^1$' # the last kill may be this moment's
cut -d' ' -f1 "$T/acks" | sort -u >"$T/acked"
facts 2 | cut -c85-92 | sort >"$T/facts"
[ -z "$(uniq -d "$T/facts")" ] || fail "in the journal twice: $(uniq -d "$T/facts" | head -3)"
[ -z "$(comm -23 "$T/acked" "$T/facts")" ] ||
	fail "acknowledged and lost: $(comm -23 "$T/acked" "$T/facts" | wc -l), $(comm -23 "$T/acked" "$T/facts" | head -3)"
[ "$(wc -l <"$T/acked")" = "$COUNT" ] || fail "$(wc -l <"$T/acked") acknowledged"
[ "$(db 'SELECT count(*) FROM body')" = "$COUNT" ] || fail "a report without its body"
[ "$(db 'SELECT count(*) FROM aside')" = 0 ] || fail "a kill from outside set a report aside"
node_serves

# Replay beside the running node, and after it.
$LYMPH journal replay --state "$T/state" || fail "replay differs beside a running lymphd"
stop "$WARDEN"
$LYMPH journal replay --state "$T/state" --json | grep '"identical":true' || fail "replay differs"
