"""Submits to Celery as the bench says, a line of JSON at a time, and answers each with a line."""

import json
import sys

from app import app, noop, step
from celery import chain, chord, group

print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if order["do"] == "fill":
        for _ in range(order["count"]):
            noop.apply_async()
    elif order["do"] == "one":
        noop.apply_async((order["sentAt"],))
    elif order["do"] == "chain":
        chain(*(step.s() for _ in range(order["steps"]))).apply_async().get(interval=0.001)
    elif order["do"] == "fanout":
        chord(group(step.s() for _ in range(100)), step.s()).apply_async().get(interval=0.001)
    elif order["do"] == "purge":
        app.control.purge()
    print("done", flush=True)
