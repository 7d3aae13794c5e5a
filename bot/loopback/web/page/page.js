// The page: who you are, where you are, and a log that follows what happens there.
import { openApps } from "./apps.js";
import { composer } from "./composer.js";
import { el } from "./dom.js";
import { openForm } from "./forms.js";
import { avatar, dots, jump, message } from "./message.js";
import { act, here, listen, member, place } from "./talk.js";

const at = (id) => document.getElementById(id);
const [log, messages] = [at("log"), at("messages")];
const NEAR = 120; // px from the end of the log at which it follows what comes
const TYPING = 10_000; // ms, as Discord shows it

let said = new Map(); // channel id → Map of message id → message
const dismissed = new Set();
const unread = new Set();

const doing = {
  dismiss(about) {
    dismissed.add(about.id);
    at(`message-${about.id}`)?.remove();
    at("box")?.focus();
  },
  reply: (about) => write.replyTo(about),
  apps: (about, opener) => openApps(opener, { message: about.id }, outcome),
  async use(opener, about, action, part, more = {}) {
    if (opener.getAttribute("aria-busy") === "true") return;
    opener.setAttribute("aria-busy", "true");
    try {
      const body = { message: about.id, custom_id: part.custom_id, ...more };
      const told = await act(action, body);
      if (told.form) openForm(told.form, (next) => failure(about, next));
      failure(about, told);
    } catch (error) {
      failure(about, { error: error.message });
    }
    opener.removeAttribute("aria-busy");
  },
};

function failure(about, { failed, error }) {
  const body = at(`message-${about.id}`)?.querySelector(".body");
  body?.querySelector(":scope > .wrong")?.remove();
  const line = error ?? (failed ? "This interaction failed" : null);
  if (line) body?.append(el("p", { class: "wrong", role: "alert" }, line));
}

/** Show what became of a command: a form, or a line where the bot did not respond. */
function outcome(told, line) {
  if (told.form) openForm(told.form, (next) => outcome(next, line));
  if (!told.failed && !told.error) return;
  const item = el("li", { class: "message only" },
    el("div", { class: "origin" }, "You used ", el("span", { class: "mention" }, line)),
    el("div", { class: "body" },
      el("p", { class: "wrong", role: "alert" }, told.error ?? "The application did not respond"),
      el("p", { class: "private" }, "Only you can see this · ",
        el("button", { type: "button", class: "quiet", onclick: () => item.remove() },
          "Dismiss message"))));
  messages.append(item);
  end();
}

const write = composer(at("composer"), outcome);

// The log

let following = true; // until one scrolls up to read
let height = 0; // of what was above, when last looked at

function end() {
  log.scrollTop = log.scrollHeight;
  [following, height] = [true, log.scrollTop];
}
log.addEventListener("scroll", () => {
  const near = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  // More may have come since, so that one is far from the end without having gone there.
  following = near || (following && log.scrollTop >= height);
  height = log.scrollTop;
});
log.addEventListener("click", ({ target }) => {
  const link = target.closest("[data-message]"); // a message's address, in what somebody said
  if (!link) return;
  if (link.dataset.channel !== here.channel) go(link.dataset.channel);
  jump(link.dataset.message);
});
// Messages come, pictures get their height, the message box grows.
const watch = new ResizeObserver(() => following && end());
for (const node of [log, messages]) watch.observe(node);

function put(about) {
  const there = said.get(about.channel_id);
  if (!there) return start(); // a place that came into view since
  there.set(about.id, about);
  if (about.channel_id !== here.channel || dismissed.has(about.id)) return;
  const old = at(`message-${about.id}`);
  const open = old?.querySelector(":popover-open");
  if (open) return open.addEventListener("toggle", () => put(there.get(about.id) ?? about));
  const held = old ? controls(old).indexOf(document.activeElement) : -1;
  const all = [...there.values()];
  const node = message(about, all[all.indexOf(about) - 1], doing);
  if (old) old.replaceWith(node);
  else messages.append(node);
  if (!old && member(about.author.id)?.name === here.me) end();
  messages.querySelector(".beginning")?.remove();
  controls(node)[held]?.focus(); // by its place: what a button remembers may be in its id
}

const controls = (node) => [...node.querySelectorAll("[data-custom-id]")];

