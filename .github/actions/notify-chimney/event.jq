# The pull request that the event of a workflow is about: {number, title}, as far as GitHub tells.

# What merging one makes the first commit's message: "Merge pull request #321 from …", with its title below it; or, of one
# that was squashed or rebased, "title (#321)".
def merged:
  split("\n") as $lines
  | $lines[0]
  | if test("^Merge pull request #[0-9]{1,15} from ") then
      {number: capture("#(?<n>[0-9]+)").n, title: ($lines[1:] | map(select(test("[^ \r\t]"))) | .[0])}
    elif test(" \\(#[0-9]{1,15}\\)\r?$") then
      capture("^(?<title>.*) \\(#(?<number>[0-9]+)\\)\r?$")
    else {} end;

$event[0]
| if .pull_request then .pull_request | {number, title}
  elif .merge_group then
    # refs/heads/gh-readonly-queue/main/pr-321-<the commit it is based on>
    (.merge_group.head_ref | capture("/pr-(?<number>[0-9]{1,15})-[0-9a-f]+$")) + {
      title: (.merge_group.head_commit.message | merged.title // split("\n")[0])
    }
  elif .head_commit.message then .head_commit.message | merged
  else {} end
| {number: (.number | if . == null then null else tonumber end), title}
