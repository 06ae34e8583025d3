"""ground: calibrations of cameras' pictures to the ground"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "camera_grounds",
        sa.Column("camera_id", sa.String(length=26), nullable=False),
        sa.Column("drawing", sa.String(), nullable=False, comment="JSON: what was picked and given."),
        sa.Column("plane", sa.String(), nullable=False, comment="JSON: picture to ground, with its covariance."),
        sa.Column(
            "found", sa.String(), nullable=False, comment="JSON: residuals, errors and what is drawn to check it by."
        ),
        sa.Column("saved_at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.Column("saved_by", sa.String(length=120), nullable=False),
        sa.Column(
            "doubt",
            sa.String(length=16),
            nullable=False,
            server_default="",
            comment="Why it may not hold; empty: it holds.",
        ),
        sa.Column("doubtful_since", sa.String(length=32), nullable=True, comment="ISO 8601, UTC."),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"]),
        sa.PrimaryKeyConstraint("camera_id"),
    )
