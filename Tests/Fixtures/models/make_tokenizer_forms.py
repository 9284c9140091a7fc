"""Makes tokenizer-forms.json with transformers' CLIPTokenizer: python make_tokenizer_forms.py, in this folder.

The vocabulary is the shipped model's; added tokens are declared in each form with all flags.
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
vocabulary = json.loads((shipped / "vocab.json").read_text())
first = len(vocabulary)


def added(content, **flags):
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, "special": False, **flags}


def decoder(*tokens):
    marks = {str(vocabulary[token]): added(token, special=True, normalized=False) for token in (begin, end)}
    return {**marks, **{str(first + number): token for number, token in enumerate(tokens)}}


strings = {"bos_token": begin, "eos_token": end, "unk_token": end, "pad_token": end, "model_max_length": 32}
flagged = [
    added("<Cat-Toy>"),
    added("<DOG>", normalized=False),
    added("<l>", lstrip=True),
    added("<r>", rstrip=True, normalized=False),
    added("<lr>", lstrip=True, rstrip=True),
    added("awe", single_word=True, normalized=False),
    added("Ünï", single_word=True),
    added("two  Words"),
    added("<cat", single_word=True, lstrip=True, rstrip=True),
    added("İ!", normalized=True),
]

# Each form: files by name; for tokenizer.json the tokens that are added to the one that transformers saves.
forms = {
    "added_tokens.json": {"added_tokens.json": {"<b>": first + 1, "<Cat-Toy>": first}},
    "added_tokens.json of a special token": {
        "added_tokens.json": {"<Pad>": first, "<x>": first + 1},
        "special_tokens_map.json": {**strings, "pad_token": "<Pad>", "additional_special_tokens": ["<x>", "<y>"]},
    },
    "flags": {"tokenizer_config.json": {**strings, "added_tokens_decoder": decoder(*flagged)}},
    "decoder over the other files": {
        "tokenizer_config.json": {**strings, "added_tokens_decoder": decoder(added("<b>"))},
        "added_tokens.json": {"<other>": first},
        "special_tokens_map.json": {"pad_token": "!"},
    },
    "additional": {"tokenizer_config.json": {**strings, "additional_special_tokens": ["<B>", "<a>"]}},
    "extra": {
        "tokenizer_config.json": {**strings, "extra_special_tokens": ["<a>", {"__type": "AddedToken", **added("<B>")}], "additional_special_tokens": ["<c>"]}
    },
    "named": {"tokenizer_config.json": {**strings, "pad_token": "<pad>", "mask_token": "<Mask>", "foo_token": "<foo>"}},
    "length": {"tokenizer_config.json": {**strings, "model_max_length": 1000000000000000019884624838656}},
    "tokenizer.json": {"tokenizer.json": None, "tokenizer_config.json": {**strings, "pad_token": "!"}},
    "tokenizer.json with added tokens": {"tokenizer.json": flagged, "tokenizer_config.json": strings},
    "tokenizer.json without a configuration": {"tokenizer.json": [added("<b>")]},
    "tokenizer.json and added_tokens.json": {
        "tokenizer.json": [added("<b>")],
        "added_tokens.json": {"<b>": first, "<DOG>": first + 1},
    },
    "extra with names": {
        "tokenizer_config.json": {**strings, "mask_token": "<Mask>", "extra_special_tokens": {"x_token": "<x>", "b_token": {"__type": "AddedToken", **added("<B>")}, "a": "<a>"}, "additional_special_tokens": ["<y>"]}
    },
}

pieces = [
    "a photo of ", "awe", "AWE", "awesome", " ", "  ", "\t", "\u00a0", "!", ",", "_", "é", "\u0301", "1", "٣", "\u200d", "-",
    "<cat-toy>", "<CAT-TOY>", "<dog>", "<DOG>", "<l>", "<L>", "<r>", "<R>", "<lr>", "<LR>", "ünï", "ÜNÏ", "u\u0308ni\u0308", "two words",
    "TWO  \n WORDS", "<cat", "<CAT", "İ!", "i\u0307!", "<a>", "<A>", "<b>", "<B>", "<c>", "<x>", "<X>", "<y>", "<pad>", "<Pad>",
    "<mask>", "<Mask>", "<foo>", "<other>", begin, end, end.upper(), "amusement", "東京", "😀",
]

cases = []
for number, (name, files) in enumerate(forms.items()):
    folder = Path(tempfile.mkdtemp())
    for file in ["vocab.json", "merges.txt"]:
        shutil.copy(shipped / file, folder)
    written = {}
    for file, content in files.items():
        if file == "tokenizer.json":
            made = CLIPTokenizer.from_pretrained(folder)
            saved = Path(tempfile.mkdtemp())
            made.save_pretrained(saved)
            content = json.loads((saved / file).read_text())
            for token in files[file] or []:
                content["added_tokens"].append({"id": first + len(content["added_tokens"]) - 2, **token})
            # The test puts the vocabulary and the merges back.
            written[file] = json.dumps(
                {**content, "model": {**content["model"], "vocab": {}, "merges": []}}, ensure_ascii=True
            )
            for old in ["vocab.json", "merges.txt"]:
                (folder / old).unlink()
        else:
            written[file] = json.dumps(content, ensure_ascii=True)
        (folder / file).write_text(json.dumps(content))
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    generator = random.Random(number)
    texts = pieces + ["".join(generator.choice(pieces) for _ in range(generator.randint(2, 7))) for _ in range(50)]
    cases.append(
        {
            "name": name,
            "files": written,
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
(here / "tokenizer-forms.json").write_text(f"[\n{lines}\n]\n")
