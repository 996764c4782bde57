import asyncio
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chatbot import checkup
from chatbot.checkup import Finding
from chatbot.database import Database
from tests.open_shop import OpenShop, shop_settings, write_content
from tests.spoiling_proxy import Faults, spoiling_proxy


class Disk(NamedTuple):
    total: int
    used: int
    free: int


def only(check: checkup.Check, folder: Path, **changes: Any) -> Finding:
    (finding,) = check(shop_settings(folder, **changes))
    return finding


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_a_machine_before_its_first_start_is_well_and_left_as_it_was(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    before = sorted(tmp_path.rglob("*"))
    settings = shop_settings(tmp_path, port=0)
    findings = [finding for _, check in checkup.checks() for finding in check(settings)]
    assert [finding for finding in findings if finding.state == "bad"] == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_serving_machine_is_well(shop: OpenShop) -> None:
    findings = {finding.subject: finding for _, check in checkup.checks() for finding in check(shop.house.settings)}
    assert [finding for finding in findings.values() if finding.state == "bad"] == []
    assert "this program serves there already" in findings["port"].found
    assert findings["index"].found.startswith("version ")
    assert "whole" in findings["database"].found
    assert "only its owner may read it" in findings["secrets"].found


def test_an_old_python_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "OLDEST_PYTHON", (4, 0))
    assert only(checkup.python, tmp_path).remedy == "install Python 4.0 or newer and run `make setup` again"


