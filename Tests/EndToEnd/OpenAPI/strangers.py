"""Strangers, who show nothing or what nobody knows: wherever something has to be shown, they are told so and nothing else."""

import schemathesis

import hooks

REFUSED = 401


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Leaves the operations that everybody may use to others."""
    for item in raw_schema["paths"].values():
        for method in [name for name, operation in item.items() if "operationId" in operation]:
            if not item[method].get("security"):
                del item[method]


@schemathesis.check
def refusal(ctx, response, case):
    """An answer to a stranger."""
    assert response.status_code == REFUSED, f"a stranger is answered {response.status_code}"
    assert response.headers.get("www-authenticate") == ["Bearer"], "the answer does not say what to show"
