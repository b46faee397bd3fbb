"""What schemathesis cannot be told by its configuration: how bodies are signed, whom requests come from, and what leads from
one operation to the next."""

import hashlib
import hmac
import itertools
import os
import time

import requests
import schemathesis
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import IgnoredAuth

SIGNATURE = "X-Hub-Signature-256"
ORGANISATION = "X-Organisation"

numbers = itertools.count()


def shows(case, name):
    """Whether a header field is among what an operation knows its callers by."""
    return any(parameter.name == name for parameter in case.operation.security.iter_parameters())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Says that each request comes from an address of its own, as after ten failures there is no other answer than 429, and
    signs the body as it is sent."""
    number = next(numbers)
    if case.meta is not None and case.meta.phase.name == TestPhase.STATEFUL:
        follow(case, number)
    case.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    secret = os.environ.get("CHIMNEY_TEST_SECRET")
    if secret and shows(case, SIGNATURE):
        body = requests.Request(**case.as_transport_kwargs(base_url="http://localhost/")).prepare().body or b""
        body = body if isinstance(body, bytes) else body.encode()
        case.headers[SIGNATURE] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def follow(case, number):
    """Has what leads from one operation to the next be about the same thing, which it would hardly be by chance."""
    deployment = {"name": "my-service", "provider": "gcp"}
    # No two calls are the same, so that none is a replay; none is rejected while another one is under way.
    call = {"service": "app", "mode": "wait", "reason": f"number {number}"}
    case.headers.pop("Idempotency-Key", None)
    match case.operation.definition.raw["operationId"]:
        case "createDeployment":
            case.body = {"version": f"{number}.0.0", "type": "k8s"} | deployment
        case "changeDeployment" if number % 2 == 0:
            # So that there is something to go back to.
            case.body = {"status": "deployed"}
        case "claimDeployment":
            case.body = deployment
        case "rollBack":
            case.query = deployment
        case "rollBackDeployment":
            case.query = {}
        case "deployService":
            case.body = {"image_sha": f"{number % 10}" * 40} | call
        case "returnToLastGoodVersion":
            case.body = call


def is_away(response):
    """Whether an answer says that the store cannot be asked just now."""
    return response.status_code == 503 and b"The store cannot serve at present" in response.content


def was_late(response):
    """Whether the store was kept from the processor for too long, and the same request is answered a moment later. What is
    answered so each time is no accident."""
    if not is_away(response):
        return False
    for _ in range(20):
        time.sleep(0.5)
        with requests.Session() as session:
            if not is_away(session.send(response.request, timeout=60)):
                return True
    return False


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Leaves out what is as it should be.

    A wrong personal access token alone is answered 400: without an organisation nobody is asked whose it is. And where the
    store is kept from the processor for too long, the answer is to come back, as the document says.
    """
    is_unnamed = isinstance(failure, IgnoredAuth) and "got `400 Bad Request`" in failure.message
    return not (was_late(response) or is_unnamed and shows(case, ORGANISATION))
