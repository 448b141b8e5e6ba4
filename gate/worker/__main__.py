"""Where the worker starts: its modules become a package of a name of their own, off the model's import path.

A folder that is run by its path stands first on that path; there a model's own `model` or `bars` would find ours.
"""

import importlib
import importlib.util
import os
import sys

NAME = "gate_worker"


def main() -> None:
    """Serve until the gate closes its end."""
    here = os.path.dirname(os.path.abspath(__file__))
    del sys.path[0]
    spec = importlib.util.spec_from_file_location(
        NAME, os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 (the file lies beside this one)
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    importlib.import_module(NAME + ".session").serve(int(sys.argv[1]))


if __name__ == "__main__":
    main()
