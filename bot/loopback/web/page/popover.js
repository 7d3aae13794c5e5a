// Popover panels, placed at the button that opened them. The browser closes them: on Escape, on a
// click elsewhere or on the button, and when another one opens.

const GAP = 4; // px

/** Whether a click on `opener` closes the popover that it opened. */
export const isOpen = (opener) => Boolean(opener.popoverTargetElement);

/** Show `panel` at `opener`, as wide as it if `matchWidth`; `onClose` runs after it closes. */
export function openPopover(opener, panel, { matchWidth = false, onClose = () => {} } = {}) {
  const position = () => {
    const anchor = opener.getBoundingClientRect();
    if (matchWidth) panel.style.width = `${anchor.width}px`;
    const [height, width] = [panel.offsetHeight, panel.offsetWidth];
    const below = anchor.bottom + GAP;
    const above = anchor.top - GAP - height;
    const top = below + height <= innerHeight || above < 0 ? below : above;
    const left = matchWidth ? anchor.left : anchor.right - width;
    panel.style.top = `${Math.max(0, Math.min(top, innerHeight - height))}px`;
    panel.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  };
  const reposition = ({ target }) => {
    if (!panel.isConnected) stop();
    else if (!(target instanceof Node && panel.contains(target))) position();
  };
  const stop = () => {
    document.removeEventListener("scroll", reposition, true);
    removeEventListener("resize", reposition);
  };
  panel.popover = "auto";
  panel.addEventListener("toggle", ({ newState }) => {
    if (newState === "open") return;
    stop();
    panel.remove();
    opener.popoverTargetElement = null;
    onClose();
  });
  panel.addEventListener("focusout", ({ relatedTarget: next }) => {
    if (next && next !== opener && !panel.contains(next)) panel.hidePopover();
  });
  document.addEventListener("scroll", reposition, true);
  addEventListener("resize", reposition);
  opener.after(panel);
  opener.popoverTargetElement = panel;
  panel.showPopover();
  position();
}
