"""The site in a real browser, opened from its folder: filter, claim, figure, notebook; nothing comes from outside."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.report.make import CLAIM, NOTEBOOK

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
#: Milliseconds: a browser on a busy machine is slow, one that hangs must not hold the tests.
TIMEOUT = 20_000
#: The figure that the claim's page leads with.
FIGURE = "01_vintage_fan"
#: Pages that only the long run checks for accessibility.
MORE = ("claims/not-worse", "experts", "verdicts", "data", "figures")
#: The accessibility checker axe-core, one file; .ci/run fetches it at a pinned version.
AXE = Path(os.environ.get("ANALYSIS_AXE", "build/axe/package/axe.min.js"))


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

    def opened(width, place="index.html", **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        # A page that is left before its icon has come aborts the request: no fault.
        page.on("requestfailed", lambda request: faults.extend([request.url] * ("ABORTED" not in request.failure)))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.extend([message.text] * (message.type in ("error", "warning"))))
        page.set_default_timeout(TIMEOUT)
        page.goto(f"{site.folder.as_uri()}/{place}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert requests
    assert [url for url in requests if not url.startswith((f"{site.folder.as_uri()}/", "data:"))] == []
    assert faults == []


def rows(page):
    return page.locator(".claims tbody tr:visible")


def fits(page):
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def press_to(page, goal, most=400):
    """Press the tabulator until an element that fits has the focus, and press enter there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"(document.activeElement?.matches({goal!r})) ?? false"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", goal
            before = page.url
            page.keyboard.press("Enter")
            page.wait_for_function("before => location.href !== before", arg=before)
            return
    raise AssertionError(f"not reached by the keyboard: {goal}")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
def test_the_keyboard_leads_from_the_front_page_to_a_claim_its_figure_its_notebook_and_back(visit, site, width, scheme):
    page = visit(width, color_scheme=scheme)
    assert fits(page)
    page.locator("input[name=search]").focus()
    page.keyboard.type("75th place among")
    expect(rows(page)).to_have_count(1)
    assert fits(page)
    press_to(page, f".claims a[href='claims/{CLAIM}.html']")
    expect(page.get_by_role("heading", level=1)).to_contain_text(site.published[CLAIM].claim.claim)
    assert fits(page)
    verdict = page.locator(".ruling .badge").first
    expect(verdict).to_have_text(site.published[CLAIM].conclusion.label)
    box = verdict.bounding_box()
    assert box["y"] + box["height"] < 800, "the verdict stands on the first screen"
    press_to(page, f"a[href*='#drawn-{FIGURE.replace('_', '-')}']")
    expect(page).to_have_url(re.compile(rf"notebooks/{NOTEBOOK}\.html#drawn-"))
    image = page.locator(f"figure#drawn-{FIGURE.replace('_', '-')} img")
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    assert fits(page)
    page.go_back()
    press_to(page, f"a[href*='#evidence-{CLAIM}']")
    expect(page).to_have_url(re.compile(rf"notebooks/{NOTEBOOK}\.html#evidence-{CLAIM}$"))
    press_to(page, f"a[href='../claims/{CLAIM}.html']")
    press_to(page, "a[href*='index.html']")
    expect(rows(page)).to_have_count(len(site.published.dossiers))


def test_the_table_filters_sorts_and_keeps_its_state_in_the_address(visit, site):
    page, total = visit(1440), len(site.published.dossiers)
    expect(rows(page)).to_have_count(total)
    page.get_by_label("Search").last.fill("no claim has this text")
    expect(page.get_by_text("No claim fits these filters.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(total)
    verdict = site.published[CLAIM].conclusion.verdict
    wanted = [item.claim.claim for item in site.published.dossiers if item.conclusion.verdict == verdict]
    page.get_by_label("Verdict").select_option(verdict)
    expect(page.get_by_role("status")).to_have_text(f"Showing {len(wanted)} of {total} claims")
    page.get_by_role("button", name="Claim").click()
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_role("columnheader", name="Claim")).to_have_attribute("aria-sort", "descending")
    again = visit(1440, page.url.rpartition("/")[2])
    expect(rows(again)).to_have_count(len(wanted))
    shown = rows(again).locator("td:nth-child(2)").all_inner_texts()
    assert shown == sorted(wanted, key=str.casefold, reverse=True)


def test_the_search_finds_a_claim_and_wide_pages_fit_a_narrow_screen(visit, site):
    page = visit(1440, "search.html?q=75th+place")
    expect(page.locator(f"#search-results a[href*='{CLAIM}']").first).to_be_visible()
    page = visit(360)
    for place in ("experts", "verdicts", "data", "codebook", "figures", "api", "claims/not-worse", "tutorial"):
        page.goto(f"{site.folder.as_uri()}/{place}.html")
        assert fits(page), place


def test_without_scripts_and_on_paper_no_control_is_dead(visit, site):
    page = visit(1440, java_script_enabled=False)
    assert rows(page).count() == len(site.published.dossiers)
    assert page.locator("form.filters").count() == 0
    page = visit(1440)
    page.emulate_media(media="print")
    assert not page.locator("form.filters").is_visible()
    assert rows(page).count() > 0


@pytest.mark.skipif(not AXE.is_file(), reason=f"axe-core is not at hand as {AXE}")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "place", ["index", f"claims/{CLAIM}", *(pytest.param(name, marks=pytest.mark.long) for name in MORE)]
)
def test_axe_finds_nothing_serious(visit, place, scheme):
    page = visit(1440, f"{place}.html", color_scheme=scheme)
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({preload: false}).then(result => result.violations)")
    serious = [item for item in found if item["impact"] in ("serious", "critical")]
    assert [(item["id"], [node["html"][:120] for node in item["nodes"]][:3]) for item in serious] == []
