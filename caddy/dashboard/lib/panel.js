// A part of a page that shows one thing, and says in words where it cannot be had.

import { h, replace } from "./dom.js";
import { span } from "./format.js";

/** Members that say only when the answer was made: the page counts on by itself. */
const AGES = ["age_s", "fetched_at", "last_success_age_s"];

/**
 * A panel that shows what a resource answers.
 *
 * @param title its heading.
 * @param source the resource.
 * @param render makes nodes of the data (null where the answer has no body). It is called only where they have changed, so
 *   that the focus, a selection and a reader's place in it stay.
 * @param remark makes a text of the state, where there is something to say of the data, such as their age.
 * @returns `{ element, stop }`
 */
export function panel(title, source, render, { name = "", actions = [], remark = () => "" } = {}) {
  const body = h("div", { class: "panel-body" }, h("p", { class: "quiet" }, "Loading …"));
  const note = h("p", { class: "panel-note", role: "status", hidden: true });
  const id = `panel-${(panel.count = (panel.count ?? 0) + 1)}`;
  const element = h(
    "section", { class: `panel ${name}`, "aria-labelledby": id },
    h("div", { class: "panel-head" }, h("h2", { id }, title), actions), body, note);
  let shown;
  const stop = source.watch(state => {
    const { data, problem } = state;
    if (data !== undefined) {
      const text = JSON.stringify(data, (name, value) => (AGES.includes(name) ? undefined : value));
      if (text !== shown) {
        shown = text;
        replace(body, render(data, state));
      }
    } else if (problem) {
      replace(body, trouble(problem));
    }
    const text = data === undefined ? "" : problem ? stale(state) : remark(state);
    note.hidden = text === "";
    if (note.textContent !== text) note.textContent = text;
  });
  return { element, stop };
}

/** What to say where something cannot be had. */
export function trouble(problem) {
  return h("p", { class: "trouble" }, symbol("bad"), problem.message);
}

/** What to say of data that could not be had anew: how old they are, and why. */
export const stale = ({ problem, at }) => `As it was ${span((Date.now() - at) / 1000)} ago. ${problem.message}`;

/** Seconds after which what the cache holds of GitHub would have been refreshed, did GitHub answer. */
const REFRESHED = 120;

/** What to say of an answer of the GitHub cache that is older than it should be: a panel's remark. */
export function githubRemark({ headers }) {
  const age = Number(headers?.get("X-Cache-Age"));
  return headers?.get("X-Cache") === "stale" && age > REFRESHED ? `As it was ${span(age)} ago. GitHub does not answer.` : "";
}

/** What to say where there is nothing. */
export const nothing = text => h("p", { class: "quiet" }, text);

const SYMBOLS = { good: "✓", bad: "✕", busy: "●", idle: "○", warn: "!", none: "–" };

/** A sign that needs no colour to be understood. What it means stands beside it in words. */
export function symbol(kind) {
  return h("span", { class: `symbol ${kind}`, "aria-hidden": "true" }, SYMBOLS[kind] ?? SYMBOLS.none);
}

/** Such a sign with its word. */
export const sign = (kind, word) => h("span", { class: `sign ${kind}` }, symbol(kind), word);
