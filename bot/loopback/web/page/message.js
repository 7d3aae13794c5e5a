// One message: author, time, content, attachments, embeds, components and reactions.
import { current, findMember } from "./api.js";
import { components } from "./components.js";
import { colour, download, el, eyeIcon, link, picture } from "./dom.js";
import { inline, markdown } from "./markdown.js";

const LOADING = 1 << 7;
const COMPONENTS_V2 = 1 << 15;
const CONTEXT_MENU_RESPONSE = 23;
const AVATAR_COLOURS = 8;
const GROUPING_TIME = 7 * 60 * 1000; // ms between messages that share one header
const HIGHLIGHT_TIME = 1500; // ms

/** Show a user's avatar: the icon for a bot, else a letter on a colour that depends on the name. */
export function avatar(user, isSmall = false) {
  const attributes = { class: isSmall ? "avatar small" : "avatar", "aria-hidden": "true" };
  if (user.bot) return el("span", attributes, el("img", { src: "icon.svg", alt: "" }));
  const name = user.display_name ?? displayName(user);
  const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0), 0);
  attributes.class += ` hue${sum % AVATAR_COLOURS}`;
  return el("span", attributes, name[0].toUpperCase());
}

/** Return the display name of a user object. */
export const displayName = (user) => user.global_name ?? user.username;

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

function timeElement(iso) {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  const text = isToday ? TIME.format(date) : `${DATE.format(date)}, ${TIME.format(date)}`;
  return el("time", { datetime: iso, title: date.toLocaleString() }, text);
}

/**
 * Create the list item of a message; `previous` is the message above it. `handlers` are called
 * for its controls: `use`, `reply`, `openApps` and `dismiss`.
 */
export function messageItem(message, previous, handlers) {
  const isGrouped = continuesGroup(message, previous);
  const mentionsMe = message.mention_everyone
    || message.mentions.some((user) => findMember(user.id)?.name === current.me);
  const classes = ["message", isGrouped && "grouped", mentionsMe && "mentions-me",
    message.ephemeral && "ephemeral"];
  const name = displayName(message.author);
  const body = el("div", { class: "body" });
  const item = el("li", {
    id: `message-${message.id}`, class: classes.filter(Boolean).join(" "), "aria-label": name,
  }, contextLine(message), isGrouped ? null : avatar(message.author), body);
  if (isGrouped) body.append(el("span", { class: "visually-hidden" }, `${name}: `));
  else {
    const tag = message.author.bot ? el("span", { class: "app-tag" }, "APP") : null;
    body.append(el("div", { class: "head" },
      el("strong", {}, name), tag, timeElement(message.timestamp)));
  }
  body.append(...content(message, handlers), ...reactions(message));
  if (message.ephemeral) body.append(ephemeralNote(() => handlers.dismiss(message)));
  const isLoading = message.flags & LOADING;
  if (!isLoading && !message.ephemeral) item.append(toolbar(message, handlers));
  return item;
}

function continuesGroup(message, previous) {
  const isClose = previous
    && new Date(message.timestamp) - new Date(previous.timestamp) < GROUPING_TIME;
  const hasContext = message.interaction || message.message_reference;
  return isClose && !hasContext && previous.author.id === message.author.id
    && previous.ephemeral === message.ephemeral;
}

/** The line above a response or a reply, or null. */
function contextLine(message) {
  if (message.interaction) {
    const { user, name } = message.interaction;
    const command = message.type === CONTEXT_MENU_RESPONSE ? name : `/${name}`;
    return el("div", { class: "context" }, avatar(user, true), el("b", {}, displayName(user)),
      " used ", el("span", { class: "mention" }, name && command));
  }
  if (!message.message_reference) return null;
  const original = message.referenced_message;
  if (!original) return el("div", { class: "context" }, el("i", {}, "The message was deleted"));
  const text = preview(original.content.split("\n")[0] || "Click to see the message");
  const author = displayName(original.author);
  return el("div", { class: "context" }, avatar(original.author, true), el("b", {}, author),
    el("button", { type: "button", class: "link-button", onclick: () => jumpTo(original.id),
      "aria-label": `In reply to ${author}: ${text.textContent}` }, text));
}

