"""What new entries cite of documents: warned of where a document or a line of it is not known.

A document may come later in the same file, or from another desk, so nothing is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tracker.entries.entry import Entry
from tracker.entries.streams import source_stream
from tracker.recording.stream_draft import StreamDraft


class CitedDocuments:
    """The documents that entries cite by name, each with its farthest line and who cites that."""

    def __init__(self) -> None:
        self.farthest: dict[str, tuple[int, str]] = {}

    def add(self, entry: Entry) -> None:
        source = entry.payload.source
        if source is not None and source.document:
            line = max(source.line or 0, source.last_line or 0), entry.id
            self.farthest[source.document] = max(line, self.farthest.get(source.document, line))

    def warnings(self, stream: Callable[[str], StreamDraft]) -> Iterator[str]:
        """Documents that are not registered, and lines beyond those of all their editions."""
        if not self.farthest:
            return
        from tracker.sources.editions import document_in

        for name, (line, entry) in self.farthest.items():
            known = stream(source_stream(name))
            document = document_in(known.events) if known.length else None
            if document is None:
                yield (
                    f"document {name!r} is not registered, so its lines and quotes cannot be "
                    f"checked: pactwatch source add FILE --id {name} --title TITLE"
                )
            elif line > document.longest:
                yield (
                    f"{entry}: line {line} of {name!r}, which has lines 1 to {document.longest}: "
                    f"pactwatch event correct {entry} source.line=N --reason 'wrong line'"
                )
