"""Makes the images for the tests of Imaging: one scene in all colour types of PNG, and as resized by PIL."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

here = Path(__file__).parent
rng = np.random.default_rng(7)
y, x = np.mgrid[0:19, 0:23]
scene = np.stack([x * 11, y * 13, (x * y) % 251], axis=-1).astype(np.uint8)
scene[5:9, 4:15] = rng.integers(0, 256, (4, 11, 3))
rgb = Image.fromarray(scene)


def save_raw(name, depth, color, rows, interlace=0):
    """Encodes raw rows as PNG, for the types that PIL cannot write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 23, 19, depth, color, 0, 0, interlace)
    data = b"".join(b"\0" + row for row in rows)
    (here / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


texts = PngImagePlugin.PngInfo()
texts.add_text("Title", "caf\xe9")
texts.add_itxt("Comment", "\u5bcc\u58eb \U0001f5fb")
texts.add_text("Packed", "left out", zip=True)
rgb.save(here / "rgb.png", pnginfo=texts)
(here / "rgb.raw").write_bytes(rgb.tobytes())

rgba = rgb.convert("RGBA")
rgba.putalpha(Image.fromarray((x * 7).astype(np.uint8)))
rgba.save(here / "rgba.png")
rgb.convert("L").save(here / "gray.png")
(here / "gray.raw").write_bytes(rgb.convert("L").convert("RGB").tobytes())
rgb.convert("1").save(here / "bits.png")
(here / "bits.raw").write_bytes(rgb.convert("1").convert("RGB").tobytes())
palette = rgb.quantize(13)
palette.save(here / "palette.png", transparency=2)
(here / "palette.raw").write_bytes(palette.convert("RGB").tobytes())
wide = scene.astype(np.uint16) * 257
save_raw("rgb16.png", 16, 2, [row.astype(">u2").tobytes() for row in wide])
passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
woven = [row.tobytes() for top, left, down, right in passes for row in scene[top::down, left::right]]
save_raw("interlaced.png", 8, 2, woven, interlace=1)

for filter_name in "bilinear", "bicubic", "lanczos":
    for width, height in (7, 5), (23, 40), (41, 19), (60, 3):
        # Resize widths first, as all versions of PIL before 13 do; 13 starts with the heights if they shrink much more.
        method = getattr(Image.Resampling, filter_name.upper())
        resized = rgb.resize((width, 19), method).resize((width, height), method)
        (here / f"{filter_name}-{width}x{height}.raw").write_bytes(resized.tobytes())

# Every orientation, and both byte orders of Exif.
for orientation in range(1, 9):
    exif = Image.Exif()
    exif.endian = "<" if orientation % 2 else ">"
    exif[0x0112] = orientation
    rgb.save(here / f"turned-{orientation}.png", exif=exif)
    turned = ImageOps.exif_transpose(Image.open(here / f"turned-{orientation}.png"))
    (here / f"turned-{orientation}.raw").write_bytes(turned.tobytes())
exif = Image.Exif()
exif[0x0112] = 6
rgb.save(here / "turned.jpg", quality=95, subsampling=0, exif=exif)
turned = ImageOps.exif_transpose(Image.open(here / "turned.jpg"))
(here / "turned-jpg.raw").write_bytes(turned.tobytes())
