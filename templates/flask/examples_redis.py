"""Examples of metrics in Redis. Copy what you need; nothing imports this file: its metrics exist nowhere.

Their truth is in Redis: one number for all instances of the service, kept over restarts and deployments. Every instance
shows it, so in PromQL: max(...), never sum(...); for a counter, max(rate(...)) or max(increase(...)).
"""

from .redis_metrics import RedisCounter, RedisGauge

signups = RedisCounter("shared_signups_total", "Users who signed up.", ["plan"])
maintenance = RedisGauge("shared_maintenance", "Whether the service is in maintenance (1) or not (0).")


def user_signed_up(paying):
    """Where something happens. It returns at once, and never raises, whatever Redis does."""
    signups.inc(plan="paid" if paying else "free")


def set_maintenance(on):
    """Sets a value for all instances."""
    maintenance.set(1 if on else 0)
