#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The report desk's mails: a Maildir and the pipe of an MDA, with lymphd killed again and again in between.
# In the end each mail is in exactly one tray, the right one, each claim counts once, and nothing is lost.
. "$(dirname "$0")/lib.sh"
need python3 jq sqlite3 sha256sum setpriv gpg
ns node
MAIL=$T/box
COUNT=${MAILS:-84}
mkdir -p "$MAIL/new" "$MAIL/cur" "$MAIL/tmp" "$T/made" "$T/piped"
chmod 755 "$T" "$MAIL"
watch=$((UID_BASE + 9))
people_conf >"$T/people"
node_conf <<-EOF
	$(cat "$T/people")
	prefix "192.0.2.0/24" { kind = "residential" }
	intake {
		maildir = "$MAIL" authserv-id = "mx.example.net" domains = { "example.net" }
		sealed-readers = { "64922", "64927" }
	}
EOF

python3 "$(dirname "$0")/mails.py" "$T/made" "$COUNT" dir >"$T/trays" || fail "no mails"
python3 "$(dirname "$0")/mails.py" "$T/piped" 28 pipe >"$T/piped.trays" || fail "no mails"
# Half of the Maildir is there before lymphd is.
deliver() { # name: as an MDA does
	cp "$T/made/$1" "$MAIL/tmp/$1" && mv "$MAIL/tmp/$1" "$MAIL/new/$1"
}
head -n $((COUNT / 2)) "$T/trays" | while read -r name _; do deliver "$name"; done
chown -R "$watch:$watch" "$MAIL"
node_start
node_serves
want "ls -l $T/run/intake.sock | cut -c1-10" '^srw-rw----$'
tail -n +$((COUNT / 2 + 1)) "$T/trays" | while read -r name _; do deliver "$name"; done

