#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Reports over real HTTP: what is taken, what is refused and by which field and rule, and that bad or
# slow clients cost the good ones nothing.
. "$(dirname "$0")/lib.sh"
"$BIN/src/lymphd/lymphd" --help >/dev/null || skip "no lymphd"
need curl jq ssh-keygen base64 python3
ns node quiet
conf() { # listen -> configuration file of the node listening there
	mkdir -p "$T/$1" && cat >"$T/$1/conf" <<-EOF
		name = "node.example"
		state = "$T/$1/state"
		run = "$T/$1/run"
		listen = "$2"
		uid-base = 64200
		prefix "192.0.2.0/24" { kind = "residential" }
		prefix "2001:db8::/32" { kind = "business" }
		intake { disk = 4294967296 }
	EOF
	echo "$T/$1/conf"
}
URL=http://127.0.0.1:8411
# The quiet node listens on a Unix socket, and its judge says nothing.
bg quiet "$LYMPHD" -c "$(conf unix "unix:$T/sock")"
quiet=$PID
bg node "$LYMPHD" -c "$(conf tcp 127.0.0.1:8411)"
warden=$PID
want "in_ node curl -s $URL/v1/" '"name":"node.example"'
want "grep -c 'judge is ready' $T/lymphd.log" 2

post() { # file, curl arguments -> status on the first line, then the body
	local f=$1 && shift
	in_ node curl -s -m 60 -o "$T/answer" -w '%{http_code}\n' -H 'Content-Type: application/json' \
		--data-binary "@$f" "$@" $URL/v1/reports
	cat "$T/answer"
}
expect() { # what, answer, status, pattern
	[ "$(echo "$2" | head -1)" = "$3" ] || fail "$1: not $3: $2"
	echo "$2" | grep -qE -- "$4" || fail "$1: no '$4' in: $2"
}
refused() { # jq filter, status, pattern
	report "$1" >"$T/r"
	expect "$1" "$(post "$T/r")" "$2" "$3"
}

pkill -STOP -P "$quiet" -f -- '--role judge'
report >"$T/patient"
in_ quiet curl -s -m 60 -i -H 'Content-Type: application/json' --data-binary "@$T/patient" \
	--unix-socket "$T/sock" http://node/v1/reports >"$T/unheard" 2>&1 &

# A line that never ends its request is cut off; meanwhile all of the below must work.
in_ node timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8411; printf "POST /v1/reports HTTP/1.1\r\nHo" >&3
	while printf s >&3 && ! read -t 1 -n 1 x <&3 && [ $? -gt 128 ]; do :; done' 2>/dev/null &
slow=$!
in_ node timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8411; cat <&3' &
silent=$!

# Taken, once.
report >"$T/good"
expect unsigned "$(post "$T/good")" 202 '"reference":"L-[0-9]{6}","status":"received"'
cp "$T/answer" "$T/first"
expect again "$(post "$T/good")" 202 L-
cmp -s "$T/answer" "$T/first" || fail "the same report, another answer"
jq -c . "$T/good" >"$T/other"
# The unsigned are nobody: an id is not theirs to block.
expect "other bytes, unsigned" "$(post "$T/other")" 202 L-

# Signatures.
ssh-keygen -q -t ed25519 -N '' -C me -f "$T/key"
sign() { # file [namespace] -> header value
	rm -f "$1.sig"
	ssh-keygen -q -Y sign -n "${2:-lymph-report}" -f "$T/key" "$1" 2>/dev/null
	grep -v -- ----- "$1.sig" | tr -d '\n'
}
report >"$T/r"
expect signed "$(post "$T/r" -H "Lymph-Signature: $(sign "$T/r")")" 202 L-
expect "signed, and unsigned" "$(post "$T/r")" 202 L-
jq -c '.description = "again"' "$T/r" >"$T/other"
expect "other bytes" "$(post "$T/other" -H "Lymph-Signature: $(sign "$T/other")")" 409 report_id
report >"$T/r2"
expect "another's signature" "$(post "$T/r2" -H "Lymph-Signature: $(sign "$T/r")")" 401 'Lymph-Signature.*RFC 8032'
expect "other namespace" "$(post "$T/r2" -H "Lymph-Signature: $(sign "$T/r2" file)")" 422 'namespace is lymph-report'
in_ node curl -s -i -H 'Content-Type: application/json' -H "Lymph-Signature: $(sign "$T/r")" --data-binary "@$T/r2" \
	$URL/v1/reports | grep -q '^WWW-Authenticate: Lymph-Signature' || fail "401 without a challenge"
