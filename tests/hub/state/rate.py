"""How many requests are left; a test may make the hour short or the limit small."""

import time
from dataclasses import dataclass, field


@dataclass
class Rate:
    """The primary limit, of all tokens together."""

    limit: int = 5000
    used: int = 0
    reset: float = field(default_factory=lambda: time.time() + 3600)

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    def spend(self) -> bool:
        """Counts one request; False when there was none left."""
        if time.time() >= self.reset:
            self.used, self.reset = 0, time.time() + 3600
        left = self.remaining > 0
        self.used += 1
        return left

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(self.reset)),
            "X-RateLimit-Resource": "core",
            "X-RateLimit-Used": str(min(self.used, self.limit)),
        }
