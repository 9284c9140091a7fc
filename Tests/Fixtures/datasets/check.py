"""Loads exports with the libraries of their users: `check.py FOLDER…`.

Needs the packages datasets, pyarrow, pandas, webdataset, mlcroissant, pillow, sd-parsers and torchvision (with torch),
and exiftool for exports as JPEG or WebP. The tests compare bytes with the documented formats and with files that this
script has read; this script asks the real libraries. The test command does not run it.
"""

import hashlib
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from datasets import load_dataset
from PIL import Image

EMOTIONS = ["amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"]


def check_conversion(data, row):
    """A JPEG or WebP of the file that the row describes, with its marks; the pixels are nearly the rendered ones."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.format in ("JPEG", "WEBP") and image.size == (row["width"], row["height"]), row
        comment = image.getexif().get_ifd(0x8769)[0x9286]
        assert comment.startswith(b"UNICODE\0"), comment[:16]
        parameters = comment[8:].decode("utf-16-be")
        assert f"Seed: {row['seed']}," in parameters, parameters
        if image.format == "JPEG":
            # The library reads WebP's parameters nowhere.
            from sd_parsers import ParserManager

            parsed = ParserManager().parse(io.BytesIO(data))
            assert str(row["seed"]) in str(parsed.samplers), parsed
    tags = json.loads(
        subprocess.run(["exiftool", "-json", "-"], input=data, capture_output=True, check=True).stdout)[0]
    assert tags["DigitalSourceType"].endswith("trainedAlgorithmicMedia"), tags
    assert tags["SourceSHA256"] == row["sha256"], tags
    record = tags["Record"] if isinstance(tags["Record"], dict) else json.loads(tags["Record"])
    assert record["spec"]["seed"] == str(row["seed"]), row
    assert tags["UserComment"] == parameters, tags


def check_image(data, row):
    """The file is the one that the row describes, with its marks."""
    if not data.startswith(b"\x89PNG"):
        return check_conversion(data, row)
    assert hashlib.sha256(data).hexdigest() == row["sha256"], row
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.size == (row["width"], row["height"]), row
        record = json.loads(image.info["emofarm"])
        assert record["spec"]["seed"] == str(row["seed"]), row
        assert hashlib.sha256(image.convert("RGB").tobytes()).hexdigest() == record["rgb_sha256"], row
        assert "Steps: " in image.info["parameters"], row
        assert "trainedAlgorithmicMedia" in image.info["XML:com.adobe.xmp"], row


def check_rows(rows):
    for row in rows:
        if row["emotion_weights"] is None:
            assert row["text"] is not None and row["emotion_spec"] == ""
        else:
            assert len(row["emotion_weights"]) == 8 and abs(sum(row["emotion_weights"]) - 1) < 1e-9, row
            label = row["emotion"] if isinstance(row["emotion"], int) else EMOTIONS.index(row["emotion"])
            assert row["emotion_weights"][label] > max(row["emotion_weights"]) - 1e-9, row
    batches = {row["batch"] for row in rows}
    assert len({(row["batch"], row["index"]) for row in rows}) == len(rows)
    print(" ", len(rows), "rows of", len(batches), "batches,", dict(Counter(str(row["emotion"]) for row in rows)))


def imagefolder(folder):
    rows = {}
    for metadata in sorted(folder.glob("*/metadata.jsonl")):
        rows[metadata.parent.name] = [json.loads(line) for line in metadata.read_text().splitlines()]
        for row in rows[metadata.parent.name]:
            check_image((metadata.parent / row["file_name"]).read_bytes(), row)
    for streaming in False, True:
        for arguments in ({"path": str(folder)}, {"path": "imagefolder", "data_dir": str(folder)}):
            dataset = load_dataset(**arguments, streaming=streaming)
            assert set(dataset) == set(rows), (set(dataset), set(rows))
            for split, part in dataset.items():
                columns = [key for key in rows[split][0] if key != "file_name"]
                got = list(part)
                assert len(got) == len(rows[split])
                for one, row in zip(got, rows[split]):
                    assert all(one[key] == row[key] for key in columns), (one, row)
                    assert one["image"].size == (row["width"], row["height"])
    for split in rows:
        check_rows(rows[split])


def parquet(folder):
    import pandas
    import pyarrow.parquet

    for streaming in False, True:
        dataset = load_dataset(str(folder), streaming=streaming)
        for split, part in dataset.items():
            assert part.features["emotion"].names == EMOTIONS
            for one in part:
                assert one["image"].size == (one["width"], one["height"])
    for split in dataset:
        rows = []
        for file in sorted((folder / "data").glob(f"{split}-*.parquet")):
            table = pyarrow.parquet.read_table(file).to_pylist()
            assert len(pandas.read_parquet(file)) == len(table)
            for row in table:
                check_image(row["image"]["bytes"], row)
            rows += table
        check_rows(rows)


def webdataset(folder):
    from webdataset import WebDataset

    splits = sorted({file.name.rsplit("-", 1)[0] for file in folder.glob("*.tar")})
    dataset = load_dataset(str(folder), streaming=True)
    assert set(dataset) == set(splits), (set(dataset), splits)
    for split in splits:
        shards = sorted(str(file) for file in folder.glob(f"{split}-*.tar"))
        rows = []
        for sample in WebDataset(shards, shardshuffle=False):
            row = json.loads(sample["json"])
            suffix = next(name for name in ("png", "jpg", "webp") if name in sample)
            check_image(sample[suffix], row)
            if row["emotion"] is not None:
                assert int(sample["cls"]) == row["emotion_index"] == EMOTIONS.index(row["emotion"])
            rows.append(row)
        streamed = list(dataset[split])
        assert [one["json"]["sha256"] for one in streamed] == [row["sha256"] for row in rows]
        assert all(one[suffix].size == (row["width"], row["height"]) for one, row in zip(streamed, rows))
        check_rows(rows)


def class_folders(folder):
    from torchvision.datasets import ImageFolder

    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        found = ImageFolder(str(folder / file.stem))
        assert len(found) == len(rows)
        names = {str(folder / row["file_name"]): row for row in rows}
        for path, index in found.samples:
            assert found.classes[index] == names[path]["emotion"], path
            check_image(Path(path).read_bytes(), names[path])
        check_rows(rows)


def croissant(folder):
    """A description and, of forms other than Parquet, its tables."""
    import mlcroissant

    described = mlcroissant.Dataset(str(folder / "croissant.json"))
    for records in described.metadata.record_sets:
        rows = list(described.records(records.id))
        key = f"{records.id}/sha256"
        assert len({row[key] for row in rows}) == len(rows) > 0
        print("  croissant:", records.id, len(rows), "records of", len(rows[0]), "fields")


FORMS = {"imagefolder": imagefolder, "parquet": parquet, "webdataset": webdataset, "class-folders": class_folders}
for name in sys.argv[1:]:
    folder = Path(name)
    form = json.loads((folder / ".emofarm-export.json").read_text())["format"]
    print(form, folder)
    FORMS.get(form, lambda folder: None)(folder)
    if (folder / "croissant.json").exists():
        croissant(folder)
