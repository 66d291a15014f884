# shellcheck shell=bash
# Sourced by the examples: one partner's curl.
: "${RELTO_URL:?the exchange, e.g. https://localhost:8443}" "${RELTO_CA:?PEM file of the authority of the exchange}"
: "${RELTO_CERT:?PEM file of the own certificate chain}" "${RELTO_KEY:?PEM file of its key}"

# --retry repeats what may be repeated: a retried POST is the same record.
relto_curl() {
  curl -sS --fail-with-body --retry 5 --retry-connrefused --cacert "$RELTO_CA" --cert "$RELTO_CERT" --key "$RELTO_KEY" "$@"
}
