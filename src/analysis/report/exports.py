r"""All forms of a run that machines and other papers take, in one folder that describes itself.

``docs/data.md`` lists them. A LaTeX macro's name is the words of the notebook (without its number) and of the result,
each begun with a capital; digits are spelled out, since TeX takes letters only: ``rank`` of ``01_freedom_index`` is
``\FreedomIndexRank``. What is said of a claim is ``\Claim...``: the words of its id, then the field of its verdict.

Tables are a Frictionless data package (https://datapackage.org, version 2; codes of licences are those of SPDX). A run
is an RO-Crate by the profile of process runs (https://w3id.org/ro/wfrun/process/0.5; doi:10.1371/journal.pone.0309210):
one CreateAction a notebook, whose instrument is the notebook, whose objects are tables and parameters, and whose
results are all files that it made. Actions carry no time, since the same run has to give the same bytes.
"""

from __future__ import annotations

import json
import mimetypes
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from markupsafe import Markup
from pydantic import TypeAdapter
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from analysis.claims.certainty import LEVELS
from analysis.claims.judge import MIXED, REASONS, SIDES, VERDICTS
from analysis.claims.register import Article
from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE, Table, countries_of
from analysis.data.codebook import CODEBOOK, described
from analysis.data.load import load, sha256
from analysis.errors import InputError
from analysis.files import file_hash, write_json, write_whole
from analysis.paths import DATA, NOTEBOOKS, ROOT
from analysis.report.dossier import CITATION, Citation, Dossier, Published, PublishedFigure, cited, read_citation
from analysis.report.pages import bibliography, convert, environment, table
from analysis.runs.staleness import library_hash

SCHEMA = "verdicts.schema.json"
#: Files that say what the figures mean, whose they are and under which terms.
_CARRIED = (CITATION, CODEBOOK, DATA / "sources.yml", DATA / "claims.yml")
#: What fields of a verdict can be, where their types say less, by the type that has them.
_NARROWER = {
    "Certainty": {"level": {"enum": list(LEVELS)}},
    "Conclusion": {"verdict": {"enum": list(VERDICTS)}, "reason": {"enum": ["", *REASONS]}},
}
#: What results come from.
_MAKES = ("src", "notebooks", "data", "figures", "requirements.lock")
_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_TEX = str.maketrans({letter: rf"\{letter}" for letter in "{}$&#%_"} | {"\\": r"\textbackslash{}", "~": "{-}"})

DATAPACKAGE = DATA / "datapackage.json"
_TYPES = {"int64": "integer", "Int64": "integer", "float64": "number", "string[python]": "string", "str": "string"}
#: What a check knows -> property of a field.
_BOUNDS = {"allowed_values": "enum", "pattern": "pattern", "min_value": "minimum", "max_value": "maximum"}
#: Ends of the patterns of dates and months, by the type that they are.
_TIMES = {"[0-3]\\d$": "date", "[01]\\d$": "yearmonth"}
#: Property of a field -> column of the codebook.
_SAID = {"description": "meaning", "unit": "unit", "direction": "direction"}
#: Columns that say which years values describe, the first that a table has.
_YEARS = ("data_year", "year", "date", "start", "date_start")
METADATA = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
#: Folder that the run's outputs are in.
OUTPUTS = "figures"
_MEDIA = {
    ".ipynb": "application/x-ipynb+json", ".jsonld": "application/ld+json", ".yml": "application/yaml",
    ".cff": "application/yaml", ".tex": "application/x-tex", ".md": "text/markdown",
}  # fmt: skip


@dataclass(frozen=True)
class Verdicts:
    """All verdicts of a run, with the SHA-256 of the library's modules and of the code of each notebook that it used.

    ``git_commit`` is the commit that holds all of these with tables and results; None where no commit does.
    """

    article: Article
    rules_hash: str
    library: str | None
    notebooks: dict[str, str]
    git_commit: str | None
    claims: tuple[Dossier, ...]


