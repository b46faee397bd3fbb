extension GitHub {
    /// What is passed on to GitHub.
    static let proxyPaths: StaticString = #"""
        {
          "/api/github": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getRepository", "tags": ["github"], "summary": "The repository itself",
              "description": "GitHub's `/repos/{GITHUB_REPO}`.",
              "security": [],
              "parameters": [{"$ref": "#/components/parameters/IfNoneMatch"}],
              "responses": {
                "200": {"$ref": "#/components/responses/GitHubContent"},
                "304": {"$ref": "#/components/responses/GitHubUnchanged"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "404": {"$ref": "#/components/responses/GitHubHasNothing"},
                "414": {"$ref": "#/components/responses/URITooLong"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "4XX": {"$ref": "#/components/responses/GitHubRefuses"},
                "502": {"$ref": "#/components/responses/GitHubUnreachable"},
                "503": {"$ref": "#/components/responses/GitHubUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/github/{path}": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getFromGitHub", "tags": ["github"], "summary": "Anything of the repository",
              "description": "GitHub's `/repos/{GITHUB_REPO}/{path}`; where `GITHUB_ORG` is set, also `/repos/{path}` \#
        for a path that begins with the owner and the name of one of its repositories, such as \#
        `octocat/hello-world/pulls`. Of the query only the parameters below are passed on, the rest is dropped.",
              "security": [],
              "parameters": [
                {
                  "name": "path", "in": "path", "required": true,
                  "description": "All that follows, with its slashes: `pulls`, `actions/runs`, `issues/7/comments`. \#
        OpenAPI knows no such parameter, so programs that encode the slashes are refused with 400. Nor may it have \#
        empty segments, dots alone, backslashes or control characters; at most 1023 bytes.",
                  "schema": {
                    "type": "string", "minLength": 1, "maxLength": 1023,
                    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\\\]+$"
                  },
                  "example": "pulls"
                },
                {"$ref": "#/components/parameters/IfNoneMatch"},
                {"$ref": "#/components/parameters/GitHubState"},
                {"$ref": "#/components/parameters/GitHubPerPage"},
                {"$ref": "#/components/parameters/GitHubPage"},
                {"$ref": "#/components/parameters/GitHubSort"},
                {"$ref": "#/components/parameters/GitHubDirection"},
                {"$ref": "#/components/parameters/GitHubSince"},
                {"$ref": "#/components/parameters/GitHubUntil"},
                {"$ref": "#/components/parameters/GitHubStatus"},
                {"$ref": "#/components/parameters/GitHubSHA"},
                {"$ref": "#/components/parameters/GitHubRef"},
                {"$ref": "#/components/parameters/GitHubPath"},
                {"$ref": "#/components/parameters/GitHubWorkflow"},
                {"$ref": "#/components/parameters/GitHubBranch"},
                {"$ref": "#/components/parameters/GitHubEvent"},
                {"$ref": "#/components/parameters/GitHubLabels"}
              ],
              "responses": {
                "200": {"$ref": "#/components/responses/GitHubContent"},
                "2XX": {"$ref": "#/components/responses/GitHubContent"},
                "304": {"$ref": "#/components/responses/GitHubUnchanged"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "404": {"$ref": "#/components/responses/GitHubHasNothing"},
                "414": {"$ref": "#/components/responses/URITooLong"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "4XX": {"$ref": "#/components/responses/GitHubRefuses"},
                "502": {"$ref": "#/components/responses/GitHubUnreachable"},
                "503": {"$ref": "#/components/responses/GitHubUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/github/org/repos": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "listRepositories", "tags": ["github"],
              "summary": "The repositories that can be asked for",
              "description": "Those of `GITHUB_ORG` that are neither archived nor in `GITHUB_REPOS_EXCLUDE`, or the \#
        one of `GITHUB_REPO`. Renewed every 15 minutes.",
              "security": [],
              "parameters": [{"$ref": "#/components/parameters/IfNoneMatch"}],
              "responses": {
                "200": {
                  "description": "The repositories, by their names.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
                    "ETag": {"$ref": "#/components/headers/ETag"},
                    "X-Cache": {"$ref": "#/components/headers/Cache"},
                    "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"},
                    "X-Cache-Age": {"$ref": "#/components/headers/CacheAge"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RepositoryList"}}}
                },
                "304": {"$ref": "#/components/responses/GitHubUnchanged"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "404": {"$ref": "#/components/responses/GitHubHasNothing"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "502": {"$ref": "#/components/responses/GitHubUnreachable"},
                "503": {"$ref": "#/components/responses/GitHubUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/pipeline/summary": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getPipelineSummary", "tags": ["github"],
              "summary": "The state of the project in one answer",
              "description": "Put together of what a dashboard would otherwise ask seven times for, and kept for 60 \#
        s. A part that cannot be had is named in `partial` and leaves the rest as it is.",
              "security": [],
              "parameters": [{"$ref": "#/components/parameters/IfNoneMatch"}],
              "responses": {
                "200": {
                  "description": "The summary.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
                    "ETag": {"$ref": "#/components/headers/ETag"},
                    "X-Cache": {"$ref": "#/components/headers/Cache"},
                    "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"},
                    "X-Cache-Age": {"$ref": "#/components/headers/CacheAge"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PipelineSummary"}}}
                },
                "304": {"$ref": "#/components/responses/GitHubUnchanged"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "404": {"$ref": "#/components/responses/GitHubHasNothing"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "502": {"$ref": "#/components/responses/GitHubUnreachable"},
                "503": {"$ref": "#/components/responses/GitHubUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          }
        }
        """#
}
