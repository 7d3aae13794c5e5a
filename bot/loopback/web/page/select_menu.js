// Select menus: a button that opens a list. A single choice closes it; several need "Done".
import { current } from "./api.js";
import { el, emoji, uniqueId } from "./dom.js";
import { isOpen, openPopover } from "./popover.js";

const KINDS = { 5: ["members"], 6: ["roles"], 7: ["members", "roles"], 8: ["channels"] };

const toOption = {
  members: (one) => ({ label: `@${one.display_name}`, value: one.id, hint: one.bot ? "bot" : "" }),
  roles: (one) => ({ label: `@${one.name}`, value: one.id, hint: "role" }),
  channels: (one) => ({ label: `#${one.name}`, value: one.id }),
};

/** List the server's members, roles or channels as options of a menu or a command. */
export const serverOptions = (...kinds) => kinds.flatMap((kind) =>
  current.state[kind].filter((one) => !one.is_dm).map(toOption[kind]));

const menuOptions = (component) => (component.type === 3
  ? component.options.map((option) => ({ ...option, hint: option.description }))
  : serverOptions(...KINDS[component.type]));

/**
 * Create a select menu: `node`, and `values()`, the current choice.
 * `onChoose(values, opener)` runs on each choice. `label` is shown while nothing is chosen.
 */
export function selectMenu(component, { label, onChoose = () => {} }) {
  const options = menuOptions(component);
  const defaults = (component.default_values ?? []).map((one) => one.id);
  let chosen = options.filter((one) => one.default || defaults.includes(one.value));
  const text = el("span", {});
  const opener = el("button", {
    type: "button", class: "select", "aria-haspopup": "listbox", "aria-expanded": "false",
    disabled: component.disabled, "data-custom-id": component.custom_id,
    onclick: (event) => {
      if (isOpen(opener)) return;
      event.preventDefault(); // the same click would close the list again
      openList(opener, { options, chosen, component, label, choose });
    },
    onkeydown: (event) => {
      if (["ArrowDown", "ArrowUp"].includes(event.key)) {
        event.preventDefault();
        opener.click();
      }
    },
  }, text, el("span", { class: "caret", "aria-hidden": "true" }, "▾"));
  const showChoice = () => {
    const labels = chosen.map((one) => one.label).join(", ");
    text.textContent = labels || label;
    text.className = labels ? "" : "empty";
    opener.setAttribute("aria-label", labels ? `${label}: ${labels}` : label);
  };
  const choose = (picked) => {
    chosen = picked;
    showChoice();
    onChoose(chosen.map((one) => one.value), opener);
  };
  showChoice();
  return { node: opener, values: () => chosen.map((one) => one.value) };
}

function openList(opener, { options, chosen, component, label, choose }) {
  const picked = new Set(chosen);
  const minimum = component.min_values ?? 1;
  const maximum = component.max_values ?? 1;
  const isMultiple = maximum > 1;
  const items = options.map((option) => el("li", {
    id: uniqueId("option"), role: "option", "aria-selected": String(picked.has(option)),
    onclick: () => pick(option),
  }, emoji(option.emoji), el("span", {}, option.label),
  option.hint ? el("small", {}, option.hint) : null));
  const list = el("ul", { role: "listbox", tabindex: "0", "aria-label": label,
    "aria-multiselectable": isMultiple ? "true" : null, onkeydown: onKey }, items);
  const doneButton = el("button", { type: "button", class: "button primary",
    onclick: () => finish() }, "Done");
  const needsDone = isMultiple || minimum === 0;
  const panel = el("div", { class: "panel" }, list, needsDone ? doneButton : null);
  let active = Math.max(0, options.findIndex((option) => picked.has(option)));

  function showActive() {
    items.forEach((item, index) => item.classList.toggle("active", index === active));
    list.setAttribute("aria-activedescendant", items[active]?.id ?? "");
    items[active]?.scrollIntoView({ block: "nearest" });
  }
  function pick(option) {
    active = options.indexOf(option);
    if (!isMultiple) picked.clear();
    if (!picked.delete(option) && picked.size < maximum) picked.add(option);
    if (!needsDone) return finish();
    items.forEach((item, index) =>
      item.setAttribute("aria-selected", String(picked.has(options[index]))));
    doneButton.disabled = picked.size < minimum;
    return showActive();
  }
  function finish() {
    panel.hidePopover();
    choose(options.filter((option) => picked.has(option)));
  }
  function onKey(event) {
    const last = items.length - 1;
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -active, End: last - active };
    const step = steps[event.key];
    if (step !== undefined) active = Math.min(last, Math.max(0, active + step));
    else if (event.key === " ") pick(options[active]);
    else if (event.key === "Enter") {
      if (!isMultiple || !picked.size) pick(options[active]);
      if (needsDone && picked.size >= minimum) finish();
    } else return jumpToLetter(event.key);
    event.preventDefault();
    return showActive();
  }
  function jumpToLetter(key) {
    const index = options.findIndex((option) =>
      option.label.replace(/^[@#]/, "").toLowerCase().startsWith(key.toLowerCase()));
    if (key.length === 1 && index >= 0) active = index;
    showActive();
  }
  const onClose = () => opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-expanded", "true");
  doneButton.disabled = picked.size < minimum;
  openPopover(opener, panel, { matchWidth: true, onClose });
  list.focus();
  showActive();
}
