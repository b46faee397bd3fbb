// Everything at a glance: what was deployed last, and how everything is.

import { h, link, replace } from "../lib/dom.js";
import { ago, count, duration, number, percent, short, span } from "../lib/format.js";
import { githubRemark, nothing, panel, sign, symbol } from "../lib/panel.js";
import { resource } from "../lib/resource.js";

const status = resource("/api/deploy/status", 30);
const summary = resource("/api/pipeline/summary", 60);

/** Milliseconds after which nobody waits any more for what GitHub says. */
const PATIENCE = 1500;

let shown;
/** Resolves once what everybody has come for stands there, or cannot be had soon. */
export const isShown = () => shown ??= Promise.race([
  Promise.all([status, summary].map(each => each.first())), new Promise(done => setTimeout(done, PATIENCE)),
]);

/** Shows it. */
export function mount(root) {
  const stops = [];
  const add = made => {
    stops.push(made.stop);
    return made.element;
  };
  const { element, origins } = tiles(stops);
  const column = (...panels) => h("div", { class: "column" }, panels);
  // What is above on a wide screen comes first on a narrow one. The middle is filled later.
  const columns = [
    column(add(panel("Deploys", status, timeline, { name: "timeline" }))), column(),
    column(add(panel("Workflow runs", summary, runs, { name: "runs", remark: githubRemark }))),
  ];
  replace(
    root, h("div", { class: "headline" }, add(panel("Last deploy", status, lastDeploy, { name: "hero" })), element),
    h("div", { class: "columns" }, columns));

  let isMounted = true;
  // What is there by then is shown before anything else is fetched: the checks of many origins are the longest answer of all.
  isShown().then(() => new Promise(done => setTimeout(done))).then(() => import("./overview-more.js")).then(
    more => isMounted && more.mount({ root, columns, showOrigins: origins, add, stops, status, summary }),
    () => columns[1].append(h("p", { class: "notice" }, "The rest of this page could not be loaded; reload it.")));
  return () => {
    isMounted = false;
    for (const stop of stops) stop();
  };
}

// MARK: the last deploy

function lastDeploy(data) {
  if (!data) return nothing("Nothing has been deployed yet. CI posts each deploy to /api/deploy/events.");
  const last = data.last_deploy;
  const base = project(data);
  return [
    h("p", { class: "figure" }, ago(last.deployed_at)),
    h("p", { class: "facts" },
      last.outcome === "success" ? sign("good", "success") : sign("bad", "failure"),
      base ? link(`${base}/commit/${last.sha}`, short(last.sha), { class: "sha" }) : h("code", { class: "sha" }, short(last.sha)),
      last.service && h("span", {}, last.service),
      last.slot && h("span", { class: `slot ${last.slot}` }, last.slot),
      Number.isFinite(last.duration_s) && h("span", {}, `took ${duration(last.duration_s)}`),
      data.compare_url && link(data.compare_url, "what has changed")),
    h("p", { class: "pull" },
      last.pr_number > 0 && [link(base && `${base}/pull/${last.pr_number}`, `#${last.pr_number}`), " "], last.pr_title),
    // The first line of its message comes here, once GitHub has told it.
    h("p", { class: "commit", "data-sha": last.sha, "data-title": last.pr_title }),
  ];
}

/** The address of the project's pages, as far as the links of the server tell it. */
export const project = data => data?.compare_url?.split("/compare/")[0] ?? project.fallback;

// MARK: figures

