// A slash command being filled in: a field for each option in use, a button for each that is not.
import { things } from "./choosing.js";
import { combobox, matching } from "./combobox.js";
import { el, fresh } from "./dom.js";
import { act } from "./talk.js";

const [SUBCOMMAND, GROUP, INTEGER, BOOLEAN, NUMBER, FILE] = [1, 2, 4, 5, 10, 11];
const THINGS = { 6: ["members"], 7: ["channels"], 8: ["roles"], 9: ["members", "roles"] };
const TYPES = { 3: "text", 4: "a whole number", 5: "true or false", 6: "a member", 7: "a channel",
  8: "a role", 9: "a member or a role", 10: "a number", 11: "a file" };
const REST = 120; // ms without a key before the bot is asked what fits

/** Give every slash command with its subcommands, one entry for each that can be used. */
export function leaves(commands) {
  const open = (node, line) => {
    const inner = (node.options ?? []).filter((one) => [SUBCOMMAND, GROUP].includes(one.type));
    if (inner.length) return inner.flatMap((one) => open(one, `${line} ${one.name}`));
    return [{ line, label: `/${line}`, hint: node.description, options: node.options ?? [] }];
  };
  return commands.filter((command) => command.type === 1)
    .flatMap((command) => open(command, command.name));
}

/** Read `prefix:Tr count:3`: values by the names of options; a value goes on to the next name. */
export function typed(rest, options) {
  const parts = rest.split(/(?:^|\s)([\p{L}\p{N}_-]+):/u);
  const known = new Set(options.map((option) => option.name));
  const values = {};
  for (let index = 1; index < parts.length; index += 2) {
    if (!known.has(parts[index])) throw new Error(`There is no option ${parts[index]}.`);
    values[parts[index]] = parts[index + 1].trim();
  }
  return values;
}

/** Give the command's fields: `node`, `focus()`, and `filled()`, its options and files. */
export function fields(leaf, { given = {}, leave }) {
  const about = el("p", { class: "about", id: fresh("about"), role: "status" });
  const row = el("div", { class: "fields" });
  const open = new Map();
  const describe = (option) => {
    const limits = option && bounds(option);
    about.textContent = option ? `${option.name}: ${option.description} (${limits})` : leaf.hint;
  };
  const rest = el("div", { class: "rest" });

  function add(option, value = "") {
    const made = field(option, { leaf, values, about });
    made.input.addEventListener("focus", () => describe(option));
    made.input.addEventListener("keydown", (event) => {
      const empty = event.key === "Backspace" && !made.input.value;
      // Once there is a file, Enter sends the command, as from other fields; Space chooses anew.
      const chosen = event.key === "Enter" && made.input.files?.length;
      if (event.key === "Escape") leave();
      else if (chosen) made.input.form.requestSubmit();
      else if (empty && !option.required) drop(option);
      else return;
      event.preventDefault();
    });
    if (value) made.set(value);
    open.set(option.name, made);
    row.append(made.node);
    offer();
    return made;
  }
  function drop(option) {
    open.get(option.name).node.remove();
    open.delete(option.name);
    offer();
    ([...open.values()].at(-1)?.input ?? rest.querySelector("button"))?.focus();
  }
  function offer() {
    const left = leaf.options.filter((option) => !open.has(option.name));
    rest.replaceChildren(...left.map((option) => el("button", {
      type: "button", title: option.description, "aria-label": `Add the option ${option.name}`,
      onclick: () => add(option).input.focus(), onfocus: () => describe(option),
      onkeydown: (event) => event.key === "Escape" && leave(),
    }, `+ ${option.name}`)));
  }
  const values = () => Object.fromEntries([...open].map(([name, made]) => [name, made.value()])
    .filter(([, value]) => value !== undefined && !(value instanceof File)));
  const files = () => [...open].map(([name, made]) => [name, made.value()])
    .filter(([, value]) => value instanceof File);

  const first = leaf.options.filter((option) => option.required || option.name in given);
  // Where nothing is demanded, the option that comes first is what people mean most often; but a
  // list of choices would take the Enter that sends the command.
  const likely = leaf.options.slice(0, 1).filter((option) => !listed(option));
  for (const option of first.length ? first : likely) {
    add(option, given[option.name]);
  }
  describe(null);
  offer();
  const name = el("span", { class: "slash" }, leaf.label);
  const node = el("div", { class: "command", role: "group", "aria-label": leaf.label },
    about, el("div", { class: "line" }, name, row, rest));
  return {
    node,
    /** Go to the first field to be filled in, and say whether there is any. */
    focus() {
      const all = [...open.values()];
      const next = all.find((made) => made.value() === undefined) ?? all[0];
      next?.input.focus();
      return Boolean(next);
    },
    filled: () => ({ options: values(), files: files() }),
  };
}

function bounds(option) {
  const [low, high] = [option.min_value ?? option.min_length, option.max_value ?? option.max_length];
  const range = [low !== undefined ? `from ${low}` : "", high !== undefined ? `to ${high}` : ""];
  const unit = option.type === 3 && range.join("") ? "characters" : "";
  const kind = option.choices ? "one of the list" : TYPES[option.type];
  return [kind, ...range, unit, option.required ? "· required" : ""].filter(Boolean).join(" ");
}

function field(option, context) {
  const input = el("input", {
    type: option.type === FILE ? "file" : "text", "aria-required": String(!!option.required),
    "aria-describedby": context.about.id, name: option.name, spellcheck: "false",
    autocomplete: "off", inputmode: { 4: "numeric", 10: "decimal" }[option.type],
  });
  let picked = null;
  const set = (value) => {
    if (option.type !== FILE) input.value = value;
    grow(input);
  };
  input.addEventListener("input", () => {
    picked = null;
    grow(input);
  });
  const pick = (choice) => {
    set(choice.label);
    picked = choice;
  };
  suggest(input, option, { ...context, pick });
  const star = option.required ? el("span", { class: "star", title: "required" }, "*") : null;
  const node = el("label", { class: "option" }, el("span", {}, option.name, star), input);
  const value = () => (option.type === FILE ? input.files[0]
    : picked ? picked.value : read(option, input.value.trim()));
  grow(input);
  return { node, input, set, value };
}

const grow = (input) => { input.size = Math.min(32, Math.max(6, input.value.length + 1)); };

function read(option, text) {
  if (!text) return undefined;
  if (option.type === BOOLEAN) return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (![INTEGER, NUMBER].includes(option.type)) return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text; // which the loopback refuses in a line
}

const TRUTHS = [{ label: "True", value: true }, { label: "False", value: false }];

/** Give all that an option may be, where that can be listed. */
function listed({ type, choices }) {
  if (choices) return choices.map(({ name, value }) => ({ label: String(name), value }));
  if (type === BOOLEAN) return TRUTHS;
  return THINGS[type] ? things(...THINGS[type]) : null;
}

function suggest(input, option, { leaf, values, pick }) {
  const name = `Choices for ${option.name}`;
  if (listed(option)) {
    combobox(input, { source: (text) => matching(listed(option), text), pick, name, eager: true });
  } else if (option.autocomplete) {
    const source = async (text) => {
      const { [option.name]: _, ...options } = values();
      options[option.name] = text;
      const body = { command: leaf.line, options, focused: option.name };
      const { choices } = await act("autocomplete", body).catch(() => ({ choices: [] }));
      return choices.map((choice) => ({ label: String(choice.name), value: choice.value }));
    };
    combobox(input, { source, pick, name, wait: REST });
  }
}
