// A schema (JSON Schema 2020-12, as OpenAPI has it), for people to read.

import { h } from "../lib/dom.js";
import { resolve } from "./api-document.js";

/** How deep it is shown, and how many parts of it: what goes on is named only. */
const DEPTH = 7;
const PARTS = 400;

/** Shows it. */
export function schema(document, node) {
  const budget = { left: PARTS };
  return h("div", { class: "schema" }, show(document, node, [], budget));
}

/** A text in which `code` is marked, and paragraphs are. */
export function prose(text) {
  return String(text ?? "").split(/\n{2,}/).filter(Boolean).map(paragraph => h("p", {}, inline(paragraph)));
}

/** The same in one line. */
export const inline = text =>
  String(text ?? "").split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));

function show(document, given, trail, budget) {
  const { node, names } = resolve(document, given);
  const name = names.at(-1)?.split("/").at(-1);
  budget.left -= 1;
  if (names.some(each => trail.includes(each))) return h("p", {}, "as above: ", h("code", {}, name));
  if (budget.left < 0 || trail.length > DEPTH) return h("p", { class: "quiet" }, `and more${name ? `: ${name}` : ""}`);
  const inside = [...trail, ...(names.length > 0 ? names : ["…"])];
  const parts = [];
  const choices = node.oneOf ?? node.anyOf;
  const line = [kind(node), ...limits(node)].filter(text => text !== "any" || !choices);
  if (line.length > 0) parts.push(h("span", { class: "schema-kind" }, line.join(", ")));
  if (node.description) parts.push(h("span", { class: "schema-text" }, inline(node.description)));
  for (const part of node.allOf ?? []) parts.push(show(document, part, inside, budget));
  if (choices?.some(choice => choice.$ref || choice.type || choice.enum)) {
    parts.push(h("p", {}, "one of"), h("ul", {}, choices.map(choice => h("li", {}, show(document, choice, inside, budget)))));
  }
  const properties = Object.entries(node.properties ?? {});
  if (properties.length > 0) {
    parts.push(h("ul", { class: "schema-members" }, properties.map(([member, value]) =>
      h("li", {}, h("code", { class: "schema-name" }, member),
        node.required?.includes(member) && h("span", { class: "required" }, "required"), show(document, value, inside, budget)))));
  }
  if (node.additionalProperties && typeof node.additionalProperties === "object") {
    parts.push(h("p", {}, "each further member: ", show(document, node.additionalProperties, inside, budget)));
  }
  if (node.items) parts.push(h("div", { class: "schema-items" }, h("span", {}, "each: "), show(document, node.items, inside, budget)));
  return parts;
}

function kind(node) {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map(value => JSON.stringify(value)).join(" | ");
  const types = [node.type ?? (node.properties || node.allOf ? "object" : [])].flat();
  return types.map(type => ({ array: "list", null: "null" })[type] ?? type).join(" or ") || "any";
}

function limits(node) {
  const texts = [];
  const between = (least, most, unit) => {
    if (least !== undefined && most !== undefined) texts.push(`${least} to ${most}${unit}`);
    else if (least !== undefined) texts.push(`at least ${least}${unit}`);
    else if (most !== undefined) texts.push(`at most ${most}${unit}`);
  };
  between(node.minimum, node.maximum, "");
  between(node.minLength, node.maxLength, " characters");
  between(node.minItems, node.maxItems, " entries");
  if (node.format) texts.push(node.format);
  if (node.pattern) texts.push(`like ${node.pattern}`);
  if (node.default !== undefined) texts.push(`default ${JSON.stringify(node.default)}`);
  return texts;
}

/** Characters of a pattern that still tells people something. */
const READABLE = 30;

/** What a parameter takes, in a short sentence. */
export function rule(document, given) {
  const { node } = resolve(document, given);
  const parts = limits(node.pattern?.length > READABLE ? { ...node, pattern: undefined } : node);
  const text = [node.enum ? null : kind(node), ...parts].filter(part => part && part !== "any").join(", ");
  return text && `(${text})`;
}
