extension Deployer {
    /// What has become of a deployment.
    static let runPaths: StaticString = #"""
        {
          "/deploy/{id}": {
            "parameters": [
              {"$ref": "#/components/parameters/RunID"},
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getDeploymentRun", "tags": ["deployer"], "summary": "What has become of a deployment",
              "security": [{"logs_token": []}, {}],
              "responses": {
                "200": {
                  "description": "The deployment as it is now.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/deploy/{id}/log": {
            "parameters": [
              {"$ref": "#/components/parameters/RunID"},
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "streamDeploymentRunLog", "tags": ["deployer", "streams"],
              "summary": "The log of a deployment as it is written",
              "description": "The lines that there are, then every new one. `data:` is a line, `id:` its id. When the \#
        deployment has ended, so does the stream, by `event: end`.",
              "security": [{"logs_token": []}, {}],
              "parameters": [
                {"$ref": "#/components/parameters/LastEventID"},
                {"$ref": "#/components/parameters/LastEventIDInQuery"}
              ],
              "responses": {
                "200": {"$ref": "#/components/responses/Stream"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
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
