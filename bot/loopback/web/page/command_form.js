// Slash-command form: a field for each option in use, a button for each other option.
import { runAction } from "./api.js";
import { combobox, matchingOptions } from "./combobox.js";
import { el, uniqueId } from "./dom.js";
import { serverOptions } from "./select_menu.js";

const [SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, NUMBER, FILE] = [1, 2, 3, 4, 5, 10, 11];
const SERVER_TYPES = { 6: ["members"], 7: ["channels"], 8: ["roles"], 9: ["members", "roles"] };
const TYPE_NAMES = { 3: "text", 4: "a whole number", 5: "true or false", 6: "a member",
  7: "a channel", 8: "a role", 9: "a member or a role", 10: "a number", 11: "a file" };
const AUTOCOMPLETE_DELAY = 120; // ms without typing before the bot gets an autocomplete request

/** List every slash command, with one entry for each subcommand. */
export function flattenCommands(commands) {
  const flatten = (node, line) => {
    const options = node.options ?? [];
    const nested = options.filter((one) => [SUBCOMMAND, GROUP].includes(one.type));
    if (nested.length) return nested.flatMap((one) => flatten(one, `${line} ${one.name}`));
    return [{ line, label: `/${line}`, hint: node.description, options }];
  };
  return commands.filter((command) => command.type === 1)
    .flatMap((command) => flatten(command, command.name));
}

/** Parse `prefix:Tr count:3` to values by option name. A value extends to the next option. */
export function parseOptions(text, options) {
  const parts = text.split(/(?:^|\s)([\p{L}\p{N}_-]+):/u);
  const known = new Set(options.map((option) => option.name));
  const values = {};
  for (let index = 1; index < parts.length; index += 2) {
    if (!known.has(parts[index])) throw new Error(`There's no option ${parts[index]}.`);
    values[parts[index]] = parts[index + 1].trim();
  }
  return values;
}

/** Create the form of a command: `node`, `focus()`, and `filled()`, its options and files. */
export function commandForm(command, { values: initial = {}, onCancel }) {
  const description = el("p", { class: "description", id: uniqueId("description"),
    role: "status" });
  const row = el("div", { class: "fields" });
  const addButtons = el("div", { class: "add-buttons" });
  const fields = new Map();
  const describe = (option) => {
    description.textContent = option
      ? `${option.name}: ${option.description} (${describeLimits(option)})` : command.hint;
  };

  function addField(option, value = "") {
    const field = optionField(option, { command, optionValues, description });
    field.input.addEventListener("focus", () => describe(option));
    field.input.addEventListener("keydown", (event) => {
      const removes = event.key === "Backspace" && !field.input.value && !option.required;
      // In a file field, Enter would open the file dialog again; Space still does.
      const submits = event.key === "Enter" && field.input.files?.length;
      if (event.key === "Escape") onCancel();
      else if (submits) field.input.form.requestSubmit();
      else if (removes) removeField(option);
      else return;
      event.preventDefault();
    });
    if (value) field.setText(value);
    fields.set(option.name, field);
    row.append(field.node);
    showAddButtons();
    return field;
  }
  function removeField(option) {
    fields.get(option.name).node.remove();
    fields.delete(option.name);
    showAddButtons();
    ([...fields.values()].at(-1)?.input ?? addButtons.querySelector("button"))?.focus();
  }
  function showAddButtons() {
    const unused = command.options.filter((option) => !fields.has(option.name));
    addButtons.replaceChildren(...unused.map((option) => el("button", {
      type: "button", title: option.description, "aria-label": `Add the option ${option.name}`,
      onclick: () => addField(option).input.focus(), onfocus: () => describe(option),
      onkeydown: (event) => event.key === "Escape" && onCancel(),
    }, `+ ${option.name}`)));
  }
  const entries = () => [...fields].map(([name, field]) => [name, field.value()])
    .filter(([, value]) => value !== undefined);
  const optionValues = () =>
    Object.fromEntries(entries().filter(([, value]) => !(value instanceof File)));
  const files = () => entries().filter(([, value]) => value instanceof File);

  const needed = command.options.filter((option) => option.required || option.name in initial);
  // Without required options, the form starts with the first option, unless that has a list of
  // values: the list would take the Enter that sends the command.
  const first = command.options.slice(0, 1).filter((option) => !listValues(option));
  for (const option of needed.length ? needed : first) addField(option, initial[option.name]);
  describe(null);
  showAddButtons();
  const name = el("span", { class: "command-name" }, command.label);
  const node = el("div", { class: "command", role: "group", "aria-label": command.label },
    description, el("div", { class: "line" }, name, row, addButtons));
  return {
    node,
    /** Focus the first empty field; returns whether there is any field. */
    focus() {
      const all = [...fields.values()];
      const next = all.find((field) => field.value() === undefined) ?? all[0];
      next?.input.focus();
      return Boolean(next);
    },
    filled: () => ({ options: optionValues(), files: files() }),
  };
}

