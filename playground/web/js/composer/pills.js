/** The pills of a command in the composer: one for each option in use, holding text or a file. */

import { caretAtEnd, caretAtStart, focusAt, insertText } from "../widgets/caret.js";
import { h, icon } from "../widgets/dom.js";
import { OPTION, resolveText } from "./options.js";
import { pickFiles, Upload } from "../client/uploads.js";

/** A small field that keeps to one line of plain text. */
export function inlineField(props) {
  const field = h("span", {
    contenteditable: "plaintext-only",
    role: "combobox",
    "aria-expanded": "false",
    spellcheck: "false",
    autocapitalize: "off",
    ...props,
  });
  if (field.contentEditable !== "plaintext-only") field.contentEditable = "true";
  field.addEventListener("beforeinput", (event) => {
    if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph")
      event.preventDefault();
  });
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (event.clipboardData.files.length || !text) return;
    event.preventDefault();
    insertText(field, text.replace(/\s*\n\s*/g, " "));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return field;
}

export const fieldText = (field) => field.textContent.replace(/\u00a0/g, " ");

/** What every pill shares: its frame, its name and its complaint. */
class Pill {
  constructor(option) {
    this.option = option;
    this.name = h("span", { class: "pill-name", title: option.description }, option.label);
    this.element = h("span", { class: "pill", data: { testid: `pill-${option.name}` } }, this.name);
  }

  get label() {
    return `${this.option.label}${this.option.required ? ", required" : ""}. ${this.option.description ?? ""}`;
  }

  setProblem(problem) {
    this.element.classList.toggle("bad", Boolean(problem));
    this.element.title = problem ?? "";
    this.control.setAttribute("aria-invalid", String(Boolean(problem)));
  }

  discard() {
    this.element.remove();
  }
}

/** An option whose value is typed or chosen from a list. */
export class TextPill extends Pill {
  offered = [];

  constructor(option) {
    super(option);
    this.control = inlineField({
      class: "pill-value",
      "aria-label": this.label,
      "aria-autocomplete": "list",
      data: { testid: `option-${option.name}` },
    });
    this.element.append(this.control);
    this.name.addEventListener("click", () => this.focus());
  }

  get text() {
    return fieldText(this.control);
  }

  set text(value) {
    this.control.textContent = value;
  }

  get empty() {
    return !this.text.trim();
  }

  focus(end = true) {
    focusAt(this.control, end);
  }

  atStart = () => caretAtStart(this.control);
  atEnd = () => caretAtEnd(this.control);
  resolve = (store) => resolveText(this.option, this.text, store, this.offered);
}

/** An option whose value is a file. */
export class FilePill extends Pill {
  upload = null;
  text = "";

  constructor(option, onChange) {
    super(option);
    this.onChange = onChange;
    this.control = h("button", {
      type: "button",
      class: "pill-value pill-file",
      data: { testid: `option-${option.name}` },
      on: { click: () => this.browse() },
    });
    this.element.append(this.control);
    this.#show();
  }

  get empty() {
    return !this.upload;
  }

  browse() {
    pickFiles(false, ([file]) => file && this.take(file));
  }

  take(file) {
    this.adopt(new Upload(file));
    this.onChange(this);
  }

  /** Show an upload that may already be on its way. */
  adopt(upload) {
    if (this.upload !== upload) this.upload?.discard();
    this.upload = upload;
    this.#show();
    upload?.done.then(() => {
      if (this.upload === upload) this.onChange(this);
    });
  }

  clear() {
    this.adopt(null);
    this.onChange(this);
  }

  #show() {
    const words = this.upload?.name ?? "choose a file";
    this.control.replaceChildren(icon(this.upload ? "file" : "upload"), words);
    this.control.setAttribute(
      "aria-label",
      `${this.label} ${this.upload ? `File: ${words}.` : "No file yet."}`,
    );
  }

  focus() {
    this.control.focus();
  }

  atStart = () => true;
  atEnd = () => true;

  resolve() {
    if (!this.upload) return this.option.required ? { problem: "Choose a file." } : {};
    return this.upload.error ? { problem: this.upload.error } : { value: this.upload.id };
  }
}

/** The pill for an option. */
export function makePill(option, onChange) {
  return option.type === OPTION.attachment ? new FilePill(option, onChange) : new TextPill(option);
}
