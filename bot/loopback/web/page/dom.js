// Elements without innerHTML: what people and bots write becomes text nodes, and nothing else.

const [WIDEST, HIGHEST] = [520, 340]; // px of a picture

/** Make an element. Functions in `about` are listeners, `data` and `aria` their attributes. */
export function el(tag, about = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

let last = 0;

/** Give an id that no other element of the page has. */
export const fresh = (stem) => `${stem}-${++last}`;

/** Give a web address as it may be linked, or null: http and https alone. */
export function safe(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Link to a page outside; text alone where the address is none that may be linked. */
export function link(address, ...children) {
  const href = safe(address);
  const shown = children.length ? children : [address];
  if (!href) return el("span", {}, ...shown);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...shown);
}

/** Give the pixels that a picture will fill, so that nothing moves once it is there. */
function extent({ width, height }) {
  if (!width || !height) return {};
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** Show a picture of ours; one from elsewhere is not fetched, and is told instead. */
export function picture(media, name, kind = "picture") {
  const url = media?.proxy_url ?? media?.url ?? "";
  if (!url.startsWith("files/")) return el("span", { class: "elsewhere" }, "Picture: ", link(url));
  const alt = name || media.description || url.split("/").pop();
  return el("a", { href: url, target: "_blank", rel: "noopener", class: kind },
    el("img", { src: url, alt, loading: "eager", ...extent(media) }));
}

/** Give the size of a file as people say it. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const [unit, count] = bytes < 1 << 20 ? ["KB", bytes / 1024] : ["MB", bytes / (1 << 20)];
  return `${count.toFixed(1)} ${unit}`;
}

/** A file to be fetched. */
export function download(file) {
  const name = file.filename ?? file.name ?? file.url.split("/").pop();
  const extent = file.size === undefined || file.size === null ? null : size(file.size);
  const href = file.url.startsWith("files/") ? file.url : null;
  return el("a", { class: "file", href, download: name },
    el("span", { class: "glyph", "aria-hidden": "true" }, "⤓"),
    el("span", {}, el("b", {}, name), extent ? el("small", {}, extent) : null));
}

/** Give a colour that Discord writes as a number, or null. */
export const colour = (number) =>
  typeof number === "number" ? `#${number.toString(16).padStart(6, "0")}` : null;

/** Show an emoji of a button or an option; a guild's own is told by its name. */
export const emoji = (about) =>
  about?.name ? el("span", { class: "emoji", "aria-hidden": "true" },
    about.id ? `:${about.name}:` : about.name) : null;
