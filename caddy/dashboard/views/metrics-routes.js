// The metrics by route: which of them fail, and which of them take long.

import { spark } from "../lib/chart.js";
import { h, replace } from "../lib/dom.js";
import { count, number, percent } from "../lib/format.js";
import { failedShare, milliseconds, refusedShare } from "../lib/measures.js";
import { nothing, trouble } from "../lib/panel.js";
import { STORE_AWAY, time } from "./metrics-units.js";

/** How many routes a table shows. */
const LIMIT = 12;

/** The routes that fail most. Returns `{ element, update }`. */
export function errors() {
  return table("Errors by route", "None of the requests failed, and none was refused.", {
    columns: ["Requests", "Failed (5xx)", "Refused (4xx)"],
    order: (one, other) => other.failed - one.failed || other.refused - one.refused,
    fits: ({ failed, refused }) => failed + refused > 0,
    cells: route => [number(route.requests), amount(route.failed, failedShare(route)), amount(route.refused, refusedShare(route))],
    lines: [failedShare, refusedShare],
    top: () => 100,
    label: route => `Failed: ${amount(route.failed, failedShare(route))}. Refused: ${amount(route.refused, refusedShare(route))}`,
    legend: "In the small charts the line is what failed, the dashed one what was refused, of 100.",
  });
}

/** The routes that take longest. */
export function latencies() {
  const [half, most] = [0.5, 0.95].map(share => part => milliseconds(part, "latency", share));
  return table("Latency by route", "There were no requests.", {
    columns: ["Requests", "p50", "p95"],
    order: (one, other) => (most(other) ?? 0) - (most(one) ?? 0) || other.requests - one.requests,
    fits: ({ requests }) => requests > 0,
    cells: route => [number(route.requests), time(half(route)), time(most(route))],
    lines: [half, most],
    top: rows => Math.max(...rows.map(([, route]) => most(route) ?? 0)),
    label: route => `p50 ${time(half(route))}, p95 ${time(most(route))}`,
    legend: "In the small charts the line is p50, the dashed one p95.",
  });
}

const amount = (some, share) => (some === 0 ? "–" : `${number(some)} (${percent(share)})`);

function table(title, none, { columns, order, fits, cells, lines, top, label, legend }) {
  const body = h("tbody");
  const caption = h("p", { class: "quiet" });
  const empty = h("div");
  const wrong = h("div");
  const id = `routes-${columns.at(-1).replace(/\W/g, "")}`;
  const scroll = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}, table` }, h(
    "table", { "aria-labelledby": id },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Route"),
      columns.map(name => h("th", { scope: "col", class: "number" }, name)), h("th", { scope: "col" }, "Over time"))),
    body));
  const element = h("section", { class: "panel routes", "aria-labelledby": id }, h("h2", { id }, title), wrong, caption, scroll, empty);
  const update = ({ all, parts, from, to, words, hasBegun, problem, isStoreAway }) => {
    replace(wrong, problem ? trouble(problem) : isStoreAway ? trouble(STORE_AWAY) : []);
    const rows = [...all.routes].filter(([, route]) => fits(route)).sort(([, one], [, other]) => order(one, other));
    caption.hidden = scroll.hidden = rows.length === 0;
    replace(empty, rows.length > 0 ? [] : nothing(hasBegun ? `${none} That is of the last ${words}.` : "Not enough samples yet."));
    replace(caption, rows.length > LIMIT ? `${LIMIT} of ${count(rows.length, "route")}. ${legend}` : legend);
    const shown = rows.slice(0, LIMIT);
    const height = top(shown);
    replace(body, shown.map(([name, route]) => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, name)),
      cells(route).map(text => h("td", { class: "number" }, text)),
      h("td", {}, spark(`${name}: ${label(route)}`, { from, to, top: height, lines: lines.map(line => points(parts, name, line)) })))));
  };
  return { element, update };
}

/** A line of a route, of all parts: what was not asked for then is not known. */
function points(parts, name, line) {
  return parts.map(part => {
    const route = part.routes.get(name);
    return { at: part.at, value: route ? line(route) : null, isJoined: part.isJoined };
  });
}
