#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What we find of a signed mail is what gpg signed: PGP/MIME (RFC 3156) and clear text, with LF and CRLF; a byte
# changed, and gpg says no. Argument: mail_print.
set -u
command -v gpg >/dev/null || { echo "no gpg: not checked" && exit 77; }
T=$(mktemp -d) || exit 1
bad=0
export GNUPGHOME=$T/home
trap 'gpgconf --kill all 2>/dev/null; rm -rf "$T"' EXIT
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'Test <a@b.example>' ed25519 sign never 2>/dev/null || exit 77
fail() { echo "$1: $2" && bad=$((bad + 1)); }
crlf() { sed 's/$/\r/' "$1"; } # as it is signed

cat >"$T/part" <<'EOF'
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Nov 22 00:59:01 host sshd[411]: Failed password for root from 192.0.2.7 =
port 40022 ssh2
- dash, blanks at the end=20
From here

EOF
crlf "$T/part" | gpg --batch --quiet --armor --detach-sign >"$T/part.asc"
{
	printf '%s\n' 'From: a@b.example' 'Subject: x' 'MIME-Version: 1.0' \
		'Content-Type: multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="=-s"' '' \
		'This is an OpenPGP/MIME signed message' '--=-s'
	cat "$T/part"
	printf '\n--=-s\nContent-Type: application/pgp-signature; name=signature.asc\n\n'
	cat "$T/part.asc"
	printf '\n%s\n' '--=-s--'
} >"$T/mime.lf"
printf 'one 192.0.2.7\n- two\nFrom three  \n\n' | gpg --batch --quiet --clear-sign >"$T/clear.asc"
{ printf 'From: a@b.example\nSubject: x\n\nbefore\n' && cat "$T/clear.asc" && echo after; } >"$T/clear.lf"
for kind in mime clear; do
	crlf "$T/$kind.lf" >"$T/$kind.crlf"
	for form in lf crlf; do
		f=$T/$kind.$form
		"$1" -s "$f" >/dev/null || fail "$kind.$form" "not found"
		sed 's/192\.0\.2\.7/192.0.2.8/' "$f.signed" >"$f.other"
		for what in signed other; do
			if [ $kind = mime ]; then
				gpg --batch --quiet --verify "$f.sig" "$f.$what" 2>/dev/null
			else
				gpg --batch --quiet --verify "$f.$what" 2>/dev/null
			fi
			status=$?
			[ $what = other ] || [ $status = 0 ] || fail "$kind.$form" "not what was signed"
			[ $what = signed ] || [ $status != 0 ] || fail "$kind.$form" "anything goes"
		done
	done
done
[ $bad = 0 ] && echo "4 mails, as gpg signed them"
exit $((bad != 0))
