/** Where files that are picked, dropped or pasted go: into the message, or into an option of the command. */

import { openMenu } from "../widgets/menu.js";
import { OPTION } from "./options.js";
import { pickFiles } from "../client/uploads.js";

export class ComposerFiles {
  constructor(composer) {
    this.composer = composer;
  }

  get #command() {
    return this.composer.command;
  }

  /** The option that takes the next file: the one in use, the first without a file, or the last. */
  #option() {
    const { leaf, pills } = this.#command;
    const options = leaf?.options.filter(({ type }) => type === OPTION.attachment) ?? [];
    const active = leaf && this.#command.active()?.option;
    const free = (option) => !pills.some((pill) => pill.option === option && !pill.empty);
    return (
      options.find((option) => option === active) ?? options.find(free) ?? options.at(-1) ?? null
    );
  }

  /** What becomes of files that are dropped now. */
  dropTarget() {
    const option = this.#option();
    if (option) return { title: `Drop to use as ${option.label}`, detail: option.description };
    if (this.#command.leaf) return { title: `/${this.#command.leaf.label} takes no file` };
    return { title: "Drop to add to your message", detail: "Nothing is sent before you say so." };
  }

  /** A command takes one file at a time, a message all of them. */
  take(files) {
    const { composer } = this;
    const option = this.#option();
    if (!this.#command.leaf) {
      composer.complain(composer.draft.add(files));
      composer.head.focus();
    } else if (option) {
      const pill = this.#command.add(option);
      pill.take(files[0]);
      pill.focus();
      composer.hint();
    } else composer.complain(`/${this.#command.leaf.label} takes no file.`);
  }

  /** Give a command that was begun the files of the message that was being written. */
  handOver() {
    const { draft } = this.composer;
    for (const option of this.#command.leaf.options) {
      if (option.type !== OPTION.attachment || !draft.uploads.length) continue;
      this.#command.add(option).adopt(draft.give());
    }
  }

  /** What the button with the plus offers. */
  openMenu(anchor) {
    const upload = () => pickFiles(!this.#command.leaf, (files) => this.take(files));
    const command = () => this.composer.fill("/");
    const items = [
      { label: "Upload a file", icon: "upload", testid: "upload-file", onPick: upload },
      { label: "Use a command", icon: "slash", testid: "use-command", onPick: command },
    ];
    openMenu(anchor, items, "Add to the message");
  }
}
