"""Verifies DKIM signatures with dkimpy: signatures.py KEYS LETTER…

KEYS has a line `name record` for each record that the DNS would hold; nothing is asked over a network.
Prints `letter<TAB>algorithm<TAB>pass|fail` for each signature, top to bottom.
"""

import sys
from pathlib import Path

import dkim


def main(keys: str, letters: list[str]) -> None:
    lines = [line for line in Path(keys).read_text().splitlines() if line and not line.startswith("#")]
    records = dict(line.split(" ", 1) for line in lines)

    def dns(name, timeout=5):
        record = records.get(name.decode().rstrip("."))
        return record.encode() if record else None

    for letter in letters:
        verifier = dkim.DKIM(Path(letter).read_bytes())
        count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
        for number in range(count):
            try:
                verdict = "pass" if verifier.verify(idx=number, dnsfunc=dns) else "fail"
            except dkim.DKIMException as error:
                verdict = f"fail ({error})"
            algorithm = verifier.signature_fields.get(b"a", b"?").decode()
            print(Path(letter).name, algorithm, verdict, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
