"""Submits to Procrastinate as the bench says, a line of JSON at a time, and answers each with a line."""

import asyncio
import json
import sys

from app import app, noop


async def main():
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            if order["do"] == "fill":
                await noop.batch_defer_async(*({} for _ in range(order["count"])))
            elif order["do"] == "one":
                await noop.defer_async(sent_at=order["sentAt"])
            print("done", flush=True)


asyncio.run(main())
