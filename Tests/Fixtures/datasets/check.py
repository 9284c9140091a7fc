"""Loads an export with the libraries of its users: `check.py FOLDER` (needs the packages datasets and pillow).

The tests compare bytes with the documented format; this script checks with the real libraries. The test command does
not run it.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from datasets import load_dataset
from PIL import Image

folder = Path(sys.argv[1])
rows = {}
for metadata in sorted(folder.glob("*/metadata.jsonl")):
    split = metadata.parent.name
    rows[split] = [json.loads(line) for line in metadata.read_text().splitlines()]
    for row in rows[split]:
        file = metadata.parent / row["file_name"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"], file
        with Image.open(file) as image:
            image.load()
            assert image.size == (row["width"], row["height"]), file
            record = json.loads(image.info["emofarm"])
            assert record["spec"]["seed"] == str(row["seed"]), file
            assert hashlib.sha256(image.convert("RGB").tobytes()).hexdigest() == record["rgb_sha256"], file
            assert "Steps: " in image.info["parameters"], file
            assert "trainedAlgorithmicMedia" in image.info["XML:com.adobe.xmp"], file

for name, arguments in {"folder": (str(folder),), "imagefolder": ("imagefolder",)}.items():
    options = {"data_dir": str(folder)} if name == "imagefolder" else {}
    dataset = load_dataset(*arguments, **options)
    assert set(dataset) == set(rows), (name, set(dataset), set(rows))
    for split, part in dataset.items():
        columns = ["image"] + [key for key in rows[split][0] if key != "file_name"]
        assert sorted(part.column_names) == sorted(columns), (name, part.column_names)
        assert len(part) == len(rows[split])
        assert part.features == dataset[next(iter(rows))].features
        for got, row in zip(part, rows[split]):
            assert all(got[key] == row[key] for key in columns[1:]), (got, row)
            assert got["image"].size == (row["width"], row["height"])
        print(name, split, len(part), dict(Counter(part["emotion"])))
print({key: str(value) for key, value in dataset[next(iter(rows))].features.items()})
