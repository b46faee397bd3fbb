// What is to be deployed and what has become of it: the queue, and what the runners do.

import { h, replace } from "../lib/dom.js";
import * as deployments from "./queue-deployments.js";
import * as runs from "./queue-runs.js";

/** Shows it: `?tab=runs`, `?run=<id>` and `?service=` the runs, and the queue with anything else. */
export function mount(root, parameters) {
  const showsRuns = parameters.get("tab") === "runs" || parameters.has("run");
  const tab = (address, title, isCurrent) => h("a", { href: address, "aria-current": isCurrent && "page" }, title);
  const body = h("div", { class: "queue" });
  replace(
    root,
    h("nav", { class: "tabs", "aria-label": "Parts of this page" },
      tab("#/queue", "Deployments", !showsRuns), tab("#/queue?tab=runs", "Deployer runs", showsRuns)),
    body);
  return (showsRuns ? runs : deployments).mount(body, parameters);
}
