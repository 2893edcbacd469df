"""Give broken and hostile input to everything that reads, and look how it ends.

    python scripts/fuzz.py [--cases 5000] [--seed 1] [--only WORD]

Every case has to end in a right result or in an error of one line: never in a traceback or a hang, and without a
changed input or a part of a file left behind. The same seed gives the same cases.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.downloads import download_targets, server
from tests.fuzz.outcomes import fuzz
from tests.fuzz.readers import mirror_target, reader_targets, table_target
from tests.fuzz.records import record_targets

#: A damaged length must not take the machine's memory: no process gets more than this many bytes of addresses.
_MEMORY = 6 * 1024**3


def main() -> None:
    """Run the cases; the exit status is 1 if one of them ended otherwise than it has to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only readers with this word in their name")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    begin = time.monotonic()
    with server() as address:
        targets = [*record_targets(), table_target(), *reader_targets(), mirror_target(), *download_targets(address)]
        tally = fuzz(
            [target for target in targets if options.only in target.name], cases=options.cases, seed=options.seed
        )
    print(tally.table())
    for fault in tally.faults:
        print(fault)
    print(f"{sum(tally.counts.values())} cases, {len(tally.faults)} faults, {time.monotonic() - begin:.0f} s")
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()