expect "no base64" "$(post "$T/r2" -H "Lymph-Signature: %%%")" 422 'Lymph-Signature.*base64'
expect "after all that" "$(post "$T/r2" -H "Lymph-Signature: $(sign "$T/r2")")" 202 L-

# Refused, by field and rule.
for f in xarf_version report_id timestamp reporter sender source_identifier category type service; do
	refused "del(.$f)" 422 "\"field\":\"$f\",\"rule\":\"XARF 4 (core|type): required\""
done
refused '.source_identifier = "192.0.2.0/24"' 422 'source_identifier.*one IP address'
refused '.source_identifier = "a.example"' 422 'source_identifier.*one IP address'
refused '.source_identifier = "198.51.100.7"' 421 '"address":"198.51.100.7","prefixes":\["192.0.2.0/24","2001:db8::/32"\]'
refused '.source_identifier = "2001:db9::1"' 421 '"address":"2001:db9::1"'
refused '.lymph.aud = "elsewhere.example"' 422 'lymph.aud'
refused '.lymph.aud = "Node.Example"' 202 L-
refused '.evidence[0].hash = "sha256:00"' 422 'evidence\[0\].hash'
refused '.evidence[0].payload += "!"' 422 'evidence\[0\].payload.*RFC 4648'
refused '.evidence = [range(51) as $i | .evidence[0]]' 422 '"evidence".*50'
refused '.timestamp = "2099-01-01T00:00:00Z"' 422 'timestamp.*48 hours'
refused '.last_seen = "2099-01-01T00:00:00Z"' 422 'last_seen.*48 hours'
refused '.timestamp = "2019-01-01T00:00:00Z"' 422 'timestamp.*366 days in the past'
refused '.first_seen = "2019-01-01T00:00:00Z"' 202 L-
report '.timestamp = "2019-01-01T00:00:00Z"' >"$T/r"
expect "stale, and signed" "$(post "$T/r" -H "Lymph-Signature: $(sign "$T/r")")" 422 'timestamp.*366 days in the past'
refused '.description = "a\u0000b"' 422 'byte [0-9]+.*NUL'
refused '.x = (reduce range(17) as $i (0; [.]))' 422 'byte [0-9]+.*deep'
refused '.x = [range(10001)]' 422 'byte [0-9]+.*values'
refused '.category = "content" | .type = "phishing" | .url = "http://a/"' 422 '"type"'
report | sed 's/"category"/"category":"connection",&/' >"$T/r"
expect "key twice" "$(post "$T/r")" 422 'each key once'
report | head -c 300 >"$T/r"
expect truncated "$(post "$T/r")" 422 'byte [0-9]+'
: >"$T/r"
expect empty "$(post "$T/r")" 422 'byte 0'
report '.source_identifier = "<script>\u001b[2J"' >"$T/r"
expect hostile "$(post "$T/r")" 422 source_identifier
grep -q script "$T/answer" && fail "a stranger's text came back"
get() { in_ node curl -s -m 60 -i "$@"; }
get -X POST -H 'Content-Type: text/plain' -d x $URL/v1/reports | grep -q '^HTTP/1.1 415' || fail "no 415"
get -X DELETE $URL/v1/reports | tr -d '\r' | grep -qx 'Allow: GET, HEAD, POST' || fail "no Allow"
get -X DELETE $URL/v1/ | grep -q '^HTTP/1.1 405' || fail "no 405"
get $URL/etc/passwd | grep -q '^HTTP/1.1 404' || fail "no 404"

