"""Makes pictures in the forms that people have, and what diffusers' img2img makes of them, for the tests of Imaging.

    python Tests/Fixtures/imaging/make_sources.py

sources/NAME.png, sources/NAME.jpg
    one scene with transparency, as a palette with a transparent colour, in shades of gray with and without
    transparency, turned by Exif, in CMYK, and with 16 bits
sources/FILE.raw
    the RGB bytes that `load_image` and `VaeImageProcessor.preprocess` (24 x 16 pixels) make of it, before the pixels
    are scaled to -1 ... 1. PIL clips 16-bit gray at 255 instead of scaling it, so gray16 is made from the 8-bit scene.
"""

from pathlib import Path

import numpy as np
from diffusers.image_processor import VaeImageProcessor
from diffusers.utils import load_image
from PIL import Image

here = Path(__file__).parent / "sources"
here.mkdir(exist_ok=True)
y, x = np.mgrid[0:30, 0:40]
scene = np.stack([x * 6, y * 8, 128 + 100 * np.sin(x / 5) * np.cos(y / 7)], axis=-1).astype(np.uint8)
scene[8:16, 10:25] = [250, 30, 60]
rgb = Image.fromarray(scene)
gray = rgb.convert("L")
alpha = Image.fromarray((x * 6).astype(np.uint8))
exif = Image.Exif()
exif[0x0112] = 6

rgba = rgb.copy()
rgba.putalpha(alpha)
rgba.save(here / "rgba.png")
palette = rgb.quantize(13)
palette.save(here / "palette.png", transparency=2)
gray.save(here / "gray.png")
with_alpha = gray.copy()
with_alpha.putalpha(alpha)
with_alpha.save(here / "gray-alpha.png")
Image.fromarray(np.asarray(gray).astype(np.uint16) * 257).save(here / "gray16.png")
rgb.save(here / "turned.jpg", quality=92, subsampling=0, exif=exif)
rgb.convert("CMYK").save(here / "cmyk.jpg", quality=92)
gray.save(here / "gray.jpg", quality=92)

processor = VaeImageProcessor(vae_scale_factor=8)
for file in sorted([*here.glob("*.png"), *here.glob("*.jpg")]):
    picture = load_image(str(here / "gray.png" if file.name == "gray16.png" else file))
    # Widths first, as all versions of PIL before 13 do; 13 starts with the heights if they shrink much more.
    picture = processor.resize(picture, height=picture.height, width=24)
    pixels = processor.preprocess(picture, height=16, width=24)
    assert pixels.shape == (1, 3, 16, 24)
    levels = ((pixels[0].permute(1, 2, 0).numpy() + 1) * 127.5).round().astype(np.uint8)
    (here / f"{file.name}.raw").write_bytes(levels.tobytes())
