#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hear-metrics: the judge's last text for whoever comes on loopback, to the byte; nothing else, however
# asked; and visitors who never finish, many or slow, keep nobody else out.
. "$(dirname "$0")/lib.sh"
need curl python3
ns node
cat >"$T/lymphd.conf" <<-EOF
	name = "node.example"
	state = "$T/state"
	run = "$T/run"
	listen = "127.0.0.1:8411"
	metrics = "127.0.0.1:9411"
	uid-base = 64120
	prefix "192.0.2.0/24" { kind = "residential" }
EOF
start() { bg node "$BIN/test/net/lymphd_stub" -c "$T/lymphd.conf" && WARDEN=$PID; }
get() { in_ node curl -s -m 20 "$@"; }
url=http://127.0.0.1:9411
code() { get -o /dev/null -w '%{http_code}' "$@"; }
push() { # a file into the hands of the judge of cardboard
	cp "$1" "$T/state/new" && chown 64121 "$T/state/new" && mv "$T/state/new" "$T/state/metrics"
}

start
want "code $url/metrics" '^503$'
want "get $url/metrics" '30 s'
echo 'lymph_up 1' >"$T/short"
seq 0 1499 | sed 's/.*/lymph_figure{n="&"} &/' >"$T/long"
push "$T/short"
want "get $url/metrics" '^lymph_up 1$'
want "get -i $url/metrics" 'Content-Type: text/plain; version=0.0.4'
push "$T/long"
want "get $url/metrics | tail -n1" '^lymph_figure.n="1499"'
get $url/metrics | cmp - "$T/long" || fail "the text came out changed"
get --http1.0 $url/metrics | cmp - "$T/long" || fail "HTTP/1.0"

[ "$(code "$url/")" = 200 ] && get "$url/" | grep -q /metrics || fail "no pointer at /"
[ "$(code "$url/metrics?x=1")" = 200 ] || fail "a query"
for path in /metricss /metrics/ //metrics /../metrics /%6detrics /etc/passwd; do
	[ "$(code --path-as-is "$url$path")" = 404 ] || fail "$path: $(code --path-as-is "$url$path")"
done
for method in POST PUT DELETE OPTIONS TRACE get; do
	[ "$(code -X "$method" $url/metrics)" = 405 ] || fail "$method"
done
[ "$(get -I $url/metrics | tr -d '\r' | sed -n 's/^Content-Length: //p')" = "$(wc -c <"$T/long")" ] ||
	fail "HEAD does not tell the length"
in_ node bash -c 'exec 3<>/dev/tcp/127.0.0.1/9411 && printf "HEAD /metrics HTTP/1.1\r\n\r\n" >&3 && cat <&3' |
	grep -q lymph_figure && fail "HEAD with a body"

cat >"$T/hostile.py" <<'EOF'
import socket, sys, time
def connect():
    return socket.create_connection(("127.0.0.1", 9411), 10)
def go(data, half=False):
    s = connect()
    s.settimeout(20)
    got = b""
    try:
        s.sendall(data)
        if half:
            s.shutdown(socket.SHUT_WR)
        while True:
            b = s.recv(65536)
            if not b:
                return got
            got += b
    except ConnectionError:
        return got
get = b"GET /metrics HTTP/1.1\r\n\r\n"
last = b'lymph_figure{n="1499"} 1499\n'
for junk in (b"\n", b"\r\n\r\n", b"GET\n", b"GET HTTP/1.1\n", b"GET  HTTP/1.1\n", b" HTTP/1.1\n",
             b"GET /metrics\r\n", b"GET /metrics HTTP/2.0\r\n", b"\0" * 20 + b"\n",
             b"\xff" * 900 + b"\n", b"x" * 1024, b"GET /" + b"a" * 2000):
    a = go(junk)
    assert a[9:12] in (b"400", b"404", b"405", b""), (junk[:40], a[:40])
# All said at once and closed for writing: the whole answer still comes.
assert go(get, half=True).endswith(last), "half-closed"
# Headers without end are hung up on.
go(b"GET /metrics HTTP/1.1\r\n" + b"x: y\r\n" * 20000)
# Five hundred who say nothing; then one who asks.
idle = [connect() for _ in range(500)]
assert go(get).endswith(last), "kept out by idlers"
# Those who do not read their answer keep nobody out either.
deaf = []
for _ in range(100):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.connect(("127.0.0.1", 9411))
    s.sendall(get)
    deaf.append(s)
assert go(get).endswith(last), "kept out by the deaf"
# One who drips is sent away.
s, end = connect(), time.time() + 60
try:
    while time.time() < end:
        s.sendall(b"G")
        time.sleep(0.5)
    sys.exit("a dripping visitor stays")
except ConnectionError:
    pass
EOF
in_ node python3 "$T/hostile.py" || fail "hostile visitors"
want "code $url/metrics" '^200$'

# The judge goes silent: old figures are not given out as new.
rm "$T/state/metrics"
want "code $url/metrics" '^503$'

# On a Unix socket it is the same; on any other address lymphd does not start.
stop "$WARDEN"
sed -i "s,^.*metrics = .*,metrics = \"unix:$T/run/metrics.sock\"," "$T/lymphd.conf"
start
want "get --unix-socket $T/run/metrics.sock http://x/" '/metrics'
stop "$WARDEN"
[ ! -e "$T/run/metrics.sock" ] || fail "its socket stayed"
sed -i 's,^.*metrics = .*,metrics = "0.0.0.0:9411",' "$T/lymphd.conf"
in_ node timeout 20 "$BIN/test/net/lymphd_stub" -c "$T/lymphd.conf" 2>&1 | grep -q 'not loopback' ||
	fail "a public address"

# Without the line there is no such role.
sed -i '/metrics = /d' "$T/lymphd.conf"
start
want "pgrep -P $WARDEN -af role" 'hear-reports'
never "pgrep -P $WARDEN -af role" 'hear-metrics|hook'
