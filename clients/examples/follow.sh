#!/bin/bash
# Prints every record of a type that the exchange takes in from now on and that this client may see, one JSON line each.
# usage: follow.sh TYPE TIME_FIELD [SECONDS]      e.g. follow.sh eoobservation obTime
# It asks every SECONDS (default 5) for what came since the newest record it has seen.
set -euo pipefail
# shellcheck source=clients/examples/common.sh
. "$(dirname "$0")/common.sh"
(($# == 2 || $# == 3)) || { sed -n '3,4s/^# //p' "$0" >&2 && exit 2; }

since=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
declare -A shown=()
while :; do
  # One record a line, oldest first: id, createdAt, record. ">" includes its bound, so what was shown is remembered.
  lines=$(relto_curl -G --data-urlencode "$2=>now-3650 days" --data-urlencode "createdAt=>$since" \
    --data-urlencode 'sort=createdAt,ASC' "$RELTO_URL/v1/$1" |
    /usr/bin/python3 -c 'import json, sys
for r in json.load(sys.stdin): print(r["id"], r["createdAt"], json.dumps(r))')
  while read -r id created record; do
    [[ -n $id && -z ${shown[$id]-} ]] || continue
    printf '%s\n' "$record"
    [[ $created == "$since" ]] || shown=()
    shown[$id]=1
    since=$created
  done <<<"$lines"
  sleep "${3-5}"
done
