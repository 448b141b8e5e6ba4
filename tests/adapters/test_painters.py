import pytest

from gate.adapters.painters import PaintingProcesses
from gate.errors import GateError
from gate.report.charts import draw
from tests.report import records


def test_painters_draw_the_same_pictures_as_one_hand_would():
    series = records.series(2, 300)
    with PaintingProcesses() as painters:
        painters.get_ready()
        assert painters.draw(series) == dict(sorted(draw(series).items()))


def test_a_painter_that_died_is_one_line_and_no_process_is_left():
    with PaintingProcesses() as painters:
        painters.get_ready()
        painters._process.kill()
        with pytest.raises(GateError, match="the pictures cannot be drawn"):
            painters.draw(records.series(1, 300))
    assert painters._process.poll() is not None


def test_painters_import_nothing_from_the_folder_they_are_called_in(tmp_path, monkeypatch):
    (tmp_path / "pickle.py").write_text("raise SystemExit('a candidate was here')")
    monkeypatch.chdir(tmp_path)
    with PaintingProcesses() as painters:
        assert "regimes.png" in painters.draw(records.series(1, 300))