def write_formats(published: Published, folder: Path) -> None:
    """Write every machine format of a run into a new folder; the same run gives the same bytes."""
    citation = read_citation()
    _copy_inputs(published, folder)
    write_whole(folder / "references.bib", bibliography())
    write_json(folder / "verdicts.json", verdicts(published))
    write_json(folder / SCHEMA, schema())
    templates = environment(published)
    templates.globals["sides"] = SIDES | {MIXED: 0}
    templates.filters["tex"] = lambda text: Markup(latex(text))
    review, float_ = (templates.get_template(name) for name in ("claimreview.json.j2", "figure.tex.j2"))
    reviews = [json.loads(review.render(dossier=dossier)) for dossier in published.dossiers]
    write_json(folder / "claimreview.jsonld", {"@context": "https://schema.org", "@graph": reviews})
    write_json(folder / "results.json", published.numbers)
    lines = [f"\\newcommand{{\\{name}}}{{{text}}}\n" for name, text in macros(published)]
    write_whole(folder / "results.tex", "".join(["% Written by the run: published numbers and verdicts.\n", *lines]))
    for figure in published.figures:
        text = float_.render(figure=figure, sources=_cited_by(figure, published))
        write_whole(folder / OUTPUTS / f"{figure.name}.tex", f"{text}\n")
    _write_tables(sorted((folder / OUTPUTS / "tables").glob("*.csv")), folder / "tables.docx")
    write_json(folder / DATAPACKAGE.name, data_package(citation))
    write_crate(published, citation, folder)


def verdicts(published: Published) -> dict[str, Any]:
    """Return the content of ``verdicts.json``."""
    library = published.manifest["environment"].get("library")
    notebooks = {name: entry["code"] for name, (entry, _) in published.runs.items()}
    of_run = published.register.article, published.rules_hash, library, notebooks, git_commit(library)
    return {"$schema": SCHEMA} | TypeAdapter(Verdicts).dump_python(Verdicts(*of_run, published.dossiers), mode="json")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``verdicts.json``."""
    made = TypeAdapter(Verdicts).json_schema(mode="serialization")
    made["properties"]["$schema"] = {"const": SCHEMA}
    for name, stated in [*made["$defs"].items(), ("", made)]:
        stated["properties"] |= _NARROWER.get(name, {})
        stated |= {"additionalProperties": False, "required": list(stated["properties"])}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def git_commit(library: str | None) -> str | None:
    """Return the commit that holds what made the results; None unless the checkout is just that.

    The library must be the one that the run used, and no file that results come from may differ from the commit:
    a commit that is named without this could not make the results again.
    """
    if library != library_hash():
        return None
    calls = ("status", "--porcelain", "--", *_MAKES), ("rev-parse", "HEAD")
    quietly: Any = {"cwd": ROOT, "text": True, "timeout": 20, "stderr": subprocess.DEVNULL}
    try:
        changed, commit = (subprocess.check_output(["git", *call], **quietly) for call in calls)
    except (OSError, subprocess.SubprocessError):
        return None
    return None if changed else commit.strip()


def macros(published: Published) -> list[tuple[str, str]]:
    """Return every LaTeX macro's name (without the backslash) and text, in order."""
    named: dict[str, Mapping[str, Any]] = {name.partition("_")[2]: own for name, own in published.numbers.items()}
    for dossier in published.dossiers:
        record = dossier.record() | {"verdict": dossier.conclusion.label}
        record["lower"], record["upper"] = record.pop("interval") or (None, None)
        named[f"claim {dossier.claim.id}"] = {name: own for name, own in record.items() if own not in ("", None)}
    found = [(macro_name(about, name), latex(value)) for about, own in named.items() for name, value in own.items()]
    names = [name for name, _ in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"two results would be \\{twice[0]}", where="results.json", remedy="rename one of them")
    return found


def macro_name(*parts: str) -> str:
    """Join the words of parts to a name of letters only: capitals begin words, digits are spelled out.

    Examples
    --------
    >>> macro_name("freedom_index", "rank_2020")
    'FreedomIndexRankTwoZeroTwoZero'
    """
    words = re.findall(r"[A-Za-z]+|\d", " ".join(parts))
    return "".join(_DIGITS[int(word)] if word.isdigit() else word[0].upper() + word[1:] for word in words)


