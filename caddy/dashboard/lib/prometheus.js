// Prometheus' text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,?)/y;
const SPACE = /[ \t]*/y;
const TIME = /^-?\d+$/;
const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/;

/**
 * Reads metrics.
 *
 * @param text what the server answered.
 * @returns samples by their name, each a list of `{ labels, value }`, and what is said about a metric by its name:
 *   `{ samples: Map, help: Map, type: Map }`.
 * @throws SyntaxError that names the line which is neither a sample, nor a comment, nor empty.
 */
export function parse(text) {
  const result = { samples: new Map(), help: new Map(), type: new Map() };
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "") return;
    if (line.startsWith("#")) return comment(line, result);
    const found = sample(line);
    if (!found) throw new SyntaxError(`Line ${index + 1} of the metrics is no sample.`);
    if (!result.samples.has(found.name)) result.samples.set(found.name, []);
    result.samples.get(found.name).push({ labels: found.labels, value: found.value });
  });
  return result;
}

function comment(line, { help, type }) {
  const [, word, name, text = ""] = COMMENT.exec(line) ?? [];
  // Of a help's text, only backslashes and line feeds are escaped.
  if (word === "HELP") help.set(name, text.replace(/\\([\\n])/g, (_, letter) => (letter === "n" ? "\n" : "\\")));
  if (word === "TYPE") type.set(name, text);
}

/** A line `name{label="value",…} value [time]`; null if it is none. */
function sample(line) {
  const name = take(NAME, line, 0);
  if (!name) return null;
  const labels = Object.create(null);
  let position = NAME.lastIndex + take(SPACE, line, NAME.lastIndex)[0].length;
  if (line[position] === "{") {
    position += 1;
    for (let label; (label = take(LABEL, line, position)); ) {
      labels[label[1]] = unescaped(label[2]);
      position = LABEL.lastIndex;
      if (label[3] === "") break;
    }
    position += take(SPACE, line, position)[0].length;
    if (line[position] !== "}") return null;
    position += 1;
  } else if (position === NAME.lastIndex) {
    // A value stands apart from its name.
    return null;
  }
  const [value, time, ...more] = line.slice(position).trim().split(/[ \t]+/);
  const read = number(value);
  if (read === null || more.length > 0 || (time !== undefined && !TIME.test(time))) return null;
  return { name: name[0], labels, value: read };
}

function take(pattern, line, position) {
  pattern.lastIndex = position;
  return pattern.exec(line);
}

const unescaped = text => text.replace(/\\(.)/g, (whole, letter) => ({ "\\": "\\", '"': '"', n: "\n" })[letter] ?? whole);

function number(text) {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