/** Create text for inside a button, so without the links and buttons that it has elsewhere. */
function preview(content) {
  const node = el("span", {}, inline(content));
  for (const control of node.querySelectorAll("a, button")) {
    const isSpoiler = control.classList.contains("spoiler");
    control.replaceWith(el("span", { class: control.className },
      isSpoiler ? "spoiler" : [...control.childNodes]));
  }
  return node;
}

/** Scroll to a message of the open channel, and highlight it briefly. */
export function jumpTo(id) {
  const item = document.getElementById(`message-${id}`);
  item?.scrollIntoView({ block: "center" });
  item?.classList.add("highlighted");
  setTimeout(() => item?.classList.remove("highlighted"), HIGHLIGHT_TIME);
}

function content(message, handlers) {
  if (message.flags & LOADING) {
    const name = displayName(message.author);
    return [el("p", { class: "thinking", role: "status" },
      animatedDots(), `${name} is thinking…`)];
  }
  const nodes = message.content ? markdown(message.content) : [];
  if (message.edited_timestamp) {
    // As on Discord: after the last word, or on a line of its own where no text is above.
    const title = `Edited ${new Date(message.edited_timestamp).toLocaleString()}`;
    const mark = el("small", { class: "edited", title }, "(edited)");
    if (nodes.at(-1)?.tagName === "P") nodes.at(-1).append(" ", mark);
    else nodes.push(el("p", {}, mark));
  }
  if (!(message.flags & COMPONENTS_V2)) nodes.push(...attachments(message.attachments));
  nodes.push(...message.embeds.map(embedCard), ...components(message, handlers));
  return nodes;
}

/** Three dots, animated unless the reader prefers reduced motion. */
export const animatedDots = () =>
  el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

function attachments(files) {
  return files.map((file) =>
    (/^image\/(png|jpeg|gif|webp)$/.test(file.content_type ?? "")
      ? picture(file, file.description) : download(file)));
}

function embedCard(embed) {
  const node = el("article", { class: "embed", "aria-label": embed.title ?? "Embed" });
  const bar = colour(embed.color);
  if (bar) node.style.setProperty("--bar", bar);
  const text = el("div", { class: "text" });
  if (embed.author) {
    const { name, url } = embed.author;
    text.append(el("p", { class: "author" }, url ? link(url, name) : name));
  }
  if (embed.title) {
    const title = inline(embed.title);
    text.append(el("h3", {}, embed.url ? link(embed.url, ...title) : title));
  }
  if (embed.description) text.append(el("div", { class: "prose" }, markdown(embed.description)));
  if (embed.fields?.length) text.append(embedFields(embed.fields));
  node.append(text);
  const { thumbnail, image } = embed;
  if (thumbnail) {
    node.append(picture(thumbnail, thumbnail.description ?? "Thumbnail", "thumbnail"));
  }
  if (image) node.append(picture(image, image.description ?? embed.title));
  const time = embed.timestamp && timeElement(embed.timestamp);
  const footer = [embed.footer?.text, time].filter(Boolean);
  if (footer.length) {
    const parts = footer.flatMap((part, index) => (index ? [" · ", part] : [part]));
    node.append(el("footer", {}, parts));
  }
  return node;
}

const embedFields = (fields) => el("dl", {}, fields.map((field) =>
  el("div", { class: field.inline ? "inline" : "" },
    el("dt", {}, inline(field.name)), el("dd", {}, markdown(field.value)))));

function reactions(message) {
  if (!message.reactions?.length) return [];
  return [el("p", { class: "reactions" }, message.reactions.map(({ emoji, count }) =>
    el("span", { "aria-label": `${emoji.name}, ${count}` }, emoji.name, " ", String(count))))];
}

/** The note below a message that only the current member can see. */
export const ephemeralNote = (onDismiss) => el("p", { class: "ephemeral-note" },
  eyeIcon(), "Only you can see this · ",
  el("button", { type: "button", class: "link-button", onclick: onDismiss }, "Dismiss message"));

function toolbar(message, handlers) {
  return el("div", { class: "toolbar" },
    el("button", { type: "button", "aria-label": "Reply", title: "Reply",
      onclick: () => handlers.reply(message) }, "↩"),
    el("button", {
      type: "button", "aria-haspopup": "menu", "aria-label": "Apps", title: "Apps",
      onclick: (event) => handlers.openApps(message, event.currentTarget),
    }, "⋯"));
}
