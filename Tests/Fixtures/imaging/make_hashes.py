"""Writes perceptual-hashes.txt: `imagehash.phash` of pictures in the repository and of parts of them.

Requires imagehash 4.3.2 and Pillow. A line holds the picture's path below Tests/Fixtures, the part (left, top, right,
bottom), and the hash. The picture "waves" is computed here and in PerceptualHashTests.
"""

from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

here = Path(__file__).parent
names = [
    "waves", "pictures/source.png", "imaging/rgb.png", "imaging/full.jpg", "imaging/palette.png", "imaging/sources/gray.jpg",
]

y, x = np.mgrid[0:211, 0:317]
waves = np.stack([x * x // 97 + y, (x + 3) * y // 61, (x - 150) ** 2 // 83 + y * y // 59], axis=-1)
waves = Image.fromarray((waves % 256).astype(np.uint8))


def phash(image):
    gray = image.convert("L")
    # Widths first, as all versions of Pillow before 13 resize; 13 starts with the heights if they shrink much more.
    gray = gray.resize((32, gray.height), Image.Resampling.LANCZOS).resize((32, 32), Image.Resampling.LANCZOS)
    return imagehash.phash(gray)


lines = []
for name in names:
    image = waves if name == "waves" else Image.open(here.parent / name).convert("RGB")
    width, height = image.size
    parts = [
        (0, 0, width, height), (0, 0, width // 2, height), (width // 3, height // 4, width, height),
        (1, 2, width - 3, height - 5),
    ]
    lines += [f"{name} {','.join(map(str, part))} {phash(image.crop(part))}" for part in parts]
(here / "perceptual-hashes.txt").write_text("\n".join(lines) + "\n")
