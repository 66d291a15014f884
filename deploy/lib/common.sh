# shellcheck shell=bash
# Shared by the shell commands of this tree: messages and progress. Sourced, never run.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# step TEXT COMMAND...: runs COMMAND with its output in a log, and shows that it lives: on a terminal a running count of
# seconds, elsewhere a line every 15 s. On failure shows the end of the log and returns COMMAND's status.
step() {
  local text=$1 log status=0 seconds=0 ticks=0 child
  shift
  log=$(mktemp)
  [[ -t 1 ]] || say "… $text"
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.2
    ticks=$((ticks + 1))
    seconds=$((ticks / 5))
    if [[ -t 1 ]]; then
      printf '\r… %s (%d s) ' "$text" "$seconds"
    elif ((ticks % 75 == 0)); then
      say "  still at it after $seconds s: $(tail -n 1 "$log" | cut -c1-100)"
    fi
  done
  wait "$child" || status=$?
  if ((status == 0)); then
    if [[ -t 1 ]]; then printf '\r\033[K✓ %s (%d s)\n' "$text" "$seconds"; else say "✓ $text ($seconds s)"; fi
  else
    if [[ -t 1 ]]; then printf '\r\033[K'; fi
    warn "✗ $text failed (status $status):"
    tail -n 60 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}
