// What the runners do and have done: deployments of this installation's services.

import { h, replace } from "../lib/dom.js";
import { ago, count, duration, short } from "../lib/format.js";
import { sign } from "../lib/panel.js";
import { listPanel } from "./queue-list.js";
import { rows } from "./queue-rows.js";
import { detail } from "./queue-run.js";
import { source } from "./queue-source.js";
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

  function show(state) {
    if (state.isRefused && opened) {
      opened.stop();
      opened = null;
      replace(single);
    }
    frame.show(state, data => {
      // It is allowed to be seen now.
      if (single && !opened) opened = one(single, chosen);
      for (const run of data) services.add(run.service);
      offer(choice, [...services].sort(), service);
      return {
        items: data, words: `${count(data.length, "run")}, newest first`, hasMore: data.length >= limit && limit < MOST,
        none: service ? `${service} has not been deployed here.`
          : "Nothing has been deployed by this server. A signed POST /deploy does it.",
      };
    });
  }

  const stops = [list.stop, runs.stop, () => opened?.stop()];
  const frame = listPanel("Deployer runs", {
    controls, single, list, word: "Show the runs", source: () => runs,
    onMore: () => {
      limit = MOST;
      runs.refresh();
    },
  });
  replace(root, single, frame.element);
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
