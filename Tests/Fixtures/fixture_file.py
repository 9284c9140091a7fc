"""Writes fixtures whose bytes depend on their contents alone."""
import json
import struct

from safetensors.torch import save_file


def save(tensors, path, metadata=None):
    """As safetensors' save_file, which orders the metadata differently in each process."""
    save_file(tensors, path, metadata)
    if metadata:
        order(path)


def order(path):
    """Sorts the metadata of a file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
