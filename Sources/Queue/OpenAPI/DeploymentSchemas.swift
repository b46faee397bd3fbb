extension Queue {
    /// What the routes answer with.
    static let deploymentSchemas: StaticString = #"""
        {
          "DeploymentStatus": {"enum": ["scheduled", "in_progress", "deployed", "skipped", "failed", "rolled_back"]},
          "Deployment": {
            "type": "object", "description": "What was not given is null.",
            "required": [
              "id", "created_at", "updated_at", "organisation", "name", "version", "commit_sha",
              "pipeline_extra_params", "provider", "cloud_account_id", "region", "environment", "cell", "type",
              "status", "auto", "trigger", "description", "notes", "build_uri", "deployment_uri", "resource",
              "source_deployment_id", "rollback_from_deployment_id", "created_by_repo", "created_by_workflow",
              "created_by_actor"
            ],
            "properties": {
              "id": {"type": "string", "format": "uuid"},
              "created_at": {"type": "string", "format": "date-time"},
              "updated_at": {"type": "string", "format": "date-time"},
              "organisation": {"type": "string"},
              "name": {"type": "string"},
              "version": {"type": "string"},
              "commit_sha": {"type": ["string", "null"]},
              "pipeline_extra_params": {"type": ["string", "null"]},
              "provider": {"enum": ["gcp", "aws", "azure"]},
              "cloud_account_id": {"type": ["string", "null"]},
              "region": {"type": ["string", "null"]},
              "environment": {"type": ["string", "null"]},
              "cell": {"type": ["string", "null"]},
              "type": {"enum": ["k8s", "terraform", "data_pipeline"]},
              "status": {"$ref": "#/components/schemas/DeploymentStatus"},
              "auto": {"type": "boolean"},
              "trigger": {"enum": ["auto", "manual", "rollback"]},
              "description": {"type": ["string", "null"]},
              "notes": {"type": ["string", "null"]},
              "build_uri": {"type": ["string", "null"]},
              "deployment_uri": {"type": ["string", "null"]},
              "resource": {"type": ["string", "null"]},
              "source_deployment_id": {
                "type": ["string", "null"], "format": "uuid", "description": "Of a rollback: what it is a copy of."
              },
              "rollback_from_deployment_id": {
                "type": ["string", "null"], "format": "uuid", "description": "Of a rollback: whose place it takes."
              },
              "created_by_repo": {"type": ["string", "null"]},
              "created_by_workflow": {"type": ["string", "null"]},
              "created_by_actor": {"type": ["string", "null"]}
            }
          },
          "DeploymentHistory": {
            "type": "object", "required": ["history"],
            "properties": {
              "history": {
                "type": "array", "maxItems": 100,
                "items": {
                  "type": "object", "required": ["time", "actor", "repository", "workflow", "change"],
                  "properties": {
                    "time": {"type": "string", "format": "date-time"},
                    "actor": {"type": ["string", "null"]},
                    "repository": {"type": ["string", "null"]},
                    "workflow": {"type": ["string", "null"]},
                    "change": {
                      "type": "object", "minProperties": 1,
                      "properties": {
                        "status": {
                          "type": "object", "required": ["from", "to"],
                          "properties": {
                            "from": {"anyOf": [{"$ref": "#/components/schemas/DeploymentStatus"}, {"type": "null"}]},
                            "to": {"$ref": "#/components/schemas/DeploymentStatus"}
                          }
                        },
                        "notes": {
                          "type": "object", "required": ["from", "to"],
                          "properties": {"from": {"type": ["string", "null"]}, "to": {"type": ["string", "null"]}}
                        },
                        "deployment_uri": {
                          "type": "object", "required": ["from", "to"],
                          "properties": {"from": {"type": ["string", "null"]}, "to": {"type": ["string", "null"]}}
                        },
                        "source_deployment_id": {"type": "string", "format": "uuid"},
                        "rollback_from_deployment_id": {"type": "string"},
                        "skipped_by": {"type": "string", "format": "uuid"},
                        "rolled_back_by": {"type": "string", "format": "uuid"}
                      }
                    }
                  }
                }
              }
            }
          }
        }
        """#
}
