// The deployments of the queue, with filters.

import { h, replace } from "../lib/dom.js";
import { ago, count } from "../lib/format.js";
import { sign, trouble } from "../lib/panel.js";
import { detail } from "./queue-deployment.js";
import { listPanel } from "./queue-list.js";
import { rows } from "./queue-rows.js";
import { RETRY, source } from "./queue-source.js";
import { outcome, STATUSES, where } from "./queue-words.js";

/** How many a page has, and how many are shown at most. */
const PAGE = 50;
const MOST = 1000;
/** Milliseconds without a key until a text is looked for. */
const PAUSE = 300;

/** The filters: what the query calls them, their label, and the values that there are, if these are known. */
const FILTERS = [
  ["status", "Status", Object.keys(STATUSES)], ["name", "Name"], ["environment", "Environment"],
  ["provider", "Provider", ["gcp", "aws", "azure"]], ["cloud_account_id", "Account"], ["region", "Region"], ["cell", "Cell"],
  ["trigger", "Trigger", ["auto", "manual", "rollback"]],
];

/** Who may see the queue. */
const CREDENTIAL = {
  name: "GITHUB_TOKEN", title: "Your GitHub token", withOrganisation: true,
  why: "The queue is shown to members of its organisation. Type in a personal access token of GitHub (with the scope read:org) "
    + "and the organisation, or an OIDC token of a workflow, which names its own.",
};

/** Shows them. */
export function mount(root, parameters) {
  const filter = new Map();
  const chosen = parameters.get("id");
  let items = [], next = null, wantsMore = false;

  const query = () => [...filter].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const address = id => `#/queue?${[id && `id=${encodeURIComponent(id)}`, query()].filter(Boolean).join("&")}`.replace(/\?$/, "");

  const load = async get => {
    const goesOn = wantsMore && next;
    wantsMore = false;
    const limit = Math.min(MOST, Math.max(PAGE, Math.ceil(items.length / PAGE) * PAGE));
    const asked = query();
    const { data, headers } = await get(goesOn ? next : `/v1/deployments?${asked && `${asked}&`}limit=${limit}`);
    // A deployment that has come twice has changed meanwhile: its place is that of its first.
    const known = new Set(goesOn ? items.map(({ id }) => id) : []);
    items = [...(goesOn ? items : []), ...data.filter(({ id }) => !known.has(id))].slice(0, MOST);
    next = followed(headers.get("Link"));
    return items;
  };

  const queue = source({ credential: CREDENTIAL, type: "queue", load, show });
  const list = rows({ label: "Deployments", summary, detail: (place, item) => detail(place, item, links) });
  const links = { get: queue.get, address, known: () => items };
  const controls = filters(parameters, filter, () => {
    history.replaceState(null, "", address(chosen));
    items = [];
    next = null;
    queue.refresh();
  });

  function show(state) {
    if (state.problem) pinned?.fail(state);
    frame.show(state, () => {
      pinned?.look();
      const versions = new Map(items.map(({ id, version }) => [id, version]));
      const isFull = items.length >= MOST && next;
      return {
        items: items.map(item => ({ ...item, replaces: versions.get(item.rollback_from_deployment_id) })),
        words: isFull
          ? `The newest ${count(MOST, "deployment")} are shown: the filters find others.`
          : `${count(items.length, "deployment")} of ${items[0]?.organisation}${next ? ", and there are more" : ""}`,
        hasMore: next && !isFull,
        none: filter.size > 0 ? "No deployment fits these filters."
          : "Nothing has been scheduled yet. CI does it by POST /v1/deployments.",
      };
    });
  }

  const single = chosen && h("section", { class: "panel", "aria-label": "One deployment" });
  const pinned = single && one(single, chosen, links);
  const stops = [controls.stop, list.stop, queue.stop, () => pinned?.stop()];
  const frame = listPanel("Deployments", {
    controls: controls.element, single, list, word: "Show the queue", source: () => queue,
    onMore: () => {
      wantsMore = true;
      queue.refresh();
    },
  });
  replace(root, single, frame.element);
  queue.refresh();
  return () => stops.forEach(stop => stop());
}

