/** Asks the bot for choices while an option is typed: debounced, and late answers are dropped. */

import { drive } from "../client/api.js";

const PAUSE_MS = 160;

export class Autocomplete {
  #timer = 0;
  #latest = 0;

  /** Ask for the choices of `focused`; `onChoices(choices)` or `onError(sentence)` is called for the newest question only. */
  ask(body, onChoices, onError) {
    clearTimeout(this.#timer);
    this.#latest += 1;
    const question = this.#latest;
    this.#timer = setTimeout(async () => {
      try {
        const { choices } = await drive.autocomplete(body);
        if (question === this.#latest) onChoices(choices ?? []);
      } catch (refusal) {
        if (question === this.#latest) onError(refusal.message);
      }
    }, PAUSE_MS);
  }

  /** Forget the question under way. */
  cancel() {
    clearTimeout(this.#timer);
    this.#latest += 1;
  }
}
