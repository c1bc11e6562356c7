/** The composer: a message with files, or from "/" through option pills to a command. */

import { Autocomplete } from "./autocomplete.js";
import { focusAt } from "../widgets/caret.js";
import { CommandLine } from "./command_line.js";
import { ComposerFiles } from "./composer_files.js";
import { runnableCommands, typedCommand } from "../client/commands.js";
import { h, iconButton } from "../widgets/dom.js";
import { Draft } from "./draft.js";
import { commandHints, optionHints, valueHints } from "./hints.js";
import { FilePill } from "./pills.js";
import { Suggestions } from "./suggestions.js";
import { acceptDrops, drawDraft, drawTray } from "./tray.js";

export class Composer {
  #autocomplete = new Autocomplete();
  #sending = false;

  constructor(root, context) {
    Object.assign(this, context);
    this.command = new CommandLine(() => this.#redraw());
    this.draft = new Draft(() => this.#redraw());
    this.files = new ComposerFiles(this);
    this.#build(root);
    this.#listen(root);
    this.suggestions = new Suggestions(this.popup, (item) => this.#pick(item.value));
    this.store.on("channel", () => this.#rename());
    this.store.on("commands", () => document.activeElement === this.head && this.hint());
    this.store.on("fill", (text) => this.fill(text));
    acceptDrops(
      this.overlay,
      () => this.files.dropTarget(),
      (files) => this.files.take(files),
    );
  }

  #build(root) {
    const part = (className, testid) =>
      h("div", { class: className, hidden: true, data: { testid } });
    this.complaint = part("complaint", "complaint");
    this.complaint.setAttribute("role", "alert");
    this.popup = part("suggestions", "suggestions");
    this.tray = part("tray", "tray");
    this.overlay = part("drop-overlay", "drop-overlay");
    this.head = h("input", {
      class: "composer-input",
      type: "text",
      autocomplete: "off",
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      spellcheck: "false",
      data: { testid: "composer-input" },
    });
    const composer = h("div", { class: "composer" }, this.tray, this.#buildBox());
    root.append(this.complaint, this.popup, composer, this.overlay);
  }

  #buildBox() {
    const plus = iconButton("plus", "Add a file or use a command", () => this.files.openMenu(plus), {
      class: "icon-button slash",
      data: { testid: "composer-plus" },
      "aria-haspopup": "menu",
    });
    const send = iconButton("send", "Send", () => this.send(), {
      class: "icon-button send",
      data: { testid: "send" },
    });
    const line = h("div", { class: "composer-line" }, this.head, this.command.element);
    return h("div", { class: "composer-box", data: { testid: "composer" } }, plus, line, send);
  }

  #listen(root) {
    // The last input of a composition comes before its end and is not read then.
    for (const type of ["input", "compositionend"])
      root.addEventListener(type, (event) => this.#onInput(event));
    root.addEventListener("keydown", (event) => this.#onKey(event));
    root.addEventListener("focusin", () => this.hint());
    root.addEventListener("focusout", (event) => {
      if (!root.contains(event.relatedTarget)) this.suggestions.hide();
    });
    root.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      this.files.take(files);
    });
  }

  #rename() {
    const place = this.store.place();
    const words = `Message ${place?.direct ? "@" : "#"}${place?.name ?? ""}. Type / for commands`;
    this.head.placeholder = words;
    this.head.setAttribute("aria-label", words);
    this.hint();
  }

  commands() {
    return runnableCommands(this.store.commands(), this.store.actor(), this.store.place());
  }

  /** Put a text into the empty composer as if it had been typed. */
  fill(text) {
    this.reset();
    this.head.value = text;
    this.head.focus();
    this.#readHead();
  }

  reset() {
    this.command.clear();
    this.head.value = "";
    this.head.hidden = false;
    this.complain(null);
    this.#autocomplete.cancel();
    drawDraft(this.tray, this.draft);
  }

  #begin(leaf, rest) {
    this.head.value = "";
    this.head.hidden = true;
    this.command.begin(leaf, rest);
    this.files.handOver();
    this.#redraw();
  }

