// The menu of a message or a member: the bot's commands for it.
import { el } from "./dom.js";
import { float, isOpen } from "./floating.js";
import { act } from "./talk.js";

const [OF_MEMBER, OF_MESSAGE] = [2, 3];

/** Open the menu at `opener`; `target` is `{member}` or `{message}`, `sent` gets the outcome. */
export async function openApps(opener, target, sent) {
  if (isOpen(opener)) return;
  const kind = target.member ? OF_MEMBER : OF_MESSAGE;
  const { commands } = await act("commands").catch(() => ({ commands: [] }));
  const items = commands.filter((command) => command.type === kind).map(({ name }) =>
    el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => {
      panel.hidePopover();
      act("menu", { command: name, ...target }).then(
        (outcome) => sent(outcome, name),
        (error) => sent({ error: error.message }, name));
    } }, name));
  const none = el("p", {}, "The bot has no commands for this.");
  const panel = items.length
    ? el("div", { class: "panel menu", role: "menu", "aria-label": "Apps", onkeydown: key }, items)
    : el("div", { class: "panel menu", role: "note", tabindex: "-1" }, none);

  function key(event) {
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    items[(at + step + items.length) % items.length].focus();
    event.preventDefault();
  }
  float(opener, panel);
  (items[0] ?? panel).focus();
}
