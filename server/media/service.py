"""Everything about blobs and photos that one running centre has."""

from dataclasses import dataclass
from pathlib import Path

from server.ingest import Ingest
from server.media.arrivals import Arrivals
from server.media.blobs import Blobs
from server.media.decoder import Decoder
from server.media.verify import Pictures
from server.store.db import Database
from server.store.writer import Writer


@dataclass(frozen=True, kw_only=True)
class Media:
    """Made by `open_media`; `start` once the store is migrated, `close` before the writer closes."""

    blobs: Blobs
    pictures: Pictures
    arrivals: Arrivals
    decoder: Decoder

    def start(self) -> None:
        """Take up what an earlier run left undone."""
        self.arrivals.start()

    def close(self) -> None:
        """Stop looking at photos and end the decoder."""
        self.decoder.close()
        self.arrivals.close()


def open_media(data: Path, *, db: Database, writer: Writer, ingest: Ingest) -> Media:
    """The media of one data folder."""
    blobs = Blobs(data)
    decoder = Decoder()
    pictures = Pictures(data, blobs, decoder)
    arrivals = Arrivals(db=db, writer=writer, ingest=ingest, blobs=blobs, pictures=pictures)
    return Media(blobs=blobs, pictures=pictures, arrivals=arrivals, decoder=decoder)
