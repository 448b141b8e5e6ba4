"""A candidate that attacks the gate, through the real gate: the right verdict, nothing taken, nothing left behind.

Every attack is made in a sandbox and, as far as it can hold there (docs/sandbox.md says how far), without one. What an
attack gets hold of it raises, so that a candidate which passes has found nothing.
"""

import hashlib
import os
import secrets
import socket
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

import gate
from tests import bubblewrap

TOKEN = "ghs_" + secrets.token_hex(18)
GATE = Path(gate.__file__).parent

CONFIG = """
[data]
sources = ["bars.csv"]
[model]
factory = "detector:Detector"
[baseline]
path = "v1"
[candidate]
path = "v2"
[run]
train = 80
test = 10
windows = 2
seeds = 1
context = 40
timeout = 4
call_timeout = 2
give_up = 1
jobs = 2
[timing]
calls = 3
pairs_min = 1
pairs_max = 1
identical = 0
[calibration]
enabled = false
[limits]
cpu = { blocking = false }
memory = { blocking = false }
strategy_performance = { blocking = false }
informativeness = { blocking = false }
[sandbox]
level = "LEVEL"
memory = 1.0
disk = 0.02
processes = 64
"""

HONEST = """
import numpy as np

class Detector:
    def __init__(self, random_state=0):
        self.cut = 0.0
    def fit(self, x):
        self.cut = np.quantile(x[:, 1], 0.75)
    def predict(self, x):
        return (x[:, 1] > self.cut).astype(int)
    def predict_proba(self, x):
        return np.where(Detector.predict(self, x)[:, None] == np.arange(2), 0.96, 0.04)
"""

ATTACKER = '''
import ctypes, glob, json, os, signal, socket, struct, subprocess, sys, time, zlib
from pathlib import Path
import numpy as np
from honest import Detector as Honest

FOLDER = {folder!r}
HOME = {home!r}
PORT = {port}

def refuse(found):
    if found:
        raise RuntimeError("FOUND " + str(found))

def forge(body):
    """A frame on every pipe."""
    for fd in range(1, 30):
        try:
            if "pipe" in os.readlink("/proc/self/fd/%d" % fd):
                os.set_blocking(fd, False)
                os.write(fd, struct.pack(">I", len(body)) + body)
        except OSError:
            pass

def attack():
{attack}

class Detector(Honest):
    def fit(self, x):
        attack()
        return super().fit(x)
    def predict(self, x):
        {predict}
        return super().predict(x)
'''

READS = """
    refuse([name for name, value in os.environ.items() if TOKEN_PART in value or "GITHUB" in name or "AWS" in name])
"""

SNOOPS = """
    refuse([name for name in ("/root", HOME, FOLDER) for name in glob.glob(name + "/*") if name != FOLDER + "/v2"])
    for name in ("/root/.ssh", HOME + "/.ssh/id_rsa", FOLDER + "/gate.toml", FOLDER + "/v1/detector.py"):
        refuse(os.path.exists(name) and name)
    for name in glob.glob("/proc/[0-9]*/environ") + ["/proc/1/environ", "/proc/%d/environ" % os.getppid()]:
        try:
            said = Path(name).read_bytes()
        except OSError:
            continue
        refuse(TOKEN_PART.encode() in said and name)
    refuse([p for p in glob.glob("/proc/[0-9]*/cmdline") if b"-m\\0gate" in Path(p).read_bytes()])
"""

CALLS_HOME = """
    for address in (("127.0.0.1", PORT), ("192.0.2.1", 80), ("8.8.8.8", 53)):
        try:
            socket.create_connection(address, timeout=0.3).close()
            refuse(address)
        except OSError:
            pass
"""

