"""Add the role whose members can manage a server's styles."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("namesmith_guilds", sa.Column("manager_role", sa.BigInteger()))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("namesmith_guilds", "manager_role")
