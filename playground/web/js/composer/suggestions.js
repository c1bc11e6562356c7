/** The list above the composer: commands, options, choices. The focus stays in the text; arrows move the mark. */

import { fill, h } from "../widgets/dom.js";

/** A listbox driven from elsewhere. Items: {key, nodes, value, testid, data}. */
export class Suggestions {
  #items = [];
  #active = -1;
  #owner = null;
  #query = null;

  constructor(root, onPick) {
    this.root = root;
    this.onPick = onPick;
    root.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  /** Show items for the field `owner`; `preselect` marks the first one, anew for each `query`. */
  show(owner, { title, items, query = "", preselect = false, note = null }) {
    const isSame = this.#owner === owner && this.#query === query;
    const activeKey = isSame ? this.#items[this.#active]?.key : undefined;
    if (this.#owner !== owner) this.#release();
    this.#owner = owner;
    this.#query = query;
    this.#items = items;
    const kept = items.findIndex(({ key }) => key === activeKey);
    this.#active = kept >= 0 ? kept : preselect && items.length ? 0 : -1;
    this.list = h(
      "div",
      {
        class: "suggestion-list",
        role: "listbox",
        id: "suggestion-list",
        "aria-label": "Suggestions",
      },
      items.map((item, at) => this.#row(item, at)),
    );
    fill(
      this.root,
      title && h("div", { class: "suggestion-title" }, title),
      items.length ? this.list : null,
      note && h("p", { class: "suggestion-note" }, note),
    );
    this.root.hidden = false;
    owner.setAttribute("aria-controls", "suggestion-list");
    owner.setAttribute("aria-expanded", String(items.length > 0));
    this.#mark();
  }

  hide() {
    this.#release();
    this.#items = [];
    this.#active = -1;
    this.root.hidden = true;
    fill(this.root);
  }

  #release() {
    this.#owner?.removeAttribute("aria-activedescendant");
    this.#owner?.setAttribute("aria-expanded", "false");
    this.#owner = null;
  }

  get active() {
    return this.#items[this.#active] ?? null;
  }

  get first() {
    return this.#items[0] ?? null;
  }

  get isOpen() {
    return !this.root.hidden && this.#items.length > 0;
  }

  /** Move the mark by a step, around the ends; false when there is nothing to move in. */
  move(step) {
    if (!this.isOpen) return false;
    const count = this.#items.length;
    this.#active =
      this.#active < 0 ? (step > 0 ? 0 : count - 1) : (this.#active + step + count) % count;
    this.#mark();
    return true;
  }

  pick(item) {
    if (item) this.onPick(item);
  }

  #row(item, at) {
    const on = { click: () => this.pick(item), pointermove: () => this.#hover(at) };
    return h(
      "div",
      {
        class: "suggestion",
        role: "option",
        id: `suggestion-${at}`,
        data: { testid: item.testid ?? "suggestion", ...item.data },
        on,
      },
      item.nodes,
    );
  }

  #hover(at) {
    if (this.#active === at) return;
    this.#active = at;
    this.#mark(false);
  }

  #mark(scroll = true) {
    [...this.list.children].forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === this.#active));
      if (at === this.#active && scroll) row.scrollIntoView({ block: "nearest" });
    });
    if (this.#active >= 0)
      this.#owner.setAttribute("aria-activedescendant", `suggestion-${this.#active}`);
    else this.#owner.removeAttribute("aria-activedescendant");
  }
}