FORGES = """
    print("PASS", flush=True)
    print("PASS", file=sys.stderr, flush=True)
    verdict = '{"verdict": "PASS"}'
    for place in (FOLDER + "/out", FOLDER, FOLDER + "/out/observations", os.getcwd(), "/tmp"):
        for name in ("verdict.json", "observations.json", "arrays.npz"):
            try:
                os.makedirs(place, exist_ok=True)
                Path(place, name).write_text(verdict)
            except OSError:
                pass
    import builtins, math
    np.isfinite = lambda x, *a, **k: np.ones(np.shape(x), dtype=bool)
    np.isnan = lambda x, *a, **k: np.zeros(np.shape(x), dtype=bool)
    np.max = np.ptp = lambda *a, **k: 1.0
    math.isfinite = lambda x: True
    builtins.print = lambda *a, **k: None
    time.process_time = time.perf_counter = time.monotonic = lambda: 0.0
    global LABEL
    LABEL = "flicker"
"""

TAMPERS = """
    import gate_worker
    mine = os.path.dirname(gate_worker.__file__)
    places = [FOLDER + "/v1", FOLDER + "/v1/__pycache__", FOLDER + "/v2", FOLDER + "/.cache", mine,
              os.path.dirname(np.__file__),
              os.path.dirname(os.__file__), os.path.dirname(sys.executable)]
    for place in places:
        if not os.path.exists(place):
            continue
        for name in ("detector.py", "honest.py", "planted.pth", "__init__.py"):
            try:
                with open(place + "/" + name, "a") as file:
                    file.write("# tampered")
                refuse(place)
            except OSError:
                pass
        for act in (os.symlink, os.link, os.rename, lambda a, place: os.makedirs(place)):
            try:
                act("/etc/passwd", place + "/planted")
                refuse(place)
            except OSError:
                pass
        try:
            subprocess.run(["mount", "-o", "remount,rw", place], capture_output=True)
        except OSError:
            pass
"""

KILLS = """
    for pid in {os.getppid(), 1, *(int(p[6:]) for p in glob.glob("/proc/[0-9]*"))} - {os.getpid()}:
        for act in (lambda: os.kill(pid, signal.SIGKILL), lambda: open("/proc/%d/mem" % pid, "r+b").write(b"x")):
            try:
                act()
            except OSError:
                pass
        ctypes.CDLL(None).ptrace(16, pid, 0, 0)
"""

KILLS_PARENT = """
    os.kill(os.getppid(), signal.SIGKILL)
"""

OUTLIVES = """
    if os.fork() == 0:
        os.setsid()
        os.environ.clear()
        if os.fork() == 0:
            for fd in range(30):
                try: os.close(fd)
                except OSError: pass
            time.sleep(600)
        os._exit(0)
    {wiped}
"""

FORKS = """
    for _ in range({forks}):
        try:
            if os.fork() == 0:
                time.sleep(600)
        except OSError:
            pass
    time.sleep(600)
"""

FILLS = """
    block = b"x" * 2**20
    for place in ("/tmp", "/dev/shm", os.getcwd(), HOME, "/", "/dev", "/run", "/var/tmp"):
        for number in range(64):
            try:
                with open(place + "/filled-%d" % number, "wb") as file:
                    for _ in range(64):
                        file.write(block)
            except OSError:
                break
    written = sum(os.stat(name).st_size for name in glob.glob("/tmp/filled-*") + glob.glob("/dev/shm/filled-*"))
    refuse(written > 2 * 0.02 * 2**30 and written)
    raise OSError("full")
"""

FILLS_ONE = """
    with open("/tmp/gate-test-filled", "wb") as file:
        os.unlink("/tmp/gate-test-filled")
        for _ in range(64):
            file.write(b"x" * 2**20)
    refuse("64 MiB in one file")
"""

ANOTHER_RUN = """
    forge(json.dumps({"answers": [{"labels": [0, 0, 0], "posterior": [1.0, 0.0], "rows": 0}], "role": "baseline",
                      "symbol": "bars", "seed": 7, "joined": 0, "pid": 1}).encode())
"""

HARMFUL = {
    "loops": "    while True: pass",
    "4 GB": "    self_made = np.ones(2**29)",
    "huge frame": "    import gate_worker.wire as w; w.json.dumps = lambda said: ' ' * (17 * 2**20)",
    "malformed frames": "    forge(b'{\"answers\": [')",
    "no frame at all": "    os.write(1, b'x'); forge(b''); os.write(1, b'\\xff' * 64)\n    os._exit(0)",
    "another run's frame": ANOTHER_RUN,
    "kills its group": "    os.killpg(0, signal.SIGKILL)",
}
"""Never a pass, at any level."""

