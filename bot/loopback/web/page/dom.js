// DOM helpers. They never use innerHTML: text of people and bots only becomes text nodes.

const [MAX_WIDTH, MAX_HEIGHT] = [520, 340]; // px of a picture

/** Create an element. Functions in `attributes` become event listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const EYE = "M1 8s2.5-5 7-5 7 5 7 5-2.5 5-7 5-7-5-7-5zm7 2.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z";

/** Draw an eye, the mark of private messages. An emoji would need a font that has it. */
export function eyeIcon() {
  const icon = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", EYE);
  path.setAttribute("fill-rule", "evenodd");
  for (const [name, value] of [["class", "icon"], ["viewBox", "0 0 16 16"], ["aria-hidden", "true"]]) {
    icon.setAttribute(name, value);
  }
  icon.append(path);
  return icon;
}

let lastId = 0;

/** Return an element id that is unique on the page. */
export const uniqueId = (prefix) => `${prefix}-${++lastId}`;

/** Return a URL that is safe to link (http or https), or null. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Link to an external URL, or show only the text if the URL is not safe. */
export function link(url, ...children) {
  const href = safeUrl(url);
  const content = children.length ? children : [url];
  if (!href) return el("span", {}, ...content);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...content);
}

// With its size known before it loads, a picture moves nothing below it.
function displaySize({ width, height }) {
  if (!width || !height) return {};
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** Show an attached picture. An external one is only linked, never loaded. */
export function picture(media, description, cssClass = "picture") {
  const url = media?.proxy_url ?? media?.url ?? "";
  if (!url.startsWith("files/")) return el("span", { class: "external" }, "Picture: ", link(url));
  const alt = description || media.description || url.split("/").pop();
  return el("a", { href: url, target: "_blank", rel: "noopener", class: cssClass },
    el("img", { src: url, alt, loading: "eager", ...displaySize(media) }));
}

/** Format a file size: `1.5 KB`. */
export function formatSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const [unit, count] = bytes < 1 << 20 ? ["KB", bytes / 1024] : ["MB", bytes / (1 << 20)];
  return `${count.toFixed(1)} ${unit}`;
}

/** Create the download link of a file. */
export function download(file) {
  const name = file.filename ?? file.name ?? file.url.split("/").pop();
  const size = file.size === undefined || file.size === null ? null : formatSize(file.size);
  const href = file.url.startsWith("files/") ? file.url : null;
  return el("a", { class: "file", href, download: name },
    el("span", { class: "file-icon", "aria-hidden": "true" }, "⤓"),
    el("span", {}, el("b", {}, name), size ? el("small", {}, size) : null));
}

/** Convert Discord's colour number to CSS, or null. */
export const colour = (number) =>
  typeof number === "number" ? `#${number.toString(16).padStart(6, "0")}` : null;

/** Show the emoji of a button or option; a custom one by its name. */
export const emoji = (data) =>
  data?.name ? el("span", { class: "emoji", "aria-hidden": "true" },
    data.id ? `:${data.name}:` : data.name) : null;
