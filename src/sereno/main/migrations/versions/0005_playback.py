"""playback"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("camera_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC: an instant of the footage."),
        sa.Column(
            "ended", sa.String(length=32), nullable=False, comment="ISO 8601, UTC; equals at for a single instant."
        ),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("written_at", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"]),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bookmarks", schema=None) as batch_op:
        batch_op.create_index("bookmarks_of_camera", ["camera_id", "at"], unique=False)
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index("alerts_of_camera", ["camera_id", "at"], unique=False)
