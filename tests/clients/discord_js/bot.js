// The bot of `tests/clients/__init__.py` with discord.js.
const {
  ActionRowBuilder, ApplicationCommandOptionType, ButtonBuilder, ButtonStyle,
  ChannelSelectMenuBuilder, Client, Events, GatewayIntentBits, MessageFlags, ModalBuilder,
  Partials, RoleSelectMenuBuilder, StringSelectMenuBuilder, TextInputBuilder, TextInputStyle,
  UserSelectMenuBuilder,
} = require("discord.js");

const { LOOPBACK_TOKEN: token, LOOPBACK_URL: url } = process.env;
const KINDS = { elf: "Elf", elder: "Elder", orc: "Orc" };

const option = (name, type, more = {}) => ({ name, description: name, type, required: true, ...more });
const command = (name, ...options) => ({ name, description: name, options });
const { String: STRING, Attachment: ATTACHMENT } = ApplicationCommandOptionType;
const COMMANDS = [
  command("echo", option("text", STRING)),
  command("choose", option("kind", STRING, { autocomplete: true })),
  command("later"),
  command("file"),
  command("read", option("file", ATTACHMENT)),
  command("several"),
  command("panel"),
  command("form"),
];

function print(event) {
  process.stdout.write(JSON.stringify(event) + "\n");
}

function panelRows() {
  const options = ["elf", "orc"].map((value) => ({ label: KINDS[value], value }));
  const parts = [
    new ButtonBuilder().setCustomId("press").setLabel("Press").setStyle(ButtonStyle.Primary),
    new StringSelectMenuBuilder().setCustomId("kind").setMaxValues(2).addOptions(options),
    new UserSelectMenuBuilder().setCustomId("user"),
    new RoleSelectMenuBuilder().setCustomId("role"),
    new ChannelSelectMenuBuilder().setCustomId("channel"),
  ];
  return parts.map((part) => new ActionRowBuilder().addComponents(part));
}

function feedbackModal() {
  const input = new TextInputBuilder()
    .setCustomId("best").setLabel("Best").setStyle(TextInputStyle.Short);
  return new ModalBuilder()
    .setCustomId("form").setTitle("Feedback")
    .addComponents(new ActionRowBuilder().addComponents(input));
}

const handlers = {
  echo: (call) => call.reply(call.options.getString("text")),
  choose: (call) => call.reply(call.options.getString("kind")),
  form: (call) => call.showModal(feedbackModal()),
  panel: (call) => call.reply({ content: "panel", components: panelRows() }),
  file: (call) =>
    call.reply({ content: "file", files: [{ attachment: Buffer.from("Ada\nBen\n"), name: "names.txt" }] }),
  later: async (call) => {
    await call.deferReply();
    await call.editReply("later");
  },
  read: async (call) => {
    const response = await fetch(call.options.getAttachment("file").url);
    await call.reply(await response.text());
  },
  several: async (call) => {
    await call.reply("one");
    await call.followUp("two");
    await call.followUp({ content: "three", flags: MessageFlags.Ephemeral });
    await call.editReply("one!");
  },
};

function selected(call) {
  if (call.isUserSelectMenu()) return call.users.map((user) => user.username);
  if (call.isRoleSelectMenu()) return call.roles.map((role) => role.name);
  if (call.isChannelSelectMenu()) return call.channels.map((channel) => channel.name);
  return call.values;
}

async function onInteraction(call) {
  if (call.isAutocomplete()) {
    const typed = call.options.getFocused();
    const values = Object.keys(KINDS).filter((value) => value.startsWith(typed));
    await call.respond(values.map((value) => ({ name: KINDS[value], value })));
  } else if (call.isChatInputCommand()) {
    await handlers[call.commandName](call);
  } else if (call.isButton()) {
    await call.update("pressed");
  } else if (call.isAnySelectMenu()) {
    const content = `${call.customId}: ${selected(call).join(", ")}`;
    await call.reply({ content, flags: MessageFlags.Ephemeral });
  } else if (call.isModalSubmit()) {
    await call.reply(`best: ${call.fields.getTextInputValue("best")}`);
  }
}

async function onMessage(message) {
  if (message.author.bot) return;
  const isMention = message.mentions.has(client.user);
  print({
    event: "message",
    content: message.content,
    author: message.author.username,
    is_dm: message.channel.isDMBased(),
    is_mention: isMention,
    files: message.attachments.map((file) => file.name),
  });
  await message.reply(isMention ? "mentioned" : `heard ${message.content}`);
}

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
    GatewayIntentBits.MessageContent,
  ],
  partials: [Partials.Channel], // discord.js needs it for direct messages
  rest: { api: `${url}/api` },
});
client.on(Events.InteractionCreate, onInteraction);
client.on(Events.MessageCreate, onMessage);
client.once(Events.ClientReady, async () => {
  print({ event: "ready", user: client.user.username });
  await client.application.commands.set(COMMANDS);
});
process.stdin.on("end", () => client.destroy().then(() => process.exit(0))).resume();
client.login(token);
