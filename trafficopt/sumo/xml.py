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

GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` for reading; faults met inside the block become `InputError`.

    As in SUMO, the first bytes tell whether the file is gzipped, whatever it is called.
    """
    try:
        with path.open("rb") as stream:
            gzipped = path.suffix == ".gz" or stream.read(2) == GZIP_MAGIC
            stream.seek(0)
            if gzipped:
                with gzip.open(stream, "rb") as unpacked:
                    yield unpacked  # type: ignore[misc]
            else:
                yield stream
    except ET.ParseError as error:
        raise InputError(path, f"is not well-formed XML: {error}", "mend the file at that line") from None
    except DefusedXmlException as error:
        raise InputError(path, f"holds XML that is not read for safety: {error}", "remove entities") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(path, f"is not a whole gzip file: {error}", "compress the file again") from None
    except InputError:
        raise
    except (LookupError, ValueError) as error:
        if "encoding" not in str(error):
            raise
        raise InputError(path, f"cannot be decoded: {error}", "save the file as UTF-8") from None
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "check the path") from None
