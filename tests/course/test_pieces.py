"""An exercise that is made of earlier ones: whose pieces it is built with, and what is said of them."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fakes import COUNTDOWN, CommandTest  # noqa: E402

INTERLEAVE = "exercises/01-future/interleave.hpp"
INTERVAL = "exercises/04-sleep/interval.hpp"


class Pieces(CommandTest):
    def setUp(self):
        super().setUp()
        manifest = self.repository.root / "course" / "course.json"
        data = json.loads(manifest.read_text(encoding="utf-8"))
        data["lessons"][1]["exercises"][0]["pieces"] = ["01-future/countdown", "01-future/interleave"]
        manifest.write_text(json.dumps(data), encoding="utf-8")
        self.repository.write(INTERVAL, "PASS")

    def header(self, name: str) -> str:
        """What <pieces/NAME> forwards to."""
        return (self.repository.root / "build" / "default" / "pieces" / name).read_text(encoding="utf-8")

    def test_what_is_not_solved_is_ours(self):
        done = self.learn("test", "interval")
        self.assertIn("  ours   01-future/countdown (not solved yet: ./learn test 01-future/countdown)\n", done.stdout)
        self.assertIn("It passes with 0 of 2 pieces of yours.", done.stdout)
        self.assertIn(f'#include "{self.repository.root}/solutions/01-future/countdown.hpp"', self.header("countdown.hpp"))

    def test_what_passes_is_yours(self):
        self.repository.write(COUNTDOWN, "PASS")
        done = self.learn("test", "interval")
        self.assertIn("  yours  01-future/countdown\n  ours   01-future/interleave", done.stdout)
        self.assertIn("It passes with 1 of 2 pieces of yours.", done.stdout)
        self.assertIn(f'#include "{self.repository.root}/{COUNTDOWN}"', self.header("countdown.hpp"))
        self.assertIn("#define mine mine_countdown\n", self.header("countdown.hpp"))
        self.assertIn("/solutions/01-future/interleave.hpp", self.header("interleave.hpp"))

    def test_all_of_it_is_yours(self):
        for path in (COUNTDOWN, INTERLEAVE):
            self.repository.write(path, "PASS")
        self.assertIn("Every piece of it is yours", self.learn("test", "interval").stdout)
        self.repository.write(INTERVAL, "FAIL")
        done = self.learn("test", "interval", status=1)
        self.assertIn("  yours  01-future/interleave", done.stdout)
        self.assertNotIn("Every piece of it is yours", done.stdout)

    def test_what_passed_once_and_fails_now_is_ours_again(self):
        for word, place in (("PASS", "exercises"), ("ERROR", "solutions"), ("HANG", "solutions"), ("PASS", "exercises")):
            self.repository.write(COUNTDOWN, word)
            self.learn("test", "interval", KETTLE_TEST_LIMIT="0.7")
            self.assertIn(f"/{place}/01-future/countdown.hpp", self.header("countdown.hpp"))

    def test_a_starter_is_not_even_built(self):
        self.repository.commit()
        self.learn("test", "interval")
        self.assertNotIn("countdown", self.repository.log)

    def test_a_header_that_stays_the_same_is_not_touched(self):
        self.learn("test", "interval")
        header = self.repository.root / "build" / "default" / "pieces" / "countdown.hpp"
        before = header.stat().st_mtime_ns
        self.learn("test", "interval")
        self.assertEqual(header.stat().st_mtime_ns, before)

    def test_json_and_other_exercises(self):
        self.repository.write(COUNTDOWN, "PASS")
        data = json.loads(self.learn("test", "interval", "--json").stdout)
        self.assertEqual(data["tests"][0]["pieces"], [{"exercise": "01-future/countdown", "yours": True},
                                                      {"exercise": "01-future/interleave", "yours": False}])
        self.assertNotIn("pieces:", self.learn("test", "countdown").stdout)
        self.assertNotIn("pieces:", self.learn("test", "interval", "--solution").stdout)

    def test_a_piece_that_is_no_earlier_exercise(self):
        manifest = self.repository.root / "course" / "course.json"
        text = manifest.read_text(encoding="utf-8")
        for wrong in ("01-future/count", "04-sleep/interval"):
            manifest.write_text(text.replace('"pieces": ["01-future/countdown"', f'"pieces": ["{wrong}"'), encoding="utf-8")
            self.assertIn(f'made of "{wrong}", which is no earlier exercise',
                          " ".join(self.learn("list", status=2).stderr.split()))


if __name__ == "__main__":
    unittest.main()
