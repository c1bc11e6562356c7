/** Picked files on their way to the playground. */

import { upload } from "./api.js";

let placeOf = () => ({});

/** Say for whom and for which channel files are uploaded: `place()` gives {member, channel}. */
export function uploadFor(place) {
  placeOf = place;
}

/** One picked file: `done` resolves to its upload id; `preview` is an object URL for pictures and videos. */
export class Upload {
  constructor(file) {
    this.file = file;
    this.name = file.name || "pasted picture";
    this.size = file.size;
    this.id = null;
    this.error = null;
    this.isVideo = file.type.startsWith("video/");
    const isShown = this.isVideo || file.type.startsWith("image/");
    this.preview = isShown ? URL.createObjectURL(file) : null;
    this.done = this.#start();
  }

  async #start() {
    try {
      const record = await upload(this.file, placeOf());
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
