/** A message that is being written: its files, shown above the line until it is sent. */

import { drive, Refusal } from "../client/api.js";
import { uploadCard } from "./tray.js";
import { Upload } from "../client/uploads.js";

const MAX_FILES = 10;

/** The files of the next message; `onChange` is called when one comes, goes or has been uploaded. */
export class Draft {
  uploads = [];

  constructor(onChange) {
    this.onChange = onChange;
  }

  add(files) {
    const room = MAX_FILES - this.uploads.length;
    this.#set([...this.uploads, ...files.slice(0, room).map((file) => new Upload(file))]);
    return files.length > room ? `A message takes at most ${MAX_FILES} files.` : null;
  }

  remove(upload) {
    upload.discard();
    this.#set(this.uploads.filter((other) => other !== upload));
  }

  /** Give the first file away, as to a command that asks for one; null when there is none. */
  give() {
    const [first, ...others] = this.uploads;
    if (first) this.#set(others);
    return first ?? null;
  }

  #set(uploads) {
    const known = new Set(this.uploads);
    this.uploads = uploads;
    for (const upload of uploads)
      if (!known.has(upload)) upload.done.then(() => this.onChange());
    this.onChange();
  }

  card(upload) {
    return uploadCard(upload, { testid: "draft-file", onRemove: () => this.remove(upload) });
  }

  /** Send a text with the files; they are gone from here unless it throws a Refusal. */
  async send(where, content) {
    const sent = this.uploads;
    const attachments = await Promise.all(sent.map(({ done }) => done));
    const failed = sent.find(({ error }) => error);
    if (failed) throw new Refusal(`${failed.name}: ${failed.error}`, 0);
    await drive.post({ ...where, content, attachments });
    for (const upload of sent) this.remove(upload);
  }
}
