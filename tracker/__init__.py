"""What was promised, what is due, how does it stand, and why?"""

from __future__ import annotations
