"""Verdicts as schema.org ClaimReview, one per atomic claim, with formal properties only.

The text of the label is authoritative. Statistics are no property of a ClaimReview: they are in ``verdicts.json``.

References
----------
https://schema.org/ClaimReview
"""

from __future__ import annotations

from typing import Any

from analysis.claims.judge import MIXED, SIDES
from analysis.report.citation import Citation
from analysis.report.dossier import Dossier, Published

#: Rating by verdict, 5 supported to 1 contradicted; a claim that points to no side has none.
RATINGS = {verdict: 3 + side for verdict, side in SIDES.items()} | {MIXED: 3}
CONTEXT = {"@context": "https://schema.org"}


def claim_review(dossier: Dossier, published: Published, citation: Citation, *, pages: str = "") -> dict[str, Any]:
    """Return the ClaimReview of one claim, without its context.

    ``pages`` is the address of the folder of claims' pages, relative to the file or page that the review stands in.
    """
    page = f"{pages}{dossier.claim.id}.html"
    sources = dossier.evidence.sources if dossier.evidence else ()
    datasets = [
        {"@type": "Dataset", "identifier": f"sha256:{item.sha256}", "name": item.table, "version": item.edition}
        for item in sources
    ]
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
    return review | ({"isBasedOn": datasets} if datasets else {})


def _claim(dossier: Dossier, published: Published) -> dict[str, Any]:
    article, speaker = published.register.article, dossier.claim.speaker
    name, _, employer = speaker.partition(", ")
    author: dict[str, Any] = {"@type": "Organization" if speaker in article.organisations else "Person", "name": name}
    if employer:
        author |= {"affiliation": {"@type": "Organization", "name": employer}}
    if name in article.also_spelled:
        author |= {"alternateName": article.also_spelled[name]}
    said = {
        "@type": "Claim",
        "appearance": {
            "@type": "NewsArticle",
            "headline": article.title,
            "publisher": {"@type": "Organization", "name": article.publisher},
            "url": article.url,
        },
        "datePublished": str(article.year),
        "text": dossier.claim.claim,
    }
    return said if speaker == article.inference else said | {"author": author}


def _rating(dossier: Dossier) -> dict[str, Any]:
    said = dossier.conclusion.label
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": f"{said[0].upper()}{said[1:]}"}
    value = RATINGS.get(dossier.conclusion.verdict)
    return rating | ({"bestRating": 5, "ratingValue": value, "worstRating": 1} if value else {})
