// Combobox: a text field with a list of suggestions (ARIA's combobox pattern).
import { el, uniqueId } from "./dom.js";

/**
 * Add suggestions to `input`. `source(text)` returns options `{label, value, hint}` or a promise
 * of them; `onPick(option)` runs when one is picked. `selectFirst` marks the first option, so that
 * Enter picks it. `delay` is the pause in typing, in ms, before `source` is called.
 */
export function combobox(input, { source, onPick, name, selectFirst = false, delay = 0 }) {
  // It takes the focus so that a keyboard can scroll it, though it closes when the field loses it.
  const list = el("ul", { id: uniqueId("list"), role: "listbox", class: "suggestions",
    tabindex: "0", "aria-label": name });
  let options = [];
  let active = -1;
  let request = 0; // number of the latest request; results of older ones are dropped
  let pending = null; // resolves to true with its options, to false if the text has changed
  let timer = 0;

  // ARIA forbids the role combobox and aria-expanded on a field with several lines.
  const isSingleLine = input.tagName === "INPUT";
  const attributes = { "aria-autocomplete": "list", "aria-haspopup": "listbox",
    autocomplete: "off", ...(isSingleLine ? { role: "combobox", "aria-expanded": "false" } : {}) };
  for (const [key, value] of Object.entries(attributes)) input.setAttribute(key, value);

  function close() {
    request += 1;
    pending = null;
    clearTimeout(timer);
    list.remove();
    options = [];
    active = -1;
    if (isSingleLine) input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.removeAttribute("aria-controls");
  }
  function activate(index) {
    active = index;
    [...list.children].forEach((item, position) => {
      item.classList.toggle("active", position === active);
      item.setAttribute("aria-selected", String(position === active));
    });
    const item = list.children[active];
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }
  function show(found) {
    if (!found.length || document.activeElement !== input) return close();
    options = found;
    list.replaceChildren(...found.map((option) => el("li", {
      id: uniqueId("suggestion"), role: "option",
      // A click must not move the focus away from the field.
      onpointerdown: (event) => event.preventDefault(), onclick: () => pick(option),
    }, el("span", {}, option.label), option.hint ? el("small", {}, option.hint) : null)));
    if (!list.isConnected) input.closest("form").append(list);
    if (isSingleLine) input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    return activate(selectFirst ? 0 : -1);
  }
  function pick(option) {
    close();
    onPick(option);
  }
  function load() {
    const mine = ++request;
    const found = source(input.value);
    if (Array.isArray(found)) return show(found);
    return (pending = found.then((loaded) => {
      if (mine !== request) return false;
      pending = null;
      show(loaded);
      return true;
    }));
  }
  function update() {
    clearTimeout(timer);
    request += 1; // a response in flight is for the old text
    pending = null;
    if (!selectFirst && options.length) activate(-1);
    if (delay) timer = setTimeout(load, delay);
    else load();
  }
  /** Handle Enter or Tab that was pressed before the options arrived. */
  async function pickWhenLoaded(key) {
    if (!(await pending)) return;
    if (options.length) pick(options[active]);
    else if (key === "Enter") input.form.requestSubmit();
  }
  input.addEventListener("input", update);
  input.addEventListener("focus", update);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = options.length;
    const isPickKey = ["Enter", "Tab"].includes(event.key) && !event.shiftKey;
    if (isPickKey && selectFirst && pending) pickWhenLoaded(event.key);
    else if (!count) return;
    else if (event.key === "ArrowDown") activate((active + 1) % count);
    else if (event.key === "ArrowUp") activate((active - 1 + count) % count);
    else if (event.key === "Escape") close();
    else if (isPickKey && active >= 0) pick(options[active]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  return { close };
}

/** Return the options whose label contains `text`, those that begin with it first. */
export function matchingOptions(options, text, limit = 25) {
  const typed = text.toLowerCase();
  const rank = (option) => {
    const label = option.label.toLowerCase().replace(/^[@#/]/, "");
    return label.startsWith(typed) ? 0 : label.includes(typed) ? 1 : 2;
  };
  return options.map((option) => [rank(option), option]).filter(([score]) => score < 2)
    .sort(([one], [other]) => one - other).map(([, option]) => option).slice(0, limit);
}
