/** Context menus on messages and members, with the bot's own commands under "Apps". */

import { isUsable } from "../client/commands.js";
import { h, icon } from "./dom.js";
import { openPopover, roveFocus } from "./popover.js";

const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;
/** Kept free at the end of the window. */
const MARGIN_PX = 12;
/** A menu's border and padding: a submenu begins so much above its row, and its first entry beside it. */
const EDGE_PX = 7;

/**
 * Show a menu at an element or a point. Items: {label, icon, onPick, danger, name} or {label, items} for a submenu;
 * null is a dividing line.
 */
export function openMenu(anchor, items, label) {
  const back = document.activeElement;
  const box = menuBox(items, label, () => handle.close());
  const handle = openPopover(anchor, box, () => {
    closeSubmenu(box);
    if (document.activeElement === document.body) back?.focus?.({ preventScroll: true });
  });
  menuItems(box)[0]?.focus();
  return handle;
}

const menuItems = (box) => [
  ...box.querySelectorAll(":scope > [role=menuitem]:not([aria-disabled=true])"),
];

function menuBox(items, label, close) {
  const box = h("div", {
    class: "menu",
    role: "menu",
    "aria-label": label,
    data: { testid: "menu" },
  });
  for (const item of items)
    box.append(item ? menuRow(item, box, close) : h("hr", { class: "menu-line" }));
  box.addEventListener("keydown", (event) => onKey(event, box));
  return box;
}

function menuRow(item, box, close) {
  const row = h(
    "button",
    {
      type: "button",
      class: `menu-item${item.danger ? " danger" : ""}`,
      role: "menuitem",
      tabIndex: -1,
      "aria-haspopup": item.items ? "menu" : null,
      "aria-disabled": item.disabled ? "true" : null,
      data: { testid: item.testid ?? "menu-item", name: item.name ?? item.label },
    },
    h(
      "span",
      { class: "menu-label" },
      item.label,
      item.hint && h("span", { class: "menu-hint" }, item.hint),
    ),
    item.picture ?? icon(item.items ? "right" : (item.icon ?? "dot")),
  );
  row.addEventListener("click", () => {
    if (item.disabled) return;
    if (item.items) return void openSubmenu(row, item, box, close);
    close();
    item.onPick();
  });
  row.addEventListener("pointerenter", () => {
    if (item.items) openSubmenu(row, item, box, close);
    else closeSubmenu(box);
  });
  return row;
}

function openSubmenu(row, item, box, close) {
  if (box.submenu?.row === row) return;
  closeSubmenu(box);
  const sub = menuBox(item.items, item.label, close);
  sub.classList.add("submenu");
  row.setAttribute("aria-expanded", "true");
  row.after(sub);
  placeSubmenu(row, sub);
  box.submenu = { row, sub };
}

/** Put a submenu beside its row, on the side where it fits; on a phone under the row, or above it. */
function placeSubmenu(row, sub) {
  const { left, right, top, bottom } = row.getBoundingClientRect();
  const lowest = window.innerHeight - MARGIN_PX - sub.offsetHeight;
  const overflows = right + sub.offsetWidth > window.innerWidth;
  const isNarrow = overflows && left < sub.offsetWidth;
  const beside = Math.min(-EDGE_PX, lowest - top);
  const stacked = bottom <= lowest ? row.offsetHeight : -sub.offsetHeight;
  sub.classList.toggle("to-left", overflows && !isNarrow);
  sub.classList.toggle("stacked", isNarrow);
  sub.style.setProperty("--top", `${row.offsetTop + (isNarrow ? stacked : beside)}px`);
}

function closeSubmenu(box) {
  box.submenu?.row.removeAttribute("aria-expanded");
  box.submenu?.sub.remove();
  box.submenu = null;
}

function onKey(event, box) {
  if (box.submenu?.sub.contains(event.target)) {
    if (event.key === "ArrowLeft") {
      const { row } = box.submenu;
      closeSubmenu(box);
      row.focus();
      event.stopPropagation();
    }
    return;
  }
  if (roveFocus(event, menuItems(box))) event.stopPropagation();
  const opens =
    event.target.getAttribute("aria-haspopup") === "menu" &&
    ["ArrowRight", "Enter", " "].includes(event.key);
  if (!opens) return;
  event.preventDefault();
  event.target.click();
  menuItems(box.submenu.sub)[0]?.focus();
}

/** The menus of the page, built for what they are opened on. */
export class ContextMenus {
  constructor(context) {
    Object.assign(this, context);
  }

  onMessage(message, anchor) {
    const { store } = this;
    const actor = store.actor();
    const deletable =
      (actor?.moderator || message.author.id === store.member) && !message.ephemeral;
    const dismissable = Boolean(message.ephemeral);
    openMenu(
      anchor,
      [
        this.#apps(MESSAGE_COMMAND, { message: message.id }),
        null,
        message.content
          ? {
              label: "Copy text",
              icon: "file",
              onPick: () => this.#copy(message.content, "Text copied"),
            }
          : undefined,
        {
          label: "Copy message ID",
          icon: "id",
          testid: "menu-copy-id",
          onPick: () => this.#copy(message.id, "Message ID copied"),
        },
        dismissable
          ? { label: "Dismiss message", icon: "eye", onPick: () => store.dismiss(message) }
          : undefined,
        deletable
          ? {
              label: "Delete message",
              icon: "trash",
              danger: true,
              testid: "menu-delete",
              onPick: () => this.confirmDelete(message),
            }
          : undefined,
      ].filter((item) => item !== undefined),
      "Message actions",
    );
  }

  onMember(member, anchor) {
    const items = [
      this.#apps(USER_COMMAND, { target: member.id }),
      null,
      { label: "Copy user ID", icon: "id", onPick: () => this.#copy(member.id, "User ID copied") },
    ];
    openMenu(anchor, items, `Actions for ${member.name}`);
  }

  #apps(type, subject) {
    const { store, interactions } = this;
    const found = store.commands().filter(
      (command) => command.type === type && isUsable(command, store.actor(), store.place()),
    );
    const items = found.map(({ name, label }) => ({
      label,
      hint: store.world.application?.name,
      icon: "apps",
      testid: "app-command",
      name,
      onPick: () => interactions.menu(name, subject),
    }));
    if (!items.length) items.push({ label: "No apps here", disabled: true });
    return { label: "Apps", testid: "menu-apps", items };
  }

  async #copy(text, notice) {
    try {
      await navigator.clipboard.writeText(text);
      this.toasts.tell(notice);
    } catch {
      this.toasts.complain("The browser did not allow copying.", text);
    }
  }
}
