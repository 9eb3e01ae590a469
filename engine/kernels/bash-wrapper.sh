# Runs one block as a terminal would: in the state that the block before it left, under strict options, and hands its own state on.
#
#   bash -p bash-wrapper.sh          (bash 4.4 or later; the files are named by RUNBOOK_… variables, see launch.ts)
#
# Every name begins with __runbook_, is never saved, and no process is started for the state: builtins write it. Files are written with >| and
# words are quoted, as the block may have left noclobber, noglob, an IFS or posix mode behind. State is saved at the end of the block, also at
# `exit` and after a failure: it is what the block had reached. The engine takes it over when its last line is there.

# One command, so that bash has read all of it before it forks (children share the script's file offset) and before a block changes how it reads.
{
  set +o privileged
  __runbook_block=$RUNBOOK_BLOCK __runbook_error=$RUNBOOK_ERROR __runbook_failed_file=$RUNBOOK_FAILED __runbook_remarks=$RUNBOOK_REMARKS
  __runbook_state=${RUNBOOK_STATE-} __runbook_next=${RUNBOOK_NEXT_STATE-} __runbook_cwd=${RUNBOOK_CWD-}
  __runbook_scratch=${RUNBOOK_FAILED%/*}/scratch

  # What a builtin prints, in __runbook_text; `$(…)` would be a process each time.
  __runbook_capture() {
    builtin "$@" >|"$__runbook_scratch" 2>/dev/null
    IFS= builtin read -r -d '' __runbook_text <"$__runbook_scratch"
    __runbook_text=${__runbook_text%$'\n'}
  }

  __runbook_refuse() {
    builtin printf 'not-started %s\n' "$1" >|"$__runbook_error"
    builtin printf '%s\n' "$1" >&2
    builtin exit 1
  }

  # The values that must not reach the state, as they are and as `declare -f` and `alias` may quote them.
  __runbook_hidden=()
  __runbook_hide() {
    local __runbook_name __runbook_text IFS=$' \t\n'
    for __runbook_name in $1; do
      [[ -n ${!__runbook_name-} ]] || continue
      builtin printf -v __runbook_text %q "${!__runbook_name}"
      __runbook_hidden+=("${!__runbook_name}" "$__runbook_text")
    done
  }

  __runbook_holds_secret() {
    local __runbook_value
    for __runbook_value in "${__runbook_hidden[@]}"; do
      [[ $1 == "$__runbook_value" || (${#__runbook_value} -ge 5 && $1 == *"$__runbook_value"*) ]] && return 0
    done
    return 1
  }

  # The environment that the engine gave comes back as it is for each block, so none of it is saved.
  declare -A __runbook_env=()
  __runbook_note_env() {
    local __runbook_name
    __runbook_capture compgen -e -X '@(SHELLOPTS|BASHOPTS)'
    __runbook_given=${__runbook_text//$'\n'/|}
    for __runbook_name in $__runbook_text; do __runbook_env[$__runbook_name]=${!__runbook_name-}; done
  }

  __runbook_give_env() {
    local __runbook_name
    for __runbook_name in "${!__runbook_env[@]}"; do
      [[ ${!__runbook_name-} == "${__runbook_env[$__runbook_name]}" ]] && continue
      builtin unset -v "$__runbook_name"
      builtin export "$__runbook_name=${__runbook_env[$__runbook_name]}"
    done
    # A PATH that a block changed carries on; where it grew around the engine's, it grows around today's.
    [[ -n ${__runbook_path-} ]] && export PATH=${__runbook_path/"$__runbook_path_before"/"$PATH"}
    # On a sandboxed stage nothing that a block put in front comes before what keeps `aws` on this machine.
    [[ -z ${RUNBOOK_SANDBOX_BIN-} || $PATH == "$RUNBOOK_SANDBOX_BIN":* ]] || export PATH=$RUNBOOK_SANDBOX_BIN:$PATH
  }

  # Makes options what they were in the end: $1 names those of `set -o`, $2 those of `shopt`. The strict ones are for the caller.
  __runbook_use_options() {
    local __runbook_name IFS=:
    for __runbook_name in $2; do
      [[ :$BASHOPTS: == *":$__runbook_name:"* || $__runbook_name == compat* ]] || builtin shopt -s "$__runbook_name"
    done
    for __runbook_name in $BASHOPTS; do
      [[ :$2: == *":$__runbook_name:"* || $__runbook_name == compat* ]] || builtin shopt -u "$__runbook_name"
    done
    for __runbook_name in $1; do
      [[ :$SHELLOPTS: == *":$__runbook_name:"* || $__runbook_name == @(xtrace|privileged|noexec|keyword) ]] || builtin set -o "$__runbook_name"
    done
    for __runbook_name in $SHELLOPTS; do
      [[ :$1: == *":$__runbook_name:"* ]] || builtin set +o "$__runbook_name"
    done
  }

  # True for a file that is there or can be made: a block may have put a pipe there, which would keep who opens it waiting, or a link.
  __runbook_own() {
    [[ ! -L $1 && (! -e $1 || -f $1) ]]
  }

  # What is not ours any more is read as empty and not written to.
  __runbook_mend() {
    __runbook_own "$__runbook_scratch" || __runbook_scratch=/dev/null
    __runbook_own "$__runbook_failed_file" || __runbook_failed_file=/dev/null
    __runbook_own "$__runbook_remarks" || __runbook_remarks=/dev/null
    [[ -z $__runbook_next ]] || __runbook_own "$__runbook_next" || __runbook_next=
  }

  # The failing line of the block itself: of the innermost call that stands in it, be the command in a function of an earlier block or a file.
  __runbook_failed() {
    local __runbook_i __runbook_line= __runbook_old_status= __runbook_old_line= IFS=$' \t\n'
    __runbook_own "$__runbook_failed_file" || return 0
    for ((__runbook_i = 1; __runbook_i < ${#BASH_SOURCE[@]}; __runbook_i++)); do
      [[ ${BASH_SOURCE[__runbook_i]} == "$__runbook_block" ]] || continue
      __runbook_line=$2
      ((__runbook_i > 1)) && __runbook_line=${BASH_LINENO[__runbook_i - 1]}
      break
    done
    [[ -n $__runbook_line ]] || return 0
    # What failed within a subshell, a substitution or a pipeline was noted there, and says more than the whole of it.
    if [[ $3 == *[\(\`\|]* && -s $__runbook_failed_file ]]; then
      builtin read -r __runbook_old_status __runbook_old_line _ <"$__runbook_failed_file" || :
      [[ $__runbook_old_status == "$1" && $__runbook_old_line -gt 0 && $__runbook_old_line -le $__runbook_line ]] && return 0
    fi
    builtin printf '%s %s %s\n' "$1" "$__runbook_line" "$3" >|"$__runbook_failed_file"
  }

  # An end that no ERR trap saw: bash gave up on the block (then its message names the line, and the engine looks it up), or the block called exit.
  __runbook_explain() {
    local __runbook_old_status= IFS=$' \t\n'
    [[ $__runbook_status != 0 ]] || return 0
    builtin read -r __runbook_old_status _ <"$__runbook_failed_file" || :
    [[ $__runbook_old_status != "$__runbook_status" ]] || return 0
    # shellcheck disable=SC2016
    [[ $__runbook_command != 'builtin source "$__runbook_block"' ]] || __runbook_command=exit
    builtin printf '%s 0 %s\n' "$__runbook_status" "$__runbook_command" >|"$__runbook_failed_file"
  }

  # Bash has many variables of its own; what is left is looked at one by one. Values are looked at in memory: a secret must not get into a file.
  __runbook_save_variables() {
    local __runbook_name __runbook_values __runbook_bash='BASH*|COLUMNS|COMP_*|DIRSTACK|EPOCH*|EUID|FUNCNAME|GROUPS|HISTCMD|HOSTNAME|HOSTTYPE|IFS|LINENO|'
    __runbook_bash+='LINES|MACHTYPE|OLDPWD|OPTARG|OPTERR|OPTIND|OSTYPE|PATH|PIPESTATUS|POSIXLY_CORRECT|PPID|PWD|RANDOM|READLINE_*|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID|_'
    __runbook_capture compgen -v -X "@(__runbook_*|RUNBOOK_*|$__runbook_bash|$__runbook_given)"
    for __runbook_name in $__runbook_text; do
      [[ $'\n'$__runbook_locals != *$'\n'"declare "*" $__runbook_name="* ]] || continue
      __runbook_values=()
      [[ ${!__runbook_name@a} == *n* ]] || builtin eval "__runbook_values=(\"\${$__runbook_name[@]-}\" \"\${!$__runbook_name[@]}\")"
      if __runbook_any_secret "${__runbook_values[@]}"; then
        __runbook_dropped+=" $__runbook_name"
        continue
      fi
      __runbook_capture declare -p "$__runbook_name"
      [[ -z $__runbook_text || $__runbook_text =~ ^declare\ -[[:alpha:]]*r ]] || builtin printf '%s\n' "$__runbook_text"
    done
  }

  __runbook_any_secret() {
    local __runbook_value
    for __runbook_value in "$@"; do
      __runbook_holds_secret "$__runbook_value" && return 0
    done
    return 1
  }

  __runbook_save_functions() {
    local __runbook_name __runbook_names __runbook_flags
    __runbook_capture compgen -A function -X '__runbook_*'
    [[ -n $__runbook_text ]] || return 0
    __runbook_names=$__runbook_text
    __runbook_capture declare -F
    __runbook_flags=$'\n'$__runbook_text$'\n'
    for __runbook_name in $__runbook_names; do
      [[ $__runbook_flags != *$'\n'"declare -f"*([a-z])r*([a-z])" $__runbook_name"$'\n'* ]] || continue
      __runbook_capture declare -f "$__runbook_name"
      if __runbook_holds_secret "$__runbook_text"; then
        __runbook_dropped+=" $__runbook_name()"
        continue
      fi
      builtin printf '%s\n' "$__runbook_text"
      [[ $__runbook_flags != *$'\n'"declare -f"*([a-z])x" $__runbook_name"$'\n'* ]] || builtin printf 'builtin declare -fx %q\n' "$__runbook_name"
    done
  }

  __runbook_save_alias() {
    local __runbook_name IFS=$' \t\n'
    for __runbook_name in "${!BASH_ALIASES[@]}"; do
      if __runbook_holds_secret "${BASH_ALIASES[$__runbook_name]}"; then
        __runbook_dropped+=" $__runbook_name"
      else
        builtin printf 'builtin alias -- %q=%q\n' "$__runbook_name" "${BASH_ALIASES[$__runbook_name]}"
      fi
    done
  }

  # Functions come after everything that their names could stand for, and before aliases, which would change how they are read; their patterns
  # may need extglob.
  __runbook_save() {
    builtin printf '# state after %s\nshopt -s extglob; shopt -u expand_aliases\n' "$__runbook_block"
    __runbook_save_variables
    [[ $PATH == "${__runbook_env[PATH]-}" ]] || __runbook_holds_secret "$PATH" ||
      builtin printf '__runbook_path=%q __runbook_path_before=%q\n' "$PATH" "${__runbook_env[PATH]-}"
    __runbook_holds_secret "$PWD" || builtin printf '__runbook_folder=%q __runbook_oldpwd=%q\n' "$PWD" "${OLDPWD-}"
    builtin printf '__runbook_set=%q __runbook_shopt=%q\n' "$__runbook_set" "$__runbook_shopt"
    builtin printf '%s\n' "$__runbook_ifs"
    __runbook_save_functions
    __runbook_save_alias
    builtin printf '# end\n'
  }

  # Runs at the end of the block, wherever that is: in the middle of it the shell is not ours until its options are.
  __runbook_end() {
    [[ -z ${__runbook_ended-} ]] || return 0
    if [[ ${IFS+set} ]]; then builtin printf -v __runbook_ifs 'IFS=%q' "$IFS"; else __runbook_ifs='unset -v IFS'; fi
    local IFS=$' \t\n'
    builtin shopt -s extglob
    builtin shopt -u nocasematch extdebug localvar_inherit localvar_unset 2>/dev/null
    __runbook_explain
    # Names of the innermost function, if the block ended in one; they are no state.
    IFS= builtin read -r -d '' __runbook_locals <"$__runbook_scratch"
    __runbook_dropped=
    if [[ -n $__runbook_next ]]; then
      __runbook_save >|"$__runbook_next"
      : >|"$__runbook_scratch"
      [[ -z $__runbook_dropped ]] || builtin printf 'Not carried on to the next block, as it holds a secret:%s\n' "$__runbook_dropped" >>"$__runbook_remarks"
    fi
  }

  __runbook_hide "${RUNBOOK_SECRETS-}"
  unset -v RUNBOOK_STATE RUNBOOK_NEXT_STATE RUNBOOK_FAILED RUNBOOK_REMARKS RUNBOOK_REQUESTS RUNBOOK_SECRETS RUNBOOK_CWD
  __runbook_note_env
  if [[ -n $__runbook_state && -e $__runbook_state ]]; then
    if __runbook_own "$__runbook_state"; then
      builtin source "$__runbook_state"
    else
      builtin printf 'The state of the shell was lost: something else is in the place of its file.\n' >>"$__runbook_remarks"
    fi
  fi
  __runbook_give_env

  # Nothing runs of a block that cannot be read to its end. A child reads it and by `set -n` runs none of it (were that not in force, `exit` would
  # end the child first); why it cannot be read, only a new bash tells in terms of the file. Patterns of extglob can be read when they are on already
  # or the block turns them on.
  IFS= builtin read -r -d '' __runbook_source <"$__runbook_block"
  if ! (builtin shopt -u extglob && builtin eval $'builtin set -n\nbuiltin exit 3\n'"$__runbook_source") 2>/dev/null &&
    ! __runbook_text=$("$BASH" -n "$__runbook_block" 2>&1); then
    if [[ ${__runbook_shopt-}$__runbook_source != *extglob* ]] || ! "$BASH" -O extglob -n "$__runbook_block" 2>/dev/null; then
      builtin printf '1 0 syntax\n' >|"$__runbook_failed_file"
      builtin printf '%s\n' "$__runbook_text" >&2
      __runbook_text=${__runbook_text%%$'\n'*}
      __runbook_refuse "${__runbook_text#"$__runbook_block: "}"
    fi
  fi
  if [[ -z $__runbook_cwd && -n ${__runbook_folder-} && $__runbook_folder != "$PWD" ]]; then
    builtin cd -- "$__runbook_folder" 2>/dev/null || __runbook_refuse "The working folder that the block before left is gone: $__runbook_folder"
    OLDPWD=$__runbook_oldpwd
  fi

  # Aliases, options and traps of the block cannot touch what is read already. Trap texts are read later: \builtin.
  [[ -z ${__runbook_set-} ]] || __runbook_use_options "$__runbook_set" "$__runbook_shopt"
  [[ :${__runbook_set-}: == *:xtrace:* ]] && __runbook_xtrace=1 || __runbook_xtrace=
  builtin shopt -s expand_aliases inherit_errexit
  builtin trap '{ __runbook_failed "$?" "$LINENO" "$BASH_COMMAND"; } 2>/dev/null' ERR
  __runbook_on_end='{ __runbook_status=$? __runbook_set=$SHELLOPTS __runbook_shopt=$BASHOPTS __runbook_command=$BASH_COMMAND
    \builtin set -f +euvxCETak +o posix +o pipefail; \builtin trap - ERR DEBUG RETURN
    __runbook_mend
    \builtin local -p >|"$__runbook_scratch"; } 2>/dev/null'
  builtin trap "$__runbook_on_end"'; __runbook_end' EXIT
  # From here on $RUNBOOK_ERROR is the block's.
  builtin printf 'began\n' >|"${__runbook_scratch%/*}/began"
  builtin set -Eeuo pipefail
  if [[ -n $__runbook_xtrace ]]; then { builtin set -x; } 2>/dev/null; fi
  builtin source "$__runbook_block"
  { builtin eval "$__runbook_on_end"; } 2>/dev/null
  __runbook_end
  __runbook_ended=1
  # An EXIT trap of the block runs now, under the options that it knows.
  __runbook_use_options "$__runbook_set" "$__runbook_shopt"
  builtin exit "$__runbook_status"
}
