#!/bin/bash
# The command line where no lymphd runs: it says so and what to do; `check` finds what is wrong and only
# that. Arguments: lymph, the source folder.
lymph=$1 src=$2 bad=0
export COLUMNS=240
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
expect() { # status, pattern, command...
	local status=$1 pattern=$2 out got
	shift 2
	out=$("$@" 2>&1)
	got=$?
	[ $got = "$status" ] && grep -qE -- "$pattern" <<<"$out" && return
	printf '%s\n  status %s, not %s, or no "%s" in:\n%s\n' "$*" $got "$status" "$pattern" "$out" && bad=1
}

# Nobody there.
expect 1 "lymphd is not running \(no $t/no\.sock\): start it with" "$lymph" --socket "$t/no.sock" status
expect 1 "lymphd is not running" "$lymph" why 192.0.2.1 --socket "$t/no.sock"
expect 1 "lymphd is not running" "$lymph" reporter pin partner 0.5 --socket="$t/no.sock"
expect 1 "at most 107 bytes" "$lymph" status --socket "/$(printf 'x%.0s' {1..200})"

# Wrong words.
expect 2 'no IPv4 or IPv6 address' "$lymph" why example.org
expect 2 'no IPv4 or IPv6 address' "$lymph" why 192.0.2.0/24
expect 2 'an argument is missing' "$lymph" why
expect 2 'one argument too many' "$lymph" why 192.0.2.1 192.0.2.2
expect 2 'no option --jsn' "$lymph" cases --jsn
expect 2 '--socket needs PATH' "$lymph" cases --socket
expect 2 'is no case number' "$lymph" case x
expect 2 'exclude each other' "$lymph" reporter add k --network --org-enrolled
expect 2 'takes a time such as' "$lymph" reporter add k --delay soon
expect 2 'holds no ssh-ed25519' "$lymph" reporter add /etc/passwd
expect 2 'no option \\x1b\[2J|no option .*x1b' "$lymph" cases "$(printf -- '--\033[2J')"
expect 2 'usage: lymph reporter add' "$lymph" reporter
expect 2 'one of --pgp and --key' "$lymph" reporter enrol partner
expect 2 'no OpenPGP key to enrol \(RFC 4880' "$lymph" reporter enrol partner --pgp /etc/passwd
expect 2 'no ssh-ed25519' "$lymph" reporter enrol partner --key /etc/passwd
expect 2 '--sign and --pgp exclude each other' "$lymph" report --open-proxy 192.0.2.1 --sign k --pgp k
expect 2 'only "memory" to show' "$lymph" show flows
expect 2 'an argument is missing' "$lymph" flows
expect 2 '--limit takes a number' "$lymph" top --limit x
expect 1 "lymphd is not running" "$lymph" top --once --socket "$t/no.sock"
expect 2 'takes the number of a mail' "$lymph" outgoing --raw
expect 2 'a number stands alone' "$lymph" outgoing 7 --dead
expect 2 '"x" is no number of a mail' "$lymph" outgoing x
expect 2 '--from takes a number' "$lymph" trays case --from x
expect 2 '--text goes with --done' "$lymph" mail 7 --text why
expect 2 'is no number of a hold' "$lymph" hold drop 99999999999999999999 --reason x
expect 2 '--json is --format xarf' "$lymph" export 7 --format csv --json

# What an MDA goes by: a file that cannot be read will never be, a lymphd that is away will come back.
expect 66 "$t: Is a directory" "$lymph" intake "$t"
expect 66 "$t/none: No such file" "$lymph" intake "$t/none"
expect 75 "$t/intake.sock: No such file or directory; lymphd is not running: try again later" \
	"$lymph" intake --socket "$t/no.sock" "$src/README.md"

# check: the example that is shipped is good, on a machine without its users too.
{ echo 'uid-base = 64480' && cat "$src/etc/lymphd.conf"; } >"$t/example.conf"
expect 1 'warning +vantage "announced": source 198.51.100.20 is no address' "$lymph" check -c "$t/example.conf"
expect 1 'error +canary: listen 198.51.100.10 is no address' "$lymph" check -c "$t/example.conf"
sed -i 's/198\.51\.100\.\([0-9]*\)/127.0.0.\1/' "$t/example.conf"
expect 0 ' 0 errors' "$lymph" check -c "$t/example.conf"
expect 0 '"ok": true' "$lymph" check -c "$t/example.conf" --json
expect 1 'No such file or directory; name another with -c' "$lymph" check -c "$t/none.conf"
sed 's/^listen.*/listen = "192.0.2.1:80"/' "$t/example.conf" >"$t/public.conf"
expect 1 'error +listen = "192.0.2.1:80" is plain HTTP' "$lymph" check -c "$t/public.conf"
sed 's/^name/nmae/' "$t/example.conf" >"$t/typo.conf"
line=$(grep -n ^nmae "$t/typo.conf" | cut -d: -f1)
expect 1 "typo.conf:$line: no such option 'nmae'" "$lymph" check -c "$t/typo.conf"
sed '/kind = "own-desk"/d' "$t/example.conf" >"$t/kind.conf"
expect 0 'warning +prefix "192.0.2.128/28" has no kind' "$lymph" check -c "$t/kind.conf"
{ cat "$t/example.conf" && echo 'rdap { bootstrap = {"/no/ipv4.json"} cache = "/no/answers" certificates = "/no/ca" }'; } >"$t/rdap.conf"
expect 0 'warning +rdap: bootstrap = "/no/ipv4.json": No such file' "$lymph" check -c "$t/rdap.conf"
expect 0 'warning +rdap: cache = "/no/answers": No such file' "$lymph" check -c "$t/rdap.conf"
expect 0 'warning +rdap: certificates = "/no/ca": No such file' "$lymph" check -c "$t/rdap.conf"
# Users: which are missing, and the very command, in one line. That of systemd takes our file.
sed '/^uid-base/d' "$t/example.conf" >"$t/users.conf"
getent passwd _lymph-judge >/dev/null ||
	expect 1 '^ +(systemd-sysusers lymph\.conf|for u in judge probe hear-canary hear-reports hand hook hear-metrics hear-flow watch hear-mail hear-log verify fetch hear-feed hear-alerts speak; do useradd .* _lymph-\$u; done)$' \
		"$lymph" check -c "$t/users.conf"
