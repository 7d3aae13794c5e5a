// The message box: text, files and replies, and from the first `/` on, commands.
import { combobox, matching } from "./combobox.js";
import { el, size } from "./dom.js";
import { shownName } from "./message.js";
import { fields, leaves, typed } from "./options.js";
import { act, here, place } from "./talk.js";

const FILE_LIMIT = 10 * 1024 * 1024; // bytes, as on Discord

/** Make the form a composer; `sent(outcome, line)` is told what a command led to. */
export function composer(form, sent) {
  const box = el("textarea", { id: "box", rows: "1", maxlength: "4000", name: "message" });
  const picker = el("input", { type: "file", multiple: true, hidden: true,
    "aria-label": "Files to attach", onchange: () => attach() });
  const attachButton = el("button", { type: "button", class: "round", "aria-label": "Attach files",
    title: "Attach files", onclick: () => picker.click() }, "+");
  const send = el("button", { type: "submit", class: "round send", "aria-label": "Send",
    title: "Send" }, "➤");
  const note = el("p", { class: "wrong", role: "alert" });
  const extras = el("div", { class: "extras" });
  const line = el("div", { class: "line" }, attachButton, picker, box, send);
  form.append(note, extras, line);
  let [files, reply, command] = [[], null, null];

  const suggestions = combobox(box, {
    name: "Commands", eager: true,
    source: (text) => (/^\/[^\n:]*$/.test(text) ? offered(text.slice(1)) : []),
    pick: (leaf) => begin(leaf),
  });

  function begin(leaf, given = {}) {
    if (command) end();
    const close = el("button", { type: "button", class: "round", "aria-label": "Leave the command",
      title: "Leave the command", onclick: end }, "✕");
    const ends = el("div", { class: "ends" }, close);
    note.textContent = box.value = "";
    const one = { leaf, ends, ...fields(leaf, { given, leave: end }) };
    one.node.append(ends);
    resume(one);
  }
  function resume(one) {
    command = one;
    swap(line, one.node);
    one.ends.append(send);
    if (!one.focus()) send.focus();
  }
  function end() {
    if (!command) return;
    swap(command.node, line);
    line.append(send);
    [command, note.textContent] = [null, ""];
    box.focus();
  }
  function attach(more = picker.files) {
    const large = [...more].find((file) => file.size > FILE_LIMIT);
    note.textContent = large ? `${large.name} is larger than 10 MB.` : "";
    if (!large) files = [...files, ...more].slice(0, 10);
    picker.value = "";
    decorate();
  }
  function decorate() {
    extras.replaceChildren(...[
      reply && chip(`Replying to ${shownName(reply.author)}`, "Do not reply", () => replyTo(null)),
      ...files.map((file) => chip(`${file.name}, ${size(file.size)}`, `Remove ${file.name}`, () => {
        files = files.filter((one) => one !== file);
        decorate();
      })),
    ].filter(Boolean));
  }
  function replyTo(about) {
    reply = about;
    decorate();
    if (!command) box.focus();
  }
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  };
  const untouched = () => !command && !box.value && !files.length && !reply;
  function empty() {
    [files, reply, box.value, note.textContent] = [[], null, "", ""];
    decorate();
    fit();
  }

  async function say() {
    const content = box.value.trim();
    if (content.startsWith("/") && (await written(content))) return;
    if (!content && !files.length) return;
    const body = { content, reply: reply?.id };
    const [attached, to] = [files, reply];
    empty();
    try {
      await act("say", body, attached.map((file) => ["files", file]));
    } catch (error) {
      if (untouched()) {
        [box.value, files, reply] = [content, attached, to];
        decorate();
        fit();
      }
      throw error;
    }
  }
  async function written(content) {
    const { commands } = await act("commands");
    const leaf = leaves(commands).sort((one, other) => other.line.length - one.line.length)
      .find((one) => `${content} `.startsWith(`/${one.line} `));
    if (!leaf) return false;
    const given = typed(content.slice(leaf.line.length + 1).trim(), leaf.options);
    begin(leaf, given);
    await use();
    return true;
  }
  // The form goes as the command is sent: if it went once that is answered, what was answered would
  // move under the hand that is about to press a button of it.
  async function use() {
    const sending = command;
    const { options, files: uploads } = sending.filled();
    end();
    let outcome;
    try {
      outcome = await act("invoke", { command: sending.leaf.line, options }, uploads);
    } catch (error) {
      if (untouched()) resume(sending);
      throw error;
    }
    sent(outcome, sending.leaf.label);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    suggestions.close();
    note.textContent = "";
    await (command ? use() : say()).catch((error) => { note.textContent = error.message; });
  });
  box.addEventListener("input", () => {
    fit();
    note.textContent = "";
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && reply) replyTo(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  box.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) attach(event.clipboardData.files);
  });
  return {
    replyTo,
    moved() {
      const { name, direct } = place(here.channel);
      const where = direct ? `@${name}` : `#${name}`;
      box.placeholder = `Message ${where}, or / for commands`;
      box.setAttribute("aria-label", `Message ${where}`);
      end();
      replyTo(null);
    },
  };
}

async function offered(text) {
  const { commands } = await act("commands").catch(() => ({ commands: [] }));
  return matching(leaves(commands), text, 50);
}

// Not by `replaceWith`: a field that leaves the page loses the focus, and a list that closes for that
// was the neighbour before which the other was to stand.
function swap(old, other) {
  old.before(other);
  old.remove();
}

const chip = (text, label, drop) => el("span", { class: "chip" }, text,
  el("button", { type: "button", "aria-label": label, onclick: drop }, "✕"));
