#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A zipped sheet on every way in: handed in by the operator, attached to a mail, the mail in a watched
# Maildir. Own addresses become reports, the others do not; what comes twice, or is interrupted by a kill -9
# of everything, counts once.
. "$(dirname "$0")/lib.sh"
need python3 jq sqlite3
[ -x "$LYMPHD" ] || fail "no $LYMPHD"
HELP=$(dirname "$0")/sheet.py

ns node
UID_BASE=64240
mkdir -p "$T/mail/new" "$T/mail/cur" "$T/mail/tmp" && chmod 777 "$T/mail" "$T/mail"/*
node_conf <<-EOT
	intake { maildir = "$T/mail" domains = {"node.example"} }
	prefix "192.0.0.0/16" { kind = "residential" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
node_start
node_serves 1
want "cat $T/lymphd.log" 'hear-mail is ready'
reports() { db 'SELECT count(*) FROM fact WHERE kind = 2'; }
bodies() { db 'SELECT count(*) FROM body'; }
intake() { lymph intake "$@"; }
day=$(date -u +%F)

# Hear-mail works in slices until more than $1 reports are kept, and stands still then: fewer than $2 are.
stopped() { kill -STOP "$(role hear-mail)"; }
in_the_middle() {
	for _ in $(seq 1000); do
		kill -CONT "$(role hear-mail)" && sleep 0.02 && stopped
		sleep 0.1 # what it has handed on
		kept=$(reports)
		[ "$kept" -le "$1" ] || break
	done
	[ "$kept" -gt "$1" ] && [ "$kept" -lt "$2" ] || fail "not in the middle: $kept"
}

# Five own addresses among five thousand; handed in twice.
python3 "$HELP" zip "$T/five.zip" 5000 5 192.0 500
intake --source shadowserver --name "$day-scan_dns-five.zip" "$T/five.zip" >"$T/said" 2>&1 || fail "intake: $(cat "$T/said")"
grep -q '^5000 rows, 5 reports' "$T/said" || fail "$(cat "$T/said")"
[ "$(reports)" = 5 ] || fail "$(reports) reports kept of 5"
intake --source shadowserver --name "$day-scan_dns-five.zip" "$T/five.zip" >"$T/said" 2>&1 || fail "again: $(cat "$T/said")"
[ "$(reports)" = 5 ] || fail "the same sheet counted twice: $(cat "$T/said")"
lymph reporters --json | jq -e '.reporters[] | select(.name == "feed:shadowserver")' >/dev/null ||
	fail "nobody vouches: $(lymph reporters --json)"

# The same sort by mail: through the MDA's pipe, twice, and through the Maildir.
python3 "$HELP" zip "$T/more.zip" 5000 5 192.0 750
python3 "$HELP" mail "$T/more.zip" >"$T/more.eml"
intake <"$T/more.eml" >"$T/said" 2>&1 || fail "mail: $(cat "$T/said")"
[ "$(reports)" = 10 ] || fail "$(reports) reports kept of 10"
intake <"$T/more.eml" >"$T/said" 2>&1 || fail "mail again: $(cat "$T/said")"
cp "$T/more.eml" "$T/mail/tmp/1.node" && chmod 644 "$T/mail/tmp/1.node" && mv "$T/mail/tmp/1.node" "$T/mail/new/"
want "ls $T/mail/new | wc -l" '^0$'
[ "$(reports)" = 10 ] || fail "a mail that came three times counted twice"
python3 "$HELP" zip "$T/third.zip" 5000 5 192.0 1000
python3 "$HELP" mail "$T/third.zip" >"$T/mail/tmp/2.node" && chmod 644 "$T/mail/tmp/2.node"
mv "$T/mail/tmp/2.node" "$T/mail/new/"
want reports '^15$'

# Killed in the middle, by mail and by hand; what was not answered comes again.
python3 "$HELP" zip "$T/many.zip" 60000 6000 198.18 0
stopped
intake --source shadowserver --name "$day-scan_dns-many.zip" "$T/many.zip" >"$T/said" 2>&1 &
hand=$!
in_the_middle 15 6015
node_kill
wait "$hand" && fail "told that all was kept: $(cat "$T/said")"
kept=$(reports)
node_start
node_serves
want "intake --source shadowserver --name $day-scan_dns-many.zip $T/many.zip" '^60000 rows, [0-9]+ reports'
[ "$(reports)" = 6015 ] || fail "$(reports) reports kept of 6015, $kept before the kill"
[ "$(bodies)" -ge 6015 ] || fail "a report without its body: $(bodies)"

# The same out of the Maildir: the mail stays in new/ until all of it is kept.
python3 "$HELP" zip "$T/box.zip" 60000 4000 198.19 0
python3 "$HELP" mail "$T/box.zip" >"$T/mail/tmp/3.node" && chmod 644 "$T/mail/tmp/3.node"
node_serves
stopped
mv "$T/mail/tmp/3.node" "$T/mail/new/"
in_the_middle 6015 10015
node_kill
kept=$(reports)
[ -e "$T/mail/new/3.node" ] || fail "moved before it was kept: $kept of 10015"
node_start
want reports '^10015$'
want "ls $T/mail/new | wc -l" '^0$'
[ "$(reports)" = 10015 ] && [ "$(bodies)" -ge 10015 ] || fail "$(reports) reports, $(bodies) bodies"
node_serves

# A bomb in a mail is refused after little work, the mail itself is kept.
ready=$(grep -c 'hear-mail is ready' "$T/lymphd.log")
python3 "$HELP" bomb "$T/bomb.zip"
python3 "$HELP" mail "$T/bomb.zip" >"$T/bomb.eml"
intake <"$T/bomb.eml" >"$T/said" 2>&1 || fail "a mail with a bomb: $(cat "$T/said")"
want "cat $T/lymphd.log" 'more than 200 times its size'
last=$((16#$(db "SELECT max(CAST(hex(name) AS TEXT)) FROM shelf WHERE no = 16")))
lymph mail "$last" --json | jq -r '.tray + " " + .rule' | grep -q '^security refused: a table: .*more than 200 times its size' ||
	fail "a bomb lies where nobody hears why: $(lymph mail "$last" --json)"
intake --source shadowserver --name "$day-scan_dns-bomb.zip" "$T/bomb.zip" >"$T/said" 2>&1 && fail "a bomb is taken"
grep -q 'more than 200 times its size' "$T/said" || fail "no rule: $(cat "$T/said")"
[ "$(grep -c 'hear-mail is ready' "$T/lymphd.log")" = "$ready" ] || fail "it cost hear-mail its life"
[ "$(reports)" = 10015 ] || fail "the bomb made reports"

# A mail nobody vouches for does not fill the disk: a small one can hold a million rows.
python3 "$HELP" zip "$T/much.zip" 5200 5100 198.18 8000
python3 "$HELP" mail "$T/much.zip" >"$T/much.eml"
intake <"$T/much.eml" >"$T/said" 2>&1 || fail "a mail with many rows: $(cat "$T/said")"
[ "$(reports)" = 15015 ] || fail "$(reports) reports kept of 15015"
last=$((16#$(db "SELECT max(CAST(hex(name) AS TEXT)) FROM shelf WHERE no = 16")))
lymph mail "$last" --json | jq -r '.tray + " " + .rule' | grep -q '^case nobody vouches for it, so its first 5000' ||
	fail "nobody hears that the rest does not count: $(lymph mail "$last" --json)"

# What cannot be read is said, with the rule.
printf 'PK\3\4 no zip' >"$T/broken.zip"
intake --source shadowserver --name broken.zip "$T/broken.zip" >"$T/said" 2>&1 && fail "taken: $(cat "$T/said")"
grep -q 'APPNOTE' "$T/said" || fail "no rule: $(cat "$T/said")"
[ "$(db 'SELECT count(*) FROM aside')" = 0 ] || fail "something was set aside"
