// Message composer: text, files and replies; after a `/`, slash commands.
import { current, findChannel, runAction } from "./api.js";
import { combobox, matchingOptions } from "./combobox.js";
import { commandForm, flattenCommands, parseOptions } from "./command_form.js";
import { el, formatSize } from "./dom.js";
import { displayName } from "./message.js";

const FILE_LIMIT = 10 * 1024 * 1024; // bytes, as on Discord
const MAX_FILES = 10;

/** Set up the composer in `form`; `onResponse(result, command)` gets the results of commands. */
export function composer(form, onResponse) {
  const box = el("textarea", { id: "box", rows: "1", maxlength: "4000", name: "message" });
  const filePicker = el("input", { type: "file", multiple: true, hidden: true,
    "aria-label": "Files to attach", onchange: () => addFiles() });
  const attachButton = el("button", { type: "button", class: "icon-button",
    "aria-label": "Attach files", title: "Attach files", onclick: () => filePicker.click() }, "+");
  const sendButton = el("button", { type: "submit", class: "icon-button send",
    "aria-label": "Send", title: "Send" }, "➤");
  const error = el("p", { class: "error", role: "alert" });
  const chips = el("div", { class: "chips" });
  const line = el("div", { class: "line" }, attachButton, filePicker, box, sendButton);
  form.append(error, chips, line);
  let [files, reply, command] = [[], null, null];

  const suggestions = combobox(box, {
    name: "Commands", selectFirst: true,
    source: (text) => (/^\/[^\n:]*$/.test(text) ? findCommands(text.slice(1)) : []),
    onPick: (picked) => startCommand(picked),
  });

  function startCommand(picked, values = {}) {
    if (command) leaveCommand();
    const cancelButton = el("button", { type: "button", class: "icon-button",
      "aria-label": "Cancel command", title: "Cancel command", onclick: leaveCommand }, "✕");
    const buttons = el("div", { class: "buttons" }, cancelButton);
    error.textContent = box.value = "";
    const started = { picked, buttons, ...commandForm(picked, { values, onCancel: leaveCommand }) };
    started.node.append(buttons);
    showCommand(started);
  }
  function showCommand(shown) {
    command = shown;
    swap(line, shown.node);
    shown.buttons.append(sendButton);
    if (!shown.focus()) sendButton.focus();
  }
  function leaveCommand() {
    if (!command) return;
    swap(command.node, line);
    line.append(sendButton);
    [command, error.textContent] = [null, ""];
    box.focus();
  }
  function addFiles(added = filePicker.files) {
    const tooLarge = [...added].find((file) => file.size > FILE_LIMIT);
    error.textContent = tooLarge ? `${tooLarge.name} is larger than 10 MB.` : "";
    if (!tooLarge) files = [...files, ...added].slice(0, MAX_FILES);
    filePicker.value = "";
    showChips();
  }
  function showChips() {
    chips.replaceChildren(...[
      reply && chip(`Replying to ${displayName(reply.author)}`, "Cancel reply",
        () => replyTo(null)),
      ...files.map((file) =>
        chip(`${file.name}, ${formatSize(file.size)}`, `Remove ${file.name}`, () => {
          files = files.filter((one) => one !== file);
          showChips();
          box.focus(); // the button that had the focus is gone
        })),
    ].filter(Boolean));
  }
  function replyTo(message) {
    reply = message;
    showChips();
    if (!command) box.focus();
  }
  const fitHeight = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  };
  const isEmpty = () => !command && !box.value && !files.length && !reply;
  async function sendMessage() {
    const content = box.value.trim();
    if (!content && !files.length) return;
    box.value = ""; // what is typed from here on is the next message
    fitHeight();
    const draft = [content, files, reply];
    try {
      if (content.startsWith("/") && (await sendTypedCommand(content))) return;
      [files, reply] = [[], null];
      showChips();
      await runAction("say", { content, reply: draft[2]?.id },
        draft[1].map((file) => ["files", file]));
    } catch (failure) {
      if (!command && !box.value) {
        [box.value, files, reply] = draft;
        showChips();
        fitHeight();
      }
      throw failure;
    }
  }
  /** Send a command that is written out in the box; returns false if there is no such command. */
  async function sendTypedCommand(content) {
    const { commands } = await runAction("commands");
    const found = flattenCommands(commands)
      .sort((one, other) => other.line.length - one.line.length)
      .find((one) => `${content} `.startsWith(`/${one.line} `));
    if (!found) return false;
    const values = parseOptions(content.slice(found.line.length + 1).trim(), found.options);
    const next = box.value;
    startCommand(found, values);
    const sent = sendCommand();
    box.value = next;
    fitHeight();
    await sent;
    return true;
  }
  // The form closes before the answer arrives. Closing it later would move the answer's buttons
  // away from the pointer.
  async function sendCommand() {
    const sending = command;
    const { options, files: uploads } = sending.filled();
    leaveCommand();
    let result;
    try {
      result = await runAction("invoke", { command: sending.picked.line, options }, uploads);
    } catch (failure) {
      if (isEmpty()) showCommand(sending);
      throw failure;
    }
    onResponse(result, sending.picked.label);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    suggestions.close();
    error.textContent = "";
    await (command ? sendCommand() : sendMessage()).catch((failure) => {
      error.textContent = failure.message;
    });
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && command && !event.defaultPrevented) leaveCommand();
  });
  box.addEventListener("input", () => {
    fitHeight();
    error.textContent = "";
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && reply) replyTo(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  box.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) addFiles(event.clipboardData.files);
  });
  return {
    replyTo,
    /** Adapt to the channel that was just opened. */
    onChannelChange() {
      const { name, is_dm: isDm } = findChannel(current.channel);
      const label = isDm ? `@${name}` : `#${name}`;
      box.placeholder = `Message ${label} or type /`;
      box.setAttribute("aria-label", `Message ${label}`);
      leaveCommand();
      replyTo(null);
    },
  };
}

async function findCommands(text) {
  const { commands } = await runAction("commands").catch(() => ({ commands: [] }));
  return matchingOptions(flattenCommands(commands), text, 50);
}

// `replaceWith` would fail here: removing the focused field closes its suggestions, and these are
// the sibling before which the new node is inserted.
function swap(old, replacement) {
  old.before(replacement);
  old.remove();
}

const chip = (text, label, onRemove) => el("span", { class: "chip" }, text,
  el("button", { type: "button", "aria-label": label, onclick: onRemove }, "✕"));
