// A form to try a route.

import { h, replace } from "../lib/dom.js";
import { answer } from "./api-answer.js";
import { examples, resolve } from "./api-document.js";
import { canSign, command, signature, target } from "./api-request.js";
import { inline, rule } from "./api-schema.js";

/** What was typed in as credentials, by the name of their scheme: in this page's memory only. */
const typed = new Map();
let last = 0;

/** The form of an operation: `{ element, stop }`. */
export function form(document, operation) {
  const name = `${operation.method} ${operation.path}`;
  const fields = operation.parameters.map(parameter => field(document, parameter));
  const isExtra = ({ parameter }) => parameter.in === "header" && !parameter.required;
  const [type, media] = Object.entries(operation.body?.content ?? {})[0] ?? [];
  const body = media && editor(document, media);
  const access = credentials(document, operation.security);
  const isStream = operation.responses.some(([, given]) => resolve(document, given).node.content?.["text/event-stream"]);
  const shell = h("pre", { class: "shell", tabindex: "0", role: "region", "aria-label": `${name} as a command` });
  const result = answer(name);

  const request = () => {
    const values = fields.map(({ parameter, control }) => [parameter, control.value.trim()]);
    const headers = values.filter(([{ in: place }, value]) => place === "header" && value).map(([{ name }, value]) => [name, value]);
    if (body) headers.push(["Content-Type", type]);
    return { url: target(operation.path, values), headers, body: body ? body.control.value : null };
  };
  const tell = () => {
    const { url, headers, body: text } = request();
    shell.textContent = command({
      method: operation.method, url: location.origin + url, headers, body: text, credentials: access.given(), isStream,
    });
  };
  const send = async event => {
    event.preventDefault();
    const { url, headers, body: text } = request();
    const all = new Headers();
    try {
      for (const [name, value] of headers) all.set(name, value);
      for (const { kind, name, value } of access.given()) {
        if (!value) continue;
        if (kind === "bearer") all.set("Authorization", `Bearer ${value}`);
        else if (kind === "header") all.set(name, value);
        else if (canSign) all.set(name, await signature(value, text ?? ""));
      }
    } catch {
      replace(wrong, "A header or a token has characters that no header can have; correct it.");
      return;
    }
    replace(wrong);
    result.send(url, { method: operation.method, headers: all, body: text });
  };

  const wrong = h("p", { class: "trouble", role: "alert" });
  const element = h("form", { class: "try", "aria-label": `Try ${name}`, onsubmit: send, oninput: tell, onchange: tell },
    h("h3", {}, "Try it"),
    fields.filter(each => !isExtra(each)).map(({ element: made }) => made),
    fields.some(isExtra) && h("details", {}, h("summary", {}, "Headers"), fields.filter(isExtra).map(({ element: made }) => made)),
    body?.element, access.element,
    h("div", { class: "bar" }, h("button", { type: "submit", class: "primary" }, "Send"),
      operation.method !== "GET" && h("span", { class: "quiet" }, "It is done for real, by this server.")),
    wrong, result.element, h("h3", {}, "The same as a command"), shell);
  tell();
  return { element, stop: result.stop };
}

function field(document, parameter) {
  const id = `parameter-${(last += 1)}`;
  const { node } = resolve(document, parameter.schema);
  const values = node.enum ?? (node.type === "boolean" ? [true, false] : null);
  const hint = node.default !== undefined ? `default ${node.default}` : parameter.example !== undefined ? `such as ${parameter.example}` : "";
  const shared = { id, "aria-describedby": `${id}-text`, required: parameter.in === "path" };
  const control = values
    ? h("select", shared, h("option", { value: "" }, "not set"), values.filter(value => value !== "" && value !== null).map(value => h("option", { value }, String(value))))
    : h("input", { ...shared, type: "text", placeholder: hint, autocomplete: "off", spellcheck: "false" });
  return {
    parameter, control,
    element: h("div", { class: "field" },
      h("label", { for: id }, h("code", {}, parameter.name), h("span", { class: "quiet" }, `in the ${parameter.in}`),
        parameter.required && h("span", { class: "required" }, "required")),
      control,
      h("p", { id: `${id}-text`, class: "quiet" }, inline(parameter.description), " ", rule(document, parameter.schema))),
  };
}

function editor(document, media) {
  const id = `body-${(last += 1)}`;
  const given = examples(document, media);
  const text = ({ value }) => JSON.stringify(value, null, 2) ?? "";
  const control = h("textarea", { id, rows: Math.min(16, text(given[0]).split("\n").length + 1), spellcheck: "false", autocomplete: "off" });
  control.value = text(given[0]);
  const choice = given.length > 1 && h("label", {}, "Example",
    h("select", { onchange: event => (control.value = text(given[event.target.selectedIndex])) }, given.map(({ name }) => h("option", {}, name))));
  return { control, element: h("div", { class: "field" }, h("label", { for: id }, "Body"), choice, control) };
}

/** What the route wants to be shown: one of several ways, each of one scheme or more. */
function credentials(document, security) {
  if (security.length === 0) return { element: null, given: () => [] };
  const schemes = document.components?.securitySchemes ?? {};
  const ways = security.map(way => Object.keys(way));
  const place = h("div", {});
  let controls = [];
  const show = way => {
    controls = way.map(name => {
      const scheme = resolve(document, schemes[name]).node;
      const kind = scheme.type === "http" ? "bearer" : /signature/i.test(scheme.name) ? "signature" : "header";
      const id = `credential-${(last += 1)}`;
      const control = h("input", {
        id, type: kind === "header" ? "text" : "password", autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-text`,
        disabled: kind === "signature" && !canSign, oninput: () => typed.set(name, control.value.trim()),
      });
      control.value = typed.get(name) ?? "";
      const label = { bearer: "Token", signature: "Secret to sign the body with", header: scheme.name }[kind];
      return {
        kind, name: scheme.name, control,
        element: h("div", { class: "field" }, h("label", { for: id }, label), control,
          h("p", { id: `${id}-text`, class: "quiet" }, inline(scheme.description),
            kind === "signature" && !canSign && " Browsers sign only on pages that come by HTTPS or from this machine: use the command below.")),
      };
    });
    replace(place, controls.map(({ element }) => element));
  };
  const name = way => (way.length === 0 ? "nothing" : way.join(" and ").replaceAll("_", " "));
  // What needs nothing where nothing is set up is tried so first.
  const first = Math.max(0, ways.findIndex(way => way.some(scheme => typed.get(scheme))));
  show(ways[first]);
  const choice = ways.length > 1 && h("label", {}, "Shown to the server", h("select", { onchange: event => show(ways[event.target.selectedIndex]) },
    ways.map((way, index) => h("option", { selected: index === first }, name(way)))));
  return {
    element: h("fieldset", {}, h("legend", {}, "Credentials"),
      h("p", { class: "quiet" }, "Kept in this page's memory only, until the page is closed."), choice, place),
    given: () => controls.map(({ kind, name: header, control }) => ({ kind, name: header, value: control.value.trim() })),
  };
}
