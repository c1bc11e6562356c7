/** The message list: days, groups, live edits in place, and staying at the bottom. */

import { fill, h } from "../widgets/dom.js";
import { displayName } from "../people/people.js";
import { messageRow, previewText, usedCommand } from "./message.js";
import { isEphemeral, isThinking } from "../client/store.js";
import { dayText, sameDay } from "../widgets/time.js";

const GROUP_MS = 7 * 60 * 1000;
const NEAR_BOTTOM_PX = 80;

/** Keeps the rows of the open channel in step with the store. */
export class MessageList {
  #rows = new Map();
  #stick = true;
  #top = 0;

  constructor(elements, context) {
    Object.assign(this, elements);
    this.context = context;
    this.store = context.store;
    this.store.notes = new Map();
    this.store.on("messages", () => this.render());
    this.store.on("channel", () => this.#reset());
    this.store.on("member", () => this.#reset());
    this.store.on("world", () => this.#redrawIfRenamed());
    this.store.on("note", (note) => this.#addNote(note));
    this.store.on("put", (change) => this.#announce(change));
    this.scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.jump.addEventListener("click", () => this.toBottom());
    new ResizeObserver(() => this.#keepBottom()).observe(this.list);
    new ResizeObserver(() => this.#keepBottom()).observe(this.scroller);
    this.list.addEventListener("contextmenu", (event) => this.#onContextMenu(event));
    this.list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #reset() {
    if (this.shownFor === `${this.store.channel}/${this.store.member}`) return;
    this.shownFor = `${this.store.channel}/${this.store.member}`;
    this.#stick = true;
    this.#redraw();
  }

  /** Rows show names and colours of members; nothing else of the world. */
  #redrawIfRenamed() {
    const members = JSON.stringify(this.store.world.members);
    if (members === this.shownMembers) return;
    this.shownMembers = members;
    this.#redraw();
  }

  #redraw() {
    this.#rows.clear();
    this.render();
  }

  #addNote({ message, text }) {
    this.store.notes.set(message, text);
    this.#rows.delete(message);
    this.render();
  }

  render() {
    const messages = this.store.current();
    const nodes = [];
    const kept = new Map();
    messages.forEach((message, at) => {
      const previous = messages[at - 1];
      if (!previous || !sameDay(new Date(previous.timestamp), new Date(message.timestamp)))
        nodes.push(divider(message));
      const row = this.#rowFor(message, isGrouped(message, previous));
      kept.set(message.id, row);
      nodes.push(row.element);
    });
    for (const id of this.#rows.keys()) if (!kept.has(id)) this.store.notes.delete(id);
    this.#rows = kept;
    this.#place(nodes);
    this.store.emit("rendered", messages.length);
    this.#keepBottom();
  }

  #rowFor(message, grouped) {
    const known = this.#rows.get(message.id);
    if (known?.message === message && known.grouped === grouped) return known;
    // An edit by the bot answers the press that failed before it.
    if (known && known.message !== message) this.store.notes.delete(message.id);
    const element = messageRow(message, grouped, this.context);
    const old = this.list.querySelector(`:scope > [data-id="${CSS.escape(message.id)}"]`);
    if (old) takeOver(old, element);
    return { message, grouped, element };
  }

  /** Move only what is out of place, so that focus and running videos stay undisturbed. */
  #place(nodes) {
    const wanted = new Set(nodes);
    const focus = focusMark(this.list);
    for (const child of [...this.list.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, at) => {
      if (this.list.children[at] !== node)
        this.list.insertBefore(node, this.list.children[at] ?? null);
    });
    restoreFocus(this.list, focus);
  }

  /** Follow the end until the reader goes up: a picture that grows moves the end, not the reader. */
  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX) this.#stick = true;
    else if (scrollTop < this.#top) this.#stick = false;
    this.#top = scrollTop;
    this.jump.hidden = this.#stick;
    if (this.#stick) this.jump.textContent = "Jump to present";
  }

  #keepBottom() {
    if (!this.#stick) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#top = this.scroller.scrollTop;
  }

  toBottom() {
    this.#stick = true;
    this.jump.hidden = true;
    this.#keepBottom();
  }

  /** Tell readers of new messages and of finished thinking; progress edits stay silent. */
  #announce({ message, previous }) {
    if (message.local || message.channel_id !== this.store.channel) return;
    if (!previous && !this.#stick) this.jump.textContent = "New messages · Jump to present";
    if (isThinking(message) || (previous && !isThinking(previous))) return;
    const author = displayName(this.store.memberOf(message.author.id) ?? message.author);
    const note = isEphemeral(message) ? " (only you can see this)" : "";
    fill(this.live, `${author}${note}: ${previewText(message, this.store)}`);
  }

  #onContextMenu(event) {
    const row = event.target.closest("[data-testid=message]");
    const message = row && this.store.message(row.dataset.id);
    if (!message || message.local || event.target.closest("a")) return;
    event.preventDefault();
    const keyboard = event.clientX === 0 && event.clientY === 0;
    this.context.openMenu(message, keyboard ? row : { x: event.clientX, y: event.clientY });
  }

  /** Arrow keys walk through the messages once one of them has the focus. */
  #onKey(event) {
    if (!event.target.matches?.("[data-testid=message]")) return;
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!step) return;
    event.preventDefault();
    let next = event.target[step];
    while (next && !next.matches("[data-testid=message]")) next = next[step];
    next?.focus();
  }
}

function isGrouped(message, previous) {
  if (!previous || previous.author.id !== message.author.id || previous.local) return false;
  if (usedCommand(message) || message.message_reference || message.local) return false;
  if (isEphemeral(message) !== isEphemeral(previous)) return false;
  const gap = new Date(message.timestamp) - new Date(previous.timestamp);
  return gap < GROUP_MS && sameDay(new Date(previous.timestamp), new Date(message.timestamp));
}

function divider(message) {
  return h(
    "li",
    { class: "day", role: "separator" },
    h("span", {}, dayText(new Date(message.timestamp))),
  );
}

/** Reuse loaded pictures and videos of the old row, so that an edit does not flicker. */
function takeOver(old, fresh) {
  const loaded = new Map(
    [...old.querySelectorAll("[data-key]")].map((node) => [node.dataset.key, node]),
  );
  for (const node of fresh.querySelectorAll("[data-key]")) {
    const known = loaded.get(node.dataset.key);
    if (!known || known.tagName !== node.tagName) continue;
    loaded.delete(node.dataset.key);
    // The address is only signed anew; setting it would load the file again and stop a video.
    const isBroken = known.classList.contains("broken");
    for (const { name, value } of node.attributes)
      if (name !== "src" || isBroken) known.setAttribute(name, value);
    node.replaceWith(known);
  }
}

/** Which control has the focus, in words that survive a new row. */
function focusMark(list) {
  const focused = document.activeElement;
  if (!focused || !list.contains(focused)) return null;
  return {
    row: focused.closest("[data-id]")?.dataset.id,
    control: focused.dataset.customId ?? null,
    element: focused,
  };
}

function restoreFocus(list, mark) {
  if (!mark?.row || list.contains(document.activeElement)) return;
  const row = list.querySelector(`:scope > [data-id="${CSS.escape(mark.row)}"]`);
  const control =
    mark.control && row?.querySelector(`[data-custom-id="${CSS.escape(mark.control)}"]`);
  const kept = list.contains(mark.element) && mark.element;
  (kept || control || row)?.focus({ preventScroll: true });
}
