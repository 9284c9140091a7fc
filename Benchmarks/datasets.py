#!/usr/bin/env python3
"""Times the commands that handle whole datasets, with their peak memory: `datasets.py EMOFARM FOLDER [IMAGES [STEP…]]`.

FOLDER gets a farm of its own: the data folder, the embedded PostgreSQL and the datasets. A batch of small images (by
default 100,000 of 8 x 8 pixels) is enqueued and painted (`emofarm bench paint`), then exported to every form, verified,
audited and searched for copies; with names, only the steps that begin so. Run it in the source tree, whose small model the batch names. Needs Python alone.
"""

import os
import subprocess
import sys
import time

emofarm, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
images = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
chosen = sys.argv[4:]
environment = os.environ | {"EMOFARM_HOME": f"{folder}/home"}
environment.pop("EMOFARM_DATABASE_URL", None)


def run(title, *arguments, statuses=(0,)):
    """Runs a command and prints its time, the processor's time and its highest resident memory."""
    if chosen and not any(title.startswith(name) for name in chosen):
        return
    start = time.monotonic()
    with open(f"{folder}/log", "ab") as log:
        process = subprocess.Popen([emofarm, *arguments], env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    print(f"| {title} | {seconds:.0f} s | {cpu:.0f} s | {usage.ru_maxrss / 1024:.0f} MiB |", flush=True)
    if code not in statuses:
        sys.exit(f"{title} ended with {code}: see {folder}/log")


os.makedirs(folder, exist_ok=True)
print(f"{images} images\n\n| step | time | processor time | peak memory |\n|---|---|---|---|", flush=True)
run("enqueue", "enqueue", "--emotion", "all", "--count", str(images // 8), "--size", "8x8", "--chunk", "64")
run("paint", "bench", "paint")
split = ["--split", "train=0.8,validation=0.1,test=0.1"]
for form in ["imagefolder", "parquet", "webdataset", "class-folders", "emoset"]:
    run(f"export, {form}", "export", "1", "--format", form, "--out", f"{folder}/{form}", *split)
run("the same again, imagefolder", "export", "1", "--out", f"{folder}/imagefolder", *split)
run("export, --link", "export", "1", "--out", f"{folder}/linked", "--link", *split)
run("export, WebP", "export", "1", "--out", f"{folder}/webp", "--image-format", "webp", *split)
run("export, --where", "export", "1", "--out", f"{folder}/part", "--where", "emotion = awe and seed < 20000")
run("export, tables and Croissant", "export", "1", "--format", "parquet", "--out", f"{folder}/tables", "--croissant", "--csv")
run("verify, the batch", "verify", "1")
run("verify, imagefolder", "verify", f"{folder}/imagefolder")
run("audit", "audit")
run("audit --deep", "audit", "--deep")
run("dataset duplicates", "dataset", "duplicates", f"{folder}/imagefolder", statuses=(0, 1))
run("db down", "db", "down")
