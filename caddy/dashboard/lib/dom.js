// Elements, made of text: nothing that comes from a server is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. Attributes: `onclick` and its like are listeners, `true` is an attribute without a value, and null, undefined
 * and false are none. Children: nodes, texts, numbers, and lists of these; null, undefined and false are none.
 */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of SVG, likewise. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false);
}

/** Puts something in the place of all that an element has. */
export function replace(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * A link to another site, or only its text: an address that a server names is followed only if it is one of the web, and
 * not a script.
 */
export function link(address, text, attributes) {
  const isWeb = typeof address === "string" && /^https?:\/\//i.test(address) && URL.canParse(address);
  if (!isWeb) return h("span", attributes, text);
  return h("a", { href: address, rel: "noreferrer", ...attributes }, text);
}

/** Loads a style sheet of this directory, once. Resolves when it is there, or is not to be had. */
export function style(name) {
  const href = `style/${name}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise(done => {
    document.head.append(h("link", { rel: "stylesheet", href, onload: () => done(), onerror: () => done() }));
  });
}
