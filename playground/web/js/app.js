/** Brings the page up: one store, the views around it, and what connects them. */

import { Composer } from "./composer/composer.js";
import { drive, Refusal } from "./client/api.js";
import { confirm } from "./widgets/dialogs.js";
import { Interactions } from "./client/interactions.js";
import { ContextMenus } from "./widgets/menu.js";
import { MessageList } from "./messages/messages.js";
import { Modals } from "./forms/modal.js";
import { mountSurroundings } from "./people/sidebar.js";
import { Store } from "./client/store.js";
import { startTicker } from "./widgets/time.js";
import { Toasts } from "./widgets/toasts.js";
import { uploadFor } from "./client/uploads.js";
import { mountWelcome } from "./people/welcome.js";

const find = (id) => document.getElementById(id);

function mount() {
  const store = new Store();
  uploadFor(() => ({ member: store.member, channel: store.channel }));
  const toasts = new Toasts(find("toasts"));
  const interactions = new Interactions(store, toasts);
  const context = { store, toasts, interactions };
  const confirmDelete = (message) => askToDelete(message, context);
  context.menus = new ContextMenus({ ...context, confirmDelete });
  context.openMenu = (message, anchor) => context.menus.onMessage(message, anchor);
  mountSurroundings(
    {
      app: find("app"),
      scrim: find("scrim"),
      rail: find("rail"),
      channels: find("channels"),
      userPanel: find("user-panel"),
      header: find("chat-header"),
      banner: find("banner"),
      members: find("members"),
    },
    context,
  );
  const list = new MessageList(
    { scroller: find("scroller"), list: find("messages"), jump: find("jump"), live: find("live") },
    context,
  );
  mountWelcome(find("welcome"), store);
  const composer = new Composer(find("composer"), context);
  new Modals(context);
  store.on("sent", () => list.toBottom());
  slashOpensComposer(composer);
  complainOfRefusals(toasts);
  store.on("channel", () => nameWindow(store));
  store.on("look", (id) => requestAnimationFrame(() => lookAt(id)));
  return { store, toasts, composer };
}

/** Bring a message that somebody linked to into view. */
function lookAt(id) {
  const row = find("messages").querySelector(`[data-id="${CSS.escape(id)}"]`);
  row?.scrollIntoView({ block: "center" });
  row?.focus({ preventScroll: true });
}

function askToDelete(message, { store, toasts }) {
  const remove = () =>
    drive
      .remove({ member: store.member, channel: message.channel_id, message: message.id })
      .catch((refusal) => toasts.complain(refusal.message));
  confirm({
    title: "Delete message",
    text: "The message is removed for everybody in this channel.",
    action: "Delete",
    onConfirm: remove,
  });
}

/** Whatever was refused and not answered for elsewhere is told in the corner. */
function complainOfRefusals(toasts) {
  window.addEventListener("unhandledrejection", (event) => {
    if (!(event.reason instanceof Refusal)) return;
    event.preventDefault();
    toasts.complain(event.reason.message);
  });
}

function nameWindow(store) {
  const place = store.place();
  const name = place && `${place.direct ? "@" : "#"}${place.name}`;
  document.title = [name, store.world.guild?.name, "playground"].filter(Boolean).join(" · ");
}

/** Typing a slash anywhere outside a field starts a command, as in Discord. */
function slashOpensComposer(composer) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.(
      "input, textarea, [contenteditable], dialog, [role=menu], [role=listbox]",
    );
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    composer.fill("/");
  });
}

/** The page's token is in a cookie by now; it need not stay in the address or the history. */
function hideToken() {
  const address = new URL(location.href);
  if (!address.searchParams.has("token")) return;
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

async function start() {
  hideToken();
  const { store, toasts, composer } = mount();
  startTicker();
  for (let attempt = 0; ; attempt += 1) {
    try {
      await store.start();
      break;
    } catch (refusal) {
      if (attempt === 0) toasts.complain(refusal.message, "Trying again every few seconds.");
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
  if (window.matchMedia("(hover: hover)").matches) composer.head.focus();
  document.documentElement.dataset.ready = "true";
}

start();
