// A panel above the page, at the control that opened it. The browser closes it: by Escape, by a
// press elsewhere or on the control, or as another one opens.

const GAP = 4; // px

/** Whether a press of `opener` now closes what it opened. */
export const isOpen = (opener) => Boolean(opener.popoverTargetElement);

/** Show `panel` at `opener`, `along` its width if asked; `closed` is told when it is gone. */
export function float(opener, panel, { along = false, closed = () => {} } = {}) {
  const place = () => {
    const from = opener.getBoundingClientRect();
    if (along) panel.style.width = `${from.width}px`;
    const [high, wide] = [panel.offsetHeight, panel.offsetWidth];
    const below = from.bottom + GAP;
    const above = from.top - GAP - high;
    const top = below + high <= innerHeight || above < 0 ? below : above;
    const left = along ? from.left : from.right - wide;
    panel.style.top = `${Math.max(0, Math.min(top, innerHeight - high))}px`;
    panel.style.left = `${Math.max(GAP, Math.min(left, innerWidth - wide - GAP))}px`;
  };
  const follow = ({ target }) => {
    if (!panel.isConnected) stop();
    else if (!panel.contains(target)) place();
  };
  const stop = () => {
    document.removeEventListener("scroll", follow, true);
    removeEventListener("resize", follow);
  };
  panel.popover = "auto";
  panel.addEventListener("toggle", ({ newState }) => {
    if (newState === "open") return;
    stop();
    panel.remove();
    opener.popoverTargetElement = null;
    closed();
  });
  panel.addEventListener("focusout", ({ relatedTarget: next }) => {
    if (next && next !== opener && !panel.contains(next)) panel.hidePopover();
  });
  document.addEventListener("scroll", follow, true);
  addEventListener("resize", follow);
  opener.after(panel);
  opener.popoverTargetElement = panel;
  panel.showPopover();
  place();
}
