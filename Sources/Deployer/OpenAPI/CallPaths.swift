extension Deployer {
    /// Calls for deployments.
    static let callPaths: StaticString = #"""
        {
          "/deploy": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "deployService", "tags": ["deployer"], "summary": "Deploy a version of a service",
              "description": "On its hosts one after the other, stopping at the first failure. The answer comes when \#
        the deployment has ended, which may take as long as the limits of the services file allow.",
              "security": [{"deploy_signature": []}],
              "parameters": [{"$ref": "#/components/parameters/Prefer"}],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedRun"},
                    "example": {"service": "app", "image_sha": "30510378a9b2c4d5e6f708192a3b4c5d6e7f8091"}
                  }
                }
              },
              "responses": {
                "200": {"$ref": "#/components/responses/RunSucceeded"},
                "202": {"$ref": "#/components/responses/RunAccepted"},
                "400": {"$ref": "#/components/responses/RunNotPulled"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "404": {"$ref": "#/components/responses/NothingToDeploy"},
                "409": {"$ref": "#/components/responses/RunConflict"},
                "411": {"$ref": "#/components/responses/LengthRequired"},
                "413": {"$ref": "#/components/responses/ContentTooLarge"},
                "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/RunRejected"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "500": {"$ref": "#/components/responses/RollbackFailed"},
                "502": {"$ref": "#/components/responses/RunRolledBack"},
                "503": {"$ref": "#/components/responses/RunnerAway"},
                "504": {"$ref": "#/components/responses/RunTimedOut"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            },
            "get": {
              "operationId": "listDeploymentRuns", "tags": ["deployer"], "summary": "The newest deployments",
              "description": "Newest first, of the last 30 days.",
              "security": [{"logs_token": []}, {}],
              "parameters": [
                {
                  "name": "service", "in": "query", "required": false,
                  "description": "Only deployments of this service.",
                  "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{0,64}$"}, "example": "app"
                },
                {
                  "name": "limit", "in": "query", "required": false, "description": "How many at most.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
                }
              ],
              "responses": {
                "200": {
                  "description": "The deployments, without their logs.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRunList"}}},
                  "links": {"newest": {"$ref": "#/components/links/ShowNewestRun"}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/deploy/rollback": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "returnToLastGoodVersion", "tags": ["deployer"],
              "summary": "Return a service to the last good version",
              "description": "On each host to the newest of the last five images that were healthy there, other than \#
        the one that runs. It is a deployment like any other, and answered like one.",
              "security": [{"deploy_signature": []}],
              "parameters": [{"$ref": "#/components/parameters/Prefer"}],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedReturn"},
                    "example": {"service": "app", "reason": "checkout is slow"}
                  }
                }
              },
              "responses": {
                "200": {"$ref": "#/components/responses/RunSucceeded"},
                "202": {"$ref": "#/components/responses/RunAccepted"},
                "400": {"$ref": "#/components/responses/RunNotPulled"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "404": {"$ref": "#/components/responses/NothingToDeploy"},
                "409": {"$ref": "#/components/responses/RunConflict"},
                "411": {"$ref": "#/components/responses/LengthRequired"},
                "413": {"$ref": "#/components/responses/ContentTooLarge"},
                "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/RunRejected"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "500": {"$ref": "#/components/responses/RollbackFailed"},
                "502": {"$ref": "#/components/responses/RunRolledBack"},
                "503": {"$ref": "#/components/responses/RunnerAway"},
                "504": {"$ref": "#/components/responses/RunTimedOut"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          }
        }
        """#
}
