// All that the document says of a route, and a form to try it.

import { h, replace } from "../lib/dom.js";
import { resolve } from "./api-document.js";
import { form } from "./api-form.js";
import { inline, prose, schema } from "./api-schema.js";

/** Shows it. Returns what ends it. */
export function route(root, document, operation) {
  const made = form(document, operation);
  replace(root,
    h("div", { class: "route-text" },
      prose(operation.description),
      operation.body && [h("h3", {}, "Body"), content(document, operation.body)],
      h("h3", {}, "Answers"),
      operation.responses.map(([status, given]) => response(document, status, resolve(document, given).node))),
    made.element);
  return made.stop;
}

function response(document, status, node) {
  const names = Object.keys(node.headers ?? {});
  if (!node.content && names.length === 0) return h("p", { class: "response" }, code(status), inline(node.description));
  return later(h("summary", {}, code(status), h("span", {}, inline(node.description))), () => [
    names.length > 0 && h("p", { class: "quiet" }, "Headers: ", names.map((name, index) => [index > 0 && ", ", h("code", {}, name)])),
    content(document, node),
  ]);
}

const code = status => h("code", { class: "status" }, status);

function content(document, node) {
  return [
    node.description && node.required !== undefined && prose(node.description),
    Object.entries(node.content ?? {}).map(([type, media]) => [
      h("p", { class: "quiet" }, h("code", {}, type), node.required && h("span", { class: "required" }, "required")),
      media.schema && schema(document, media.schema),
    ]),
  ];
}

/** Something that is made once it is opened. */
function later(summary, make) {
  const place = h("div", { class: "later" });
  return h("details", { class: "response", ontoggle: event => event.target.open && place.childElementCount === 0 && replace(place, make()) },
    summary, place);
}
