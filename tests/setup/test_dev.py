"""What follows an edit under `./run --dev`."""

from pmhub.embedded import dev


def test_an_edit_a_new_file_and_a_deleted_one_are_each_noticed_once(tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "CHECKOUT", tmp_path)
    folder = tmp_path / "projects" / "models"
    folder.mkdir(parents=True)
    sources = dev.Sources()
    file = folder / "new.py"
    for change in (file.touch, lambda: file.write_text("edited = True\n"), file.unlink):
        change()
        assert sources.have_changed()
        assert not sources.have_changed()


def test_other_files_make_nobody_start_again(tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "CHECKOUT", tmp_path)
    (tmp_path / "projects").mkdir()
    sources = dev.Sources()
    (tmp_path / "projects" / "notes.txt").touch()
    assert not sources.have_changed()
