#!/usr/bin/env python3
"""Loads `emofarm web` as many viewers do: `pages.py EMOFARM EMOFARMD FOLDER [--seconds 60] [--threads 1] …`.

FOLDER gets a farm of its own, which a later run uses again: the data folder, the embedded PostgreSQL, a batch of a million
images of which the last ones are still to be rendered, and 10,000 smaller batches beside it. Their rows are inserted by SQL; a
worker renders the rest. Then, in turn: the worker alone, the worker with viewers and requests, the worker alone again; and at the
end an hour's events in less than a minute. Requests are sent by the clock, whether or not earlier ones were answered,
and their time counts from the moment when they were due. Prints the median and the 99th percentile of each page, the rendering
rate with and without the load, processor time by program, and the memory of the web process. Run it in the source tree, whose
small model the batches name. Needs Python alone, and psql.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import time

EMOTIONS = ["amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"]

parser = argparse.ArgumentParser()
parser.add_argument("emofarm")
parser.add_argument("emofarmd")
parser.add_argument("folder")
parser.add_argument("--images", type=int, default=1_000_000)
parser.add_argument("--batches", type=int, default=10_000)
parser.add_argument("--left", type=int, default=40_000, help="images of the large batch that are still to be rendered")
parser.add_argument("--viewers", type=int, default=200)
parser.add_argument("--rate", type=float, default=50, help="requests a second")
parser.add_argument("--seconds", type=int, default=60, help="of the load; half as long without it before and after")
parser.add_argument("--threads", type=int, default=1, help="of the worker")
parser.add_argument("--events", type=int, default=36_000, help="10 a second for an hour")
parser.add_argument("--rounds", type=int, default=1)
options = parser.parse_args()
emofarm, emofarmd, folder = map(os.path.abspath, (options.emofarm, options.emofarmd, options.folder))
environment = os.environ | {"EMOFARM_HOME": f"{folder}/home"}
environment.pop("EMOFARM_DATABASE_URL", None)


def run(*arguments):
    done = subprocess.run([emofarm, *arguments], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"emofarm {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


address = re.sub("^running: ", "", run("db", "up"))


def sql(text):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", address], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


def make():
    """The rows of the farm: counters equal what the rows say."""
    start = time.monotonic()
    each = options.images // 8
    run("enqueue", "--emotion", "all", "--count", str(each), "--size", "64x64", "--steps", "5", "--chunk", "8", "--name", "large")
    run("enqueue", "--emotion", "all", "--count", "1", "--size", "64x64", "--chunk", "8", "--name", "small", "--priority=-100")
    done = (options.images - options.left) // 8 * 8
    sql(f"""
        BEGIN;
        SET LOCAL synchronous_commit = off;
        UPDATE jobs SET state = 'done', images_done = count, images_counted = count, attempt = 1, token = 1
          WHERE batch_id = 2 OR (batch_id = 1 AND id <= {done // 8});
        INSERT INTO attempts (batch_id, job_id, token, worker_id, number, started_at, ended_at, outcome, images)
          SELECT batch_id, id, 1, 1, 1, now() - interval '10 hours', now() - interval '9 hours', 'completed', count
          FROM jobs WHERE state = 'done';
        UPDATE cells c SET images_done = (SELECT coalesce(sum(j.images_done), 0) FROM jobs j
          WHERE j.batch_id = c.batch_id AND j.cell = c.ordinal);
        UPDATE batches b SET started_at = now() - interval '10 hours', images_done = s.images, jobs_done = s.jobs,
            state = CASE WHEN s.images = b.images THEN 'done'::batch_state ELSE 'running' END,
            finished_at = CASE WHEN s.images = b.images THEN now() END
          FROM (SELECT batch_id, sum(images_done) AS images, count(*) FILTER (WHERE state = 'done') AS jobs FROM jobs
            GROUP BY batch_id) s WHERE s.batch_id = b.id;
        -- One in ten of the others is paused.
        INSERT INTO batches (name, spec, spec_digest, model_id, model_digest, seed, chunk, max_attempts, priority, images, jobs,
            state, started_at, finished_at, images_done, jobs_done)
          SELECT 'batch ' || n, spec, spec_digest, model_id, model_digest, n, chunk, max_attempts, priority, images, jobs,
            CASE WHEN n % 10 = 0 THEN 'paused'::batch_state ELSE 'done' END, started_at,
            CASE WHEN n % 10 <> 0 THEN now() END, CASE WHEN n % 10 = 0 THEN 0 ELSE images END,
            CASE WHEN n % 10 = 0 THEN 0 ELSE jobs END
          FROM batches, generate_series(1, {options.batches}) n WHERE id = 2;
        INSERT INTO cells (batch_id, ordinal, emotion, subject, settings, first_index, count, images_done)
          SELECT b.id, c.ordinal, c.emotion, c.subject, c.settings, c.first_index, c.count,
            CASE WHEN b.state = 'done' THEN c.count ELSE 0 END
          FROM cells c, batches b WHERE c.batch_id = 2 AND b.id > 2;
        INSERT INTO jobs (batch_id, cell, first_index, count, state, images_done, images_counted, attempt, token)
          SELECT b.id, j.cell, j.first_index, j.count, CASE WHEN b.state = 'done' THEN 'done'::job_state ELSE 'ready' END,
            CASE WHEN b.state = 'done' THEN j.count ELSE 0 END, CASE WHEN b.state = 'done' THEN j.count ELSE 0 END, 1, 1
          FROM jobs j, batches b WHERE j.batch_id = 2 AND b.id > 2;
        -- In the order in which workers would have published them: the small batches first, then ten hours of the large one.
        INSERT INTO images (batch_id, job_id, token, worker_id, seed, created_at, idx, cell, bytes, seconds, actual_steps,
            sha256, rgb_sha256, engine)
          SELECT j.batch_id, j.id, 1, 1, i, now() - interval '1 hour' * (11 - 10 * (j.batch_id = 1)::int * j.id / {done // 8}.0), i,
            j.cell, 9000, .1, 20, sha256(int8send(j.batch_id) || int4send(i)), sha256(int4send(i)), 'emofarm/synthetic'
          FROM jobs j, generate_series(j.first_index, j.first_index + j.count - 1) i WHERE j.state = 'done'
          ORDER BY j.batch_id = 1, j.batch_id, j.id, i;
        INSERT INTO events (batch_id, level, kind, at) SELECT b.id, 'info', 'batch.enqueued', b.created_at FROM batches b;
        COMMIT;
        VACUUM ANALYZE;
        SELECT brin_summarize_new_values('images_time');
        """)
    # None of the rows has a file, as in a store that is not mounted.
    run("store", "adopt", "--yes")
    print(f"the farm's rows: {time.monotonic() - start:.0f} s\n", flush=True)


class Viewer(asyncio.Protocol):
    """Takes a stream of events as fast as it comes."""

    received = 0

    def __init__(self, target):
        self.target = target

    def connection_made(self, transport):
        self.transport = transport
        transport.write(f"GET {self.target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data):
        Viewer.received += len(data)


class Client:
    """Sends requests over connections that stay open, as browsers do."""

    def __init__(self, port):
        self.port, self.free = port, []
        self.times, self.wrong = {}, {}

    async def get(self, name, target, due):
        while True:
            if not self.free:
                self.free.append(await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24))
            reader, writer = self.free.pop()
            writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                break
            except (asyncio.IncompleteReadError, ConnectionResetError):
                # The server had closed a connection that was not used for half a minute.
                writer.close()
        body = await reader.readexactly(int(re.search(r"(?i)content-length: (\d+)", head)[1]))
        self.times.setdefault(name, []).append(asyncio.get_running_loop().time() - due)
        self.free.append((reader, writer))
        status = int(head.split()[1])
        if status != 200:
            self.wrong[f"{name} {status}"] = self.wrong.get(f"{name} {status}", 0) + 1
        return body.decode(errors="replace")

    async def load(self, seconds, targets):
        loop = asyncio.get_running_loop()
        start, tasks = loop.time(), set()
        for number in range(int(seconds * options.rate)):
            due = start + number / options.rate
            await asyncio.sleep(max(0, due - loop.time()))
            name, target = targets()
            task = asyncio.create_task(self.get(name, target, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=30)


def targets(rendered):
    """The next page that somebody looks at: its kind and its address."""
    done = options.images - options.left

    def gallery(emotion):
        after = emotion * (options.images // 8) + random.randrange(done // 8 - 200)
        return f"/batches/1/images?emotion={EMOTIONS[emotion]}&after={after}"

    kinds = [
        (10, "farm", lambda: "/"),
        (10, "batches", lambda: "/batches"),
        (5, "batches, further back", lambda: f"/batches?state=done&before={random.randint(100, options.batches)}"),
        (20, "batch of a million", lambda: "/batches/1"),
        (5, "small batch", lambda: f"/batches/{random.randint(3, options.batches)}"),
        (5, "cells", lambda: "/batches/1/cells"),
        (15, "gallery", lambda: f"/batches/1/images?after={random.randint(0, done - 200)}"),
        (10, "gallery of an emotion", lambda: gallery(random.randrange(8))),
        (5, "image", lambda: f"/batches/1/images/{random.choice(rendered)[0]}"),
        (10, "thumbnail", lambda: f"/thumbnails/{random.choice(rendered)[1]}.jpg"),
        (3, "interface, batch", lambda: "/api/v1/batches/1"),
        (2, "interface, images", lambda: f"/api/v1/batches/1/images?after={random.randint(0, done - 200)}"),
    ]

    def next_target():
        _, name, make_target = random.choices(kinds, [kind[0] for kind in kinds])[0]
        return name, make_target()

    return next_target


def processor(pid):
    """Seconds that a process used, with its children that have ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def used(web, worker):
    """Seconds of each program."""
    root = int(open(f"{folder}/home/postgres/data/postmaster.pid").readline())
    children = subprocess.run(["pgrep", "-P", str(root)], capture_output=True, text=True).stdout.split()
    pids = {"web": [web], "worker": [worker], "server": [root, *children], "this script": [os.getpid()]}
    return {name: sum(map(processor, pids[name])) for name in pids}


def memory(pid):
    text = open(f"/proc/{pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def rendered_since(moment):
    return int(sql(f"SELECT count(*) FROM images WHERE batch_id = 1 AND created_at > to_timestamp({moment})"))


async def rate(worker, seconds, work=None):
    """Images a second in the meantime, and the worker's processor time for each in milliseconds, which other programs on the
    machine change less."""
    start, before = time.time(), processor(worker)
    await asyncio.gather(asyncio.sleep(seconds), *([work] if work else []))
    wall, used = time.time() - start, processor(worker) - before
    images = rendered_since(start)
    return images / wall, 1000 * used / max(1, images)


def compared(what, unit, alone, loaded):
    change = 100 * (sum(loaded) / len(loaded) / (sum(alone) / len(alone)) - 1)
    print(f"{what}: {', '.join(f'{value:.1f}' for value in alone)} {unit} without, "
          f"{', '.join(f'{value:.1f}' for value in loaded)} with the load: {change:+.1f} %", flush=True)


def table(times):
    print("| page | requests | p50 | p99 | slowest |\n|---|---|---|---|---|")
    every = []
    for name, taken in sorted(times.items()):
        every += taken
        row(name, taken)
    row("all", every)


def row(name, taken):
    taken = sorted(value * 1000 for value in taken)
    print(f"| {name} | {len(taken)} | {taken[len(taken) // 2]:.0f} ms | {taken[len(taken) * 99 // 100]:.0f} ms | {taken[-1]:.0f} ms |")


async def watch(port):
    loop = asyncio.get_running_loop()
    views = ["/live/batches/1", "/live/batches/1", "/live/farm", "/api/v1/batches/1/stream"]
    return [
        (await loop.create_connection(lambda n=n: Viewer(views[n % 4]), "127.0.0.1", port))[0]
        for n in range(options.viewers)
    ]


async def storm(web):
    """An hour's events at a thousand a second, each with its notification, while all viewers watch."""
    before, seen = memory(web.pid), []
    start = time.monotonic()
    for done in range(0, options.events, 1000):
        # A transaction sends equal notifications once, so each has its own.
        await asyncio.to_thread(sql, f"""
            INSERT INTO events (batch_id, level, kind, detail)
              SELECT 1, 'info', 'simulated', jsonb_build_object('number', n::text) FROM generate_series({done}, {done + 999}) n;
            """ + "SELECT pg_notify('emofarm_batches', '1');\n" * 1000)
        seen.append(memory(web.pid))
        await asyncio.sleep(max(0, start + (done + 1000) / 1000 - time.monotonic()))
    third = len(seen) // 3
    print(f"\n{options.events} events in {time.monotonic() - start:.0f} s: the web process had {before:.0f} MiB before, "
          f"{max(seen[:third]):.0f} at most in the first third, {max(seen[third:2 * third]):.0f} in the second, "
          f"{max(seen[2 * third:]):.0f} in the last")


async def main():
    if sql("SELECT count(*) FROM batches") == "0":
        make()
    with open(f"{folder}/log", "ab") as log:
        worker = subprocess.Popen([emofarmd, "--threads", str(options.threads)], env=environment, stdout=log, stderr=log)
        # As emofarm-web.service starts it.
        web = subprocess.Popen(
            ["nice", "-n", "10", emofarm, "web", "--listen", "127.0.0.1:0"],
            env=environment, stdout=log, stderr=subprocess.PIPE, text=True)
    try:
        line = web.stderr.readline()
        if not (said := re.search(r"serving http://127\.0\.0\.1:(\d+)/", line)):
            sys.exit(f"emofarm web: {line}")
        port = int(said[1])
        start = time.time()
        while rendered_since(start) < 100:
            await asyncio.sleep(1)
        rendered = [line.split("|") for line in sql(
            "SELECT idx, encode(sha256, 'hex') FROM images WHERE batch_id = 1 AND engine <> 'emofarm/synthetic' "
            f"AND created_at > to_timestamp({start}) LIMIT 500").splitlines()]
        client = Client(port)
        await client.load(2, targets(rendered))
        client.times.clear()
        alone, loaded = [await rate(worker.pid, options.seconds / 2)], []
        print(f"memory of the web process before the load: {memory(web.pid):.0f} MiB", flush=True)
        for _ in range(options.rounds):
            viewers = await watch(port)
            before = used(web.pid, worker.pid)
            began, Viewer.received = time.monotonic(), 0
            loaded.append(await rate(worker.pid, options.seconds, client.load(options.seconds, targets(rendered))))
            wall = time.monotonic() - began
            after = used(web.pid, worker.pid)
            shares = ", ".join(f"{name} {(after[name] - before[name]) / wall:.2f}" for name in after)
            print(f"memory after it: {memory(web.pid):.0f} MiB; events: {Viewer.received / wall / 1e6:.1f} MB a second")
            print(f"cores in use: {shares}", flush=True)
            for viewer in viewers:
                viewer.close()
            alone.append(await rate(worker.pid, options.seconds / 2))
        print()
        table(client.times)
        if client.wrong:
            print(f"\nother answers than 200: {client.wrong}")
        print()
        compared(f"a worker of {options.threads} threads", "images a second", *([pair[0] for pair in pairs] for pairs in (alone, loaded)))
        compared("its processor time", "ms an image", *([pair[1] for pair in pairs] for pairs in (alone, loaded)))
        viewers = await watch(port)
        if options.events:
            await storm(web)
    finally:
        worker.terminate()
        web.terminate()
        worker.wait()
        web.wait()


asyncio.run(main())
