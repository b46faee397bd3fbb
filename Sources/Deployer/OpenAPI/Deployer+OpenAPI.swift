import Web

extension Deployer {
    /// What the program's OpenAPI document says of these routes.
    public static let openAPI = OpenAPI.Part(
        tags: [tag], paths: [callPaths, runPaths], securitySchemes: [security], parameters: [parameters],
        headers: [headers], responses: [answers], links: [links], schemas: [callSchemas, runSchemas])

    private static let tag: StaticString = #"""
        {
          "name": "deployer",
          "description": "Deployments of the services of this installation: a signed call has every host of a service \#
        pull a version, put it in the place of the one that runs, and look whether it is healthy; otherwise the one \#
        before comes back. The services are those of the services file (`DEPLOY_SERVICES_FILE`), and what is run \#
        follows from that file alone.\n\nA call is answered when the deployment has ended: 200 it succeeded, 400 the \#
        image could not be had and nothing was touched, 504 that took too long, 409 another deployment has taken its \#
        place before it changed anything, 502 it failed or was rolled back, 500 the rollback failed too, and \#
        `next_step` says what to do by hand. All of these have the deployment as \#
        `application/json`; an answer that is `application/problem+json` is not about an outcome. With `Prefer: \#
        respond-async` the answer is 202 at once.\n\nA caller that hangs up changes nothing: the deployment goes on, and \#
        `GET /deploy/{id}` tells what becomes of it, for 30 days. The same body again within 10 minutes is 409, with \#
        the deployment that it began in `Location`; one that has failed may be sent again."
        }
        """#

    private static let security: StaticString = #"""
        {
          "deploy_signature": {
            "type": "apiKey", "in": "header", "name": "X-Hub-Signature-256",
            "description": "`sha256=` and the HMAC-SHA256 of the body as it is sent, in hexadecimal digits, by one of \#
        the secrets in `WEBHOOK_SECRET`. Where none is set, everybody is refused."
          }
        }
        """#

    private static let parameters: StaticString = #"""
        {
          "Prefer": {
            "name": "Prefer", "in": "header", "required": false,
            "description": "`respond-async` (RFC 7240, section 4.1): to be answered 202 at once, and not when the \#
        deployment has ended.",
            "schema": {"type": "string"}, "example": "respond-async"
          },
          "RunID": {
            "name": "id", "in": "path", "required": true, "description": "The id of a deployment.",
            "schema": {"type": "string", "minLength": 1}, "example": "0190f3a4c2d17e6b"
          }
        }
        """#

    /// Where the state and the log of a deployment that was answered can be asked for.
    private static let links: StaticString = #"""
        {
          "ShowRun": {"operationId": "getDeploymentRun", "parameters": {"id": "$response.body#/id"}},
          "FollowRun": {"operationId": "streamDeploymentRunLog", "parameters": {"id": "$response.body#/id"}},
          "ShowNewestRun": {
            "operationId": "getDeploymentRun", "parameters": {"id": "$response.body#/deployments/0/id"}
          }
        }
        """#

    private static let headers: StaticString = #"""
        {
          "RunLocation": {
            "description": "Where the deployment's state is.",
            "schema": {"type": "string", "format": "uri-reference"}, "example": "/deploy/0190f3a4c2d17e6b"
          },
          "PreferenceApplied": {
            "description": "The preference that was followed (RFC 7240, section 3).",
            "schema": {"const": "respond-async"}
          }
        }
        """#

    /// How a call for a deployment is answered. An outcome is the deployment, also where its status is that of an error;
    /// other errors of the same status are problem details.
    private static let answers: StaticString = #"""
        {
          "RunSucceeded": {
            "description": "The version runs on every host and is healthy.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}}},
            "links": {
              "show": {"$ref": "#/components/links/ShowRun"}, "log": {"$ref": "#/components/links/FollowRun"}
            }
          },
          "RunAccepted": {
            "description": "It will be carried out; `Prefer: respond-async` was sent.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Location": {"$ref": "#/components/headers/RunLocation"},
              "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"}
            },
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}}},
            "links": {
              "show": {"$ref": "#/components/links/ShowRun"}, "log": {"$ref": "#/components/links/FollowRun"}
            }
          },
          "RunNotPulled": {
            "description": "The image could not be pulled: what ran before runs untouched. As problem details: the \#
        request cannot be understood.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}},
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          },
          "RunConflict": {
            "description": "The same body came within the last 10 minutes, and its deployment, which `Location` names, \#
        has not failed. Or there is nothing that could be returned to. As a deployment: another one has taken its \#
        place before it changed anything (`supersede`), or a host has no good version but the one that runs.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Location": {"$ref": "#/components/headers/RunLocation"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}},
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          },
          "RunRejected": {
            "description": "Another deployment of the service is under way, which `Location` and `detail` name, and the \#
        mode is `reject`. Or a hundred of them are unfinished. Or more than ten requests with wrong signatures came \#
        from this address within a minute.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Location": {"$ref": "#/components/headers/RunLocation"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "NothingToDeploy": {
            "description": "This server has no services file, and deploys nothing.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "RunnerAway": {
            "description": "The runner of a host, which `detail` names, has not been heard of for a minute. Or the store \#
        does not answer, or the request waited too long for a worker. Nothing was begun.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "RollbackFailed": {
            "description": "The version is not healthy, and the rollback failed too: `next_step` says what to do by \#
        hand. As problem details: a defect; report the request id.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}},
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          },
          "RunRolledBack": {
            "description": "The version did not start, or did not become healthy; what ran before runs again. As \#
        problem details: the front end got no answer, and the deployment may go on.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}},
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          },
          "RunTimedOut": {
            "description": "The pull exceeded its time limit, or no runner has taken it in time: what ran before runs \#
        untouched. As problem details: the outcome was not there in time, and the deployment goes on.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/DeploymentRun"}},
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          }
        }
        """#
}
