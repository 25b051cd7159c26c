"""Alembic's entry point: runs the migrations on the connection that `migrate` hands over."""

from alembic import context

from therapyarc.web.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
