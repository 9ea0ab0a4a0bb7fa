# SPDX-License-Identifier: BSD-2-Clause
# Completion of lymph(1) for bash. What there is to complete is asked of lymph itself.
_lymph() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} lymph=${COMP_WORDS[0]} help
	COMPREPLY=()
	case $prev in
	-c | --socket | --sign | --pgp | --key | --conf | --indicators) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
	--state)
		mapfile -t COMPREPLY < <(compgen -W 'open watched acted recheck probation closed' -- "$cur")
		return
		;;
	--as)
		mapfile -t COMPREPLY < <(compgen -W 'fixed false-positive wrong-line duplicate not-abuse accepted appealed' -- "$cur")
		return
		;;
	--filter)
		mapfile -t COMPREPLY < <(compgen -W 'state= class= line= prefix= assignee= rung= snoozed=' -- "$cur")
		return
		;;
	--*)
		# An option that takes a value: leave the value to the person.
		help=$("$lymph" "${COMP_WORDS[1]}" --help 2>/dev/null)
		[[ $help =~ (^|$'\n')'  '$prev' '[A-Z0-9] ]] && return
		;;
	esac
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$("$lymph" help | sed -n 's/^  \([a-z]*\)  .*/\1/p')" -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]}:$COMP_CWORD in
	door:2) mapfile -t COMPREPLY < <(compgen -W 'machines bouncers approve remove bouncer' -- "$cur") && return ;;
	door:3) [ "$prev" = bouncer ] && mapfile -t COMPREPLY < <(compgen -W 'add remove' -- "$cur") && return ;;
	reporter:2) mapfile -t COMPREPLY < <(compgen -W 'add rank pin enrol remove statement' -- "$cur") && return ;;
	token:2) mapfile -t COMPREPLY < <(compgen -W 'add list revoke' -- "$cur") && return ;;
	subscribe:2) mapfile -t COMPREPLY < <(compgen -W 'add list remove' -- "$cur") && return ;;
	hold:2) mapfile -t COMPREPLY < <(compgen -W 'add list drop' -- "$cur") && return ;;
	mode:2) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -W 'observe enforce' -- "$cur") && return; } ;;
	protect:2) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -W 'list add del' -- "$cur") && return; } ;;
	audit:2) mapfile -t COMPREPLY < <(compgen -W 'verify export head' -- "$cur") && return ;;
	undo:2) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -W 'batch' -- "$cur") && return; } ;;
	case:[3-9]*)
		# Behind the numbers, or a filter, comes what to do with them.
		if [[ $prev =~ ^[0-9]+$ || $prev = - || $prev == *=* ]] && [[ $cur != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W 'close note assign merge unmerge snooze reopen allow release' -- "$cur")
			return
		fi
		;;
	trays:2 | mail:4) mapfile -t COMPREPLY < <(compgen -W 'sealed police case security copyright content customer bounce auto-reply marketing not-ours unreadable' -- "$cur") && return ;;
	intake:*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
	show:2) mapfile -t COMPREPLY < <(compgen -W 'memory' -- "$cur") && return ;;
	journal:2) mapfile -t COMPREPLY < <(compgen -W 'replay' -- "$cur") && return ;;
	reporter:3 | report:* | replay:*) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return; } ;;
	esac
	local sub=()
	[ "${COMP_WORDS[1]}" = door ] && [ "$COMP_CWORD" -gt 2 ] && sub=("${COMP_WORDS[2]}")
	[ "${COMP_WORDS[1]}:${COMP_WORDS[2]}" = door:bouncer ] && [ "$COMP_CWORD" -gt 3 ] && sub+=("${COMP_WORDS[3]}")
	[[ ${COMP_WORDS[1]} =~ ^(reporter|token|subscribe|hold)$ ]] && sub=("${COMP_WORDS[2]}")
	help=$("$lymph" "${COMP_WORDS[1]}" "${sub[@]}" --help 2>/dev/null)
	mapfile -t COMPREPLY < <(compgen -W "$(grep -oE '(^|[[ ])-(-[a-z][a-z0-9-]*|c)\b' <<<"$help" | tr -d '[ ')" -- "$cur")
}
complete -F _lymph lymph
