# Starts one attempt and outlives the engine: connects the kernel to its pumps and writes down how the kernel ended.
#
#   bash -p launcher.sh PRIVATE DD CAPTURE COMMAND…
#
# PRIVATE is the folder of the attempt's private files, DD the path of dd, CAPTURE 1 when standard output has a pump of its own, and tty for a
# step that has a terminal of its own.
# File descriptor 3 is a line to the engine: it is at its end when launcher and pumps are gone. The script keeps to what bash 3.2 (macOS) knows.
# The engine starts it as leader of a session of its own, so closing the terminal reaches none of this. Files that must be writable on a full
# disk exist already, filled with blanks, and are written over in place (<>).

set +o posix

# One command, so that bash has read all of it before it forks: its children share the script's file offset with it and may move it.
{
  private=$1 dd=$2 capture=$3
  shift 3

  # Number and start time of a process, which together name it for good. Linux gives the time as field 22 of stat; the name before it may hold
  # anything. Elsewhere `ps` is asked, in the words that process-identity.ts uses too.
  identify() {
    local line
    if [ -d /proc/self ]; then
      read -r line <"/proc/$1/stat" || return 1
      # shellcheck disable=SC2086
      set -- "${line%% *}" ${line##*) }
      identity="$1 ${21}"
    else
      identity="$1 $(LC_ALL=C TZ=UTC0 ps -o lstart= -p "$1")"
    fi
  }

  # Whoever creates `claim` decides: the launcher to start the step, or the engine (on resume) that it is never started.
  set -o noclobber
  identify $$
  printf '%s\n' "$identity" >"$private/claim" || exit 1
  set +o noclobber

  # Leader of the session that its terminal belongs to, this process becomes the step: the engine reads the terminal and sees the end itself, and
  # when the engine dies the terminal hangs up.
  if [ "$capture" = tty ]; then
    printf '%s\n' "$identity" 1<>"$private/kernel"
    exec "$@"
  fi

  # Keeps what comes in. Where it cannot be kept it is still read, so that a full disk does not stop the step. dd counts what it wrote, which
  # cat would not, so that a spool that was changed by others is noticed. TERM to the group makes it stop keeping and go on reading.
  pump() {
    trap '' HUP INT QUIT XFSZ
    trap : TERM
    if LC_ALL=C "$dd" bs=65536 >&6 2>&7; then :; else
      trap '' TERM
      "$dd" bs=65536 >/dev/null 2>&1
    fi
  }
  # Opened before the step starts, so that it cannot put anything else in their place first.
  keep_in() { exec 6>>"$private/$1" 7<>"$private/$1.pump"; }
  keep_in spool
  exec 4> >(pump)
  if [ "$capture" = 1 ]; then
    keep_in spool.out
    exec 5> >(exec 4>&- && pump)
  else
    exec 5>&4
  fi
  exec 6>&- 7>&-

  # Signals that were meant for the step must not end the launcher. Ignored, not handled: a handler that runs while bash waits can lose the
  # status of a child that ends in the same moment. The step gets them back below.
  trap '' HUP INT QUIT TERM USR1 USR2 ALRM

  # With job control each background job gets a process group of its own. Without it `wait` sits out a step that is stopped (SIGSTOP). How the
  # step ended, its exit code or a signal, only `jobs` tells, and only in the moment when it ended.
  # The step may have put a link or a pipe in the place of a file: nothing is written through the one or waits at the other.
  plain() { [ -f "$private/$1" ] && [ ! -L "$private/$1" ]; }
  trap 'if plain notice; then LC_ALL=C jobs -l 1<>"$private/notice"; fi' CHLD
  set -m
  (
    trap - HUP INT QUIT TERM USR1 USR2 ALRM CHLD
    exec 3>&- 4>&- 5>&-
    # Written by the step's own process, so that there is no moment in which it runs and is not known. It has no $BASHPID in bash 3.2.
    [ ! -d /proc/self ] || { identify self && printf '%s\n' "$identity" 1<>"$private/kernel"; } || exit 126
    exec "$@"
  ) <&0 >&5 2>&4 &
  kernel=$!
  set +m
  exec 4>&- 5>&-
  [ -d /proc/self ] || { identify "$kernel" && printf '%s\n' "$identity" 1<>"$private/kernel"; }

  wait "$kernel"
  code=$?
  kind=exited number=$code
  if [ "$code" -gt 128 ]; then
    how=unclear
    if plain notice; then read -r _ _ how _ <"$private/notice"; fi
    case $how in
    Exit | Running | '') ;;
    unclear) kind=unclear ;;
    *) kind=signalled number=$((code - 128)) ;;
    esac
  fi
  if plain end; then printf '%s %s\n' "$kind" "$number" 1<>"$private/end"; fi
  exit "$code"
}
