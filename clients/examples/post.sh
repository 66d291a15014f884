#!/bin/bash
# Posts one record, or an array of them, from a JSON file.
# usage: post.sh TYPE FILE [MARKING]      e.g. post.sh eoobservation observation.json 'S//REL TO USA, JPN'
# In the file, "now-14m" (s, m, h or d; + or -) stands for that time. MARKING replaces the file's classificationMarking.
set -euo pipefail
# shellcheck source=clients/examples/common.sh
. "$(dirname "$0")/common.sh"
(($# == 2 || $# == 3)) || { sed -n '3,4s/^# //p' "$0" >&2 && exit 2; }

body=$(cat "$2")
while [[ $body =~ \"now([+-])([0-9]+)([smhd])\" ]]; do
  unit=$(sed 's/s/seconds/; t; s/m/minutes/; t; s/h/hours/; t; s/d/days/' <<<"${BASH_REMATCH[3]}")
  moment=$(date -u -d "${BASH_REMATCH[1]}${BASH_REMATCH[2]} $unit" +%Y-%m-%dT%H:%M:%S.000000Z)
  body=${body//"${BASH_REMATCH[0]}"/"\"$moment\""}
done
if (($# == 3)); then
  body=$(printf '%s\n' "$body" | sed "s|\"classificationMarking\": *\"[^\"]*\"|\"classificationMarking\": \"$3\"|")
fi
bulk=''
[[ $body != [[:space:]]*\[* && $body != \[* ]] || bulk=/createBulk
relto_curl -H 'Content-Type: application/json' --data-binary @- "$RELTO_URL/v1/$1$bulk" <<<"$body"
echo