def test_a_wish_for_a_gpu_that_is_not_there_is_bad(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert "CHATBOT_DEVICE=auto" in only(checkup.torch, tmp_path, device="cuda").remedy


def test_a_data_folder_below_a_file_is_bad(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    finding = only(checkup.data_folder, tmp_path, data=tmp_path / "data" / "deeper")
    assert (finding.state, "is no folder" in finding.found) == ("bad", True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_may_not_be_written_is_bad(tmp_path: Path, data: Path) -> None:
    data.chmod(0o500)
    assert "CHATBOT_DATA" in only(checkup.data_folder, tmp_path).remedy


@pytest.mark.parametrize(("free", "state"), [(50 * 10**6, "bad"), (500 * 10**6, "note"), (5 * 10**9, "good")])
def test_a_full_disk_is_bad_and_a_nearly_full_one_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**12, 0, free))
    findings = list(checkup.disk(shop_settings(tmp_path)))
    assert [finding.state for finding in findings] == [state, state]
    assert all(("CHATBOT_" in finding.remedy) == (state != "good") for finding in findings)


def test_secrets_that_others_may_read_are_bad(tmp_path: Path, data: Path) -> None:
    path = data / "secrets.json"
    path.write_text("{}")
    path.chmod(0o644)
    finding = only(checkup.secrets, tmp_path)
    assert (finding.state, finding.remedy) == ("bad", f"chmod 600 {path}")
    path.chmod(0o600)
    assert only(checkup.secrets, tmp_path).state == "good"


def test_rows_that_cannot_be_used_are_noted_with_the_first(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    note, good = checkup.content(shop_settings(tmp_path))
    assert (note.state, good.state) == ("note", "good")
    assert "products.csv" in note.found
    assert good.found.startswith("3 products, 4 FAQ entries")


def test_a_folder_without_content_is_bad(tmp_path: Path) -> None:
    assert only(checkup.content, tmp_path).state == "bad"
    (tmp_path / "content").mkdir()
    assert "CHATBOT_CONTENT" in only(checkup.content, tmp_path).remedy


def test_weights_that_are_not_fetched_are_noted(tmp_path: Path) -> None:
    findings = list(checkup.models(shop_settings(tmp_path, engine="local", encoder="auto")))
    assert [finding.state for finding in findings] == ["note", "note", "good"]
    assert findings[0].remedy == "run `chatbot models fetch`"


def test_a_model_folder_that_holds_no_model_is_bad(tmp_path: Path) -> None:
    findings = list(checkup.models(shop_settings(tmp_path, engine="local", model=str(tmp_path))))
    assert (findings[0].state, "config.json" in findings[0].found) == ("bad", True)


def test_a_remote_server_is_asked_for_the_model(tmp_path: Path) -> None:
    remote = {"engine": "remote", "remote_model": "large", "remote_key": "secret"}
    answers = {
        "/v1/models": (200, '{"data": [{"id": "large"}, {"id": "small"}]}'),
        "/other/models": (200, '["large"]'),
        "/no/models": (401, ""),
    }
    with spoiling_proxy("http://127.0.0.1:1", Faults(answers=answers)) as url:
        states = [list(checkup.models(shop_settings(tmp_path, remote_url=f"{url}/v1", **remote)))[-1]]
        states += [list(checkup.models(shop_settings(tmp_path, remote_url=f"{url}/{path}", **remote)))[-1] for path in ("other", "no")]
        missing = list(checkup.models(shop_settings(tmp_path, remote_url=f"{url}/v1", **(remote | {"remote_model": "huge"}))))[-1]
    assert [finding.state for finding in states] == ["good", "bad", "bad"]
    assert missing.remedy == "set CHATBOT_REMOTE_MODEL to one of: large, small"


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1/v1", "not a url", "ftp://there"])
def test_a_remote_server_that_cannot_be_reached_is_bad(tmp_path: Path, url: str) -> None:
    finding = list(checkup.models(shop_settings(tmp_path, engine="remote", remote_url=url, remote_model="m")))[-1]
    assert (finding.state, "CHATBOT_REMOTE_URL" in finding.remedy) == ("bad", True)


@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(b"harm"), Path.unlink])
def test_a_harmed_index_is_bad_and_says_how_to_mend_it(shop: OpenShop, tmp_path: Path, data: Path, harm: Callable[[Path], object]) -> None:
    shutil.copytree(shop.folder / "data" / "index", data / "index")
    assert only(checkup.index, tmp_path).state == "good"
    harm(max((path for path in data.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size))
    finding = only(checkup.index, tmp_path)
    assert (finding.state, "chatbot index build" in finding.remedy) == ("bad", True)


def make_database(path: Path) -> None:
    async def make() -> None:
        database = await Database.open(f"sqlite:///{path}")
        await database.close()

    asyncio.run(make())


def test_a_database_that_rests_is_looked_at(tmp_path: Path, data: Path) -> None:
    make_database(data / "chat.db")
    before = sorted(path.name for path in data.iterdir())
    assert only(checkup.database, tmp_path).state == "good"
    assert sorted(path.name for path in data.iterdir()) == before


def test_a_database_that_is_being_written_is_looked_at(tmp_path: Path, data: Path) -> None:
    make_database(data / "chat.db")
    writer = sqlite3.connect(data / "chat.db", isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        assert only(checkup.database, tmp_path).state == "good"
    finally:
        writer.close()


def test_a_harmed_database_is_bad_and_says_how_to_mend_it(tmp_path: Path, data: Path) -> None:
    make_database(data / "chat.db")
    whole = (data / "chat.db").read_bytes()
    (data / "chat.db").write_bytes(whole[:4096] + bytes(range(256)) * ((len(whole) - 4096) // 256))
    finding = only(checkup.database, tmp_path)
    assert (finding.state, ".recover" in finding.remedy) == ("bad", True)
    (data / "chat.db").write_bytes(b"no database at all" * 100)
    assert only(checkup.database, tmp_path).state == "bad"


def test_a_database_server_that_cannot_be_reached_is_bad_and_its_password_is_not_shown(tmp_path: Path) -> None:
    finding = only(checkup.database, tmp_path, database_url="postgresql://shop:hunter2@127.0.0.1:1/chat")
    assert (finding.state, "CHATBOT_DATABASE_URL" in finding.remedy) == ("bad", True)
    assert "hunter2" not in finding.found
    assert only(checkup.database, tmp_path, database_url="not a url").state == "bad"


def test_an_origin_that_is_none_is_bad_and_no_origin_a_note(tmp_path: Path) -> None:
    assert only(checkup.origins, tmp_path, allowed_origins=["shop.example"]).state == "bad"
    assert only(checkup.origins, tmp_path, allowed_origins=[]).state == "note"
    assert only(checkup.origins, tmp_path, allowed_origins=["https://shop.example"]).state == "good"


@pytest.mark.slow
def test_a_port_that_another_program_holds_is_bad(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        finding = only(checkup.port, tmp_path, port=other.getsockname()[1])
    assert (finding.state, "--port" in finding.remedy) == ("bad", True)
    assert only(checkup.port, tmp_path, port=0).state == "good"
