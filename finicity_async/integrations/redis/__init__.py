"""Token and pace shared by many processes through Redis; its package comes with the extra ``redis``."""

try:
    import redis as _redis
except ModuleNotFoundError as _error:
    if _error.name != "redis":
        raise
    raise ImportError(
        "finicity_async.integrations.redis needs its extra: pip install 'finicity-async[redis]'"
    ) from None
del _redis

from finicity_async.integrations.redis.pacer import RedisPacer  # noqa: E402 -- after the advice
from finicity_async.integrations.redis.token_store import RedisTokenStore  # noqa: E402 -- after the advice

__all__ = ["RedisPacer", "RedisTokenStore"]
