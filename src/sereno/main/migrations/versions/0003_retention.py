"""retention"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras") as cameras:
        cameras.add_column(sa.Column("quota_gb", sa.Float(), nullable=True))
        cameras.add_column(sa.Column("keep_days", sa.Float(), nullable=True))
