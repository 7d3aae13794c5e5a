"""Add the styles that a server offers to its settings."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("namesmith_guilds", sa.Column("offered", sa.JSON))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("namesmith_guilds", "offered")
