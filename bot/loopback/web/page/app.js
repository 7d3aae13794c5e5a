// Page entry point: message log, channel list, member list, and the events that update them.
import { current, findChannel, findMember, runAction, subscribe } from "./api.js";
import { composer } from "./composer.js";
import { openContextMenu } from "./context_menu.js";
import { el } from "./dom.js";
import { animatedDots, avatar, ephemeralNote, jumpTo, messageItem } from "./message.js";
import { openModal } from "./modal.js";

const byId = (id) => document.getElementById(id);
const [log, list] = [byId("log"), byId("messages")];
const FOLLOW_DISTANCE = 120; // px from the end within which the log follows new messages
const TYPING_TIME = 10_000; // ms, as on Discord

let messages = new Map(); // by channel id, then by message id
const dismissed = new Set();
const unread = new Set();

const itemOf = (message) => byId(`message-${message.id}`);

const handlers = {
  dismiss(message) {
    dismissed.add(message.id);
    itemOf(message)?.remove();
    byId("box")?.focus();
  },
  reply: (message) => messageComposer.replyTo(message),
  openApps: (message, opener) => openContextMenu(opener, { message: message.id }, showResult),
  async use(control, message, action, component, extra = {}) {
    if (control.getAttribute("aria-busy") === "true") return;
    control.setAttribute("aria-busy", "true");
    try {
      const body = { message: message.id, custom_id: component.custom_id, ...extra };
      showComponentResult(message, await runAction(action, body));
    } catch (error) {
      showComponentResult(message, { error: error.message });
    }
    control.removeAttribute("aria-busy");
  },
};

/** Open the modal that a component led to, or show an error below the message. */
function showComponentResult(message, { modal, failed, error }) {
  if (modal) openModal(modal, (result) => showComponentResult(message, result));
  const body = itemOf(message)?.querySelector(".body");
  body?.querySelector(":scope > .error")?.remove();
  const text = error ?? (failed ? "This interaction failed" : null);
  if (text) body?.append(el("p", { class: "error", role: "alert" }, text));
}

/** Open the modal that a command led to, or show an error at the end of the log. */
function showResult({ modal, failed, error }, command) {
  if (modal) openModal(modal, (result) => showResult(result, command));
  if (!failed && !error) return;
  const item = el("li", { class: "message ephemeral" },
    el("div", { class: "context" }, "You used ", el("span", { class: "mention" }, command)),
    el("div", { class: "body" },
      el("p", { class: "error", role: "alert" }, error ?? "The application did not respond"),
      ephemeralNote(() => item.remove())));
  list.append(item);
  scrollToEnd();
}

const messageComposer = composer(byId("composer"), showResult);

// Message log

let isFollowing = true; // until the reader scrolls up
let lastScrollTop = 0;

function scrollToEnd() {
  log.scrollTop = log.scrollHeight;
  [isFollowing, lastScrollTop] = [true, log.scrollTop];
}
log.addEventListener("scroll", () => {
  const isNearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < FOLLOW_DISTANCE;
  // New messages may have moved the end away, so only scrolling up stops the following.
  isFollowing = isNearEnd || (isFollowing && log.scrollTop >= lastScrollTop);
  lastScrollTop = log.scrollTop;
});
log.addEventListener("click", ({ target }) => {
  const link = target.closest("[data-message]");
  if (!link) return;
  if (link.dataset.channel !== current.channel) openChannel(link.dataset.channel);
  jumpTo(link.dataset.message);
});
const sizeObserver = new ResizeObserver(() => isFollowing && scrollToEnd());
for (const node of [log, list]) sizeObserver.observe(node);

/** Add a new message, or replace the item of an edited one. */
function putMessage(message) {
  const inChannel = messages.get(message.channel_id);
  if (!inChannel) return connect(); // the channel has just become visible
  inChannel.set(message.id, message);
  if (message.channel_id !== current.channel || dismissed.has(message.id)) return;
  const oldItem = itemOf(message);
  const openPanel = oldItem?.querySelector(":popover-open");
  if (openPanel) {
    const update = () => putMessage(inChannel.get(message.id) ?? message);
    return openPanel.addEventListener("toggle", update);
  }
  const focused = oldItem ? controlsOf(oldItem).indexOf(document.activeElement) : -1;
  const all = [...inChannel.values()];
  const item = messageItem(message, all[all.indexOf(message) - 1], handlers);
  if (oldItem) oldItem.replaceWith(item);
  else list.append(item);
  if (!oldItem && findMember(message.author.id)?.name === current.me) scrollToEnd();
  list.querySelector(".empty-log")?.remove();
  // Found by position, because an edit may change a component's custom id.
  controlsOf(item)[focused]?.focus();
}

const controlsOf = (item) => [...item.querySelectorAll("[data-custom-id]")];

function removeMessage(message) {
  const inChannel = messages.get(message.channel_id);
  inChannel?.delete(message.id);
  const nextItem = itemOf(message)?.nextElementSibling;
  itemOf(message)?.remove();
  const next = nextItem && inChannel.get(nextItem.id.replace("message-", ""));
  if (next) putMessage(next); // it may need its own header now
}

