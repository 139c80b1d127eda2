"""What holds for every test."""

from __future__ import annotations

import gc

# Designs of whole sites live as long as the tests do; looking through them for garbage as often as Python does by
# itself took a tenth of the time.
gc.set_threshold(200_000, 50, 1000)
