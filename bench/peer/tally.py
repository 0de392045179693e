"""In a Python worker: tells the bench over the channel that Node gave the process (JSON lines) what the handlers did."""

import json
import multiprocessing
import os
import time

EVERY = 500
channel = int(os.environ.get("NODE_CHANNEL_FD", "-1"))
# Shared with the processes that the worker forks.
count = multiprocessing.Value("q", 0)


def now():
    return time.monotonic() * 1000


def tell(told):
    os.write(channel, (json.dumps(told) + "\n").encode())


def ran(sent_at=None):
    if sent_at is not None:
        return tell({"kind": "pickup", "ms": now() - sent_at})
    with count.get_lock():
        count.value += 1
        reached = count.value
    if reached % EVERY == 0:
        tell({"kind": "count", "count": reached, "at": now()})
