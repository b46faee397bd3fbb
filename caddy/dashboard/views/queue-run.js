// A run: how far it is, what went wrong, and its log as it is written.

import * as credentials from "../lib/credentials.js";
import { h, replace } from "../lib/dom.js";
import * as events from "../lib/events.js";
import { ago, duration } from "../lib/format.js";
import { sign, trouble } from "../lib/panel.js";
import { ask } from "../lib/resource.js";
import { follow } from "../lib/stream.js";
import { facts } from "./queue-rows.js";
import { RETRY } from "./queue-source.js";
import { outcome, STATES } from "./queue-words.js";

/** Lines that are kept of a log: as many as the server keeps. */
const LINES = 1000;

/**
 * Shows it, and follows it to its end.
 *
 * @param token the name of the token that has been shown.
 * @returns `{ update(), stop() }`
 */
export function detail(root, id, token) {
  const path = `/deploy/${encodeURIComponent(id)}`;
  const told = h("div", {}, h("p", { class: "quiet" }, "Loading …"));
  const log = viewer(id);
  let isStopped = false, turn = 0, retry = 0, end = () => {};
  replace(root, told, log.element);

  const look = async () => {
    const mine = ++turn;
    clearTimeout(retry);
    try {
      const { data } = await ask(path, { headers: credentials.headers(token) });
      if (!isStopped && mine === turn) replace(told, state(data));
    } catch (problem) {
      if (isStopped || mine !== turn) return;
      replace(told, trouble(problem));
      if (problem.isPassing) retry = setTimeout(look, RETRY);
    }
  };
  look();
  end = follow(`${path}/log`, {
    headers: () => credentials.headers(token),
    isOver: ({ type }) => type === "end",
    onEvent: ({ id: number, type, data }) => {
      if (type === "message") log.add(Number(number), data);
      else if (type === "gap") log.begin("… the lines before are no longer kept …");
      else if (type === "end") {
        log.end(data);
        look();
      }
    },
    onState: (name, problem) => log.say(name === "open" ? "It goes on as it is written." : name === "waiting" ? problem.message : "Connecting …"),
    onRefused: log.refuse,
  });
  const stops = [events.on("deployment", ({ data }) => data.id === id && look()), events.on("gap", look)];
  return {
    // What changes is told by events.
    update: () => {},
    stop: () => {
      isStopped = true;
      clearTimeout(retry);
      for (const stop of stops) stop();
      end();
    },
  };
}

function state(run) {
  const [kind, word] = outcome(STATES, run.status);
  const isOver = run.finished_at !== null;
  return [
    run.next_step && h("p", { class: "next-step" }, h("strong", {}, "What to do: "), run.next_step),
    run.error && h("p", { class: "trouble" }, run.error),
    facts([
      ["State", sign(kind, word)], [isOver && kind !== "good" ? "Failed in" : "Phase", run.phase.replaceAll("_", " ")],
      ["Service", run.service], ["Version", run.sha && h("code", { class: "wide" }, run.sha)], ["Kind", run.kind],
      ["Hosts", run.hosts.join(", ")], ["At", !isOver || kind !== "good" ? run.host : null], ["Mode", run.mode],
      ["Called by", run.caller], ["Reason", run.reason], ["Asked for", ago(run.created_at)],
      ["Began", run.started_at && ago(run.started_at)],
      ["Took", run.started_at && run.finished_at && duration((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000)],
      ["Last health", run.last_health],
      ["In the queue", run.deployment_id && h("a", { class: "wide", href: `#/queue?id=${encodeURIComponent(run.deployment_id)}` }, run.deployment_id)],
      ["Id", h("code", { class: "wide" }, run.id)],
    ]),
    run.container_logs.length > 0 && h("details", {},
      h("summary", {}, "The last lines of the new version's container"),
      h("pre", { class: "log", tabindex: "0", role: "region", "aria-label": "Log of the container" }, run.container_logs.join("\n"))),
  ];
}

/** The log: a reader who is at its end stays there, and any other is left alone. */
function viewer(id) {
  const lines = h("div", { class: "log", role: "log", tabindex: "0", "aria-label": `Log of the run ${id}` });
  const said = h("p", { class: "quiet", role: "status" });
  const level = text => ({ ERROR: "bad", WARN: "warn", WARNING: "warn" })[text.match(/^\[[^\]]*\] \[(\w+)\]/)?.[1]];
  const element = h("div", {}, h("h3", {}, "Log"), lines, said);
  let last = 0;
  return {
    element,
    /** Adds a line, unless it has come before. */
    add: (number, text) => {
      if (number <= last) return;
      last = number;
      const isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 8;
      lines.append(h("div", { class: level(text) }, text));
      if (lines.childElementCount > LINES) lines.firstElementChild.remove();
      if (isAtEnd) lines.scrollTop = lines.scrollHeight;
    },
    /** What follows is all that there is. */
    begin: text => {
      last = 0;
      replace(lines, h("div", { class: "quiet" }, text));
    },
    say: text => replace(said, text),
    refuse: problem => {
      // That there is no such run is said above.
      if (problem.status === 404 && last === 0) element.hidden = true;
      else replace(said, problem.message);
    },
    end: data => {
      let status = "";
      try {
        ({ status } = JSON.parse(data));
      } catch {
        // It has ended all the same.
      }
      const [kind, word] = outcome(STATES, status || "over");
      replace(said, "This is its end: ", sign(kind, word));
    },
  };
}
