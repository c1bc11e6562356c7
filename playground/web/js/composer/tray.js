/** Files in the composer: the cards above the line, dropping files anywhere on the page, and pasting them. */

import { fileSize, fill, h, icon, iconButton } from "../widgets/dom.js";
import { OPTION } from "./options.js";

const drawn = new WeakMap();

/**
 * Draw cards, given as [subject, upload, build], unless they are there already: a card that is drawn anew between
 * press and release is never clicked.
 */
function drawCards(root, cards) {
  root.hidden = !cards.length;
  const state = cards.flatMap(([subject, upload]) => [subject, upload, stateOf(upload)]);
  const before = drawn.get(root) ?? [];
  if (before.length === state.length && before.every((part, at) => part === state[at])) return;
  drawn.set(root, state);
  fill(
    root,
    cards.map(([, , build]) => build()),
  );
}

const stateOf = (upload) =>
  upload && (upload.error ?? (upload.id ? fileSize(upload.size) : "Uploading…"));

/** Draw the cards of a message's files. */
export function drawDraft(root, draft) {
  drawCards(
    root,
    draft.uploads.map((upload) => [draft, upload, () => draft.card(upload)]),
  );
}

/** Draw a card for each file option in use. */
export function drawTray(root, pills, activePill) {
  const files = pills.filter(({ option }) => option.type === OPTION.attachment);
  const shown = files.filter((pill) => pill.upload || pill === activePill || pill.option.required);
  drawCards(
    root,
    shown.map((pill) => [
      pill,
      pill.upload,
      () => (pill.upload ? fileCard(pill) : dropCard(pill)),
    ]),
  );
}

function dropCard(pill) {
  return h(
    "button",
    {
      type: "button",
      class: "tray-card tray-drop",
      data: { testid: `drop-${pill.option.name}` },
      on: { click: () => pill.browse() },
    },
    icon("upload"),
    h("strong", {}, pill.option.label),
    h("span", {}, "Drop, paste or browse for a file"),
  );
}

function fileCard(pill) {
  const { name, label } = pill.option;
  return uploadCard(pill.upload, {
    testid: `file-${name}`,
    title: label,
    onRemove: () => pill.clear(),
  });
}

/** A file on its way or uploaded, with its picture where it is one, and a button to take it away. */
export function uploadCard(upload, { testid, title, onRemove }) {
  return h(
    "div",
    { class: `tray-card${upload.error ? " bad" : ""}`, data: { testid } },
    thumbnail(upload),
    title && h("strong", {}, title),
    h("span", { class: "tray-name", title: upload.name }, upload.name),
    h("span", { class: "tray-state" }, stateOf(upload)),
    iconButton("trash", `Remove ${upload.name}`, onRemove, { class: "icon-button tray-remove" }),
  );
}

function thumbnail({ preview, isVideo }) {
  if (!preview) return icon("file", "icon tray-icon");
  if (isVideo) return h("video", { src: preview, preload: "metadata", "aria-hidden": "true" });
  return h("img", { src: preview, alt: "" });
}

/** Let files be dropped anywhere; `wanted()` says in {title, detail} what becomes of them. */
export function acceptDrops(overlay, wanted, onFiles) {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const free = (event) => hasFiles(event) && !event.target.closest?.("dialog");
  let depth = 0;
  const show = (visible) => {
    overlay.hidden = !visible;
    const { title, detail } = wanted();
    if (visible)
      fill(
        overlay,
        h(
          "div",
          { class: "drop-card" },
          icon("upload"),
          h("strong", {}, title),
          detail && h("span", {}, detail),
        ),
      );
  };
  document.addEventListener("dragenter", (event) => free(event) && show(++depth > 0));
  document.addEventListener("dragleave", (event) => {
    if (free(event) && --depth <= 0) {
      depth = 0;
      show(false);
    }
  });
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    const files = [...event.dataTransfer.files];
    if (files.length && free(event)) onFiles(files);
  });
}
