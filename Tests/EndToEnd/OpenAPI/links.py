"""Tells which links of chimney's OpenAPI document schemathesis has followed.

Usage: links.py DOCUMENT REPORT...

Each REPORT has an event of a run per line (NDJSON). Writes an object: `followed` and `unfollowed`, links as
`POST /deploy -> [202] show -> GET /deploy/{id}`, and `cases`, how many requests were made for it.
"""

import json
import sys

METHODS = ("get", "put", "post", "delete", "patch")


def resolve(value, content):
    """A value of the document, or what it refers to."""
    while "$ref" in value:
        target = content
        for name in value["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        value = target
    return value


def links(content):
    """All links of the document."""
    operations = [
        (f"{method.upper()} {path}", item[method])
        for path, item in content["paths"].items() for method in METHODS if method in item
    ]
    names = {operation["operationId"]: name for name, operation in operations}
    for name, operation in operations:
        for status, answer in operation["responses"].items():
            for link, target in resolve(answer, content).get("links", {}).items():
                yield f"{name} -> [{status}] {link} -> {names[resolve(target, content)['operationId']]}"


def steps(path):
    """What was asked for in a run, with the link that led to it."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            yield from recorder.get("cases", {}).values()


def main(document_path, *report_paths):
    with open(document_path, encoding="utf-8") as file:
        described = set(links(json.load(file)))
    cases = [case for path in report_paths for case in steps(path)]
    applied = {case["transition"]["id"] for case in cases if case.get("transition") and case["is_transition_applied"]}
    verdict = {
        "followed": sorted(described & applied), "unfollowed": sorted(described - applied), "cases": len(cases),
    }
    json.dump(verdict, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
