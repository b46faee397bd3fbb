"""Looks at chimney's OpenAPI document, and at answers beside it.

Usage: validate.py DOCUMENT [EXCHANGES]

DOCUMENT has to be valid OpenAPI 3.1. EXCHANGES has an object per line: what was asked for (`method`, `target`, and `sent`,
the body, or null) and what the answer was (`status`, `fields`, a list of pairs, and `body`).

Writes an object: `problems`, a sentence each, and `unseen`, the operations with each status that none of the answers had.
"""

import copy
import json
import re
import sys

from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = ("get", "put", "post", "delete", "patch")
# Fields that say something about one answer, and hence have to be described.
TELLING = {
    "etag", "link", "location", "retry-after", "www-authenticate", "x-cache", "x-cache-age", "x-cache-tier",
}


def without_duplicates(pairs):
    """An object, where a name that stands in it twice is a mistake: the parts of the document are put together as text."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} twice in an object with {', '.join(names[:5])}")
    return dict(pairs)


def nodes(value):
    """All objects within a value, itself included."""
    if isinstance(value, dict):
        yield value
        value = value.values()
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        for child in value:
            yield from nodes(child)


def strict(content):
    """The document with no members allowed beside those that it describes: clients have to expect more, tests not."""
    content = copy.deepcopy(content)
    bases = [resolve(schema, content) for node in nodes(content) for schema in node.get("allOf", [])]
    for node in nodes(content):
        is_object = "properties" in node and "type" in node
        if is_object and not any(node is base for base in bases) and "additionalProperties" not in node:
            node["unevaluatedProperties"] = False
    return content


def resolve(value, content):
    """A value of the document, or what it refers to."""
    while "$ref" in value:
        target = content
        for name in value["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def errors(schema, value, content):
    """What is wrong with a value by a schema of the document."""
    schema = {**schema, "components": content["components"]}
    validator = OAS31Validator(schema, format_checker=oas31_format_checker)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


class Document:
    """The document, and what it says of an exchange."""

    def __init__(self, content):
        self.content = content
        self.closed = strict(content)
        self.operations = {
            (method.upper(), path): item[method]
            for path, item in self.closed["paths"].items() for method in METHODS if method in item
        }

    def operation(self, method, path):
        """What is asked for, with its name; nothing where there is no such operation."""
        method = "GET" if method == "HEAD" else method
        for (verb, template), operation in sorted(self.operations.items(), key=lambda item: "{" in item[0][1]):
            # A path of GitHub's goes on with slashes.
            pattern = re.escape(template).replace(r"\{path\}", ".+")
            if verb == method and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), path):
                return f"{verb} {template}", operation
        return None, None

    def problems(self, exchange):
        """What is wrong with an answer, and the operation and status that it is one of."""
        method, path = exchange["method"], exchange["target"].split("?")[0]
        status, fields = exchange["status"], {}
        for name, value in exchange["fields"]:
            fields.setdefault(name.lower(), value)
        name, operation = self.operation(method, path)
        if operation is None:
            if status not in (404, 405, 501):
                return None, ["it is answered, and not described"]
            schema = {"$ref": "#/components/schemas/Problem"}
            return None, self.body_problems({"application/problem+json": {"schema": schema}}, fields, exchange)
        answers = operation["responses"]
        key = next((key for key in (str(status), f"{status // 100}XX") if key in answers), None)
        if key is None:
            return None, [f"it is answered {status}, which is not described"]
        answer = resolve(answers[key], self.closed)
        problems = self.header_problems(answer.get("headers", {}), fields)
        if method != "HEAD":
            problems += self.body_problems(answer.get("content", {}), fields, exchange)
        if exchange["sent"] is not None and 200 <= status < 300 and "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            wrong = errors(schema, json.loads(exchange["sent"]), self.content)
            problems += [f"its body is taken, against the schema: {error}" for error in wrong]
        return f"{name} {key}", problems

    def header_problems(self, described, fields):
        problems = []
        for name, header in described.items():
            header, value = resolve(header, self.closed), fields.get(name.lower())
            if value is None:
                if header.get("required"):
                    problems.append(f"it lacks {name}")
                continue
            schema = header["schema"]
            if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
                value = int(value)
            problems += [f"{name}: {error}" for error in errors(schema, value, self.closed)]
        names = {name.lower() for name in described}
        return problems + [f"{name} is not described" for name in sorted(TELLING & fields.keys() - names)]

    def body_problems(self, content, fields, exchange):
        body, media_type = exchange["body"], fields.get("content-type", "").split(";")[0]
        if not content:
            return [f"it has a body: {body[:100]}"] if body else []
        if media_type not in content:
            return [f"its body is {media_type or 'of no type'}, not {' or '.join(content)}"]
        if not media_type.endswith("json"):
            return []
        return errors(content[media_type]["schema"], json.loads(body), self.closed)


def main(document_path, exchanges_path=None):
    with open(document_path, encoding="utf-8") as file:
        content = json.load(file, object_pairs_hook=without_duplicates)
    problems = [f"{error.json_path}: {error.message[:500]}" for error in OpenAPIV31SpecValidator(content).iter_errors()]
    document = Document(content)
    problems += example_problems(content)
    seen = set()
    if exchanges_path:
        with open(exchanges_path, encoding="utf-8") as file:
            for line in file:
                exchange = json.loads(line)
                answered, wrong = document.problems(exchange)
                seen.add(answered)
                problems += [
                    f"{exchange['method']} {exchange['target'][:200]} {exchange['status']}: {problem}" for problem in wrong
                ]
    described = {
        f"{method} {path} {status}"
        for (method, path), operation in document.operations.items() for status in operation["responses"]
    }
    print(json.dumps({"problems": problems, "unseen": sorted(described - seen)}))


def example_problems(content):
    """Examples that are not as the schema beside them says."""
    for node in nodes(content):
        if "schema" in node:
            examples = [example["value"] for example in node.get("examples", {}).values()]
            examples += [node["example"]] if "example" in node else []
            schema = node["schema"]
        elif isinstance(node.get("examples"), list):
            examples, schema = node["examples"], node
        else:
            continue
        for example in examples:
            for error in errors(schema, example, content):
                yield f"the example {json.dumps(example)[:100]}: {error}"


main(*sys.argv[1:])