def latex(value: Any) -> str:
    """Write a published value as LaTeX: numbers with the digits that were published, texts escaped."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits, _, power = (f"{value:.6g}" if isinstance(value, float) else str(value)).partition("e")
        return rf"\ensuremath{{{digits}" + (rf" \times 10^{{{int(power)}}}}}" if power else "}")
    return "" if value is None else str(value).translate(_TEX)


def data_package(citation: Citation) -> dict[str, Any]:
    """Describe the folder of tables as a data package of the project's title, version and date."""
    cards = load_cards()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "claims-under-test-tables",
        "title": f"Tables of: {citation.title}",
        "description": "Tidy tables built from checksummed source files or typed from cited pages. "
        "Each resource is under its own producers' terms.",
        "version": citation.version,
        "created": f"{citation.released}T00:00:00Z",
        "contributors": [{"title": citation.author_names, "roles": ["author"]}],
        "resources": [_resource(CATALOGUE[name], cards) for name in sorted(CATALOGUE)],
    }


def place(entry: Table) -> str:
    """Return the path of a table relative to the data package."""
    return entry.path.relative_to(DATA).as_posix()


def _resource(entry: Table, cards: dict[str, Card]) -> dict[str, Any]:
    frame, key = load(entry.name), list(entry.schema.unique or [])
    used = [cards[name] for name in entry.sources]
    terms = dict.fromkeys(card.licence for card in used)
    other = [{"resource": name, "fields": ["iso3"]} for name in countries_of(entry) if "iso3" in frame]
    dated = next((frame[name].dropna() for name in _YEARS if name in frame), ())
    years = sorted({int(str(when)[:4]) for when in dated})
    # Primary keys may hold no missing value; a key that may is unique all the same.
    strict = not any(entry.schema.columns[name].nullable for name in key)
    optional = {
        "description": f"Made by this project from {entry.made_of}: no data of others." if entry.made_of else "",
        "sources": [{"title": c.citation, "path": str(c.url), "version": c.edition} for c in used] or _pages(frame),
        "licenses": [{"name": t.replace(" ", "-") if t.startswith("CC") else "other", "title": t} for t in terms],
        # The two keys that this project never mixes: year of the edition, years that the values describe.
        "edition": list(dict.fromkeys(card.edition for card in used)),
        "edition_year": sorted({int(year) for year in frame.get("edition", ())}),
        "data_year": years[:1] + years[-1:],
    }
    return {
        "name": entry.name,
        "type": "table",
        "path": place(entry),
        "mediatype": "text/csv",
        "bytes": entry.path.stat().st_size,
        "hash": f"sha256:{sha256(entry.name)}",
        "schema": {
            "fields": [_field(entry, name) for name in frame],
            "missingValues": [""],
            **({"primaryKey": key} if strict else {"uniqueKeys": [key]}),
            **({"foreignKeys": [{"fields": ["iso3"], "reference": one} for one in other]} if other else {}),
        },
        **{name: value for name, value in optional.items() if value},
    }


