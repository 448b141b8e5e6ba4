"""Two at once: one wins, as on GitHub."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from github import GithubException


def outcomes(call, number=8):
    def once(_):
        try:
            call()
        except GithubException as refused:
            return refused.status
        return 201

    with ThreadPoolExecutor(number) as pool:
        return sorted(pool.map(once, range(number)))


def test_of_many_who_create_a_branch_one_wins(github, feature):
    assert outcomes(lambda: github.create_git_ref("refs/heads/lock", feature)) == [201] + [422] * 7


def test_of_many_who_open_a_pull_request_one_wins(github, feature):
    call = lambda: github.create_pull(base="main", head="feature", title="One")  # noqa: E731
    assert outcomes(call) == [201] + [422] * 7


def test_processes_that_start_together_install_once(tmp_path):
    """An empty cache, and three who need what npm must bring first."""
    program = (
        "import sys; from pathlib import Path; from tests.hub import npm; npm.CACHE = Path(sys.argv[1]);"
        "from tests.hub.events import MEMBER, PACKAGE, VERSION;"
        "print(npm.member_of(PACKAGE, VERSION, MEMBER).stat().st_size)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "cache")], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    sizes = {one.communicate()[0] for one in running}
    assert len(sizes) == 1
    assert int(sizes.pop()) > 1_000_000
