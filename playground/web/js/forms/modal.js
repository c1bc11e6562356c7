/** Modals: the form that a bot opens, its checks, and its way back to the bot. */

import { drive } from "../client/api.js";
import { showDialog } from "../widgets/dialogs.js";
import { dots, h, iconButton } from "../widgets/dom.js";
import { buildField } from "./fields.js";
import { idOf, NO_ANSWER } from "../client/interactions.js";
import { avatar, displayName } from "../people/people.js";
import { renderMarkdown } from "../messages/richtext.js";

const TEXT_DISPLAY = 10;
const LABEL = 18;
const ROW = 1;

/** Opens each modal once, whether it came with an answer or with an event. */
export class Modals {
  #opened = new Set();
  #dialog = null;
  #count = 0;

  constructor(context) {
    Object.assign(this, context);
    this.store.on("modal", (data) => this.open(idOf(data.interaction), data.modal));
    this.store.on("member", () => this.#dialog?.close());
  }

  open(interaction, modal) {
    if (this.#opened.has(interaction)) return;
    this.#opened.add(interaction);
    this.#dialog?.close();
    this.#count += 1;
    const fields = [];
    const parts = (modal.components ?? []).map((component, at) =>
      this.#part(component, `modal-${this.#count}-${at}`, fields),
    );
    const dialog = this.#build(modal, parts);
    this.#dialog = dialog;
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(dialog, interaction, fields);
    });
    dialog.addEventListener("close", () => {
      if (this.#dialog === dialog) this.#dialog = null;
    });
    showDialog(dialog);
    focusField(fields[0]);
  }

  #build(modal, parts) {
    const close = () => dialog.close();
    const bot = this.store.botMember() ?? { id: "0", name: "Bot" };
    const title = h("h2", { id: "modal-title" }, modal.title);
    const error = { class: "modal-error", role: "alert", hidden: true };
    const form = h(
      "form",
      { class: "modal-card", method: "dialog", novalidate: true },
      h(
        "header",
        { class: "modal-header" },
        avatar(bot, this.store, "s"),
        title,
        iconButton("close", "Close", close),
      ),
      h("div", { class: "modal-fields" }, parts),
      h("p", { ...error, data: { testid: "modal-error" } }),
      footer(bot, close),
    );
    const data = { testid: "modal" };
    const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title", data }, form);
    return dialog;
  }

  /** One top-level component; fields are collected in order. */
  #part(component, id, fields) {
    if (component.type === TEXT_DISPLAY)
      return h(
        "div",
        { class: "text-display" },
        renderMarkdown(component.content, this.store.names()),
      );
    if (component.type === ROW)
      return component.components.map((inner, at) =>
        this.#labelled({ label: inner.label ?? "", component: inner }, `${id}-${at}`, fields),
      );
    if (component.type === LABEL) return this.#labelled(component, id, fields);
    return h(
      "p",
      { class: "unsupported" },
      `This page cannot show components of type ${component.type} in a form.`,
    );
  }

  #labelled({ label, description, component }, id, fields) {
    const field = buildField(component, { store: this.store, id, label });
    const needed = component.required !== false && component.type !== 23;
    const error = h("p", {
      class: "field-error",
      id: `${id}-error`,
      role: "alert",
      hidden: true,
      data: { testid: "field-error" },
    });
    const words = h(
      "label",
      { class: "field-label", for: id },
      label,
      needed && h("span", { class: "required", title: "Required" }, "*"),
    );
    const about =
      description && h("p", { class: "field-description", id: `${id}-about` }, description);
    field.control?.setAttribute(
      "aria-describedby",
      [about && `${id}-about`, `${id}-error`].filter(Boolean).join(" "),
    );
    if (field.element.matches("[role]")) field.element.setAttribute("aria-label", label);
    fields.push({ ...field, customId: component.custom_id, error });
    const part = h(
      "div",
      { class: `field${field.inline ? " field-inline" : ""}` },
      field.inline ? [field.element, h("div", {}, words, about)] : [words, about, field.element],
      error,
    );
    part.addEventListener("input", () => showProblem({ ...field, error }, null));
    return part;
  }

  async #submit(dialog, interaction, fields) {
    const form = dialog.querySelector("form");
    if (form.classList.contains("waiting")) return;
    let firstBad = null;
    for (const field of fields) {
      const problem = field.problem();
      showProblem(field, problem);
      if (problem) firstBad ??= field;
    }
    if (firstBad) return focusField(firstBad);
    form.classList.add("waiting");
    complain(form, await this.#send(interaction, fields));
    form.classList.remove("waiting");
    if (form.querySelector(".modal-error").hidden && !fields.some(({ error }) => !error.hidden))
      dialog.close();
  }

  /** Submit the values; what went wrong, or null. */
  async #send(interaction, fields) {
    const values = {};
    for (const field of fields) {
      const value = await field.read();
      const problem = field.problem();
      if (problem) {
        showProblem(field, problem);
        return null;
      }
      if (value !== undefined && value !== null) values[field.customId] = value;
    }
    try {
      const answer = await drive.submit({ member: this.store.member, interaction, values });
      return answer.state === "failed" ? `${NO_ANSWER}. Your text is still here.` : null;
    } catch (refusal) {
      return refusal.message;
    }
  }
}

function footer(bot, close) {
  const cancel = { type: "button", class: "button button-plain", on: { click: close } };
  const submit = { type: "submit", class: "button button-primary" };
  return h(
    "footer",
    { class: "modal-footer" },
    h("p", { class: "subtext" }, `This form goes to ${displayName(bot)}. Do not share passwords.`),
    h("button", { ...cancel, data: { testid: "modal-cancel" } }, "Cancel"),
    h(
      "button",
      { ...submit, data: { testid: "modal-submit" } },
      h("span", { class: "button-label" }, "Submit"),
      dots("button-dots"),
    ),
  );
}

function complain(form, problem) {
  const line = form.querySelector(".modal-error");
  line.hidden = !problem;
  line.textContent = problem ?? "";
}

function showProblem({ control, error }, problem) {
  error.hidden = !problem;
  error.textContent = problem ?? "";
  if (control) control.setAttribute("aria-invalid", String(Boolean(problem)));
}

function focusField(field) {
  const { control } = field ?? {};
  control?.focus();
  if (control?.tagName === "INPUT" && control.type === "text")
    control.setSelectionRange(control.value.length, control.value.length);
}
