"""What a course needs to go on after a restart: its plan, how its turns came about, and that it is over."""

import sqlalchemy as sa
from alembic import op

revision = "r0002_courses"
down_revision = "r0001_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("memory", sa.String(), nullable=False, server_default="none"))
        table.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("over_at", sa.Double(), nullable=True))
    with op.batch_alter_table("turn") as table:
        table.add_column(sa.Column("voice", sa.String(), nullable=False, server_default="scripted"))
        table.add_column(sa.Column("closes", sa.Boolean(), nullable=False, server_default=sa.false()))
