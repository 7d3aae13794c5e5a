"""Create the tables of gateway sessions and of turns to identify, which processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "namesmith_sessions",
        sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("shard_count", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("intents", sa.BigInteger, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("gateway_url", sa.Text, nullable=False),
        sa.Column("guilds", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "namesmith_identify_turns",
        sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("namesmith_identify_turns")
    op.drop_table("namesmith_sessions")
