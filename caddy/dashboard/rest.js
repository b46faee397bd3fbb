// What the page needs once it shows something: the stream of events, the banner, what stands in the header, and the history
// of the metrics.

import * as banner from "./lib/banner.js";
import { h, replace } from "./lib/dom.js";
import * as events from "./lib/events.js";
import * as history from "./lib/history.js";
import { refreshAll, resource } from "./lib/resource.js";
import { symbol } from "./lib/panel.js";

const WORDS = { open: ["good", "live"], connecting: ["idle", "connecting"], waiting: ["bad", "not connected"] };

/** Events after which everything may be different: something came or went, or events were missed. */
const TURNS = ["dragonfly.down", "dragonfly.up", "github.down", "github.up", "gap"];

/** Starts it. */
export function start() {
  events.listen();
  for (const type of TURNS) events.on(type, refreshAll);
  connection(document.getElementById("connection"));
  project(document.getElementById("project"));
  banner.mount(document.getElementById("banner"));
  // Whoever opens the metrics finds something there.
  history.begin();
}

/** Whether events come. */
function connection(root) {
  let shown;
  events.onConnection(({ state, problem }) => {
    // A short break is no news.
    if (state === "connecting" && shown === "waiting") return;
    shown = state;
    const [kind, word] = WORDS[state];
    root.title = problem?.message ?? "Events come as they happen.";
    replace(root, symbol(kind), word);
  });
}

/** Which project this is, and its newest version. */
function project(root) {
  let repository = "", version = "";
  const show = () => replace(
    root, repository && h("span", { class: "repository" }, repository), version && h("span", { class: "version" }, version));
  // The project's own version, as it says; where it does not, that of the newest release.
  const own = data => Object.entries(data ?? {}).find(([key]) => key.endsWith("_version") && key !== "chimney_version")?.[1];
  let told;
  const summary = resource("/api/pipeline/summary", 60);
  let isWatched = false;
  resource("/healthz", 10).watch(({ data }) => {
    repository = data?.repo ?? repository;
    show();
    // Where there is no repository there is no summary to ask for.
    if (!repository || isWatched) return;
    isWatched = true;
    summary.watch(({ data }) => {
      version = told ?? own(data) ?? version;
      show();
    });
  });
  resource("/api/version", 300).watch(({ data }) => {
    told = own(data);
    version = told ?? version;
    show();
  });
}
