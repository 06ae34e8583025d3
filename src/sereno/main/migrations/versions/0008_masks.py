"""masks"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras") as cameras:
        cameras.add_column(sa.Column("overlooks_private", sa.Boolean(), nullable=False, server_default="0"))
        cameras.add_column(sa.Column("masks_itself", sa.Boolean(), nullable=False, server_default="0"))
        cameras.add_column(sa.Column("mask", sa.String(), nullable=False, server_default="[]"))