function describeLimits(option) {
  const minimum = option.min_value ?? option.min_length;
  const maximum = option.max_value ?? option.max_length;
  const range = [minimum !== undefined ? `from ${minimum}` : "",
    maximum !== undefined ? `to ${maximum}` : ""];
  const unit = option.type === STRING && range.join("") ? "characters" : "";
  const type = option.choices ? "one of the list" : TYPE_NAMES[option.type];
  return [type, ...range, unit, option.required ? "· required" : ""].filter(Boolean).join(" ");
}

function optionField(option, context) {
  const isFile = option.type === FILE;
  const input = el("input", {
    type: isFile ? "file" : "text", "aria-required": String(!!option.required),
    "aria-describedby": context.description.id, name: option.name, spellcheck: "false",
    autocomplete: "off", inputmode: { 4: "numeric", 10: "decimal" }[option.type],
  });
  let picked = null;
  const setText = (text) => {
    if (!isFile) input.value = text;
    fitWidth(input);
  };
  input.addEventListener("input", () => {
    picked = null;
    fitWidth(input);
  });
  const onPick = (choice) => {
    setText(choice.label);
    picked = choice;
  };
  addSuggestions(input, option, { ...context, onPick });
  const mark = option.required
    ? el("span", { class: "required-mark", title: "required" }, "*") : null;
  const node = el("label", { class: "option" }, el("span", {}, option.name, mark), input);
  const value = () => {
    if (isFile) return input.files[0];
    return picked ? picked.value : parseValue(option, input.value.trim());
  };
  fitWidth(input);
  return { node, input, setText, value };
}

const fitWidth = (input) => { input.size = Math.min(32, Math.max(6, input.value.length + 1)); };

function parseValue(option, text) {
  if (!text) return undefined;
  if (option.type === BOOLEAN) return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (![INTEGER, NUMBER].includes(option.type)) return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text; // the server returns an error for the text
}

const BOOLEANS = [{ label: "True", value: true }, { label: "False", value: false }];

/** List all values of an option, or return null if they cannot be listed. */
function listValues({ type, choices }) {
  if (choices) return choices.map(({ name, value }) => ({ label: String(name), value }));
  if (type === BOOLEAN) return BOOLEANS;
  return SERVER_TYPES[type] ? serverOptions(...SERVER_TYPES[type]) : null;
}

function addSuggestions(input, option, { command, optionValues, onPick }) {
  const name = `Choices for ${option.name}`;
  if (listValues(option)) {
    const source = (text) => matchingOptions(listValues(option), text);
    combobox(input, { source, onPick, name, selectFirst: true });
  } else if (option.autocomplete) {
    const source = async (text) => {
      const { [option.name]: _, ...options } = optionValues();
      options[option.name] = text;
      const body = { command: command.line, options, focused: option.name };
      const { choices } = await runAction("autocomplete", body).catch(() => ({ choices: [] }));
      return choices.map((choice) => ({ label: String(choice.name), value: choice.value }));
    };
    combobox(input, { source, onPick, name, delay: AUTOCOMPLETE_DELAY });
  }
}
