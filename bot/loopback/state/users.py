"""Users, guild members, roles, and the team that owns an application."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .encoding import Json, format_timestamp
from .permissions import Permission


@dataclass(eq=False)
class User:
    """An account: a person, or the bot; `locale` is the language of its client."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-GB"

    @property
    def mention(self) -> str:
        """The text that mentions this user in a message."""
        return f"<@{self.id}>"

    def json(self) -> Json:
        """Return the user object."""
        display_name = None if self.bot else self.name.capitalize()
        user: Json = {"id": str(self.id), "username": self.name, "discriminator": "0"}
        user |= {"global_name": display_name, "avatar": None}
        user |= {"public_flags": 0, "flags": 0, "banner": None, "accent_color": None}
        user |= {"primary_guild": None, "avatar_decoration_data": None, "collectibles": None}
        return user | {"bot": True} if self.bot else user

    def private_json(self) -> Json:
        """Return the user object with the fields that only the account itself receives."""
        private = {"mfa_enabled": True, "locale": self.locale, "email": None, "verified": True}
        return self.json() | private


@dataclass(eq=False)
class Role:
    """A named set of permissions in a guild; @everyone's role has the guild's own id."""

    id: int
    name: str
    permissions: Permission
    position: int = 0
    managed_by: User | None = None
    mentionable: bool = False

    def json(self) -> Json:
        """Return the role object."""
        colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        role: Json = {"id": str(self.id), "name": self.name, "position": self.position}
        role |= {"permissions": str(int(self.permissions)), "color": 0, "colors": colors}
        role |= {"hoist": False, "managed": self.managed_by is not None, "flags": 0}
        role |= {"mentionable": self.mentionable, "icon": None, "unicode_emoji": None}
        if self.managed_by:
            role["tags"] = {"bot_id": str(self.managed_by.id)}
        return role


@dataclass(eq=False)
class Member:
    """A user in a guild; `roles` does not list @everyone."""

    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)

    def json(self) -> Json:
        """Return the guild member object with its user."""
        return self.partial_json() | {"user": self.user.json()}

    def partial_json(self) -> Json:
        """Return the guild member object without its user, as messages carry it."""
        member: Json = {"roles": [str(role.id) for role in self.roles], "nick": None}
        member |= {"joined_at": format_timestamp(self.joined_at), "premium_since": None}
        member |= {"avatar": None, "banner": None, "communication_disabled_until": None}
        return member | {"flags": 0, "pending": False, "mute": False, "deaf": False}


@dataclass(eq=False)
class Team:
    """The owners of an application; `roles` are "admin", "developer" or "read_only"."""

    id: int
    owner: User
    roles: Mapping[User, str]

    def json(self) -> Json:
        """Return the team object; every member has accepted, and the owner is an admin."""
        team: Json = {"id": str(self.id), "name": "The team", "icon": None}
        team |= {"owner_user_id": str(self.owner.id)}
        roles = {**self.roles, self.owner: "admin"}
        return team | {"members": [self._member_json(user, role) for user, role in roles.items()]}

    def user_json(self) -> Json:
        """Return the user object that stands for the team where Discord names one owner."""
        user = User(self.id, f"team{self.id}").json()
        return user | {"discriminator": "0000", "global_name": None, "flags": 1 << 10}

    def _member_json(self, user: User, role: str) -> Json:
        member: Json = {"membership_state": 2, "team_id": str(self.id), "role": role}
        return member | {"user": user.json(), "permissions": ["*"]}
