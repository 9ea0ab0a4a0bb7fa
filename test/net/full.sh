#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A disk that fills up: reports get 507 before the reserve is touched, none gets a 202 without its row,
# even to the last byte nobody dies of it; when there is room again everything goes on.
. "$(dirname "$0")/lib.sh"
need sqlite3
COUNT=${COUNT:-20000}
trap 's=$?; umount -l "$T/state" 2>/dev/null; (exit $s); cleanup' EXIT
ns node
mkdir "$T/state"
mount -t tmpfs -o size=80m,mode=755 tmpfs "$T/state" || skip "no tmpfs"
node_conf <<-EOF2
	prefix "192.0.2.0/24" { kind = "residential" }
EOF2
node_start LYMPH_BACKOFF_TOP_MS=200
check() { # every report acknowledged is in the journal, once
	cut -d' ' -f1 "$T/acks" | sort -u >"$T/acked"
	facts 2 | cut -c85-92 | sort >"$T/facts"
	[ -z "$(uniq -d "$T/facts")" ] || fail "in the journal twice"
	[ -z "$(comm -23 "$T/acked" "$T/facts")" ] || fail "acknowledged without a row"
}
node_serves
dd if=/dev/zero of="$T/state/filler" bs=1M count=36 status=none

in_ node "$BIN/test/net/storm" 8411 "$COUNT" 16 1 "$T/acks" >"$T/storm.log" 2>&1 &
SENDER=$! PIDS="$PIDS $!"
want "ls $T/acks.full" 'acks.full$'
check
[ "$(wc -l <"$T/acked")" -lt "$COUNT" ] || fail "nothing was refused"
judge=$(role judge)

# To the last byte, while reports keep coming.
dd if=/dev/zero of="$T/state/more" bs=4k status=none 2>/dev/null
[ "$(df --output=avail "$T/state" | tail -1)" -lt 64 ] || fail "not full"
sleep 1 # reports are refused meanwhile
check
[ "$(role judge)" = "$judge" ] || fail "the judge died of a full disk"

rm "$T/state/more" "$T/state/filler"
wait "$SENDER" || fail "the sender gave up: $(cat "$T/storm.log")"
cat "$T/storm.log"
check
[ "$(wc -l <"$T/acked")" = "$COUNT" ] || fail "$(wc -l <"$T/acked") acknowledged"
[ "$(role judge)" = "$judge" ] || fail "the judge died of a full disk"
stop "$WARDEN"
$LYMPH journal replay --state "$T/state" || fail "replay differs"
