// Message components: buttons, select menus, and the layouts of Components V2.
import { colour, download, el, emoji, picture, safeUrl } from "./dom.js";
import { markdown } from "./markdown.js";
import { selectMenu } from "./select_menu.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

/** Create the components of a message. `handlers.use` runs on a press or a choice. */
export const components = (message, handlers) =>
  message.components.map((part) => component(part, message, handlers)).filter(Boolean);

const children = (part, message, handlers) =>
  (part.components ?? []).map((inner) => component(inner, message, handlers)).filter(Boolean);

// Discord's component types.
const TYPES = {
  1: (part, message, handlers) => el("div", { class: "row" }, children(part, message, handlers)),
  2: button,
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: (part, message, handlers) => el("div", { class: "section" },
    el("div", {}, children(part, message, handlers)),
    component(part.accessory, message, handlers)),
  10: (part) => el("div", { class: "prose" }, markdown(part.content)),
  11: (part) => coverSpoiler(part, picture(part.media, part.description, "thumbnail")),
  12: (part) => el("div", { class: `gallery columns-${Math.min(part.items.length, 3)}` },
    part.items.map((item) => coverSpoiler(item, picture(item.media, item.description)))),
  13: (part) => coverSpoiler(part, download({ ...part, ...part.file, filename: part.name })),
  14: (part) => el("hr", {
    class: `${part.divider === false ? "blank" : ""} ${part.spacing === 2 ? "wide" : ""}`,
  }),
  17: container,
};

function component(part, message, handlers) {
  return TYPES[part?.type]?.(part, message, handlers) ?? null;
}

function container(part, message, handlers) {
  const node = el("section", { class: "container", "aria-label": "Container" },
    children(part, message, handlers));
  const bar = colour(part.accent_color);
  if (bar) node.style.setProperty("--bar", bar);
  return coverSpoiler(part, node);
}

/** Cover `node` if it is a spoiler, with a button that shows it. */
function coverSpoiler(part, node) {
  if (!part.spoiler) return node;
  const cover = el("div", { class: "covered" }, node);
  node.inert = true;
  const showButton = el("button", { type: "button", class: "show-spoiler", onclick: () => {
    node.inert = false;
    cover.classList.remove("covered");
    showButton.remove();
  } }, "Show spoiler");
  cover.append(showButton);
  return cover;
}

function button(part, message, handlers) {
  const content = [emoji(part.emoji), part.label ? el("span", {}, part.label) : null];
  const name = part.label ? undefined : part.emoji?.name;
  const style = STYLES[part.style] ?? "secondary";
  if (style === "link") {
    const href = safeUrl(part.url);
    return el("a", { class: "button link", href, target: "_blank", rel: "noopener noreferrer",
      role: href ? null : "link", "aria-disabled": href ? null : "true" }, content,
    el("span", { "aria-hidden": "true" }, "↗"));
  }
  return el("button", {
    type: "button", class: `button ${style}`, disabled: part.disabled || style === "premium",
    "aria-label": name, "data-custom-id": part.custom_id,
    onclick: (event) => handlers.use(event.currentTarget, message, "press", part),
  }, content);
}

function select(part, message, handlers) {
  return selectMenu(part, { label: part.placeholder || "Make a selection",
    onChoose: (values, opener) => handlers.use(opener, message, "select", part, { values }) }).node;
}