  #redraw() {
    if (!this.command.leaf) return drawDraft(this.tray, this.draft);
    this.command.mark();
    drawTray(this.tray, this.command.pills, this.command.active());
  }

  complain(text) {
    this.complaint.hidden = !text;
    this.complaint.textContent = text ?? "";
  }

  // Typing -------------------------------------------------------------------------------------

  #onInput(event) {
    this.complain(null);
    if (event.target === this.head) return this.#readHead();
    if (event.isComposing) return;
    const pill = this.command.active();
    if (event.target === this.command.tail) this.command.absorbTail();
    else if (pill && !(pill instanceof FilePill)) {
      pill.setProblem(null);
      this.command.absorb(pill);
    }
    this.hint();
  }

  #readHead() {
    const typed = typedCommand(this.commands(), this.head.value);
    if (typed) this.#begin(typed.leaf, typed.rest);
    this.hint();
  }

  /** Show the list that belongs to the field in use. */
  hint() {
    const field = document.activeElement;
    if (field === this.head) this.#hintHead();
    else if (field === this.command.tail && this.command.leaf) this.#hintTail();
    else this.#hintPill(this.command.leaf && this.command.active());
    this.#redraw();
  }

  #hintHead() {
    const { value } = this.head;
    if (value.startsWith("/"))
      this.suggestions.show(this.head, commandHints(this.commands(), value.slice(1), this.store));
    else this.suggestions.hide();
  }

  #hintTail() {
    const left = this.command.left();
    const text = this.command.tailText;
    if (left.length || text.trim())
      this.suggestions.show(this.command.tail, optionHints(left, text));
    else this.suggestions.hide();
  }

  #hintPill(pill) {
    if (!pill) return this.suggestions.hide();
    if (pill.option.autocomplete) this.#ask(pill);
    this.suggestions.show(pill.control, valueHints(pill, this.store));
  }

  #ask(pill) {
    const text = pill.text.trim();
    if (pill.asked === text) return;
    Object.assign(pill, { asked: text, asking: true });
    const { name } = pill.option;
    const { member, channel } = this.store;
    const options = { ...this.command.values(this.store).options, [name]: text };
    const show = (news) => {
      Object.assign(pill, { asking: false, trouble: null }, news);
      if (this.command.active() === pill)
        this.suggestions.show(pill.control, valueHints(pill, this.store));
    };
    const body = { member, channel, command: this.command.leaf.path, options, focused: name };
    this.#autocomplete.ask(
      body,
      (offered) => show({ offered }),
      (trouble) => show({ trouble }),
    );
  }

  #pick({ leaf, option, choice }) {
    if (leaf) this.#begin(leaf);
    else if (option) {
      this.command.tail.textContent = "";
      this.command.add(option).focus();
    } else {
      const pill = this.command.active();
      pill.text = choice.name;
      pill.asked = choice.name.trim();
      pill.setProblem(null);
      this.command.focusNext(pill);
    }
    this.hint();
  }

  // Keys ---------------------------------------------------------------------------------------

  #onKey(event) {
    if (event.isComposing || event.target.closest(".tray, .icon-button")) return;
    const keys = {
      ArrowDown: () => this.suggestions.move(1),
      ArrowUp: () => this.suggestions.move(-1),
      ArrowLeft: () => this.command.leaf && this.command.step(-1),
      ArrowRight: () => this.command.leaf && this.command.step(1),
      Backspace: () => this.command.leaf && this.#backspace(),
      Enter: () => this.#enter(event),
      Escape: () => this.#escape(),
      Tab: () => this.#tab(event.shiftKey ? -1 : 1),
    };
    if (keys[event.key]?.()) event.preventDefault();
    else this.#typeOn(event);
  }

  /** What is typed on a file that is chosen already goes to the end of the line. */
  #typeOn({ key, ctrlKey, altKey, metaKey }) {
    if (key.length > 1 || ctrlKey || altKey || metaKey || !this.command.leaf) return;
    const pill = this.command.active();
    if (pill instanceof FilePill && !pill.empty) focusAt(this.command.tail);
  }

  /** Whether a pill already holds a value that can be sent as it is. */
  #isSettled(pill) {
    return Boolean(pill) && !pill.empty && !pill.resolve(this.store).problem;
  }

  #enter(event) {
    if (event.target === this.command.more) return false;
    if (!this.command.leaf) return this.#enterHead();
    const pill = this.command.active();
    const { active } = this.suggestions;
    if (pill instanceof FilePill && pill.empty) pill.browse();
    else if (active && (!this.#isSettled(pill) || pill.option.autocomplete))
      this.suggestions.pick(active);
    else this.send();
    return true;
  }

  #enterHead() {
    const text = this.head.value.trim();
    const { active } = this.suggestions;
    const named = this.#named();
    if (named && (!active || active.value.leaf.path === named.path)) this.#run(named);
    else if (active) this.suggestions.pick(active);
    else if (text || this.draft.uploads.length) this.#post();
    return true;
  }

  /** The command whose whole name stands in the composer. */
  #named() {
    const text = this.head.value.trim();
    return this.commands().find(({ path, label }) => text === `/${label}` || text === `/${path}`);
  }

  /** Send a command by its name alone, or ask for what it needs. */
  #run(leaf) {
    this.#begin(leaf);
    if (leaf.options.some(({ required }) => required)) this.hint();
    else this.send();
  }

  /** Tab takes a choice where one is open for the taking, and otherwise goes to the next field. */
  #tab(direction) {
    const pill = this.command.leaf && this.command.active();
    const { active, first, isOpen } = this.suggestions;
    const settled = pill?.option.autocomplete
      ? pill.asking || pill.offered.some(({ name }) => name === pill.text.trim())
      : this.#isSettled(pill);
    if (direction > 0 && isOpen && !settled) {
      this.suggestions.pick(active ?? first);
      return true;
    }
    return Boolean(this.command.leaf && this.command.step(direction, true));
  }

  #escape() {
    if (this.suggestions.isOpen) this.suggestions.hide();
    else if (this.command.leaf || this.head.value) {
      this.reset();
      this.head.focus();
    } else return false;
    return true;
  }

  #backspace() {
    const done = this.command.backspace();
    if (done === "leave") this.fill(`/${this.command.leaf.label}`);
    else if (done) this.hint();
    return Boolean(done);
  }

  // Sending ------------------------------------------------------------------------------------

  /** Check every option, send the command, and give the text back if it was refused. */
  async send() {
    const { command } = this;
    if (this.#sending) return;
    if (!command.leaf) {
      const named = this.#named();
      return named ? this.#run(named) : this.#post();
    }
    const active = command.active();
    if (active && !(active instanceof FilePill)) command.absorb(active, true);
    const stray = command.tailText.trim();
    if (stray)
      return this.complain(
        `There is no option called “${stray.replace(/:$/, "")}” left for /${command.leaf.label}.`,
      );
    this.#sending = true;
    await Promise.all(command.pills.map(({ upload }) => upload?.done));
    this.#sending = false;
    if (!command.leaf) return;
    const { options, problems } = command.values(this.store);
    if (problems.length) this.#showProblems(problems);
    else await this.#dispatch(options);
  }

  /** Send what was written as a message; a slash in front means that a command was meant. */
  async #post() {
    const text = this.head.value.trim();
    if (this.#sending) return;
    if (!text && !this.draft.uploads.length) return this.fill("/");
    if (text.startsWith("/")) return this.complain(`There is no command ${text.split(" ")[0]}.`);
    this.#sending = true;
    this.head.value = "";
    this.store.emit("sent");
    const { member, channel } = this.store;
    try {
      await this.draft.send({ member, channel }, text);
    } catch (refusal) {
      this.head.value ||= text;
      this.complain(refusal.message);
    }
    this.#sending = false;
  }

  #showProblems(problems) {
    for (const { pill, problem } of problems) pill.setProblem(problem);
    const [{ pill, problem }] = problems;
    pill.focus();
    this.suggestions.hide();
    this.complain(`${pill.option.label}: ${problem}`);
  }

  async #dispatch(options) {
    const kept = this.command.keep();
    this.reset();
    this.head.focus();
    this.store.emit("sent");
    try {
      await this.interactions.invoke(kept.leaf.path, options);
      for (const { upload } of kept.pills) upload?.discard();
    } catch (refusal) {
      if (!this.command.leaf && !this.head.value) this.#restore(kept);
      this.complain(refusal.message);
    }
  }

  #restore(kept) {
    this.head.hidden = true;
    this.command.restore(kept);
    this.hint();
  }
}
