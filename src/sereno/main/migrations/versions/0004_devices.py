"""devices: where a camera speaks ONVIF, how it is as a device, and who steers it"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "onvif_url",
                sa.String(),
                nullable=False,
                server_default="",
                comment="As main_url: may hold credentials; empty when it speaks no ONVIF.",
            )
        )
        batch_op.add_column(sa.Column("ptz", sa.Boolean(), nullable=False, server_default="0"))
    op.create_table(
        "camera_devices",
        sa.Column("camera_id", sa.String(length=26), nullable=False),
        sa.Column("clock_offset_s", sa.Float(), nullable=True, comment="The camera's clock minus ours."),
        sa.Column("clock_read_at", sa.String(length=32), nullable=True, comment="ISO 8601, UTC."),
        sa.Column("clock_wrong", sa.Boolean(), nullable=False, comment="Above the limit of the settings."),
        sa.Column(
            "reason",
            sa.String(length=64),
            nullable=False,
            comment="A device fault; empty when it answered last time.",
        ),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"]),
        sa.PrimaryKeyConstraint("camera_id"),
    )
    op.create_table(
        "ptz_locks",
        sa.Column("camera_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False, comment="Name of the person, as shown."),
        sa.Column("role", sa.String(length=32), nullable=False, comment="Decides who may take the camera over."),
        sa.Column("since", sa.String(length=32), nullable=False, comment="ISO 8601, UTC."),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"]),
        sa.PrimaryKeyConstraint("camera_id"),
    )
