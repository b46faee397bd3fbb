#!/bin/bash
#
# Tells a chimney of a deploy, until it has it: the step of action.yml, which says what the variables mean. The token
# appears in no argument and no line of the log.

set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/notify-chimney.XXXXXX")
readonly here work
trap 'rm -rf -- "$work"' EXIT
status=''

# say COMMAND MESSAGE… is a line of the log that GitHub shows on the job's page. What ends a line, or would begin a
# command of its own, is written as GitHub reads it.
say() {
  local command=$1 text="${*:2}"
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '::%s title=notify-chimney::%s\n' "$command" "${text//$'\n'/%0A}"
}

# end RECORDED DUPLICATE tells the workflow.
end() { printf '%s\n' "recorded=$1" "duplicate=$2" "status=$status" >>"${GITHUB_OUTPUT:-/dev/null}"; }

# give_up MESSAGE… ends the step: a deploy does not fail for want of its record, unless that was asked for.
give_up() {
  end false false
  if [[ $INPUT_REQUIRED == true ]]; then
    say error "$@"
    exit 1
  fi
  say warning "$@"
  exit 0
}

# ── what was asked for ───────────────────────────────────────────────────────

[[ $INPUT_REQUIRED == true || $INPUT_REQUIRED == false ]] || {
  INPUT_REQUIRED=true
  give_up 'required: has to be true or false.'
}
for program in curl jq; do
  command -v "$program" >/dev/null || give_up "$program is not installed on this runner."
done

# A secret that was pasted often has a line end.
token=${INPUT_TOKEN#"${INPUT_TOKEN%%[![:space:]]*}"}
token=${token%"${token##*[![:space:]]}"}
unset INPUT_TOKEN
[[ -n $token ]] || give_up 'token: is empty; set it to what chimney has as DEPLOY_TOKEN, from a secret.'
[[ $token =~ ^[!-~]+$ ]] || give_up 'token: has characters that no token has.'
printf '::add-mask::%s\n' "$token"

# No character that would make it another address than it seems; see RFC 3986, section 3.2.
[[ $INPUT_URL =~ ^https?://[][A-Za-z0-9.:_-]+(/[A-Za-z0-9/._~%-]*)?$ ]] ||
  give_up 'url: is no address of a server; write https://deploys.example.org.'
[[ $INPUT_URL =~ ^https:// || $INPUT_URL =~ ^http://(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?(/|$) ]] ||
  give_up 'url: has to begin with https://, so that nobody on the way can read the token.'
url=$INPUT_URL
while [[ $url == */ ]]; do url=${url%/}; done

[[ $INPUT_TIMEOUT =~ ^[1-9][0-9]{0,3}$ ]] || give_up 'timeout: has to be a number of seconds up to 9999.'
deadline=$((SECONDS + INPUT_TIMEOUT))

case $INPUT_OUTCOME in
  success | failure) ;;
  cancelled) INPUT_OUTCOME=failure ;;
  *) give_up 'outcome: has to be success, failure or cancelled.' ;;
esac
[[ -z $INPUT_DURATION || $INPUT_DURATION =~ ^[0-9]{1,9}(\.[0-9]{1,9})?$ ]] ||
  give_up 'duration: has to be a number of seconds.'
[[ -z $INPUT_PR_NUMBER || $INPUT_PR_NUMBER =~ ^[0-9]{1,15}$ ]] || give_up 'pr-number: has to be a number.'
# Once for all tries: it is a part of what makes them the same deploy.
INPUT_DEPLOYED_AT=${INPUT_DEPLOYED_AT:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}

export INPUT_OUTCOME INPUT_DEPLOYED_AT
event=${GITHUB_EVENT_PATH:-}
[[ -f $event ]] || event=/dev/null
# (What an event has of a pull request is an extra: no form of it may keep the deploy from being told.)
jq -n --slurpfile event "$event" -f "$here/event.jq" >"$work/event" 2>"$work/errors" || echo '{}' >"$work/event"
jq -cn --slurpfile event "$work/event" -f "$here/body.jq" >"$work/body"

# ── telling it ───────────────────────────────────────────────────────────────

# ask SECONDS makes one try, and sets the status; empty if there was no answer, and then the reason is in $work/errors.
ask() {
  : >"$work/head"
  : >"$work/answer"
  # No redirect is followed: the token is for this server alone. (-q: nor does the runner's own configuration count.)
  status=$(curl -q --silent --show-error --proto '=http,https' --connect-timeout 10 --max-time "$1" \
    --header @<(printf 'Authorization: Bearer %s\n' "$token") --header 'Content-Type: application/json' \
    --user-agent notify-chimney --data-binary "@$work/body" --max-filesize 65536 \
    --dump-header "$work/head" --output "$work/answer" --write-out '%{http_code}' \
    "$url/api/deploy/events" 2>"$work/errors") || status=''
}

# What the server has to say, on one line.
reason() {
  local text
  if [[ -z $status ]]; then
    text=$(head -c 300 "$work/errors")
    printf '%s' "${text:-no answer}"
  else
    printf 'status %s' "$status"
    text=$(jq -r '[.detail // empty, (.errors[]? | "\(.field) \(.message)")] | join("; ")' "$work/answer" 2>/dev/null) || text=''
    [[ -z $text ]] || printf ': %s' "${text:0:500}"
  fi
}

# How many seconds the server asks to be left alone (RFC 9110, section 10.2.3); 0 if it asks for none.
retry_after() {
  local value seconds
  value=$(sed -n 's/^[Rr]etry-[Aa]fter:[[:space:]]*//p' "$work/head" | tr -d '\r' | tail -n 1)
  if [[ $value =~ ^[0-9]{1,6}$ ]]; then
    seconds=$((10#$value))
  elif [[ $value =~ ^[A-Za-z]{3}, ]] && seconds=$(date -ud "$value" +%s 2>/dev/null); then
    seconds=$((seconds - $(date +%s)))
  else
    seconds=0
  fi
  printf '%s' $((seconds > 0 ? seconds : 0))
}

pause=1
while true; do
  left=$((deadline - SECONDS))
  ask $((left < 1 ? 1 : left < 20 ? left : 20))
  case $status in
    200) break ;;
    '' | 408 | 429 | 5??) ;; # perhaps next time
    401 | 403) give_up "chimney does not take this token ($(reason))." ;;
    *) give_up "chimney did not record the deploy: $(reason)" ;;
  esac
  wait=$(retry_after)
  ((wait >= pause)) || wait=$pause
  ((SECONDS + wait <= deadline)) ||
    give_up "chimney could not be told of the deploy within $INPUT_TIMEOUT s: $(reason)"
  printf 'notify-chimney: no success yet, trying again in %s s\n' "$wait"
  sleep "$wait"
  pause=$((pause < 15 ? pause * 2 : 30))
done

# Whatever else answers at this address has not recorded anything.
duplicate=$(jq -r 'select(.sha | type == "string") | .duplicate == true' "$work/answer" 2>/dev/null) || duplicate=''
[[ $duplicate == true || $duplicate == false ]] || give_up 'url: what answers there is not chimney.'
end true "$duplicate"
sha=$(jq -r '.sha | gsub("[^0-9a-f]"; "")' "$work/answer")
[[ $duplicate == true ]] && note=' (it had it before)' || note=''
say notice "chimney has recorded the $INPUT_OUTCOME of ${sha:0:12}$note."
