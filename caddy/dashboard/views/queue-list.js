// The panel of a list that may want a token: what both parts of the queue's page have in common.

import { h, replace } from "../lib/dom.js";
import { nothing, stale } from "../lib/panel.js";
import { gate } from "./queue-source.js";

/**
 * Such a panel.
 *
 * @param controls the filters, hidden where nothing may be seen.
 * @param single what stands above the panel, hidden likewise; may be null.
 * @param list the rows, as `rows` makes them.
 * @param word what the button says by which a token is given.
 * @param source returns where the data come from, as `source` makes it.
 * @param onMore called where somebody wants to see more.
 * @returns `{ element, show }`
 */
export function listPanel(title, { controls, single, list, word, source, onMore }) {
  const body = h("div", { class: "panel-body" }, h("p", { class: "quiet" }, "Loading …"));
  const note = h("p", { class: "panel-note", role: "status", hidden: true });
  const told = h("p", { class: "quiet", role: "status" });
  const more = h("button", { type: "button", onclick: onMore }, "Show more");

  /**
   * Shows a state of the source. `describe` is called where there are data, and returns `{ items, words, hasMore, none }`: the
   * rows, what to say of them, whether there are more, and what to say where there are none.
   */
  const show = (state, describe) => {
    const { data, problem, isRefused } = state;
    note.hidden = !problem || data === undefined;
    replace(note, note.hidden ? [] : stale(state));
    controls.hidden = isRefused;
    if (single) single.hidden = isRefused;
    // What was opened is not to be seen any more either, and ends.
    if (isRefused) list.show([]);
    if (data === undefined) {
      replace(told);
      return replace(body, gate(problem, isRefused ? word : "Try again", isRefused ? source().permit : source().refresh));
    }
    const { items, words, hasMore, none } = describe(data);
    list.show(items);
    replace(told, items.length > 0 && words);
    more.hidden = !hasMore;
    if (items.length === 0) return replace(body, nothing(none));
    if (list.element.parentNode !== body) replace(body, list.element, more);
  };

  const element = h("section", { class: "panel", "aria-label": title },
    h("div", { class: "panel-head" }, h("h2", {}, title), told), controls, body, note);
  return { element, show };
}
