// Discord Markdown to DOM nodes: first blocks (code, quotes, headings, lists), then inline styles.
import { current, findChannel, findMember, findRole } from "./api.js";
import { el, link, safeUrl } from "./dom.js";

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600],
  ["minute", 60], ["second", 1]];
const TIME_FORMATS = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" },
  d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};

/** Format a Unix time relative to now, as `<t:…:R>` does. */
function formatRelative(seconds) {
  const difference = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(difference) >= size) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" })
    .format(Math.round(difference / length), unit);
}

function timestamp([, seconds, format = "f"]) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return seconds;
  const shown = format === "R" ? formatRelative(seconds)
    : new Intl.DateTimeFormat("en-GB", TIME_FORMATS[format] ?? TIME_FORMATS.f).format(date);
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
}

const mention = (text, isMine = false) =>
  el("span", { class: isMine ? "mention mine" : "mention" }, text);

function memberMention([, id]) {
  const member = findMember(id);
  return mention(`@${member?.display_name ?? "unknown-user"}`, member?.name === current.me);
}

function spoiler([, text]) {
  const node = el("button", { type: "button", class: "spoiler", "aria-label": "Show spoiler" });
  const hidden = el("span", { "aria-hidden": "true" }, inline(text));
  node.append(hidden);
  node.addEventListener("click", () => {
    node.replaceWith(el("span", { class: "spoiler shown" }, ...hidden.childNodes));
  });
  return node;
}

function messageLink([url, channelId, messageId]) {
  const channel = findChannel(channelId);
  if (!channel) return link(url);
  const name = `${channel.is_dm ? "@" : "#"}${channel.name}`;
  return el("button", { type: "button", class: "mention", "data-channel": channelId,
    "data-message": messageId, "aria-label": `Go to the message in ${name}` }, `${name} › 💬`);
}

const wrap = (tag) => ([, text]) => el(tag, {}, inline(text));

// Patterns in order of precedence, with the functions that create their nodes.
const INLINE = [
  [/^\\([^\p{L}\p{N}\s])/u, ([, character]) => character],
  [/^``((?:[^`]|`(?!`))+)``/, ([, text]) => el("code", {}, text.trim())],
  [/^`([^`\n]+)`/, ([, text]) => el("code", {}, text)],
  [/^\|\|([^]+?)\|\|/, spoiler],
  [/^\*\*\*([^]+?)\*\*\*/, ([, text]) => el("strong", {}, el("em", {}, inline(text)))],
  [/^\*\*((?:\\[^]|[^\\])+?)\*\*(?!\*)/, wrap("strong")],
  [/^__((?:\\[^]|[^\\])+?)__(?!_)/, wrap("u")],
  [/^~~([^]+?)~~/, wrap("s")],
  [/^\*(?!\s)((?:\*\*[^]+?\*\*|\\[^]|[^\\*])+?)\*(?!\*)/, wrap("em")],
  [/^_((?:__[^]+?__|\\[^]|[^\\_])+?)_(?![\p{L}\p{N}_])/u, wrap("em")],
  [/^<@!?(\d+)>/, memberMention],
  [/^<@&(\d+)>/, ([, id]) => mention(`@${findRole(id)?.name ?? "unknown-role"}`)],
  [/^<#(\d+)>/, ([, id]) => mention(`#${findChannel(id)?.name ?? "unknown"}`)],
  [/^<\/([^:>]+):\d+>/, ([, name]) => mention(`/${name}`)],
  [/^<a?:(\w+):\d+>/, ([, name]) => `:${name}:`],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, timestamp],
  [/^@(?:everyone|here)\b/, ([text]) => mention(text)],
  [/^\[([^\]\n]+)\]\(<?([^\s)>]+)>?(?: "[^"\n]*")?\)/,
    ([all, text, url]) => (safeUrl(url) ? link(url, inline(text)) : all)],
  [/^<(https?:\/\/[^\s<>]+)>/, ([, url]) => link(url)],
  [/^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)/, messageLink],
  [/^https?:\/\/[^\s<]+[^\s<.,:;"')\]!?*_~|]/, ([url]) => link(url)],
];
const INLINE_START = /[\\`|*_~<@[h]/g;

/** Create the nodes of text without blocks. */
export function inline(text) {
  const nodes = [];
  let plain = "";
  let position = 0;
  while (position < text.length) {
    INLINE_START.lastIndex = position;
    const next = INLINE_START.exec(text)?.index ?? text.length;
    plain += text.slice(position, next);
    if (next === text.length) break;
    const rest = text.slice(next);
    const inWord = next > 0 && /[\p{L}\p{N}]/u.test(text[next - 1]) && rest[0] === "_";
    const [match, createNode] = (inWord ? [] : INLINE)
      .map(([pattern, create]) => [pattern.exec(rest), create]).find(([found]) => found) ?? [];
    if (match) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(createNode(match));
    } else plain += rest[0];
    position = next + (match ? match[0].length : 1);
  }
  return plain ? [...nodes, plain] : nodes;
}

const LIST_ITEM = /^( *)(?:[-*]|(\d+)\.) +(.*)$/;

/** Create the nodes of text with blocks. */
export function markdown(text) {
  const nodes = [];
  const parts = text.split(/```(?:([\w+-]+)\n)?\n?([^]*?)\n?```\n?/);
  for (let index = 0; index < parts.length; index += 3) {
    if (parts[index]) nodes.push(...blocks(parts[index].replace(/\n$/, "").split("\n")));
    if (index + 2 < parts.length) {
      nodes.push(el("pre", {}, el("code", {}, parts[index + 2])));
    }
  }
  return nodes;
}

/** Create the nodes of `lines`, which it empties. */
function blocks(lines) {
  const nodes = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) nodes.push(el("p", {}, inline(paragraph.join("\n"))));
    paragraph = [];
  };
  while (lines.length) {
    const block = quote(lines) ?? heading(lines) ?? list(lines);
    if (block) flush();
    if (block) nodes.push(block);
    else paragraph.push(lines.shift());
  }
  flush();
  return nodes;
}

function quote(lines) {
  if (lines[0].startsWith(">>> ")) {
    const rest = [lines[0].slice(4), ...lines.slice(1)];
    lines.length = 0;
    return el("blockquote", {}, blocks(rest));
  }
  const quoted = [];
  while (lines[0]?.startsWith("> ") || (quoted.length && lines[0] === ">")) {
    quoted.push(lines.shift().slice(2));
  }
  return quoted.length ? el("blockquote", {}, blocks(quoted)) : null;
}

function heading(lines) {
  const found = /^(#{1,3}|-#) +(.+)$/.exec(lines[0]);
  if (!found) return null;
  lines.shift();
  if (found[1] === "-#") return el("p", { class: "subtext" }, inline(found[2]));
  // Levels 1 and 2 are the headings of the page itself.
  return el(`h${found[1].length + 2}`, { class: "heading" }, inline(found[2]));
}

function list(lines) {
  const first = LIST_ITEM.exec(lines[0]);
  if (!first) return null;
  const node = el(first[2] ? "ol" : "ul", first[2] ? { start: first[2] } : {});
  for (let found = first; found; found = lines.length ? LIST_ITEM.exec(lines[0]) : null) {
    const depth = found[1].length - first[1].length;
    const otherKind = !depth && Boolean(found[2]) !== Boolean(first[2]);
    if (depth < 0 || otherKind) break;
    if (depth) node.lastChild.append(list(lines));
    else {
      node.append(el("li", {}, inline(found[3])));
      lines.shift();
    }
  }
  return node;
}
