extension Deployer {
    /// What calls take.
    static let callSchemas: StaticString = #"""
        {
          "ServiceName": {
            "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "description": "A service of the services file."
          },
          "RunHosts": {
            "type": ["array", "string", "null"], "maxLength": 0, "minItems": 1, "maxItems": 64, "uniqueItems": true,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,253}$"},
            "description": "Some of the service's hosts. Left out: all of them, in the order of the services file."
          },
          "RunMode": {
            "enum": ["reject", "wait", "supersede", "", null], "default": "reject",
            "description": "What happens where another deployment of the service has not ended: the call is rejected \#
        (429); it waits for its turn; it does so too, and takes the place of those that wait already."
          },
          "RunReason": {
            "type": ["string", "null"], "maxLength": 500, "description": "Why, for whoever reads the record."
          },
          "RunDeploymentID": {
            "anyOf": [{"type": "string", "format": "uuid"}, {"enum": ["", null]}],
            "description": "A deployment in the queue of the service's organisation, which is moved along."
          },
          "PostedRun": {
            "title": "A call for a deployment", "type": "object",
            "description": "In one of two forms, whose members do not go together: `service` and `image_sha`; or, as \#
        clients of other deployers have it, `service_name`, `image`, `commit_sha`, `container_name` and \#
        `healthcheck_url`. An empty text is as good as none.",
            "properties": {
              "service": {
                "type": ["string", "null"], "pattern": "^[A-Za-z0-9._-]{0,64}$",
                "description": "A service of the services file."
              },
              "service_name": {
                "type": ["string", "null"], "pattern": "^[A-Za-z0-9._-]{0,64}$",
                "description": "A service of the services file."
              },
              "image_sha": {
                "type": ["string", "null"], "pattern": "^([0-9A-Fa-f]{40})?$",
                "description": "The commit: the image's tag."
              },
              "commit_sha": {
                "type": ["string", "null"], "pattern": "^([0-9A-Fa-f]{7,64})?$",
                "description": "The commit, or its beginning."
              },
              "image": {
                "type": ["string", "null"], "maxLength": 512,
                "description": "The image and its tag, `[registry/]name:tag`. It has to be the service's image."
              },
              "container_name": {
                "type": ["string", "null"], "maxLength": 253,
                "description": "The container. It has to be one of those that the services file names for the service."
              },
              "healthcheck_url": {
                "type": ["string", "null"], "maxLength": 2048,
                "description": "A URL that answers with 2xx once the service is healthy, on a host that the services \#
        file allows. Left out: what the services file says."
              },
              "hosts": {"$ref": "#/components/schemas/RunHosts"},
              "mode": {"$ref": "#/components/schemas/RunMode"},
              "deployment_id": {"$ref": "#/components/schemas/RunDeploymentID"},
              "reason": {"$ref": "#/components/schemas/RunReason"}
            },
            "oneOf": [
              {
                "required": ["service", "image_sha"],
                "properties": {
                  "service": {"type": "string", "minLength": 1}, "image_sha": {"type": "string", "minLength": 1}
                }
              },
              {
                "required": ["service_name", "image", "commit_sha"],
                "properties": {
                  "service_name": {"type": "string", "minLength": 1}, "image": {"type": "string", "minLength": 1},
                  "commit_sha": {"type": "string", "minLength": 1}
                }
              }
            ]
          },
          "PostedReturn": {
            "title": "A call for a return to the last good version", "type": "object", "required": ["service"],
            "properties": {
              "service": {"$ref": "#/components/schemas/ServiceName"},
              "hosts": {"$ref": "#/components/schemas/RunHosts"},
              "mode": {"$ref": "#/components/schemas/RunMode"},
              "deployment_id": {"$ref": "#/components/schemas/RunDeploymentID"},
              "reason": {"$ref": "#/components/schemas/RunReason"}
            }
          }
        }
        """#

    /// What the routes answer with.
    static let runSchemas: StaticString = #"""
        {
          "DeploymentRunMembers": {
            "type": "object",
            "required": [
              "id", "service", "sha", "kind", "hosts", "host", "mode", "status", "phase", "created_at", "started_at",
              "finished_at", "caller", "reason", "deployment_id", "log_lines", "error", "last_health", "next_step"
            ],
            "properties": {
              "id": {"type": "string"},
              "service": {"type": "string"},
              "sha": {
                "type": ["string", "null"],
                "description": "The commit; of a return to a good version null until it is known."
              },
              "kind": {
                "enum": ["deploy", "rollback"],
                "description": "What was called for: a version, or the good one before."
              },
              "hosts": {
                "type": "array", "items": {"type": "string"},
                "description": "In the order in which they are deployed to."
              },
              "host": {
                "type": ["string", "null"], "description": "The one that it is at, or has failed at; null after a success."
              },
              "mode": {"enum": ["reject", "wait", "supersede"]},
              "status": {
                "enum": ["waiting", "running", "succeeded", "failed", "rolled_back", "rollback_failed"],
                "description": "The last four are outcomes, which do not change. `failed`: what ran before was not \#
        touched, or runs as it did."
              },
              "phase": {
                "enum": [
                  "waiting", "pull", "start", "health", "switch", "drain", "cleanup", "rollback", "rollback_health",
                  "done"
                ],
                "description": "The step that it is at; after a failure the one that failed."
              },
              "created_at": {"type": "string", "format": "date-time"},
              "started_at": {"type": ["string", "null"], "format": "date-time"},
              "finished_at": {"type": ["string", "null"], "format": "date-time"},
              "caller": {"type": "string", "description": "The name of the secret that the call was signed with."},
              "reason": {"type": ["string", "null"]},
              "deployment_id": {
                "type": ["string", "null"], "description": "The deployment of the queue, where it has one."
              },
              "log_lines": {
                "type": "integer", "minimum": 0, "description": "How many lines its log has had in all."
              },
              "error": {"type": ["string", "null"], "description": "What went wrong."},
              "last_health": {"type": ["string", "null"], "description": "What the last look at its health has shown."},
              "next_step": {"type": ["string", "null"], "description": "What to do by hand."}
            }
          },
          "DeploymentRun": {
            "title": "A deployment and its log", "type": "object",
            "required": ["logs", "container_logs"],
            "allOf": [{"$ref": "#/components/schemas/DeploymentRunMembers"}],
            "properties": {
              "logs": {
                "type": "array", "maxItems": 1000, "items": {"type": "string"},
                "description": "The newest lines, newest last."
              },
              "container_logs": {
                "type": "array", "maxItems": 50, "items": {"type": "string"},
                "description": "After a failure, the last lines of the new version's container."
              }
            },
            "examples": [
              {
                "id": "0190f3a4c2d17e6b", "service": "app", "sha": "30510378a9b2c4d5e6f708192a3b4c5d6e7f8091",
                "kind": "deploy", "hosts": ["origin-1"], "host": null, "mode": "reject", "status": "succeeded",
                "phase": "done",
                "created_at": "2026-02-21T10:12:58Z", "started_at": "2026-02-21T10:13:00Z",
                "finished_at": "2026-02-21T10:13:47Z", "caller": "ci", "reason": null,
                "deployment_id": null, "error": null,
                "last_health": "healthy", "next_step": null,
                "logs": ["[2026-02-21 10:13:00] [INFO] pulling ghcr.io/acme/app"], "log_lines": 1, "container_logs": []
              }
            ]
          },
          "DeploymentRunList": {
            "type": "object", "required": ["deployments"],
            "properties": {
              "deployments": {
                "type": "array", "maxItems": 100,
                "items": {"$ref": "#/components/schemas/DeploymentRunMembers"}
              }
            }
          }
        }
        """#
}
