"""segments: where held footage came from, and which text its chain value is the hash of"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("held_segments", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "origin",
                sa.String(length=16),
                nullable=False,
                server_default="live",
                comment="live, masked, standby or card.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "camera_offset", sa.BigInteger(), nullable=True, comment="Ticks the camera's clock was ahead of ours."
            )
        )
        batch_op.add_column(
            sa.Column(
                "chain_version", sa.Integer(), nullable=False, server_default="1", comment="Which text is hashed."
            )
        )
