"""The site in a real browser, opened from its folder: filter, claim, figure, notebook; nothing comes from outside."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.report.make import CLAIM, NOTEBOOK

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
WIDTHS = (360, 1440)
#: Milliseconds: a browser on a busy machine is slow, one that hangs must not hold the tests.
TIMEOUT = 20_000
#: A figure that bears on the claim.
FIGURE = "01_vintage_fan"


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as started:
        own = started.chromium.executable_path
        found = next(filter(None, map(shutil.which, BROWSERS)), own if Path(own).is_file() else None)
        if found is None:
            pytest.skip(f"no browser at hand: none of {', '.join(BROWSERS)}, nor playwright's own")
        launched = started.chromium.launch(executable_path=found, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser, site):
    """Return a function that opens the site at a width; afterwards nothing may have failed or left the folder."""
    requests, faults, contexts = [], [], []

    def opened(width, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        # A page that is left before its icon has come aborts the request: no fault.
        page.on("requestfailed", lambda request: faults.extend([request.url] * ("ABORTED" not in request.failure)))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.extend([message.text] * (message.type in ("error", "warning"))))
        page.set_default_timeout(TIMEOUT)
        page.goto((site.folder / "index.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert requests
    assert [url for url in requests if not url.startswith(f"{site.folder.as_uri()}/")] == []
    assert faults == []


def rows(page):
    return page.locator("table.claims tbody tr:visible")


def fits(page):
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def wait_for_image(page, image):
    """Bring an image into view, since images are loaded when they are near it, and wait until it is there."""
    image.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_reader_filters_opens_a_claim_and_follows_it_to_figure_and_notebook(visit, site, width):
    page, total = visit(width), len(site.published.dossiers)
    expect(rows(page)).to_have_count(total)
    assert fits(page)
    page.get_by_label("Search").fill("no claim has this text")
    expect(page.get_by_text("No claim fits these filters.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(total)
    verdict = site.published[CLAIM].conclusion.verdict
    wanted = sum(item.conclusion.verdict == verdict for item in site.published.dossiers)
    page.get_by_label("Verdict", exact=True).select_option(verdict)
    expect(page.get_by_role("status")).to_have_text(f"Showing {wanted} of {total} claims")
    page.get_by_label("Search").fill("75TH place among")
    expect(rows(page)).to_have_count(1)

    page.get_by_role("link", name=site.published[CLAIM].claim.claim).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(site.published[CLAIM].claim.claim)
    assert fits(page)
    figure = page.locator(f"figure[id='{FIGURE}']")
    wait_for_image(page, figure.locator("img"))
    figure.get_by_role("link", name=f"Figure {FIGURE}").click()
    expect(page).to_have_url(re.compile(rf"figures\.html#{FIGURE}$"))
    assert fits(page)
    page.locator(f"[id='{FIGURE}']").get_by_role("link", name="drawn in notebook").click()
    expect(page).to_have_url(re.compile(rf"notebooks/{NOTEBOOK}\.html#figure-{FIGURE}$"))
    wait_for_image(page, page.locator(f"[id='figure-{FIGURE}'] img"))
    # Code can be opened; by the key, since figures that come late move what the pointer was aimed at.
    page.locator("details.source summary").last.press("Enter")
    expect(page.locator("details.source").last).to_have_attribute("open", "")
    for name in ("experts", "rules", "data", "codebook", "notebooks", "claims/not-worse", "claims/more-detentions"):
        page.goto((site.folder / f"{name}.html").as_uri())
        assert fits(page), name


def test_a_link_can_ask_for_a_filter_and_the_keyboard_alone_is_enough(visit, site):
    page = visit(1440)
    speaker = site.published.dossiers[-1].claim.speaker
    page.get_by_role("link", name="Disagreements").click()
    page.get_by_role("table", name="Number of claims by speaker").get_by_role("link", name=speaker).click()
    expect(rows(page)).to_have_count(sum(item.claim.speaker == speaker for item in site.published.dossiers))
    page.goto((site.folder / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("75th place among")
    expect(rows(page)).to_have_count(1)
    for _ in range(6):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('tr')?.id") == CLAIM
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{CLAIM}.html")


def test_without_scripts_in_the_dark_and_on_paper_no_control_is_dead(visit, site):
    page, ground = visit(1440, java_script_enabled=False, color_scheme="dark"), "background-color"
    assert rows(page).count() == len(site.published.dossiers)
    assert not page.locator("form").is_visible()
    expect(page.locator("html")).to_have_css(ground, "rgb(22, 24, 27)")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_css(ground, "rgb(251, 250, 248)")
    page = visit(1440)
    page.emulate_media(media="print")
    assert not page.locator("form").is_visible()
    assert rows(page).count() > 0
