/** The line of the command being composed: its name, its pills, and the room after them for naming more options. */

import { caretAtStart, focusAt } from "../widgets/caret.js";
import { h } from "../widgets/dom.js";
import { splitTyped } from "./options.js";
import { fieldText, FilePill, inlineField, makePill } from "./pills.js";

export class CommandLine {
  leaf = null;
  pills = [];

  constructor(onChange) {
    this.onChange = onChange;
    this.tail = inlineField({
      class: "composer-tail",
      "aria-label": "Add an option",
      data: { testid: "composer-tail" },
    });
    this.chip = h("span", { class: "command-chip", data: { testid: "command-chip" } });
    this.more = h("button", {
      type: "button",
      class: "more-options",
      data: { testid: "more-options" },
      on: { click: () => focusAt(this.tail) },
    });
    this.element = h(
      "div",
      { class: "command-line", hidden: true, role: "group", data: { testid: "command-line" } },
      this.chip,
      this.tail,
      this.more,
    );
    this.element.addEventListener(
      "click",
      (event) => event.target === this.element && focusAt(this.tail),
    );
  }

  get tailText() {
    return fieldText(this.tail);
  }

  /** Start a command with pills for its required options; `rest` is text typed after its name. */
  begin(leaf, rest = "") {
    this.leaf = leaf;
    this.element.hidden = false;
    this.element.setAttribute("aria-label", `Command /${leaf.label}`);
    this.chip.textContent = `/${leaf.label}`;
    this.tail.textContent = "";
    for (const option of leaf.options.filter(({ required }) => required)) this.add(option);
    const first = this.pills.find((pill) => !(pill instanceof FilePill));
    if (!rest) this.focusNext();
    else if (first) this.#receive(first, rest);
    else {
      this.tail.textContent = rest;
      this.absorbTail();
    }
  }

  #receive(pill, text) {
    pill.text = text;
    pill.focus();
    this.absorb(pill);
  }

  clear() {
    this.leaf = null;
    for (const pill of this.pills) pill.discard();
    this.pills = [];
    this.element.hidden = true;
  }

  /** The pill of an option, made when there is none yet. */
  add(option) {
    const known = this.pills.find((pill) => pill.option === option);
    if (known) return known;
    const pill = makePill(option, this.onChange);
    this.pills.push(pill);
    this.tail.before(pill.element);
    return pill;
  }

  remove(pill) {
    this.pills = this.pills.filter((other) => other !== pill);
    pill.discard();
  }

  active() {
    return this.pills.find(({ element }) => element.contains(document.activeElement)) ?? null;
  }

  /** Options without a pill. */
  left() {
    return this.leaf.options.filter((option) => !this.pills.some((pill) => pill.option === option));
  }

  /** Options that typed text may still name: those without a value. */
  #unused(except) {
    const taken = new Set(
      this.pills.filter((pill) => pill === except || !pill.empty).map(({ option }) => option),
    );
    return this.leaf.options.filter((option) => !taken.has(option));
  }

  /** Move option names typed into a pill out into pills of their own. */
  absorb(pill, final = false) {
    const { own, next, named } = splitTyped(pill.text, pill.option, this.#unused(pill), final);
    if (!named) return;
    pill.text = own;
    this.#spread(next, pill);
  }

  /** The same for the room after the pills, where a name needs no further character. */
  absorbTail() {
    const { own, next, named } = splitTyped(this.tailText, null, this.#unused(null), true);
    if (!named) return;
    this.tail.textContent = own;
    this.#spread(next, null);
  }

  #spread(parts, from) {
    let last = from;
    for (const { option, text } of parts) {
      last = this.add(option);
      if (!(last instanceof FilePill)) last.text = text;
    }
    last?.focus();
  }

  /** Go on to the next empty required option, or to the end of the line. */
  focusNext(from = null) {
    const next = this.pills.find((pill) => pill !== from && pill.option.required && pill.empty);
    if (next) next.focus();
    else focusAt(this.tail);
  }

  /** Go to the neighbouring field; without `always` only from the edge of the text. */
  step(direction, always = false) {
    const fields = this.pills.map((pill) => ({
      control: pill.control,
      focus: (end) => pill.focus(end),
      edge: direction < 0 ? pill.atStart : pill.atEnd,
    }));
    fields.push({
      control: this.tail,
      focus: (end) => focusAt(this.tail, end),
      edge: () => direction < 0 && caretAtStart(this.tail),
    });
    const at = fields.findIndex(({ control }) => control === document.activeElement);
    const next = fields[at + direction];
    if (at < 0 || !next || !(always || fields[at].edge())) return false;
    if (next.control === this.tail && always && !this.left().length) return false;
    next.focus(direction < 0);
    return true;
  }

  /**
   * What Backspace at the start of a field does: it leaves an empty option behind.
   * "leave" when there is nothing to go back to but the command's name, false when nothing is to be done.
   */
  backspace() {
    const pill = this.active();
    if (!pill) return this.#atEmptyTail() && this.#leave(this.pills.length, false);
    if (!pill.atStart()) return false;
    if (pill instanceof FilePill && !pill.empty) {
      pill.clear();
      return true;
    }
    return pill.empty && this.#leave(this.pills.indexOf(pill), !pill.option.required);
  }

  #atEmptyTail() {
    return document.activeElement === this.tail && !this.tailText;
  }

  /** Go from the field at an index to the one before it, taking its pill away when `removes`. */
  #leave(at, removes) {
    const previous = this.pills[at - 1];
    if (removes) this.remove(this.pills[at]);
    const next = previous ?? (removes ? this.pills[0] : null);
    next?.focus();
    return next ? true : "leave";
  }

  /** The values of all options and what is wrong with them. */
  values(store) {
    const options = {};
    const problems = [];
    for (const pill of this.pills) {
      const { value, problem } = pill.resolve(store);
      if (problem) problems.push({ pill, problem });
      else if (value !== undefined && value !== null) options[pill.option.name] = value;
    }
    return { options, problems };
  }

  /** What was entered, so that `restore` can put it back. */
  keep() {
    return {
      leaf: this.leaf,
      pills: this.pills.map(({ option, text, upload, offered }) => ({
        option,
        text,
        upload,
        offered,
      })),
    };
  }

  restore({ leaf, pills }) {
    this.begin(leaf);
    for (const { option, text, upload, offered } of pills) {
      const pill = this.add(option);
      if (pill instanceof FilePill) pill.adopt(upload);
      else Object.assign(pill, { text, offered });
    }
    this.pills.at(-1)?.focus();
  }

  /** Show which pill is in use and how many options are left. */
  mark() {
    const left = this.left().length;
    this.more.hidden = !left || document.activeElement === this.tail;
    this.more.textContent = this.pills.length
      ? `+${left} more`
      : `${left} ${left === 1 ? "option" : "options"}`;
    for (const pill of this.pills) pill.element.classList.toggle("active", pill === this.active());
  }
}
