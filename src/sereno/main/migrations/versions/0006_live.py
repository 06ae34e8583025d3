"""live: saved walls"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "walls",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False, comment="The owner's name when it was saved."),
        sa.Column("shared", sa.Boolean(), nullable=False, comment="Everybody sees it; else its owner alone."),
        sa.Column(
            "pages", sa.String(), nullable=False, comment="JSON: layout, cells (camera ids), dwell_s of each page."
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_walls_owner_id", "walls", ["owner_id"])
