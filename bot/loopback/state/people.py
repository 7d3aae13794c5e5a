"""Users, the roles that guilds give them, members: users in a guild; and teams: who own a bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .permissions import Permission
from .wire import Json, timestamp


@dataclass(eq=False)
class User:
    """Someone with an account: a person, or the bot."""

    id: int
    name: str
    bot: bool = False

    @property
    def mention(self) -> str:
        """The text that mentions this user in a message."""
        return f"<@{self.id}>"

    def json(self) -> Json:
        """Give the user object."""
        about: Json = {"id": str(self.id), "username": self.name, "discriminator": "0"}
        about |= {"global_name": None if self.bot else self.name.capitalize(), "avatar": None}
        about |= {"public_flags": 0, "flags": 0, "banner": None, "accent_color": None}
        about |= {"primary_guild": None, "avatar_decoration_data": None, "collectibles": None}
        return about | {"bot": True} if self.bot else about

    def own_json(self) -> Json:
        """Give the user object with what only the account itself is told."""
        private = {"mfa_enabled": True, "locale": "en-US", "email": None, "verified": True}
        return self.json() | private


@dataclass(eq=False)
class Role:
    """A named set of permissions in a guild; the one with the guild's own id is @everyone's."""

    id: int
    name: str
    permissions: Permission
    position: int = 0
    managed_by: User | None = None
    mentionable: bool = False

    def json(self) -> Json:
        """Give the role object."""
        colours = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        about: Json = {"id": str(self.id), "name": self.name, "position": self.position}
        about |= {"permissions": str(int(self.permissions)), "color": 0, "colors": colours}
        about |= {"hoist": False, "managed": self.managed_by is not None, "flags": 0}
        about |= {"mentionable": self.mentionable, "icon": None, "unicode_emoji": None}
        if self.managed_by:
            about["tags"] = {"bot_id": str(self.managed_by.id)}
        return about


@dataclass(eq=False)
class Member:
    """A user in a guild, with the roles held there (@everyone's is not listed)."""

    user: User
    joined: datetime
    roles: list[Role] = field(default_factory=list)

    def json(self) -> Json:
        """Give the guild member object, with its user."""
        return self.partial_json() | {"user": self.user.json()}

    def partial_json(self) -> Json:
        """Give the guild member object as messages carry it: without its user."""
        about: Json = {"roles": [str(role.id) for role in self.roles], "nick": None}
        about |= {"joined_at": timestamp(self.joined), "premium_since": None, "flags": 0}
        about |= {"avatar": None, "banner": None, "communication_disabled_until": None}
        return about | {"pending": False, "mute": False, "deaf": False}


@dataclass(eq=False)
class Team:
    """Who own an application together: their roles (admin, developer, read_only) by user."""

    id: int
    owner: User
    roles: Mapping[User, str]

    def json(self) -> Json:
        """Give the team object; all have accepted, and the owner's role reads admin too."""
        about: Json = {"id": str(self.id), "name": "The team", "icon": None}
        about |= {"owner_user_id": str(self.owner.id)}
        roles = {**self.roles, self.owner: "admin"}
        return about | {"members": [self._member(user, role) for user, role in roles.items()]}

    def user_json(self) -> Json:
        """Give the user object that stands for the team where one owner is told."""
        user = User(self.id, f"team{self.id}").json()
        return user | {"discriminator": "0000", "global_name": None, "flags": 1 << 10}

    def _member(self, user: User, role: str) -> Json:
        about: Json = {"membership_state": 2, "team_id": str(self.id), "role": role}
        return about | {"user": user.json(), "permissions": ["*"]}
