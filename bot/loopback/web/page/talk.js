// The way to the loopback: what a person does goes by POST, what happens comes by one WebSocket.

/** The person that this page is, and the channel that is open. */
export const here = { me: sessionStorage.getItem("me") ?? "ada", channel: null, state: null };

/** Do something there; gives the answer, or throws an Error of one line to show. */
export async function act(action, body = {}, files = []) {
  const form = new FormData();
  form.set("body", JSON.stringify({ as: here.me, channel: here.channel, ...body }));
  for (const [name, file] of files) form.append(name, file, file.name);
  let response;
  try {
    response = await fetch(`do/${action}`, { method: "POST", body: form });
  } catch {
    throw new Error("It could not be sent.");
  }
  if (response.status === 413) throw new Error("That is too large to send.");
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(told.error ?? `It was refused (${response.status}).`);
  return told;
}

let socket = null;

/** Listen as the person that this page is; `tell` gets every event, `lost` the end of it. */
export function listen(tell, lost) {
  socket?.close();
  const address = new URL(`live/${encodeURIComponent(here.me)}`, location.href);
  address.protocol = "ws:";
  const mine = (socket = new WebSocket(address));
  mine.onmessage = ({ data }) => mine === socket && tell(JSON.parse(data));
  mine.onclose = () => mine === socket && lost();
}

/** Find a member by id, name or mention; the name of a role or channel by its id. */
export const member = (id) => here.state.members.find((one) => one.id === id);
export const role = (id) => here.state.roles.find((one) => one.id === id);
export const place = (id) => here.state.channels.find((one) => one.id === id);
