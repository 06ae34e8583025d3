"""Debian's Chromium as benchmarks and tests start it: headless, software rendering, no talk with the outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
NO_WEBGL = ("--disable-gpu", "--disable-software-rasterizer")
"""Maps stay empty, and pictures are composed on the processor: emulated WebGL costs several times as much."""
ADMINISTRATOR = "Ana Benítez"
PASSWORD = "una clave larga y propia"  # noqa: S105 of a town that lives for one run


@contextmanager
def chromium(*, webgl: bool = True) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, *(WEBGL if webgl else NO_WEBGL)]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def sign_in_first(page: Page, link: str) -> None:
    """Use the one-time link as the first administrator would, with the keyboard."""
    page.goto(link)
    page.get_by_test_id("name").fill(ADMINISTRATOR)
    page.get_by_test_id("password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_test_id("alert-queue").wait_for(timeout=60_000)
