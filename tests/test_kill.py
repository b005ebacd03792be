"""Killing the process at any moment leaves a library that opens, is whole, and takes the files again."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_kills_at_random_moments_leave_a_whole_library():
    command = [sys.executable, "-m", "tests.kill", "7"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
