"""Makes the JPEGs for the tests of Imaging, in all colour spaces that PIL can write, and PIL's pixels of each."""

from pathlib import Path

import numpy as np
from PIL import Image

here = Path(__file__).parent
y, x = np.mgrid[0:37, 0:45]
scene = np.stack([x * 5, y * 6, 128 + 100 * np.sin(x / 5) * np.cos(y / 7)], axis=-1).astype(np.uint8)
scene[10:20, 15:30] = [250, 30, 60]
rgb = Image.fromarray(scene)
(here / "scene-jpg.raw").write_bytes(rgb.tobytes())


def save(name, image, **options):
    image.save(here / f"{name}.jpg", **options)
    decoded = Image.open(here / f"{name}.jpg").convert("RGB")
    (here / f"{name}-jpg.raw").write_bytes(decoded.tobytes())


save("full", rgb, quality=92, subsampling=0, optimize=True)
save("quarter", rgb, quality=75, subsampling=2, optimize=True)
save("half", rgb, quality=85, subsampling=1)
save("progressive", rgb, quality=80, progressive=True)
save("restart", rgb, quality=80, restart_marker_blocks=2)
save("keep-rgb", rgb, quality=90, keep_rgb=True)
save("gray", rgb.convert("L"), quality=90)
save("cmyk", rgb.convert("CMYK"), quality=90)
