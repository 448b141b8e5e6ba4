"""What publishing costs: seconds and API requests with the hub, memory with a hostile artifact of a gigabyte.

python -m benchmarks.publishing
"""

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

GIGABYTE = 2**30
MEBIBYTE = 2**20

READER = """
import re, sys
from pathlib import Path
from gate.adapters.observation_store import ObservationArchive
from gate.errors import ObservationError
def kib(name):
    return re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
rest = kib("VmHWM")
told = "read"
if sys.argv[1]:
    try:
        ObservationArchive().packed(Path(sys.argv[1]))
    except ObservationError as error:
        told = error.message
print(rest, kib("VmHWM"), told, sep="\\t")
"""


def hostile(folder: Path) -> dict[str, Path]:
    """A gigabyte as it comes, a gigabyte when unpacked, and the most that is not refused for its size."""
    paths = {}
    raw = folder / "raw.zip"
    with raw.open("wb") as file:
        file.truncate(GIGABYTE)
    paths["1 GiB of bytes"] = raw
    for name, member in (("arrays", "arrays.npz"), ("words", "observations.json")):
        paths[f"1 GiB of {name}, packed"] = bomb(folder / f"{name}.zip", member)
    paths["the most words that are read"] = most(folder / "most.zip", words=True)
    paths["the most arrays that are read"] = most(folder / "most-arrays.zip", words=False)
    return paths


def bomb(path: Path, member: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if member != "observations.json":
            archive.write("reports/example/observations/observations.json", "observations.json")
        else:
            archive.writestr("arrays.npz", b"")
        with archive.open(member, "w", force_zip64=True) as file:
            for _ in range(GIGABYTE // MEBIBYTE):
                file.write(b"\0" * MEBIBYTE)
    return path


def most(path: Path, *, words: bool) -> Path:
    """Just below every cap."""
    from gate.adapters.observation_store.archive import MAX_ARRAYS, MAX_JSON  # noqa: PLC0415

    text = Path("reports/example/observations/observations.json").read_bytes()
    filler = b'"junk": [' + b"1," * 1_200_000 + b"1]," if words else b""
    text = text.replace(b"{", b"{" + filler, 1)[:MAX_JSON]
    inner = io.BytesIO()
    size = 1000 if words else MAX_ARRAYS - 4096
    with zipfile.ZipFile(inner, "w") as archive:
        head = b"{'descr': '<i8', 'fortran_order': False, 'shape': (%d,), }" % (size // 8)
        head += b" " * (-(len(head) + 11) % 64) + b"\n"
        body = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"\0" * (size // 8 * 8)
        archive.writestr("market0.time.npy", body)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("observations.json", text)
        archive.writestr("arrays.npz", inner.getvalue())
    return path


def memory() -> None:
    print("\n| hostile artifact | over resting | answer |\n|---|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, path in hostile(Path(folder)).items():
            done = subprocess.run((sys.executable, "-c", READER, str(path)), capture_output=True, text=True, check=True)
            rest, peak, told = done.stdout.strip().split("\t")
            print(f"| {name} | {(int(peak) - int(rest)) / 1024:.0f} MiB | {told[:90]} |")


def requests(times: int = 5) -> None:
    """One publish of each kind, from the event to the status, in a job that has the repository checked out."""
    from tests.hub import Hub  # noqa: PLC0415  only this part needs the hub
    from tests.published import FLICKERING, MENDED, observed, scene  # noqa: PLC0415

    print("\n| publish | seconds | API requests | of them writes | target: 8 |\n|---|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        zips = observed(Path(folder) / "observed")
        for round_ in range(times):
            with Hub(Path(folder) / f"hub-{round_}") as hub:
                it = scene(hub, zips, files=FLICKERING)
                line("first, BLOCK", it, "bad")
                it.push(MENDED)
                line("next head, PASS (its label is new here)", it, "good")
                it.push(FLICKERING)
                line("next head, BLOCK", it, "bad")
                hub.speaks_graphql = False
                it.push(MENDED)
                line("next head, PASS, a server without GraphQL", it, "good", most=None)


def line(name: str, it, kind: str, most: int | None = 8) -> None:
    run = it.run(kind)
    it.hub.log.clear()
    started = time.perf_counter()
    it.publish(run, nearby=lambda sha, path: it.repository.git.read(sha, path).decode())
    seconds = time.perf_counter() - started
    sent = [one for one in it.hub.log.requests() if not one.path.startswith("/_blobs/")]
    ok = "GitHub has it" if most is None else "ok" if len(sent) <= most else "MISSED"
    print(f"| {name} | {seconds:.2f} | {len(sent)} | {len([one for one in sent if one.is_write])} | {ok} |")


if __name__ == "__main__":
    memory()
    requests(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
