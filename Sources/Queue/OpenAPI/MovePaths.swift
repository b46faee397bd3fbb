extension Queue {
    /// Claims and rollbacks.
    static let movePaths: StaticString = #"""
        {
          "/v1/deployments/claim": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "claimDeployment", "tags": ["queue"],
              "summary": "Take the oldest scheduled deployment",
              "description": "It becomes `in_progress`, and is answered to exactly one caller.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "parameters": [
                {"$ref": "#/components/parameters/IdempotencyKey"}
              ],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedClaim"},
                    "example": {"name": "my-service", "environment": "production"}
                  }
                }
              },
              "responses": {
                "200": {
                  "description": "The deployment that was taken.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deployment"}}},
                  "links": {
                    "show": {"$ref": "#/components/links/ShowDeployment"},
                    "change": {"$ref": "#/components/links/ChangeDeployment"},
                    "history": {"$ref": "#/components/links/ShowHistory"},
                    "rollback": {"$ref": "#/components/links/RollBackDeployment"}
                  }
                },
                "204": {
                  "description": "There is none of those that were asked for.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  }
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "411": {"$ref": "#/components/responses/LengthRequired"},
                "413": {"$ref": "#/components/responses/ContentTooLarge"},
                "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/v1/deployments/rollback": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "rollBack", "tags": ["queue"],
              "summary": "Go back to an earlier deployment of a taxonomy",
              "description": "Schedules a copy of the newest deployed one of the taxonomy other than the current, or \#
        of the newest with `target_version`. What a rollback has replaced is never the source of the next. A \#
        parameter of the taxonomy that is left out takes the only value that there is; where there are several, it is \#
        422 and `errors` names them. 404 where there is nothing to go back to.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "parameters": [
                {
                  "name": "name", "in": "query", "required": true, "description": "The name of what is deployed.",
                  "schema": {"$ref": "#/components/schemas/DeploymentText", "minLength": 1}, "example": "my-service"
                },
                {
                  "name": "provider", "in": "query", "required": true, "description": "Where it is deployed.",
                  "schema": {"enum": ["gcp", "aws", "azure"]}, "example": "gcp"
                },
                {"$ref": "#/components/parameters/DeploymentEnvironment"},
                {"$ref": "#/components/parameters/DeploymentAccount"},
                {"$ref": "#/components/parameters/DeploymentRegion"},
                {"$ref": "#/components/parameters/DeploymentCell"},
                {"$ref": "#/components/parameters/TargetVersion"},
                {"$ref": "#/components/parameters/IdempotencyKey"}
              ],
              "responses": {
                "201": {
                  "description": "The new deployment.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
                    "Location": {"$ref": "#/components/headers/Location"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deployment"}}},
                  "links": {
                    "show": {"$ref": "#/components/links/ShowDeployment"},
                    "change": {"$ref": "#/components/links/ChangeDeployment"},
                    "history": {"$ref": "#/components/links/ShowHistory"},
                    "rollback": {"$ref": "#/components/links/RollBackDeployment"}
                  }
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/v1/deployments/{id}/rollback": {
            "parameters": [
              {"$ref": "#/components/parameters/DeploymentID"},
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "rollBackDeployment", "tags": ["queue"],
              "summary": "Replace a deployment by an earlier one",
              "description": "For one that is `failed`, `in_progress` or `deployed`: it becomes `rolled_back`, and a \#
        copy of the newest deployed one of its taxonomy before it, or of the newest with `target_version`, starts as \#
        `in_progress`. 404 where there is nothing to go back to, 409 for any other status.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "parameters": [
                {"$ref": "#/components/parameters/TargetVersion"},
                {"$ref": "#/components/parameters/IdempotencyKey"}
              ],
              "responses": {
                "201": {
                  "description": "The new deployment.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
                    "Location": {"$ref": "#/components/headers/Location"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deployment"}}},
                  "links": {
                    "show": {"$ref": "#/components/links/ShowDeployment"},
                    "change": {"$ref": "#/components/links/ChangeDeployment"},
                    "history": {"$ref": "#/components/links/ShowHistory"},
                    "rollback": {"$ref": "#/components/links/RollBackDeployment"}
                  }
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          }
        }
        """#
}
