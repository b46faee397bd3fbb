// What of the overview is not needed for its first sight: the commit's message, origins, the store, releases, bugs.

import { h, link, replace } from "../lib/dom.js";
import { ago, bytes, number } from "../lib/format.js";
import * as events from "../lib/events.js";
import { githubRemark, nothing, panel, sign } from "../lib/panel.js";
import { ask, resource } from "../lib/resource.js";
import { project } from "./overview.js";
import { originList, upCount } from "./overview-origins.js";

const health = resource("/healthz", 10);
const origins = resource("/api/origins/health", 10);
const releases = resource("/api/github/releases?per_page=10", 120);

/** Milliseconds until what lacks a part is asked for again. */
const AGAIN = 10_000;

/**
 * Adds it to the overview.
 *
 * @param columns the three of them.
 * @param showOrigins lets the figure of the origins follow a resource.
 * @param add takes a panel's end into the view's, and returns its element.
 */
export function mount({ root, columns, showOrigins, add, stops, status, summary }) {
  const [, middle, right] = columns;
  right.append(add(panel("Releases", releases, releaseList, { name: "releases", remark: githubRemark })));
  showOrigins(origins, data => upCount(data)?.[0], data => upCount(data)[1], "none are watched");
  middle.append(
    add(panel("Origins", origins, originList, { name: "origins" })),
    add(panel("Store", health, store, { name: "store" })),
    add(panel("Bugs", summary, bugList, { name: "bugs", remark: githubRemark })));

  let again = 0;
  stops.push(
    () => clearTimeout(again),
    summary.watch(({ data }) => {
      // GitHub has not told all of it: it may be back before the next look is due.
      clearTimeout(again);
      if (data?.partial?.length > 0) again = setTimeout(() => document.hidden || summary.refresh(), AGAIN);
    }),
    health.watch(({ data }) => {
      if (data?.repo) project.fallback = `https://github.com/${data.repo}`;
    }),
    status.watch(({ data }) => data && commit(root, data.last_deploy.sha)),
    events.on("deploy", () => status.refresh()),
    events.on("origin.down", () => origins.refresh()),
    events.on("origin.up", () => origins.refresh()),
    events.on("webhook", ({ data }) => {
      // What has happened there shows in the next answer.
      if (data.event === "release") releases.refresh();
      if (data.event !== "push") summary.refresh();
    }));
}

/** First lines of commit messages, by name. A commit does not change. */
const messages = new Map();

/** Shows the first line of a commit's message, unless the title of its pull request says the same but for its number. */
async function commit(root, sha) {
  let message = messages.get(sha);
  if (message === undefined) {
    try {
      const { data } = await ask(`/api/github/commits/${encodeURIComponent(sha)}`);
      message = String(data?.commit?.message ?? "").split("\n")[0];
      messages.set(sha, message);
    } catch {
      // The next look tries again.
      return;
    }
  }
  for (const line of root.querySelectorAll(".commit")) {
    const isKnown = [message, message.replace(/ \(#\d+\)$/, "")].includes(line.dataset.title);
    if (line.dataset.sha === sha && !isKnown) replace(line, message);
  }
}

function releaseList(data) {
  if (!Array.isArray(data) || data.length === 0) return nothing("Nothing has been released yet.");
  return h("ol", { class: "rows compact" }, data.slice(0, 10).map(release =>
    h("li", { class: "row" }, h("p", { class: "main" },
      link(release.html_url, release.tag_name, { class: "version-name" }),
      h("span", { class: "title quiet", title: release.name }, release.name === release.tag_name ? "" : release.name),
      release.prerelease && h("span", { class: "tag" }, "pre-release"),
      release.draft ? h("span", {}, "draft") : ago(release.published_at ?? release.created_at)))));
}

function store(data) {
  const kind = { connected: "good", connecting: "idle" }[data.dragonfly] ?? "bad";
  const facts = [
    ["State", sign(kind, data.dragonfly)],
    ["Keys", data.dragonfly_keys == null ? "not known" : number(data.dragonfly_keys)],
    ["Memory", data.dragonfly_memory == null ? "not known" : bytes(data.dragonfly_memory)],
    ["Memory tier", `${number(data.mem_cache_entries ?? 0)} entries`],
  ];
  return [
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    data.dragonfly_error && h("p", { class: "trouble" }, data.dragonfly_error),
  ];
}

function bugList(data) {
  if (data?.partial?.includes("open_bugs")) return nothing("GitHub did not tell of bugs.");
  const found = data?.open_bugs ?? [];
  if (found.length === 0) return nothing("No open issue is a bug.");
  return h("ul", { class: "rows compact" }, found.map(bug =>
    h("li", { class: "row" }, h("p", { class: "main" },
      link(bug.url, `#${bug.number}`), h("span", { class: "title", title: bug.title }, bug.title)))));
}
