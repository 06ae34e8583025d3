"""upkeep: the daily proof, what it is judged from, planned work and tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "purpose_level",
                sa.String(length=16),
                nullable=False,
                server_default="unstated",
                comment="What must be told at the end of its range (IEC 62676-4).",
            )
        )
    op.create_table(
        "camera_days",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="The site's local day."),
        sa.Column("version", sa.Integer(), nullable=False, comment="1, 2, … the last one holds."),
        sa.Column(
            "final", sa.Boolean(), nullable=False, comment="The day is over: this version does not change any more."
        ),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("failed", sa.String(), nullable=False, comment="Items not met, with commas."),
        sa.Column("expected_s", sa.Float(), nullable=False, comment="Time in service, without planned work."),
        sa.Column("recorded_s", sa.Float(), nullable=False),
        sa.Column("judged_at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.Column("body", sa.String(), nullable=False, comment="The whole day as JSON."),
        sa.PrimaryKeyConstraint("camera_id", "day", "version"),
    )
    op.create_table(
        "camera_terms",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("began", sa.String(length=32), nullable=False, comment="In service from here on. ISO 8601, UTC."),
        sa.Column("ended", sa.String(length=32), nullable=True, comment="Null: still in service."),
        sa.PrimaryKeyConstraint("camera_id", "began"),
    )
    op.create_table(
        "clock_readings",
        sa.Column("fact_id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.Column("offset_s", sa.Float(), nullable=False, comment="The camera's clock minus ours."),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    op.create_index("clock_readings_by_time", "clock_readings", ["camera_id", "at"], unique=False)
    op.create_table(
        "days_to_correct",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="Footage of it came later."),
        sa.PrimaryKeyConstraint("camera_id", "day"),
    )
    op.create_table(
        "planned_works",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(), nullable=False, comment="The whole declaration as JSON."),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_planned_works_camera_id"), "planned_works", ["camera_id"], unique=False)
    op.create_table(
        "stream_changes",
        sa.Column("fact_id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.Column("reason", sa.String(length=64), nullable=False, comment="A stream fault; empty: it runs."),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    op.create_index("stream_changes_by_time", "stream_changes", ["camera_id", "at"], unique=False)
    op.create_table(
        "upkeep_tickets",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("last_fact", sa.String(length=26), nullable=False, comment="The fact that told its present state."),
        sa.Column("body", sa.String(), nullable=False, comment="The whole ticket as JSON."),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_upkeep_tickets_state"), "upkeep_tickets", ["state"], unique=False)
    op.create_index("upkeep_tickets_by_fault", "upkeep_tickets", ["camera_id", "item"], unique=False)
    op.create_table(
        "view_checks",
        sa.Column("fact_id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.Column("body", sa.String(), nullable=False, comment="The analyst's fact."),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    op.create_index("view_checks_by_time", "view_checks", ["camera_id", "at"], unique=False)
    op.create_table(
        "view_references",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column(
            "body", sa.String(), nullable=False, comment="Who asked for it, why, and when it was taken; as JSON."
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_view_references_camera_id"), "view_references", ["camera_id"], unique=False)
