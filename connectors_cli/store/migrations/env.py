"""Alembic's environment: runs the revisions on the store's connection, recreates the views."""

from alembic import context
from sqlmodel import SQLModel

from connectors_cli.store.orm import views

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
for name in views.VIEWS:
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    connection.exec_driver_sql(views.create_view(name, connection.dialect))
