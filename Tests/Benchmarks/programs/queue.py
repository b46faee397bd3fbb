"""What is asked of the queue, as files of whole requests for programs/requests.c.

    queue.py create BATCH FILE          a thousand new deployments
    queue.py move PORT PHASE FILE       what becomes of the thousand that were made last: in phase 1, then in phase 2
    queue.py operations PORT FOLDER     a file for each operation that is measured, from all that there are

An organisation deploys 60 services to 5 places each, 300 taxonomies. Each thousand of its deployments is alike: 110 of
each of three busy taxonomies; 6 for each service in one place where none is carried out, so that they stay scheduled; the
other 310 anywhere else. 160 are deployed, and 120 each in progress, failed, skipped and rolled back.
"""

import http.client
import json
import random
import sys

BATCH = 1000
SERVICES = [f"service-{number:02}" for number in range(60)]
PLACES = [
    ("production", "eu-west-1", "cell-1"), ("production", "eu-west-1", "cell-2"), ("production", "us-east-1", "cell-1"),
    ("staging", "eu-west-1", "cell-1"), ("staging", "us-east-1", "cell-1"),
]
PRODUCTION, WAITING = 0, 3
BUSY = SERVICES[:3]
STATUSES = ["scheduled", "in_progress", "deployed", "skipped", "failed", "rolled_back"]
TAXONOMY = ["name", "environment", "provider", "cloud_account_id", "region", "cell"]
# The statuses on the way to the last one.
WAYS = (
    [["in_progress", "deployed"]] * 4 + [["in_progress"]] * 3 + [["failed"]] * 3 + [["skipped"]] * 3
    + [["failed", "rolled_back"]] * 3)


def plan():
    """For each deployment of a batch: service, place, and the statuses that it gets one after the other."""
    dice = random.Random(1)
    rest = [(service, place) for service in range(60) for place in range(5)
            if place != WAITING and not (service < 3 and place == PRODUCTION)]
    moving = [(service, PRODUCTION) for service in range(3) for _ in range(110)] + dice.choices(rest, k=310)
    ways = WAYS * (len(moving) // len(WAYS))
    dice.shuffle(ways)
    planned = [(service, place, way) for (service, place), way in zip(moving, ways)]
    planned += [(service, WAITING, []) for service in range(60) for _ in range(6)]
    dice.shuffle(planned)
    assert len(planned) == BATCH
    return planned


def account(service):
    return {"provider": "gcp" if service % 2 else "aws", "cloud_account_id": f"account-{service % 8}"}


def deployment(batch, index, service, place):
    environment, region, cell = PLACES[place]
    return {
        "name": SERVICES[service], "version": f"{batch}.{index}.0", "type": "k8s", "environment": environment,
        "region": region, "cell": cell, **account(service), "auto": index % 5 < 3,
        "commit_sha": f"{batch * BATCH + index:08x}" * 5, "description": f"feat(edge): smaller steps, part {index}",
        "build_uri": f"https://github.com/example/{SERVICES[service]}/actions/runs/{batch * BATCH + index}",
        "notes": "rolled out by the pipeline",
    }


def request(method, target, body=None):
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Organisation: Example\r\n"
    if body is None:
        return head + "Content-Length: 0\r\n\r\n" if method == "POST" else head + "\r\n"
    text = json.dumps(body, separators=(",", ":"))
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"


def patch(identifier, **change):
    return request("PATCH", f"/v1/deployments/{identifier}", change)


def write(path, requests):
    with open(path, "wb") as file:
        for text in requests:
            file.write(text.encode() + b"\0")


def creations(batch):
    return [request("POST", "/v1/deployments", deployment(batch, index, service, place))
            for index, (service, place, _) in enumerate(plan())]


def pages(port):
    """All deployments, newest first, a thousand at a time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    target = "/v1/deployments?limit=1000"
    while target:
        connection.request("GET", target, headers={"X-Organisation": "Example"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        yield json.loads(body)
        link = answer.headers["Link"]
        target = link and link[1:link.index(">")]


def moves(port, phase):
    planned = plan()
    for known in next(pages(port)):
        way = planned[int(known["version"].split(".")[1])][2]
        if len(way) >= phase:
            yield patch(known["id"], status=way[phase - 1])


def query(known, facets):
    return "&".join(f"{facet}={known[facet]}" for facet in facets)


def operations(port):
    """Each operation's requests, so many that a thousand deployments are enough for them."""
    dice = random.Random(2)
    everything = [known for page in pages(port) for known in page]
    busy = [known for known in everything
            if known["name"] in BUSY and known["environment"] == "production" and known["cell"] == "cell-1"
            and known["region"] == "eu-west-1"]
    one_of_each = list({known["name"]: known for known in busy}.values())
    assert len(one_of_each) == len(BUSY)
    waiting = {}
    for known in reversed(everything):
        if known["status"] == "scheduled":
            waiting.setdefault(known["name"], []).append(known)
    assert len(waiting) == len(SERVICES)
    some = dice.sample(everything, 400)
    under_way = [known for known in busy if known["status"] in ("failed", "in_progress")]

    def lists(*queries, least=101):
        for one in queries:
            wanted = [pair.split("=") for pair in one.split("&") if not pair.startswith("limit=")]
            found = sum(all(known[name] == value for name, value in wanted) for known in everything)
            assert found >= least, f"{found} deployments with {one}"
        return [request("GET", f"/v1/deployments?{queries[index % len(queries)]}") for index in range(400)]

    root = "/v1/deployments"
    return {
        "get": [request("GET", f"{root}/{known['id']}") for known in dice.choices(everything, k=2000)],
        "list": lists("limit=100"),
        "list-status": lists(*[f"status={status}" for status in STATUSES]),
        "list-taxonomy": lists(*[query(known, TAXONOMY) for known in one_of_each]),
        "list-name": lists(*[f"name={name}" for name in BUSY]),
        "list-two": lists("environment=production&trigger=auto"),
        "list-none": lists("environment=staging&cell=cell-2", least=0)[:100],
        "create": creations(10_000)[:400],
        "patch-notes": [patch(known["id"], notes="looked at by hand") for known in some],
        "patch-status": [patch(known["id"], status="in_progress") for list in waiting.values() for known in list[:5]],
        # The sixth of its taxonomy: five older ones are skipped with it, however many there are.
        "patch-deployed": [patch(list[5]["id"], status="deployed") for list in waiting.values()],
        "claim": [request("POST", f"{root}/claim", {"name": name}) for _ in range(5) for name in waiting],
        "claim-oldest": [request("POST", f"{root}/claim", {})] * 300,
        "rollback": [request("POST", f"{root}/rollback?{query(known, TAXONOMY)}")
                     for _ in range(66) for known in one_of_each],
        "rollback-one": [request("POST", f"{root}/{known['id']}/rollback") for known in dice.sample(under_way, 100)],
    }


command, arguments = sys.argv[1], sys.argv[2:]
if command == "create":
    write(arguments[1], creations(int(arguments[0])))
elif command == "move":
    write(arguments[2], moves(int(arguments[0]), int(arguments[1])))
elif command == "operations":
    for name, requests in operations(int(arguments[0])).items():
        write(f"{arguments[1]}/{name}", requests)
