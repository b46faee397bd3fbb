// A request, as a form describes it: what is sent, and the same as a command.

/** Whether texts can be signed here: browsers do it only for pages that nobody else can have changed on their way. */
export const canSign = globalThis.isSecureContext === true && Boolean(globalThis.crypto?.subtle);

/**
 * Where it goes to. A parameter called `path` is all that follows, with its slashes: what OpenAPI has no word for.
 *
 * @param values by parameter: `[{ name, in }, value]`; those without a value are left out.
 */
export function target(path, values) {
  let filled = path;
  const query = [];
  for (const [{ name, in: place }, value] of values) {
    const encoded = encodeURIComponent(value);
    if (place === "path") filled = filled.replace(`{${name}}`, () => (name === "path" ? encoded.replaceAll("%2F", "/") : encoded));
    else if (place === "query" && value !== "") query.push(`${encodeURIComponent(name)}=${encoded}`);
  }
  return query.length > 0 ? `${filled}?${query.join("&")}` : filled;
}

/** `sha256=` and the HMAC-SHA256 (RFC 2104) of a text by a secret, in hexadecimal digits. */
export async function signature(secret, text) {
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const code = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(text)));
  return `sha256=${Array.from(code, byte => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A text as a word of a shell. */
const quoted = text => (/^[A-Za-z0-9_./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/**
 * The command that does the same. Secrets stand in it as the variables `TOKEN` and `SECRET`.
 *
 * @param credentials `[{ kind: "bearer" | "signature" | "header", name, value }]`.
 */
export function command({ method, url, headers, body, credentials, isStream }) {
  const words = [`curl${isStream ? " -N" : ""}${method === "GET" ? "" : ` -X ${method}`} ${quoted(url)}`];
  const signed = credentials.find(({ kind }) => kind === "signature");
  for (const [name, value] of headers) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  for (const { kind, name, value } of credentials) {
    if (kind === "bearer") words.push('-H "Authorization: Bearer $TOKEN"');
    if (kind === "header" && value) words.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (kind === "signature") {
      words.push(`-H "${name}: sha256=$(printf %s "$body" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -c-64)"`);
    }
  }
  if (body !== null) words.push(signed ? '--data-raw "$body"' : `--data-raw ${quoted(body)}`);
  return `${signed ? `body=${quoted(body ?? "")}\n` : ""}${words.join(" \\\n  ")}`;
}
