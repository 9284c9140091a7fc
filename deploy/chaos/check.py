#!/usr/bin/python3
"""Compares a batch with what it should be, without EmoFarm's own code.

    check.py ROWS REFERENCE EXPORT SEED COUNT EMOTION...

ROWS: lines `index seed sha256` of the rows of images. REFERENCE: a folder with EMOTION-SEED.png for each image, rendered
without a farm. EXPORT: the exported dataset. The batch asks for COUNT images of each EMOTION, in this order; image i has
the seed SEED + i. Prints four numbers: images asked for, lost, doubled, wrong.
"""
import hashlib
import json
import os
import struct
import sys

rows_file, reference, export, seed, count = sys.argv[1:6]
emotions, seed, count = sys.argv[6:], int(seed), int(count)


def provenance(data):
    """The record in a PNG's international text chunk `emofarm`."""
    place = 8
    while place < len(data):
        length, = struct.unpack(">I", data[place:place + 4])
        kind, body = data[place + 4:place + 8], data[place + 8:place + 8 + length]
        if kind == b"iTXt" and body.startswith(b"emofarm\0"):
            return json.loads(body.split(b"\0", 5)[5])
        place += 12 + length
    return None


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


asked = {k * count + i: (emotion, seed + k * count + i) for k, emotion in enumerate(emotions) for i in range(count)}
rows = {}
doubled = wrong = 0
with open(rows_file) as file:
    for line in file:
        index, row_seed, sha256 = line.split()
        doubled += int(index) in rows
        rows[int(index)] = (int(row_seed), sha256)

# The exported files by digest, with the label that a loader would read.
files = {}
with open(f"{export}/train/metadata.jsonl") as file:
    for line in file:
        entry = json.loads(line)
        path = f"{export}/train/{entry['file_name']}"
        sha256 = digest(path)
        doubled += sha256 in files
        files[sha256] = (path, entry)

lost = 0
for index, (emotion, image_seed) in asked.items():
    if index not in rows or rows[index][1] not in files:
        lost += 1
        continue
    row_seed, sha256 = rows[index]
    path, entry = files[sha256]
    with open(path, "rb") as file:
        record = provenance(file.read())
    right = (
        sha256 == digest(f"{reference}/{emotion}-{image_seed}.png") and row_seed == image_seed
        and int(record["spec"]["seed"]) == image_seed and record["spec"]["subject"]["emotion"] == entry["emotion"] == emotion)
    if not right:
        wrong += 1
        print(f"image {index}: asked for {emotion} with seed {image_seed}; the row has {row_seed}, "
              f"the label is {entry['emotion']}, the file says {record['spec']}",
              file=sys.stderr)
wrong += len(set(rows) - set(asked))
print(len(asked), lost, doubled, wrong)
