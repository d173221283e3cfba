"""The trained model as a folder in the hub's layout (llava-hf)."""

import json
from pathlib import Path

from safetensors.torch import save_file

from demo import data, render, tokenizer
from demo.network import Llava, config


def save(model: Llava, folder: Path) -> None:
    """Write the model as the hub does."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder = tokenizer.load(data.TOKENIZER)
    image, end, begin = (
        encoder.token_to_id(t) for t in (tokenizer.IMAGE, tokenizer.END, tokenizer.BEGIN)
    )
    weights = {k: v.detach().half().cpu().contiguous() for k, v in model.state_dict().items()}
    part = folder / "model.safetensors.part"
    save_file(weights, str(part), metadata={"format": "pt"})
    part.replace(folder / "model.safetensors")
    assert image is not None and end is not None and begin is not None
    settings = config(tokenizer.VOCABULARY, image, end, begin)
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    encoder.save(str(folder / "tokenizer.json"))
    names = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokenizer.BEGIN,
        "eos_token": tokenizer.END,
        "unk_token": tokenizer.UNKNOWN,
        "pad_token": tokenizer.UNKNOWN,
        "add_bos_token": True,
        "model_max_length": 4096,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(names, indent=2) + "\n")
    side = {"height": render.SIZE, "width": render.SIZE}
    pictures = {
        "image_processor_type": "LlavaNextImageProcessor",
        "size": {"shortest_edge": render.SIZE},
        "crop_size": side,
        "image_mean": render.MEAN,
        "image_std": render.STD,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "resample": 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures, indent=2) + "\n")
