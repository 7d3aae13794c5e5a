// Forms (Discord says modals): a dialog that the bot opened, filled in and sent back.
import { menu } from "./choosing.js";
import { el, fresh } from "./dom.js";
import { markdown } from "./markdown.js";
import { act } from "./talk.js";

const KINDS = {
  1: (part) => part.components.map((inner) => component(inner)),
  3: choose, 5: choose, 6: choose, 7: choose, 8: choose,
  4: write, 10: (part) => [{ node: el("div", { class: "prose" }, markdown(part.content)) }],
  18: (part) => component(part.component, part.label, part.description),
  19: upload, 21: offer, 22: offer, 23: check,
};

const component = (part, label, hint) => [KINDS[part.type]?.(part, label, hint) ?? []].flat(2);

/** Show a form; `done(outcome)` is told what sending it led to. */
export function openForm(modal, done) {
  const parts = modal.components.flatMap((part) => component(part));
  const note = el("p", { class: "wrong", role: "alert" });
  const title = el("h2", { id: fresh("title") }, modal.title);
  const cancel = el("button", { type: "button", class: "button secondary",
    onclick: () => dialog.close() }, "Cancel");
  const sendButton = el("button", { type: "submit", class: "button primary" }, "Submit");
  const form = el("form", { novalidate: true }, title, parts.map((part) => part.node), note,
    el("div", { class: "ends" }, cancel, sendButton));
  const dialog = el("dialog", { class: "form", "aria-labelledby": title.id,
    onclose: () => dialog.remove() }, form);
  const back = document.activeElement;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    note.textContent = "";
    sendButton.disabled = true;
    try {
      const filled = parts.filter((part) => part.value)
        .map((part) => [part.name, part.value()]).filter(([, value]) => value !== undefined);
      const files = parts.flatMap((part) => part.files?.() ?? []);
      const body = { call: modal.call, fields: Object.fromEntries(filled) };
      const outcome = await act("submit", body, files);
      if (outcome.failed) throw new Error("Something went wrong: the bot did not respond.");
      dialog.close();
      done(outcome);
    } catch (error) {
      note.textContent = error.message;
    }
    sendButton.disabled = false;
  });
  dialog.addEventListener("close", () => back?.isConnected && back.focus());
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("input, textarea, button.select")?.focus();
}

function labelled(part, label, hint, ...inner) {
  const star = part.required === false || part.min_values === 0 ? null
    : el("span", { class: "star", title: "required" }, " *");
  const name = el("span", { class: "label" }, label ?? part.label ?? "", star);
  const more = hint ? el("small", { id: fresh("hint") }, hint) : null;
  return { name, more, node: (tag = "label") => el(tag, { class: "field" }, name, more, inner) };
}

function write(part, label, hint) {
  const long = part.style === 2;
  const input = el(long ? "textarea" : "input", {
    name: part.custom_id, rows: long ? "4" : null, type: long ? null : "text",
    placeholder: part.placeholder, maxlength: part.max_length, value: part.value ?? "",
    "aria-required": String(part.required !== false), autocomplete: "off",
  });
  const { node, more } = labelled(part, label, hint, input, counter(input, part));
  if (more) input.setAttribute("aria-describedby", more.id);
  return { node: node(), name: part.custom_id, value: () => input.value };
}

function counter(input, part) {
  if (!part.max_length) return null;
  const node = el("small", { class: "count", "aria-hidden": "true" });
  const show = () => { node.textContent = `${input.value.length} / ${part.max_length}`; };
  input.addEventListener("input", show);
  show();
  return node;
}

function choose(part, label, hint) {
  const made = menu(part, { label: part.placeholder || label || "Make a selection" });
  const { node } = labelled(part, label, hint, made.node);
  return { node: node("div"), name: part.custom_id, value: () => made.values() };
}

function upload(part, label, hint) {
  const input = el("input", { type: "file", name: part.custom_id,
    multiple: (part.max_values ?? 1) > 1 });
  const { node } = labelled(part, label, hint, input);
  return { node: node(), files: () => [...input.files].map((file) => [part.custom_id, file]) };
}

function offer(part, label, hint) {
  const type = part.type === 21 ? "radio" : "checkbox";
  const group = fresh(part.custom_id);
  const inputs = part.options.map((option) => el("input", { type, name: group,
    value: option.value, checked: option.default }));
  const lines = inputs.map((input, index) => {
    const { label: shown, description } = part.options[index];
    return el("label", { class: "tick" }, input, el("span", {}, shown),
      description ? el("small", {}, description) : null);
  });
  const { node } = labelled(part, label, hint, lines);
  const values = () => inputs.filter((input) => input.checked).map((input) => input.value);
  return { node: node("div"), name: part.custom_id,
    value: () => (type === "radio" ? values()[0] : values()) };
}

function check(part, label, hint) {
  const input = el("input", { type: "checkbox", name: part.custom_id, checked: part.default });
  const node = el("label", { class: "tick field" }, input, el("span", {}, label ?? ""),
    hint ? el("small", {}, hint) : null);
  return { node, name: part.custom_id, value: () => input.checked };
}
