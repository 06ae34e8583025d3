"""``python -m sereno.main``: the same as the ``sereno`` command."""

import sys

from sereno.main.cli import main

sys.exit(main())
