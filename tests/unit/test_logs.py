"""What the log says, and what it must never say."""

from __future__ import annotations

import pytest
import structlog

from server.logs import log, set_up_logs
from server.settings import Settings


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_failure_is_logged_with_its_lines_and_without_any_value(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = structlog.get_config()
    set_up_logs(Settings(log_format=form))  # type: ignore[arg-type]
    try:
        cookie = "-".join(("very", "secret"))
        try:
            raise OverflowError(f"{len(cookie)} bytes")
        except OverflowError as error:
            log.error("failed", exc_info=error)
    finally:
        structlog.configure(**before)
    said = capsys.readouterr().err
    assert "OverflowError" in said
    assert "test_logs.py" in said
    assert "very-secret" not in said
