/** Small windows of the page itself: a confirmation, and what this place is. */

import { h, iconButton } from "./dom.js";

/** Show a dialog in front of everything; it is removed when it closes. */
export function showDialog(dialog) {
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The browser gives the focus back but leaves the caret in what was just removed.
    const { activeElement } = document;
    activeElement?.blur();
    activeElement?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** A small window; `build(close)` gives its content. */
function openDialog(className, label, build) {
  const dialog = h("dialog", { class: className, "aria-label": label });
  dialog.append(build(() => dialog.close()));
  dialog.addEventListener("pointerdown", (event) => event.target === dialog && dialog.close());
  showDialog(dialog);
}

/** Ask before something is done for good. */
export function confirm({ title, text, action, onConfirm }) {
  openDialog("dialog", title, (close) => {
    const yes = () => {
      close();
      onConfirm();
    };
    return h(
      "div",
      { class: "dialog-card", data: { testid: "confirm" } },
      h("h2", {}, title),
      h("p", {}, text),
      h(
        "div",
        { class: "dialog-buttons" },
        h(
          "button",
          { type: "button", class: "button button-plain", on: { click: close } },
          "Cancel",
        ),
        h(
          "button",
          {
            type: "button",
            class: "button button-danger",
            data: { testid: "confirm-yes" },
            on: { click: yes },
            autofocus: true,
          },
          action,
        ),
      ),
    );
  });
}

const KEYS = [
  ["/", "open the list of commands"],
  ["↑ ↓", "choose in a list"],
  ["Tab", "take the choice, or go to the next option"],
  ["Enter", "send the command"],
  ["Esc", "close a list, or leave the command"],
];

/** What this page is, and its keys. */
export function openAbout(store) {
  openDialog("dialog", "About this playground", (close) =>
    h(
      "div",
      { class: "dialog-card about" },
      iconButton("close", "Close", close, { class: "icon-button dialog-close" }),
      h("h2", {}, "A Discord of your own"),
      h(
        "p",
        {},
        "This page and everything behind it run on this machine. It speaks Discord's protocol, so the bot you meet here is the very program that would run on Discord; it only talks to this address instead.",
      ),
      h(
        "p",
        {},
        "Nothing you type leaves this machine unless the bot is set up with an outside picture service. Switch between the members at the bottom left to see what each of them sees.",
      ),
      h("h3", {}, "Keys"),
      h(
        "dl",
        { class: "keys" },
        KEYS.map(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]),
      ),
      h(
        "p",
        { class: "subtext" },
        store.world.application
          ? `Application ${store.world.application.name} · ${store.world.application.id}`
          : "No application is connected.",
      ),
    ),
  );
}
