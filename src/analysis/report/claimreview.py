"""Verdicts as schema.org ClaimReview, one per atomic claim, with formal properties only.

The text of the label is authoritative. Statistics are no property of a ClaimReview: they are in ``verdicts.json``.

References
----------
https://schema.org/ClaimReview
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.claims.judge import CONTRADICTED, PARTLY, SUPPORTED
from analysis.files import write_json
from analysis.report.citation import Citation
from analysis.report.dossier import Dossier, Published

#: Rating by verdict; a claim that was not tested has none.
RATINGS = {SUPPORTED: 5, PARTLY: 3, CONTRADICTED: 1}
#: Speakers of the register that are no single person.
ORGANISATIONS = frozenset({"Adil Soz", "CABAR.asia", "NGO representatives", "unnamed experts"})
CONTEXT = "https://schema.org"


def claim_review(dossier: Dossier, published: Published, citation: Citation, *, page: str) -> dict[str, Any]:
    """Return the ClaimReview of one claim, without its context.

    Parameters
    ----------
    dossier : Dossier
        What the run says of the claim.
    published : Published
        The run; its register names the article.
    citation : Citation
        Who reviews, and the date of release.
    page : str
        Address of the claim's page, relative to the file or page that the review stands in.
    """
    review = {
        "@id": f"{page}#review",
        "@type": "ClaimReview",
        "author": {"@type": "Organization", "name": citation.author_names},
        "claimReviewed": dossier.claim.claim,
        "datePublished": citation.released,
        "inLanguage": "en",
        "itemReviewed": _claim(dossier, published),
        "reviewBody": dossier.headline,
        "reviewRating": _rating(dossier),
        "url": page,
    }
    datasets = _datasets(dossier)
    return review | ({"isBasedOn": datasets} if datasets else {})


def write_claim_reviews(published: Published, citation: Citation, folder: Path) -> list[Path]:
    """Write all reviews as one graph, and one file a claim for its page.

    Returns
    -------
    list of Path
        ``claimreview.jsonld``, whose addresses are relative to a folder beside ``claims/``, and
        ``claimreview/<claim>.jsonld``, whose addresses are relative to the page ``claims/<claim>.html`` that embeds it.
    """
    graph = [
        claim_review(dossier, published, citation, page=f"../claims/{dossier.claim.id}.html")
        for dossier in published.dossiers
    ]
    whole = write_json(folder / "claimreview.jsonld", {"@context": CONTEXT, "@graph": graph})
    single = [
        write_json(
            folder / "claimreview" / f"{dossier.claim.id}.jsonld",
            {"@context": CONTEXT} | claim_review(dossier, published, citation, page=f"{dossier.claim.id}.html"),
        )
        for dossier in published.dossiers
    ]
    return [whole, *single]


def _claim(dossier: Dossier, published: Published) -> dict[str, Any]:
    article, speaker = published.register.article, dossier.claim.speaker
    name, _, employer = speaker.partition(", ")
    author: dict[str, Any] = {"@type": "Organization" if speaker in ORGANISATIONS else "Person", "name": name}
    if employer:
        author["affiliation"] = {"@type": "Organization", "name": employer}
    return {
        "@type": "Claim",
        "appearance": {
            "@type": "NewsArticle",
            "headline": article.title,
            "publisher": {"@type": "Organization", "name": article.publisher},
            "url": article.url,
        },
        "author": author,
        "datePublished": str(article.year),
        "text": dossier.claim.claim,
    }


def _rating(dossier: Dossier) -> dict[str, Any]:
    label = dossier.verdict.label
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": f"{label[0].upper()}{label[1:]}"}
    value = RATINGS.get(dossier.verdict.verdict)
    return rating | ({"bestRating": 5, "ratingValue": value, "worstRating": 1} if value else {})


def _datasets(dossier: Dossier) -> list[dict[str, Any]]:
    sources = dossier.evidence.sources if dossier.evidence else ()
    return [
        {"@type": "Dataset", "identifier": f"sha256:{item.sha256}", "name": item.table, "version": item.edition}
        for item in sources
    ]
