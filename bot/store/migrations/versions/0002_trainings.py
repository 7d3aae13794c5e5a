"""Create the table of trainings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "namesmith_trainings",
        # SQLite generates ids only in a column of exactly this type.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("style", sa.Text, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("home_id", sa.BigInteger),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("recipe", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("corpus", sa.LargeBinary),
        sa.Column("candidate", sa.LargeBinary),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("namesmith_trainings")
