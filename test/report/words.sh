#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is refused before anything happens, what a log may not do to a terminal, and signatures that
# ssh-keygen agrees with.
. "$(dirname "$0")/lib.sh"
log 2 >"$T/log"
ask() { report "$@" <"$T/log"; }

ask && is $RC 2 "nothing asked"
ask --open-proxy 192.0.2.1
is $RC 2 "no server"
has "$T/err" "no server to report to" "no server"
for bad in example.net 192.0.2.0/24 192.0.2.1:80 '' 1.2.3; do
	ask --open-proxy "$bad" --dry-run
	is $RC 2 "not an address: $bad"
done

# every class of the table; those whose report must name a port say what to add, and still show what they read
ssh='Nov 22 01:45:00 h sshd[1]: Failed password for root from 192.0.2.1 port 4711 ssh2'
"$LYMPH" report --help | sed -n 's/^  \(--[a-z0-9-]*\)  .*/\1/p' | sed '/^--\(port\|time\|sign\|to\|dry-run\|json\|flush\|pgp\|redact\)$/d' >"$T/classes"
[ "$(wc -l <"$T/classes")" -ge 13 ] || fail "lymph report --help lists $(wc -l <"$T/classes") classes"
while read -r class; do
	report "$class" 192.0.2.1 --port 4711 --dry-run <<<"$ssh"
	is $RC 0 "$class"
	is "$(jq -r .source_identifier "$T/out")" 192.0.2.1 "$class"
done <"$T/classes"
report --login-attacker 192.0.2.1 --dry-run <<<"$ssh"
is "$RC $(jq -r .source_port "$T/out")" "0 4711" "the source port from the log"
report --login-attacker 192.0.2.1 --dry-run --json <<<"${ssh/ port 4711/}"
is "$RC $(jq -r .supports.lines "$T/out")" "2 1" "a log without source ports"
has "$T/out" "--port N" "what to add"
report --login-attacker 192.0.2.1 --dry-run <<<"Nov 22 01:45:00 h postfix/smtpd[1]: warning: x[192.0.2.1]: SASL LOGIN authentication failed: x"
has "$T/err" "smtpd_client_port_logging" "what to change"
report --login-attacker 192.0.2.1 --port 4711 --dry-run <<<"${ssh/Failed/Accepted}"
has "$T/err" "0 lines support it" "a login that succeeded"
report --known-defective 192.0.2.1 --dry-run <<<"[CVE-2021-36260] [http] [critical] http://192.0.2.1:80/SDK/webLanguage"
is "$RC $(jq -r '.cve_id,.service_port' "$T/out" | paste -sd' ')" "0 CVE-2021-36260 80" "a known hole"
ask --open-proxy 192.0.2.1 --port 0 --dry-run
is $RC 2 "port 0"
ask --open-proxy 192.0.2.1 --port 65536 --dry-run
is $RC 2 "port 65536"
ask --open-proxy 192.0.2.1 --time yesterday --dry-run
is $RC 2 "no time"
for bad in ftp://x/ file:///etc/passwd x 'http://' unix:relative 'https://x/?q'; do
	ask --open-proxy 192.0.2.1 --to "$bad"
	is $RC 2 "not a server: $bad"
done
ask --open-proxy 198.51.100.9 --dry-run
is $RC 3 "not in the log"
echo '198.51.100.7 - - [22/Nov/2026:01:45:00 +0000] "GET http://198.51.100.9/ HTTP/1.1" 200 1' | ask --open-proxy 192.0.2.1 --dry-run
[ ! -e "$Q" ] || fail "a dry run made a queue"
[ ! -e "$HOME/.config/lymph/id_ed25519" ] || fail "a dry run made a key"
echo 'org = "unclosed' >"$CONF"
ask --open-proxy 192.0.2.1 --dry-run
is $RC 1 "broken report.conf"
has "$T/err" "report.conf:" "broken report.conf"
rm "$CONF"
ask --open-proxy 192.0.2.1 --dry-run
is $RC 0 "no report.conf: user@host"

# a log is hostile
printf '192.0.2.1 - \x1b]0;pwn\x07 [22/Nov/2026:01:45:00 +0000] "GET /\xe2\x80\xae\xff\x00 HTTP/1.1" 200 6\n' >"$T/bad"
printf '203.0.113.5 - - [22/Nov/2026:01:45:00 +0000] "GET http://192.0.2.1/\x1b[2J\xff\x00\xe2\x80\xae HTTP/1.1" 200 6\n' >>"$T/bad"
report --open-proxy 192.0.2.1 --dry-run <"$T/bad"
is $RC 0 "a hostile log"
LC_ALL=C grep -q '[^ -~]' "$T/err" && fail "raw bytes on the terminal"
has "$T/err" '\x1b[2J\xff\x00\u{202e}' "escaped on the terminal"
report --open-proxy 192.0.2.1 --dry-run --json <"$T/bad"
LC_ALL=C grep -q '[^ -~]' "$T/out" && fail "raw bytes in JSON"
jq -r .document "$T/out" | jq -r '.evidence[0].payload' | base64 -d | cmp -s - <(head -1 "$T/bad") ||
	fail "evidence is not the line as it was"
head -c 300000 /dev/zero | tr '\0' 'a' >"$T/long"
printf ' 192.0.2.1\n' >>"$T/long"
report --open-proxy 192.0.2.1 --dry-run <"$T/long"
is $RC 3 "an address beyond 64 KiB of a line"

