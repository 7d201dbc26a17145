"""What the demo's people do, and leave undone, while days go by."""

from pmhub.demo.life.days import DONE, LEFT, REFUSED, live

__all__ = ["DONE", "LEFT", "REFUSED", "live"]
