/**
 * The fields of a modal. Each builder gives {element, read, problem}: the value to submit, and what is wrong with it
 * in one sentence or null; `read` may be asynchronous.
 */

import { fileSize, h, icon, iconButton } from "../widgets/dom.js";
import { Select, SELECT_TYPES } from "./selects.js";
import { pickFiles, Upload } from "../client/uploads.js";

const TYPE = { textInput: 4, fileUpload: 19, radioGroup: 21, checkboxGroup: 22, checkbox: 23 };
const PARAGRAPH = 2;
export const REQUIRED = "This field is required.";

/** Build the field for a component inside a label; `id` names the control for its label. */
export function buildField(component, { store, id, label }) {
  if (SELECT_TYPES.has(component.type)) return selectField(component, store, label);
  const builders = {
    [TYPE.textInput]: textField,
    [TYPE.fileUpload]: (upload) => new FileField(upload),
    [TYPE.radioGroup]: radioField,
    [TYPE.checkboxGroup]: checkboxesField,
    [TYPE.checkbox]: checkboxField,
  };
  const build = builders[component.type];
  return build ? build(component, id, label) : unknownField(component);
}

const isRequired = (component) => component.required !== false;

function unknownField(component) {
  return {
    element: h(
      "p",
      { class: "unsupported" },
      `This page cannot show fields of type ${component.type} yet.`,
    ),
    read: () => undefined,
    problem: () => null,
  };
}

function textField(component, id) {
  const long = component.style === PARAGRAPH;
  const max = component.max_length ?? 4000;
  const input = h(long ? "textarea" : "input", {
    id,
    class: "field-input",
    placeholder: component.placeholder,
    rows: long ? 4 : null,
    type: long ? null : "text",
    autocomplete: "off",
    "aria-required": String(isRequired(component)),
    data: { testid: "modal-input", customId: component.custom_id },
    value: component.value ?? "",
  });
  const counter = h("span", { class: "field-counter", "aria-hidden": "true" });
  const count = () => {
    const length = input.value.length;
    counter.textContent = `${length}/${max}`;
    counter.classList.toggle("over", length > max);
    counter.hidden = !component.max_length && length < max * 0.9;
  };
  input.addEventListener("input", count);
  count();
  return {
    element: h("div", { class: "field-text" }, input, counter),
    control: input,
    read: () => input.value,
    problem: () => textProblem(component, input.value, max),
  };
}

function textProblem(component, text, max) {
  if (isRequired(component) && !text.trim()) return REQUIRED;
  if (text.length > max) return `Must be at most ${max} characters long; this is ${text.length}.`;
  if (text && text.length < (component.min_length ?? 0))
    return `Must be at least ${component.min_length} characters long.`;
  return null;
}

function selectField(component, store, label) {
  const control = new Select(component, store, { label });
  const problem = () => {
    const count = control.values().length;
    if (!count) return isRequired(component) && (component.min_values ?? 1) > 0 ? REQUIRED : null;
    return count < (component.min_values ?? 1) ? `Choose at least ${component.min_values}.` : null;
  };
  return {
    element: control.button,
    control: control.button,
    read: () => control.values(),
    problem,
  };
}

function optionRow(type, group, option, testid) {
  const input = h("input", {
    type,
    name: group,
    value: option.value,
    checked: Boolean(option.default),
    data: { testid, value: option.value },
  });
  const words = h(
    "span",
    { class: "select-words" },
    h("span", {}, option.label),
    option.description && h("span", { class: "select-description" }, option.description),
  );
  return { input, row: h("label", { class: "choice" }, input, words) };
}

function radioField(component, id) {
  const rows = (component.options ?? []).map((option) =>
    optionRow("radio", id, option, "modal-radio"),
  );
  const value = () => rows.find(({ input }) => input.checked)?.input.value ?? null;
  const element = h(
    "div",
    { class: "choices", role: "radiogroup", data: { customId: component.custom_id } },
    rows.map(({ row }) => row),
  );
  return {
    element,
    control: rows[0]?.input,
    read: value,
    problem: () => (isRequired(component) && value() === null ? REQUIRED : null),
  };
}

