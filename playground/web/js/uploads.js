/** Picked files on their way to the playground. */

import { upload } from "./api.js";

/** One picked file: `done` resolves to its upload id; `preview` is an object URL for pictures. */
export class Upload {
  constructor(file) {
    this.file = file;
    this.name = file.name || "pasted picture";
    this.size = file.size;
    this.id = null;
    this.error = null;
    this.preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    this.done = this.#start();
  }

  async #start() {
    try {
      const record = await upload(this.file);
      this.id = record.id;
      this.name = record.filename;
      return record.id;
    } catch (refusal) {
      this.error = refusal.message;
      return null;
    }
  }

  /** Free the preview. */
  discard() {
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = null;
  }
}

/** Let the member choose files with the browser's own window. */
export function pickFiles(multiple, onFiles) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = multiple;
  input.className = "visually-hidden";
  input.dataset.testid = "file-input";
  input.addEventListener("change", () => {
    onFiles([...input.files]);
    input.remove();
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}