mkdir -p "$t/root/etc"
! command -v systemd-sysusers >/dev/null ||
	expect 0 '' systemd-sysusers --root="$t/root" "$src/etc/lymph.sysusers"
! command -v systemd-sysusers >/dev/null ||
	expect 0 '^_lymph-hear-reports:' cat "$t/root/etc/passwd"
sed "s|^name|state = \"$t/state\" name|" "$t/example.conf" >"$t/state.conf"
mkdir -m 777 "$t/state"
expect 1 'can be written by everybody' "$lymph" check -c "$t/state.conf"

# The hand: what would not be enforced is said.
{ echo "conscience = \"$t/conscience\"" && cat "$t/example.conf"; } >"$t/hand.conf"
expect 0 'note +hand: actuator is none' "$lymph" check -c "$t/hand.conf"
expect 0 "note +conscience = \"$t/conscience\": No such file.*stays observe" "$lymph" check -c "$t/hand.conf"
expect 0 'note +staff names no group: only root' "$lymph" check -c "$t/hand.conf"
# An actuator makes it a warning.
sed 's/^hand {$/hand { actuator = "dry"/' "$t/hand.conf" >"$t/dry.conf"
expect 0 'warning +conscience = .*No such file' "$lymph" check -c "$t/dry.conf"
expect 0 'note +hand: always-reach is empty' "$lymph" check -c "$t/dry.conf"
printf 'mode observe\n' >"$t/conscience"
if [ "$(id -u)" = 0 ]; then
	expect 0 'allows observe only' "$lymph" check -c "$t/dry.conf"
	printf 'mode enforce\nentries many\n' >"$t/conscience"
	expect 1 "error +$t/conscience:2: entries takes a number" "$lymph" check -c "$t/dry.conf"
	printf 'mode enforce\n' >"$t/conscience" && chmod 666 "$t/conscience"
	expect 1 "error +conscience = .*/conscience.*writable by nobody else" "$lymph" check -c "$t/dry.conf"
fi
{ echo "hook = \"$t/none.sh\"" && cat "$t/example.conf"; } >"$t/hook.conf"
expect 1 "error +hook = .*it is not run" "$lymph" check -c "$t/hook.conf"

# The desk's words.
expect 2 'which\? Give numbers' "$lymph" approve
expect 2 '"b3x" is no number' "$lymph" approve b3x
expect 2 'bN and mN stand alone' "$lymph" approve b3 7
expect 2 'numbers or --filter, not both' "$lymph" undo 7 --filter rung=filter
expect 2 'no filter by "color"; keys are state' "$lymph" undo --filter color=red
expect 2 'two filters by rung' "$lymph" undo --filter rung=filter --filter=rung=notify
expect 2 'undo batch takes the number' "$lymph" undo batch
expect 2 'line 2: "x" is no number' "$lymph" release - < <(printf '1\nx\n')
expect 2 'no number on standard input' "$lymph" release - </dev/null
expect 2 'close needs --as fixed' "$lymph" case 7 close
expect 2 'close needs --as fixed' "$lymph" case 7 close --as not-found
expect 2 'no "clos" for a case' "$lymph" case 7 clos
expect 2 'what to do with them' "$lymph" case 7 8
expect 2 '--as goes with close' "$lymph" case 7 reopen --as fixed
expect 2 'one argument too many' "$lymph" case 7 reopen now
expect 2 'an argument is missing' "$lymph" case 7 note
expect 2 'a note takes at most 249 bytes' "$lymph" case 7 note "$(printf 'x%.0s' {1..250})"
expect 2 'name takes at most 31 bytes' "$lymph" case 7 assign "$(printf 'x%.0s' {1..32})"
expect 2 'snooze takes a time such as' "$lymph" case 7 snooze soon
expect 2 '"x" is no case number' "$lymph" case 7 merge x
expect 2 '"nap" is no rung' "$lymph" case 7 allow nap
expect 2 'stands there more than 16 times' "$lymph" undo $(printf -- '--filter=rung=filter %.0s' {1..17})
expect 1 'lymphd is not running' "$lymph" case 7 8 9 close --as fixed --reason 'all gone' --socket "$t/no.sock"
expect 1 'lymphd is not running' "$lymph" case --filter class=bot --socket "$t/no.sock" snooze 3d
exit $bad
