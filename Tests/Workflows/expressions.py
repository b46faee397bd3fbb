"""GitHub's expressions, `${{ … }}`: read into trees, and evaluated.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions

A tree is one of ("value", a value), ("path", [names]), ("call", function, [trees]), ("not", tree) and
(operator, tree, tree). Functions and operators that our workflows do not use are not known.
"""

import json
import re

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<operator>\|\||&&|==|!=|[!().\[\],]))")
EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
WORDS = {"true": True, "false": False, "null": None}
# By name, the number of arguments.
FUNCTIONS = {
    "success": 0, "failure": 0, "always": 0, "cancelled": 0, "fromjson": 1, "tojson": 1, "startswith": 2, "hashfiles": 1,
}


class Mistake(Exception):
    """What is wrong with an expression."""


class Reader:
    """Reads an expression from its left to its right."""

    def __init__(self, text):
        self.tokens, place = [], 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if not match:
                raise Mistake(f"nobody understands {text[place:].strip()!r}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()

    def take(self, *operators):
        if self.tokens and self.tokens[0][0] == "operator" and self.tokens[0][1] in operators:
            return self.tokens.pop(0)[1]
        return None

    def expect(self, operator):
        if not self.take(operator):
            raise Mistake(f"{operator} is missing")

    def chain(self, operators, part):
        tree = part()
        while operator := self.take(*operators):
            tree = (operator, tree, part())
        return tree

    def either(self):
        return self.chain(["||"], self.both)

    def both(self):
        return self.chain(["&&"], self.comparison)

    def comparison(self):
        return self.chain(["==", "!="], self.negation)

    def negation(self):
        return ("not", self.negation()) if self.take("!") else self.term()

    def term(self):
        if self.take("("):
            tree = self.either()
            self.expect(")")
            return tree
        if not self.tokens:
            raise Mistake("it ends too early")
        kind, text = self.tokens.pop(0)
        if kind == "string":
            return ("value", text[1:-1].replace("''", "'"))
        if kind == "number":
            return ("value", float(text))
        if kind == "operator":
            raise Mistake(f"{text} is out of place")
        if text.lower() in WORDS:
            return ("value", WORDS[text.lower()])
        return self.call(text.lower()) if self.take("(") else self.path(text)

    def call(self, function):
        arguments = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.either())
        if FUNCTIONS.get(function) != len(arguments):
            raise Mistake(f"{function}() with {len(arguments)} arguments is not known")
        return ("call", function, arguments)

    def path(self, name):
        names = [name]
        while operator := self.take(".", "["):
            kind, text = self.tokens.pop(0) if self.tokens else (None, "")
            if kind != ("name" if operator == "." else "string"):
                raise Mistake(f"{text!r} is no name")
            names.append(text.strip("'"))
            if operator == "[":
                self.expect("]")
        return ("path", names)


def read(text):
    """The tree of an expression without its braces."""
    reader = Reader(text)
    tree = reader.either()
    if reader.tokens:
        raise Mistake(f"{reader.tokens[0][1]} is out of place")
    return tree


def embedded(text):
    """The expressions within a text, without their braces."""
    return [match[1] for match in EMBEDDED.finditer(text)]


def condition(text):
    """The expression of an `if:`, which may be written without braces."""
    parts = embedded(text)
    return parts[0] if len(parts) == 1 and EMBEDDED.fullmatch(text.strip()) else text


def paths(tree):
    """All that a tree refers to, each as a list of names."""
    if tree[0] == "path":
        yield tree[1]
    for part in tree[1:]:
        for branch in part if isinstance(part, list) else [part]:
            if isinstance(branch, tuple):
                yield from paths(branch)


def calls(tree):
    """The names of all functions that a tree calls."""
    if tree[0] == "call":
        yield tree[1]
    for part in tree[1:]:
        for branch in part if isinstance(part, list) else [part]:
            if isinstance(branch, tuple):
                yield from calls(branch)


def text_of(value):
    """A value within a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value if isinstance(value, str) else json.dumps(value)


def number_of(value):
    """A value beside one of another type."""
    if value in (None, ""):
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def equal(left, right):
    """Whether two values are the same; texts without regard to case."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if left is None or right is None or type(left) is not type(right):
        return number_of(left) == number_of(right)
    return left == right


def evaluate(tree, contexts, functions):
    """The value of a tree.

    contexts has dictionaries by name, functions what to call by name, for those that depend on the job."""
    def value(part):
        return evaluate(part, contexts, functions)

    kind = tree[0]
    if kind == "value":
        return tree[1]
    if kind == "path":
        found = contexts
        for name in tree[1]:
            found = found.get(name) if isinstance(found, dict) else None
        return found
    if kind == "not":
        return not value(tree[1])
    if kind == "||":
        return value(tree[1]) or value(tree[2])
    if kind == "&&":
        return value(tree[1]) and value(tree[2])
    if kind in ("==", "!="):
        return equal(value(tree[1]), value(tree[2])) == (kind == "==")
    arguments = [value(argument) for argument in tree[2]]
    if tree[1] == "fromjson":
        return json.loads(text_of(arguments[0]))
    if tree[1] == "tojson":
        return json.dumps(arguments[0])
    if tree[1] == "startswith":
        return text_of(arguments[0]).lower().startswith(text_of(arguments[1]).lower())
    return functions[tree[1]](*arguments)


def fill(text, contexts, functions):
    """A text with its expressions evaluated; the value itself where it is one expression and nothing else."""
    if not isinstance(text, str):
        return text
    if EMBEDDED.fullmatch(text.strip()) and len(embedded(text)) == 1:
        return evaluate(read(embedded(text)[0]), contexts, functions)
    return EMBEDDED.sub(lambda match: text_of(evaluate(read(match[1]), contexts, functions)), text)
