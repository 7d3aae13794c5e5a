// Server API: actions by POST, events by one WebSocket, and the current member and channel.

/** The current member's name, the id of the open channel, and the server's state. */
export const current = { me: sessionStorage.getItem("me") ?? "ada", channel: null, state: null };

/** Run an action and return its result. Throws an Error with one line to show. */
export async function runAction(action, body = {}, files = []) {
  const form = new FormData();
  form.set("body", JSON.stringify({ author: current.me, channel: current.channel, ...body }));
  for (const [name, file] of files) form.append(name, file, file.name);
  let response;
  try {
    response = await fetch(`actions/${action}`, { method: "POST", body: form });
  } catch {
    throw new Error("Not sent: the bot can't be reached.");
  }
  if (response.status === 413) throw new Error("That's too large to send.");
  const result = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(result.error ?? `The request failed (${response.status}).`);
  return result;
}

let socket = null;

/** Receive the events that the current member can see; `onClose` runs if the connection ends. */
export function subscribe(onEvent, onClose) {
  socket?.close();
  const url = new URL(`events/${encodeURIComponent(current.me)}`, location.href);
  url.protocol = "ws:";
  const opened = (socket = new WebSocket(url));
  opened.onmessage = ({ data }) => opened === socket && onEvent(JSON.parse(data));
  opened.onclose = () => opened === socket && onClose();
}

export const findMember = (id) => current.state.members.find((one) => one.id === id);
export const findRole = (id) => current.state.roles.find((one) => one.id === id);
export const findChannel = (id) => current.state.channels.find((one) => one.id === id);
