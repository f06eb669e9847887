"""Settings: where they come from, and what cannot be one."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.choices import Existing
from importer.errors import SettingError
from importer.service_address import safe_address
from importer.settings import SERVICE, Settings, read_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_defaults_are_what_the_service_publishes() -> None:
    settings = read_settings()
    assert settings.base_url == SERVICE
    assert (settings.writes_per_minute, settings.writes_per_day, settings.requests_per_minute) == (60, 5000, 120)
    assert (settings.concurrency, settings.min_interval, settings.settle) == (4, 0.1, 300)
    assert (settings.on_existing, settings.trust_env) == (Existing.SKIP, False)
    assert settings.read_timeout >= 120


def test_options_come_before_the_environment_and_that_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("IMPORTER_CONCURRENCY=2\nIMPORTER_SETTLE=20\nNEXUDUS_TOKEN=file\nOTHER=1\n")
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "3")
    monkeypatch.setenv("NEXUDUS_TOKEN", "environment")
    settings = read_settings({"concurrency": 5, "settle": None})
    assert (settings.concurrency, settings.settle) == (5, 20)
    assert settings.token is not None
    assert settings.token.get_secret_value() == "environment"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_only_names_of_ours_are_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = read_settings()
    for variable in (name, name.upper(), f"COURSE_{name.upper()}"):
        monkeypatch.setenv(variable, "1")  # Windows sets USERNAME, and many a build server TOKEN
    assert read_settings() == usual


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "PASSWORD", "TOTP"):
        monkeypatch.setenv(f"NEXUDUS_{name}", "seCret")
    assert "seCret" not in repr(read_settings()) + str(read_settings())


@pytest.mark.parametrize(
    ("option", "value", "name"),
    [
        ("concurrency", 0, "--concurrency"),
        ("concurrency", 257, "--concurrency"),
        ("writes_per_minute", -1, "--writes-per-minute"),
        ("min_interval", float("inf"), "--min-interval"),
        ("settle", float("nan"), "--settle"),
        ("course_id", 0, "--course-id"),
        ("course_id", 2**31, "--course-id"),
        ("course_id", "9" * 5000, "--course-id"),
        ("kind", "coworkers", "--kind"),
        ("encoding", "klingon", "--encoding"),
        ("encoding", "idna", "--encoding"),
        ("encoding", "rot13", "--encoding"),
        ("delimiter", ";;", "--delimiter"),
        ("delimiter", '"', "--delimiter"),
        ("on_existing", "perhaps", "--on-existing"),
        ("base_url", "http://example.com", "--base-url"),
    ],
)
def test_what_cannot_be_used_is_named(option: str, value: object, name: str) -> None:
    with pytest.raises(SettingError, match=f"{name} cannot be used: "):
        read_settings({option: value})


@pytest.mark.parametrize(
    "variable", ["IMPORTER_JSON", "IMPORTER_CONCURRENCY", "NEXUDUS_BASE_URL", "IMPORTER_TRUST_ENV"]
)
def test_a_variable_that_cannot_be_used_is_named_as_it_was_given(
    variable: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "perhaps")
    with pytest.raises(SettingError, match=f"^{variable} cannot be used: "):
        read_settings()


@pytest.mark.parametrize(
    "address", ["https://me:secret@example.com", "https://me:secret@ho℀st", "https://[me:secret]/", "https://me:secret"]
)
def test_a_secret_that_cannot_be_used_is_not_repeated(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUDUS_BASE_URL", address)
    with pytest.raises(SettingError) as error:
        read_settings()
    assert error.value.message == f"NEXUDUS_BASE_URL cannot be used: expected an address such as {SERVICE}."


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / ".env").write_bytes(b"NEXUDUS_TOKEN=\xff\xfe")
    with pytest.raises(SettingError, match=r"\.env"):
        read_settings()


@pytest.mark.parametrize(
    "address",
    [
        SERVICE,
        "https://spacesstaging.nexudus.com/",
        "http://127.0.0.1:8000",
        "http://localhost:8000/base",
        "http://[::1]:8000",
    ],
)
def test_addresses_that_protect_the_sign_in_are_taken(address: str) -> None:
    assert safe_address(f" {address} ") == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "spaces.nexudus.com",
        "ftp://spaces.nexudus.com",
        "http://spaces.nexudus.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost@example.com",
        "http://2130706433.example",
        "https://me:secret@example.com",
        "https://:secret@example.com",
        "https://example.com?a=b",
        "https://example.com#a",
        "https://example.com:99999",
        "https://example.com:port",
        "https://[::1",
        "https://exa mple.com",
        "https://exa\x00mple.com",
        "https://",
        "https://.",
        "https://..:8443/base",
        "https://[v1.a]",
        "https://[me:secret]",
        "https://me:secret@ho℀st",
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"^expected an address (such as|that begins with) https://"):
        safe_address(address)


@pytest.mark.parametrize("name", ["NEXUDUS_BASE_URL", "IMPORTER_BASE_URL"])
def test_a_file_in_the_folder_sends_the_sign_in_to_nobody_else(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "https://spaces.nexudus.com.example"
    (folder / ".env").write_text(f"{name}={other}\n")
    with pytest.raises(SettingError, match=r"\.env names https://spaces\.nexudus\.com\.example"):
        read_settings()
    assert read_settings({"base_url": other}).base_url == other
    monkeypatch.setenv(name.lower(), other)
    assert read_settings().base_url == other


@pytest.mark.parametrize("address", [SERVICE, "https://spacesstaging.nexudus.com", "http://127.0.0.1:8000"])
def test_a_file_in_the_folder_may_name_the_service_or_this_machine(address: str, folder: Path) -> None:
    (folder / ".env").write_text(f"NEXUDUS_BASE_URL={address}\n")
    assert read_settings().base_url == address


@pytest.mark.parametrize(
    ("address", "usual"),
    [
        ("https://Spaces.Nexudus.com:443/", SERVICE),
        ("HTTPS://spaces.nexudus.com.", SERVICE),
        ("http://LOCALHOST:80/base", "http://localhost/base"),
        ("https://one.example:8443", "https://one.example:8443"),
    ],
)
def test_one_service_has_one_address_however_it_is_written(address: str, usual: str) -> None:
    assert safe_address(address) == usual


@given(st.text() | st.from_regex(r"https?://[^\n]{0,20}"))
def test_no_address_does_more_than_being_refused(address: str) -> None:
    try:
        safe = safe_address(address)
        assert safe.startswith(("https://", "http://"))
        assert urlsplit(safe).hostname
        assert safe_address(safe) == safe
    except ValueError:
        pass


def test_the_journal_is_in_the_users_own_folder_unless_told(folder: Path) -> None:
    assert read_settings({"state_dir": folder}).journal_path == folder / "journal.sqlite3"
    assert read_settings({"journal": folder / "mine"}).journal_path == folder / "mine"


@pytest.mark.parametrize(("given", "char"), [("tab", "\t"), ("\\t", "\t"), (";", ";"), (None, None)])
def test_a_delimiter_is_one_character(given: str | None, char: str | None) -> None:
    assert read_settings({"delimiter": given}).delimiter == char


def test_several_defaults_fit_into_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_DEFAULT", "Active=yes;UnlockType=Immediate;")
    assert read_settings().default == ("Active=yes", "UnlockType=Immediate")


def test_the_limit_of_the_hour_is_a_setting_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().requests_per_hour == 5000
    monkeypatch.setenv("IMPORTER_REQUESTS_PER_HOUR", "70")
    assert read_settings().requests_per_hour == 70