function checkboxesField(component, id) {
  const rows = (component.options ?? []).map((option) =>
    optionRow("checkbox", id, option, "modal-checkbox"),
  );
  const values = () => rows.filter(({ input }) => input.checked).map(({ input }) => input.value);
  const min = component.min_values ?? (isRequired(component) ? 1 : 0);
  const max = component.max_values ?? rows.length;
  const element = h(
    "div",
    { class: "choices", role: "group", data: { customId: component.custom_id } },
    rows.map(({ row }) => row),
  );
  const problem = () => {
    const count = values().length;
    if (count < min && (count || isRequired(component)))
      return min === 1 ? REQUIRED : `Choose at least ${min}.`;
    return count > max ? `Choose at most ${max}.` : null;
  };
  return { element, control: rows[0]?.input, read: values, problem };
}

function checkboxField(component, id, label) {
  const input = h("input", {
    id,
    type: "checkbox",
    checked: Boolean(component.default),
    "aria-label": label,
    data: { testid: "modal-checkbox", customId: component.custom_id },
  });
  return {
    element: h("div", { class: "choice" }, input),
    control: input,
    inline: true,
    read: () => input.checked,
    problem: () => null,
  };
}

/** Files for a form: picked or dropped, shown with their names until they are removed. */
class FileField {
  uploads = [];

  constructor(component) {
    this.component = component;
    this.max = component.max_values ?? 1;
    this.min = component.min_values ?? (isRequired(component) ? 1 : 0);
    this.list = h("ul", { class: "field-files" });
    this.control = this.#dropZone();
    this.element = h("div", { class: "field-file" }, this.list, this.control);
  }

  #dropZone() {
    const words = this.max > 1 ? `Drop up to ${this.max} files here` : "Drop a file here";
    const data = { testid: "modal-file", customId: this.component.custom_id };
    const on = {
      click: () => pickFiles(this.max > 1, (files) => this.#add(files)),
      dragover: (event) => event.preventDefault(),
      drop: (event) => {
        event.preventDefault();
        event.stopPropagation();
        this.#add([...event.dataTransfer.files]);
      },
    };
    const props = { type: "button", class: "field-drop", data, on };
    return h("button", props, icon("upload"), h("span", {}, `${words} or browse`));
  }

  #add(files) {
    this.#set([...this.uploads, ...files.map((file) => new Upload(file))].slice(0, this.max));
  }

  #remove(upload) {
    upload.discard();
    this.#set(this.uploads.filter((other) => other !== upload));
  }

  #set(uploads) {
    this.uploads = uploads;
    this.control.hidden = uploads.length >= this.max;
    this.list.replaceChildren(
      ...uploads.map((upload) => fileRow(upload, () => this.#remove(upload))),
    );
  }

  read = () => Promise.all(this.uploads.map(({ done }) => done));

  problem = () => {
    const failed = this.uploads.find(({ error }) => error);
    if (failed) return failed.error;
    const count = this.uploads.length;
    if (count >= this.min || (!count && !isRequired(this.component))) return null;
    return this.min > 1 ? `Choose at least ${this.min} files.` : REQUIRED;
  };
}

function fileRow(upload, onRemove) {
  const row = h(
    "li",
    { class: "upload-row", data: { testid: "modal-file-row" } },
    upload.preview ? h("img", { src: upload.preview, alt: "" }) : icon("file"),
    h("span", { class: "file-name" }, upload.name),
    h("span", { class: "file-size" }, fileSize(upload.size)),
    iconButton("close", `Remove ${upload.name}`, onRemove),
  );
  upload.done.then(() => upload.error && row.classList.add("bad"));
  return row;
}
