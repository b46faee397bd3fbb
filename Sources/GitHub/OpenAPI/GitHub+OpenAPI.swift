import Web

extension GitHub {
    /// What the program's OpenAPI document says of these routes.
    public static let openAPI = OpenAPI.Part(
        tags: [tags], paths: [proxyPaths, cachePaths, webhookPaths], securitySchemes: [security],
        parameters: [queryParameters], headers: [cacheHeaders], responses: [proxyAnswers],
        schemas: [proxySchemas, cacheSchemas])

    private static let tags: StaticString = #"""
        {
          "name": "github",
          "description": "What GitHub has answered lately, without asking it each time. An answer is served for 30 s \#
        (issues 2 min, closed pull requests 5 min) without asking GitHub again, for as long again at once while a new \#
        version is fetched in the background, and for a day where GitHub cannot be reached, limits requests or fails. \#
        Each thing is fetched once for all who ask. `X-Cache` says how the cache came to the answer."
        }
        """#

    private static let security: StaticString = #"""
        {
          "invalidate_token": {
            "type": "http", "scheme": "bearer",
            "description": "One of the secrets in `INVALIDATE_TOKEN`. Where none is set, everybody is refused."
          },
          "github_signature": {
            "type": "apiKey", "in": "header", "name": "X-Hub-Signature-256",
            "description": "`sha256=` and the HMAC-SHA256 of the body as it is sent, in hexadecimal digits, by one of \#
        the secrets in `GITHUB_WEBHOOK_SECRET`: as GitHub signs its webhooks. Where none is set, everybody is refused."
          }
        }
        """#

    private static let webhookPaths: StaticString = #"""
        {
          "/api/webhooks/github": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "receiveWebhook", "tags": ["github"], "summary": "Take a webhook of GitHub",
              "description": "For a webhook with content type `application/json`, a secret, and the events `push`, \#
        `pull_request`, `issues`, `release`, `workflow_run`, `deployment` and `deployment_status`: what they make \#
        stale is dropped from the cache. Others are taken and ignored. A delivery that came before within 24 h \#
        changes nothing.",
              "security": [{"github_signature": []}],
              "parameters": [
                {
                  "name": "X-GitHub-Event", "in": "header", "required": true, "description": "What has happened.",
                  "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"}, "example": "pull_request"
                },
                {
                  "name": "X-GitHub-Delivery", "in": "header", "required": true, "description": "Which delivery it is.",
                  "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
                  "example": "72d3162e-cc78-11e3-81ab-4c9367dc0958"
                }
              ],
              "requestBody": {
                "description": "GitHub's payload, at most 25 MiB \#
        (https://docs.github.com/en/webhooks/webhook-events-and-payloads).",
                "required": true,
                "content": {"application/json": {"schema": {"type": "object"}, "example": {"action": "opened"}}}
              },
              "responses": {
                "200": {
                  "description": "A `ping`, or a delivery that came before.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/KnownWebhook"}}}
                },
                "202": {
                  "description": "Taken.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TakenWebhook"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "411": {"$ref": "#/components/responses/LengthRequired"},
                "413": {"$ref": "#/components/responses/ContentTooLarge"},
                "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
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
