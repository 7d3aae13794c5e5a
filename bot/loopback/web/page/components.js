// What hangs below or makes up a message: buttons, menus, and the layout of components v2.
import { menu } from "./choosing.js";
import { colour, download, el, emoji, picture, safe } from "./dom.js";
import { markdown } from "./markdown.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

/** Give the components of a message. */
export const components = (about, doing) =>
  about.components.map((part) => component(part, about, doing)).filter(Boolean);

const within = (part, about, doing) =>
  (part.components ?? []).map((inner) => component(inner, about, doing)).filter(Boolean);

const KINDS = {
  1: (part, about, doing) => el("div", { class: "row" }, within(part, about, doing)),
  2: button,
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: (part, about, doing) => el("div", { class: "section" },
    el("div", {}, within(part, about, doing)), component(part.accessory, about, doing)),
  10: (part) => el("div", { class: "prose" }, markdown(part.content)),
  11: (part) => hidden(part, picture(part.media, part.description, "thumbnail")),
  12: (part) => el("div", { class: `gallery of${Math.min(part.items.length, 3)}` },
    part.items.map((item) => hidden(item, picture(item.media, item.description)))),
  13: (part) => hidden(part, download({ ...part, ...part.file, filename: part.name })),
  14: (part) => el("hr", {
    class: `${part.divider === false ? "blank" : ""} ${part.spacing === 2 ? "wide" : ""}`,
  }),
  17: container,
};

function component(part, about, doing) {
  return KINDS[part?.type]?.(part, about, doing) ?? null;
}

function container(part, about, doing) {
  const node = el("section", { class: "container", "aria-label": "Container" },
    within(part, about, doing));
  const bar = colour(part.accent_color);
  if (bar) node.style.setProperty("--bar", bar);
  return hidden(part, node);
}

/** Cover what is marked as a spoiler until it is asked for. */
function hidden(part, node) {
  if (!part.spoiler) return node;
  const cover = el("div", { class: "covered" }, node);
  node.inert = true;
  const show = el("button", { type: "button", class: "uncover", onclick: () => {
    node.inert = false;
    cover.classList.remove("covered");
    show.remove();
  } }, "Spoiler: show");
  cover.append(show);
  return cover;
}

function button(part, about, doing) {
  const inside = [emoji(part.emoji), part.label ? el("span", {}, part.label) : null];
  const name = part.label ? undefined : part.emoji?.name;
  const style = STYLES[part.style] ?? "secondary";
  if (style === "link") {
    const href = safe(part.url);
    return el("a", { class: "button link", href, target: "_blank", rel: "noopener noreferrer",
      role: href ? null : "link", "aria-disabled": href ? null : "true" }, inside,
    el("span", { "aria-hidden": "true" }, "↗"));
  }
  return el("button", {
    type: "button", class: `button ${style}`, disabled: part.disabled || style === "premium",
    "aria-label": name, "data-custom-id": part.custom_id,
    onclick: (event) => doing.use(event.currentTarget, about, "press", part),
  }, inside);
}

function select(part, about, doing) {
  return menu(part, { label: part.placeholder || "Make a selection",
    done: (values, opener) => doing.use(opener, about, "select", part, { values }) }).node;
}
