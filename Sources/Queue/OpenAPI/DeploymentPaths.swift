extension Queue {
    /// Deployments.
    static let deploymentPaths: StaticString = #"""
        {
          "/v1/deployments": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "listDeployments", "tags": ["queue"],
              "summary": "The deployments of the organisation",
              "description": "Newest first. A filter without a value is as good as none. The next page is where \#
        `Link` says; each deployment comes once, however many are added meanwhile.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "parameters": [
                {
                  "name": "status", "in": "query", "required": false,
                  "description": "Only those of this status.",
                  "schema": {"enum": ["scheduled", "in_progress", "deployed", "skipped", "failed", "rolled_back",
                  ""]}, "example": "scheduled"
                },
                {"$ref": "#/components/parameters/DeploymentName"},
                {"$ref": "#/components/parameters/DeploymentProvider"},
                {"$ref": "#/components/parameters/DeploymentEnvironment"},
                {"$ref": "#/components/parameters/DeploymentAccount"},
                {"$ref": "#/components/parameters/DeploymentRegion"},
                {"$ref": "#/components/parameters/DeploymentCell"},
                {
                  "name": "trigger", "in": "query", "required": false,
                  "description": "Only those that were made like this.",
                  "schema": {"enum": ["auto", "manual", "rollback", ""]}, "example": "auto"
                },
                {
                  "name": "limit", "in": "query", "required": false,
                  "description": "How many a page has at most.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
                },
                {
                  "name": "cursor", "in": "query", "required": false,
                  "description": "Where the page begins: to be taken from `Link` as it is.",
                  "schema": {"type": "string"}, "example": "k7w2xj9q1c"
                }
              ],
              "responses": {
                "200": {
                  "description": "The deployments; `Link` where there are more.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
                    "Link": {"$ref": "#/components/headers/Link"}
                  },
                  "content": {"application/json": {"schema": {
                        "type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/Deployment"}
                      }}},
                  "links": {"newest": {"$ref": "#/components/links/ShowNewestDeployment"}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            },
            "post": {
              "operationId": "createDeployment", "tags": ["queue"],
              "summary": "Schedule a deployment",
              "description": "Its status is `scheduled`, its trigger `auto`, or `manual` with `\"auto\":false`. An \#
        organisation may make so many deployments in a day (UTC) as `QUEUE_DAILY_LIMIT` says; more is 429. Where a \#
        taxonomy has too many scheduled ones already, it is 409.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "parameters": [
                {"$ref": "#/components/parameters/IdempotencyKey"}
              ],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedDeployment"},
                    "example": {
                      "name": "my-service", "version": "1.0.0", "provider": "gcp", "cloud_account_id": "my-project",
                      "region": "us-central1", "environment": "production", "type": "k8s"
                    }
                  }
                }
              },
              "responses": {
                "201": {
                  "description": "The deployment.",
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
                "409": {"$ref": "#/components/responses/Conflict"},
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
          "/v1/deployments/{id}": {
            "parameters": [
              {"$ref": "#/components/parameters/DeploymentID"},
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getDeployment", "tags": ["queue"],
              "summary": "A deployment",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "responses": {
                "200": {
                  "description": "The deployment.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deployment"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            },
            "patch": {
              "operationId": "changeDeployment", "tags": ["queue"],
              "summary": "Change a deployment",
              "description": "The status that it has already changes nothing. Members that are left out or null stay \#
        as they are; empty notes and an empty address become null. What `deployed` does to older ones, and which \#
        changes are allowed, the tag `queue` says.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedChange"},
                    "example": {"status": "deployed"}
                  }
                }
              },
              "responses": {
                "200": {
                  "description": "The deployment as it is from now on.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deployment"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "409": {"$ref": "#/components/responses/Conflict"},
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
          "/v1/deployments/{id}/history": {
            "parameters": [
              {"$ref": "#/components/parameters/DeploymentID"},
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getDeploymentHistory", "tags": ["queue"],
              "summary": "What has become of a deployment",
              "description": "The first change and the newest ones, 100 in all, oldest first.",
              "security": [{"github_oidc": []}, {"github_pat": [], "organisation": []}],
              "responses": {
                "200": {
                  "description": "The changes.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentHistory"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
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
