// Lines over time, small: how something was, beside the figure that says how it is.

import { h, replace, svg } from "./dom.js";

const WIDTH = 600;
const HEIGHT = 100;
/** What a line keeps free above and below, so that its own width is not cut off. */
const MARGIN = 4;

/**
 * Draws lines into an SVG.
 *
 * @param lines each a list of `{ at, value, isJoined }`, oldest first: times in milliseconds, null for a value that is not
 *   known, and whether the line goes on from the point before. The second line is dashed, to be told from the first.
 * @param from when the left end is, in milliseconds. @param to when the right end is.
 * @param top the value at the upper end; 0 is the lower one.
 */
function draw(root, { lines, from, to, top }) {
  const x = at => round(((at - from) / (to - from)) * WIDTH);
  const y = value => round(HEIGHT - MARGIN - (Math.min(value, top) / (top || 1)) * (HEIGHT - 2 * MARGIN));
  const paths = lines.flatMap((points, index) => {
    const pieces = joined(points);
    const [dots, long] = [pieces.filter(piece => piece.length === 1), pieces.filter(piece => piece.length > 1)];
    const path = long.map(piece => `M${piece.map(({ at, value }) => `${x(at)} ${y(value)}`).join("L")}`).join("");
    // A point of its own is a line without a length, whose ends are round.
    const alone = dots.map(([{ at, value }]) => `M${x(at)} ${y(value)}h0`).join("");
    const area = index > 0 ? "" : long.map(piece =>
      `M${x(piece[0].at)} ${HEIGHT}${piece.map(({ at, value }) => `L${x(at)} ${y(value)}`).join("")}L${x(piece.at(-1).at)} ${HEIGHT}Z`
    ).join("");
    return [
      area && svg("path", { class: "area", d: area }),
      path && svg("path", { class: `trace trace-${index + 1}`, d: path, "vector-effect": "non-scaling-stroke" }),
      alone && svg("path", { class: `trace trace-${index + 1} dots`, d: alone, "vector-effect": "non-scaling-stroke" }),
    ];
  });
  replace(root, svg("path", { class: "ground", d: `M0 ${HEIGHT}h${WIDTH}`, "vector-effect": "non-scaling-stroke" }), paths);
}

const round = value => Math.round(value * 10) / 10;

/** The pieces of a line between which nothing is known. */
function joined(points) {
  const pieces = [];
  let isOpen = false;
  for (const point of points) {
    if (point.value === null) {
      isOpen = false;
      continue;
    }
    if (isOpen && point.isJoined) pieces.at(-1).push(point);
    else pieces.push([point]);
    isOpen = true;
  }
  return pieces;
}

/** A line in a table or a text: a picture and no more. `label` says what can be seen on it. */
export function spark(label, drawing) {
  const root = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label });
  draw(root, drawing);
  return root;
}

/**
 * A chart that can be read point by point: where it is pointed at, or by the arrow keys.
 *
 * @param say makes a text of the index of a point of the first line.
 * @returns `{ element, update(label, drawing) }`, see `draw`.
 */
export function chart(say) {
  const root = svg("svg", { class: "traces", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", tabindex: 0 });
  const mark = h("span", { class: "mark", hidden: true });
  const told = h("p", { class: "told", "aria-live": "polite", hidden: true });
  const element = h("div", { class: "chart" }, root, mark, told);
  let shown = null, chosen = null;

  const show = index => {
    const point = index === null ? undefined : shown?.lines[0][index];
    chosen = point ? point.at : null;
    mark.hidden = told.hidden = !point;
    if (!point) return;
    const place = (point.at - shown.from) / (shown.to - shown.from);
    mark.style.left = `${place * 100}%`;
    told.classList.toggle("early", place < 0.5);
    const text = say(index);
    if (told.textContent !== text) told.textContent = text;
  };
  const nearest = at => {
    const points = shown?.lines[0] ?? [];
    let best = null;
    points.forEach((point, index) => {
      if (best === null || Math.abs(point.at - at) < Math.abs(points[best].at - at)) best = index;
    });
    return best;
  };

  root.addEventListener("pointermove", event => {
    if (!shown) return;
    const box = root.getBoundingClientRect();
    show(nearest(shown.from + ((event.clientX - box.left) / box.width) * (shown.to - shown.from)));
  });
  root.addEventListener("pointerleave", () => show(null));
  root.addEventListener("blur", () => show(null));
  root.addEventListener("keydown", event => {
    const last = (shown?.lines[0].length ?? 0) - 1;
    const index = chosen === null ? null : nearest(chosen);
    const next = {
      ArrowLeft: index === null ? last : Math.max(0, index - 1), ArrowRight: index === null ? last : Math.min(last, index + 1),
      Home: 0, End: last, Escape: null,
    };
    if (!Object.hasOwn(next, event.key) || last < 0) return;
    event.preventDefault();
    show(next[event.key]);
  });

  return {
    element,
    update: (label, drawing) => {
      shown = drawing;
      root.setAttribute("aria-label", label);
      draw(root, drawing);
      // What is read stays what it was, while the picture moves on.
      if (chosen !== null) show(chosen < drawing.from ? null : nearest(chosen));
    },
  };
}
