"""Makes tokenizer-cases.json with transformers' CLIPTokenizer: python make_tokenizer.py, in this folder.

The vocabulary is the shipped model's; the special tokens are declared as in published models.
"""

import json
import random
import shutil
import tempfile
from pathlib import Path

from transformers import CLIPTokenizer

here = Path(__file__).parent
shipped = here.parents[2] / "config/models/tiny/tokenizer"
begin, end = "<|startoftext|>", "<|endoftext|>"


def added(content, **flags):
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **flags}


def typed(content):
    return {"__type": "AddedToken", **added(content)}


objects = {"bos_token": added(begin), "eos_token": added(end), "unk_token": added(end)}
strings = {"bos_token": begin, "eos_token": end, "unk_token": end}
vocabulary = json.loads((shipped / "vocab.json").read_text())
decoder = {str(vocabulary[token]): added(token, special=True) for token in (begin, end)}
filler = {str(vocabulary["!"]): added("!", normalized=False)}
published = {
    "model_max_length": 77,
    "pad_token": end,
    "bos_token": typed(begin),
    "eos_token": typed(end),
    "unk_token": typed(end),
}
declarations = {
    "strings": ({**strings, "pad_token": end, "model_max_length": 32}, {**strings, "pad_token": end}),
    "stable diffusion 1": (published, {**objects, "pad_token": end}),
    "stable diffusion 2": (published, {**objects, "pad_token": "!"}),
    "stable diffusion xl": (
        {**strings, "pad_token": "!", "added_tokens_decoder": {**filler, **decoder}},
        {**objects, "pad_token": "!"},
    ),
    "decoder over map": ({**strings, "pad_token": end, "added_tokens_decoder": decoder}, {"pad_token": "!"}),
    "no map": ({"pad_token": "!", "model_max_length": 48}, None),
}

pieces = [
    "a", "an image of ", "amusement", "EXCITEMENT", "don't", "we're", "I'LL", "they've", "'s", "'d", "'m", "''", "it's'", "--'s",
    " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u0085", "\u200b", "\u2028", "\x00", "\x1c", "\x7f", "\ufeff",
    "0", "1234", "3.14", "²", "½", "Ⅻ", "٣", "१२", "!", "!!", "?!", "...", "…", "a-b_c", "#tag", "@x", "<", "<|", "|>", "|",
    begin, end, begin.upper(), end.upper(), "<|EndOfText|>", "<|endoftext", "endoftext|>", "<|end oftext|>", "!" + end, end + "!!",
    "café", "cafe\u0301", "naïve", "ÀÉ", "A\u030a", "\u212b", "İstanbul", "ß", "ẞ", "ΣΑΣ", "ὈΔΥΣΣΕΎΣ", "ﬁne", "Ǆ", "\u0149",
    "東京", "感情", "こんにちは", "がぎ", "か\u3099", "한국", "\u1112\u1161\u11ab", "กำ", "हिन्दी", "עִברִית", "العربية", "ℝ", "𝔸", "𐐀",
    "😀", "👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "❤️", "1️⃣", "©", "™", "→", "∑", "€", "£5", "“quoted”", "‘t", "’s", "«", "—", "̈", "a\u0323\u0307",
]


def random_text(generator):
    return "".join(generator.choice(pieces) for _ in range(generator.randint(0, 7)))


cases = []
for number, (name, (config, token_map)) in enumerate(declarations.items()):
    folder = Path(tempfile.mkdtemp())
    for file in ["vocab.json", "merges.txt"]:
        shutil.copy(shipped / file, folder)
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer", **config}))
    if token_map is not None:
        (folder / "special_tokens_map.json").write_text(json.dumps(token_map))
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    generator = random.Random(number)
    texts = (pieces if number in (0, 2) else []) + [random_text(generator) for _ in range(150)]
    cases.append(
        {
            "name": name,
            "config": json.dumps(config),
            "map": None if token_map is None else json.dumps(token_map),
            "begin": tokenizer.bos_token_id,
            "end": tokenizer.eos_token_id,
            "pad": tokenizer.pad_token_id,
            "length": min(tokenizer.model_max_length, 77),
            "texts": texts,
            "ids": [tokenizer(text, add_special_tokens=False).input_ids for text in texts],
        }
    )
    shutil.rmtree(folder)

lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
(here / "tokenizer-cases.json").write_text(f"[\n{lines}\n]\n")
