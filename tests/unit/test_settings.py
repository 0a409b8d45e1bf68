"""Settings: where they come from, what is refused, what makes a trial."""

from pathlib import Path

import pytest

from server.errors import Problem
from server.settings import normal_origin, read_settings


def test_without_anything_it_is_a_trial_on_localhost(tmp_path: Path) -> None:
    settings = read_settings({}, data=tmp_path)
    assert settings.address == "http://localhost:8000"
    assert settings.trial
    assert not settings.secure
    assert settings.accepted_origins >= {"http://localhost:8000", "http://127.0.0.1:8000"}


def test_an_origin_ends_the_trial_and_is_the_only_one_accepted(tmp_path: Path) -> None:
    settings = read_settings({"SITEBOOK_ORIGIN": "https://Site.Example.com/"}, data=tmp_path)
    assert settings.address == "https://site.example.com"
    assert settings.accepted_origins == {"https://site.example.com"}
    assert not settings.trial
    assert settings.secure


def test_a_certificate_of_our_own_is_a_trial(tmp_path: Path) -> None:
    settings = read_settings({}, data=tmp_path, tls=True, port=8443, other_origins=["https://192.168.1.5:8443"])
    assert settings.trial
    assert settings.secure
    assert "https://192.168.1.5:8443" in settings.accepted_origins


def test_the_command_line_beats_the_environment_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "sitebook.toml").write_text('port = 1\nhost = "0.0.0.0"\nlog_level = "error"\n')
    settings = read_settings({"SITEBOOK_PORT": "2", "SITEBOOK_HOST": "::1"}, data=tmp_path, port=3, tls=None)
    assert (settings.port, settings.host, settings.log_level) == (3, "::1", "error")


def test_the_environment_is_text_and_becomes_what_the_setting_is(tmp_path: Path) -> None:
    settings = read_settings({"SITEBOOK_DATA": str(tmp_path), "SITEBOOK_TLS": "true", "SITEBOOK_PORT": "9000"})
    assert (settings.data, settings.tls, settings.port) == (tmp_path, True, 9000)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"SITEBOOK_PORT": "eighty"}, "SITEBOOK_PORT"),
        ({"SITEBOOK_PORT": "70000"}, "SITEBOOK_PORT"),
        ({"SITEBOOK_LOG_LEVEL": "loud"}, "SITEBOOK_LOG_LEVEL"),
        ({"SITEBOOK_ORIGIN": "site.example.com"}, "SITEBOOK_ORIGIN"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, environ: dict[str, str], name: str) -> None:
    with pytest.raises(Problem) as refused:
        read_settings(environ, data=tmp_path)
    assert refused.value.params["name"] == name
    assert next(iter(environ.values())) in refused.value.text("en")


def test_a_misspelt_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sitebook.toml").write_text("prot = 1\n")
    with pytest.raises(Problem, match="prot"):
        read_settings({}, data=tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://site.example.com", "https://site.example.com"),
        ("HTTPS://SITE.EXAMPLE.COM:443/", "https://site.example.com"),
        ("https://site.example.com:8443", "https://site.example.com:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_has_one_spelling(text: str, expected: str) -> None:
    assert normal_origin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "site.example.com",
        "ftp://site.example.com",
        "https://site.example.com/app",
        "https://user@site.example.com",
        "http://site.example.com",
        "https://",
        "https://站点.example.com",
        "https://site.example.com:99999",
        "https://site.example.com?x",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        normal_origin(text)
    assert refused.value.code == "bad_setting"
