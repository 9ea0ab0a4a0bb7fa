#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# OpenPGP with real gpg and curl: keys enrolled and removed, detached and clear-signed reports, statements
# that admit machine keys; other bytes, another part, replays and stale signatures refused by rule; what
# kills verify is set aside, and nobody waits for it.
. "$(dirname "$0")/lib.sh"
need curl jq gpg ssh-keygen base64 sqlite3
[ -n "${T:-}" ] || exit 2
ns node
node_conf <<-EOF
	prefix "192.0.2.0/24" { kind = "residential" }
	intake { authserv-id = "mx.example.net" domains = { "example.net" } }
	mail { from = "abuse@example.net" }
	peer "b" { prefixes = {"203.0.113.0/24"} mail = "abuse@b.example" }
EOF
export GNUPGHOME=$T/home
mkdir -m 700 "$GNUPGHOME"
printf 'batch\nno-tty\nyes\nquiet\npinentry-mode loopback\npassphrase ""\ntrust-model always\n' >"$GNUPGHOME/gpg.conf"
NOW=$(date +%s)
at() { date -u -d "@$((NOW + $1 * 3600))" +%Y%m%dT%H%M%S; }
new() { gpg "$@" 2>"$T/gpg.log" || fail "gpg: $(cat "$T/gpg.log")"; }
new --faked-system-time "$(at -200)!" --quick-generate-key noc@isp.test ed25519 sign never
new --quick-generate-key desk@cert.test rsa3072 sign never
new --quick-generate-key who@else.test ed25519 sign never
new --quick-generate-key cert@only.test ed25519 cert never
for k in noc@isp desk@cert cert@only; do gpg --armor --export $k.test >"$T/$k.asc"; done
fpr() { gpg --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'; }
# What verify dies of, twice: a clear-signed text is asked about as it is.
report >"$T/deadly"
gpg -u noc@isp.test --output "$T/deadly.asc" --clear-sign "$T/deadly"
POISON=$(sha256sum "$T/deadly.asc" | cut -d' ' -f1)
node_start LYMPH_BACKOFF_TOP_MS=100 LYMPH_POISON="$POISON"
node_serves 1
want "grep -c 'verify is ready' $T/lymphd.log" '^1$'

# Enrolment: the fingerprint is told back; a key that may not sign, a secret one, a name twice are refused.
lymph reporter enrol isp --pgp "$T/noc@isp.asc" --network --org "Example ISP" >"$T/out" 2>&1 || fail "enrol: $(cat "$T/out")"
tr -d ' ' <"$T/out" | grep -q "$(fpr noc@isp.test)" || fail "no fingerprint: $(cat "$T/out")"
lymph reporter enrol cert --pgp "$T/desk@cert.asc" --json >"$T/out" 2>&1 || fail "enrol: $(cat "$T/out")"
[ "$(jq -r '.fingerprint, .reporter.standing' "$T/out" | paste -sd' ')" = "$(fpr desk@cert.test) org" ] || fail "$(cat "$T/out")"
refuses() { # word, arguments of enrol
	local out
	out=$(lymph reporter enrol "${@:2}" 2>&1) && fail "enrolled: $out"
	grep -q -- "$1" <<<"$out" || fail "not '$1': $out"
}
refuses 'may sign' bad --pgp "$T/cert@only.asc"
gpg --export-secret-keys noc@isp.test >"$T/secret"
refuses 'never a secret one' bad --pgp "$T/secret"
refuses "another reporter's" isp --pgp "$T/desk@cert.asc"
ssh-keygen -qt ed25519 -N '' -f "$T/sensor"
lymph reporter enrol box --key "$T/sensor.pub" --network | grep -q 'enrolled box' || fail "a machine key"
lymph reporters --json | jq -e '[.reporters[] | select(.pgp)] | length == 2' >/dev/null || fail "$(lymph reporters --json)"

URL=http://127.0.0.1:8411
post() { # file, curl arguments -> status, then the body
	local f=$1 && shift
	in_ node curl -s -m 60 -o "$T/answer" -w '%{http_code}\n' --data-binary "@$f" "$@"
	cat "$T/answer"
}
json() { post "$1" -H 'Content-Type: application/json' -H "Lymph-PGP-Signature: $(base64 -w0 "$2")" "${3:-$URL/v1/reports}"; }
# A statement: by the machine's key, and by gpg's, apart or around it.
by() { echo "Lymph-Signature: $(ssh-keygen -qY sign -n "${3:-lymph-statement}" -f "$1" <"$2" | grep -v -- ----- | tr -d '\n')"; }
state() { post "$1" -H 'Content-Type: application/json' -H "Lymph-PGP-Signature: $(base64 -w0 "$2")" -H "$(by "$3" "$1" ${4:-})" $URL/v1/keys; }
clear() { post "$1" -H 'Content-Type: text/plain; charset=utf-8' "${2:-$URL/v1/reports}"; }
sign() { gpg -u "$1" --digest-algo SHA512 "${@:4}" --output "$3" --detach-sign "$2" 2>>"$T/gpg.log"; }
expect() { # what, answer, status, pattern
	[ "$(echo "$2" | head -1)" = "$3" ] || fail "$1: not $3: $2"
	echo "$2" | grep -qE -- "$4" || fail "$1: no '$4' in: $2"
}
facts() { db "SELECT count(*) FROM fact WHERE kind = 2"; }
count() { lymph reporters --json | jq -r --arg n "$1" '.reporters[] | select(.name == $n) | .reports'; }

report >"$T/r1"
sign noc@isp.test "$T/r1" "$T/r1.sig"
expect "detached" "$(json "$T/r1" "$T/r1.sig")" 202 '"received"'
want "count isp" '^1$'
expect "the same again" "$(json "$T/r1" "$T/r1.sig")" 202 '"received"'
[ "$(facts)" = 1 ] || fail "a replay counted: $(facts)"
jq '.service_port = 99' "$T/r1" >"$T/r1.other"
expect "other bytes" "$(json "$T/r1.other" "$T/r1.sig")" 401 'these very bytes'
sign noc@isp.test "$T/r1.other" "$T/r1.other.sig"
expect "the id again, other bytes, well signed" "$(json "$T/r1.other" "$T/r1.other.sig")" 409 'report_id'
report >"$T/r2"
sign noc@isp.test "$T/r2" "$T/r2.old" --faked-system-time "$(at -72)!"
expect "stale" "$(json "$T/r2" "$T/r2.old")" 401 'older than 48 h'
sign noc@isp.test "$T/r2" "$T/r2.new" --faked-system-time "$(at 72)!"
expect "from the future" "$(json "$T/r2" "$T/r2.new")" 401 'in the future'
sign noc@isp.test "$T/r2" "$T/r2.sha1" --digest-algo SHA1
expect "SHA-1" "$(json "$T/r2" "$T/r2.sha1")" 401 'SHA-256'
expect "no signature at all" "$(json "$T/r2" "$T/r1")" 422 'Lymph-PGP-Signature'
sign who@else.test "$T/r2" "$T/r2.who"
expect "nobody we know" "$(json "$T/r2" "$T/r2.who")" 202 'not known here'
report >"$T/r3"
sign desk@cert.test "$T/r3" "$T/r3.sig"
expect "RSA" "$(json "$T/r3" "$T/r3.sig")" 202 '"received"'

report >"$T/r4"
gpg -u noc@isp.test --output "$T/r4.asc" --clear-sign "$T/r4"
expect "clear-signed" "$(clear "$T/r4.asc")" 202 '"received"'
want "count isp" '^2$'
sed 's/192.0.2.1/192.0.2.2/' "$T/r4.asc" >"$T/r4.other"
expect "clear-signed, other bytes" "$(clear "$T/r4.other")" 401 'these very bytes'
report '.source_identifier = "192.0.2.9"' >"$T/r5" # beside what is signed: never read
cat "$T/r5" "$T/r4.asc" >"$T/r5.before"
expect "an unsigned part before" "$(clear "$T/r5.before")" 415 'first byte'
cat "$T/r4.asc" "$T/r5" >"$T/r5.after"
expect "... and behind" "$(clear "$T/r5.after")" 401 'nothing behind'
report >"$T/r6"
gpg -u who@else.test --output "$T/r6.asc" --clear-sign "$T/r6"
expect "clear-signed by nobody we know" "$(clear "$T/r6.asc")" 202 'not known here'
never "lymph cases --json" '192\.0\.2\.9'

# About another network's address: what an enrolled key signed is sent on, apart and clear-signed; else it is not.
referred() { lymph outgoing --json | jq -r '.outgoing[] | .kind + " " + .to + " " + .subject'; }
report '.source_identifier = "203.0.113.7"' >"$T/f1"
sign who@else.test "$T/f1" "$T/f1.who"
expect "nobody we know, of another network" "$(json "$T/f1" "$T/f1.who")" 421 'not-ours'
never referred '203\.0\.113'
sign desk@cert.test "$T/f1" "$T/f1.sig"
expect "of another network" "$(json "$T/f1" "$T/f1.sig")" 202 '"referred"'
want referred '^referral abuse@b.example Abuse report: 203.0.113.7, open-proxy$'
report '.source_identifier = "203.0.113.8"' >"$T/f2"
gpg -u noc@isp.test --output "$T/f2.asc" --clear-sign "$T/f2"
expect "clear-signed, of another network" "$(clear "$T/f2.asc")" 202 '"referred"'
want referred '203.0.113.8, open-proxy$'
report '.source_identifier = "10.0.0.8"' >"$T/f3"
sign desk@cert.test "$T/f3" "$T/f3.sig"
expect "nobody's address" "$(json "$T/f3" "$T/f3.sig")" 421 'not-ours'
lymph outgoing 1 --json | jq -r .one.attached | jq -e '.reporter.contact == "abuse@example.net"' >/dev/null || fail "$(lymph outgoing 1 --json)"

# A statement admits a machine key with rank and organisation of its signer, until it ends.
ssh-keygen -qt ed25519 -N '' -f "$T/probe"
say() { # file, not after (hours), key -> a statement
	jq -n --arg k "$(cut -d' ' -f1,2 "$3")" --arg t "$(date -u -d "@$((NOW + $2 * 3600))" +%FT%TZ)" \
		'{ lymph_statement: 1, key: $k, not_after: $t, scope: "reports", aud: "node.example" }' >"$1"
}
say "$T/s1" 720 "$T/probe.pub"
sign noc@isp.test "$T/s1" "$T/s1.sig" --faked-system-time "$(at -1)!"
expect "not by the machine" "$(json "$T/s1" "$T/s1.sig" $URL/v1/keys)" 401 'machine key'
expect "by another machine" "$(state "$T/s1" "$T/s1.sig" "$T/sensor")" 422 'machine key'
expect "signed for a report" "$(state "$T/s1" "$T/s1.sig" "$T/probe" lymph-report)" 422 'machine key'
expect "a statement" "$(state "$T/s1" "$T/s1.sig" "$T/probe")" 200 '"admitted"'
lymph reporters --json | jq -e '.reporters[] | select((.name // "") | startswith("isp/")) | .standing == "network" and .org == "Example ISP"' \
	>/dev/null || fail "$(lymph reporters --json)"
expect "replayed" "$(state "$T/s1" "$T/s1.sig" "$T/probe")" 422 'newer than the last'
say "$T/s2" 700 "$T/probe.pub"
sign noc@isp.test "$T/s2" "$T/s2.sig" --faked-system-time "$(at -2)!"
expect "older than the last" "$(state "$T/s2" "$T/s2.sig" "$T/probe")" 422 'newer than the last'
sign noc@isp.test "$T/s2" "$T/s2.stale" --faked-system-time "$(at -72)!"
expect "stale statement" "$(state "$T/s2" "$T/s2.stale" "$T/probe")" 401 'older than 48 h'
say "$T/s3" -1 "$T/probe.pub"
sign noc@isp.test "$T/s3" "$T/s3.sig"
expect "over already" "$(state "$T/s3" "$T/s3.sig" "$T/probe")" 422 'not past already'
sign desk@cert.test "$T/s2" "$T/s2.thief"
expect "another's key" "$(state "$T/s2" "$T/s2.thief" "$T/probe")" 422 'nobody else has admitted'
say "$T/s4" 24 "$T/sensor.pub"
sign desk@cert.test "$T/s4" "$T/s4.sig"
expect "a key the operator ranked" "$(state "$T/s4" "$T/s4.sig" "$T/sensor")" 422 'the operator has not ranked'
sign who@else.test "$T/s2" "$T/s2.who"
expect "nobody's word" "$(state "$T/s2" "$T/s2.who" "$T/probe")" 401 'enrolled key'
ssh-keygen -qt ed25519 -N '' -f "$T/probe2"
say "$T/s5" 24 "$T/probe2.pub"
gpg -u noc@isp.test --output "$T/s5.asc" --clear-sign "$T/s5"
expect "clear-signed statement" "$(post "$T/s5.asc" -H 'Content-Type: text/plain; charset=utf-8' -H "$(by "$T/probe2" "$T/s5")" \
	$URL/v1/keys)" 200 '"admitted"'
report >"$T/r7"
ssh-keygen -qY sign -n lymph-report -f "$T/probe" "$T/r7" 2>/dev/null
expect "the machine reports" "$(post "$T/r7" -H 'Content-Type: application/json' -H \
	"Lymph-Signature: $(grep -v -- ----- "$T/r7.sig" | tr -d '\n')" $URL/v1/reports)" 202 '"received"'

# What kills verify may do so twice; meanwhile and afterwards others are heard.
clear "$T/deadly.asc" >"$T/deadly.answer" &
DEADLY=$!
want "grep -c 'a message killed verify twice' $T/lymphd.log" '^1$'
wait $DEADLY
grep -q '^422' "$T/deadly.answer" || fail "the sender was not told: $(cat "$T/deadly.answer")"
report >"$T/r8"
sign noc@isp.test "$T/r8" "$T/r8.sig"
want "json $T/r8 $T/r8.sig" '"received"'

# Kept over a restart; removed for good, and with it what it admitted.
stop "$WARDEN"
node_start
node_serves 2
report >"$T/r9"
sign noc@isp.test "$T/r9" "$T/r9.sig"
want "json $T/r9 $T/r9.sig" '"received"'
lymph reporter remove isp | tr -d ' ' | grep -q "$(fpr noc@isp.test)" || fail "not removed"
lymph reporters --json | jq -e '[.reporters[] | select((.name // "") | startswith("isp"))] | all(.standing == "key")' >/dev/null ||
	fail "still ranked: $(lymph reporters --json)"
report >"$T/r10"
sign noc@isp.test "$T/r10" "$T/r10.sig"
expect "removed" "$(json "$T/r10" "$T/r10.sig")" 202 'not known here'

# The client signs through gpg.
before=$(count cert)
printf '192.0.2.1 - - [%s +0000] "GET / HTTP/1.1" 200 6 "-" "x"\n' "$(date -u +%d/%b/%Y:%H:%M:%S)" >"$T/access"
HOME=$T in_ node "$LYMPH" report --open-proxy 192.0.2.1 --port 3128 --pgp desk@cert.test --to $URL <"$T/access" >"$T/out" 2>&1 ||
	fail "lymph report --pgp: $(cat "$T/out")"
want "count cert" "^$((before + 1))\$"

# It makes statements, too: where gpg is, or in two steps.
HOME=$T in_ node "$LYMPH" reporter statement --pgp desk@cert.test --to $URL --for "30 d" >"$T/out" 2>&1 || fail "statement: $(cat "$T/out")"
grep -q '^admitted SHA256:' "$T/out" || fail "statement: $(cat "$T/out")"
lymph reporters --json | jq -e '[.reporters[] | select((.name // "") | startswith("cert/"))] | length == 1' >/dev/null ||
	fail "$(lymph reporters --json)"
before=$(count cert)
XDG_CONFIG_HOME=$T/elsewhere in_ node "$LYMPH" reporter statement --print --aud node.example >"$T/printed" || fail "--print"
HOME=$T in_ node "$LYMPH" reporter statement --pgp desk@cert.test --to $URL --from "$T/printed" --json >"$T/out" 2>&1 || fail "--from: $(cat "$T/out")"
[ "$(jq -r '.admitted, .key' "$T/out" | paste -sd' ')" = "true $(ssh-keygen -lf "$T/elsewhere/lymph/id_ed25519.pub" | cut -d' ' -f2)" ] || fail "$(cat "$T/out")"
sed 's/node.example/nope.example/' "$T/printed" >"$T/forged"
HOME=$T in_ node "$LYMPH" reporter statement --pgp desk@cert.test --to $URL --from "$T/forged" >"$T/out" 2>&1 && fail "signed what the machine did not: $(cat "$T/out")"
grep -q 'has not signed it' "$T/out" || fail "$(cat "$T/out")"
HOME=$T in_ node "$LYMPH" reporter statement --pgp who@else.test --to $URL >"$T/out" 2>&1 && fail "admitted by nobody: $(cat "$T/out")"
grep -q 'refused' "$T/out" || fail "$(cat "$T/out")"

# PGP/MIME (RFC 3156): the signed part accuses, by its signer; what stands beside it, and other bytes, do not.
log() { for i in 1 2 3; do printf '%s host sshd[7]: Failed password for root from %s port 4%s ssh2\r\n' "$(date -u +%FT%TZ)" "$1" "$i"; done; }
{ printf 'Content-Type: text/plain\r\n\r\n' && log 192.0.2.61; } >"$T/part"
gpg -u desk@cert.test --armor --output "$T/part.asc" --detach-sign "$T/part"
mail() { # part, Message-ID -> a mail with an unsigned part behind the signed one
	printf 'From: desk@cert.test\nTo: abuse@example.net\nSubject: ssh attempts\nDate: %s\n' "$(date -R)"
	printf 'Message-ID: <%s@cert.test>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="m"\n\n--m\n' "$2"
	printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n protocol="application/pgp-signature"; boundary="s"\n\n--s\n'
	tr -d '\r' <"$1"
	printf '\n--s\nContent-Type: application/pgp-signature; name="signature.asc"\n\n'
	cat "$T/part.asc"
	printf '\n--s--\n--m\nContent-Type: text/plain\n\n' && log 192.0.2.62 | tr -d '\r' && printf -- '\n--m--\n'
}
newest() { lymph mail "$((16#$(db "SELECT max(CAST(hex(name) AS TEXT)) FROM shelf WHERE no = 16")))" --json; }
want "ls $T/run/intake.sock" 'intake.sock$'
mail "$T/part" mime >"$T/mime"
lymph intake <"$T/mime" || fail "PGP/MIME: $?"
[ "$(newest | jq -r '"\(.source) \(.reports)"')" = "pgp:$(fpr desk@cert.test) 1" ] || fail "PGP/MIME: $(newest)"
sed 's/192.0.2.61/192.0.2.63/' "$T/part" >"$T/part.other"
mail "$T/part.other" forged >"$T/mime"
lymph intake <"$T/mime" || fail "forged PGP/MIME: $?"
[ "$(newest | jq -r .source)" = null ] || fail "forged, and somebody's: $(newest)"

# What a statement admitted ends with it: two days later the machine is a stranger again.
ssh-keygen -qt ed25519 -N '' -f "$T/probe3"
say "$T/s6" 24 "$T/probe3.pub"
sign desk@cert.test "$T/s6" "$T/s6.sig"
expect "for a day" "$(state "$T/s6" "$T/s6.sig" "$T/probe3")" 200 '"admitted"'
rank_of() { lymph reporters --json | jq -r --arg n "$1" '.reporters[] | select(.name == $n) | .standing'; }
PROBE3=cert/$(cut -d' ' -f2 "$T/probe3.pub" | base64 -d | tail -c 32 | head -c 4 | od -An -tx1 | tr -d ' \n')
[ "$(rank_of "$PROBE3")" = org ] || fail "not admitted: $(lymph reporters --json)"
lymph reporter rank cert network >/dev/null || fail "rank"
[ "$(rank_of "$PROBE3")" = network ] || fail "does not follow its signer"
gpgconf --kill gpg-agent
stop "$WARDEN"
node_start LYMPH_CLOCK_OFFSET_MS=$((48 * 3600000))
node_serves 3
want "rank_of $PROBE3" '^key$'
[ "$(rank_of cert)" = network ] || fail "its signer suffered: $(rank_of cert)"
stop "$WARDEN"
"$LYMPH" journal replay --state "$T/state" || fail "replay differs"
echo ok