/** The deployment that an address names, wherever it is in the queue: looked for whenever the list is. */
function one(root, id, links) {
  const place = h("div", {}, h("p", { class: "quiet" }, "Loading …"));
  const head = h("h2", {}, "Deployment");
  let opened = null, text = "", turn = 0, retry = 0;
  replace(root, h("div", { class: "panel-head" }, head, h("a", { href: links.address("") }, "Close")), place);
  const look = async () => {
    const mine = ++turn;
    clearTimeout(retry);
    try {
      const { data } = await links.get(`/v1/deployments/${encodeURIComponent(id)}`);
      if (mine !== turn || JSON.stringify(data) === text) return;
      text = JSON.stringify(data);
      replace(head, `${data.name} ${data.version}`);
      if (opened) opened.update(data);
      else opened = detail(place, data, links);
    } catch (problem) {
      if (mine !== turn) return;
      if (!opened) replace(place, trouble(problem));
      if (problem.isPassing) retry = setTimeout(look, RETRY);
    }
  };
  const stop = () => {
    turn += 1;
    clearTimeout(retry);
    opened?.stop();
    opened = null;
  };
  return {
    look, stop,
    /** Nothing can be looked for: what is there stays, unless nobody may see it. */
    fail: ({ problem, isRefused }) => {
      if (isRefused) {
        stop();
        text = "";
        replace(head, "Deployment");
      }
      if (!opened) replace(place, trouble(problem));
    },
  };
}

/** Where a header `Link` says that the list goes on, if it does, here. */
function followed(link) {
  return link?.match(/<(\/v1\/deployments\?[^>]*)>\s*;\s*rel="next"/)?.[1] ?? null;
}

function summary(item) {
  const [kind, word] = outcome(STATUSES, item.status);
  const trigger = item.trigger !== "rollback" ? item.trigger : item.replaces ? `↩ rollback of ${item.replaces}` : "↩ rollback";
  return [
    sign(kind, word),
    h("span", { class: "entry-name" }, h("strong", {}, item.name), " ", h("span", { class: "entry-version" }, item.version)),
    h("span", { class: "entry-trigger" }, trigger),
    h("span", { class: "entry-where" }, where(item)),
    h("span", { class: "entry-who" }, item.created_by_actor ?? item.created_by_repo ?? ""),
    ago(item.created_at),
  ];
}

/** The controls: what is chosen goes into the filter. Returns `{ element, stop }`. */
function filters(parameters, filter, changed) {
  const clear = h("button", { type: "button", onclick: () => {
    filter.clear();
    for (const control of controls) control.value = "";
    update();
  } }, "Clear");
  const update = () => {
    clear.hidden = filter.size === 0;
    changed();
  };
  let timer = 0, isStopped = false;
  const controls = FILTERS.map(([name, , values]) => {
    const take = () => {
      clearTimeout(timer);
      // A browser may tell of a change while it takes the field away.
      if (isStopped) return;
      const value = control.value.trim();
      if (value === (filter.get(name) ?? "")) return;
      if (value) filter.set(name, value);
      else filter.delete(name);
      update();
    };
    const control = values
      ? h("select", { name, onchange: take }, h("option", { value: "" }, "any"),
        values.map(value => h("option", { value }, STATUSES[value]?.[1] ?? value)))
      : h("input", { name, type: "text", maxlength: 200, autocomplete: "off", spellcheck: "false", onchange: take, oninput: () => {
        clearTimeout(timer);
        timer = setTimeout(take, PAUSE);
      } });
    control.value = parameters.get(name) ?? "";
    // What an address names and there is not is nothing to look for.
    if (control.value) filter.set(name, control.value);
    else control.value = "";
    return control;
  });
  clear.hidden = filter.size === 0;
  const element = h("form", { class: "filters", role: "search", "aria-label": "Filters", onsubmit: event => event.preventDefault() },
    controls.map((control, index) => h("label", {}, FILTERS[index][1], control)), clear);
  return {
    element,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
