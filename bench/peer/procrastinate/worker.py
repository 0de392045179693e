"""A Procrastinate worker that keeps as many jobs at once as its pool has connections."""

import asyncio

from app import app
from tally import tell


async def main():
    async with app.open_async():
        work = asyncio.create_task(app.run_worker_async(concurrency=20, listen_notify=True))
        await asyncio.sleep(1)
        tell({"kind": "ready"})
        await work


asyncio.run(main())
