// Apps menu of a message or a member: the bot's context-menu commands.
import { runAction } from "./api.js";
import { el } from "./dom.js";
import { isOpen, openPopover } from "./popover.js";

const [MEMBER_COMMAND, MESSAGE_COMMAND] = [2, 3];

/**
 * Open the menu at the button `opener`. `target` is `{member}` or `{message}`;
 * `onResult(result, name)` gets the result of the chosen command.
 */
export async function openContextMenu(opener, target, onResult) {
  if (isOpen(opener)) return;
  const type = target.member ? MEMBER_COMMAND : MESSAGE_COMMAND;
  const { commands } = await runAction("commands").catch(() => ({ commands: [] }));
  const items = commands.filter((command) => command.type === type).map(({ name }) =>
    el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => {
      panel.hidePopover();
      runAction("context_menu", { command: name, ...target }).then(
        (result) => onResult(result, name),
        (error) => onResult({ error: error.message }, name));
    } }, name));
  const panel = items.length
    ? el("div", { class: "panel menu", role: "menu", "aria-label": "Apps", onkeydown: onKey },
      items)
    : el("div", { class: "panel menu", role: "note", tabindex: "-1" },
      el("p", {}, "The bot has no commands for this."));

  function onKey(event) {
    const index = items.indexOf(document.activeElement);
    const last = items.length - 1;
    const next = { ArrowDown: index + 1, ArrowUp: index + last, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    items[next % items.length].focus();
    event.preventDefault();
  }
  openPopover(opener, panel);
  (items[0] ?? panel).focus();
}