# a long log: the first lines and the last ones, whole, and all of them counted
log 5000 >"$T/many"
report --open-proxy 192.0.2.1 --dry-run < <(cat "$T/many")
is "$(jq -r '.lymph.count, (.evidence | length)' "$T/out" | paste -sd' ')" "5000 2" "a long log"
item() { jq -r ".evidence[$1].payload" "$T/out" | base64 -d; }
item 0 | cmp -s - <(head -n "$(item 0 | wc -l)" "$T/many") || fail "not the first lines"
item 1 | cmp -s - <(tail -n "$(item 1 | wc -l)" "$T/many") || fail "not the last lines"
[ "$(item 0 | wc -c)" -le 32768 ] && [ "$(item 1 | wc -c)" -le 32768 ] || fail "evidence beyond its cap"
has "$T/out" "log: the last $(item 1 | wc -l) of 5000 lines" "a long log"
log 400 | sed 's/$/\r/' | head -c -2 >"$T/crlf"
report --open-proxy 192.0.2.1 --dry-run <"$T/crlf"
is "$(jq -r '.lymph.count' "$T/out") $(item 0 | tr -dc '\r' | wc -c)" "400 0" "CRLF, no newline at the end"

# signatures
serve
answer '202 Accepted' '' "$ACCEPT"
TO="--to unix:$T/sock"
verify() { # N, public key file
	printf 'me %s\n' "$(cat "$2")" >"$T/allowed"
	{ echo '-----BEGIN SSH SIGNATURE-----' &&
		tr -d '\r' <"$T/srv/$1.head" | sed -n 's/^Lymph-Signature: //p' | fold -w 70 &&
		echo '-----END SSH SIGNATURE-----'; } >"$T/sig"
	ssh-keygen -Y verify -f "$T/allowed" -I me -n lymph-report -s "$T/sig" <"$T/srv/$1.body" >/dev/null ||
		fail "ssh-keygen does not verify request $1"
}
ask --open-proxy 192.0.2.1 $TO
is $RC 0 "own key"
verify 1 "$HOME/.config/lymph/id_ed25519.pub"
is "$(ssh-keygen -lf "$HOME/.config/lymph/id_ed25519" | cut -d' ' -f2)" \
	"$(sed -n 's/.*signed by \(SHA256:[^ ]*\).*/\1/p' "$T/err")" "the fingerprint shown"
ssh-keygen -qt ed25519 -N '' -f "$T/plain"
ask --open-proxy 192.0.2.1 $TO --sign "$T/plain"
is $RC 0 "a key of ssh-keygen"
verify 2 "$T/plain.pub"
ssh-keygen -qt ed25519 -N 'secret' -f "$T/locked"
printf '#!/bin/sh\necho secret\n' >"$T/askpass" && chmod 700 "$T/askpass"
SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ask --open-proxy 192.0.2.1 $TO --sign "$T/locked"
is $RC 0 "a key with a pass phrase"
verify 3 "$T/locked.pub"
ssh-keygen -qt rsa -N '' -f "$T/rsa"
ask --open-proxy 192.0.2.1 $TO --sign "$T/rsa"
is $RC 1 "an RSA key"
has "$T/err" "ssh-keygen -t ed25519" "an RSA key"
ask --open-proxy 192.0.2.1 $TO --sign "$T/nothing"
is $RC 1 "no such key"
ask --open-proxy 192.0.2.1 $TO --sign none
is $RC 0 "unsigned"
grep -qi '^Lymph-Signature' "$T/srv/4.head" && fail "unsigned, but a signature"
printf 'server = "unix:%s"\nkey = "%s"\n' "$T/sock" "$T/plain" >"$CONF"
ask --open-proxy 192.0.2.1 --json
is "$RC $(jq -r '.status,.reference' "$T/out" | paste -sd' ')" "0 accepted L-000007" "server and key from report.conf"
verify 5 "$T/plain.pub"
eval "$(ssh-agent -s)" >/dev/null
SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ssh-add -q "$T/locked" </dev/null
rm "$T/locked"
ask --open-proxy 192.0.2.1 --sign "$T/locked.pub"
agent=$RC
kill "$SSH_AGENT_PID"
is $agent 0 "a key in an agent"
verify 6 "$T/locked.pub"
sed -i "s|^key.*|key = \"~/here\"|" "$CONF" && cp "$T/plain" "$HOME/here"
ask --open-proxy 192.0.2.1
is $RC 0 "a key below ~"

# zones: the reporter's own, with its summer time, and that of report.conf
echo "Jul  1 12:00:00 h sshd[1]: Invalid user x from 192.0.2.1 port 4" >"$T/log"
TZ=Europe/Berlin ask --open-proxy 192.0.2.1 --dry-run
is "$(jq -r .timestamp,.lymph.zone_assumed "$T/out" | paste -sd" ")" "2026-07-01T10:00:00Z true" "TZ"
has "$T/err" "Europe/Berlin assumed" "TZ"
echo "zone = \"America/New_York\"" >>"$CONF"
TZ=Europe/Berlin ask --open-proxy 192.0.2.1 --dry-run
is "$(jq -r .timestamp "$T/out")" "2026-07-01T16:00:00Z" "zone of report.conf"
unserve
XDG_STATE_HOME=$T/state ask --open-proxy 192.0.2.1
is "$RC $(count "$T/state/lymph/queue")" "4 1" "XDG_STATE_HOME"
echo ok
