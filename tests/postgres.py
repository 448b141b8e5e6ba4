"""A PostgreSQL of the test's own, on a Unix socket; installed where it is missing: a test of it is never left out."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PLACES = "/usr/lib/postgresql"
WAIT = ("-o", "DPkg::Lock::Timeout=300")
QUIET = "-c listen_addresses='' -c fsync=off -c max_connections=60 -c log_min_messages=panic"


class NotInstalledError(RuntimeError):
    """There is none, and none can be had."""


def programs():
    """The folder of `initdb` and `postgres`."""
    found = _installed()
    if found is None:
        sudo = () if os.geteuid() == 0 else ("sudo", "-n")
        for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "postgresql")):
            subprocess.run((*sudo, "apt-get", *WAIT, *words), capture_output=True, check=False)
        found = _installed()
    if found is None:
        raise NotInstalledError("postgresql is not installed, and apt-get cannot install it")
    return found


def _installed():
    newest = sorted(Path(PLACES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return newest[-1].parent if newest else Path(on_path).parent if on_path else None


@dataclass(kw_only=True)
class Postgres:
    """One server; a context."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="gate-pg-")))
    made: bool = False

    def __enter__(self):
        self.user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self.folder.chmod(0o755)
        try:
            self._run("initdb", "-D", self.data, "-A", "trust", "-U", "gate", "-N", "-E", "UTF8", "--locale=C")
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self):
        return self.folder / "data"

    def start(self):
        options = f"{QUIET} -c unix_socket_directories='{self.folder}'"
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "30", "-l", self.folder / "log", "-o", options, "start")

    def stop(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def freeze(self):
        """It accepts connections, and never answers: what a dying machine does."""
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def database(self, name):
        """The URL of a new database."""
        self._run("createdb", "-h", self.folder, "-U", "gate", name)
        return self.url(name)

    def emptied(self):
        """The URL of the one database that tests share, without what the test before left: a new one costs more."""
        url = self.url("shared")
        if not self.made:
            self.made = bool(self.database("shared"))
        self.query("shared", "DROP TABLE IF EXISTS gate_history, gate_history_schema")
        return url

    def url(self, name):
        return f"postgresql+psycopg://gate@/{name}?host={self.folder}"

    def query(self, name, sql):
        return self._run("psql", "-h", self.folder, "-U", "gate", "-d", name, "-Atc", sql)

    def _signal(self, number):
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)

    def _run(self, program, *words):
        as_user = {"user": self.user, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [programs() / program, *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "psql" else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
            **as_user,
        )
        return (done.stdout or "").strip()
