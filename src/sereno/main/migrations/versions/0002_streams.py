"""streams"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras") as cameras:
        cameras.add_column(sa.Column("transport", sa.String(8), nullable=False, server_default="tcp"))
        cameras.add_column(sa.Column("audio", sa.Boolean(), nullable=False, server_default="0"))
        cameras.add_column(sa.Column("one_session", sa.Boolean(), nullable=False, server_default="0"))
        cameras.add_column(sa.Column("tls_fingerprint", sa.String(128), nullable=False, server_default=""))
