extension Queue {
    /// What the routes take.
    static let postedSchemas: StaticString = #"""
        {
          "DeploymentText": {
            "type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$",
            "description": "A text in one line."
          },
          "OptionalText": {
            "anyOf": [{"$ref": "#/components/schemas/DeploymentText"}, {"type": "null"}],
            "description": "A text in one line; empty is as good as left out."
          },
          "FilterText": {
            "anyOf": [{"$ref": "#/components/schemas/DeploymentText", "minLength": 1}, {"type": "null"}],
            "description": "A text in one line."
          },
          "OptionalAddress": {
            "type": ["string", "null"], "maxLength": 2000,
            "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$",
            "description": "An address, or whatever else names a place; empty is as good as left out."
          },
          "PostedDeployment": {
            "title": "A deployment to be scheduled", "type": "object",
            "required": ["name", "version", "provider", "type"],
            "properties": {
              "name": {
                "$ref": "#/components/schemas/DeploymentText", "minLength": 1, "description": "What is deployed."
              },
              "version": {
                "$ref": "#/components/schemas/DeploymentText", "minLength": 1,
                "description": "Of two semantic versions one is higher; others have no order."
              },
              "provider": {"enum": ["gcp", "aws", "azure"]},
              "type": {"enum": ["k8s", "terraform", "data_pipeline"]},
              "cloud_account_id": {
                "$ref": "#/components/schemas/OptionalText", "description": "The account, project or subscription."
              },
              "region": {"$ref": "#/components/schemas/OptionalText"},
              "environment": {"$ref": "#/components/schemas/OptionalText"},
              "cell": {"$ref": "#/components/schemas/OptionalText", "description": "A part of an environment."},
              "commit_sha": {"$ref": "#/components/schemas/OptionalText"},
              "pipeline_extra_params": {
                "type": ["string", "null"], "maxLength": 10000, "description": "What the pipeline is given besides."
              },
              "description": {"type": ["string", "null"], "maxLength": 4000, "description": "What it is about."},
              "notes": {"type": ["string", "null"], "maxLength": 4000, "description": "What people have to say of it."},
              "build_uri": {"$ref": "#/components/schemas/OptionalAddress", "description": "Where it was built."},
              "deployment_uri": {"$ref": "#/components/schemas/OptionalAddress", "description": "Where it runs."},
              "resource": {"$ref": "#/components/schemas/OptionalAddress", "description": "What it is deployed to."},
              "auto": {
                "type": ["boolean", "null"], "default": true,
                "description": "Whether a pipeline makes it, and not a person."
              }
            }
          },
          "PostedChange": {
            "title": "A change of a deployment", "type": "object",
            "properties": {
              "status": {
                "enum": ["scheduled", "in_progress", "deployed", "skipped", "failed", "rolled_back", "", null]
              },
              "notes": {"type": ["string", "null"], "maxLength": 4000, "description": "Empty: none any more."},
              "deployment_uri": {
                "$ref": "#/components/schemas/OptionalAddress", "description": "Empty: none any more."
              }
            },
            "anyOf": [
              {"required": ["status"], "properties": {"status": {"type": "string", "minLength": 1}}},
              {"required": ["notes"], "properties": {"notes": {"type": "string"}}},
              {"required": ["deployment_uri"], "properties": {"deployment_uri": {"type": "string"}}}
            ]
          },
          "PostedClaim": {
            "title": "What somebody wants to carry out", "type": "object",
            "description": "What is left out may be anything; what is empty is refused.",
            "properties": {
              "name": {"$ref": "#/components/schemas/FilterText"},
              "provider": {"enum": ["gcp", "aws", "azure", null]},
              "trigger": {"enum": ["auto", "manual", "rollback", null]},
              "cloud_account_id": {"$ref": "#/components/schemas/FilterText"},
              "region": {"$ref": "#/components/schemas/FilterText"},
              "environment": {"$ref": "#/components/schemas/FilterText"},
              "cell": {"$ref": "#/components/schemas/FilterText"}
            }
          }
        }
        """#
}
