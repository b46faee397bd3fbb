#!/usr/bin/env python3
"""Runs the steps of a job, or of an action, as GitHub's runner does: a stand-in for it, for tests.

    run.py JOB <settings >result

JOB is FILE#JOB of a workflow, or the directory of a composite action. The settings are JSON:

    {"inputs": {}, "secrets": {}, "vars": {}, "needs": {}, "event": {}, "github": {"sha": "…"}, "runner_temp": "…",
     "environment": {variables of the machine}, "skip": [ids of steps], "status": "success"}

So is the result: {"status", "steps": {id: {"outcome", "outputs"}}, "outputs", "log", "summary"}. The log, which goes to
standard error as it is written, is what somebody sees on the job's page: secrets and masked texts are replaced there.

Actions of this repository are run, those of others are left out, as are the steps to skip: they succeed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

import yaml

from expressions import calls, condition, evaluate, fill, read, text_of

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# A step that takes longer has gone wrong.
PATIENCE = 120
COMMAND = re.compile(r"::([a-z-]+)(?: ([^:]*))?::(.*)")


def load(path):
    """The content of a file. (YAML 1.1 takes `on` for true.)"""
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


class Job:
    """What all steps of a job share."""

    def __init__(self, settings, folder):
        self.settings, self.folder = settings, folder
        self.status = settings.get("status", "success")
        self.log, self.masks, self.count = [], list(settings.get("secrets", {}).values()), 0
        self.variables, self.path = {}, []
        self.event = self.file("event.json", json.dumps(settings.get("event", {})))
        self.summary = self.file("summary", "")
        self.github = {"sha": "0" * 40, "repository": "octo/app", "event": settings.get("event", {}),
                       **settings.get("github", {})}

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def show(self, line):
        """Appends a line to the log, as it is shown."""
        command = COMMAND.fullmatch(line)
        if command and command[1] == "add-mask":
            self.masks.append(command[3])
            return
        for mask in sorted(filter(None, self.masks), key=len, reverse=True):
            line = line.replace(mask, "***")
        self.log.append(line)
        print(line, file=sys.stderr, flush=True)


class Scope:
    """The steps of a job or of an action, which see each other's outputs and none of other scopes."""

    def __init__(self, job, inputs, action_path=None):
        self.job, self.action_path = job, action_path
        self.failed = job.status == "failure" and action_path is None
        self.steps, self.environment = {}, {}
        self.contexts = {
            "inputs": inputs, "steps": self.steps, "github": job.github, "runner": {"temp": job.settings["runner_temp"]},
            "job": {"status": job.status}, "env": self.environment,
        }
        if action_path is None:
            self.contexts |= {name: job.settings.get(name, {}) for name in ("secrets", "vars", "needs")}
        self.functions = {
            "success": lambda: not self.failed, "failure": lambda: self.failed, "always": lambda: True,
            "cancelled": lambda: False,
        }

    def fill(self, text):
        return fill(text, self.contexts, self.functions)

    def texts(self, values):
        return {name: text_of(self.fill(value)) for name, value in (values or {}).items()}

    def applies(self, step):
        tree = read(condition(str(step.get("if", "success()"))))
        status = {"success", "failure", "always", "cancelled"} & set(calls(tree))
        return (bool(status) or not self.failed) and bool(evaluate(tree, self.contexts, self.functions))

    def run(self, steps, shell):
        for step in steps:
            self.job.count += 1
            result = {"outcome": "skipped", "outputs": {}}
            if self.applies(step):
                is_left_out = step.get("id") in self.job.settings.get("skip", [])
                ends_well = True if is_left_out else self.step(step, shell, result["outputs"])
                result["outcome"] = "success" if ends_well else "failure"
                if not ends_well and not step.get("continue-on-error"):
                    self.failed = True
                    self.contexts["job"]["status"] = "failure"
            if "id" in step:
                self.steps[step["id"]] = result

    def step(self, step, shell, outputs):
        if "run" in step:
            return self.script(step, step.get("shell", shell), outputs)
        if not step["uses"].startswith("./"):
            return True
        folder = os.path.join(ROOT, step["uses"])
        action = load(os.path.join(folder, "action.yml"))
        return run_action(self.job, action, folder, self.texts(step.get("with")), self.contexts, outputs)

    def script(self, step, shell, outputs):
        job = self.job
        files = {name: job.file(f"{name}-{job.count}", "") for name in ("output", "env", "path")}
        # What somebody else wrote into a script would be a part of it.
        script = job.file(f"script-{job.count}.sh", text_of(self.fill(step["run"])))
        template = {"bash": "bash --noprofile --norc -eo pipefail {0}"}.get(shell, shell)
        variables = {
            "PATH": os.environ["PATH"], "HOME": job.folder, "CI": "true", "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": job.event, "GITHUB_STEP_SUMMARY": job.summary, "GITHUB_SHA": job.github["sha"],
            "GITHUB_REPOSITORY": job.github["repository"], "GITHUB_WORKSPACE": ROOT,
            "RUNNER_TEMP": job.settings["runner_temp"], **job.settings.get("environment", {}), **job.variables,
            "GITHUB_OUTPUT": files["output"], "GITHUB_ENV": files["env"], "GITHUB_PATH": files["path"],
        }
        if self.action_path:
            variables["GITHUB_ACTION_PATH"] = self.action_path
        variables |= self.texts(self.environment) | self.texts(step.get("env"))
        variables["PATH"] = ":".join(job.path + [variables["PATH"]])
        process = subprocess.Popen(
            template.replace("{0}", script).split(), env=variables, stdin=subprocess.DEVNULL, start_new_session=True,
            cwd=step.get("working-directory", ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        limit = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        limit.start()
        for line in process.stdout:
            job.show(line.decode(errors="replace").rstrip("\n"))
        status = process.wait()
        limit.cancel()
        outputs.update(values(files["output"]))
        job.variables.update(values(files["env"]))
        with open(files["path"], encoding="utf-8") as file:
            job.path = file.read().splitlines() + job.path
        return status == 0


def values(path):
    """What a step has written into one of its files: name=value, or name<<END, lines, END."""
    found, lines = {}, open(path, encoding="utf-8").read().splitlines()
    while lines:
        line = lines.pop(0)
        name, separator, value = line.partition("=")
        if "<<" in name or not separator:
            name, end = line.split("<<", 1)
            value = "\n".join(lines[:lines.index(end)])
            lines = lines[lines.index(end) + 1:]
        found[name] = value
    return found


def run_action(job, action, folder, given, contexts, outputs):
    """Runs a composite action; whether it ends well."""
    inputs = {}
    for name, input in action.get("inputs", {}).items():
        inputs[name] = given.get(name, text_of(fill(input.get("default", ""), contexts, {})))
    scope = Scope(job, inputs, folder)
    scope.run(action["runs"]["steps"], None)
    for name, output in action.get("outputs", {}).items():
        outputs[name] = text_of(scope.fill(output["value"]))
    return not scope.failed


def main():
    settings = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="chimney-job-") as folder:
        settings.setdefault("runner_temp", folder)
        job = Job(settings, folder)
        target, _, name = sys.argv[1].partition("#")
        outputs = {}
        if name:
            workflow = load(os.path.join(ROOT, target))
            definition = workflow["jobs"][name]
            scope = Scope(job, settings.get("inputs", {}))
            for variables in (workflow, definition):
                scope.environment.update(scope.texts(variables.get("env")))
            scope.run(definition["steps"], workflow.get("defaults", {}).get("run", {}).get("shell", "bash"))
            outputs = scope.texts(definition.get("outputs"))
            steps, ends_well = scope.steps, not scope.failed
        else:
            action = load(os.path.join(ROOT, target, "action.yml"))
            contexts = {"github": job.github}
            ends_well = run_action(
                job, action, os.path.join(ROOT, target), settings.get("inputs", {}), contexts, outputs)
            steps = {}
        with open(job.summary, encoding="utf-8") as file:
            summary = file.read()
    print(json.dumps({
        "status": "success" if ends_well else "failure", "steps": steps, "outputs": outputs,
        "log": "\n".join(job.log), "summary": summary}))


if __name__ == "__main__":
    main()
