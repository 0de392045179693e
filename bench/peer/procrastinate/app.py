"""The Procrastinate application of the bench: BENCH_DATABASE names its database."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from procrastinate import App, PsycopgConnector  # noqa: E402
from tally import ran  # noqa: E402

app = App(connector=PsycopgConnector(conninfo=os.environ["BENCH_DATABASE"], min_size=4, max_size=20))


@app.task(name="noop")
async def noop(sent_at=None):
    ran(sent_at)
