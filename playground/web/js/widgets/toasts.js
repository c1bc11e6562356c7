/** Short notices in the corner that go away by themselves. */

import { h, icon, iconButton } from "./dom.js";

const SHOWN_MS = 6000;

export class Toasts {
  constructor(root) {
    this.root = root;
  }

  tell(text) {
    this.#show("info", "check", text);
  }

  /** A complaint; `detail` is a second, quieter line. */
  complain(text, detail) {
    this.#show("error", "warning", text, detail === text ? null : detail);
  }

  #show(kind, symbol, text, detail) {
    for (const old of this.root.children) if (old.dataset.text === text) old.remove();
    const words = h(
      "div",
      { class: "toast-text" },
      h("p", {}, text),
      detail && h("p", { class: "subtext" }, detail),
    );
    const toast = h(
      "div",
      { class: `toast toast-${kind}`, data: { testid: "toast", text } },
      icon(symbol),
      words,
    );
    const close = () => toast.remove();
    toast.append(iconButton("close", "Close notice", close));
    this.root.append(toast);
    setTimeout(close, SHOWN_MS);
  }
}
