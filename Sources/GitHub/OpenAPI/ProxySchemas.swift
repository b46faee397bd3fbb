extension GitHub {
    /// What chimney puts together of GitHub's answers.
    static let proxySchemas: StaticString = #"""
        {
          "RepositoryList": {
            "type": "object", "required": ["org", "mode", "repos"],
            "properties": {
              "org": {"type": "string", "description": "The organisation, or the owner of the one repository."},
              "mode": {"enum": ["org", "single-repo"]},
              "repos": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": [
                    "full_name", "name", "description", "language", "open_issues_count", "updated_at", "html_url"
                  ],
                  "properties": {
                    "full_name": {"type": "string", "examples": ["octocat/hello-world"]},
                    "name": {"type": "string"},
                    "description": {"type": ["string", "null"]},
                    "language": {"type": ["string", "null"]},
                    "open_issues_count": {
                      "type": "integer", "minimum": 0, "description": "Pull requests included, as GitHub counts."
                    },
                    "updated_at": {"type": ["string", "null"], "format": "date-time"},
                    "html_url": {"type": "string", "format": "uri"}
                  }
                }
              }
            }
          },
          "PipelineSummary": {
            "type": "object",
            "description": "Beside the members below there is `<project>_version`, named after the repository: the \#
        tag of its newest release, or `PROJECT_VERSION`, or null.",
            "required": [
              "open_issues", "open_prs", "last_merged_pr", "recent_workflow_runs", "goose_success_rate_pct",
              "open_bugs",
              "fetched_at", "partial"
            ],
            "properties": {
              "open_issues": {"type": ["integer", "null"], "minimum": 0, "description": "Without pull requests."},
              "open_prs": {"type": ["integer", "null"], "minimum": 0},
              "last_merged_pr": {
                "type": ["object", "null"], "required": ["number", "title", "sha", "merged_at"],
                "properties": {
                  "number": {"type": "integer", "minimum": 1},
                  "title": {"type": "string"},
                  "sha": {"type": ["string", "null"]},
                  "merged_at": {"type": ["string", "null"], "format": "date-time"}
                }
              },
              "recent_workflow_runs": {
                "type": "array", "maxItems": 10,
                "items": {
                  "type": "object", "required": ["workflow_name", "status", "conclusion", "run_at", "url"],
                  "properties": {
                    "workflow_name": {"type": ["string", "null"]},
                    "status": {"type": ["string", "null"]},
                    "conclusion": {"type": ["string", "null"], "description": "Null until it has ended."},
                    "run_at": {"type": ["string", "null"], "format": "date-time"},
                    "url": {"type": "string", "format": "uri"}
                  }
                }
              },
              "goose_success_rate_pct": {
                "type": ["number", "null"], "minimum": 0, "maximum": 100,
                "description": "Of the last 50 runs of `PIPELINE_WORKFLOW` that came to an end of their own."
              },
              "open_bugs": {
                "type": "array", "maxItems": 100, "description": "Open issues labelled `type:bug`.",
                "items": {
                  "type": "object", "required": ["number", "title", "url"],
                  "properties": {
                    "number": {"type": "integer", "minimum": 1},
                    "title": {"type": "string"},
                    "url": {"type": "string", "format": "uri"}
                  }
                }
              },
              "fetched_at": {"type": "string", "format": "date-time"},
              "partial": {
                "type": "array", "items": {"type": "string"}, "description": "The members that could not be had."
              }
            },
            "patternProperties": {"_version$": {"type": ["string", "null"]}}
          }
        }
        """#
}
