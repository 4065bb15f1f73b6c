"""Open SUMO's XML files, gzipped or not, and say clearly when one is broken."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from defusedxml import DefusedXmlException

from trafficopt.errors import InputError


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` for reading; faults met inside the block become `InputError`."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except ET.ParseError as error:
        raise InputError(path, f"is not well-formed XML: {error}", "mend the file at that line") from None
    except DefusedXmlException as error:
        raise InputError(path, f"holds XML that is not read for safety: {error}", "remove entities") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(path, f"is not a whole gzip file: {error}", "compress the file again") from None
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "check the path") from None
