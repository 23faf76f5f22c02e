"""Runs the revisions on the connection the store hands over, then makes the views anew."""

from alembic import context
from sqlmodel import SQLModel

from connectors_cli import views

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
for name, view in views.VIEWS.items():
    select = view().compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    connection.exec_driver_sql(f"CREATE VIEW {name} AS {select}")
