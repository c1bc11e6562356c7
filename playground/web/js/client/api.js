/** The drive API: every request the page makes, and the stream of events it follows. */

/** The playground said no; the message is its own sentence. */
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function answer(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!response.ok)
    throw new Refusal(
      body?.error ?? `The playground answered ${response.status}.`,
      response.status,
    );
  return body;
}

let busy = 0;

/** Whether an answer to one of this page's own actions is still to come. */
export const isBusy = () => busy > 0;

async function request(method, path, body) {
  const init = { method, headers: {} };
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refusal("The playground cannot be reached. Is it still running?", 0);
  }
  return answer(response);
}

async function post(path, body) {
  busy += 1;
  try {
    return await request("POST", `/drive/${path}`, body);
  } finally {
    busy -= 1;
  }
}

const query = (params) => new URLSearchParams(params).toString();

export const drive = {
  state: (member, guild) =>
    request(
      "GET",
      `/drive/state?${query({ ...(member ? { member } : {}), ...(guild ? { guild } : {}) })}`,
    ),
  messages: (channel, member) =>
    request("GET", `/drive/channels/${encodeURIComponent(channel)}/messages?${query({ member })}`),
  interaction: (id) => request("GET", `/drive/interactions/${encodeURIComponent(id)}`),
  post: (body) => post("post", body),
  invoke: (body) => post("invoke", body),
  menu: (body) => post("menu", body),
  autocomplete: (body) => post("autocomplete", body),
  click: (body) => post("click", body),
  select: (body) => post("select", body),
  submit: (body) => post("submit", body),
  remove: (body) => post("delete", body),
  topUp: (body) => post("topup", body),
  changeMember: (body) => post("members", body),
};

/** Keep a picked file at the playground, for use in a place; resolves to its upload record. */
export async function upload(file, { member, channel }) {
  const name =
    file.name || `pasted.${(file.type.split("/")[1] ?? "bin").replace(/[^a-z0-9]/gi, "")}`;
  let response;
  try {
    response = await fetch(`/drive/upload?${query({ filename: name, member, channel })}`, {
      method: "POST",
      headers: { "Content-Type": file.type || "application/octet-stream" },
      body: file,
    });
  } catch {
    throw new Refusal("The playground cannot be reached. The file was not uploaded.", 0);
  }
  return answer(response);
}

const EVENTS = [
  "message_create",
  "message_update",
  "message_delete",
  "commands_update",
  "modal",
  "interaction_failed",
  "bot",
];

/**
 * Follow the events of one member until `close()`.
 * `onLink(true)` is called on every (re)connection and `onLink(false)` when the stream broke; it reconnects by itself.
 */
export function follow(member, onEvent, onLink) {
  let source = null;
  let timer = 0;
  let attempt = 0;
  let closed = false;

  function open() {
    source = new EventSource(`/drive/events?${query({ member })}`);
    source.addEventListener("open", () => {
      attempt = 0;
      onLink(true);
    });
    source.addEventListener("error", retry);
    for (const type of EVENTS)
      source.addEventListener(type, (event) => onEvent(type, JSON.parse(event.data)));
  }

  // EventSource stops for good after an HTTP error, so every break is handled here with the same backoff.
  function retry() {
    source.close();
    if (closed) return;
    onLink(false);
    clearTimeout(timer);
    timer = setTimeout(open, Math.min(5000, 250 * 2 ** attempt));
    attempt += 1;
  }

  open();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      source.close();
    },
  };
}
