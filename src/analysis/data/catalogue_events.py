"""Tables of events and counts: built from event data, or typed from cited pages."""

from __future__ import annotations

from analysis.data import schemas_events as schemas
from analysis.data.entry import built, typed
from analysis.data.readers import mass_mobilization, reign

EVENT_TABLES = (
    built("protest_months", "mass_mobilization", schemas.PROTEST_MONTHS, mass_mobilization.country_months),
    built("protest_coverage", "mass_mobilization_years", schemas.PROTEST_COVERAGE, mass_mobilization.coverage),
    built("protests_kazakhstan", "mass_mobilization", schemas.PROTESTS_KAZAKHSTAN, mass_mobilization.kazakhstan),
    built("votes_reign", "reign", schemas.VOTES_REIGN, reign.read_votes),
    typed("elections", schemas.ELECTIONS),
    typed("adil_soz_counts", schemas.ADIL_SOZ_COUNTS),
    typed("jfj_counts", schemas.JFJ_COUNTS),
    typed("protest_detentions", schemas.PROTEST_DETENTIONS),
    typed("reforms", schemas.REFORMS),
    typed("regional_shocks", schemas.REGIONAL_SHOCKS),
    typed("ngo_tax_case", schemas.NGO_TAX_CASE),
    typed("article_records", schemas.ARTICLE_RECORDS),
    typed("ties", schemas.TIES),
)
