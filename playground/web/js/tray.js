/** Files in the composer: the cards above the line, dropping files anywhere on the page, and pasting them. */

import { fileSize, fill, h, icon, iconButton } from "./dom.js";
import { OPTION } from "./options.js";

/** Draw a card for each file option in use. */
export function drawTray(root, pills, activePill) {
  const files = pills.filter(({ option }) => option.type === OPTION.attachment);
  const shown = files.filter((pill) => pill.upload || pill === activePill || pill.option.required);
  root.hidden = !shown.length;
  fill(
    root,
    shown.map((pill) => (pill.upload ? fileCard(pill) : dropCard(pill))),
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
    h("strong", {}, pill.option.name),
    h("span", {}, "Drop, paste or browse for a file"),
  );
}

function fileCard(pill) {
  const { upload } = pill;
  const state = upload.error ?? (upload.id ? fileSize(upload.size) : "Uploading…");
  return h(
    "div",
    {
      class: `tray-card${upload.error ? " bad" : ""}`,
      data: { testid: `file-${pill.option.name}` },
    },
    upload.preview ? h("img", { src: upload.preview, alt: "" }) : icon("file", "icon tray-icon"),
    h("strong", {}, pill.option.name),
    h("span", { class: "tray-name" }, upload.name),
    h("span", { class: "tray-state" }, state),
    iconButton("trash", `Remove ${upload.name}`, () => pill.clear(), {
      class: "icon-button tray-remove",
    }),
  );
}

/** Let files be dropped anywhere; `wanted()` names the option that takes them, or null. */
export function acceptDrops(overlay, wanted, onFile) {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const free = (event) => hasFiles(event) && !event.target.closest?.("dialog");
  let depth = 0;
  const show = (visible) => {
    overlay.hidden = !visible;
    const option = wanted();
    if (visible)
      fill(
        overlay,
        h(
          "div",
          { class: "drop-card" },
          icon("upload"),
          h(
            "strong",
            {},
            option ? `Drop to use as ${option.name}` : "Choose a command with a file option first",
          ),
          option && h("span", {}, option.description),
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
    const [file] = event.dataTransfer.files;
    if (file && free(event)) onFile(file);
  });
}