function showChannelMessages() {
  const all = [...messages.get(current.channel).values()];
  list.replaceChildren(...all.map((message, index) =>
    (dismissed.has(message.id) ? null : messageItem(message, all[index - 1], handlers)))
    .filter(Boolean));
  if (!list.children.length) {
    list.append(el("li", { class: "empty-log" }, el("p", {}, "No messages yet."),
      el("p", {}, "Write one, or type ", el("kbd", {}, "/"), " to see what the bot can do.")));
  }
  scrollToEnd();
}

// Channels and members

function openChannel(id) {
  current.channel = id;
  unread.delete(id);
  const { name, is_dm: isDm } = findChannel(id);
  byId("channel-name").textContent = isDm ? name : `# ${name}`;
  byId("channel-topic").textContent =
    isDm ? "Only you and the bot can read this" : "Everyone on the server can read this";
  document.title = `${isDm ? "@" : "#"}${name} · ${current.state.guild}`;
  showChannels();
  showChannelMessages();
  hideTyping();
  messageComposer.onChannelChange();
}

function showChannels() {
  const entry = (channel) => el("li", {}, el("button", {
    type: "button", "aria-current": channel.id === current.channel ? "page" : null,
    class: unread.has(channel.id) ? "unread" : "", onclick: () => {
      openChannel(channel.id);
      byId("box").focus();
    },
  }, el("span", { "aria-hidden": "true" }, channel.is_dm ? "@" : "#"), channel.name,
  unread.has(channel.id) ? el("span", { class: "visually-hidden" }, " (unread)") : null));
  const { channels } = current.state;
  byId("channels").replaceChildren(...channels.filter((one) => !one.is_dm).map(entry));
  byId("dms").replaceChildren(...channels.filter((one) => one.is_dm).map(entry));
}

function showMembers() {
  const { members } = current.state;
  const appsButton = (member) => el("button", { type: "button", class: "apps-button",
    "aria-haspopup": "menu", "aria-label": `Apps for ${member.display_name}`, title: "Apps",
    onclick: (event) =>
      openContextMenu(event.currentTarget, { member: member.name }, showResult) }, "⋯");
  const role = (member) =>
    (member.bot ? "Bot" : member.can_manage ? "Manage Server" : "Member");
  const label = (member) => [avatar(member), el("span", { class: "name" },
    el("b", {}, member.display_name), el("small", {}, role(member)))];
  byId("members").replaceChildren(...members.filter((one) => !one.bot).map((member) =>
    el("div", { class: "member" }, el("label", {}, el("input", {
      type: "radio", name: "me", value: member.name, checked: member.name === current.me,
      onchange: () => switchMember(member.name),
    }), label(member)), appsButton(member))));
  byId("bots").replaceChildren(...members.filter((one) => one.bot).map((bot) =>
    el("li", { class: "member" }, el("span", { class: "label" }, label(bot)), appsButton(bot))));
  const chosen = document.querySelector("input[name=me]:checked");
  chosen?.closest(".member").scrollIntoView({ block: "nearest", inline: "center" });
}

function switchMember(name) {
  current.me = name;
  sessionStorage.setItem("me", name);
  unread.clear();
  connect();
}

// Events

let typingTimer = 0;

function hideTyping() {
  clearTimeout(typingTimer);
  byId("typing").replaceChildren();
}

function showTyping(channelId) {
  if (channelId !== current.channel) return;
  hideTyping();
  const bot = current.state.members.find((one) => one.bot);
  byId("typing").append(animatedDots(), `${bot.display_name} is typing…`);
  typingTimer = setTimeout(hideTyping, TYPING_TIME);
}

function showState(state) {
  const oldChannel = current.state && findChannel(current.channel);
  current.state = state;
  messages = new Map(Object.entries(state.messages).map(([channelId, inChannel]) =>
    [channelId, new Map(inChannel.map((message) => [message.id, message]))]));
  byId("disconnected").hidden = true;
  byId("guild").textContent = state.guild;
  const sameChannel = oldChannel && state.channels.find((one) =>
    one.name === oldChannel.name && one.is_dm === oldChannel.is_dm);
  const wasOnMember = document.activeElement?.name === "me";
  openChannel((sameChannel ?? state.channels[0]).id);
  showMembers();
  if (wasOnMember) document.querySelector("input[name=me]:checked").focus();
  else if (!oldChannel) byId("box").focus();
  document.body.dataset.me = state.me;
}

function handleEvent(event) {
  if (event.kind === "state") showState(event);
  else if (event.kind === "typing") showTyping(event.channel);
  else if (event.kind === "deleted") removeMessage(event.message);
  else {
    if (event.kind === "created" && event.message.author.bot) hideTyping();
    putMessage(event.message);
    if (event.channel !== current.channel && event.kind === "created") {
      unread.add(event.channel);
      showChannels();
    }
  }
}

const connect = () => subscribe(handleEvent, () => { byId("disconnected").hidden = false; });

byId("reconnect").addEventListener("click", connect);
connect();
