#!/bin/bash
# Lists records as JSON. usage: query.sh TYPE [FIELD=VALUE...]
#   query.sh eoobservation 'obTime=>now-1 days' satNo=42917          equal; >…, <…, a..b, a,b,c, ~…, *…*
#   query.sh eoobservation/count 'obTime=>now-1 days'
set -euo pipefail
# shellcheck source=clients/examples/common.sh
. "$(dirname "$0")/common.sh"
(($#)) || { sed -n '2,4s/^# //p' "$0" >&2 && exit 2; }

path=$1
shift
parameters=()
for parameter in "$@"; do parameters+=(--data-urlencode "$parameter"); done
relto_curl -G ${parameters[@]+"${parameters[@]}"} "$RELTO_URL/v1/$path"
echo
