import Web

extension Deploys {
    /// What the program's OpenAPI document says of these routes.
    public static let openAPI = OpenAPI.Part(
        tags: [tag], paths: [paths], securitySchemes: [security], parameters: [parameters],
        schemas: [postedDeploy, deploys])

    private static let tag: StaticString = #"""
        {
          "name": "deploys",
          "description": "The record of deploys: CI posts each one when it has ended, dashboards read what runs \#
        where, since when, and how it went. The newest 50 are kept."
        }
        """#

    private static let security: StaticString = #"""
        {
          "deploy_token": {
            "type": "http", "scheme": "bearer",
            "description": "One of the secrets in `DEPLOY_TOKEN`. Where none is set, everybody is refused."
          }
        }
        """#

    private static let parameters: StaticString = #"""
        {
          "Service": {
            "name": "service", "in": "query", "required": false,
            "description": "Only deploys of this service; empty or left out: of all.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{0,64}$"}, "example": "api"
          }
        }
        """#

    private static let paths: StaticString = #"""
        {
          "/api/deploy/events": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "recordDeploy", "tags": ["deploys"], "summary": "Record a deploy",
              "description": "Stores a deploy at the front of the record, counts it, and tells it on `/api/events` as \#
        an event `deploy`. It can be repeated without harm: where service, sha, slot, outcome and deployed_at are \#
        those of one of the last 10,000 (without deployed_at: the rest of them, within 10 minutes), the answer is \#
        that one with `\"duplicate\":true`, and nothing is stored.",
              "security": [{"deploy_token": []}],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedDeploy"},
                    "examples": {
                      "success": {
                        "summary": "A success in one of two slots",
                        "value": {
                          "sha": "3051037", "pr_number": 321, "pr_title": "blue/green deploy rewrite", "slot": "blue",
                          "outcome": "success", "duration_s": 47, "deployed_at": "2026-02-21T10:13:00Z",
                          "origin_ips": ["1.2.3.4", "5.6.7.8"]
                        }
                      },
                      "failure": {"summary": "A failure", "value": {"sha": "3051037", "outcome": "failure"}},
                      "service": {
                        "summary": "A success of one of several services",
                        "value": {"sha": "3051037", "outcome": "success", "duration_s": 12.5, "service": "api"}
                      }
                    }
                  }
                }
              },
              "responses": {
                "200": {
                  "description": "The deploy as it is stored.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RecordedDeploy"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "411": {"$ref": "#/components/responses/LengthRequired"},
                "413": {"$ref": "#/components/responses/ContentTooLarge"},
                "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            },
            "get": {
              "operationId": "listDeploys", "tags": ["deploys"], "summary": "The newest deploys",
              "description": "Newest first, by their arrival.",
              "security": [],
              "parameters": [
                {
                  "name": "limit", "in": "query", "required": false, "description": "How many at most.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 50}
                },
                {"$ref": "#/components/parameters/Service"}
              ],
              "responses": {
                "200": {
                  "description": "The deploys.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeployList"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/deploy/status": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getDeployStatus", "tags": ["deploys"], "summary": "What was deployed last",
              "description": "With `service`, all of it is of that service's deploys among the newest 50.",
              "security": [],
              "parameters": [{"$ref": "#/components/parameters/Service"}],
              "responses": {
                "200": {
                  "description": "The last deploy and the newest ten.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeployStatus"}}}
                },
                "204": {
                  "description": "There is none yet.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  }
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          }
        }
        """#
}
