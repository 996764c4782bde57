import json
import os
import stat
from pathlib import Path

import pytest

from chatbot.errors import SettingsError
from chatbot.secrets_file import check_password, hash_password, load_secrets


def test_the_first_start_makes_secrets_that_only_their_owner_may_read(tmp_path: Path) -> None:
    data = tmp_path / "not yet" / "there"
    found, password = load_secrets(data)
    assert len(found.site_key) >= 10
    assert len(found.identity_secret) >= 48
    assert check_password(password, found.console_hash)
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in data.iterdir()] == ["secrets.json"]


def test_the_password_stands_nowhere_in_the_file(tmp_path: Path) -> None:
    _, password = load_secrets(tmp_path)
    assert len(password) >= 10
    assert password not in (tmp_path / "secrets.json").read_text()


def test_later_starts_find_the_same_secrets_and_tell_no_password(tmp_path: Path) -> None:
    first, _ = load_secrets(tmp_path)
    written = (tmp_path / "secrets.json").stat().st_mtime_ns
    again, password = load_secrets(tmp_path)
    assert (again, password) == (first, "")
    assert (tmp_path / "secrets.json").stat().st_mtime_ns == written


def test_two_shops_share_no_secret(tmp_path: Path) -> None:
    one, _ = load_secrets(tmp_path / "one")
    two, _ = load_secrets(tmp_path / "two")
    assert {one.site_key, one.identity_secret, one.console_hash}.isdisjoint({two.site_key, two.identity_secret, two.console_hash})


def test_a_site_key_and_a_password_of_the_settings_win(tmp_path: Path) -> None:
    before, _ = load_secrets(tmp_path)
    found, password = load_secrets(tmp_path, site_key="our-shop", console_password="chosen")
    assert (found.site_key, password) == ("our-shop", "")
    assert found.identity_secret == before.identity_secret
    assert check_password("chosen", found.console_hash)


def test_a_password_of_the_settings_is_kept_when_it_is_set_no_more(tmp_path: Path) -> None:
    load_secrets(tmp_path, console_password="chosen")
    found, password = load_secrets(tmp_path)
    assert password == ""
    assert check_password("chosen", found.console_hash)


@pytest.mark.parametrize("content", ["", "{", "[]", "17", '"text"', "\x00\x01"])
def test_a_file_that_is_not_ours_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"secrets\.json: expected the secrets this program wrote"):
        load_secrets(tmp_path)
    assert path.read_text() == content


def test_a_file_with_a_part_missing_gets_that_part(tmp_path: Path) -> None:
    before, _ = load_secrets(tmp_path)
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"site_key": before.site_key, "console_hash": before.console_hash}))
    found, password = load_secrets(tmp_path)
    assert (found.site_key, found.console_hash, password) == (before.site_key, before.console_hash, "")
    assert len(found.identity_secret) >= 48


def test_a_data_folder_that_is_a_file_is_an_error_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("I am a file")
    with pytest.raises(SettingsError, match="CHATBOT_DATA: expected a folder this program may write, got"):
        load_secrets(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_may_not_be_written_is_an_error_of_the_settings(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match="CHATBOT_DATA"):
        load_secrets(tmp_path)


def test_one_password_has_many_hashes_and_each_opens() -> None:
    one, two = hash_password("same"), hash_password("same")
    assert one != two
    assert check_password("same", one) and check_password("same", two)


@pytest.mark.parametrize("stored", ["", "scrypt", "scrypt$$", "scrypt$!!$!!", "md5$YQ==$YQ==", "a$b$c$d"])
def test_a_hash_that_is_none_opens_nothing(stored: str) -> None:
    assert not check_password("", stored)
    assert not check_password("same", stored)
