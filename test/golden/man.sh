#!/bin/bash
# The manual and the programs tell the same: every command and option of --help stands in its page, the
# pages are clean, completion knows the commands. Arguments: lymph, lymphd, the source folder.
lymph=$1 lymphd=$2 src=$3 bad=0
command -v mandoc >/dev/null || { echo "no mandoc here"; exit 77; }
say() { echo "$*" && bad=1; }

mandoc -T lint -W warning "$src"/man/*.[1-8] || bad=1
plain() { mandoc -T utf8 "$src/man/$1" | sed 's/.\x08//g'; }
# Words of a help text that begin with a dash.
options() { grep -oE '(^|[[ |])--?[a-z][a-z0-9-]*' | tr -d '[| ' | sort -u; }
tells() { # page, what, whose
	plain "$1" | grep -qE -- "(^|[^a-z-])$2([^a-z-]|\$)" || say "man/$1 does not tell $2 of $3"
}

commands=$("$lymph" help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 10 ] || say "lymph help lists too little"
for c in $commands; do
	tells lymph.1 "$c" "lymph help"
	page=lymph.1
	[ "$c" = report ] && page=lymph-report.1
	helps=$("$lymph" "$c" --help) || say "lymph $c --help fails"
	[ "$c" = reporter ] && for v in add rank pin enrol remove statement; do
		helps+=$("$lymph" reporter $v --help)
		tells lymph.1 $v "lymph reporter"
	done
	[ "$c" = token ] && helps+=$("$lymph" token add --help)
	[ "$c" = subscribe ] && helps+=$("$lymph" subscribe add --help)
	[ "$c" = case ] && for v in close note assign snooze reopen merge unmerge allow; do
		tells lymph.1 $v "lymph case"
	done
	[ "$c" = door ] && helps+=$("$lymph" door approve --help && "$lymph" door bouncer add --help)
	[ "$c" = hold ] && helps+=$("$lymph" hold add --help && "$lymph" hold drop --help)
	wide=$(COLUMNS=80 "$lymph" "$c" --help | grep -E '^.{81}') && say "lymph $c --help is wider than 80: $wide"
	for o in $(options <<<"$helps"); do
		[ "$o" = --help ] || tells $page "$o" "lymph $c --help"
	done
done
for o in $("$lymphd" --help | options) selftest; do tells lymphd.8 "$o" "lymphd --help"; done

# Completion, as bash asks it.
PATH=$(dirname "$lymph"):$PATH
source "$src/etc/lymph.bash"
completes() { # words..., the last is completed; prints what is offered
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _lymph && echo " ${COMPREPLY[*]} "
}
[[ $(completes lymph why) = " why " ]] || say "completion of 'lymph why': $(completes lymph why)"
[[ $(completes lymph cases --st) = *" --state "* ]] || say "completion of 'lymph cases --st'"
[[ $(completes lymph reporter p) = " pin " ]] || say "completion of 'lymph reporter p'"
[[ $(completes lymph subscribe add x --pre) = *" --prefix "* ]] || say "completion of 'subscribe add x --pre'"
[[ $(completes lymph reporter add x --not) = *" --notify-on-sight "* ]] || say "completion of 'reporter add x --not'"
[[ $(completes lymph case 7 cl) = " close " ]] || say "completion of 'lymph case 7 cl': $(completes lymph case 7 cl)"
[[ $(completes lymph case 7 close --as fal) = " false-positive " ]] || say "completion of 'lymph case 7 close --as fal'"
[[ $(completes lymph case 7 close --re) = *" --reason "* ]] || say "completion of 'lymph case 7 close --re'"
[[ $(completes lymph undo --filter ru) = *"rung="* ]] || say "completion of 'lymph undo --filter ru'"
[[ $(completes lymph reporter s) = " statement " ]] || say "completion of 'lymph reporter s'"
[[ $(completes lymph hold d) = " drop " ]] || say "completion of 'lymph hold d'"
[[ $(completes lymph hold add 7 --un) = *" --until "* ]] || say "completion of 'lymph hold add 7 --un'"
[[ $(completes lymph audit v) = " verify " ]] || say "completion of 'lymph audit v'"
[[ $(completes lymph protect d) = " del " ]] || say "completion of 'lymph protect d'"
[[ $(completes lymph mode e) = " enforce " ]] || say "completion of 'lymph mode e'"
[[ $(completes lymph show me) = " memory " ]] || say "completion of 'lymph show me'"
[[ $(completes lymph undo ba) = " batch " ]] || say "completion of 'lymph undo ba'"
# Every rule of the conscience's example stands in its page; both examples are good.
for w in $(sed -n 's/^#\{0,1\}\([a-z][a-z0-9-]*\) .*/\1/p' "$src/etc/conscience.example" | sort -u); do
	tells lymph-conscience.5 "$w" etc/conscience.example
done
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
echo "conscience = \"$t/conscience\"" >"$t/conf"
sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./!p}' "$src/man/lymph-conscience.5" >"$t/page"
for f in "$t/page" "$src/etc/conscience.example"; do
	cp "$f" "$t/conscience" && chmod 644 "$t/conscience"
	[ "$(id -u)" != 0 ] || ! "$lymph" check -c "$t/conf" | grep "$t/conscience:" || say "$f is not good"
done
exit $bad
