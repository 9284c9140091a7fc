"""Runs the steps of the queue benchmark in another job queue, one for each line of standard input.

    EMOFARM_DATABASE_URL=URL python queues.py procrastinate|pgqueuer

It makes a database of its own on that server and drops it at the end. Every step is answered with a line of JSON:

    fill N          N jobs wait
    claim C N S     C at once claim N jobs or for S seconds: p50 and p99 in milliseconds, claims a second
    pin, unpin      another session opens or closes an old snapshot
    history N       N jobs pass through the queue: each leaves the dead rows of its life
    vacuum          VACUUM ANALYZE
    work C B N S    C at once claim and complete N jobs of B queues, or for S seconds: jobs a second

Claims and completions go through the library's own functions, one job at a time, as EmoFarm's workers take them.
queues.txt lists what it requires.
"""

import argparse
import asyncio
import json
import os
import sys
import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import asyncpg


class Procrastinate:
    """Procrastinate over psycopg: `fetch_job` and `finish_job` of its job manager, as its worker calls them."""

    table = "procrastinate_jobs"

    def __init__(self, url):
        self.url = url

    async def open(self, connections):
        import procrastinate
        self.app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=self.url, min_size=connections, max_size=connections))
        await self.app.open_async()
        await self.app.schema_manager.apply_schema_async()
        self.workers = [await self.app.job_manager.register_worker() for _ in range(connections)]
        self.name = f"procrastinate {procrastinate.__version__}"

    async def fill(self, count, queue, connection):
        await connection.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
               SELECT $2, 'bench', 0, '{}' FROM generate_series(1, $1)""", count, queue)

    async def claim(self, worker, queue):
        return await self.app.job_manager.fetch_job([queue], self.workers[worker])

    async def complete(self, job):
        from procrastinate.jobs import Status
        await self.app.job_manager.finish_job(job, Status.SUCCEEDED, False)

    async def history(self, count, queue, connection):
        for old, new in [("todo", "doing"), ("doing", "succeeded")]:
            await connection.execute(
                f"""UPDATE procrastinate_jobs SET status = '{new}' WHERE id IN (
                      SELECT id FROM procrastinate_jobs WHERE status = '{old}' AND queue_name = $2
                        AND ('{old}' = 'todo' OR worker_id IS NULL) ORDER BY id LIMIT $1)""",
                count, queue)

    async def close(self):
        await self.app.close_async()


class PgQueuer:
    """PgQueuer over asyncpg: `dequeue` and `log_jobs` of its queries, without its buffer."""

    table = "pgqueuer"

    def __init__(self, url):
        self.url = url

    async def open(self, connections):
        from importlib.metadata import version
        from pgqueuer.db import AsyncpgDriver
        from pgqueuer.queries import EntrypointExecutionParameter, Queries
        self.connections = [await asyncpg.connect(self.url) for _ in range(connections)]
        self.queries = [Queries(AsyncpgDriver(connection)) for connection in self.connections]
        self.managers = [uuid.uuid4() for _ in range(connections)]
        self.unlimited = EntrypointExecutionParameter(concurrency_limit=0)
        await self.queries[0].install()
        self.name = f"pgqueuer {version('pgqueuer')}"

    async def fill(self, count, queue, connection):
        for first in range(0, count, 20000):
            part = min(20000, count - first)
            await self.queries[0].enqueue([queue] * part, [None] * part, [0] * part)

    async def claim(self, worker, queue):
        jobs = await self.queries[worker].dequeue(
            batch_size=1, entrypoints={queue: self.unlimited}, queue_manager_id=self.managers[worker],
            global_concurrency_limit=None, heartbeat_timeout=timedelta(seconds=600))
        return (worker, jobs[0]) if jobs else None

    async def complete(self, claimed):
        worker, job = claimed
        await self.queries[worker].log_jobs([(job, "successful", None)])

    async def history(self, count, queue, connection):
        manager = uuid.uuid4()
        await connection.execute(
            """UPDATE pgqueuer SET status = 'picked', updated = now(), heartbeat = now(), queue_manager_id = $2
               WHERE id IN (SELECT id FROM pgqueuer WHERE status = 'queued' AND entrypoint = $3
                 ORDER BY priority DESC, id LIMIT $1)""", count, manager, queue)
        await connection.execute("DELETE FROM pgqueuer WHERE queue_manager_id = $1", manager)

    async def close(self):
        for connection in self.connections:
            await connection.close()


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Steps:
    CONNECTIONS = 32

    def __init__(self, peer, url):
        self.peer, self.url = peer, url
        self.holder = None
        self.rounds = 0

    async def run(self, words):
        name, numbers = words[0], [int(word) for word in words[1:]]
        return await getattr(self, name)(*numbers)

    async def fill(self, count):
        await self.peer.fill(count, "bench", self.control)
        await self.vacuum()
        return {}

    async def claim(self, at_once, count, seconds):
        latencies = []
        end = time.perf_counter() + seconds

        async def one(worker):
            for _ in range(count // at_once):
                start = time.perf_counter()
                if start >= end:
                    return
                if await self.peer.claim(worker, "bench") is None:
                    raise SystemExit("no job is left to claim")
                latencies.append((time.perf_counter() - start) * 1000)

        start = time.perf_counter()
        await asyncio.gather(*(one(worker) for worker in range(at_once)))
        elapsed = time.perf_counter() - start
        latencies.sort()
        return {"p50": percentile(latencies, 0.5), "p99": percentile(latencies, 0.99),
                "per_second": len(latencies) / elapsed}

    async def pin(self):
        self.holder = await asyncpg.connect(self.url)
        await self.holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        await self.holder.execute("SELECT count(*) FROM pg_class")
        return {}

    async def unpin(self):
        await self.holder.close()
        return {}

    async def history(self, count):
        # Triggers that write events for each row would only prolong the preparation.
        await self.control.execute("SET session_replication_role = replica")
        await self.peer.history(count, "bench", self.control)
        await self.control.execute("RESET session_replication_role")
        return {}

    async def vacuum(self):
        await self.control.execute(f"VACUUM ANALYZE {self.peer.table}")
        return {}

    async def work(self, at_once, queues, count, seconds):
        self.rounds += 1
        # Jobs of other queues that wait would be in the way of PgQueuer's search.
        names = ["bench"] if queues == 1 else [f"work{self.rounds}-{queue}" for queue in range(queues)]
        for name in names:
            await self.peer.fill(count // queues + at_once, name, self.control)
        await self.vacuum()
        done = 0
        start = time.perf_counter()

        async def one(worker):
            nonlocal done
            for _ in range(count // at_once):
                if time.perf_counter() - start >= seconds:
                    return
                await self.peer.complete(await self.peer.claim(worker, names[worker % queues]))
                done += 1

        await asyncio.gather(*(one(worker) for worker in range(at_once)))
        return {"per_second": done / (time.perf_counter() - start)}


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer", choices=["procrastinate", "pgqueuer"])
    options = arguments.parse_args()
    name = f"emofarm_peer_{uuid.uuid4().hex[:12]}"
    address = os.environ["EMOFARM_DATABASE_URL"]
    server = await asyncpg.connect(address)
    await server.execute(f"CREATE DATABASE {name}")
    parts = urlsplit(address)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    peer = Procrastinate(url) if options.peer == "procrastinate" else PgQueuer(url)
    steps = Steps(peer, url)
    try:
        await peer.open(Steps.CONNECTIONS)
        steps.control = await asyncpg.connect(url)
        print(json.dumps({"engine": peer.name, "load_seconds": 0, "first_seconds": 0}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await steps.run(line.split())), flush=True)
    finally:
        await peer.close()
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


asyncio.run(main())
