"""Masked raters: places, what is shown, when it was rated, every revision, and guesses of the source."""

import sqlalchemy as sa
from alembic import op

revision = "r0003_raters"
down_revision = "r0001_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables."""
    with op.batch_alter_table("rating_task") as table:
        for name in ("panel", "target", "case_cell", "author_cell"):
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default="-"))
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="real"))
        table.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("repeats", sa.String(), nullable=True))
        table.add_column(sa.Column("shown", sa.Text(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("expected", sa.Integer(), nullable=True))
        table.add_column(sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_index(op.f("ix_rating_task_panel"), ["panel"])
        table.create_index(op.f("ix_rating_task_target"), ["target"])
    with op.batch_alter_table("lease") as table:
        table.add_column(sa.Column("done_at", sa.Double(), nullable=True))
    with op.batch_alter_table("rating") as table:
        table.add_column(sa.Column("reason", sa.String(), nullable=True))
    op.create_table(
        "rating_revision",
        sa.Column("rating", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["rating"], ["rating.id"], name=op.f("fk_rating_revision_rating")),
        sa.PrimaryKeyConstraint("rating", "revision", name=op.f("pk_rating_revision")),
        sa.UniqueConstraint("rating", "key", name=op.f("uq_rating_revision_rating_key")),
    )
    op.create_table(
        "source_guess",
        sa.Column("participant", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("guess", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_source_guess_participant")
        ),
        sa.ForeignKeyConstraint(["task"], ["rating_task.id"], name=op.f("fk_source_guess_task")),
        sa.PrimaryKeyConstraint("participant", "task", name=op.f("pk_source_guess")),
    )
    op.create_table(
        "rater_place",
        sa.Column("participant", sa.String(), nullable=False),
        sa.Column("panel", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=op.f("fk_rater_place_participant")),
        sa.PrimaryKeyConstraint("participant", name=op.f("pk_rater_place")),
        sa.UniqueConstraint("panel", "place", name=op.f("uq_rater_place_panel_place")),
    )
