// Discord's Markdown, as nodes. Blocks first (code, quotes, headings, lists), then what is inline.
import { el, link, safe } from "./dom.js";
import { here, member, place, role } from "./talk.js";

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600],
  ["minute", 60], ["second", 1]];
const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" },
  d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};

/** Say how far a moment is from now, as `<t:…:R>` does. */
function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, long]) => Math.abs(away) >= long) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" })
    .format(Math.round(away / length), unit);
}

function moment([, seconds, style = "f"]) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return seconds;
  const shown = style === "R" ? relative(seconds)
    : new Intl.DateTimeFormat("en-GB", STYLES[style] ?? STYLES.f).format(date);
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
}

const mention = (text, mine = false) =>
  el("span", { class: mine ? "mention mine" : "mention" }, text);

function person([, id]) {
  const found = member(id);
  return mention(`@${found?.shown ?? "unknown-user"}`, found?.name === here.me);
}

function spoiler([, text]) {
  const node = el("button", { type: "button", class: "spoiler", "aria-label": "Spoiler: show" });
  const inner = el("span", { "aria-hidden": "true" }, inline(text));
  node.append(inner);
  node.addEventListener("click", () => {
    const span = el("span", { class: "spoiler shown" }, ...inner.childNodes);
    node.replaceWith(span);
  });
  return node;
}

function passage([address, channel, id]) {
  const there = place(channel);
  if (!there) return link(address);
  const name = `${there.direct ? "@" : "#"}${there.name}`;
  return el("button", { type: "button", class: "mention", "data-channel": channel,
    "data-message": id, "aria-label": `To the message in ${name}` }, `${name} › 💬`);
}

const wrap = (tag) => ([, text]) => el(tag, {}, inline(text));

// Tried in this order where a character could begin one of them.
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
  [/^<@!?(\d+)>/, person],
  [/^<@&(\d+)>/, ([, id]) => mention(`@${role(id)?.name ?? "unknown-role"}`)],
  [/^<#(\d+)>/, ([, id]) => mention(`#${place(id)?.name ?? "unknown"}`)],
  [/^<\/([^:>]+):\d+>/, ([, name]) => mention(`/${name}`)],
  [/^<a?:(\w+):\d+>/, ([, name]) => `:${name}:`],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, moment],
  [/^@(?:everyone|here)\b/, ([text]) => mention(text)],
  [/^\[([^\]\n]+)\]\(<?([^\s)>]+)>?(?: "[^"\n]*")?\)/,
    ([all, text, address]) => (safe(address) ? link(address, inline(text)) : all)],
  [/^<(https?:\/\/[^\s<>]+)>/, ([, address]) => link(address)],
  [/^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)/, passage],
  [/^https?:\/\/[^\s<]+[^\s<.,:;"')\]!?*_~|]/, ([address]) => link(address)],
];
const BEGINS = /[\\`|*_~<@[h]/g;

/** Give the nodes of one run of text. */
export function inline(text) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    BEGINS.lastIndex = at;
    const next = BEGINS.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    if (next === text.length) break;
    const rest = text.slice(next);
    const inWord = next > 0 && /[\p{L}\p{N}]/u.test(text[next - 1]) && rest[0] === "_";
    const hit = inWord ? null : INLINE.map(([pattern, make]) => [pattern.exec(rest), make])
      .find(([found]) => found);
    if (!hit) plain += rest[0];
    if (hit) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(hit[1](hit[0]));
    }
    at = next + (hit ? hit[0][0].length : 1);
  }
  return plain ? [...nodes, plain] : nodes;
}

const LIST = /^( *)(?:[-*]|(\d+)\.) +(.*)$/;

/** Give the nodes of a text that may hold blocks. */
export function markdown(text) {
  const nodes = [];
  const parts = text.split(/```(?:([\w+-]+)\n)?\n?([^]*?)\n?```\n?/);
  for (let index = 0; index < parts.length; index += 3) {
    if (parts[index]) nodes.push(...lines(parts[index].replace(/\n$/, "").split("\n")));
    if (index + 2 < parts.length) {
      nodes.push(el("pre", {}, el("code", {}, parts[index + 2])));
    }
  }
  return nodes;
}

function lines(all) {
  const nodes = [];
  let run = [];
  const flush = () => {
    if (run.length) nodes.push(el("p", {}, inline(run.join("\n"))));
    run = [];
  };
  while (all.length) {
    const block = quote(all) ?? heading(all) ?? list(all);
    if (block) flush();
    if (block) nodes.push(block);
    else run.push(all.shift());
  }
  flush();
  return nodes;
}

function quote(all) {
  if (all[0].startsWith(">>> ")) {
    const rest = [all[0].slice(4), ...all.slice(1)];
    all.length = 0;
    return el("blockquote", {}, lines(rest));
  }
  const inside = [];
  while (all[0]?.startsWith("> ") || (inside.length && all[0] === ">")) {
    inside.push(all.shift().slice(2));
  }
  return inside.length ? el("blockquote", {}, lines(inside)) : null;
}

function heading(all) {
  const found = /^(#{1,3}|-#) +(.+)$/.exec(all[0]);
  if (!found) return null;
  all.shift();
  if (found[1] === "-#") return el("p", { class: "subtext" }, inline(found[2]));
  // The page has headings of its own, two levels deep.
  return el(`h${found[1].length + 2}`, { class: "said" }, inline(found[2]));
}

function list(all) {
  const first = LIST.exec(all[0]);
  if (!first) return null;
  const node = el(first[2] ? "ol" : "ul", first[2] ? { start: first[2] } : {});
  for (let found = first; found; found = all.length ? LIST.exec(all[0]) : null) {
    const deeper = found[1].length - first[1].length;
    const another = !deeper && Boolean(found[2]) !== Boolean(first[2]);
    if (deeper < 0 || another) break;
    if (deeper) node.lastChild.append(list(all));
    else {
      node.append(el("li", {}, inline(found[3])));
      all.shift();
    }
  }
  return node;
}
