# The body of POST /api/deploy/events, of the step's variables and of what event.jq has found.

def given: if . == "" then null else . end;
def number: given | if . == null then null else tonumber end;

$event[0] as $event
| ($ENV.INPUT_PR_NUMBER | number) as $number
| {
    sha: $ENV.INPUT_SHA,
    outcome: $ENV.INPUT_OUTCOME,
    deployed_at: $ENV.INPUT_DEPLOYED_AT,
    slot: ($ENV.INPUT_SLOT | given),
    service: ($ENV.INPUT_SERVICE | given),
    duration_s: ($ENV.INPUT_DURATION | number),
    pr_number: ($number // $event.number),
    # Not the title of another one.
    pr_title: (($ENV.INPUT_PR_TITLE | given) // (if $number == null or $number == $event.number then $event.title else null end)),
    origin_ips: [$ENV.INPUT_ORIGIN_IPS | splits("[,[:space:]]+") | select(. != "")]
  }
| .pr_title |= (if type == "string" then .[0:500] else null end)
| with_entries(select(.value != null))
