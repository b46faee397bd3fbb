// The origins, each with its checks and its Caddy.

import { h, svg } from "../lib/dom.js";
import { ago, clock, count, number, percent } from "../lib/format.js";
import { stateOf } from "../lib/origins.js";
import { nothing, symbol } from "../lib/panel.js";

/** How many of them are up, and what else is to be said: `[figure, detail]`; null where there are none. */
export function upCount({ origins }) {
  const states = origins.map(stateOf);
  const old = states.filter(({ isOld }) => isOld).length;
  const up = states.filter(({ kind }) => kind === "good").length;
  return origins.length === 0 ? null : [`${up} of ${origins.length}`, old > 0 ? `up, ${old} not checked any more` : "up"];
}

/** The list of them. */
export function originList(data) {
  if (!data?.origins?.length) return nothing("No origins are watched: ORIGINS names them.");
  return h("ul", { class: "rows" }, data.origins.map(origin => {
    const { kind, word, isOld, failure } = stateOf(origin);
    return h("li", { class: "row origin" },
      h("p", { class: "main" }, symbol(kind), h("span", { class: "title", title: origin.origin }, origin.origin.replace(/^https?:\/\//, "")),
        h("span", {}, origin.uptime_pct == null ? word : `${word}, ${percent(origin.uptime_pct)}`)),
      strip(origin.recent ?? [], failure),
      h("p", { class: "detail" },
        isOld && h("span", { class: "bad" }, "last check ", ago(origin.last_check)),
        caddy(origin.caddy),
        failure && h("span", { class: "failure", title: reason(failure) }, "failed ", ago(failure.time), ": ", reason(failure))));
  }));
}

const reason = ({ error, status }) => error ?? `it answered ${status}`;

/** The newest checks, oldest at the left: a failed one is short and hangs below. */
function strip(checks, failure) {
  const failed = checks.filter(({ up }) => !up).length;
  const text = `Of the last ${count(checks.length, "check")} ${failed === 0 ? "none" : failed} failed`
    + (failure ? `, the newest at ${clock(failure.time)}: ${reason(failure)}` : "");
  return svg("svg", { class: "strip", viewBox: "0 0 200 20", preserveAspectRatio: "none", role: "img", "aria-label": text },
    svg("title", {}, text),
    checks.map(({ up }, index) => svg("rect", {
      class: up ? "good" : "bad", x: 196 - index * 4, width: 3, y: up ? 0 : 10, height: up ? 14 : 10,
    })));
}

/** What is known of the Caddy in front of it, and of what that could not reach. */
function caddy(state) {
  if (!state) return h("span", {}, "Caddy: not looked at");
  if (!state.up) return h("span", {}, symbol("bad"), "Caddy does not answer");
  const failing = (state.upstreams ?? []).filter(({ fails }) => fails > 0);
  return [
    h("span", {}, `Caddy${state.version ? ` ${state.version}` : ""} up`),
    failing.map(({ address, fails }) => h("span", { class: "bad" }, `${number(fails)} of its requests to ${address} failed`)),
  ];
}
