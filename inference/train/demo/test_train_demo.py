"""Tests of the training's parts on a handful of pictures.  python -m unittest discover -s inference/train/demo"""

import dataclasses
import pickle
import tempfile
import unittest

import numpy as np
import tensorflow as tf

import augment
import card
import choose
import convert
import crossval
import figures
import fit
import lite0
import pictures
import residual
import settings
import unlike
import weights

S = settings.SMOKE


def blots(count, seed=1):
    """Pictures with a blot each: uint8 [count, 224, 224, 3]."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[: S.size, : S.size] - S.size / 2
    out = np.empty((count, S.size, S.size, 3), np.uint8)
    for i in range(count):
        inside = np.hypot(x - chance.uniform(-40, 40), y - chance.uniform(-40, 40)) < chance.uniform(20, 60)
        out[i] = np.where(inside[..., None], chance.uniform(20, 120, 3), (220, 180, 160)) + chance.uniform(0, 12, (S.size, S.size, 1))
    return out


class Figures(unittest.TestCase):
    def test_auc_by_hand(self):
        truth = np.array([True, True, False, False])
        self.assertEqual(figures.auc(np.array([4, 3, 2, 1]), truth), 1)
        self.assertEqual(figures.auc(np.array([1, 1, 1, 1]), truth), 0.5)
        self.assertEqual(figures.auc(np.array([4, 1, 3, 2]), truth), 0.5)
        self.assertEqual(figures.auc(np.array([3, 2, 2, 1]), truth), 0.875)  # one tie of four pairs

    def test_auc_interval_holds_the_value(self):
        chance = np.random.default_rng(3)
        truth = np.arange(200) < 60
        score = truth + chance.normal(0, 1, 200)
        told = figures.auc_interval(score, truth, 200, 1)
        self.assertLess(told["low"], told["value"])
        self.assertLess(told["value"], told["high"])
        self.assertEqual(told, figures.auc_interval(score, truth, 200, 1))

    def test_wilson_by_the_book(self):
        told = figures.share(59, 59)  # no miss among 59
        self.assertEqual((told["value"], told["high"]), (1, 1))
        self.assertAlmostEqual(told["low"], 0.9389, 4)

    def test_temperature_is_found_again(self):
        chance = np.random.default_rng(5)
        logits = chance.normal(0, 2, (4000, 3))
        truth = np.array([chance.choice(3, p=p) for p in figures.softmax(logits, 1.7)])
        self.assertAlmostEqual(figures.temperature(logits, truth), 1.7, delta=0.15)

    def test_threshold_lies_between_two_scores_and_finds_what_is_wanted(self):
        probability, truth = np.linspace(0.01, 1, 100), np.arange(100) >= 50
        for wanted in (0.9, 0.95, 1.0):
            threshold = figures.sensitive(probability, truth, wanted)
            self.assertGreaterEqual((probability[truth] >= threshold).mean(), wanted)
            self.assertGreater(np.abs(probability - threshold).min(), 0.004)
        self.assertLess(figures.sensitive(probability, truth, 1.0), probability[truth].min())


class Weights(unittest.TestCase):
    def test_a_pickle_that_wants_more_is_refused(self):
        class Evil:
            def __reduce__(self):
                return (print, ("run",))

        with self.assertRaises(pickle.UnpicklingError):
            weights.read(pickle.dumps(Evil()) * 4)

    def test_the_network_keeps_what_imagenet_taught(self):
        model = lite0.build(S.size, 3, 0.2)
        before = model.get_layer("head").get_weights()[0].copy()
        lite0.load(model, weights.imagenet())
        self.assertFalse(np.array_equal(before, model.get_layer("head").get_weights()[0]))
        lite0.freeze(model, 7)
        frozen = {layer.name for layer in model.layers if layer.weights and not layer.trainable}
        self.assertIn("stem", frozen)
        self.assertIn("block6_project", frozen)
        self.assertNotIn("block7_project", frozen)
        _, features = fit.predict(model, blots(2))
        self.assertEqual(features.shape, (2, lite0.FEATURES))
        self.assertFalse(np.allclose(features[0], features[1]))


    def test_statistics_of_imagenet_are_kept_in_training_and_scale_and_shift_learn(self):
        run = fit.Run(tempfile.mkdtemp(), 4, dataclasses.replace(S, dropout=0.0, frozen_blocks=7), 1)
        x = lite0.normalise(blots(4))
        asked = {training: np.asarray(run.model(x, training=training)["logits"]) for training in (True, False)}
        np.testing.assert_allclose(asked[True], asked[False], atol=1e-5)
        layer = run.model.get_layer("block12_bn1")
        before = [w.copy() for w in layer.get_weights()]
        run.step(tf.constant(blots(4)), tf.constant([0, 1, 2, 0]), tf.random.Generator.from_seed(1))
        scale, shift, mean, variance = (not np.array_equal(a, b) for a, b in zip(before, layer.get_weights()))
        self.assertEqual((scale, shift, mean, variance), (True, True, False, False))


class Pictures(unittest.TestCase):
    def test_folds_are_even_and_keep_like_pictures_together(self):
        images = blots(24)
        images[1] = images[0]
        truth = np.array([i % 3 for i in range(24)])
        truth[1] = truth[0]
        p = pictures.Pictures([str(i) for i in range(24)], [str(i) for i in range(24)], truth, images)
        fold = pictures.folds(p, 4, 7)
        self.assertEqual(fold[0], fold[1])
        self.assertEqual(fold.min(), 0)
        for label in range(3):
            counts = np.bincount(fold[truth == label], minlength=4)
            self.assertLessEqual(counts.max() - counts.min(), 2)
        np.testing.assert_array_equal(fold, pictures.folds(p, 4, 7))

    def test_a_wrong_table_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(SystemExit, "labels.csv is not there"):
                pictures.rows(folder, "train")
            with open(folder + "/labels.csv", "w") as f:
                f.write("split,image_id,path,dx\ntrain,a,a.jpg,bcc\n")
            with self.assertRaisesRegex(SystemExit, "dx of a is 'bcc'"):
                pictures.rows(folder, "train")
            with self.assertRaisesRegex(SystemExit, "no picture in split 'val'"):
                pictures.rows(folder, "val")

    def test_augmented_pictures_stay_pictures(self):
        images = blots(8)
        made = np.asarray(augment.augment(tf.constant(images), tf.random.Generator.from_seed(1)))
        self.assertEqual(made.shape, images.shape)
        self.assertTrue(np.isfinite(made).all())
        self.assertGreaterEqual(made.min(), -127 / 128)
        self.assertLessEqual(made.max(), 1)
        again = np.asarray(augment.augment(tf.constant(images), tf.random.Generator.from_seed(1)))
        np.testing.assert_array_equal(made, again)
        self.assertGreater(np.abs(made - lite0.normalise(images)).mean(), 0.02)

    def test_unlike_pictures_have_halves_that_share_no_photograph(self):
        halves = {}
        for i, (name, parts) in enumerate(unlike.photographs()):
            self.assertEqual(len(parts), 5)
            halves[name] = i % 2
        self.assertGreater(sum(halves.values()), 5)
        self.assertGreater(len(halves) - sum(halves.values()), 5)


class Unlike(unittest.TestCase):
    def test_what_was_trained_on_scores_one_and_what_lies_outside_scores_high(self):
        chance = np.random.default_rng(1)
        features = 10 + 0.3 * chance.normal(0, 1, (300, 4)) @ chance.normal(0, 1, (4, 40)) + chance.normal(0, 0.02, (300, 40))
        check = residual.Residual(features, 4)
        self.assertAlmostEqual(float(check.score(features).mean()), 1, 4)
        self.assertGreater(check.score(features[:1] + chance.normal(0, 3, (1, 40)))[0], 100)
        blank = features[:1] / 50  # as a picture without structure: the same shares of little, and no features at all
        np.testing.assert_allclose(check.score(blank), check.score(features[:1]), rtol=1e-6)
        self.assertEqual(len(check.bytes()), 4 * (40 + 4 * 40 + 1))
        np.testing.assert_allclose(check.basis @ check.basis.T, np.eye(4), atol=1e-5)

    def test_limit_stops_the_wanted_share(self):
        scores = np.arange(1000) / 1000
        self.assertAlmostEqual((scores > choose.limit_of(scores, settings.FULL)).mean(), 0.05)


class Chain(unittest.TestCase):
    """Training, its resumption, both files and their answers, on twelve pictures."""

    def test_a_run_goes_on_and_its_files_answer_as_it_does(self):
        images, truth = blots(12), np.array([0, 1, 2] * 4)
        p = pictures.Pictures([str(i) for i in range(12)], [str(i) for i in range(12)], truth, images)
        with tempfile.TemporaryDirectory() as folder:
            lines = []
            fit.Run(folder, 12, S, 1).train(p, lines.append)
            self.assertEqual(len(lines), S.epochs)
            run = fit.Run(folder, 12, S, 1)
            run.train(p, lines.append)
            self.assertEqual(len(lines), S.epochs, "a finished run was trained again")
            made = crossval.files(run, p, S, images[:4])
            self.assertGreater(len(made["float"]), 3 * len(made["int8"]))
            want = fit.predict(run.model, images)[0]
            logits, features = convert.File(made["float"]).answers(images)
            np.testing.assert_allclose(logits, want, atol=1e-3)
            self.assertEqual(features.shape, (12, lite0.FEATURES))
            self.assertEqual(convert.File(made["int8"]).answers(images[:1])[0].shape, (1, 3))


class Card(unittest.TestCase):
    def test_every_place_of_the_template_is_filled(self):
        share = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 20}
        seen = {"auroc": 0.99, "caught": share}
        one = {
            "auc": dict.fromkeys(settings.LABELS, share), "temperature": 1.1, "thresholds": {"mel": 0.05}, "nll": {"before": 1, "after": 1},
            "ece": {"before": 1, "after": 1}, "at_threshold": {"sensitivity": share, "specificity": share},
            "unlike": {"directions": 32, "limit": 2, "report": seen, "kinds": {"noise": seen}, "false_alarms": share},
        }
        val = {"auc": one["auc"], "at_threshold": one["at_threshold"], "nll": 1, "ece": 1, "false_alarms": share}
        counts = dict.fromkeys(settings.LABELS, 4)
        results = {
            "settings": S.__dict__, "digest": S.digest(), "pictures": {"train": counts, "val": counts},
            "cross_validation": {"float": one, "int8": one}, "val": {"float": val, "int8": val}, "bytes": {"float": 1, "int8": 1},
            "milliseconds": {"float": 9.0, "int8": 4.0}, "shipped": "int8", "int8_moves_by": {"mean": 0.03, "most": 0.3, "n": 150},
        }
        text = card.text(results, "int8")
        self.assertNotRegex(text, r"[{}]")
        self.assertIn("not for clinical use", text)
        self.assertIn("0.900 (0.800 to 0.950; n = 20)", text)


if __name__ == "__main__":
    unittest.main()
