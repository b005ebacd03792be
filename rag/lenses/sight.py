"""A model that sees: pictures and words as vectors of one space.

CLIP (Radford et al. 2021, arXiv:2103.00020) and its kin: any model that transformers loads and that
has both kinds of vector; experimental, its quality not measured. Knows no library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from torch import Tensor
from transformers import AutoModel, AutoProcessor
from transformers.utils.logging import disable_progress_bar

from rag.errors import MissingWeights
from rag.lenses.space import unit
from rag.load.pictures import Pixels
from rag.settings import Settings
from rag.types import Vectors
from rag.weights import image_model_folder, loading, model_name, on_model_thread, pick_device, use_threads


class Sight:
    """Loads at construction; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Raise MissingWeights where no model is set, or it cannot be loaded, or does not see and read."""
        folder = image_model_folder(settings)
        use_threads(settings)
        disable_progress_bar()  # type: ignore[no-untyped-call]
        self.name = model_name(settings.image_model, folder)
        self._device = pick_device(settings)
        with loading(folder):
            self._processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False)  # type: ignore[no-untyped-call]
            self._model = AutoModel.from_pretrained(folder, use_safetensors=True, trust_remote_code=False)
        towers = ("get_text_features", "get_image_features")
        parts = ("tokenizer", "image_processor")
        if not all(hasattr(self._model, one) for one in towers) or not all(
            hasattr(self._processor, part) for part in parts
        ):
            raise MissingWeights(
                f"{settings.image_model} has no vectors of pictures and words in one space. Choose a model "
                "such as CLIP or SigLIP for RAG_IMAGE_MODEL."
            )
        self._model.eval().to(self._device)

    def of_words(self, texts: Sequence[str], /) -> Vectors:
        """Return shape (len(texts), dimension); a longer text than the model reads is cut."""
        read = self._model.config.text_config.max_position_embeddings
        # Filled up to the longest: SigLIP learned so, and CLIP takes no notice of what follows the text.
        given = self._processor(
            text=list(texts), return_tensors="pt", padding="max_length", truncation=True, max_length=read
        )
        return on_model_thread(partial(self._vectors, "get_text_features", given))

    def of_pictures(self, pictures: Sequence[Pixels], /) -> Vectors:
        """Return shape (len(pictures), dimension)."""
        given = self._processor(images=list(pictures), return_tensors="pt", input_data_format="channels_last")
        return on_model_thread(partial(self._vectors, "get_image_features", given))

    def _vectors(self, tower: str, given: Mapping[str, Tensor]) -> Vectors:
        made = getattr(self._model, tower)(**{name: part.to(self._device) for name, part in given.items()})
        # Newer transformers wrap the vectors together with what led to them.
        rows = made if isinstance(made, Tensor) else made.pooler_output
        return unit(np.asarray(rows.float().cpu().numpy()))
