"""Practice of trainees: kind of feedback, branches, formulations."""

import sqlalchemy as sa
from alembic import op

revision = "r0004_practice"
down_revision = "r0001_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "trainee",
        sa.Column("participant", sa.String(), nullable=False),
        sa.Column("feedback", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=op.f("fk_trainee_participant")),
        sa.PrimaryKeyConstraint("participant", name=op.f("pk_trainee")),
        sa.UniqueConstraint("place", name=op.f("uq_trainee_place")),
    )
    op.create_table(
        "practice",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_practice_conversation")),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_practice")),
    )
    op.create_table(
        "formulation",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name=op.f("fk_formulation_session")),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_formulation")),
    )
    op.create_table(
        "synthetic_person",
        sa.Column("participant", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_synthetic_person_participant")
        ),
        sa.PrimaryKeyConstraint("participant", name=op.f("pk_synthetic_person")),
    )
