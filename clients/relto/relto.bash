# shellcheck shell=bash
# Completion of relto for bash. Commands, options and types are what the program itself tells.

_relto() {
  local word=${COMP_WORDS[COMP_CWORD]} command='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --profile | --config | --url | --ca | --cert | --key | --timeout | --retries) i=$((i + 1)) ;;
    -*) ;;
    *) command=${COMP_WORDS[i]} && break ;;
    esac
  done
  case ${COMP_WORDS[COMP_CWORD - 1]} in
  --config | --ca | --cert | --key | --output | --report | --position)
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
    ;;
  --type) mapfile -t COMPREPLY < <(compgen -W "$(relto types)" -- "$word") && return ;;
  --format)
    local formats='ndjson json csv tle 3le kvn xml omm-json omm-csv rinex rinex3 rinex2 sp3 clk yuma sem advisory'
    [[ $command == import ]] && formats='ndm kvn xml json sp3 clk rinex yuma sem advisory csv itc tle rtcm'
    mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
    return
    ;;
  --mode) mapfile -t COMPREPLY < <(compgen -W 'REAL TEST EXERCISE SIMULATED' -- "$word") && return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(relto ${command:+"$command"} --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')" -- "$word")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(relto --help | sed -n 's/^  \([a-z]*\) .*/\1/p')" -- "$word")
  elif [[ $command == request ]] && ((i == COMP_CWORD - 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'ask list show withdraw' -- "$word")
  elif ((i == COMP_CWORD - 1)) && [[ $command != @(import|evaluate|whoami|types) ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(relto types)" -- "$word")
  elif [[ $command == @(post|import) ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _relto relto
