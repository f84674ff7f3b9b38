"""Fine-tuning with a fixed number of epochs, kept after each one: a run that was broken off goes on where it was."""

import json
import math
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf

import augment
import lite0
import settings
import weights


def _rate(peak, step, steps, s):
    """Linear warm-up, then a cosine down to the end's share."""
    warm = max(1, round(steps * s.warm_up))
    if step < warm:
        return peak * (step + 1) / warm
    along = (step - warm) / max(1, steps - warm)
    return peak * (s.rate_end + (1 - s.rate_end) * (1 + math.cos(math.pi * along)) / 2)


class Run:
    """One training: its model, its two optimisers (body and head learn at different rates), its place on the disk."""

    def __init__(self, folder, count, s, seed):
        self.folder, self.s, self.seed = pathlib.Path(folder), s, seed
        self.steps_per_epoch = math.ceil(count / s.batch)
        keras.utils.set_random_seed(seed)
        self.model = lite0.build(s.size, len(settings.LABELS), s.dropout)
        lite0.load(self.model, weights.imagenet())
        lite0.freeze(self.model, s.frozen_blocks)
        head = self.model.get_layer("logits").trainable_variables
        known = {id(v) for v in head}
        body = [v for v in self.model.trainable_variables if id(v) not in known]
        self.groups = []
        for variables, peak in ((body, s.rate_body), (head, s.rate_head)):
            optimizer = keras.optimizers.AdamW(peak, weight_decay=s.weight_decay)
            optimizer.exclude_from_weight_decay(var_list=[v for v in variables if len(v.shape) < 2])
            optimizer.build(variables)
            self.groups.append((optimizer, variables, peak))
        self.loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=s.label_smoothing)
        self.step = tf.function(self._step, reduce_retracing=True)

    def _step(self, images, truth, chance):
        with tf.GradientTape() as tape:
            logits = self.model(augment.augment(images, chance), training=True)["logits"]
            loss = self.loss(tf.one_hot(truth, len(settings.LABELS)), logits)
        every = [v for _, variables, _ in self.groups for v in variables]
        gradients = dict(zip(map(id, every), tape.gradient(loss, every)))
        for optimizer, variables, _ in self.groups:
            optimizer.apply([gradients[id(v)] for v in variables], variables)
        return loss

    def _epoch(self, pictures, epoch):
        s, steps = self.s, self.steps_per_epoch * self.s.epochs
        order = np.random.default_rng([self.seed, epoch]).permutation(len(pictures))
        chance = tf.random.Generator.from_seed(self.seed * 1000 + epoch)
        total = 0.0
        for i in range(self.steps_per_epoch):
            for optimizer, _, peak in self.groups:
                optimizer.learning_rate.assign(_rate(peak, epoch * self.steps_per_epoch + i, steps, s))
            part = order[i * s.batch : (i + 1) * s.batch]
            total += float(self.step(tf.constant(pictures.images[part]), tf.constant(pictures.truth[part]), chance)) * len(part)
        return total / len(pictures)

    def train(self, pictures, say):
        """Trains, or goes on, or takes over what is finished. say: a function for lines of progress."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = tf.train.Checkpoint(model=self.model, body=self.groups[0][0], head=self.groups[1][0], epoch=tf.Variable(0, dtype=tf.int64))
        manager = tf.train.CheckpointManager(kept, str(self.folder / f"checkpoint-{self.s.digest()}"), max_to_keep=1)
        if manager.latest_checkpoint:
            kept.restore(manager.latest_checkpoint).assert_existing_objects_matched().expect_partial()
        for epoch in range(int(kept.epoch), self.s.epochs):
            began = time.monotonic()
            loss = self._epoch(pictures, epoch)
            kept.epoch.assign(epoch + 1)
            manager.save()
            took = time.monotonic() - began
            line = {"run": self.folder.name, "epoch": epoch + 1, "of": self.s.epochs, "loss": round(loss, 4), "seconds": round(took, 1)}
            with open(self.folder / "log.jsonl", "a") as f:
                f.write(json.dumps(line) + "\n")
            say(f"{self.folder.name}: epoch {epoch + 1} of {self.s.epochs}, loss {loss:.4f}, {took:.0f} s, "
                f"{took * (self.s.epochs - epoch - 1) / 60:.0f} min left")
        return self.model


def predict(model, images, batch=32):
    """logits [N, labels] and features [N, 1280] of uint8 pictures."""
    parts = []
    for i in range(0, len(images), batch):
        parts.append({k: np.asarray(v) for k, v in model(lite0.normalise(images[i : i + batch]), training=False).items()})
    return tuple(np.concatenate([p[k] for p in parts]) for k in ("logits", "features"))
