"""Label studies with people: what a rater is told of who speaks."""

import sqlalchemy as sa
from alembic import op

revision = "r0006_labels"
down_revision = "r0003_raters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("rating_task") as table:
        table.add_column(sa.Column("label", sa.String(), nullable=False, server_default="-"))
