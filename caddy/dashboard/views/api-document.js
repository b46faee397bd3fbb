// The description of all routes (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.1.html), as far as the page reads it.

/** References that are followed one after the other. */
const HOPS = 20;
/** How deep an example is made. */
const DEPTH = 6;

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];

/**
 * What a node of the document stands for: itself, or what its `$ref` names, with the members beside that above it.
 *
 * @returns `{ node, names }`: names of the references that were followed, so that a circle can be told.
 */
export function resolve(document, node) {
  const names = [];
  let found = node, beside = {};
  while (typeof found?.$ref === "string" && names.length < HOPS) {
    const { $ref: reference, ...members } = found;
    beside = { ...members, ...beside };
    names.push(reference);
    found = reference.startsWith("#/")
      ? reference.slice(2).split("/").reduce((at, name) => at?.[decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~")], document)
      : undefined;
    if (names.indexOf(reference) < names.length - 1) break;
  }
  return { node: names.length > 0 && found && typeof found === "object" ? { ...found, ...beside } : found ?? {}, names };
}

/** Every operation: `{ id, method, path, tag, summary, description, parameters, body, responses, security }`. */
export function operations(document) {
  const found = [];
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const parameters = new Map();
      for (const given of [...(item.parameters ?? []), ...(operation.parameters ?? [])]) {
        const { node } = resolve(document, given);
        parameters.set(`${node.in} ${node.name}`, node);
      }
      found.push({
        id: operation.operationId ?? `${method} ${path}`, method: method.toUpperCase(), path, tag: operation.tags?.[0] ?? "other",
        summary: operation.summary ?? "", description: operation.description ?? "", parameters: [...parameters.values()],
        body: operation.requestBody && resolve(document, operation.requestBody).node,
        responses: Object.entries(operation.responses ?? {}), security: operation.security ?? document.security ?? [],
      });
    }
  }
  return found;
}

/** The examples of a media type: `[{ name, value }]`, one made of its schema where it gives none. */
export function examples(document, media) {
  if (media.example !== undefined) return [{ name: "example", value: media.example }];
  const given = Object.entries(media.examples ?? {}).map(([name, entry]) => {
    const { node } = resolve(document, entry);
    return { name: node.summary ?? name, value: node.value };
  });
  return given.length > 0 ? given : [{ name: "example", value: example(document, media.schema, 0) }];
}

function example(document, schema, depth) {
  const { node } = resolve(document, schema);
  if (node.example !== undefined) return node.example;
  if (node.examples?.length > 0) return node.examples[0];
  if (node.const !== undefined) return node.const;
  if (node.default !== undefined) return node.default;
  if (node.enum?.length > 0) return node.enum[0];
  if (depth > DEPTH) return null;
  const choice = node.anyOf?.[0] ?? node.oneOf?.find(each => each.properties || each.$ref);
  if (choice && !node.properties) return example(document, choice, depth + 1);
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  if (type === "object" || node.properties || node.allOf) {
    const all = (node.allOf ?? []).map(part => example(document, part, depth + 1));
    const required = node.required ?? node.oneOf?.[0]?.required ?? [];
    const own = Object.entries(node.properties ?? {}).filter(([name]) => required.length === 0 || required.includes(name));
    return Object.assign({}, ...all, Object.fromEntries(own.map(([name, value]) => [name, example(document, value, depth + 1)])));
  }
  if (type === "array") return [example(document, node.items, depth + 1)];
  return { string: "", integer: 0, number: 0, boolean: false }[type] ?? null;
}
