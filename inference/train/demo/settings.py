"""Every number of the recipe. A run is named by them: another number, another run, and what was trained before is not taken over."""

import dataclasses
import hashlib
import json

LABELS = ["nv", "mel", "sk"]  # in the order of the model's output


@dataclasses.dataclass(frozen=True)
class Settings:
    size: int = 224  # pixels, width and height of the input
    seed: int = 20261125
    folds: int = 5
    epochs: int = 10  # fixed: no stopping early, no picking by a validation set
    batch: int = 32
    frozen_blocks: int = 7  # of 16, and the stem: they keep what they learnt on ImageNet
    rate_body: float = 3e-4
    rate_head: float = 1e-3
    rate_end: float = 0.01  # the cosine ends at this share of the rate
    warm_up: float = 0.1  # share of all steps
    weight_decay: float = 0.02  # not on biases nor on batch normalisation
    label_smoothing: float = 0.1
    dropout: float = 0.2
    calibration_pictures: int = 300  # that int8 conversion takes its ranges from
    melanoma_sensitivity: float = 0.95  # that the threshold must reach on cross-validation
    directions: tuple = (16, 32, 64, 128)  # of the feature space, tried on one half of the unlike pictures
    false_alarms: float = 0.05  # share of dermoscopy that the check for unlike pictures may stop
    resamples: int = 2000  # of a bootstrap

    def digest(self):
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


FULL = Settings()
# The whole chain on a handful of pictures, for CI: it shows that each step works, and nothing of how well.
SMOKE = Settings(folds=2, epochs=2, batch=4, frozen_blocks=16, rate_head=2e-2, calibration_pictures=6, directions=(2, 4), resamples=50)
