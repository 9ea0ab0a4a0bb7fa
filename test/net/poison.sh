#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A report that kills the judge, and one that kills hear: each may do so twice, then it is set aside, on
# record, and its sender told; others go through, before and after, also when all of lymphd is started
# anew.
. "$(dirname "$0")/lib.sh"
need sqlite3
ns node
node_conf <<-EOF2
	prefix "192.0.2.0/24" { kind = "residential" }
EOF2
storm() { in_ node "$BIN/test/net/storm" 8411 "$@"; }
deaths() { grep -c 'judge.*died: signal 6' "$T/lymphd.log"; }

HEARS=$("$BIN/test/net/storm" 0 1 1 700 -) # what kills hear
start() { node_start LYMPH_BACKOFF_TOP_MS=100 LYMPH_POISON="$HEARS"; }
start
node_serves
storm 100 4 1 "$T/acks" || fail "before the poison"
[ "$(deaths)" = 0 ] || fail "died early"
storm 200 8 1000 "$T/acks" >"$T/beside.log" 2>&1 & # innocent reports beside it
BESIDE=$! PIDS="$PIDS $!"
storm 1 1 500 "$T/acks" crash-judge.test >"$T/poison.log" 2>&1
grep -q 'refused: HTTP/1.1 4\|refused: HTTP/1.1 5' "$T/poison.log" || fail "the sender was not told: $(cat "$T/poison.log")"
wait "$BESIDE" || fail "others suffered: $(cat "$T/beside.log")"
want deaths '^2$'
[ "$(db 'SELECT count(*) || role FROM aside')" = 1judge ] || fail "not set aside: $(db 'SELECT no, role, hex(digest) FROM aside')"
db 'SELECT bytes FROM aside' | grep -aq crash-judge.test || fail "its bytes were not kept"
storm 1 1 700 "$T/acks" >"$T/poison.log" 2>&1
grep -q 'refused: HTTP/1.1 422' "$T/poison.log" || fail "the sender was not told of hear: $(cat "$T/poison.log")"
[ "$(grep -c 'hear-reports.*died: signal 6' "$T/lymphd.log")" = 2 ] || fail "hear did not die twice"
want "db 'SELECT role FROM aside WHERE no = 2'" '^hear-reports$'
storm 100 4 2000 "$T/acks" || fail "after the poison"
[ "$(db 'SELECT count(*) FROM fact WHERE kind = 2')" = 400 ] || fail "$(db 'SELECT count(*) FROM fact WHERE kind = 2') reports kept"

# Known for good: a new lymphd does not have to die of it again.
stop "$WARDEN"
start
node_serves
storm 1 1 500 "$T/acks" crash-judge.test >"$T/poison.log" 2>&1
grep -q 'refused: HTTP' "$T/poison.log" || fail "accepted after a restart: $(cat "$T/poison.log")"
[ "$(deaths)" = 2 ] || fail "it killed again"
[ "$(db 'SELECT count(*) FROM aside')" = 2 ] || fail "set aside twice"
storm 10 2 3000 "$T/acks" || fail "after the restart"
stop "$WARDEN"
$LYMPH journal replay --state "$T/state" || fail "replay differs"
