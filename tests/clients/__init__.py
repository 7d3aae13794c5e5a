"""Clients that are not discord.py, on the loopback: each runs the same script.

Every client is a small bot in a process of its own, since they need other interpreters or
clashing packages. `scenario.py` starts it, acts as the users, and checks the answers and events.

The bot reads `LOOPBACK_TOKEN` and `LOOPBACK_URL` (such as `http://127.0.0.1:5000`, to which it
adds `/api/v10`) from its environment. It learns the gateway's address from `GET /gateway/bot`. It
has the intents GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES and MESSAGE_CONTENT. When it is ready, it
registers global commands. It exits in an orderly way, with status 0, when its standard input ends.

It prints one JSON object a line for each event; anything else goes to standard error:

    {"event": "ready", "user": "Namesmith"}
    {"event": "message", "content": "hi", "author": "ada", "is_dm": false, "is_mention": false,
     "files": ["a.txt"]}

READY may be printed again after a new IDENTIFY. A message of a bot is neither printed nor
answered. Every other message gets a reply (with a message reference): `heard hi`, or
`mentioned` if it mentions the bot.

Its commands:

- `/echo text:` responds with `text`, a required string.
- `/choose kind:` responds with `kind`, a required string. Its autocomplete offers those of `elf`,
  `elder`, `orc` that start with what is typed, in this order, named `Elf`, `Elder`, `Orc`.
- `/later` defers, then edits the original response to `later`.
- `/file` responds with the content `file` and the attachment `names.txt`, `Ada` and `Ben` on lines.
- `/read file:` responds with the text of an attachment, which it downloads from its `url`.
- `/several` responds with `one`, sends the follow-ups `two` and `three` (ephemeral), and edits the
  original response to `one!`.
- `/panel` responds with `panel` and the components below.
- `/form` opens the modal `form`, titled `Feedback`, with the required short text input `best`,
  labelled `Best`. Its submission gets the response `best: VALUE`.

The panel has five rows: a button `press` (labelled `Press`), which edits its message to
`pressed`; a string select `kind` with the options `elf` and `orc` (labelled `Elf` and `Orc`, one
or two of them), a user select `user`, a role select `role`, and a channel select `channel`. A
select responds with an ephemeral message: `kind: elf, orc`, `user: ben`, `role: Namesmith`,
`channel: random` (the names of users, roles and channels, not their ids).
"""