def _pages(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the pages that the rows of a typed table cite, each once; one cell may cite several."""
    urls = frame.get("source_url", pd.Series(dtype="str"))
    pages = pd.DataFrame({"who": frame.get("source_org", frame.get("origin", urls)), "urls": urls}).dropna()
    pairs = {(org, url.rstrip(";,")) for org, urls in pages.itertuples(index=False) for url in urls.split()}
    return [{"title": org, "path": url} for org, url in sorted(pairs)]


def _field(entry: Table, name: str) -> dict[str, Any]:
    columns: dict[str, pa.Column] = entry.schema.columns
    column = next(item for key, item in columns.items() if key == name or (item.regex and re.match(key, name)))
    known = {key: value for check in column.checks for key, value in (check.statistics or {}).items()}
    bounds = {ours: known[key] for key, ours in _BOUNDS.items() if key in known}
    time = next((kind for end, kind in _TIMES.items() if bounds.get("pattern", "").endswith(end)), None)
    if time:
        del bounds["pattern"]
    meant = described(entry.name, name)
    said = {key: meant[word] for key, word in _SAID.items() if word in meant}
    constraints = bounds | ({} if column.nullable else {"required": True})
    return {"name": name, "type": time or _TYPES[str(column.dtype)], **said, "constraints": constraints}


def write_crate(published: Published, citation: Citation, folder: Path) -> Path:
    """Describe a folder that holds a run, its tables and its notebooks; the same folder gives the same bytes."""
    crate = ROCrate(version="1.2")
    add = crate.add_jsonld
    agent = add({"@id": "#authors", "@type": "Organization", "name": citation.author_names})
    profile = add({"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"})
    files = _add_files(crate, folder)
    about = {"name": citation.title, "description": citation.abstract, "version": citation.version}
    about |= {"datePublished": citation.released, "author": agent, "publisher": agent, "conformsTo": profile}
    for name, value in {**about, "license": files.get("LICENSE", "")}.items():
        crate.root_dataset[name] = value
    for notebook, (made, paths) in published.runs.items():
        used = [place(CATALOGUE[name]) for name in sorted(made["tables"])]
        used += [f"{OUTPUTS}/evidence/{name}" for name in sorted(made.get("evidence", ()))]
        settings = {name: str(v) if isinstance(v, list) else v for name, v in sorted(made["parameters"].items())}
        parameters = [
            add({"@id": f"#parameter/{notebook}/{name}", "@type": "PropertyValue", "name": name, "value": setting})
            for name, setting in settings.items()
        ]
        action = crate.add_action(
            instrument=files[f"notebooks/{notebook}.ipynb"],
            identifier=f"#run/{notebook}",
            object=[*(files[name] for name in used), *parameters],
            result=[files[f"{OUTPUTS}/{path}"] for path in paths],
            properties={"name": f"run of {notebook}", "actionStatus": "http://schema.org/CompletedActionStatus"},
        )
        action["agent"] = agent
        crate.root_dataset.append_to("mentions", action)
    return write_json(folder / METADATA, crate.metadata.generate())


def _add_files(crate: ROCrate, folder: Path) -> dict[str, File]:
    """Add every file of a folder, and return them by path."""
    files, types = {}, mimetypes.MimeTypes()  # none of the machine's own
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != METADATA):
        said = {"name": path.name, "contentSize": str(path.stat().st_size), "sha256": file_hash(path)}
        said["encodingFormat"] = _MEDIA.get(path.suffix) or types.guess_type(path.name)[0] or "text/plain"
        kind = {"@type": ["File", "SoftwareSourceCode"]} if path.suffix == ".ipynb" else {}
        name = path.relative_to(folder).as_posix()
        files[name] = crate.add_file(path, name, properties=said | kind)
    return files


def _cited_by(figure: PublishedFigure, published: Published) -> list[str]:
    """Return the keys of what a figure stands on: the evidence of its claims, else all that its notebook reads."""
    found = [published[name].evidence for name in figure.claims]
    tables = {source.table for evidence in found if evidence for source in evidence.sources}
    return cited(tables or published.runs[figure.notebook][0]["tables"])


def _write_tables(paths: list[Path], document: Path) -> None:
    """Write each table beside itself for LaTeX, and all in one document for Word."""
    parts = []
    for path in paths:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=lambda name: name.replace("_", " "))
        numeric = [pd.to_numeric(cells[name], errors="coerce").notna().any() for name in cells]
        align = "".join("r" if number else "l" for number in numeric)
        made = cells.to_latex(index=False, escape=True, column_format=align)
        # A minus in front of digits, not a hyphen.
        write_whole(path.with_suffix(".tex"), re.sub(r"(?m)(^|& )-(?=[\d.])", r"\1$-$", made))
        parts.append(f"## {path.stem.replace('_', ' ')}\n\n{table(list(cells), cells.to_numpy(), align=align)}")
    convert("\n\n".join(parts), document, "--metadata=title:Result tables")


def _copy_inputs(published: Published, folder: Path) -> None:
    outputs = sorted(path for path in published.folder.rglob("*") if path.is_file())
    targets = {path: f"{OUTPUTS}/{path.relative_to(published.folder)}" for path in outputs}
    targets |= {entry.path: place(entry) for entry in CATALOGUE.values()}
    targets |= {NOTEBOOKS / f"{name}.ipynb": f"notebooks/{name}.ipynb" for name in published.runs}
    targets |= {path: path.name for path in (*_CARRIED, *ROOT.glob("LICENSE"))}
    for source, name in targets.items():
        if not source.is_file():
            raise InputError("file not found", where=source.name, remedy="restore it with git checkout")
        write_whole(folder / name, source.read_bytes())