/** The tiles, and what lets that of the origins follow a resource. */
function tiles(stops) {
  const element = h("div", { class: "tiles" });
  const untold = "GitHub did not tell";
  tile("Success rate")(status, data => percent(data.success_rate_pct), data => `of ${count(data.total_deploys, "deploy")}`);
  tile("Active slot")(status, data => data.active_slot && h("span", { class: `slot ${data.active_slot}` }, data.active_slot),
    data => ["switched ", ago(activeSince(data))]);
  const origins = tile("Origins");
  tile("Pull requests")(summary, data => known(data.open_prs), data => ["open", merged(data.last_merged_pr)], untold);
  tile("Issues")(summary, data => known(data.open_issues), data => ["open", bugs(data)], untold);
  tile("Pipeline")(summary, data => data.goose_success_rate_pct == null ? null : percent(data.goose_success_rate_pct),
    () => "of runs succeeded", untold);
  return { element, origins };

  function tile(name) {
    const figure = h("p", { class: "figure" }, "…");
    const detail = h("p", { class: "detail" });
    element.append(h("section", { class: "panel tile" }, h("h2", {}, name), figure, detail));
    return (source, value, more, none = "none yet") => stops.push(source.watch(({ data, problem, at }) => {
      const is = data === undefined || data === null ? null : value(data) ?? null;
      const old = data !== undefined && problem && `as it was ${span((Date.now() - at) / 1000)} ago`;
      replace(figure, is ?? "–");
      replace(detail, problem ? h("span", { class: "trouble" }, old || problem.message) : is === null ? none : more(data));
    }));
  }
}

/** When the active slot became it, as far as the newest deploys tell. */
function activeSince({ recent_deploys: deploys, active_slot: active }) {
  const switches = deploys.filter(({ outcome, slot }) => outcome === "success" && slot);
  const other = switches.findIndex(({ slot }) => slot !== active);
  return switches.at(other < 0 ? -1 : other - 1)?.deployed_at;
}

const known = value => (value === null || value === undefined ? null : number(value));

const bugs = ({ open_bugs: found }) => found?.length > 0 && `, ${count(found.length, "bug")}`;

const merged = request => request && [`, #${request.number} merged `, ago(request.merged_at)];

// MARK: lists

function timeline(data) {
  if (!data) return nothing("No deploys yet.");
  const deploys = data.recent_deploys;
  const base = project(data);
  return h("ol", { class: "rows" }, deploys.map((deploy, index) => {
    // What a service is compared with is the service as it was.
    const before = deploys.slice(index + 1).find(({ service }) => service === deploy.service);
    const title = deploy.pr_title || short(deploy.sha);
    return h("li", { class: `row ${deploy.outcome}` },
      h("p", { class: "main" },
        symbol(deploy.outcome === "success" ? "good" : "bad"),
        h("span", { class: "title", title }, title),
        ago(deploy.deployed_at)),
      h("p", { class: "detail" },
        h("span", {}, deploy.outcome),
        deploy.service && h("span", {}, deploy.service),
        deploy.slot && h("span", { class: `slot ${deploy.slot}` }, deploy.slot),
        Number.isFinite(deploy.duration_s) && h("span", {}, duration(deploy.duration_s)),
        before && before.sha !== deploy.sha
          ? base ? link(`${base}/compare/${before.sha}...${deploy.sha}`, `${short(before.sha)} … ${short(deploy.sha)}`, { class: "sha" })
            : h("code", { class: "sha" }, `${short(before.sha)} … ${short(deploy.sha)}`)
          : h("code", { class: "sha" }, short(deploy.sha))));
  }));
}

function runs(data) {
  const list = data?.recent_workflow_runs;
  if (data?.partial?.includes("recent_workflow_runs")) return nothing("GitHub did not tell of runs.");
  if (!list?.length) return nothing("No workflow has run yet.");
  return h("ol", { class: "rows compact" }, list.map(run => {
    const [kind, word] = outcome(run);
    return h("li", { class: "row" }, h("p", { class: "main" },
      symbol(kind), h("span", { class: "word" }, word), link(run.url, run.workflow_name, { class: "title", title: run.workflow_name }), ago(run.run_at)));
  }));
}

function outcome({ status: state, conclusion }) {
  if (state !== "completed") return state === "in_progress" ? ["busy", "running"] : ["idle", state.replaceAll("_", " ")];
  if (conclusion === "success") return ["good", "success"];
  if (["cancelled", "skipped", "neutral"].includes(conclusion)) return ["none", conclusion];
  return ["bad", String(conclusion ?? "unknown").replaceAll("_", " ")];
}
