"""Attack: sends hostile inputs to a running bot, and finds what is wrong with its answers."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.extension import _COMPONENTS
from bot.loopback import Loopback, Message, User
from bot.loopback.payloads.application_commands import OptionType
from bot.loopback.payloads.components import SELECTS, STRING_SELECT, walk
from bot.loopback.rest.interactions import CallbackType, Interaction, InteractionType
from bot.loopback.state.guilds import Channel, Guild
from bot.loopback.state.messages import Attachment, Draft, MessageFlag

from ..bot_thread import BotThread
from .answers import wrong_messages, wrong_response
from .texts import HostileTexts

Json = dict[str, Any]

_BATCH = 8

Check = Callable[[], Iterator[str]]


@dataclass
class Sent:
    """An input that was sent; `check` yields what is wrong with its answer."""

    kind: str
    text: str
    check: Check


@dataclass
class Attack:
    """Sends inputs drawn from `texts`; `faults` has a line for each that had a wrong answer.

    With `trains`, they include lists to train on, for which a worker process starts.
    """

    discord: Loopback
    bot: BotThread
    texts: HostileTexts
    trains: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _sources: list[Message] = field(default_factory=list)
    _modals: list[Interaction] = field(default_factory=list)
    _settings: Message = field(init=False)
    _commands: list[str] = field(init=False)

    async def run(
        self, count: int, *, on_batch: Callable[[list[Sent]], None] | None = None
    ) -> None:
        """Send `count` inputs, some at the same time, and check the answers."""
        await self._prepare()
        for start in range(0, count, _BATCH):
            await self._open_modals()
            batch = [self._send() for _ in range(min(_BATCH, count - start))]
            await self.bot.settle()
            for sent in batch:
                self.counts[sent.kind] += 1
                self.faults += [f"{sent.kind} {sent.text!r:.300}: {why}" for why in sent.check()]
            if on_batch:
                on_batch(batch)
            self._forget()
            if start % 1_000 == 0:
                await self._prepare()

    # Messages with components, whose custom ids are forged

    async def _prepare(self) -> None:
        """Get messages with all kinds of components, and open modals."""
        self._sources, self._modals = [], []
        self._commands = sorted(each.qualified_name for each in self.bot.client.walk_commands())
        await self._reset_settings()
        for guild, user in zip(self.discord.guilds, ("ada", "olga"), strict=True):
            channel = self._channel(guild)
            for text in ("name Tr 5", "name 1", "blend Marina Isabella 3", "style list"):
                self._sources.append(await self._reply(text, channel, user))
            await self._use(self._sources[1], "Save", user)
            self._sources.append(await self._use(self._sources[0], "Save", user))
            for command in ("saved", "forget-me", *(("settings",) if user == "olga" else ())):
                call = await self.discord.invoke(command, author=user, channel=channel)
                self._sources.append(await call.answer())
        self._sources.append(
            await self._reply("manage-styles pattern abuse {names}", channel, "olga")
        )
        offer = await self.discord.press(self._sources[-2], "namesmith-set:offer", author="olga")
        await offer.wait_acknowledged()
        call = await self.discord.invoke("settings", author="olga", channel=channel)
        self._settings = await call.answer()
        self._sources.append(copy.copy(self._settings))

    async def _reset_settings(self) -> None:
        """Set the settings of the second server to the bot's defaults."""
        channel = self._channel(self.discord.guilds[1])
        call = await self.discord.invoke("settings", author="olga", channel=channel)
        settings = await call.answer()
        for setting in ("style", "count", "temperature", "new_only", "channels"):
            values = [] if setting == "channels" else ["own"]
            custom_id = f"namesmith-set:{setting}"
            call = await self.discord.select(settings, custom_id, values, author="olga")
            await call.wait_acknowledged()
        press = await self.discord.press(settings, "namesmith-set:words", author="olga")
        call = await self.discord.submit(press, {"words": "", "prefix": ""})
        await call.wait_acknowledged()

    async def _open_modals(self) -> None:
        """Open some modals; each can be submitted once."""
        settings = self._settings
        while len(self._modals) < _BATCH // 2:
            press = self.discord.press(settings, "namesmith-set:words", author="olga")
            select = self.discord.select(settings, "namesmith-set:style", ["other"], author="olga")
            for action in (press, select):
                call = await action
                assert await call.wait_acknowledged() == CallbackType.MODAL
                self._modals.append(call)

    async def _reply(self, text: str, channel: Channel, author: str) -> Message:
        content = f"{self.discord.bot.mention} {text}"  # the prefix can be another one
        said = await self.discord.say(content, author=author, channel=channel)
        return await self.discord.wait_reply(said)

    async def _use(self, message: Message, label: str, author: str) -> Message:
        item = next(part for part in walk(message.components) if part.get("label") == label)
        call = await self.discord.press(message, item["custom_id"], author=author)
        return await call.answer()

    def _forget(self) -> None:
        """Delete the messages, so that the loopback's memory and copies stay small."""
        for messages in self.discord._backend.state.messages.values():
            for message in list(messages.values())[:-200]:
                if message not in self._sources:
                    del messages[message.id]

    # Inputs

    def _send(self) -> Sent:
        senders = (
            *(self._send_text, self._send_text, self._send_slash, self._send_slash),
            *(self._send_autocomplete, self._send_component, self._send_component),
            *(self._send_modal, self._send_frame),
        )
        weights = (3, 3, 3, 2, 3, 3, 3, 2, 0.2)
        (send,) = self.texts.random.choices(senders, weights)
        return send()

    def _place(self) -> tuple[User, Channel]:
        """Return a user and a channel: members of the first server, managers of the second."""
        if self.texts.random.random() < 0.15:
            user = self.discord.user(self.texts.choose("ada", "olga"))
            return user, self.discord.dm(user)
        guild, names = self.texts.random.choice(
            [(self.discord.guilds[0], ("ada", "ben")), (self.discord.guilds[1], ("olga", "ada"))]
        )
        return self.discord.user(self.texts.choose(*names)), self._channel(guild)

    def _channel(self, guild: Guild) -> Channel:
        return self.discord.channel("general", guild)

    def _send_text(self) -> Sent:
        user, channel = self._place()
        texts, bot = self.texts, self.discord.bot
        can_train = self.trains or user.name != "olga"  # a preview takes a worker process
        command = texts.choose(
            *(name for name in self._commands if can_train or "train" not in name)
        )
        start = texts.choose("!", "!", "!", "!", f"<@{bot.id}> ", f"<@!{bot.id}>", "! ", "")
        arguments = texts.arguments()
        if "train" in command and texts.random.random() < 0.5:
            arguments = (
                f"{texts.choose('mine', 'elves', texts.text())} {texts.choose('', 'seed', '9')}"
            )
        content = f"{start}{command} {arguments}"
        if texts.random.random() < 0.1:
            content = f"{start}{texts.text()}"
        draft = Draft(content, mentions=[bot] if bot.mention in content else [])
        if texts.random.random() < 0.1 or "train" in command:
            draft.attachments = [self._attachment(channel)]
        message = self.discord._backend.state.post(channel, user, draft)
        is_command = content.startswith(tuple(f"!{name} " for name in self._commands))
        is_custom = channel.guild is self.discord.guilds[1]  # its prefix changes

        def check() -> Iterator[str]:
            answers = message.replies
            if len(answers) > 1 or (is_command and not is_custom and not answers):
                yield f"{len(answers)} answers"
            yield from wrong_messages(answers)

        return Sent("text", content, check)

    def _attachment(self, channel: Channel) -> Attachment:
        """Return a file with a lying name and type, which may not exist or be elsewhere."""
        state, texts = self.discord._backend.state, self.texts
        file_id = state.snowflakes.next()
        names = ("names.txt", "../../x", "a.png", "@everyone.txt", "x" * 300, "\0", "")
        origin = texts.choose(*[state.origin] * 9, "https://evil.example", "file:///etc/passwd")
        url = f"{origin}/attachments/{channel.id}/{file_id}/x"
        data = texts.choose(
            "", "Anna\n" * 3, "\0\n" * 9, "\ufdfa\n" * 100, "Anna\r" * 9**5
        ).encode()
        data = b"\xff\xfe\xfa" if texts.random.random() < 0.1 else data
        kind = texts.choose("text/plain", "image/png", "text/html", "x" * 200)
        file = Attachment(file_id, texts.choose(*names), data, url, kind)
        if texts.random.random() < 0.8:
            lie = file.data * texts.random.choice((1, 1, 1, 1, 0, 50))  # what is really there
            state.files[file_id] = replace(file, data=lie)
        return file

    def _interaction(
        self, kind: InteractionType, user: User, channel: Channel, data: Json, **origin: Any
    ) -> Interaction:
        interactions = self.discord._backend.interactions
        return interactions.start(kind, user, channel, data, f"{kind.name}", **origin)

    def _send_slash(self) -> Sent:
        user, channel = self._place()
        data = self._command_data(channel, focused=False)
        call = self._interaction(InteractionType.COMMAND, user, channel, data)
        return Sent("slash", str(data), lambda: wrong_response(call))

    def _send_autocomplete(self) -> Sent:
        user, channel = self._place()
        data: Json = {}
        while '"focused": true' not in json.dumps(data):
            data = self._command_data(channel, focused=True)
        call = self._interaction(InteractionType.AUTOCOMPLETE, user, channel, data)

        def check() -> Iterator[str]:
            if call.callback != CallbackType.AUTOCOMPLETE:
                yield f"the callback {call.callback}"
            for choice in call.choices or ():
                if len(choice["name"]) > 100 or len(str(choice["value"])) > 100:
                    yield f"the choice {choice}"

        return Sent("autocomplete", str(data), check)

    def _command_data(self, channel: Channel, *, focused: bool) -> Json:
        """Return the data of a slash command with hostile values for its options."""
        command = self.texts.random.choice(self.discord.commands)
        data: Json = {"id": command["id"], "name": command["name"], "type": 1}
        options = command.get("options") or []
        inner = data
        while options and options[0]["type"] <= OptionType.SUBCOMMAND_GROUP:
            sub = self.texts.random.choice(options)
            inner["options"] = [{"name": sub["name"], "type": sub["type"]}]
            (inner,), options = inner["options"], sub.get("options") or []
        if "train" in str(data) and not focused:  # each starts a worker; tested apart
            return {"id": command["id"], "name": command["name"], "type": 1, "options": []}
        is_outdated = self.texts.random.random() < 0.05  # Discord has older commands
        chosen = [
            option
            for option in options
            if (option.get("required") and not is_outdated) or self.texts.random.random() < 0.4
        ]
        values = [
            {"name": o["name"], "type": o["type"], "value": self._value(o, channel, data)}
            for o in chosen
        ]
        texts = [value for value, o in zip(values, chosen, strict=True) if o.get("autocomplete")]
        if focused and texts:
            self.texts.random.choice(texts)["focused"] = True
        inner["options"] = values
        return data

    def _value(self, option: Json, channel: Channel, data: Json) -> Any:
        kind = option["type"]
        if kind == OptionType.INTEGER:
            return self.texts.integer()
        if kind == OptionType.NUMBER:
            return self.texts.float()
        if kind == OptionType.BOOLEAN:
            return self.texts.random.random() < 0.5
        if kind == OptionType.ATTACHMENT:
            file = self._attachment(channel)
            data["resolved"] = {"attachments": {str(file.id): file.json()}}
            return str(file.id)
        return self.texts.option(option["name"])

    def _send_component(self) -> Sent:
        """Use a component with a forged custom id, in a message that may be forged too."""
        texts, source = self.texts, copy.copy(self.texts.random.choice(self._sources))
        source.components = copy.deepcopy(source.components)
        parts = [part for part in walk(source.components) if "custom_id" in part]
        known = [
            part["custom_id"]
            for other in self._sources
            if other.flags & MessageFlag.COMPONENTS_V2 == source.flags & MessageFlag.COMPONENTS_V2
            for part in walk(other.components)
            if "custom_id" in part
        ]
        if not parts:
            return self._send_text()
        used = texts.random.choice(parts)
        for part in parts:
            if texts.random.random() < 0.3 or part is used:
                part["custom_id"] = texts.custom_id(known)
        is_layout = source.flags & MessageFlag.COMPONENTS_V2  # such a message has nothing else
        if texts.random.random() < 0.2 and source.embeds:
            source.embeds = [source.embeds[0] | {"description": texts.text() or None}]
        if texts.random.random() < 0.1 and not is_layout:
            source.content = texts.text()
        if texts.random.random() < 0.1:
            source.author = self.discord.user("ben")
        user, channel = self._place() if texts.random.random() < 0.3 else (None, source.channel)
        user = user or self.discord.user(
            "olga" if channel.guild is self.discord.guilds[1] else "ada"
        )
        data = {"custom_id": used["custom_id"], "component_type": used["type"], "id": 1}
        if used["type"] in SELECTS:
            data |= self._selected(used)
        call = self._interaction(InteractionType.COMPONENT, user, channel, data, source=source)
        is_known = any(
            component.__discord_ui_compiled_template__.fullmatch(used["custom_id"])
            for component in _COMPONENTS
        )
        return Sent("component", str(data), lambda: wrong_response(call, is_optional=not is_known))

    def _selected(self, select: Json) -> Json:
        """Return hostile values for a select: some offered, some not, too many, or none."""
        offered = [option["value"] for option in select.get("options") or ()]
        count = self.texts.random.choice((0, 1, 1, 1, 2, 26))
        if select["type"] != STRING_SELECT:
            ids = [str(self.texts.integer()) for _ in range(count)]
            return {"values": ids, "resolved": {"channels": {}}}
        return {
            "values": [
                self.texts.choose(*offered, self.texts.text(), "own", "other", "=", "=nan", "=9e99")
                for _ in range(count)
            ]
        }

    def _send_modal(self) -> Sent:
        """Submit an open modal with hostile values, or one that does not exist."""
        if not self._modals:
            return self._send_slash()
        parent = self._modals.pop(self.texts.random.randrange(len(self._modals)))
        assert parent.modal is not None
        modal = copy.deepcopy(parent.modal)
        for part in walk(modal["components"]):
            if "custom_id" in part:
                part["value"] = self.texts.text()
                if self.texts.random.random() < 0.05:
                    part["custom_id"] = self.texts.text()
        is_forged = self.texts.random.random() < 0.1
        data = {
            "custom_id": self.texts.custom_id([modal["custom_id"]]) + "x" if is_forged
            else modal["custom_id"],
            "components": modal["components"],
        }  # fmt: skip
        call = self._interaction(
            InteractionType.MODAL_SUBMIT, parent.user, parent.channel, data,
            source=copy.copy(parent.source), parent=parent,
        )  # fmt: skip
        return Sent("modal", str(data), lambda: wrong_response(call, is_optional=is_forged))

    def _send_frame(self) -> Sent:
        """Send a message with half a surrogate pair, which no UTF-8 text can hold."""
        user, channel = self._place()
        message = Message(
            id=1, channel=channel, author=user, sent_at=self._sources[0].sent_at, content="!name X"
        )
        data = json.dumps(message.json()).replace("X", "\\ud83d")
        frame = f'{{"op":0,"s":null,"t":"MESSAGE_CREATE","d":{data}}}'
        self.discord.faults._send(frame)
        return Sent("frame", frame, lambda: iter(()))
