"""./learn update on a clone whose starters changed where it came from; and reset, which needs the starters too."""

import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fakes import COUNTDOWN, CommandTest  # noqa: E402

INTERLEAVE, INTERVAL = "exercises/01-future/interleave.hpp", "exercises/04-sleep/interval.hpp"
OLD = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
NEW = OLD.replace("two", "TWO, as it is now")
BEGUN = OLD.replace("six", "six, and my own")
CONFLICT = OLD.replace("two", "my own two")


class Update(CommandTest):
    def setUp(self):
        super().setUp()
        for path in (COUNTDOWN, INTERLEAVE, INTERVAL):
            self.repository.write(path, OLD)
        self.repository.write(".gitignore", ".learn/\nbuild/\n__pycache__/\n")
        self.repository.commit()
        self.origin = Path(self.repository.temporary) / "origin"
        self.git("clone", "-q", str(self.repository.root), str(self.origin), cwd="/")
        self.git("remote", "add", "origin", str(self.origin))
        self.git("fetch", "-q", "origin")
        self.git("branch", "-q", "--set-upstream-to", f"origin/{self.git('branch', '--show-current').strip()}")
        self.learn("next")  # any command by which the tool gets to know the starters
        self.learn("reset", "countdown")

    def git(self, *arguments, cwd=None):
        return subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True,
                              cwd=cwd or self.repository.root, stdout=subprocess.PIPE, encoding="utf-8").stdout

    def change(self, paths=(COUNTDOWN, INTERLEAVE, INTERVAL), text=NEW, **files):
        """Somebody changes starters, and other files, where the course comes from."""
        for path in paths:
            (self.origin / path).write_text(text, encoding="utf-8")
        for name, content in files.items():
            (self.origin / name).write_text(content, encoding="utf-8")
        self.git("add", ".", cwd=self.origin)
        self.git("commit", "-qm", "newer", cwd=self.origin)

    def text(self, path):
        return (self.repository.root / path).read_text(encoding="utf-8")

    def backups(self):
        folder = self.repository.root / ".learn" / "backups"
        return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.hpp")}

    def test_edited_untouched_and_deleted(self):
        self.repository.write(COUNTDOWN, BEGUN)
        (self.repository.root / INTERVAL).unlink()
        self.change(chapter="new")
        done = self.learn("update")
        self.assertEqual(self.text(COUNTDOWN), NEW.replace("six", "six, and my own"))
        self.assertEqual((self.text(INTERLEAVE), self.text(INTERVAL), self.text("chapter")), (NEW, NEW, "new"))
        for words in (f"{COUNTDOWN}: what changed in the starter is merged into yours", f"{INTERLEAVE}: the new starter",
                      f"{INTERVAL}: it was not there", "Your files as they were: .learn/backups/", "up to date with"):
            self.assertIn(" ".join(words.split()), " ".join(done.stdout.split()))
        self.assertEqual(self.backups()["countdown.hpp"], BEGUN)
        self.assertIn("Everything is up to date.", self.learn("update").stdout)
        self.assertEqual(self.git("status", "--porcelain").split(), ["M", COUNTDOWN])

    def test_a_conflict_is_shown_and_yours_stays(self):
        self.repository.write(COUNTDOWN, CONFLICT)
        self.change(chapter="new")
        done = self.learn("update", status=1)
        self.assertEqual((self.text(COUNTDOWN), self.text(INTERLEAVE), self.text("chapter")), (CONFLICT, NEW, "new"))
        for words in ("Yours stays as it is", "  <<<<<<< yours\n  my own two\n", "  >>>>>>> starter as it is",
                      ".learn/conflicts/01-future/countdown.hpp"):
            self.assertIn(" ".join(words.split()), " ".join(done.stdout.split()))
        self.learn("update", status=1)  # it does not forget
        self.repository.write(COUNTDOWN, NEW.replace("six", "six, and my own"))
        self.learn("update")
        self.learn("reset", "countdown")
        self.assertEqual(self.text(COUNTDOWN), NEW)

    def test_after_a_git_pull(self):
        self.repository.write(COUNTDOWN, BEGUN)
        self.learn("test", "countdown")  # the stand-in passes what it does not know; what matters: the edit was seen
        self.git("commit", "-qam", "mine")
        self.change()
        self.git("-c", "pull.rebase=false", "pull", "-q", "--no-edit")
        self.learn("update", "--no-fetch")
        self.assertEqual(self.text(COUNTDOWN), NEW.replace("six", "six, and my own"))
        self.learn("reset", "countdown")
        self.assertEqual(self.text(COUNTDOWN), NEW)

    def test_work_that_is_committed_is_no_starter(self):
        self.repository.write(COUNTDOWN, BEGUN)
        self.learn("goto", "countdown")
        self.learn("update")
        self.git("commit", "-qam", "mine")
        self.learn("update")
        self.learn("reset", "countdown")
        self.assertEqual(self.text(COUNTDOWN), OLD)
        self.assertEqual(self.backups()["countdown.hpp"], BEGUN)

    def test_a_change_that_git_refuses_changes_nothing(self):
        self.repository.write(COUNTDOWN, BEGUN)
        self.repository.write("chapter", "mine, and git does not know it")
        self.change(paths=(INTERVAL,), chapter="new")
        done = self.learn("update", status=2)
        self.assertIn("chapter", done.stderr)
        self.assertEqual((self.text(COUNTDOWN), self.text("chapter")), (BEGUN, "mine, and git does not know it"))

    def test_an_update_that_was_cut_off(self):
        self.repository.write(".learn/update.json", '{"%s": "what I wrote"}' % COUNTDOWN)
        self.learn("update")
        self.assertEqual(self.text(COUNTDOWN), "what I wrote")
        self.assertFalse((self.repository.root / ".learn/update.json").exists())

    def test_no_repository_and_no_such_branch(self):
        self.assertIn("git knows no commit", self.learn("update", "--from", "nowhere", status=2).stderr)
        self.git("branch", "-m", "other")
        (self.repository.root / ".git").rename(self.repository.root / "gone")
        self.assertIn("no git repository", self.learn("update", status=2).stderr)
        self.assertIn("is the starter again", self.learn("reset", "countdown").stdout)  # the copy is enough


class Reset(CommandTest):
    def setUp(self):
        super().setUp()
        self.repository.commit()

    def test_one(self):
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        done = self.learn("reset", "countdown").stdout
        self.assertEqual((self.repository.root / COUNTDOWN).read_text(encoding="utf-8"), "FAIL")
        copy = self.repository.root / done.split("What you wrote is in\n")[1].strip()
        self.assertEqual(copy.read_text(encoding="utf-8"), "PASS")
        self.assertEqual(self.done(), [])

    def test_all(self):
        for path in (COUNTDOWN, INTERLEAVE):
            self.repository.write(path, "PASS")
        done = self.learn("reset", "--all").stdout
        self.assertEqual(done.count("is the starter again"), 2)
        self.assertEqual(done.count("/exercises/01-future/"), 2)
        self.assertIn("Every file was the starter already", self.learn("reset", "--all").stdout)

    def test_wrong_usage_and_no_starter(self):
        self.assertIn("reset --all", self.learn("reset", status=2).stderr)
        self.assertIn("reset --all", self.learn("reset", "countdown", "--all", status=2).stderr)
        (self.repository.root / ".git").rename(self.repository.root / "gone")
        self.assertIn("Nobody knows the starter", self.learn("reset", "countdown", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
