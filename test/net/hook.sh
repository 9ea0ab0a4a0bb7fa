#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The hook in its real box, under the real warden: an ordinary script works (curl, timeout, its own
# folder), what it must not do it cannot; nothing is run in observe; panic takes back what was put with
# the judge stopped; a script that others may change is refused.
. "$(dirname "$0")/lib.sh"
need curl /usr/bin/python3 setpriv
ns node
cat >"$T/lymphd.conf" <<-EOF
	name = "node.example"
	state = "$T/state"
	run = "$T/run"
	warden-state = "$T/warden"
	conscience = "$T/conscience"
	listen = "127.0.0.1:8411"
	hook = "$T/hook"
	uid-base = 64140
	staff { admin = "64990" }
	prefix "192.0.2.0/24" { kind = "residential" }
EOF
echo 'mode enforce' >"$T/conscience"
HOOK_UID=64146
cat >"$T/hook" <<-EOF
	#!/bin/sh
	n=\$(cat | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	echo "\$n \$*" >>said
	exit 0
EOF
chmod 755 "$T/hook"
start() { bg node "$BIN/test/net/lymphd_stub" -c "$T/lymphd.conf" && WARDEN=$PID; }
word() { # uid, line: to the warden's socket
	in_ node setpriv --reuid "$1" --regid 64990 --clear-groups /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
s.shutdown(socket.SHUT_WR)
print(s.makefile().read())' "$T/run/warden.sock" "$2"
}
calls() { # lines for the judge of cardboard
	cat >"$T/state/new" && chown 64141 "$T/state/new" && mv "$T/state/new" "$T/state/calls"
}
answers="cat $T/state/answers"
said="cat $T/run/hook/said"

start
want "pgrep -P $WARDEN -af role" 'role hook'
# Observe: nothing runs.
calls <<<'1 192.0.2.7/32 1 4 0 {"order":1}'
want "$answers" '^1 -1$'
[ ! -e "$T/run/hook/said" ] || fail "run in observe"

want "word 64991 'mode enforce a test'" '^ok pending m1'
want "word 64992 'approve m1'" '^ok'
printf '%d 192.0.2.%d/32 %d 4 0 {"order":%d}\n' 2 2 1 2 3 3 0 3 4 4 1 4 | calls
want "$answers" '^4 0$'
want "$said" '^2 192.0.2.2/32 towards filter put$'
want "$said" '^3 192.0.2.3/32 from filter put$'
[ "$(sed 's/ .*//' "$T/run/hook/said" | tr -d '\n')" = 234 ] || fail "not in order: $($said)"

# What an ordinary script does, and what none may.
bg node /usr/bin/python3 -m http.server 8088 --bind 127.0.0.1 --directory "$T/run"
want "in_ node curl -sf http://127.0.0.1:8088/" 'hook'
cp "$T/hook" "$T/hook.was"
cat >"$T/hook" <<-EOF
	#!/bin/bash
	no() { "\$@" 2>/dev/null && echo "went: \$*"; true; }
	{
	[ "\$(id -u)" = $HOOK_UID ] || echo "uid \$(id -u)"
	[ "\$(id -G)" = $HOOK_UID ] || echo "groups \$(id -G)"
	[ "\$PWD" = "$T/run/hook" ] || echo "in \$PWD"
	grep -q '^Cap.*:.*[1-9a-f]' /proc/self/status && grep ^Cap /proc/self/status
	echo ordinary >/dev/null || echo "no /dev/null"
	mkdir -p a/b && mv a/b c && rm -r a c || echo "no folder"
	timeout 20 curl -sf http://127.0.0.1:8088/ >/dev/null || echo "no curl: \$?"
	getent hosts localhost >/dev/null || echo "no names"
	python3 -c 'import threading; t = threading.Thread(); t.start(); t.join()' || echo "no threads"
	no touch "$T/open/x"
	no touch /tmp/lymph-hook-$TAG
	no cat "$T/state/lines"
	no cat "$T/warden/mode"
	no touch "$T/run/x"
	no unshare -U true
	no unshare -m true
	no nsenter -t 1 -n true
	no chroot / true
	no nft list ruleset
	no python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
	no python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)'
	no python3 -c 'import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)'
	no kill -0 $WARDEN
	no python3 -c 'import ctypes; c = ctypes.CDLL(None, use_errno=True); exit(c.ptrace(16, \$PPID, 0, 0) != 0)'
	echo done
	} >what 2>&1
EOF
mkdir "$T/open" && chmod 777 "$T/open"
calls <<<'5 192.0.2.5/32 1 4 0 {}'
want "cat $T/run/hook/what" '^done$'
[ "$(cat "$T/run/hook/what")" = "done" ] || fail "the box: $(cat "$T/run/hook/what")"
want "$answers" '^5 0$'
mv "$T/hook.was" "$T/hook"

# A script that others may change is not run.
chmod 775 "$T/hook"
calls <<<'6 192.0.2.6/32 1 4 0 {"order":6}'
want "$answers" '^6 -1$'
never "$said" '^6 '
chmod 755 "$T/hook"

# What touches a line is asked of the conscience here, too: not ours, and never-touch.
echo "never 192.0.2.66/32" >>"$T/conscience"
kill -HUP "$WARDEN"
want "cat $T/lymphd_stub.log" 'conscience was read again'
printf '%d %s 1 %d 0 {"order":%d}\n' 60 198.51.100.1/32 4 60 61 192.0.2.66/32 4 61 62 192.0.2.67/32 5 62 \
	63 192.0.2.66/32 3 63 | calls
want "$answers" '^63 0$'
for n in 60 61 62; do want "$answers" "^$n -1$"; never "$said" "^$n "; done

# Panic with the judge stopped: what was put is taken back, once; and nothing runs after.
JUDGE=$(pgrep -P "$WARDEN" -f -- '--role judge')
kill -STOP "$JUDGE"
want "word 64991 'panic a test'" '^ok'
for i in 2 3 4 5; do want "$said" "192.0.2.$i/32 (towards|from) filter drop$"; done
want "$said" '192.0.2.66/32 - notify drop$'
kill -CONT "$JUDGE"
calls <<<'7 192.0.2.7/32 1 4 0 {"order":7}'
want "$answers" '^7 -1$'
[ "$(grep -c drop "$T/run/hook/said")" = 5 ] || fail "taken back: $($said)"
