// A text field with a list of suggestions above the message box (ARIA's combobox pattern).
import { el, fresh } from "./dom.js";

/**
 * Let `input` suggest. `source(text)` gives options `{label, value, hint}`, at once or later;
 * `pick(option)` takes one. `eager` marks the first, so that Enter picks it; `wait` is how long
 * typing rests, in ms, before `source` is asked.
 */
export function combobox(input, { source, pick, name, eager = false, wait = 0 }) {
  const list = el("ul", { id: fresh("list"), role: "listbox", class: "suggestions",
    "aria-label": name });
  let options = [];
  let at = -1;
  let asked = 0;
  let awaited = null; // becomes true with its options, false if more was typed meanwhile
  let timer = 0;

  // A field of several lines may not be called a combobox, nor be said to be expanded.
  const single = input.tagName === "INPUT";
  const about = { "aria-autocomplete": "list", "aria-haspopup": "listbox", autocomplete: "off",
    ...(single ? { role: "combobox", "aria-expanded": "false" } : {}) };
  for (const [key, value] of Object.entries(about)) input.setAttribute(key, value);

  function close() {
    asked += 1;
    awaited = null;
    clearTimeout(timer);
    list.remove();
    options = [];
    at = -1;
    if (single) input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.removeAttribute("aria-controls");
  }
  function mark(index) {
    at = index;
    [...list.children].forEach((item, place) => {
      item.classList.toggle("active", place === at);
      item.setAttribute("aria-selected", String(place === at));
    });
    const active = list.children[at];
    if (active) input.setAttribute("aria-activedescendant", active.id);
    else input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }
  function show(found) {
    if (!found.length || document.activeElement !== input) return close();
    options = found;
    list.replaceChildren(...found.map((option) => el("li", {
      id: fresh("suggestion"), role: "option",
      // A press of the mouse must not take the focus away from the field.
      onpointerdown: (event) => event.preventDefault(), onclick: () => take(option),
    }, el("span", {}, option.label), option.hint ? el("small", {}, option.hint) : null)));
    if (!list.isConnected) input.closest("form").append(list);
    if (single) input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    return mark(eager ? 0 : -1);
  }
  function take(option) {
    close();
    pick(option);
  }
  function ask() {
    const mine = ++asked;
    const found = source(input.value);
    if (Array.isArray(found)) return show(found);
    return (awaited = found.then((late) => {
      if (mine !== asked) return false;
      awaited = null;
      show(late);
      return true;
    }));
  }
  function soon() {
    clearTimeout(timer);
    asked += 1; // what is on its way answers what is no longer typed
    awaited = null;
    if (!eager && options.length) mark(-1);
    if (wait) timer = setTimeout(ask, wait);
    else ask();
  }
  /** Take what a fast typist means, whose Enter comes before the options do. */
  async function settle(key) {
    if (!(await awaited)) return;
    if (options.length) take(options[at]);
    else if (key === "Enter") input.form.requestSubmit();
  }
  input.addEventListener("input", soon);
  input.addEventListener("focus", soon);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = options.length;
    const taking = ["Enter", "Tab"].includes(event.key) && !event.shiftKey;
    if (taking && eager && awaited) settle(event.key);
    else if (!count) return;
    else if (event.key === "ArrowDown") mark((at + 1) % count);
    else if (event.key === "ArrowUp") mark((at - 1 + count) % count);
    else if (event.key === "Escape") close();
    else if (taking && at >= 0) take(options[at]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  return { close };
}

/** Give those of `options` whose label holds `text`, those that begin with it first. */
export function matching(options, text, most = 25) {
  const typed = text.toLowerCase();
  const rank = (option) => {
    const label = option.label.toLowerCase().replace(/^[@#/]/, "");
    return label.startsWith(typed) ? 0 : label.includes(typed) ? 1 : 2;
  };
  return options.map((option) => [rank(option), option]).filter(([kind]) => kind < 2)
    .sort(([one], [other]) => one - other).map(([, option]) => option).slice(0, most);
}
