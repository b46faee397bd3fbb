#!/usr/bin/env python3
"""Checks the workflows and actions in .github; says what is wrong, and ends with 1 if anything is.

By GitHub's schemas (check-jsonschema), for what can be abused (zizmor), and here for what neither of them sees: expressions,
what they refer to, and the shell scripts (shellcheck). Nothing goes over the network.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

import yaml

from expressions import Mistake, calls, condition, embedded, paths, read

# Where each kind of file may look, besides what it declares itself.
# https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
ANYWHERE = {"github", "vars", "secrets", "inputs", "needs", "steps", "job", "jobs", "runner", "env"}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
SHELL = re.compile(r"bash .*-\w*e\w*u\w*o pipefail \{0\}")
STATUS = {"success", "failure", "always", "cancelled"}


class File:
    """A workflow or an action, and what is wrong with it."""

    def __init__(self, path):
        self.path, self.problems, self.scripts = path, [], []
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.content = yaml.safe_load(self.text)

    def problem(self, place, text):
        self.problems.append(f"{self.path}: {place}: {text}")

    def expressions(self, place, value):
        """Every expression within a value, with the place where it is."""
        if isinstance(value, dict):
            for name, part in value.items():
                yield from self.expressions(f"{place}.{name}", part)
        elif isinstance(value, list):
            for index, part in enumerate(value):
                yield from self.expressions(f"{place}[{index}]", part)
        elif isinstance(value, str):
            if place.endswith(".if"):
                yield place, condition(value)
            else:
                yield from ((place, text) for text in embedded(value))

    def check(self, place, value, known):
        """Reads the expressions of a value, and looks whether there is what they refer to.

        known has by context the names that it has, or None where any may be."""
        for where, text in self.expressions(place, value):
            try:
                tree = read(text)
            except Mistake as mistake:
                self.problem(where, f"{text.strip()}: {mistake}")
                continue
            if STATUS & set(calls(tree)) and not where.endswith(".if"):
                self.problem(where, f"{text.strip()}: the status is for conditions")
            for path in paths(tree):
                self.check_path(where, path, known)

    def check_path(self, where, path, known):
        context, name = path[0], path[1] if len(path) > 1 else None
        if context not in ANYWHERE or context not in known:
            self.problem(where, f"there is no {context} here")
        elif where.endswith(".if") and context == "secrets":
            self.problem(where, "a condition cannot see secrets")
        elif known[context] is not None and name not in known[context]:
            self.problem(where, f"there is no {'.'.join(path)}")
        elif known[context] and isinstance(known[context], dict):
            outputs = known[context][name]
            if len(path) > 3 and path[2] == "outputs" and outputs is not None and path[3] not in outputs:
                self.problem(where, f"there is no {'.'.join(path)}")

    def check_steps(self, place, steps, known, shell):
        seen = {}
        for index, step in enumerate(steps):
            where = f"{place}.steps[{index}]"
            # Of the steps only those before it.
            self.check(where, step, {**known, "steps": dict(seen)})
            outputs = None
            if "run" in step:
                outputs = self.check_script(where, step, step.get("shell", shell))
            elif step["uses"].startswith("./"):
                outputs = self.check_call(where, step, f"{step['uses']}/action.yml", None)
            else:
                self.check_pin(where, step["uses"])
            if "id" in step:
                if step["id"] in seen:
                    self.problem(where, f"{step['id']} is the id of another step, too")
                seen[step["id"]] = outputs
        return seen

    def check_script(self, where, step, shell):
        """Looks at a script; returns the outputs that it names, None where a program writes them."""
        script = step["run"]
        if embedded(script):
            self.problem(where, "a text of somebody else's would become a part of the script; hand it over by env")
        if shell == "bash" and "\n" in script.strip():
            self.problem(where, "a script of several lines has to be run by bash with -u as well")
        if shell != "bash" and not SHELL.fullmatch(shell or ""):
            self.problem(where, "the shell has to be bash with -euo pipefail")
        self.scripts.append((where, script))
        names = set(re.findall(r"^\s*echo \"(\w+)=", script, re.MULTILINE))
        return names if names and "GITHUB_OUTPUT" in script else None

    def check_pin(self, where, uses):
        line = next((line for line in self.text.splitlines() if uses in line), "")
        if not PINNED.fullmatch(uses) or not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line):
            self.problem(where, f"{uses} has to be pinned by a commit, with its version beside it: @… # v1.2.3")

    def check_call(self, where, step, path, trigger):
        """Looks at what is handed to an action or a workflow of our own; returns the names of what it gives back."""
        with open(path, encoding="utf-8") as file:
            called = yaml.safe_load(file)
        declared = (called[True]["workflow_call"] or {}) if trigger else called
        for kind, given in (("inputs", step.get("with", {})), ("secrets", step.get("secrets", {}))):
            offered = declared.get(kind) or {}
            for name in given:
                if name not in offered:
                    self.problem(where, f"{path} has no {name} among its {kind}")
            for name, value in offered.items():
                if value.get("required") and name not in given:
                    self.problem(where, f"{path} needs {name} of its {kind}")
        return set(declared.get("outputs") or {})


def check_action(file):
    content = file.content
    known = {"inputs": set(content.get("inputs", {})), "github": None, "runner": None, "job": None, "env": None}
    file.check("inputs", content.get("inputs", {}), {"github": None})
    seen = file.check_steps("runs", content["runs"]["steps"], known, None)
    file.check("outputs", content.get("outputs", {}), {**known, "steps": seen})


def check_workflow(file):
    content, triggers = file.content, file.content[True]
    if content.get("permissions") != {}:
        file.problem("permissions", "has to be {}: each job says what it needs")
    shell = content.get("defaults", {}).get("run", {}).get("shell")
    declared = [triggers.get(name) or {} for name in ("workflow_call", "workflow_dispatch")] \
        if isinstance(triggers, dict) else []
    known = {
        "inputs": {name for trigger in declared for name in trigger.get("inputs", {})}, "github": None, "vars": None,
        "secrets": None, "runner": None, "job": None, "env": None,
    }
    if triggers.get("workflow_call"):
        known["secrets"] = set(triggers["workflow_call"].get("secrets", {}))
    file.check("concurrency", content.get("concurrency", {}), {"github": None, "inputs": known["inputs"], "vars": None})
    outputs = {}
    for name, job in content["jobs"].items():
        needs = job.get("needs", [])
        here = {**known, "needs": {need: outputs.get(need) for need in ([needs] if isinstance(needs, str) else needs)}}
        for need in here["needs"]:
            if need not in outputs:
                file.problem(name, f"there is no job {need} before it")
        if "permissions" not in job:
            file.problem(name, "has to say its permissions")
        head = {key: value for key, value in job.items() if key not in ("steps", "outputs")}
        file.check(f"jobs.{name}", head, here)
        if "uses" in job:
            outputs[name] = file.check_call(name, job, job["uses"], "workflow_call")
            continue
        if "timeout-minutes" not in job:
            file.problem(name, "has to have a limit, timeout-minutes")
        seen = file.check_steps(f"jobs.{name}", job["steps"], here, shell)
        file.check(f"jobs.{name}.outputs", job.get("outputs", {}), {**here, "steps": seen})
        outputs[name] = set(job.get("outputs", {}))
    declared = (triggers.get("workflow_call") or {}).get("outputs", {})
    file.check("outputs", declared, {"jobs": outputs, "inputs": known["inputs"], "github": None})


def shellcheck(files):
    """Has every script looked at, each as a file that is named after its place."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for file in files:
            for place, script in file.scripts:
                names.append(f"{os.path.basename(file.path)}:{place}")
                with open(os.path.join(folder, names[-1]), "w", encoding="utf-8") as copy:
                    copy.write(f"#!/bin/bash\nset -euo pipefail\n{script}\n")
        return subprocess.run(["shellcheck", *names], cwd=folder, check=False).returncode == 0 if names else True


def passes(program, arguments):
    """Runs a program of the same environment, and shows what it says if it has found something."""
    path = os.path.join(os.path.dirname(sys.executable), program)
    done = subprocess.run(
        [path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout)
    return done.returncode == 0


def main():
    workflows = [File(path) for path in sorted(glob.glob(".github/workflows/*.yml"))]
    actions = [File(path) for path in sorted(glob.glob(".github/actions/*/action.yml"))]
    ends_well = True
    for schema, files in (("workflows", workflows), ("actions", actions)):
        if files:
            arguments = ["--builtin-schema", f"vendor.github-{schema}", *[file.path for file in files]]
            ends_well &= passes("check-jsonschema", arguments)
    ends_well &= passes("zizmor", ["--offline", "--quiet", "--persona", "pedantic", "--strict-collection", ".github"])
    for file in workflows:
        check_workflow(file)
    for file in actions:
        check_action(file)
    problems = [problem for file in workflows + actions for problem in file.problems]
    for problem in problems:
        print(problem)
    ends_well &= shellcheck(workflows + actions)
    return 0 if ends_well and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
