// Prometheus' text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,?)/y;
const SPACE = /[ \t]*/y;
const TIME = /^-?\d+$/;

/**
 * Reads metrics.
 *
 * @param text what the server answered.
 * @returns a map from names to the samples that have them, each `{ labels, value }`.
 * @throws SyntaxError that names the line which is neither a sample, nor a comment, nor empty.
 */
export function parse(text) {
  const samples = new Map();
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const found = sample(line);
    if (!found) throw new SyntaxError(`Line ${index + 1} of the metrics is no sample.`);
    if (!samples.has(found.name)) samples.set(found.name, []);
    samples.get(found.name).push({ labels: found.labels, value: found.value });
  });
  return samples;
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
