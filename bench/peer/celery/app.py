"""The Celery application of the bench, tuned as its guide says: acknowledged late, few extras, results only where asked for."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from celery import Celery  # noqa: E402
from celery.signals import worker_ready  # noqa: E402
from tally import ran, tell  # noqa: E402

app = Celery("bench", broker=os.environ["BENCH_BROKER"], backend=os.environ["BENCH_BACKEND"])
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=50,
    task_ignore_result=True,
    worker_disable_rate_limits=True,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task
def noop(sent_at=None):
    ran(sent_at)


@app.task(ignore_result=False)
def step(_before=None):
    return None


@worker_ready.connect
def ready(**_):
    tell({"kind": "ready"})
