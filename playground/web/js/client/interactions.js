/** What a member does to the bot: commands, buttons, selects, menus; and what shows while it has not answered. */

import { drive, isBusy } from "./api.js";
import { displayName } from "../people/people.js";

const NO_ANSWER = "The application did not respond";
let localCount = 0;

/** Sends interactions and keeps the notices about those that failed. */
export class Interactions {
  #failed = new Set();
  #waiting = new Map();

  constructor(store, toasts) {
    this.store = store;
    this.toasts = toasts;
    store.on("failed", (data) => this.#onFailed(idOf(data.interaction), data.reason));
    store.on("put", ({ message, previous }) => !previous && this.#answered(message));
  }

  #where() {
    return { member: this.store.member, channel: this.store.channel };
  }

  /** Run a slash command; throws a Refusal when the playground does not accept it. */
  async invoke(command, options) {
    const row = this.#showPending(command);
    return this.#send(drive.invoke({ ...this.#where(), command, options }), row);
  }

  /** Run a context-menu command on `{message}` or `{target}`. */
  async menu(command, subject) {
    const row = this.#showPending(command);
    try {
      return await this.#send(drive.menu({ ...this.#where(), command, ...subject }), row);
    } catch (refusal) {
      this.toasts.complain(refusal.message);
      return null;
    }
  }

  /** Press a button; resolves when the bot acknowledged or did not. */
  async click(message, customId) {
    return this.#component(
      message,
      drive.click({
        ...this.#where(),
        channel: message.channel_id ?? this.store.channel,
        message: message.id,
        custom_id: customId,
      }),
    );
  }

  /** Choose in a select menu. */
  async select(message, customId, values) {
    return this.#component(
      message,
      drive.select({
        ...this.#where(),
        channel: message.channel_id ?? this.store.channel,
        message: message.id,
        custom_id: customId,
        values,
      }),
    );
  }

  async #component(message, request) {
    try {
      const interaction = await request;
      this.#opened(interaction);
      if (interaction.state === "failed")
        this.#noteFailure(interaction.id, message.id, interaction.error);
    } catch (refusal) {
      this.toasts.complain(refusal.message);
    }
  }

  async #send(request, row) {
    this.#waiting.set(row.id, row);
    try {
      const interaction = await request;
      if (interaction.state === "failed") this.#failRow(row, interaction);
      else this.#hide(row);
      this.#opened(interaction);
      return interaction;
    } catch (refusal) {
      this.#hide(row);
      throw refusal;
    }
  }

  /** A modal may come with the answer or with an event, whichever is first. */
  #opened(interaction) {
    if (interaction.modal)
      this.store.emit("modal", { interaction: interaction.id, modal: interaction.modal });
  }

  #showPending(name) {
    const { store } = this;
    const actor = store.actor();
    localCount += 1;
    const row = {
      id: `local-${localCount}`,
      local: "sending",
      channel_id: store.channel,
      author: store.botMember() ?? { id: "0", name: "Bot", bot: true },
      timestamp: new Date().toISOString(),
      interaction_metadata: {
        id: null,
        name,
        user: { id: store.member, username: displayName(actor) },
      },
    };
    store.put(row, true);
    return row;
  }

  #hide(row) {
    this.#waiting.delete(row.id);
    this.store.drop(row.channel_id, row.id);
  }

  /** The bot's answer is here: the "sending" row that it answers has done its work. */
  #answered({ local, channel_id: channel, interaction_metadata: data }) {
    if (local || data?.user?.id !== this.store.member) return;
    const first = (name) => name.split(" ")[0];
    const matches = (row) =>
      row.channel_id === channel &&
      (!data.name || first(row.interaction_metadata.name) === first(data.name));
    const row = [...this.#waiting.values()].find(matches);
    if (row) this.#hide(row);
  }

  #failRow(row, { id, error }) {
    this.#waiting.delete(row.id);
    this.#failed.add(id);
    this.store.put({ ...row, local: "failed", reason: error }, false);
  }

  /** A failure of what this page did comes with its own answer; the event tells of what was done elsewhere. */
  #onFailed(interactionId, reason) {
    if (!isBusy()) this.#noteFailure(interactionId, null, reason);
  }

  #noteFailure(interactionId, messageId, reason) {
    if (this.#failed.has(interactionId)) return;
    this.#failed.add(interactionId);
    const detail = reason?.startsWith(NO_ANSWER)
      ? reason.slice(NO_ANSWER.length).replace(/^[.:\s]+/, "")
      : reason;
    if (messageId)
      this.store.emit("note", {
        message: messageId,
        text: `This interaction failed${detail ? `: ${detail}` : ""}`,
      });
    else this.toasts.complain(NO_ANSWER, detail);
  }
}

export const idOf = (interaction) =>
  typeof interaction === "object" && interaction ? interaction.id : interaction;
export { NO_ANSWER };
