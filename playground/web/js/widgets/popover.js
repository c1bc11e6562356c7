/** Boxes that float beside a control: placed inside the window, closed by Escape, a press elsewhere or a scroll. */

const GAP = 6;

/**
 * Show `box` beside `anchor` (an element or {x, y}) until `close()`.
 * `onClose` is called once, however it closes. Inside a dialog the box joins the dialog, the page being inert behind it.
 */
export function openPopover(anchor, box, onClose = () => undefined) {
  const element = anchor instanceof Element ? anchor : null;
  const host = element?.closest("dialog") ?? document.body;
  box.classList.add("popover");
  host.append(box);
  place(anchor, box);
  let open = true;

  function close() {
    if (!open) return;
    open = false;
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", escape, true);
    window.removeEventListener("resize", close);
    document.removeEventListener("scroll", scrolled, true);
    box.remove();
    onClose();
  }
  function outside(event) {
    if (!box.contains(event.target) && !element?.contains(event.target)) close();
  }
  function escape(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
    element?.focus?.();
  }
  function scrolled(event) {
    if (!box.contains(event.target)) place(anchor, box);
  }
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", escape, true);
  window.addEventListener("resize", close);
  document.addEventListener("scroll", scrolled, true);
  return { close, isOpen: () => open };
}

/** Below the anchor if there is room, otherwise above, never beyond the window. */
function place(anchor, box) {
  const at =
    anchor instanceof Element
      ? anchor.getBoundingClientRect()
      : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y, width: 0 };
  if (anchor instanceof Element && box.dataset.match === "width") box.style.width = `${at.width}px`;
  const size = box.getBoundingClientRect();
  const below = at.bottom + GAP + size.height <= window.innerHeight || at.top < size.height + GAP;
  const top = below ? at.bottom + GAP : at.top - GAP - size.height;
  const side = box.dataset.side === "right" && at.right + size.width + GAP < window.innerWidth;
  box.style.left = `${clamp(side ? at.right + GAP : at.left, window.innerWidth - size.width - GAP)}px`;
  box.style.top = `${clamp(side ? at.top : top, window.innerHeight - size.height - GAP)}px`;
}

function clamp(value, max) {
  return Math.max(GAP, Math.min(value, Math.max(GAP, max)));
}

/** Move focus among `items` for arrow keys, Home and End; true when the key was one of them. */
export function roveFocus(event, items) {
  const at = items.indexOf(document.activeElement);
  const targets = {
    ArrowDown: at + 1,
    ArrowUp: at < 0 ? items.length - 1 : at - 1,
    Home: 0,
    End: items.length - 1,
  };
  if (!(event.key in targets) || !items.length) return false;
  event.preventDefault();
  items[(targets[event.key] + items.length) % items.length].focus();
  return true;
}
