// Modals: dialogs with a form that the bot opens and the member submits.
import { runAction } from "./api.js";
import { el, uniqueId } from "./dom.js";
import { markdown } from "./markdown.js";
import { selectMenu } from "./select_menu.js";

// Discord's component types.
const TYPES = {
  1: (part) => part.components.map((inner) => field(inner)),
  3: selectField, 5: selectField, 6: selectField, 7: selectField, 8: selectField,
  4: textField,
  10: (part) => [{ node: el("div", { class: "prose" }, markdown(part.content)) }],
  18: (part) => field(part.component, part.label, part.description),
  19: fileField, 21: choiceField, 22: choiceField, 23: checkboxField,
};

const field = (part, label, hint) => [TYPES[part.type]?.(part, label, hint) ?? []].flat(2);

/** Show a modal; `onResponse(result)` runs after it was submitted. */
export function openModal(modal, onResponse) {
  const fields = modal.components.flatMap((part) => field(part));
  const error = el("p", { class: "error", role: "alert" });
  const title = el("h2", { id: uniqueId("title") }, modal.title);
  const cancelButton = el("button", { type: "button", class: "button secondary",
    onclick: () => dialog.close() }, "Cancel");
  const submitButton = el("button", { type: "submit", class: "button primary" }, "Submit");
  const form = el("form", { novalidate: true }, title, fields.map((one) => one.node), error,
    el("div", { class: "buttons" }, cancelButton, submitButton));
  const dialog = el("dialog", { class: "form", "aria-labelledby": title.id,
    onclose: () => dialog.remove() }, form);
  const previousFocus = document.activeElement;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    submitButton.disabled = true;
    try {
      const values = fields.filter((one) => one.value)
        .map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined);
      const files = fields.flatMap((one) => one.files?.() ?? []);
      const body = { interaction: modal.interaction, fields: Object.fromEntries(values) };
      const result = await runAction("submit", body, files);
      if (result.failed) throw new Error("The bot didn't respond. Try again.");
      dialog.close();
      onResponse(result);
    } catch (failure) {
      error.textContent = failure.message;
    }
    submitButton.disabled = false;
  });
  dialog.addEventListener("close", () => previousFocus?.isConnected && previousFocus.focus());
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("input, textarea, button.select")?.focus();
}

function labelled(part, label, hint, ...inner) {
  const mark = part.required === false || part.min_values === 0 ? null
    : el("span", { class: "required-mark", title: "required" }, " *");
  const name = el("span", { class: "label" }, label ?? part.label ?? "", mark);
  const hintNode = hint ? el("small", { id: uniqueId("hint") }, hint) : null;
  return { hintNode,
    node: (tag = "label") => el(tag, { class: "field" }, name, hintNode, inner) };
}

function textField(part, label, hint) {
  const isParagraph = part.style === 2;
  const input = el(isParagraph ? "textarea" : "input", {
    name: part.custom_id, rows: isParagraph ? "4" : null, type: isParagraph ? null : "text",
    placeholder: part.placeholder, maxlength: part.max_length, value: part.value ?? "",
    "aria-required": String(part.required !== false), autocomplete: "off",
  });
  const { node, hintNode } = labelled(part, label, hint, input, characterCount(input, part));
  if (hintNode) input.setAttribute("aria-describedby", hintNode.id);
  return { node: node(), name: part.custom_id, value: () => input.value };
}

function characterCount(input, part) {
  if (!part.max_length) return null;
  const node = el("small", { class: "count", "aria-hidden": "true" });
  const update = () => { node.textContent = `${input.value.length} / ${part.max_length}`; };
  input.addEventListener("input", update);
  update();
  return node;
}

function selectField(part, label, hint) {
  const menu = selectMenu(part, { label: part.placeholder || label || "Make a selection" });
  const { node } = labelled(part, label, hint, menu.node);
  return { node: node("div"), name: part.custom_id, value: () => menu.values() };
}

function fileField(part, label, hint) {
  const input = el("input", { type: "file", name: part.custom_id,
    multiple: (part.max_values ?? 1) > 1 });
  const { node } = labelled(part, label, hint, input);
  return { node: node(), files: () => [...input.files].map((file) => [part.custom_id, file]) };
}

/** A radio group or a checkbox group. */
function choiceField(part, label, hint) {
  const type = part.type === 21 ? "radio" : "checkbox";
  const name = uniqueId(part.custom_id);
  const inputs = part.options.map((option) => el("input", { type, name,
    value: option.value, checked: option.default }));
  const rows = inputs.map((input, index) => {
    const { label: text, description } = part.options[index];
    return el("label", { class: "checkbox" }, input, el("span", {}, text),
      description ? el("small", {}, description) : null);
  });
  const { node } = labelled(part, label, hint, rows);
  const values = () => inputs.filter((input) => input.checked).map((input) => input.value);
  return { node: node("div"), name: part.custom_id,
    value: () => (type === "radio" ? values()[0] : values()) };
}

function checkboxField(part, label, hint) {
  const input = el("input", { type: "checkbox", name: part.custom_id, checked: part.default });
  const node = el("label", { class: "checkbox field" }, input, el("span", {}, label ?? ""),
    hint ? el("small", {}, hint) : null);
  return { node, name: part.custom_id, value: () => input.checked };
}
