#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The canary among strangers: what it answers, who is sent away, that a full house and a flood of made-up
# tokens leave it serving and cost the judge nothing. Then a look that kills the prober: it may do so
# twice, then it is set aside, and other looks go on.
. "$(dirname "$0")/lib.sh"
need curl python3 jq
ns node world
link node 192.0.2.254/24,2001:db8:1::254/64 world 192.0.2.1/24,2001:db8:1::1/64
in_ world ip route add local 198.51.100.0/24 dev lo # many strangers
route node 198.51.100.0/24 192.0.2.1
UID_BASE=64660 NODE_NAME=desk.example.net
node_conf <<-EOT
	canary { address = "192.0.2.254" ports = {80, 8000} }
	vantage "announced" { source = {"192.0.2.254"} }
	prefix "192.0.2.0/24" { kind = "residential" }
EOT
# The digest of a look at 192.0.2.66 port 3128 from vantage 0, see look_digest().
POISON=$(python3 -c '
import hashlib
cls = 1  # open-proxy
print(hashlib.blake2b(bytes([4, 192, 0, 2, 66] + [0] * 12 + [3128 >> 8, 3128 & 255, cls, 0]), digest_size=32).hexdigest())')
node_start LYMPH_POISON="$POISON" LYMPH_BACKOFF_TOP_MS=100
for r in judge probe hear-canary hear-reports; do want "cat $T/lymphd.log" "$r is ready"; done

ask() { in_ world curl -sm5 -o "$T/body" -w '%{http_code}' "$@"; }
token() { head -c16 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
C=http://192.0.2.254
t=$(token)
[ "$(ask "$C/$t")" = 200 ] && [[ $(cat "$T/body") =~ ^[0-9a-f]{32}$ ]] || fail "no secret for a token: $(cat "$T/body")"
first=$(cat "$T/body")
[ "$first" != "$t" ] || fail "the secret is the token"
[ "$(ask "$C:8000/$t")" = 200 ] && [ "$(cat "$T/body")" != "$first" ] || fail "a secret was given twice"
[ "$(ask --proxy "$C:80" "http://elsewhere.example/$t")" = 200 ] || fail "no answer to an absolute URI"
[ "$(ask "$C/why")" = 200 ] && grep -q "abuse@desk.example.net" "$T/body" || fail "no page says why"
[ "$(ask "$C/")" = 200 ] || fail "no page at /"
[ "$(ask "$C/${t}0")" = 404 ] && [ "$(ask -X POST "$C/$t")" = 404 ] && [ "$(ask "$C/etc/passwd")" = 404 ] || fail "not 404"
[ "$(ask -H "X: $(head -c3000 /dev/zero | tr '\0' a)" "$C/$t")" = 000 ] || fail "a long request was answered"

in_ world python3 - <<'EOT' || fail "bad neighbours"
import socket, sys, time
CANARY = ("192.0.2.254", 80)
def visit(source):
    s = socket.create_connection(CANARY, 5, (source, 0))
    s.settimeout(10)
    return s
def gone(s, wait):
    s.settimeout(wait)
    try:
        return s.recv(1) == b""
    except socket.timeout:
        return False
    except OSError:
        return True
def served(source):
    s = visit(source)
    s.sendall(b"GET /" + b"ab" * 16 + b" HTTP/1.0\r\n\r\n")
    data = b""
    while True:
        more = s.recv(4096)
        if not more:
            return data.startswith(b"HTTP/1.1 200")
        data += more
# One source: so many at a time and no more; another is served beside it.
slow = [visit("192.0.2.1") for _ in range(24)]
for s in slow[:16]:
    s.sendall(b"GET /")
time.sleep(0.3)
assert sum(gone(s, 0.05) for s in slow) == 8, "cap per source"
assert served("198.51.100.200")
# Those who do not speak are shown out, by time.
for s in slow[:16]:
    assert gone(s, 60), "a slow visitor stayed"
# A full house: the oldest makes room.
crowd = [visit(f"198.51.100.{i % 100}") for i in range(600)]
assert served("198.51.100.250"), "not served in a full house"
assert gone(crowd[0], 5), "the oldest stayed"
# Thousands of made-up tokens from one source: all are answered.
for i in range(1000):
    assert served("198.51.100.240"), i
EOT
want "cat $T/lymphd.log" 'could not be told to the judge'
[ "$(ask "$C/$(token)")" = 200 ] || fail "not served after the flood"
never "cat $T/lymphd.log" 'died'

# The canary gives its page to whoever asks for it as one asks a proxy: it is no relay for all that.
accuse() { in_ node python3 "$(dirname "$0")/accuser.py" 127.0.0.1 8411 victim 1 "$@"; }
looks() { lymph why "$1" --json; }
accuse 192.0.2.254 80
want "looks 192.0.2.254" 'not-ours|one-sided|"open"'
never "looks 192.0.2.254" '"verdict": *"open"|"method": *"http'

# A relay on an own line is proven while strangers fetch all the tokens they can make up.
cat >"$T/flood.py" <<'EOT'
import os, socket, sys, threading
CANARY = ("192.0.2.254", 80)
def fetch(source, path):
    s = socket.create_connection(CANARY, 5, (source, 0))
    s.settimeout(5)
    s.sendall(b"GET " + path + b" HTTP/1.0\r\n\r\n")
    data = b""
    while more := s.recv(4096):
        data += more
    s.close()
    return data
def flood(n):
    while True:
        for i in range(n, 250, 8):
            try:
                fetch(f"198.51.100.{i}", b"/" + os.urandom(16).hex().encode())
            except OSError:
                pass
for n in range(8):
    threading.Thread(target=flood, args=(n + 1,), daemon=True).start()
relay = socket.create_server(("192.0.2.1", 3130))
print("ready", flush=True)
while True:
    c, _ = relay.accept()
    c.settimeout(5)
    try:
        word = c.recv(2048).split()
        if word and word[0] == b"GET" and word[1].startswith(b"http://192.0.2.254/"):
            c.sendall(fetch("192.0.2.1", word[1][18:]))
    except OSError:
        pass
    c.close()
EOT
in_ world timeout 100 python3 "$T/flood.py" >"$T/flood" &
flood=$! && PIDS="$PIDS $flood"
want "cat $T/flood" ready
sleep 5 # the flood's allowance for a start is used up
accuse 192.0.2.1 3130
want "looks 192.0.2.1" '"verdict": *"[a-z-]+"'
looks 192.0.2.1 | grep -q '"verdict": *"open"' || fail "a flood hid a relay: $(looks 192.0.2.1 | grep -A2 verdict)"
kill $flood

# A look that kills.
accuse 192.0.2.66 3128
want "grep -c 'probe.*died' $T/lymphd.log" '^2$'
want "looks 192.0.2.66" 'set-aside'
accuse 192.0.2.67 3128
want "looks 192.0.2.67" '"closed"|no-answer'
[ "$(grep -c 'died' "$T/lymphd.log")" = 2 ] || fail "more deaths than two"
