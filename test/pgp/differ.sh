#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The gate beside gpgv and sqop, on keys and signatures crafted here: what each says, and where they differ
# who is right. A line: case, ours, gpgv's, sqop's word; the reason where they disagree.
set -u
CHECK=$1
for p in gpg gpgv sqop python3; do
	command -v $p >/dev/null || { echo "skipped: no $p" && exit 77; }
done
T=$(mktemp -d /tmp/lymph-pgp-XXXXXX)
export GNUPGHOME=$T/home LC_ALL=C
mkdir -m 700 "$GNUPGHOME"
printf 'batch\nno-tty\nyes\nquiet\npinentry-mode loopback\npassphrase ""\ntrust-model always\n' >"$GNUPGHOME/gpg.conf"
# shellcheck disable=SC2329
away() { gpgconf --kill gpg-agent 2>/dev/null; rm -rf "$T"; }
trap away EXIT
NOW=$(date +%s)
at() { date -u -d "@$((NOW + $1 * 3600))" +%Y%m%dT%H%M%S; } # hours from now
g() { gpg "$@" 2>>"$T/gpg.err" || { echo "gpg $*:"; tail -3 "$T/gpg.err"; exit 1; }; }
old() { g --faked-system-time "$(at "$1")!" "${@:2}"; }
pub() { g --export "$1@x.test" >"$T/$1.key"; }
new() { # name, algorithm, usage, expiry, hours ago
	old "${5:--60}" --quick-generate-key "$1@x.test" "$2" "${3:-sign}" "${4:-never}"
	pub "$1"
}
fpr() { gpg --with-colons --list-keys "$1@x.test" | awk -F: '$1 == "fpr" { print $10 }' | sed -n "${2:-1}p"; }
sign() { # key, file of the signature, data [gpg options]
	g "${@:4}" --local-user "$1" --output "$T/$2" --detach-sign "$T/$3"
}
printf '{"report":"one"}\n' >"$T/data"
printf '{"report":"two"}\n' >"$T/other"
fails=0 cases=0 differ=0
# case KEY DATA SIG OURS [word of the rule] GPGV SQOP why
try() {
	local name=$1 key=$T/$2.key data=$T/$3 sig=${4:+$T/$4} want=$5 rule=$6 wgpgv=$7 wsq=$8 why=${9:-} ours gpgv=bad sq=bad
	cases=$((cases + 1))
	ours=$("$CHECK" "$key" "$data" ${sig:+"$sig"} 2>/dev/null)
	if [ -n "$sig" ]; then
		gpgv -q --keyring "$key" "$sig" "$data" >/dev/null 2>&1 && gpgv=good
		sqop verify "$sig" "$key" <"$data" >/dev/null 2>&1 && sq=good
	else
		gpgv -q --keyring "$key" "$data" >/dev/null 2>&1 && gpgv=good
		sqop inline-verify "$key" <"$data" >/dev/null 2>&1 && sq=good
	fi
	printf '%-26s %-8s gpgv %-5s sqop %-5s %s\n' "$name" "${ours%% *}" $gpgv $sq "$(echo "$ours" | cut -d' ' -f3-)"
	if [ "$gpgv" != "$sq" ] || [ "$([ "${ours%% *}" = good ] && echo good || echo bad)" != "$gpgv" ]; then
		differ=$((differ + 1))
		echo "    ${why:-DISAGREE, and nobody has said who is right}"
		[ -n "$why" ] || fails=$((fails + 1))
	fi
	case $ours in "$want "*"$rule"*) ;; *) echo "    FAIL: ours should be: $want ... $rule" && fails=$((fails + 1)) ;; esac
	[ "$gpgv $sq" = "$wgpgv $wsq" ] || { echo "    FAIL: gpgv and sqop said $wgpgv and $wsq when this was written" && fails=$((fails + 1)); }
}
. "$(dirname "$0")/cases.inc"
echo "$cases cases, $differ of them judged differently"
[ $fails = 0 ]