function drop(about) {
  said.get(about.channel_id)?.delete(about.id);
  const next = at(`message-${about.id}`)?.nextElementSibling;
  at(`message-${about.id}`)?.remove();
  const after = next && said.get(about.channel_id).get(next.id.replace("message-", ""));
  if (after) put(after);
}

function refill() {
  const all = [...said.get(here.channel).values()];
  messages.replaceChildren(...all.map((about, index) =>
    (dismissed.has(about.id) ? null : message(about, all[index - 1], doing))).filter(Boolean));
  if (!messages.children.length) {
    messages.append(el("li", { class: "beginning" }, el("p", {}, "Nothing has been said here yet."),
      el("p", {}, "Say something, or type ", el("kbd", {}, "/"), " to see what the bot can do.")));
  }
  end();
}

// Where and who

function go(id) {
  here.channel = id;
  unread.delete(id);
  const { name, direct } = place(id);
  at("place").textContent = direct ? name : `# ${name}`;
  at("topic").textContent = direct ? "Between the bot and you" : "Everyone reads along";
  document.title = `${direct ? "@" : "#"}${name} · ${here.state.guild}`;
  places();
  refill();
  quiet();
  write.moved();
}

function places() {
  const entry = (one) => el("li", {}, el("button", {
    type: "button", "aria-current": one.id === here.channel ? "page" : null,
    class: unread.has(one.id) ? "unread" : "", onclick: () => {
      go(one.id);
      at("box").focus();
    },
  }, el("span", { "aria-hidden": "true" }, one.direct ? "@" : "#"), one.name,
  unread.has(one.id) ? el("span", { class: "unseen" }, " (unread)") : null));
  const { channels } = here.state;
  at("channels").replaceChildren(...channels.filter((one) => !one.direct).map(entry));
  at("direct").replaceChildren(...channels.filter((one) => one.direct).map(entry));
}

function people() {
  const { members } = here.state;
  const apps = (one) => el("button", { type: "button", class: "more", "aria-haspopup": "menu",
    "aria-label": `Apps for ${one.shown}`, title: "Apps",
    onclick: (event) => openApps(event.currentTarget, { member: one.name }, outcome) }, "⋯");
  const about = (one) => [avatar(one), el("span", { class: "name" }, el("b", {}, one.shown),
    el("small", {}, one.bot ? "Bot" : one.manages ? "Manage Server" : "Member"))];
  at("members").replaceChildren(...members.filter((one) => !one.bot).map((one) =>
    el("div", { class: "person" }, el("label", {}, el("input", {
      type: "radio", name: "me", value: one.name, checked: one.name === here.me,
      onchange: () => become(one.name),
    }), about(one)), apps(one))));
  at("bots").replaceChildren(...members.filter((one) => one.bot).map((one) =>
    el("li", { class: "person" }, el("span", { class: "label" }, about(one)), apps(one))));
}

function become(name) {
  here.me = name;
  sessionStorage.setItem("me", name);
  unread.clear();
  start();
}

// What happens

let fading = 0;

function quiet() {
  clearTimeout(fading);
  at("typing").replaceChildren();
}

function typing(channel) {
  if (channel !== here.channel) return;
  quiet();
  const bot = here.state.members.find((one) => one.bot);
  at("typing").append(dots(), `${bot.shown} is typing…`);
  fading = setTimeout(quiet, TYPING);
}

function begin(state) {
  const before = here.state && place(here.channel);
  here.state = state;
  said = new Map(Object.entries(state.messages).map(([channel, messages]) =>
    [channel, new Map(messages.map((about) => [about.id, about]))]));
  at("gone").hidden = true;
  at("guild").textContent = state.guild;
  const same = before && state.channels.find((one) =>
    one.name === before.name && one.direct === before.direct);
  const held = document.activeElement?.name === "me";
  go((same ?? state.channels[0]).id);
  people();
  if (held) document.querySelector("input[name=me]:checked").focus();
  else if (!before) at("box").focus();
  document.body.dataset.me = state.me;
}

function tell(event) {
  if (event.kind === "state") begin(event);
  else if (event.kind === "typing") typing(event.channel);
  else if (event.kind === "deleted") drop(event.message);
  else {
    if (event.kind === "created" && event.message.author.bot) quiet();
    put(event.message);
    if (event.channel !== here.channel && event.kind === "created") {
      unread.add(event.channel);
      places();
    }
  }
}

const start = () => listen(tell, () => { at("gone").hidden = false; });

at("again").addEventListener("click", start);
start();
