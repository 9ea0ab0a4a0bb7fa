#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The list of reports sent, which is how one asks what became of them: a full disk leaves no half line in it,
# and a server that answers one question badly is asked the next; one that does not answer is not.
. "$(dirname "$0")/lib.sh"
log 3 >"$T/log"
SENT=$HOME/.local/state/lymph/sent
TO="--to unix:$T/sock"
TOKEN='{"id":"@ID@","reference":"L-000007","status":"received","token":"dG9rZW4"}'
go() { report --open-proxy 192.0.2.1 $TO <"$T/log"; }
serve
answer '202 Accepted' '' "$TOKEN"
go
is "$RC $(wc -l <"$SENT")" "0 1" "kept"

# Room for half a line: the report is sent all the same.
cp "$SENT" "$T/one"
while [ "$(stat -c %s "$SENT")" -lt 65200 ]; do cat "$T/one" >>"$SENT"; done
left=$((65536 - $(stat -c %s "$SENT")))
[ $left -gt 60 ] || fail "no room at all: $left"
head -c $((left - 40)) /dev/zero | tr '\0' x | sed 's/^/0 x x x /; $s/$/\n/' | head -c $((left - 40)) >>"$SENT"
echo >>"$SENT"
before=$(stat -c %s "$SENT")
(ulimit -f 64 && go && exit "$RC")
is "$?" 0 "sent with a full disk"
is "$(stat -c %s "$SENT")" "$before" "half a line was left"
go
is "$(tail -n 1 "$SENT" | grep -c "unix:$T/sock")" 1 "the next line"
cp "$T/one" "$SENT"

# Each is asked about, whatever the server said of the one before.
go
is "$RC $(wc -l <"$SENT")" "0 2" "two of them"
rm -f "$T"/srv/*.head
answer '500 Internal Server Error' '' '{}'
report --status
is "$(cat "$T"/srv/*.head | grep -c '^GET /v1/reports/')" 2 "asked about both"
unserve
report --status
is "$(grep -c 'does not answer' "$T/out")" 1 "one that is not there is asked once"
echo ok
