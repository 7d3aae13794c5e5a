// Select menus: a button that opens a list. One choice closes it; several are sent with Done.
import { el, emoji, fresh } from "./dom.js";
import { float, isOpen } from "./floating.js";
import { here } from "./talk.js";

const KIND = { 5: ["members"], 6: ["roles"], 7: ["members", "roles"], 8: ["channels"] };

const named = {
  members: (one) => ({ label: `@${one.shown}`, value: one.id, hint: one.bot ? "bot" : "" }),
  roles: (one) => ({ label: `@${one.name}`, value: one.id, hint: "role" }),
  channels: (one) => ({ label: `#${one.name}`, value: one.id }),
};

/** Give what a select, or an option of a command, of people, roles or channels offers. */
export const things = (...kinds) => kinds.flatMap((kind) =>
  here.state[kind].filter((one) => !one.direct).map(named[kind]));

const offered = (part) => (part.type === 3
  ? part.options.map((option) => ({ ...option, hint: option.description }))
  : things(...KIND[part.type]));

/**
 * Give a select menu: `node`, and `values()`, what is chosen now.
 * `done(values, opener)` is called for each choice that is made, `label` names it while empty.
 */
export function menu(part, { label, done = () => {}, labelledby = null }) {
  const options = offered(part);
  const given = (part.default_values ?? []).map((one) => one.id);
  let chosen = options.filter((one) => one.default || given.includes(one.value));
  const many = (part.max_values ?? 1) > 1;
  const shown = el("span", {});
  const opener = el("button", {
    type: "button", class: "select", "aria-haspopup": "listbox", "aria-expanded": "false",
    disabled: part.disabled, "data-custom-id": part.custom_id, "aria-describedby": labelledby,
    onclick: (event) => {
      if (isOpen(opener)) return;
      event.preventDefault(); // or this press would close at once what it opens
      open(opener, { options, chosen, part, many, label, take });
    },
    onkeydown: (event) => {
      if (["ArrowDown", "ArrowUp"].includes(event.key)) {
        event.preventDefault();
        opener.click();
      }
    },
  }, shown, el("span", { class: "caret", "aria-hidden": "true" }, "▾"));
  const show = () => {
    const text = chosen.map((one) => one.label).join(", ");
    shown.textContent = text || label;
    shown.className = text ? "" : "empty";
    opener.setAttribute("aria-label", text ? `${label}: ${text}` : label);
  };
  const take = (values) => {
    chosen = values;
    show();
    done(chosen.map((one) => one.value), opener);
  };
  show();
  return { node: opener, values: () => chosen.map((one) => one.value) };
}

function open(opener, { options, chosen, part, many, label, take }) {
  const picked = new Set(chosen);
  const low = part.min_values ?? 1;
  const items = options.map((option) => el("li", {
    id: fresh("option"), role: "option", "aria-selected": String(picked.has(option)),
    onclick: () => pick(option),
  }, emoji(option.emoji), el("span", {}, option.label),
  option.hint ? el("small", {}, option.hint) : null));
  const box = el("ul", { role: "listbox", tabindex: "0", "aria-label": label,
    "aria-multiselectable": many ? "true" : null, onkeydown: (event) => key(event) }, items);
  const finish = el("button", { type: "button", class: "button primary",
    onclick: () => send() }, "Done");
  const few = many || low === 0;
  const panel = el("div", { class: "panel" }, box, few ? finish : null);
  let at = Math.max(0, options.findIndex((option) => picked.has(option)));

  function mark() {
    items.forEach((item, index) => item.classList.toggle("active", index === at));
    box.setAttribute("aria-activedescendant", items[at]?.id ?? "");
    items[at]?.scrollIntoView({ block: "nearest" });
  }
  function pick(option) {
    at = options.indexOf(option);
    if (!many) picked.clear();
    if (!picked.delete(option) && picked.size < (part.max_values ?? 1)) picked.add(option);
    if (!few) return send();
    items.forEach((item, index) =>
      item.setAttribute("aria-selected", String(picked.has(options[index]))));
    finish.disabled = picked.size < low;
    return mark();
  }
  function send() {
    panel.hidePopover();
    take(options.filter((option) => picked.has(option)));
  }
  function key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -at, End: items.length - 1 - at };
    const step = steps[event.key];
    if (step !== undefined) at = Math.min(items.length - 1, Math.max(0, at + step));
    else if (event.key === " ") pick(options[at]);
    else if (event.key === "Enter") {
      if (!many || !picked.size) pick(options[at]);
      if (few && picked.size >= low) send();
    } else return letter(event.key);
    event.preventDefault();
    return mark();
  }
  function letter(typed) {
    const found = options.findIndex((option) =>
      option.label.replace(/^[@#]/, "").toLowerCase().startsWith(typed.toLowerCase()));
    if (typed.length === 1 && found >= 0) at = found;
    mark();
  }
  const closed = () => opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-expanded", "true");
  finish.disabled = picked.size < low;
  float(opener, panel, { along: true, closed });
  box.focus();
  mark();
}
