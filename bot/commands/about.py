"""`!about` and `/about`: what the bot is, and links: invitation, source, policies, support."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

import discord
from discord import ui

from ..config_sections import BotSettings
from ..i18n import format_number, ngettext
from ..i18n import gettext as _
from ..red import hybrid_command
from ..services import GuildContext
from ..version import __version__
from .answer_formats import EMBED_COLOUR, Answer, send_answer
from .base import Context, NamesmithCog, available_everywhere

_SCOPES = ("bot", "applications.commands")
_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
"""What the bot needs, for applications whose owner has set no others."""

_SOURCE_LABELS = ("source", "source code", "repository", "homepage")
"""Labels of the package's URLs, the best first."""


class AboutCog(NamesmithCog, name="Namesmith about"):
    """Show what the bot is."""

    @hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def about(self, ctx: Context) -> None:
        """Show what I am, how to invite me, and what I store."""
        application = ctx.bot.application
        answer = _about(self.services.settings.bot, self.guild_context(ctx), application)
        await send_answer(ctx, answer)


def _about(
    settings: BotSettings, guild_context: GuildContext, application: discord.AppInfo | None
) -> Answer:
    count = len(guild_context.cards)
    styles = ngettext(
        "I invent names of {count} style, rate and blend names, and learn from your own lists.",
        "I invent names of {count} styles, rate and blend names, and learn from your own lists.",
        count,
    )
    data = _(
        "I store the names that you save and what servers set. `/forget-me` deletes your data."
    )
    text = f"{styles.format(count=format_number(count))}\n{data}"
    embed = discord.Embed(title="Namesmith", description=text, colour=EMBED_COLOUR)
    embed.set_footer(text=_("Version {version}").format(version=__version__))
    view: ui.View = ui.View(timeout=None)
    for label, url in _links(settings, application):
        view.add_item(ui.Button(label=label, url=url))
    return Answer(embed=embed, view=view if view.children else None)


def _links(settings: BotSettings, application: discord.AppInfo | None) -> Iterator[tuple[str, str]]:
    """Yield the label and the URL of each link that there is."""
    privacy = application and application.privacy_policy_url
    terms = application and application.terms_of_service_url
    for label, url in (
        (_("Invite"), invite_url(application)),
        (_("Source"), settings.source_url or package_source()),
        (_("Privacy"), settings.privacy_url or privacy),
        (_("Terms"), settings.terms_url or terms),
        (_("Support"), settings.support_url),
    ):
        if url:
            yield label, url


def invite_url(application: Any) -> str | None:
    """Return the address that adds the application to a server, as its owner has set it.

    None if it is unknown, or only its owner may add it.
    """
    if application is None or not application.bot_public:
        return None
    if application.custom_install_url:
        return str(application.custom_install_url)
    config = application.guild_integration_config
    params = application.install_params or (config and config.oauth2_install_params)
    return discord.utils.oauth_url(
        application.id,
        permissions=params.permissions if params else _PERMISSIONS,
        scopes=params.scopes if params else _SCOPES,
    )


def package_source() -> str | None:
    """Return the address of the source in the metadata of the installed package, if it has one."""
    try:
        entries = metadata("namesmith").get_all("Project-URL") or []
    except PackageNotFoundError:  # a copied folder
        return None
    urls = {label.strip().casefold(): url.strip() for label, _, url in map(_partition, entries)}
    return next((urls[label] for label in _SOURCE_LABELS if label in urls), None)


def _partition(entry: str) -> tuple[str, str, str]:
    return entry.partition(",")