# Sizes: an item of 5 MB travels; 22 MB and a byte does not, announced or in chunks.
head -c 5242880 /dev/zero | base64 -w0 >"$T/payload"
big() { report | jq --rawfile p "$T/payload" '.evidence[0].payload = $p | .evidence[0].content_type = "image/png"'; }
big >"$T/r"
expect "5 MB" "$(post "$T/r")" 202 L-
head -c 5242881 /dev/zero | base64 -w0 >"$T/payload"
big >"$T/r"
expect "5 MB + 1" "$(post "$T/r")" 422 'evidence\[0\].payload.*5 MB'
head -c 23068673 /dev/zero | tr '\0' ' ' >"$T/r"
expect "22 MB + 1" "$(post "$T/r")" 413 'at most 22 MB'
expect "22 MB + 1 in chunks" "$(post "$T/r" -H 'Transfer-Encoding: chunked')" 413 'at most 22 MB'

# More silent lines than there are places: they are cut, and a good client gets in.
in_ node timeout 90 python3 -c '
import socket, resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
held = []
for i in range(1200):
    s = socket.socket(); s.settimeout(1)
    try: s.connect(("127.0.0.1", 8411))
    except OSError: break
    held.append(s)
print(len(held), flush=True)
time.sleep(80)' >"$T/crowd" &
crowd=$! && PIDS="$PIDS $crowd"
want "cat $T/crowd" '^1[0-9]{3}$'
report >"$T/r"
expect "in a crowd" "$(post "$T/r")" 202 L-
kill $crowd

# A few lines that send much and then nothing take no room from small reports, nor from large ones that
# somebody signed; unsigned, large ones wait.
head -c 3000000 /dev/zero | base64 -w0 >"$T/payload"
big >"$T/large"
in_ node timeout 100 python3 -c '
import socket, time
held = []
for i in range(12):
    s = socket.socket(); s.settimeout(5)
    s.connect(("127.0.0.1", 8411))
    s.sendall(b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              b"Content-Length: 20000000\r\n\r\n")
    try: s.sendall(b" " * 17000000)
    except OSError: pass
    held.append(s)
print(len(held), flush=True)
time.sleep(90)' >"$T/hoard" &
hoard=$! && PIDS="$PIDS $hoard"
want "cat $T/hoard" '^12$'
report >"$T/r"
expect "beside hoarders" "$(post "$T/r")" 202 L-
expect "large beside hoarders" "$(post "$T/large")" 503 busy
cp "$T/large" "$T/large-signed" && sed -i "s/\"report_id\": *\"[^\"]*\"/\"report_id\": \"$(uuid)\"/" "$T/large-signed"
expect "large and signed beside hoarders" \
	"$(post "$T/large-signed" -H "Lymph-Signature: $(sign "$T/large-signed")")" 202 L-
want "post $T/large" '^202'
kill $hoard

# Two bad clients at work: nothing of it reaches the good ones.
head -c 200 "$T/good" >"$T/bad"
( while :; do post "$T/bad" >/dev/null; done ) & bad1=$!
( while :; do in_ node timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8411; printf "POST /v1/rep" >&3; sleep 4'; done ) 2>/dev/null & bad2=$!
PIDS="$PIDS $bad1 $bad2"
for _ in $(seq 50); do
	report >"$T/r3"
	got=$(in_ node curl -s -m 60 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
		--data-binary "@$T/r3" $URL/v1/reports)
	[ "$got" = 202 ] || fail "beside bad clients: $got"
done
kill $bad1 $bad2

# The judge dies while a report is under way: the client waits and hears 202.
pkill -9 -P "$warden" -f -- '--role judge'
report >"$T/r"
expect "judge killed" "$(post "$T/r")" 202 L-

wait $silent && wait $slow || fail "a slow client was never cut off"

# Who waited for a silent judge was told to come back, and is heard when it speaks again: once.
want "cat $T/unheard" '^HTTP/1.1 503'
grep -q '^Retry-After: [0-9]' "$T/unheard" || fail "503 without Retry-After"
pkill -CONT -P "$quiet" -f -- '--role judge'
expect unix "$(post "$T/patient" --unix-socket "$T/sock")" 202 L-000002
