// What the runners do and have done: deployments of this installation's services.

import { h, replace } from "../lib/dom.js";
import { ago, count, duration, short, span } from "../lib/format.js";
import { nothing, sign } from "../lib/panel.js";
import { rows } from "./queue-rows.js";
import { detail } from "./queue-run.js";
import { gate, source } from "./queue-source.js";
import { outcome, STATES } from "./queue-words.js";

/** How many are shown at first and at most, which is all that the server lists. */
const FIRST = 20;
const MOST = 100;

/** Who may see them. */
const CREDENTIAL = {
  name: "LOGS_TOKEN", title: "The token for logs",
  why: "Whoever runs this server lets only those see its logs and its deployments who know LOGS_TOKEN.",
};

/** Shows them: all, or those of `service`; and first of all the one of `run`. */
export function mount(root, parameters) {
  const chosen = parameters.get("run");
  let service = parameters.get("service") ?? "";
  let limit = FIRST;
  const services = new Set(service ? [service] : []);

  const runs = source({
    credential: CREDENTIAL, type: "deployment", show,
    load: async get => (await get(`/deploy?limit=${limit}${service && `&service=${encodeURIComponent(service)}`}`)).data.deployments,
  });
  const list = rows({
    label: "Deployer runs", summary, opensOne: true, detail: (place, item) => detail(place, item.id, CREDENTIAL.name),
  });
  const body = h("div", { class: "panel-body" }, h("p", { class: "quiet" }, "Loading …"));
  const note = h("p", { class: "panel-note", role: "status", hidden: true });
  const told = h("p", { class: "quiet", role: "status" });
  const more = h("button", { type: "button", onclick: () => {
    limit = MOST;
    runs.refresh();
  } }, "Show more");
  const choice = h("select", { onchange: () => {
    service = choice.value;
    const query = [chosen ? `run=${encodeURIComponent(chosen)}` : "tab=runs", service && `service=${encodeURIComponent(service)}`];
    history.replaceState(null, "", `#/queue?${query.filter(Boolean).join("&")}`);
    limit = FIRST;
    runs.refresh();
  } });
  const controls = h("form", { class: "filters", "aria-label": "Filters", onsubmit: event => event.preventDefault() },
    h("label", {}, "Service", choice));
  const single = chosen && h("section", { class: "panel", "aria-label": "One run" });
  let opened = null;

  function show({ data, problem, at, isRefused }) {
    note.hidden = !problem || data === undefined;
    replace(note, note.hidden ? [] : `As it was ${span((Date.now() - at) / 1000)} ago. ${problem.message}`);
    controls.hidden = isRefused;
    if (single) single.hidden = isRefused;
    if (data === undefined) {
      replace(told);
      return replace(body, gate(problem, isRefused ? "Show the runs" : "Try again", isRefused ? runs.permit : runs.refresh));
    }
    // It is allowed to be seen now.
    if (single && !opened) opened = one(single, chosen);
    for (const run of data) services.add(run.service);
    offer(choice, [...services].sort(), service);
    replace(told, data.length > 0 && `${count(data.length, "run")}, newest first`);
    more.hidden = data.length < limit || limit >= MOST;
    list.show(data);
    if (data.length === 0) return replace(body, nothing(service ? `${service} has not been deployed here.` : "Nothing has been deployed by this server. A signed POST /deploy does it."));
    if (list.element.parentNode !== body) replace(body, list.element, more);
  }

  const stops = [list.stop, runs.stop, () => opened?.stop()];
  replace(
    root, single,
    h("section", { class: "panel", "aria-label": "Deployer runs" },
      h("div", { class: "panel-head" }, h("h2", {}, "Deployer runs"), told), controls, body, note));
  runs.refresh();
  return () => stops.forEach(stop => stop());
}

/** The run that an address names. */
function one(root, id) {
  const place = h("div", {});
  replace(
    root, h("div", { class: "panel-head" }, h("h2", {}, "Run ", h("code", {}, id)), h("a", { href: "#/queue?tab=runs" }, "Close")),
    place);
  return detail(place, id, CREDENTIAL.name);
}

/** Offers these services, where they are not offered already. */
function offer(choice, services, chosen) {
  if (choice.options.length !== services.length + 1) {
    replace(choice, h("option", { value: "" }, "all"), services.map(value => h("option", { value }, value)));
  }
  choice.value = chosen;
}

/** How long it took, or since when it is at it. */
function lasted({ started_at: started, finished_at: finished }) {
  if (!started) return "";
  return finished ? `took ${duration((Date.parse(finished) - Date.parse(started)) / 1000)}` : ["began ", ago(started)];
}

function summary(run) {
  const [kind, word] = outcome(STATES, run.status);
  const isOver = run.finished_at !== null;
  return [
    sign(kind, word),
    h("span", { class: "entry-name" }, h("strong", {}, run.service), " ",
      h("span", { class: "entry-version" }, run.sha ? short(run.sha) : run.kind === "rollback" ? "the good one before" : "")),
    h("span", { class: "entry-trigger" }, run.kind === "rollback" && "↩ rollback ", !isOver && run.phase !== run.status && `phase ${run.phase.replaceAll("_", " ")}`),
    h("span", { class: "entry-where" }, run.hosts.join(", ")),
    h("span", { class: "entry-who" }, lasted(run)),
    ago(run.created_at),
  ];
}
