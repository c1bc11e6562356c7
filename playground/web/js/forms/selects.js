/** Select menus of messages and modals: string, user, role, mentionable and channel. */

import { cssColor, h, icon } from "../widgets/dom.js";
import { avatar, nameColor } from "../people/people.js";
import { openPopover, roveFocus } from "../widgets/popover.js";

export const SELECT = { string: 3, user: 5, role: 6, mentionable: 7, channel: 8 };
export const SELECT_TYPES = new Set(Object.values(SELECT));

/** What a select component offers: {value, label, description, chosen, picture}. */
export function choicesOf(component, store) {
  const chosen = new Set((component.default_values ?? []).map(({ id }) => String(id)));
  const users = () =>
    [...store.world.members]
      .sort((a, b) => Number(a.bot) - Number(b.bot))
      .map((member) => userChoice(member, store, chosen));
  const roles = () => store.roles().map((role) => roleChoice(role, chosen));
  switch (component.type) {
    case SELECT.user:
      return users();
    case SELECT.role:
      return roles();
    case SELECT.mentionable:
      return [...users(), ...roles()];
    case SELECT.channel:
      return channelChoices(component, store, chosen);
    default:
      return (component.options ?? []).map((option) => ({
        ...option,
        chosen: Boolean(option.default),
        picture: option.emoji && emojiNode(option.emoji),
      }));
  }
}

function userChoice(member, store, chosen) {
  return {
    value: member.id,
    label: member.name,
    color: nameColor(member),
    chosen: chosen.has(member.id),
    picture: avatar(member, store, "xs"),
  };
}

function roleChoice(role, chosen) {
  return {
    value: role.id,
    label: `@${role.name}`,
    color: cssColor(role.color),
    chosen: chosen.has(role.id),
    picture: icon("role"),
  };
}

function channelChoices(component, store, chosen) {
  const types = new Set(component.channel_types ?? []);
  const channels = store.textChannels().filter(({ type }) => !types.size || types.has(type ?? 0));
  return channels.map(({ id, name }) => ({
    value: id,
    label: name,
    chosen: chosen.has(id),
    picture: icon("hash"),
  }));
}

/** The emoji of a button or an option: its own character, or the name of a custom one. */
export function emojiNode(emoji) {
  return h(
    "span",
    { class: "emoji", "aria-hidden": "true" },
    emoji.id ? `:${emoji.name}:` : emoji.name,
  );
}

/**
 * A select control. `onCommit(values)` is called when a choice is made (single) or the list closes (multiple);
 * `values()` reads what is chosen at any time.
 */
export class Select {
  constructor(component, store, { label, onCommit = () => undefined }) {
    this.component = component;
    this.choices = choicesOf(component, store);
    // What a form does not ask for can be taken back.
    this.min = component.required === false ? 0 : (component.min_values ?? 1);
    this.max = component.max_values ?? 1;
    this.onCommit = onCommit;
    this.label = label;
    this.chosen = new Set(this.choices.filter(({ chosen }) => chosen).map(({ value }) => value));
    this.shown = h("span", { class: "select-shown" });
    this.button = h(
      "button",
      {
        type: "button",
        class: "select",
        disabled: Boolean(component.disabled),
        "aria-haspopup": "listbox",
        "aria-expanded": "false",
        data: { testid: "select", customId: component.custom_id },
        on: {
          click: () => (this.popover ? this.popover.close() : this.open()),
          keydown: (event) => this.#keyOnButton(event),
        },
      },
      this.shown,
      icon("chevron"),
    );
    this.#show();
  }

  values() {
    return this.choices.filter(({ value }) => this.chosen.has(value)).map(({ value }) => value);
  }

  #show() {
    const labels = this.choices
      .filter(({ value }) => this.chosen.has(value))
      .map(({ label }) => label);
    const placeholder = this.component.placeholder ?? "Make a selection";
    this.shown.textContent = labels.join(", ") || placeholder;
    this.shown.classList.toggle("empty", !labels.length);
    this.button.setAttribute(
      "aria-label",
      `${this.label ?? placeholder}: ${labels.join(", ") || "nothing chosen"}`,
    );
  }

  open() {
    const before = this.values().join();
    this.list = h("div", {
      class: "select-list",
      role: "listbox",
      "aria-label": this.component.placeholder ?? "Choices",
      "aria-multiselectable": String(this.max > 1),
      data: { testid: "select-list", match: "width" },
      on: { keydown: (event) => this.#keyInList(event) },
    });
    this.#fillList();
    this.button.setAttribute("aria-expanded", "true");
    this.popover = openPopover(this.button, this.list, () => {
      this.popover = null;
      this.button.setAttribute("aria-expanded", "false");
      if (this.max > 1 && this.values().join() !== before && this.chosen.size >= this.min)
        this.onCommit(this.values());
    });
    (this.list.querySelector('[aria-selected="true"]') ?? this.list.firstElementChild)?.focus();
  }

  #fillList() {
    const rows = this.choices.map((choice) => this.#row(choice));
    this.list.replaceChildren(
      ...(rows.length ? rows : [h("p", { class: "select-none" }, "Nothing to choose from ")]),
    );
  }

  #row(choice) {
    const selected = this.chosen.has(choice.value);
    return h(
      "div",
      {
        class: "select-option",
        role: "option",
        tabIndex: -1,
        "aria-selected": String(selected),
        data: { testid: "select-option", value: choice.value },
        on: { click: () => this.#pick(choice) },
      },
      choice.picture?.cloneNode(true),
      h(
        "span",
        { class: "select-words" },
        h(
          "span",
          { class: "select-label", css: choice.color ? { "--name": choice.color } : {} },
          choice.label,
        ),
        choice.description && h("span", { class: "select-description" }, choice.description),
      ),
      h("span", { class: this.max > 1 ? "tick-box" : "tick-round" }, selected && icon("check")),
    );
  }

  #pick({ value }) {
    if (this.max === 1) {
      this.chosen = new Set(this.min === 0 && this.chosen.has(value) ? [] : [value]);
    } else if (!this.chosen.delete(value) && this.chosen.size < this.max) {
      this.chosen.add(value);
    }
    this.#show();
    if (this.max === 1) {
      this.popover.close();
      this.button.focus();
      this.onCommit(this.values());
      return;
    }
    const at = [...this.list.children].indexOf(document.activeElement);
    this.#fillList();
    this.list.children[Math.max(0, at)]?.focus();
  }

  #keyOnButton(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (!this.popover) this.open();
  }

  #keyInList(event) {
    if (roveFocus(event, [...this.list.querySelectorAll('[role="option"]')])) return;
    if (event.key === "Tab") {
      this.popover.close();
      this.button.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      document.activeElement.click();
    }
  }
}
