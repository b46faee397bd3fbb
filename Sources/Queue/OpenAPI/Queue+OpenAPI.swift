import Web

extension Queue {
    /// What the program's OpenAPI document says of these routes.
    public static let openAPI = OpenAPI.Part(
        tags: [tag], paths: [deploymentPaths, movePaths], securitySchemes: [security], parameters: [parameters],
        links: [links], schemas: [deploymentSchemas, postedSchemas])

    private static let tag: StaticString = #"""
        {
          "name": "queue",
          "description": "The deployment queue: what is to be deployed, by whom it was, and what becomes of it. \#
        Everything is bound to the caller's organisation; another one's deployments do not exist for it \#
        (404).\n\nCallers are workflows that show an OIDC token of GitHub Actions, or people who show a personal \#
        access token of GitHub and name one of their organisations in `X-Organisation`. With `AUTH_ENABLED=false`, \#
        for local use, callers on the same machine need no token.\n\nName, environment, provider, cloud account, \#
        region and cell are the taxonomy of a deployment: what is deployed where. Deployments of one taxonomy take \#
        each other's place.\n\nWhat may become of a deployment: `scheduled` → `in_progress`, `deployed`, `skipped`, \#
        `failed`; `in_progress` → `deployed`, `failed`, `scheduled`; `failed` → `in_progress`, `scheduled`, \#
        `rolled_back`; `skipped` → `scheduled`; `deployed` → `rolled_back`. Anything else is 409. One that becomes \#
        `deployed` makes every older scheduled one of its taxonomy `skipped` in the same step, but for those with a \#
        higher semantic version."
        }
        """#

    private static let security: StaticString = #"""
        {
          "github_oidc": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A token of GitHub Actions with `deployment-queue-api` (or `GITHUB_OIDC_AUDIENCE`) as its \#
        audience. The organisation is the owner of the repository."
          },
          "github_pat": {
            "type": "http", "scheme": "bearer",
            "description": "A personal access token of GitHub, of a member of the organisation in `X-Organisation`."
          },
          "organisation": {
            "type": "apiKey", "in": "header", "name": "X-Organisation",
            "description": "The organisation that the holder of a personal access token acts for."
          }
        }
        """#

    /// Where a deployment that was answered can be asked for, and moved.
    private static let links: StaticString = #"""
        {
          "ShowDeployment": {"operationId": "getDeployment", "parameters": {"id": "$response.body#/id"}},
          "ShowNewestDeployment": {"operationId": "getDeployment", "parameters": {"id": "$response.body#/0/id"}},
          "ShowHistory": {"operationId": "getDeploymentHistory", "parameters": {"id": "$response.body#/id"}},
          "ChangeDeployment": {"operationId": "changeDeployment", "parameters": {"id": "$response.body#/id"}},
          "RollBackDeployment": {"operationId": "rollBackDeployment", "parameters": {"id": "$response.body#/id"}}
        }
        """#

    private static let parameters: StaticString = #"""
        {
          "DeploymentID": {
            "name": "id", "in": "path", "required": true, "description": "The id of a deployment.",
            "schema": {"type": "string", "minLength": 1}, "example": "6f1c9a52-7d0b-4a5e-9c1d-2f6b8e4a7c30"
          },
          "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A text of the caller's own for this request: the same request with the same key within 24 \#
        h is answered with the deployment of the first and changes nothing. With another request it is 422.",
            "schema": {"type": "string", "pattern": "^[ -~]{0,255}$"}, "example": "run-4711-1"
          },
          "DeploymentName": {
            "name": "name", "in": "query", "required": false, "description": "Only deployments of this name.",
            "schema": {"$ref": "#/components/schemas/DeploymentText"}, "example": "my-service"
          },
          "DeploymentProvider": {
            "name": "provider", "in": "query", "required": false, "description": "Only those at this provider.",
            "schema": {"enum": ["gcp", "aws", "azure", ""]}, "example": "gcp"
          },
          "DeploymentEnvironment": {
            "name": "environment", "in": "query", "required": false, "description": "Only those in this environment.",
            "schema": {"$ref": "#/components/schemas/DeploymentText"}, "example": "production"
          },
          "DeploymentAccount": {
            "name": "cloud_account_id", "in": "query", "required": false, "description": "Only those in this account.",
            "schema": {"$ref": "#/components/schemas/DeploymentText"}, "example": "my-project"
          },
          "DeploymentRegion": {
            "name": "region", "in": "query", "required": false, "description": "Only those in this region.",
            "schema": {"$ref": "#/components/schemas/DeploymentText"}, "example": "us-central1"
          },
          "DeploymentCell": {
            "name": "cell", "in": "query", "required": false, "description": "Only those in this cell.",
            "schema": {"$ref": "#/components/schemas/DeploymentText"}, "example": "c1"
          },
          "TargetVersion": {
            "name": "target_version", "in": "query", "required": false,
            "description": "The version to go back to. Left out: the newest one that was deployed, other than the \#
        current.",
            "schema": {"type": "string"}, "example": "1.0.0"
          }
        }
        """#
}
