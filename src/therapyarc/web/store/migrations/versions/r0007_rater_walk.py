"""What one rater was given is found by the rater, in order, and has the number that is shown."""

import sqlalchemy as sa
from alembic import op

revision = "r0007_rater_walk"
down_revision = "r0006_labels"
branch_labels = None
depends_on = None

_NUMBER = """
UPDATE lease SET number = (
    SELECT count(DISTINCT other.position)
    FROM lease AS other
    JOIN rating_task AS task ON task.id = other.task
    WHERE other.participant = lease.participant AND other.position <= lease.position
    AND (task.kind IN ('training', 'calibration')) = (
        SELECT own.kind IN ('training', 'calibration') FROM rating_task AS own WHERE own.id = lease.task
    )
)
"""


def upgrade() -> None:
    """Add index and column, and number what there is."""
    with op.batch_alter_table("lease") as table:
        table.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
        table.create_index(op.f("ix_lease_participant"), ["participant", "position"])
    op.execute(_NUMBER)
