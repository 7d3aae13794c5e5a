"""Create the tables of server settings and saved names."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "namesmith_guilds",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("style", sa.Text),
        sa.Column("count", sa.Integer),
        sa.Column("temperature", sa.Double),
        sa.Column("new_only", sa.Boolean),
        sa.Column("channels", sa.JSON),
        sa.Column("blocked", sa.JSON),
        sa.Column("prefix", sa.Text),
    )
    op.create_table(
        "namesmith_saved_names",
        # SQLite generates ids only in a column of exactly this type.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("style", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("user_id", "digest", name="namesmith_saved_once"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("namesmith_saved_names")
    op.drop_table("namesmith_guilds")