# The MDA: comes again whenever it is told to, as a mail server does.
pipe() {
	local status
	for _ in $(seq 600); do
		"$LYMPH" intake --socket "$T/run/control.sock" <"$1" 2>>"$T/mda.log" && return 0
		status=$?
		[ $status = 75 ] || { echo "$1: status $status" >>"$T/mda.bad" && return 1; }
		sleep 0.1
	done
	echo "$1: never" >>"$T/mda.bad"
}
(for f in "$T/piped"/*; do pipe "$f"; done; echo done >"$T/mda.done") &
mda=$!
# Killed while it works: the warden at once with all roles, then single roles.
taken() { ls "$MAIL/cur" | wc -l; }
for some in '^[1-9]' '^[2-9].' '^[5-9].'; do
	want taken "$some"
	node_kill
	rm -f "$T/lymphd.log"
	node_start LYMPH_BACKOFF_TOP_MS=500
	node_serves
done
for r in hear-mail judge watch; do
	want "role $r" '^[0-9]+$'
	kill -9 "$(role "$r")"
done
want "cat $T/mda.done" '^done$'
wait "$mda"
[ ! -e "$T/mda.bad" ] || fail "the MDA lost: $(cat "$T/mda.bad")"
want "ls $MAIL/new | wc -l" '^0$'
[ "$(ls "$MAIL/cur" | wc -l)" = "$COUNT" ] || fail "in cur/: $(ls "$MAIL/cur" | wc -l), not $COUNT"
never "ls $MAIL/cur" '^[^:]*$'
want "lymph status --json | jq -r '.roles[] | select(.role == \"hear-mail\").up'" true

# Each in one tray, the right one.
lymph trays --json >"$T/all" || fail "lymph trays"
cat "$T/trays" "$T/piped.trays" | awk '{ n[$2]++ } END { for (t in n) print t, n[t] }' | sort >"$T/wanted"
jq -r '.trays[] | select(.all > 0) | "\(.tray) \(.all)"' "$T/all" | sort >"$T/got"
diff "$T/wanted" "$T/got" >"$T/diff" || fail "trays: $(cat "$T/diff")"
for t in $(cut -d' ' -f1 "$T/got"); do lymph trays "$t" --all --json --limit 1000; done |
	jq -r '.mails[] | .mail' | while read -r no; do lymph mail "$no" --json; done >"$T/mails"
cat "$T/trays" | while read -r name tray; do echo "$(sha256sum <"$T/made/$name" | cut -d' ' -f1) $tray"; done >"$T/sums"
cat "$T/piped.trays" | while read -r name tray; do echo "$(sha256sum <"$T/piped/$name" | cut -d' ' -f1) $tray"; done >>"$T/sums"
jq -r '"\(.sha256) \(.tray)"' "$T/mails" | sort >"$T/have"
sort "$T/sums" | diff - "$T/have" >"$T/diff" || fail "mails: $(head -5 "$T/diff")"

# Each claim once: three kinds of mails make reports, one each of the first two, five of a table.
cat "$T/trays" "$T/piped.trays" | grep -c ' case$' >"$T/n"
reports=$(db "SELECT count(*) FROM fact WHERE kind = 2")
third=$(($(cat "$T/n") / 3))
[ "$reports" = $((third * 7)) ] || fail "$reports reports, not $((third * 7))"
want "lymph reporters --json | jq -r '.reporters[].name'" '^dkim:partner\.test$'

# Handed in again, by the other way: known.
cp "$T/made/$(head -1 "$T/trays" | cut -d' ' -f1)" "$T/again"
lymph intake <"$T/again" || fail "again: $?"
[ "$(lymph trays --json | jq '[.trays[].all] | add')" = $((COUNT + 28)) ] || fail "a mail counts twice"
# A file that is no mail's is left alone, and harms nobody.
mkfifo "$MAIL/new/fifo"
ln -s /etc/passwd "$MAIL/new/link"
deliver "$(head -1 "$T/trays" | cut -d' ' -f1)"
want "ls $MAIL/new | tr '\n' ' '" '^fifo link $'
# One that has the name of an earlier one takes nobody's place.
[ "$(taken)" = $((COUNT + 1)) ] || fail "in cur/: $(taken), not one more than $COUNT"

# The desk: a person's work on it, and what nobody may.
no=$(jq -r 'select(.tray == "security").mail' "$T/mails" | head -1)
as desk lymph mail "$no" >"$T/shown" || fail "mail $no"
grep -q 'somebody of yours' "$T/shown" || fail "its text is not shown: $(cat "$T/shown")"
as viewer lymph mail "$no" --done 2>/dev/null && fail "a viewer is done with a mail"
as desk lymph mail "$no" --to content --json | jq -e '.tray == "content"' >/dev/null || fail "to content"
as desk lymph mail "$no" --done --json | jq -e '.state == "done"' >/dev/null || fail "done"
# What nobody got is not handed on.
as desk lymph mail "$no" --hand-on >/dev/full 2>/dev/null && fail "handed on to a full disk"
[ "$(lymph mail "$no" --json | jq -r .handed_on)" = false ] || fail "marked, and nobody has it: $(lymph mail "$no" --json)"
as desk lymph mail "$no" --hand-on >"$T/raw" || fail "hand-on"
[ "$(lymph mail "$no" --json | jq -r .handed_on)" = true ] || fail "not marked as handed on"
[ "$(sha256sum <"$T/raw" | cut -d' ' -f1)" = "$(jq -r "select(.mail == $no).sha256" "$T/mails")" ] ||
	fail "handed on, and changed"
# Sealed: what is known of it to all, the rest to two people, whose reading is in the audit.
no=$(jq -r 'select(.tray == "sealed").mail' "$T/mails" | head -1)
lymph mail "$no" >"$T/shown" || fail "mail $no"
grep -q '192.0.2.9' "$T/shown" && fail "a sealed mail shows its text"
lymph mail "$no" --raw >/dev/null 2>&1 && fail "root reads a sealed mail"
as admin lymph mail "$no" --raw >/dev/null 2>&1 && fail "an admin reads a sealed mail"
as desk lymph mail "$no" --raw >"$T/raw" || fail "its reader does not"
grep -q 'see http' "$T/raw" || fail "its reader reads something else"
as desk lymph mail "$no" --hand-on >"$T/raw" 2>/dev/null && fail "a sealed mail is handed on"
[ ! -s "$T/raw" ] || fail "a sealed mail is written out to be handed on"
want "cat $T/warden/audit*" "mail-read.*mail $no"
# Nor from the second byte on without a word of it, by whoever speaks to the socket himself.
python3 - "$T/run/control.sock" "$no" <<-'EOF' || fail "no part of a sealed mail"
	import os, socket, sys
	os.setgroups([64912]), os.setgid(64920), os.setuid(64922) # as desk: python3 may be root's alone
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.sendall(b'{"cmd":"mail-bytes","args":{"mail":%d,"from":1}}\n' % int(sys.argv[2]))
	said = b""
	while not said.endswith(b"\n"):
	    more = s.recv(65536)
	    if not more: break
	    said += more
	sys.exit(b'"base64"' not in said)
EOF
[ "$(db "SELECT count(*) FROM fact WHERE kind = 11")" = 5 ] || fail "not five deeds in the journal"

# Documents of a time that cannot be: refused by rule, which stands with the mail.
newest() { # the mail that came last, in $T/said
	local no
	no=$(db "SELECT max(CAST(hex(name) AS TEXT)) FROM shelf WHERE no = 16")
	lymph mail "$((16#$no))" --json >"$T/said" || fail "no mail $no"
}
attached() { # a mail with the document on stdin
	printf 'From: soc@b.test\nTo: abuse@example.net\nSubject: report\nDate: %s\nMIME-Version: 1.0\n' "$(date -R)"
	printf 'Content-Type: application/json; name=xarf.json\nContent-Transfer-Encoding: base64\n\n'
	base64 -w 72
}
v3() {
	jq -n --arg t "$1" '{ Version: "3", ReporterInfo: { ReporterOrg: "B Test", ReporterOrgDomain: "b.test", ReporterOrgEmail: "soc@b.test" },
		Disclosure: true, Report: { ReportClass: "Activity", ReportType: "LoginAttack", Date: $t, SourceIp: "192.0.2.9",
		SourcePort: 40022, DestinationIp: "198.51.100.1", Samples: [ { ContentType: "text/plain", Payload: "from 192.0.2.9" } ] } }'
}
says() { # tray and rule
	attached >"$T/attached" && lymph intake <"$T/attached" || fail "intake: $?"
	newest
	[ "$(jq -r '.tray + ", " + .rule' "$T/said")" = "$1" ] || fail "not $1: $(cat "$T/said")"
}
says "security, refused: timestamp: lymph: at most 48 hours in the future" < <(report '.timestamp = "2099-01-01T00:00:00Z"')
says "security, refused: timestamp: lymph: at most 366 days in the past" < <(report '.timestamp = "2019-01-01T00:00:00Z"')
says "security, refused: last_seen: lymph: at most 48 hours in the future" < <(v3 2099-01-01T00:00:00Z)
says "case, a report" < <(v3 "$(date -u +%FT%TZ)")

# Signed by OpenPGP: role verify says whose it is, and only what was signed accuses.
export GNUPGHOME=$T/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-gen-key 'NOC <noc@signer.test>' ed25519 sign never 2>/dev/null
gpg --batch --armor --export noc@signer.test >"$T/noc.asc"
fpr=$(gpg --batch --with-colons --list-keys noc@signer.test | awk -F: '/^fpr/ { print $10; exit }')
lymph reporter enrol signer --pgp "$T/noc.asc" >"$T/said" 2>&1 || fail "enrol: $(cat "$T/said")"
log() { for i in 1 2 3; do echo "$(date -u +%FT%TZ) host sshd[7]: Failed password for root from $1 port 4$2 ssh2"; done; }
log 192.0.2.211 1001 | gpg --batch --quiet --clearsign >"$T/block"
wrapped() { # subject, date
	printf 'From: noc@signer.test\nTo: abuse@example.net\nSubject: %s\nDate: %s\n' "$1" "$2"
	printf 'Message-ID: <signed@signer.test>\nContent-Type: text/plain\n\n'
	cat "$T/block"
	log 192.0.2.212 1002
}
wrapped "ssh login attempts" "$(date -R)" >"$T/signed"
lymph intake <"$T/signed" || fail "signed: $?"
newest
[ "$(jq -r .source "$T/said")" = "pgp:$fpr" ] || fail "signed by $fpr: $(cat "$T/said")"
[ "$(jq -r .reports "$T/said")" = 1 ] || fail "signed: $(cat "$T/said")"
# The same text sent on in another mail, and in another armor, counts once.
reports=$(db "SELECT count(*) FROM fact WHERE kind = 2")
wrapped "port scan" "$(date -R -d '2 days ago')" | lymph intake || fail "wrapped anew: $?"
newest
[ "$(jq -r .source "$T/said")" = "pgp:$fpr" ] || fail "wrapped anew: $(cat "$T/said")"
sed -i 's/^-----BEGIN PGP SIGNATURE-----$/&\nComment: hello/; s/ssh2$/ssh2  /' "$T/block"
wrapped "ssh login attempts" "$(date -R -d '1 day ago')" | lymph intake || fail "in another armor: $?"
newest
[ "$(jq -r .source "$T/said")" = "pgp:$fpr" ] || fail "in another armor: $(cat "$T/said")"
[ "$(db "SELECT count(*) FROM fact WHERE kind = 2")" = "$reports" ] || fail "one signed text counts twice"
sed 's/192.0.2.211/192.0.2.213/' "$T/signed" | lymph intake || fail "forged: $?"
newest
gpgconf --kill gpg-agent
[ "$(jq -r .source "$T/said")" = null ] || fail "forged, and somebody's: $(cat "$T/said")"

# A table by the operator: its rows, once.
{
	echo '"timestamp","ip","protocol","port","hostname","tag","asn","geo"'
	for i in $(seq 200); do echo "\"$(date -u '+%F %T')\",\"192.0.2.$((i % 250))\",\"tcp\",\"$((1000 + i))\",\"\",\"telnet\",\"64500\",\"ZZ\""; done
} >"$T/2026-11-22-scan_telnet-operator.csv"
lymph intake --source operator "$T/2026-11-22-scan_telnet-operator.csv" >"$T/said" || fail "table: $(cat "$T/said")"
grep -q '^200 rows, 200 reports, 0 known' "$T/said" || fail "table: $(cat "$T/said")"
lymph intake --source operator "$T/2026-11-22-scan_telnet-operator.csv" >"$T/said" || fail "table again"
grep -q '^200 rows, 0 reports, 200 known' "$T/said" || fail "table again: $(cat "$T/said")"
echo 'no table at all' | lymph intake --source operator --name x.csv >/dev/null 2>&1
[ $? = 65 ] || fail "no table: not 65"
# More who say nothing than there are places: they lose them, and the next one is heard.
python3 - "$T/run/intake.sock" "$T/crowd" <<-EOF &
	import socket, sys, time
	many = []
	for i in range(100):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(sys.argv[1])
	    many.append(s)
	open(sys.argv[2], "w").write("there")
	time.sleep(600)
EOF
crowd=$!
PIDS="$PIDS $crowd"
want "cat $T/crowd" '^there$'
timeout 60 "$LYMPH" intake --socket "$T/run/control.sock" <"$T/again" || fail "in a crowd: $?"
kill -0 "$crowd" || fail "the crowd was gone already"
stop "$crowd"
as desk lymph intake <"$T/again" || fail "the desk may not hand in"
as viewer lymph intake <"$T/again" 2>/dev/null && fail "a viewer hands in"
# Cut short: not taken for the whole.
before=$(lymph trays --json | jq '[.trays[].all] | add')
python3 - "$T/run/intake.sock" <<-EOF
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.sendall(b"mail 5000\nFrom: a@b.test\nSubject: half\n\nhal")
	s.shutdown(socket.SHUT_WR)
	got = s.recv(100)
	sys.exit(not got.startswith(b"75 "))
EOF
[ $? = 0 ] || fail "half a mail is taken"
[ "$(lymph trays --json | jq '[.trays[].all] | add')" = "$before" ] || fail "half a mail is kept"
# A large one is kept to the byte, in one file beside the database, whoever dies meanwhile; of one over the cap
# the beginning.
large() { printf 'From: a@b.test\nTo: abuse@example.net\nSubject: large\n\n' && head -c "$1" /dev/zero | tr '\0' x | fold -w 72; }
large 20000000 >"$T/large"
lymph intake <"$T/large" >/dev/null 2>&1 &
LARGE=$!
sleep 0.5
kill -9 "$(role judge)"
wait $LARGE
want "lymph intake <$T/large && echo taken" '^taken$'
newest
lymph mail "$(jq .mail "$T/said")" --raw | cmp - "$T/large" || fail "a large mail is another one"
[ "$(find "$T/state/mails" -type f | wc -l)" = 1 ] || fail "files of large mails: $(find "$T/state/mails" -type f)"
large 34000000 >"$T/large"
want "lymph intake <$T/large && echo taken" '^taken$'
newest
[ "$(jq -r '"\(.tray) \(.rule) \(.kept_bytes)"' "$T/said")" = "unreadable larger than 32 MiB 16777216" ] || fail "$(cat "$T/said")"
# A mail that kills whoever reads it: twice, then it lies among the unreadable and is not looked at again.
printf 'From: a@b.test\nTo: abuse@example.net\nSubject: poison\n\n192.0.2.1\n' >"$T/made/poison"
sum=$(sha256sum <"$T/made/poison" | cut -d' ' -f1)
stop "$WARDEN"
rm -f "$T/lymphd.log"
node_start LYMPH_BACKOFF_TOP_MS=200 LYMPH_POISON="$sum"
node_serves
deliver poison
want "ls $MAIL/new | tr '\n' ' '" '^fifo link $'
[ "$(grep -c 'hear-mail .* died' "$T/lymphd.log")" = 2 ] || fail "it killed not twice: $(grep died "$T/lymphd.log")"
no=$(lymph trays unreadable --json --limit 1000 | jq '[.mails[].mail] | max')
lymph mail "$no" --json >"$T/said"
[ "$(jq -r .sha256 "$T/said")" = "$sum" ] || fail "the poisoned mail is not there: $(cat "$T/said")"
jq -r .rule "$T/said" | grep -q 'crashed the reader twice' || fail "poison: $(cat "$T/said")"
# A flood of one domain waits in new/ for the domain's share of the hour, by turns, and is not read again and
# again; another domain's mails are taken meanwhile, whom the operator ranked has no such share, and an MDA is
# told to come again. In the end nothing is lost. 600 an hour is one in 6 s.
stop "$WARDEN"
node_conf <<-EOF
	$(cat "$T/people")
	prefix "192.0.2.0/24" { kind = "residential" }
	intake {
		maildir = "$MAIL" authserv-id = "mx.example.net" domains = { "example.net" } mails-per-domain = 600
		sealed-readers = { "64922", "64927" }
	}
EOF
rm -f "$T/lymphd.log"
node_start
node_serves
rm -f "$MAIL"/new/*
of() { # domain, name, bytes of padding
	{
		printf 'Authentication-Results: mx.example.net; dkim=pass header.d=%s\n' "$1"
		printf 'Received: from mx.test by mail.example.net; %s\n' "$(date -R)"
		printf 'From: noc@%s\nTo: abuse@example.net\nSubject: login attempts\nDate: %s\n' "$1" "$(date -R)"
		printf 'Message-ID: <%s@%s>\nContent-Type: text/plain\n\n' "$2" "$1"
		log 192.0.2.9 1009
		head -c "${3:-0}" /dev/zero | tr '\0' x | fold -w 72
	} >"$T/made/$2"
}
kept() { lymph trays --json | jq '[.trays[].all] | add'; }
left() { ls "$MAIL/new" | wc -l; }
before=$(kept)
lymph reporter rank dkim:ranked.test org >/dev/null || fail "no rank"
for k in $(seq 28); do of flood.test "large$k" 1300000 && deliver "large$k"; done # each counts as 21
want left '^0$'
for k in $(seq 18); do of flood.test "small$k" && deliver "small$k"; done
want "lymph status --json | jq .mails_put_off" '^([3-9]|1[0-8])$'
for k in $(seq 40); do of ranked.test "ranked$k" 1300000 && deliver "ranked$k"; done
of other.test other && deliver other
want "ls $MAIL/cur" '^other:2,$'
of flood.test piped
lymph intake <"$T/made/piped" 2>"$T/err"
[ $? = 75 ] || fail "over its share, and not 75"
grep -q "domain has sent an hour's share" "$T/err" || fail "not told why: $(cat "$T/err")"
[ "$(left)" -ge 1 ] || fail "the flood was over before the others came: nothing is tested"
lymph status | grep -q 'put off .*share of the hour' || fail "not in the status"
want "ls $MAIL/cur | grep -c ^ranked" '^40$'
want left '^0$'
[ "$(ls "$MAIL/cur" | grep -cE '^(large|small)')" = 46 ] || fail "in cur/: $(ls "$MAIL/cur" | grep -cE '^(large|small)'), not 46"
[ "$(lymph status --json | jq .mails_put_off)" -le 18 ] || fail "read again and again: $(lymph status --json | jq .mails_put_off)"
pipe "$T/made/piped" || fail "not taken in its turn: $(cat "$T/mda.bad")"
[ "$(kept)" = $((before + 46 + 40 + 1 + 1)) ] || fail "kept: $(kept), not $((before + 88))"
# Nobody there: later.
stop "$WARDEN"
lymph intake <"$T/again" 2>"$T/err"
[ $? = 75 ] || fail "nobody there: not 75"
grep -q 'try again later' "$T/err" || fail "nobody there: $(cat "$T/err")"
in_ node "$LYMPH" journal replay --state "$T/state" >"$T/replay" 2>&1 || fail "replay: $(tail -3 "$T/replay")"
