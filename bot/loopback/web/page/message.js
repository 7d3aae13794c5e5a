// One message: who, when, what it says, what hangs on it.
import { components } from "./components.js";
import { colour, download, el, link, picture } from "./dom.js";
import { inline, markdown } from "./markdown.js";
import { here, member } from "./talk.js";

const LOADING = 1 << 7;
const COMPONENTS_V2 = 1 << 15;
const HUES = 8;

/** Give the round picture of someone: the bot's own, or a letter on a colour of their own. */
export function avatar(user, small = false) {
  const about = { class: small ? "avatar small" : "avatar", "aria-hidden": "true" };
  if (user.bot) return el("span", about, el("img", { src: "icon.svg", alt: "" }));
  const name = user.shown ?? user.global_name ?? user.username;
  const hue = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES;
  return el("span", { ...about, class: `${about.class} hue${hue}` }, name[0].toUpperCase());
}

/** Give the name that is shown for a user object. */
export const shownName = (user) => user.global_name ?? user.username;

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

function when(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  const shown = today ? TIME.format(date) : `${DAY.format(date)}, ${TIME.format(date)}`;
  return el("time", { datetime: iso, title: date.toLocaleString() }, shown);
}

/** Give the message as an item of the log; `doing` says what can be done with it. */
export function message(about, before, doing) {
  const follows = continues(about, before);
  const mine = about.mentions.some((user) => member(user.id)?.name === here.me)
    || about.mention_everyone;
  const classes = ["message", follows && "follows", mine && "pings", about.only && "only"];
  const name = shownName(about.author);
  const body = el("div", { class: "body" });
  const item = el("li", {
    id: `message-${about.id}`, class: classes.filter(Boolean).join(" "), "aria-label": name,
  }, origin(about), follows ? null : avatar(about.author), body);
  if (!follows) {
    const tag = about.author.bot ? el("span", { class: "tag" }, "BOT") : null;
    body.append(el("div", { class: "head" }, el("strong", {}, name), tag, when(about.timestamp)));
  } else body.append(el("span", { class: "unseen" }, `${name}: `));
  body.append(...said(about, doing), ...reactions(about));
  if (about.only) body.append(private_(about, doing));
  const loading = about.flags & LOADING;
  if (!loading && !about.only) item.append(toolbar(about, doing));
  return item;
}

function continues(about, before) {
  const near = before && new Date(about.timestamp) - new Date(before.timestamp) < 7 * 60 * 1000;
  const plain = !about.interaction && !about.message_reference;
  return near && plain && before.author.id === about.author.id && before.only === about.only;
}

function origin(about) {
  if (about.interaction) {
    const { user, name } = about.interaction;
    return el("div", { class: "origin" }, avatar(user, true), el("b", {}, shownName(user)),
      " used ", el("span", { class: "mention" }, about.interaction.name && command(about, name)));
  }
  if (!about.message_reference) return null;
  const to = about.referenced_message;
  if (!to) return el("div", { class: "origin" }, el("i", {}, "The message was deleted"));
  const text = to.content.split("\n")[0] || "Click to see the message";
  return el("div", { class: "origin" }, avatar(to.author, true),
    el("b", {}, shownName(to.author)),
    el("button", { type: "button", class: "quiet", onclick: () => jump(to.id),
      "aria-label": `In reply to ${shownName(to.author)}: ${text}` }, inline(text)));
}

/** Bring a message of this channel into view, and point it out for a moment. */
export function jump(id) {
  const target = document.getElementById(`message-${id}`);
  target?.scrollIntoView({ block: "center" });
  target?.classList.add("found");
  setTimeout(() => target?.classList.remove("found"), 1500);
}

// 23 is the answer to a command of a menu, which is not written with a slash.
const command = (about, name) => (about.type === 23 ? name : `/${name}`);

function said(about, doing) {
  if (about.flags & LOADING) {
    const name = shownName(about.author);
    return [el("p", { class: "thinking", role: "status" }, dots(), `${name} is thinking…`)];
  }
  const nodes = about.content ? markdown(about.content) : [];
  if (about.edited_timestamp) {
    const mark = el("small", { class: "edited", title: about.edited_timestamp }, "(edited)");
    if (nodes.at(-1)?.tagName === "P") nodes.at(-1).append(" ", mark);
    else nodes.push(mark);
  }
  if (!(about.flags & COMPONENTS_V2)) nodes.push(...files(about.attachments));
  nodes.push(...about.embeds.map(embed), ...components(about, doing));
  return nodes;
}

/** Three dots that move where motion is welcome. */
export const dots = () =>
  el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

function files(attachments) {
  return attachments.map((file) =>
    (/^image\/(png|jpeg|gif|webp)$/.test(file.content_type ?? "")
      ? picture(file, file.description) : download(file)));
}

function embed(about) {
  const node = el("article", { class: "embed", "aria-label": about.title ?? "Embed" });
  const bar = colour(about.color);
  if (bar) node.style.setProperty("--bar", bar);
  const text = el("div", { class: "text" });
  if (about.author) {
    const { name, url } = about.author;
    text.append(el("p", { class: "by" }, url ? link(url, name) : name));
  }
  if (about.title) {
    const title = inline(about.title);
    text.append(el("h3", {}, about.url ? link(about.url, ...title) : title));
  }
  if (about.description) text.append(el("div", { class: "prose" }, markdown(about.description)));
  if (about.fields?.length) text.append(fields(about.fields));
  node.append(text);
  if (about.thumbnail) node.append(picture(about.thumbnail, about.thumbnail.description ?? "Thumbnail",
    "thumbnail"));
  if (about.image) node.append(picture(about.image, about.image.description ?? about.title));
  const foot = [about.footer?.text, about.timestamp && when(about.timestamp)].filter(Boolean);
  if (foot.length) {
    const parts = foot.flatMap((part, index) => (index ? [" · ", part] : [part]));
    node.append(el("footer", {}, parts));
  }
  return node;
}

const fields = (all) => el("dl", {}, all.map((field) =>
  el("div", { class: field.inline ? "inline" : "" },
    el("dt", {}, inline(field.name)), el("dd", {}, markdown(field.value)))));

function reactions(about) {
  if (!about.reactions?.length) return [];
  return [el("p", { class: "reactions" }, about.reactions.map(({ emoji, count }) =>
    el("span", { "aria-label": `${emoji.name}, ${count}` }, emoji.name, " ", String(count))))];
}

const private_ = (about, doing) => el("p", { class: "private" },
  "Only you can see this · ",
  el("button", { type: "button", class: "quiet", onclick: () => doing.dismiss(about) },
    "Dismiss message"));

function toolbar(about, doing) {
  const menu = el("button", {
    type: "button", "aria-haspopup": "menu", "aria-label": "Apps", title: "Apps",
    onclick: (event) => doing.apps(about, event.currentTarget),
  }, "⋯");
  return el("div", { class: "toolbar" },
    el("button", { type: "button", "aria-label": "Reply", title: "Reply",
      onclick: () => doing.reply(about) }, "↩"), menu);
}
