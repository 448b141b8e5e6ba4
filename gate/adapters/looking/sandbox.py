"""Whether bubblewrap works on this machine, seen by trying it."""

import subprocess

_TRY = ("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "true")
SECONDS = 10


def why_no_sandbox() -> str:
    """Return why there is none; "" where it works."""
    try:
        done = subprocess.run(_TRY, capture_output=True, timeout=SECONDS, check=False, text=True, errors="replace")
    except FileNotFoundError:
        return "bubblewrap is not installed: the model runs without a sandbox"
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap does not work here: {type(error).__name__}"
    said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    return f"bubblewrap does not work here: {said[:160]}" if done.returncode else ""
