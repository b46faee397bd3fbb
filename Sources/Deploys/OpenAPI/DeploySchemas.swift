extension Deploys {
    /// What `POST /api/deploy/events` takes.
    static let postedDeploy: StaticString = #"""
        {
          "PostedDeploy": {
            "title": "A deploy as CI reports it", "type": "object", "required": ["sha", "outcome"],
            "description": "A success needs `duration_s`, and `slot` or `service`.",
            "properties": {
              "sha": {
                "type": "string", "pattern": "^[0-9A-Fa-f]{7,64}$", "description": "The commit.",
                "examples": ["3051037"]
              },
              "outcome": {"enum": ["success", "failure"]},
              "slot": {
                "enum": ["blue", "green", "", null],
                "description": "Which of two slots it went to. Empty is as good as left out."
              },
              "duration_s": {
                "anyOf": [{"type": ["number", "null"], "minimum": 0}, {"const": ""}],
                "description": "How many seconds it took. Empty is as good as left out."
              },
              "deployed_at": {
                "anyOf": [{"type": ["string", "null"], "format": "date-time"}, {"const": ""}],
                "description": "When it ended, at most 5 minutes ahead of the server's clock. Left out: now."
              },
              "pr_number": {
                "type": ["integer", "null"], "minimum": 0, "maximum": 9007199254740991,
                "description": "The pull request that was deployed; 0 is as good as left out."
              },
              "pr_title": {"type": ["string", "null"], "maxLength": 500, "description": "Its title."},
              "origin_ips": {
                "type": ["array", "null"], "maxItems": 64, "description": "The origins that it went to.",
                "items": {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
              },
              "service": {
                "type": ["string", "null"], "pattern": "^[A-Za-z0-9._-]{1,64}$",
                "description": "What was deployed, where one chimney keeps the record of several services."
              }
            },
            "if": {"properties": {"outcome": {"const": "success"}}},
            "then": {
              "required": ["duration_s"],
              "properties": {"duration_s": {"type": "number"}},
              "if": {"required": ["service"], "properties": {"service": {"type": "string"}}},
              "else": {"required": ["slot"], "properties": {"slot": {"enum": ["blue", "green"]}}}
            }
          }
        }
        """#

    /// What the routes answer with.
    static let deploys: StaticString = #"""
        {
          "DeployMembers": {
            "type": "object",
            "required": [
              "sha", "pr_number", "pr_title", "slot", "outcome", "duration_s", "deployed_at", "origin_ips"
            ],
            "properties": {
              "sha": {"type": "string", "pattern": "^[0-9a-f]{7,64}$"},
              "pr_number": {"type": ["integer", "null"], "minimum": 1},
              "pr_title": {"type": ["string", "null"], "minLength": 1, "maxLength": 500},
              "slot": {"enum": ["blue", "green", null]},
              "outcome": {"enum": ["success", "failure"]},
              "duration_s": {"type": ["number", "null"], "minimum": 0},
              "deployed_at": {"type": "string", "format": "date-time"},
              "origin_ips": {
                "type": "array", "maxItems": 64,
                "items": {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
              },
              "service": {
                "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "description": "Absent where none was named."
              }
            }
          },
          "RecordedDeploy": {
            "title": "A deploy as it is stored", "type": "object",
            "allOf": [{"$ref": "#/components/schemas/DeployMembers"}],
            "properties": {
              "duplicate": {"const": true, "description": "It had been stored before; otherwise absent."}
            },
            "examples": [
              {
                "sha": "3051037", "pr_number": 321, "pr_title": "blue/green deploy rewrite", "slot": "blue",
                "outcome": "success", "duration_s": 47, "deployed_at": "2026-02-21T10:13:00Z",
                "origin_ips": ["1.2.3.4", "5.6.7.8"]
              }
            ]
          },
          "Deploy": {
            "title": "A deploy", "type": "object", "required": ["age_s"],
            "allOf": [{"$ref": "#/components/schemas/DeployMembers"}],
            "properties": {
              "age_s": {"type": "integer", "minimum": 0, "description": "Seconds since `deployed_at`."}
            },
            "examples": [
              {
                "sha": "3051037", "pr_number": 321, "pr_title": "blue/green deploy rewrite", "slot": "blue",
                "outcome": "success", "duration_s": 47, "deployed_at": "2026-02-21T10:13:00Z", "age_s": 3720,
                "origin_ips": ["1.2.3.4"]
              }
            ]
          },
          "DeployList": {
            "type": "object", "required": ["events"],
            "properties": {
              "events": {"type": "array", "maxItems": 50, "items": {"$ref": "#/components/schemas/Deploy"}}
            }
          },
          "DeployStatus": {
            "type": "object",
            "required": ["last_deploy", "recent_deploys", "active_slot", "total_deploys", "success_rate_pct"],
            "properties": {
              "last_deploy": {"$ref": "#/components/schemas/Deploy"},
              "recent_deploys": {
                "type": "array", "minItems": 1, "maxItems": 10, "items": {"$ref": "#/components/schemas/Deploy"}
              },
              "active_slot": {
                "enum": ["blue", "green", null], "description": "That of the newest success that has one."
              },
              "total_deploys": {
                "type": "integer", "minimum": 1,
                "description": "All that were ever recorded; of a service, those among the newest 50."
              },
              "success_rate_pct": {
                "type": "number", "minimum": 0, "maximum": 100, "description": "Of the newest 50, with one decimal."
              },
              "compare_url": {
                "type": "string", "format": "uri",
                "description": "The comparison of the last two commits; absent where there is but one."
              }
            }
          }
        }
        """#
}
