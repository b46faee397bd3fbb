extension GitHub {
    /// The parameters that are passed on to GitHub, which says what they may be: this server looks for control
    /// characters only, and all of them together may have 1024 bytes.
    static let queryParameters: StaticString = #"""
        {
          "GitHubState": {
            "name": "state", "in": "query", "required": false, "description": "The state of issues or pull requests.",
            "schema": {"type": "string"}, "example": "open"
          },
          "GitHubPerPage": {
            "name": "per_page", "in": "query", "required": false, "description": "How many items a page has.",
            "schema": {"type": "string"}, "example": "30"
          },
          "GitHubPage": {
            "name": "page", "in": "query", "required": false, "description": "Which page.",
            "schema": {"type": "string"}, "example": "2"
          },
          "GitHubSort": {
            "name": "sort", "in": "query", "required": false, "description": "What a list is sorted by.",
            "schema": {"type": "string"}, "example": "updated"
          },
          "GitHubDirection": {
            "name": "direction", "in": "query", "required": false, "description": "In which direction.",
            "schema": {"type": "string"}, "example": "desc"
          },
          "GitHubSince": {
            "name": "since", "in": "query", "required": false, "description": "Only what has changed since then.",
            "schema": {"type": "string"}, "example": "2026-02-21T10:13:00Z"
          },
          "GitHubUntil": {
            "name": "until", "in": "query", "required": false, "description": "Only what was before then.",
            "schema": {"type": "string"}, "example": "2026-02-21T10:13:00Z"
          },
          "GitHubStatus": {
            "name": "status", "in": "query", "required": false,
            "description": "The status or conclusion of workflow runs.",
            "schema": {"type": "string"}, "example": "completed"
          },
          "GitHubSHA": {
            "name": "sha", "in": "query", "required": false,
            "description": "The commit or branch that commits are listed from.",
            "schema": {"type": "string"}, "example": "main"
          },
          "GitHubRef": {
            "name": "ref", "in": "query", "required": false,
            "description": "The branch, tag or commit that content is of.",
            "schema": {"type": "string"}, "example": "main"
          },
          "GitHubPath": {
            "name": "path", "in": "query", "required": false, "description": "The file whose commits are listed.",
            "schema": {"type": "string"}, "example": "README.md"
          },
          "GitHubWorkflow": {
            "name": "workflow", "in": "query", "required": false, "description": "A workflow.",
            "schema": {"type": "string"}, "example": "ci.yml"
          },
          "GitHubBranch": {
            "name": "branch", "in": "query", "required": false, "description": "The branch that workflow runs are of.",
            "schema": {"type": "string"}, "example": "main"
          },
          "GitHubEvent": {
            "name": "event", "in": "query", "required": false,
            "description": "The event that workflow runs were started by.",
            "schema": {"type": "string"}, "example": "push"
          },
          "GitHubLabels": {
            "name": "labels", "in": "query", "required": false,
            "description": "Labels that issues have, separated by commas.",
            "schema": {"type": "string"}, "example": "type:bug"
          }
        }
        """#
}