ALSO_WITHOUT = [("off", attack) for attack in ("loops", "4 GB", "another run's frame")]
"""The others: tests/adapters/runner/test_deaths.py."""

FLICKER = "return np.full(len(x), int(1e6 * abs(x[-1, 0])) % 2) if 'LABEL' in globals() else super().predict(x)"
WRONG_LENGTH = "return np.zeros(len(x) + 3, dtype=int)"


def tree(*folders):
    """Hash of every file's path and content; Python's caches of the gate's own code are none of its files."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and not (folder == GATE and "__pycache__" in path.parts):
                digest.update(str(path).encode() + path.read_bytes())
            elif path.is_symlink() or not path.is_dir():
                digest.update(str(path).encode())
    return digest.hexdigest()


def left(folder):
    """Processes that work in a folder, in whatever namespace."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.cwd():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture(scope="session", autouse=True)
def _bubblewrap():
    bubblewrap.ready()


@pytest.fixture
def listener(socket_enabled):
    """A server on loopback: (port, connections so far)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = []

        def listen():
            while True:
                try:
                    seen.append(server.accept())
                except OSError:
                    return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], seen
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


class Arena:
    """A repository with an honest baseline and a candidate that attacks."""

    def __init__(self, repository, port, monkeypatch):
        self.repository = repository
        self.folder = repository.folder
        self.port = port
        self.home = self.folder / "home"
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh" / "id_rsa").write_text(TOKEN)
        for name in (
            "GITHUB_TOKEN",
            "ACTIONS_RUNTIME_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
        ):
            monkeypatch.setenv(name, TOKEN)
        monkeypatch.setenv("HOME", str(self.home))

    def judge(self, level, attack, predict="pass", **filled):
        """Run the gate, and see what holds after every attack: no process, no token, no connection."""
        for version in ("v1", "v2"):
            (self.folder / version).mkdir()
            (self.folder / version / "detector.py").write_text(HONEST)
        filled = {"wiped": "pass", "forks": 300, **filled}
        for name, value in filled.items():
            attack = attack.replace("{" + name + "}", str(value))
        source = ATTACKER.replace("{attack}", attack or "    pass").replace("{predict}", predict)
        source = source.replace("TOKEN_PART", repr(TOKEN[4:]))
        for name in ("folder", "home", "port"):
            source = source.replace("{" + name + "!r}", repr(str(getattr(self, name))))
            source = source.replace("{" + name + "}", str(getattr(self, name)))
        (self.folder / "v2" / "honest.py").write_text(HONEST)
        (self.folder / "v2" / "detector.py").write_text(textwrap.dedent(source))
        (self.folder / "gate.toml").write_text(CONFIG.replace("LEVEL", level))
        self.before = self.tree()
        done = self.repository.run("--quick", "--quiet")
        deadline = time.monotonic() + 10  # a killed gate can end nobody: they end as they find its pipe closed
        while left(self.folder) and done.code < 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left(self.folder)
        for path in (self.folder / "out").rglob("*"):
            assert not path.is_file() or TOKEN[4:].encode() not in path.read_bytes()
        assert TOKEN[4:] not in done.out + done.err
        return done

    def tree(self):
        """What no candidate may change."""
        return tree(GATE, self.folder / "v1", self.folder / "v2", self.home)


@pytest.fixture
def arena(repository, listener, monkeypatch):
    return Arena(repository, listener[0], monkeypatch)


LEVELS = ["required", "off"]


def why(done):
    return done.out + done.err + str([(j["metric"], j["sentence"]) for j in done.verdict["judgements"]])


@pytest.mark.parametrize(("level", "attack"), [("required", attack) for attack in HARMFUL] + ALSO_WITHOUT)
def test_what_harms_never_passes(level, attack, arena):
    done = arena.judge(level, HARMFUL[attack])
    assert (done.code, done.verdict["verdict"]) == (1, "BLOCK"), why(done)
    assert arena.tree() == arena.before


@pytest.mark.parametrize("level", LEVELS)
def test_answers_of_the_wrong_length_never_pass(level, arena):
    done = arena.judge(level, "    pass", WRONG_LENGTH)
    assert (done.code, done.verdict["verdict"]) == (1, "BLOCK"), why(done)


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_regressed_model_prints_writes_and_patches_changes_nothing(level, arena):
    done = arena.judge(level, FORGES, FLICKER)
    assert done.code == (1 if level == "required" else pytest.approx(1.5, abs=0.5)), why(done)
    if level == "required":
        assert done.verdict["verdict"] == "BLOCK"
        assert done.judgement("regime_change_rate")["outcome"] == "FAIL"
        assert arena.tree() == arena.before


def test_in_a_sandbox_an_attack_is_as_if_it_had_not_been_made(arena, listener):
    done = arena.judge("required", READS + SNOOPS + CALLS_HOME + TAMPERS + OUTLIVES)
    assert (done.code, done.verdict["verdict"]) == (0, "PASS"), why(done)
    assert done.verdict["environment"]["sandbox"].startswith("bubblewrap")
    assert arena.tree() == arena.before
    assert not listener[1]


def test_in_a_sandbox_a_model_can_kill_and_trace_itself_alone(arena):
    done = arena.judge("required", KILLS + KILLS_PARENT)
    assert (done.code, done.verdict["verdict"]) in ((1, "BLOCK"), (3, "INCONCLUSIVE")), why(done)
    assert arena.tree() == arena.before


def test_in_a_sandbox_processes_are_few_however_many_are_asked_for(arena):
    most = []
    watch = threading.Event()

    def count():
        while not watch.wait(0.2):
            most.append(len(left(arena.folder / "v2")))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        done = arena.judge("required", FORKS, forks=3000)
    finally:
        watch.set()
        thread.join()
    assert (done.code, done.verdict["verdict"]) == (1, "BLOCK"), why(done)
    assert max(most) < 3 * 64  # two runs at once, and what holds them


def test_in_a_sandbox_no_disk_is_filled(arena):
    done = arena.judge("required", FILLS)
    assert (done.code, done.verdict["verdict"]) == (1, "BLOCK"), why(done)
    assert "FOUND" not in why(done)
    assert arena.tree() == arena.before


# ------------------------------------------------------------------ what holds without a sandbox


def test_without_a_sandbox_environment_and_leftovers_are_safe_still(arena):
    done = arena.judge("off", READS + OUTLIVES.replace("os.environ.clear()", "pass"))
    assert (done.code, done.verdict["verdict"]) == (0, "PASS"), why(done)
    assert done.verdict["environment"]["sandbox"].startswith("none: switched off by policy")
    assert "No sandbox" in (arena.folder / "out" / "report.md").read_text()


def test_without_a_sandbox_a_killed_gate_is_no_pass(arena):
    assert arena.judge("off", KILLS_PARENT).code in (1, -9)


def test_without_a_sandbox_many_processes_end_all_the_same(arena):
    done = arena.judge("off", FORKS, forks=100)  # as root nobody stops them, so there are no more
    assert (done.code, done.verdict["verdict"]) == (1, "BLOCK"), why(done)


def test_without_a_sandbox_one_file_is_capped(arena):
    done = arena.judge("off", FILLS_ONE)
    assert (done.code, done.verdict["verdict"]) == (1, "BLOCK"), why(done)
    assert "FOUND" not in why(done)


# ------------------------------------------------------------------ the policy


def test_what_is_required_and_missing_is_the_gates_error_with_advice(arena, monkeypatch, tmp_path):
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("git", "sh", "prlimit", "choom", "setpriv"):
        found = next((Path(p, name) for p in os.environ["PATH"].split(":") if Path(p, name).exists()), None)
        if found is not None:
            (bare / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(bare))
    done = arena.judge("required", "    pass")
    assert done.code == 4
    assert 'level = "required", and there is none: bubblewrap is not installed' in done.err
    assert "apt-get install bubblewrap" in done.err
    assert not (arena.folder / "out" / "verdict.json").exists()
