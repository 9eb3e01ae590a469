# The part of a script of `runbook to-sh` that is the same for every runbook: it asks, fills in, runs and tells how a step ended.
# What its functions use begins with rb_, since blocks share the shell with them.
if ((BASH_VERSINFO[0] < 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] < 4))); then
  printf 'This script needs bash 4.4 or newer.\n' >&2
  exit 7
fi
set -Eeuo pipefail
shopt -s inherit_errexit
# Answers are read from here. Blocks have nothing to read.
exec 3<&0 </dev/null

rb_id='' rb_state='' rb_fails='' rb_block='' rb_from=''

rb_say() { printf '%s\n' "$*" >&2; }

rb_leave() {
  local code=$?
  trap - EXIT
  rm -rf -- "$rb_scratch"
  case $rb_state in
    asking)
      rb_say "Stopped before step $rb_id: nothing of it was run. Go on from it with: RUN=$RUN bash $0 $rb_id"
      exit 6
      ;;
    running)
      rb_say "Step $rb_id failed, or was stopped (exit $code). What it had done until then stays done."
      [[ -z $rb_fails ]] || rb_say "$rb_fails"
      rb_say "When that is settled, go on from this step with: RUN=$RUN bash $0 $rb_id"
      rb_say 'In front of that belong the NAME=value lines that steps before it have printed.'
      exit 4
      ;;
  esac
  exit "$code"
}
rb_scratch=$(mktemp -d)
trap rb_leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
# Blocks may write name=value lines here, and say how far they are.
export RUNBOOK_OUTPUT=$rb_scratch/output RUNBOOK_BLOCK=$rb_scratch/block RUNBOOK_PROGRESS=/dev/null RUNBOOK_ERROR=/dev/null

# rb_step ID RISK ABOUT FAILS: what comes now.
rb_step() {
  rb_id=$1 rb_state=asking rb_fails=$4
  export RUNBOOK_STEP=$1 RUNBOOK_RISK=$2
  : >"$RUNBOOK_OUTPUT"
  printf '\n== %s\n' "$3" >&2
}

# True from the step on that was named when the script was started.
rb_wanted() {
  [[ $rb_from != "$1" ]] || rb_from=''
  [[ -z $rb_from ]]
}

# rb_input NAME MEANING DEFAULT: from the environment, else asked for.
rb_input() {
  local name=$1 answer=''
  if [[ -z ${!name-} ]]; then
    printf '%s: %s%s ' "$name" "$2" "${3:+ [$3]}" >&2
    IFS= read -r answer <&3 || true
    printf -v "$name" '%s' "${answer:-$3}"
  fi
  if [[ -z ${!name} ]]; then
    rb_say "$name has no value. Set it in the environment, or type it."
    exit 6
  fi
  export "${name?}"
}

# rb_fill NAME...: puts the values into the block, in the place of their {name}.
rb_fill() {
  local LC_ALL=C name upper value
  for name in "$@"; do
    upper=${name^^}
    value=${!upper-}
    if [[ -z $value ]]; then
      rb_say "{$name} has no value; a step before this one gives it. Set $upper in the environment and start again."
      exit 6
    fi
    if [[ ! $value =~ ^[A-Za-z0-9._:/@+,=-]+$ || $value == -* || $value == *--* ]]; then
      rb_say "The value of {$name} may not stand in a command: only letters, digits and . _ : / @ + , = - may, no leading and no double hyphen."
      exit 6
    fi
    rb_block=${rb_block//"{$name}"/$value}
  done
}

# rb_ask RISK STAGE TYPED: shows the block and asks. Anything but a yes stops.
rb_ask() {
  local answer='' typed=$3
  [[ -n $typed || $1 != high ]] || typed=$2
  printf '%s\n' "${rb_block%$'\n'}" | sed 's/^/    /' >&2
  if [[ -n $typed ]]; then
    printf 'Type %s to run this on %s: ' "$typed" "$2" >&2
  else
    printf 'Run this on %s? [y/N] ' "$2" >&2
  fi
  IFS= read -r answer <&3 || true
  if [[ -n $typed ]]; then [[ $answer == "$typed" ]] || exit 6; else [[ $answer == [yY] ]] || exit 6; fi
  rb_state=running
}

# What a person does by hand.
rb_by_hand() {
  local answer=''
  printf '%s\n' "${rb_block%$'\n'}" | sed 's/^/    /' >&2
  printf 'Done on %s? [y/N] ' "$1" >&2
  IFS= read -r answer <&3 || true
  [[ $answer == [yY] ]] || exit 6
}

# rb_expected AGAIN LINES: a person compares. With AGAIN the step may be run once more.
rb_expected() {
  local answer=''
  printf 'Expected in the output (/.../ is a pattern, ! means: must not appear):\n%s\n' "$2" >&2
  printf 'Is it so? [y/N%s] ' "${1:+, r: look again}" >&2
  IFS= read -r answer <&3 || true
  [[ $answer != [yY] ]] || return 0
  [[ -n $1 && $answer == [rR] ]] || exit 4
  return 1
}

# rb_repeat SECONDS LIMIT TRIES COMMAND...: until it succeeds, the time is up, or it was tried again so many times (0: as long as there is time).
rb_repeat() {
  local pause=$1 until=$((SECONDS + $2)) tries=$3 code
  shift 3
  while :; do
    set +e
    (
      set -e
      "$@"
    )
    code=$?
    set -e
    if ((code == 0)); then return 0; fi
    if ((SECONDS + pause > until)); then return "$code"; fi
    if ((tries == 1)); then return "$code"; fi
    tries=$((tries == 0 ? 0 : tries - 1))
    sleep "$pause"
  done
}

rb_file() {
  printf '%s' "$rb_block" >"$RUNBOOK_BLOCK"
  cd -- "$rb_home"
  "$@"
}

# rb_captured NAME: what a step printed, without blanks around it.
rb_captured() {
  local name=$1 value=${!1}
  printf '%s\n' "$value"
  value=${value#"${value%%[![:space:]]*}"}
  value=${value%"${value##*[![:space:]]}"}
  if [[ -z $value ]]; then
    rb_say "The step printed nothing, and $name was to be what it prints."
    exit 4
  fi
  printf -v "$name" '%s' "$value"
  export "${name?}"
  rb_say "$name=$value"
}

# The values that the block wrote down, and the end of the step.
rb_done() {
  local line name
  while IFS= read -r line; do
    name=${line%%=*}
    if [[ $line != *=* || ! $name =~ ^[a-z][a-z0-9_]*$ ]]; then
      rb_say "The block wrote a value in a form that this script does not read: $line"
      exit 4
    fi
    export "${name^^}=${line#*=}"
  done <"$RUNBOOK_OUTPUT"
  rb_state=''
}

# rb_psql SETTINGS HOST OPTION...: the block through psql, with the variables that it reads as settings.
rb_psql() {
  local settings=$1 url=$DATABASE_URL
  if [[ -n $2 && $url =~ ^([a-z]+://([^@/?#]*@)?)([^/?#:]*|\[[^]]*\])(.*)$ ]]; then url=${BASH_REMATCH[1]}$2${BASH_REMATCH[4]}; fi
  shift 2
  printf '%s\n%s' "$settings" "$rb_block" | PGAPPNAME="runbook $RUNBOOK_STEP" psql --no-psqlrc --set=ON_ERROR_STOP=1 "$@" --dbname="$url"
}
