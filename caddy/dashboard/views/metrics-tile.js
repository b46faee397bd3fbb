// One figure of the metrics: how it is, how it was, and how far it went.

import { chart } from "../lib/chart.js";
import { h, replace, svg } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import { symbol } from "../lib/panel.js";
import { STORE_AWAY } from "./metrics-units.js";

/**
 * A figure with its chart.
 *
 * @param name what it is.
 * @param lines one or two: `{ name, value, format }`, the name where there are two, a function that makes a number or null
 *   of a part of the history, and one that makes a text of that number.
 * @param top the value that the chart has room for at least; a function of the last part.
 * @param nothing what to say where there is no figure.
 * @param more what else there is to say, of the last part: a text or nodes.
 * @param ofStore whether it is the store that knows it.
 * @returns `{ element, update }`
 */
export function tile({ name, lines, top = () => 0, nothing, more = () => null, ofStore = true }) {
  const figures = lines.map(line => ({
    line, figure: h("span", { class: "figure" }, "…"),
  }));
  const detail = h("p", { class: "detail" });
  const reach = h("p", { class: "reach" });
  let parts = [];
  const picture = chart(index => {
    const values = lines.map(line => `${line.name ? `${line.name} ` : ""}${told(line, line.value(parts[index]))}`);
    return `${clock(parts[index].at)}: ${values.join(", ")}`;
  });
  const element = h(
    "section", { class: "panel measure" }, h("h2", {}, name),
    h("p", { class: "figures" }, figures.map(({ line, figure }, index) =>
      h("span", { class: "one" }, figure, line.name && h("span", { class: "which" }, sample(index), line.name)))),
    detail, picture.element, reach);

  const update = ({ recent, parts: all, from, to, words, problem, isStoreAway, hasBegun }) => {
    parts = all;
    const values = lines.map(line => line.value(recent));
    figures.forEach(({ line, figure }, index) => (figure.textContent = told(line, values[index])));
    const wrong = problem ?? (ofStore && isStoreAway ? STORE_AWAY : null);
    const isKnown = values.some(value => value !== null);
    replace(detail, wrong ? h("span", { class: "trouble" }, symbol("bad"), wrong.message)
      : isKnown ? more(recent)
      : hasBegun || !ofStore ? nothing : "Not enough samples yet: the first figure needs two, 5 s apart.");
    const drawn = lines.map(line => parts.map(part => ({ at: part.at, value: line.value(part), isJoined: part.isJoined })));
    const known = drawn.flat().map(({ value }) => value).filter(value => value !== null);
    const range = span(lines, drawn, words);
    replace(reach, range || "Nothing to draw yet.");
    const now = lines.map((line, index) => `${line.name ? `${line.name} ` : ""}${told(line, values[index])}`).join(", ");
    picture.update(`${name}: ${now}. ${range}`, {
      lines: drawn, from, to, top: Math.max(top(recent) ?? 0, ...known, Number.MIN_VALUE),
    });
  };
  return { element, update };
}

const told = ({ format }, value) => (value === null || value === undefined ? "–" : format(value));

/** How far a figure went: of the last line, which is the higher one where there are two. */
function span(lines, drawn, words) {
  const line = lines.at(-1);
  const values = drawn.at(-1).map(({ value }) => value).filter(value => value !== null);
  if (values.length === 0) return "";
  const [least, most] = [line.format(Math.min(...values)), line.format(Math.max(...values))];
  const what = line.name ? `${line.name} ` : "";
  return least === most ? `${what}${most} all the time, in ${words}` : `${what}${least} to ${most}, in ${words}`;
}

/** How a line looks, beside its name. */
const sample = index => svg(
  "svg", { class: "sample", viewBox: "0 0 22 6", "aria-hidden": "true" }, svg("path", { class: `trace trace-${index + 1}`, d: "M1 3h20" }));
