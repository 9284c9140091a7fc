"""Asks c2pa-python, and exiftool if it is installed, about signed files: `check.py [--root ROOT.pem] FILE...`.

Needs the package c2pa-python (0.38 or later). Of each file it says what its reader finds without and with the root as a trust anchor,
then flips one byte in each part of the file (pixels, metadata, claim, assertion, signature, certificate) and
expects that the reader refuses each. Without arguments it reads the signed files beside it. The tests compare what this project signs
with files that this script has read; they need no Python. `python check.py` printed:

    signed.png: Valid; with root.pem: Trusted; 8 of 8 damaged copies refused
    signed.jpg: Valid; with root.pem: Trusted; 6 of 6 damaged copies refused
    signed.webp: Valid; with root.pem: Trusted; 6 of 6 damaged copies refused

It said the same of exports of a batch with `sign: true` as PNG, JPEG and WebP, with the operator's own root, and exiftool
read from each DigitalSourceType, AISystemUsed, AISystemVersionUsed and AIPromptInformation.
"""

import argparse
import io
import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import c2pa

HERE = Path(__file__).parent
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


def state(data, kind, root=None):
    settings = {"verify": {"verify_trust": root is not None}}
    if root is not None:
        settings["trust"] = {"trust_anchors": root.read_text()}
    context = c2pa.Context.from_dict(settings)
    try:
        with c2pa.Reader(kind, io.BytesIO(data), context=context) as reader:
            return reader.get_validation_state()
    except c2pa.C2paError as error:
        return f"error ({error})"


def checksums(png):
    """The PNG with right checksums, so that only the signature can notice a change."""
    out, offset = bytearray(png[:8]), 8
    while offset < len(png):
        (length,) = struct.unpack(">I", png[offset : offset + 4])
        body = png[offset + 4 : offset + 8 + length]
        out += png[offset : offset + 4] + body + struct.pack(">I", zlib.crc32(body))
        offset += 12 + length
    return bytes(out)


def damaged(data, kind):
    """Copies with one flipped bit, by the name of what was changed."""
    marks = {
        "claim": (b"created_assertions", 3),
        "action": (b"trainedAlgorithmicMedia", 2, data.find(b"c2pa.actions.v2")),
        "record": (b"rgb_sha256", 14, data.find(b"emofarm.provenance")),
        "data hash": (b"jumbf manifest", 4),
        "signature": (b"\xf6\x58\x40", 20),
        "certificate": (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70", 20),
    }
    if kind == "image/png":
        marks["pixels"] = (b"IDAT", 40)
        marks["XMP"] = (b"CreatorTool", 14)
    for name, (mark, distance, *start) in marks.items():
        place = data.index(mark, *start) + distance
        copy = bytearray(data)
        copy[place] ^= 1
        yield name, checksums(copy) if kind == "image/png" else bytes(copy)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    given = parser.parse_args()
    root = given.root or (None if given.files else HERE / "root.pem")
    for file in given.files or [HERE / f"signed.{ending}" for ending in ("png", "jpg", "webp")]:
        data, kind = file.read_bytes(), TYPES[file.suffix.lower()]
        line = f"{file.name}: {state(data, kind)}"
        assert state(data, kind) == "Valid", line
        if root:
            line += f"; with {root.name}: {state(data, kind, root)}"
            assert state(data, kind, root) == "Trusted", line
        copies = list(damaged(data, kind))
        for name, copy in copies:
            found = state(copy, kind)
            assert found == "Invalid" or found.startswith("error"), (file, name, found)
        print(f"{line}; {len(copies)} of {len(copies)} damaged copies refused")
        if shutil.which("exiftool"):
            tags = json.loads(subprocess.run(["exiftool", "-j", "-XMP:all", file], capture_output=True).stdout)[0]
            for tag in ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "AIPromptInformation"):
                if tag in tags:
                    print(f"    {tag}: {tags[tag]}")


if __name__ == "__main__":
    main()
