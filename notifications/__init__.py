"""Who hears what, when, and did it arrive?"""

from __future__ import annotations
