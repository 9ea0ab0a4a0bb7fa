#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Never lost, never counted twice: unreachable, busy and full servers, refusals, kill -9 anywhere, two
# runs at once, a queue that is full or damaged.
. "$(dirname "$0")/lib.sh"
log 3 >"$T/log"
TO="--to unix:$T/sock"
go() { report --open-proxy 192.0.2.1 $TO "$@" <"$T/log"; }

LYMPH_TEST_NOW=$((LYMPH_TEST_NOW - 1000)) go
is $RC 4 "nobody there"
is "$(count "$Q")" 1 "queued"
is "$(stat -c %a "$Q")" 700 "the queue's mode"
is "$(stat -c %a "$HOME/.config/lymph/id_ed25519")" 600 "the key's mode"
has "$T/err" "a key of your own was made" "first use"
cp "$Q"/*.report "$T/first"
serve
answer '503 Service Unavailable' 'Retry-After: 120\r\n' '{"title":"busy"}'
go
is $RC 4 "busy"
is "$(count "$Q")" 2 "both queued"
has "$T/err" "not before 2026-11-22T02:02:00Z" "Retry-After"
answer '202 Accepted' '' "$ACCEPT"
before=$(count "$T/srv" '*.body')
go
is "$RC $(count "$Q")" "4 3" "a new report to a server that asked to wait"
report --flush
is $RC 4 "not before its time"
is "$(count "$T/srv" '*.body')" "$before" "nothing sent before its time"
LYMPH_TEST_NOW=$((LYMPH_TEST_NOW + 121000)) report --flush
is $RC 0 "flush"
is "$(count "$Q")" 0 "empty"
has "$T/out" "reference L-000007" "flush"
sed '1,/^$/d' "$T/first" | md5sum | grep -qF "$(md5sum "$T/srv/2.body" | cut -d' ' -f1)" ||
	fail "the queued bytes are not those sent first"
is "$(count "$T/srv" '*.body')" 4 "all three, the busy one twice"

answer '507 Insufficient Storage' '' '{}'
go
is "$RC $(count "$Q")" "4 1" "a full disk there"
answer '200 OK' '' '<html>please log in</html>'
report --flush
is "$RC $(count "$Q")" "4 1" "a captive portal swallows nothing"
has "$T/err" "not as a server for reports does" "captive portal"
answer '202 Accepted' '' '{"id":"00000000-0000-4000-8000-000000000000","reference":"L-1","status":"received"}'
report --flush
is "$RC $(count "$Q")" "4 1" "somebody else's receipt"
printf 'HTTP/1.1 202 Accepted\r\n\r\n{"id":"@ID@' >"$T/srv/answer"
report --flush
is "$RC $(count "$Q")" "4 1" "an answer cut off"
{ printf 'HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n' && head -c 200000 /dev/zero | tr '\0' ' '; } >"$T/srv/answer"
report --flush
is "$RC $(count "$Q")" "4 1" "an answer without end"
answer '302 Found' 'Location: http://127.0.0.1:1/\r\n' ''
report --flush
is "$RC $(count "$Q") $(count "$Q/refused")" "5 0 1" "a redirect is not followed"
has "$T/err" "sends us elsewhere" "redirect"

answer '409 Conflict' '' '{"title":"same id, other bytes","field":"report_id","rule":"lymph: idempotent"}'
go
is "$RC $(count "$Q") $(count "$Q/refused")" "5 0 2" "a conflict"
has "$T/err" "field: report_id" "conflict"
grep -q '^refused: 409 same id' "$Q"/refused/*.report || fail "no reason kept"
answer '421 Misdirected Request' '' '{"title":"not ours","detail":"\\u001b[31mred\\u202e \\u0000nul"}'
go
is $RC 5 "not theirs"
has "$T/err" '\x1b[31mred\u{202e}' "the server's words are escaped"
go --json
LC_ALL=C grep -q '[^ -~]' "$T/out" && fail "JSON is not plain"
has "$T/out" '\u001B[31mred\u202E' "the server's words in JSON"

# kill -9: before the entry is whole nothing is promised; after, it is sent, once by its id
answer '202 Accepted' '' "$ACCEPT"
rm -f "$T/srv"/*.body
LYMPH_TEST_STOP=written go
is "$RC $(count "$Q")" "137 0" "killed while writing"
is "$(count "$T/srv" '*.body')" 0 "not sent before it is on disk"
LYMPH_TEST_STOP=queued go
is "$RC $(count "$Q")" "137 1" "killed once queued"
LYMPH_TEST_STOP=sent report --flush
is "$RC $(count "$Q")" "137 1" "killed after sending"
report --flush
is "$RC $(count "$Q")" "0 0" "sent again"
is "$(cat "$T/srv"/*.body | grep -c report_id)" 2 "sent twice"
is "$(cat "$T/srv"/*.body | grep report_id | sort -u | wc -l)" 1 "under one id"
is "$(md5sum "$T/srv"/*.body | cut -d' ' -f1 | sort -u | wc -l)" 1 "the same bytes"

# two runs at once: one entry is in one hand
unserve
go
exec 7<"$Q/$(ls "$Q" | grep report$)"
flock -n 7 || fail "an entry is locked by nobody"
serve
report --flush
is "$RC $(count "$Q")" "4 1" "an entry in another hand"
exec 7<&-
# the next report takes the waiting one along
go
is "$RC $(count "$Q")" "0 0" "the next run"
has "$T/err" "queued earlier" "the next run"

unserve
echo nonsense >"$Q/0000000000001-x.report"
report --flush
is "$RC $(count "$Q")" "5 0" "a damaged entry"
for i in $(seq 1000); do echo x >"$Q/$i-x.report"; done
go
is $RC 1 "a full queue and nobody there"
has "$T/err" "queue is full" "full queue"
has "$T/err" "NOT kept" "full queue"
rm -rf "$Q" && mkdir -p "${Q%/*}" && echo >"$Q"
go
is $RC 1 "no queue and nobody there"
serve
go
is $RC 0 "no queue, but a server"
echo ok
