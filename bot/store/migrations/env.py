"""Alembic environment: runs the missing migrations in the caller's transaction.

The caller (`database.py`) holds the connection, the lock and the transaction, so all migrations
apply or none. Alembic loads this file by its path, so it imports nothing of the plugin.
"""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    transactional_ddl=True,  # on SQLite too: the caller begins its transactions itself
)
with context.begin_transaction():
    context.run_migrations()
